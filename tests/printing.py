"""A certificate, and how to read it back."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

from PIL import Image, ImageChops
from pypdf import PdfReader

from mobile_gateway.documents import certificate
from mobile_gateway.documents.certificate import Printed

SERIAL = "7K3M9Q2X4HTBW8ZE"
NUMBER = "11010519491231002X"
SAMPLE = Printed(
    name="张三",
    document_label="居民身份证",
    document_number=NUMBER,
    school="云溪县第一小学",
    topic="2024年暑期教师研修",
    learned_from=date(2024, 7, 20),
    learned_to=date(2024, 9, 30),
    credits="10.00",
    serial=SERIAL,
    issued_on=date(2024, 9, 15),
    check_url=f"https://gateway.example.cn/c/{SERIAL}",
    masked=False,
)
PREVIEW = replace(SAMPLE, name="张*", document_number="1101**********002X", serial="", masked=True)


def reader(printed: Printed) -> PdfReader:
    return PdfReader(io.BytesIO(certificate.pdf(printed)), strict=True)


def text_of(printed: Printed) -> str:
    (page,) = reader(printed).pages
    return page.extract_text()


def closed(text: str) -> str:
    """Without the white space that layout brings."""
    return "".join(text.split())


def picture(printed: Printed, width: int = 800) -> Image.Image:
    return Image.open(io.BytesIO(certificate.png(printed, width=width))).convert("RGB")


def difference(one: Printed, other: Printed) -> tuple[float, float, float, float]:
    """Where two certificates look different: left, top, right and bottom in millimetres of the page."""
    box = ImageChops.difference(picture(one, 1188), picture(other, 1188)).getbbox()
    assert box is not None
    left, top, right, bottom = (side / 4 for side in box)
    return left, top, right, bottom
