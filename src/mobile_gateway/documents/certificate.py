"""Certificates as PDF and PNG, set by Typst from `certificate.typ`; the only module that imports `typst`.

The PDF is A4 across, tagged, PDF/A-2a and PDF/UA-1 by its own metadata, with the fonts embedded, so that its text
can be selected, searched and read aloud. The same input gives the same bytes for as long as the pinned libraries and
the fonts stay the same. What people wrote travels as JSON values and is never read as markup. Nothing is fetched: no
network, no packages, no fonts but ours.

Takes tens of milliseconds and lets other threads run meanwhile: to be called in a thread. A compiler serves one call
at a time, so each thread makes its own, once; the fonts are read once a process. Importing this module loads nothing
of it.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from mobile_gateway.documents import glyphs, qr

if TYPE_CHECKING:
    import typst

STANDARDS: Final[list[typst.PDFStandard]] = ["a-2a", "ua-1"]

_HERE = Path(__file__).parent
_WIDTH_INCHES = 297 / 25.4
_SHANGHAI = timezone(timedelta(hours=8))
_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")
_threads = threading.local()


class Unprintable(Exception):
    """The font lacks characters of what should be printed; `characters` has each once, in order."""

    def __init__(self, characters: str) -> None:
        super().__init__(f"the certificate's font lacks {len(characters)} characters")
        self.characters = characters


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands on a certificate. All texts are NFC; data is masked already where it has to be.

    `learned_from` and `learned_to` are the first and the last day of the learning window; `credits` has two places.
    `serial` has 16 characters without separators, or is empty while there is none. `masked` makes a preview, which
    says so across the page and has no QR code.
    """

    name: str
    document_label: str
    document_number: str
    school: str
    topic: str
    learned_from: date
    learned_to: date
    credits: str
    serial: str
    issued_on: date
    check_url: str
    masked: bool


def pdf(printed: Printed) -> bytes:
    """The certificate as a PDF; its creation time is the midnight of `issued_on` in Shanghai.

    Raises:
        Unprintable: the font lacks a character.
    """
    inputs = _inputs(printed)
    created = datetime.combine(printed.issued_on, time(), _SHANGHAI)
    made = _compiler().compile(
        _template(), format="pdf", sys_inputs=inputs, pdf_standards=STANDARDS, timestamp=created
    )
    return cast("bytes", made)


def png(printed: Printed, *, width: int = 1600) -> bytes:
    """The certificate as a picture of so many pixels across (100 to 4,000), its height that of A4.

    Raises:
        Unprintable: the font lacks a character.
        ValueError: the width is out of range.
    """
    if not 100 <= width <= 4000:  # noqa: PLR2004 - the bounds are named in the docstring
        raise ValueError("width must be from 100 to 4000")
    made = _compiler().compile(
        _template(), format="png", sys_inputs=_inputs(printed), ppi=width / _WIDTH_INCHES
    )
    return cast("bytes", made)


def blank(title: str) -> bytes:
    """An empty page by the same compiler and standards: the floor that `bench certificates` measures against."""
    page = b"#set document(title: sys.inputs.title)\n#set page(width: 297mm, height: 210mm)\n"
    made = _compiler().compile(page, format="pdf", sys_inputs={"title": title}, pdf_standards=STANDARDS)
    return cast("bytes", made)


def _inputs(printed: Printed) -> dict[str, str]:
    """What the template reads. Raises Unprintable."""
    texts = {name: value for name, value in asdict(printed).items() if isinstance(value, str)}
    if characters := glyphs.lacking("".join(texts.values())):
        raise Unprintable(characters)
    values = texts | {
        "learned": _days(printed.learned_from, printed.learned_to),
        "credits": printed.credits.removesuffix(".00"),
        "serial": " ".join(printed.serial[at : at + 4] for at in range(0, len(printed.serial), 4)),
        "issued_on": _formal(printed.issued_on),
        "masked": printed.masked,
    }
    code = "" if printed.masked else qr.svg(printed.check_url).decode()
    return {"printed": json.dumps(values), "qr": code}


def _days(first: date, last: date) -> str:
    """2024年7月20日至9月30日: the second year only where it is another."""
    year = "" if first.year == last.year else f"{last.year}年"
    return f"{first.year}年{first.month}月{first.day}日至{year}{last.month}月{last.day}日"


def _formal(day: date) -> str:
    """二〇二四年九月十五日."""
    year = str(day.year).translate(_DIGITS)
    return f"{year}年{_counted(day.month)}月{_counted(day.day)}日"


def _counted(number: int) -> str:
    """A number from 1 to 99 in Chinese: 九, 十, 十五, 二十, 三十一."""
    tens, ones = divmod(number, 10)
    front = "" if tens < 2 else str(tens)  # noqa: PLR2004 - 十, not 一十
    back = str(ones) if ones else ""
    return f"{front}{'十' if tens else ''}{back}".translate(_DIGITS)


@cache
def _template() -> bytes:
    return (_HERE / "certificate.typ").read_bytes()


@cache
def _fonts() -> typst.Fonts:
    import typst  # noqa: PLC0415 - a library of 84 MB, for who sets certificates

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(_HERE / "fonts")]
    )


def _compiler() -> typst.Compiler:
    """This thread's compiler; the template reads no file and asks for no package."""
    import typst  # noqa: PLC0415 - as above

    if not hasattr(_threads, "compiler"):
        _threads.compiler = typst.Compiler(root=str(_HERE), font_paths=_fonts())
    return cast("typst.Compiler", _threads.compiler)
