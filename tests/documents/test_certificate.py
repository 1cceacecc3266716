"""Certificates are read back as their readers do: the PDF's text, metadata and fonts, the picture's pixels."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from PIL import Image, ImageChops

from mobile_gateway.documents import certificate
from mobile_gateway.documents.certificate import Printed, Unprintable
from printing import NUMBER, PREVIEW, SAMPLE, closed, difference, picture, reader, text_of


def root_of(printed: Printed) -> Any:
    """The document's catalogue, a tree of untyped objects."""
    return reader(printed).root_object


@pytest.mark.parametrize(
    "name",
    [
        "张三",
        "欧阳娜娜",
        "阿卜杜拉·买买提",
        "李𬭸",
        "王㛃",
        "陳淑儀",
        "Nguyễn Thị Ánh",
        "O'Brien-Ng",
        "Anne‑Marie",
        "〇",
    ],
)
def test_the_name_comes_back_exactly(name: str) -> None:
    assert f"{name} 老师" in text_of(replace(SAMPLE, name=name))


def test_every_printed_field_comes_back() -> None:
    text = text_of(SAMPLE)
    assert "7K3M 9Q2X 4HTB W8ZE" in text
    assert f"居民身份证 {NUMBER}" in text
    assert SAMPLE.school in text
    assert SAMPLE.check_url in text
    sentence = (
        "于2024年7月20日至9月30日参加“2024年暑期教师研修”专题学习，完成全部课程，认定10学时，特发此证。"
    )
    assert sentence in closed(text)
    assert "学习证书" in closed(text)
    assert "教育部教育技术与资源发展中心（中央电化教育馆）二〇二四年九月十五日" in closed(text)


@pytest.mark.parametrize(
    ("issued_on", "formal"),
    [
        (date(2024, 10, 10), "二〇二四年十月十日"),
        (date(2030, 12, 20), "二〇三〇年十二月二十日"),
        (date(2025, 1, 31), "二〇二五年一月三十一日"),
    ],
)
def test_the_date_of_issue_is_written_out(issued_on: date, formal: str) -> None:
    assert formal in closed(text_of(replace(SAMPLE, issued_on=issued_on)))


def test_a_window_over_new_year_names_both_years_and_credits_keep_their_fraction() -> None:
    printed = replace(SAMPLE, learned_from=date(2024, 12, 20), learned_to=date(2025, 2, 3), credits="9.50")
    assert "2024年12月20日至2025年2月3日" in closed(text_of(printed))
    assert "认定9.50学时" in closed(text_of(printed))


def test_a_character_that_the_font_lacks_is_refused_by_name() -> None:
    for render in (certificate.pdf, certificate.png):
        with pytest.raises(Unprintable) as refused:
            render(replace(SAMPLE, name="张😀三ཀ😀", school="\U00030000校"))
        assert set(refused.value.characters) == {"😀", "ཀ", "\U00030000"}
        assert "😀" not in str(refused.value)


def test_the_same_input_gives_the_same_bytes_in_every_thread() -> None:
    first, picture_bytes = certificate.pdf(SAMPLE), certificate.png(SAMPLE, width=400)
    started = threading.Barrier(3)

    def again(_: int) -> tuple[bytes, bytes]:
        started.wait()
        return certificate.pdf(SAMPLE), certificate.png(SAMPLE, width=400)

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(again, range(3))) == {(first, picture_bytes)}
    assert certificate.pdf(replace(SAMPLE, issued_on=date(2024, 9, 16))) != first


def test_threads_at_once_do_not_mix_what_they_print() -> None:
    names = [f"教师{letter}" for letter in "甲乙丙丁戊己庚辛壬癸"]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda name: text_of(replace(SAMPLE, name=name)), names))
    assert [[name for name in names if name in text] for text in texts] == [[name] for name in names]


def test_the_pdf_says_what_it_is() -> None:
    read = reader(SAMPLE)
    assert read.metadata is not None
    assert read.metadata.title == "学习证书 7K3M 9Q2X 4HTB W8ZE"
    assert read.metadata.author == "教育部教育技术与资源发展中心（中央电化教育馆）"
    assert read.metadata.creation_date is not None
    midnight = datetime.fromisoformat("2024-09-15T00:00:00+08:00")
    assert read.metadata.creation_date == midnight
    root = root_of(SAMPLE)
    assert root["/Lang"] == "zh-CN"
    assert root["/MarkInfo"]["/Marked"]
    xmp = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    (page,) = read.pages
    assert [round(float(side) / 72 * 25.4) for side in page.mediabox[2:]] == [297, 210]


def test_every_font_is_embedded_as_a_subset_and_maps_to_unicode() -> None:
    page: Any = reader(SAMPLE).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert sorted(font["/BaseFont"].partition("+")[2].split("-Identity")[0] for font in fonts) == [
        "NotoSerifCJKsc-Bold",
        "NotoSerifCJKsc-Regular",
    ]
    for font in fonts:
        (descendant,) = font["/DescendantFonts"]
        assert "/FontFile3" in descendant.get_object()["/FontDescriptor"].get_object()
        assert "/ToUnicode" in font
    assert len(certificate.pdf(SAMPLE)) < 100_000


def test_nothing_in_the_pdf_acts_or_reaches_out() -> None:
    data = certificate.pdf(SAMPLE)
    for word in (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile", b"/AcroForm", b"/OpenAction"):
        assert word not in data


def test_the_code_holds_the_check_page_and_changes_with_it() -> None:
    other = replace(SAMPLE, check_url=SAMPLE.check_url.replace("7K3M", "8K3M"))
    left, top, _, bottom = difference(SAMPLE, other)
    assert 27 <= left <= 40
    assert top >= 148
    assert bottom <= 184


def test_a_screen_reader_is_told_the_title_and_what_the_code_holds() -> None:
    elements = list(structure(root_of(SAMPLE)["/StructTreeRoot"]))
    assert [str(one["/S"]) for one in elements].count("/H1") == 1
    assert [one["/Alt"] for one in elements if "/Alt" in one] == [f"二维码：{SAMPLE.check_url}"]


def structure(element: Any) -> Iterator[Any]:
    """The elements of a tagged PDF in reading order."""
    element = element.get_object()
    if not isinstance(element, dict):
        return
    if "/S" in element:
        yield element
    children = element.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        yield from structure(child)


def test_a_preview_says_so_everywhere_and_has_no_code() -> None:
    text = text_of(PREVIEW)
    assert closed(text).count("预览·非正式证书") >= 16
    assert "张* 老师" in text
    assert "1101**********002X" in text
    assert "编号" not in text
    assert PREVIEW.check_url not in text
    assert "扫描" not in text
    # Where the code would be nothing is as dark as one.
    corner = picture(PREVIEW, 1188).crop((27 * 4, 150 * 4, 59 * 4, 182 * 4)).convert("L")
    assert corner.point(lambda value: 255 if value < 60 else 0).getbbox() is None
    code = picture(SAMPLE, 1188).crop((27 * 4, 150 * 4, 59 * 4, 182 * 4)).convert("L")
    assert code.point(lambda value: 255 if value < 60 else 0).getbbox() is not None


def test_the_veil_of_a_preview_lies_over_every_part_of_the_page() -> None:
    open_one = replace(PREVIEW, masked=False)
    veil = ImageChops.difference(picture(PREVIEW, 1188), picture(open_one, 1188)).convert("L")
    for left in range(0, 1188, 297):
        for top in range(0, 840, 210):
            assert veil.crop((left, top, left + 297, top + 210)).getbbox() is not None


@pytest.mark.parametrize("width", [100, 375, 1600, 4000])
def test_the_picture_is_as_wide_as_asked(width: int) -> None:
    image = Image.open(io.BytesIO(certificate.png(PREVIEW, width=width)))
    assert image.format == "PNG"
    assert image.width == width
    assert abs(image.height - width * 210 / 297) <= 1


@pytest.mark.parametrize("width", [0, 99, 4001])
def test_a_picture_too_small_or_too_large_is_refused(width: int) -> None:
    with pytest.raises(ValueError, match="100 to 4000"):
        certificate.png(PREVIEW, width=width)


def test_only_who_sets_certificates_loads_the_typesetter() -> None:
    program = (
        "import sys, mobile_gateway.cli, mobile_gateway.web.app, mobile_gateway.documents.certificate;"
        "print({'typst', 'obstore'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "set()"
