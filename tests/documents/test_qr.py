"""The codes are read back by a small reader of our own (ISO/IEC 18004), from pixels and from SVG paths."""

import io
import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mobile_gateway.documents import qr

Modules = list[list[bool]]

ADDRESS = "https://gateway.example.cn/download/go?c=Zm9v.YmFyYmF6"
BLOCKS_AT_M = {1: [16], 2: [28], 3: [44], 4: [32, 32], 5: [43, 43], 6: [27, 27, 27, 27]}
MASKS: list[Callable[[int, int], int]] = [
    lambda r, c: (r + c) % 2,
    lambda r, c: r % 2,
    lambda r, c: c % 3,
    lambda r, c: (r + c) % 3,
    lambda r, c: (r // 2 + c // 3) % 2,
    lambda r, c: r * c % 2 + r * c % 3,
    lambda r, c: (r * c % 2 + r * c % 3) % 2,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2,
]


def reserved(size: int, r: int, c: int) -> bool:
    corner = (r < 9 and c < 9) or (r < 9 and c >= size - 8) or (r >= size - 8 and c < 9)
    aligned = size > 21 and abs(r - (size - 7)) <= 2 and abs(c - (size - 7)) <= 2
    return corner or aligned or 6 in (r, c)


def codeword_bits(code: Modules) -> Iterator[int]:
    size = len(code)
    mask = int("".join(str(int(code[8][c])) for c in (2, 3, 4)), 2) ^ 0b101
    rights = [*range(size - 1, 6, -2), 5, 3, 1]  # the timing column 6 is stepped over
    for turn, right in enumerate(rights):
        rows = range(size) if turn % 2 else range(size - 1, -1, -1)
        for r in rows:
            for c in (right, right - 1):
                if not reserved(size, r, c):
                    yield int(code[r][c]) ^ (MASKS[mask](r, c) == 0)


def read(framed: Modules) -> str:
    """Read a code of version 1 to 6 at level M in byte mode, without correcting errors."""
    zone = qr.QUIET_ZONE
    border = [*framed[:zone], *framed[-zone:], *(row[:zone] + row[-zone:] for row in framed)]
    assert not any(any(row) for row in border), "the quiet zone is light"
    code = [row[zone:-zone] for row in framed[zone:-zone]]
    level = int("".join(str(int(code[8][c])) for c in (0, 1)), 2) ^ 0b10
    assert level == 0b00, "level M"
    bits = list(codeword_bits(code))
    words = [int("".join(map(str, bits[i : i + 8])), 2) for i in range(0, len(bits) - 7, 8)]
    blocks = BLOCKS_AT_M[(len(code) - 17) // 4]
    data = [words[i + b] for b in range(len(blocks)) for i in range(0, sum(blocks), len(blocks))]
    stream = "".join(f"{word:08b}" for word in data)
    assert stream[:4] == "0100", "byte mode"
    length = int(stream[4:12], 2)
    return bytes(int(stream[12 + 8 * i : 20 + 8 * i], 2) for i in range(length)).decode()


def modules_of_png(png: bytes, pixels: int) -> Modules:
    image = Image.open(io.BytesIO(png)).convert("1")
    width, height = image.size
    assert width == height
    assert width % pixels == 0
    return [
        [image.getpixel((x, y)) == 0 for x in range(pixels // 2, width, pixels)]
        for y in range(pixels // 2, height, pixels)
    ]


def modules_of_svg(svg: bytes) -> Modules:
    root = ET.fromstring(svg)
    size = int(root.attrib["viewBox"].split()[2])
    path = root.find("{http://www.w3.org/2000/svg}path")
    assert path is not None
    modules = [[False] * size for _ in range(size)]
    for x, y, right, bottom, left in re.findall(r"M(\d+),(\d+)H(\d+)V(\d+)H(\d+)z", path.attrib["d"]):
        assert (int(right), int(bottom), left) == (int(x) + 1, int(y) + 1, x)
        modules[int(y)][int(x)] = True
    return modules


def modules_of_terminal(text: str, size: int) -> Modules:
    halves = {
        "█": (False, False),
        "▀": (False, True),
        "▄": (True, False),
        " ": (True, True),
        "\xa0": (True, True),
    }
    lines = text.splitlines()
    rows = [[halves[char][half] for char in line] for line in lines for half in (0, 1)]
    return rows[:size]


@pytest.mark.parametrize("pixels", [1, 7, 10, 12])
def test_the_png_reads_back_as_the_address(pixels: int) -> None:
    modules = modules_of_png(qr.png(ADDRESS, pixels_per_module=pixels), pixels)
    assert read(modules) == ADDRESS
    assert modules == qr.matrix(ADDRESS)


def test_the_svg_reads_back_as_the_address() -> None:
    modules = modules_of_svg(qr.svg(ADDRESS))
    assert read(modules) == ADDRESS
    assert modules == qr.matrix(ADDRESS)


def test_the_terminal_text_reads_back_as_the_address() -> None:
    text = qr.terminal(ADDRESS)
    expected = qr.matrix(ADDRESS)
    assert modules_of_terminal(text, len(expected)) == expected
    assert read(modules_of_terminal(text, len(expected))) == ADDRESS


@given(st.text(min_size=1, max_size=25))
@settings(max_examples=30, deadline=None)
def test_any_text_reads_back(text: str) -> None:
    assert read(modules_of_png(qr.png(text, pixels_per_module=1), 1)) == text


def test_the_svg_is_black_on_white_without_script_or_links() -> None:
    root = ET.fromstring(qr.svg(ADDRESS))
    assert [element.tag.split("}")[1] for element in root.iter()] == ["svg", "rect", "path"]
    assert [element.attrib.get("fill") for element in root] == ["white", "#000000"]


def test_the_same_text_gives_the_same_bytes() -> None:
    assert qr.png(ADDRESS) == qr.png(ADDRESS)
    assert qr.svg(ADDRESS) == qr.svg(ADDRESS)
    assert qr.terminal(ADDRESS) == qr.terminal(ADDRESS)


@pytest.mark.parametrize("draw", [qr.svg, qr.png, qr.terminal])
def test_an_empty_text_and_one_too_long_are_value_errors(draw: Callable[[str], bytes | str]) -> None:
    for text in ("", "a" * (qr.MAX_BYTES + 1)):
        with pytest.raises(ValueError, match="a QR code"):
            draw(text)


@pytest.mark.parametrize("pixels", [0, 65])
def test_a_size_out_of_range_is_a_value_error(pixels: int) -> None:
    with pytest.raises(ValueError, match="pixels_per_module"):
        qr.png(ADDRESS, pixels_per_module=pixels)
