from __future__ import annotations

import io

import pytest
from PIL import Image

from mobile_gateway.documents import photos
from mobile_gateway.rules.uploads import Unfit
from pictures import picture, png_that_claims


def opened(data: bytes | Unfit) -> Image.Image:
    assert isinstance(data, bytes)
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_becomes_a_jpeg(kind: str) -> None:
    clean = opened(photos.cleaned(picture(kind)))
    assert (clean.format, clean.size, clean.mode) == ("JPEG", (64, 48), "RGB")


def test_nothing_that_came_beside_the_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera-of-somebody"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 27.0)
    dirty = picture(exif=exif.tobytes(), comment=b"a comment", icc_profile=b"a colour profile" * 10)
    for word in (b"Exif", b"Camera-of-somebody", b"a comment", b"a colour profile"):
        assert word in dirty
    clean = photos.cleaned(dirty + b"PK\x03\x04 an archive behind the picture")
    assert isinstance(clean, bytes)
    for word in (b"Exif", b"Camera-of-somebody", b"a comment", b"a colour profile", b"PK\x03\x04", b"ICC"):
        assert word not in clean
    assert dict(opened(clean).getexif()) == {}


def test_a_picture_is_turned_as_its_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(photos.cleaned(picture(size=(60, 40), exif=exif.tobytes()))).size == (40, 60)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_large_picture_is_made_smaller(kind: str) -> None:
    assert opened(photos.cleaned(picture(kind, (4000, 3000)))).size == (2560, 1920)


def test_transparency_becomes_white() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(made, "PNG")
    assert opened(photos.cleaned(made.getvalue())).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(50_000, 50_000), (12_000, 12_000), (8_000, 6_251), (2**31 - 1, 2**31 - 1)])
def test_pixels_are_counted_before_any_is_decoded(size: tuple[int, int]) -> None:
    assert photos.cleaned(png_that_claims(*size)) is Unfit.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    "data",
    [
        picture(size=(640, 480))[:-400],
        picture("PNG", (640, 480))[:-60],
        picture("WEBP", (640, 480))[:-60],
        picture()[:20],
        b"\xff\xd8\xff" + b"\0" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x00\x00\x00\x00WEBP",
        png_that_claims(4000, 4000),
        png_that_claims(0, 0),
    ],
)
def test_what_is_cut_or_broken_is_refused(data: bytes) -> None:
    assert photos.cleaned(data) is Unfit.BROKEN


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html><script>alert(1)</script>",
        picture("GIF"),
        picture("TIFF"),
        picture("BMP"),
        b"%PDF-1.7",
        b"PK\x03\x04",
        b"RIFF\x00\x00\x00\x00AVI ",
    ],
)
def test_what_is_no_photo_by_its_content_is_refused(data: bytes) -> None:
    assert photos.cleaned(data) is Unfit.NO_PHOTO
