"""Photos that strangers send, made harmless: decoded, turned upright, made smaller, written anew as JPEG.

The sole importer of Pillow, but for the QR code's own drawing. Nothing of the file as it came is kept: no EXIF
(so no place), no colour profile, no comment, nothing behind the picture. Decoding costs memory in the measure
of the pixels, so the caller bounds how many are made at once.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

from PIL import Image, ImageOps

from mobile_gateway.logs import logger
from mobile_gateway.rules.uploads import (
    LONGEST_SIDE_PIXELS,
    MOST_PIXELS,
    MOST_PIXELS_WHOLE,
    Unfit,
    looks_like_photo,
)

QUALITY: Final = 85

_FORMATS = ("JPEG", "PNG", "WEBP")


def cleaned(data: bytes) -> bytes | Unfit:
    """The picture as a JPEG of ours, its longer side at most 2,560 pixels, or why there is none.

    The pixels are counted from the header, before any is decoded. Of an animation the first picture is taken.
    Transparency becomes white. Takes up to seconds: to be called in a thread.
    """
    if not looks_like_photo(data):
        return Unfit.NO_PHOTO
    try:
        return _anew(data)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Unfit.TOO_MANY_PIXELS
    except Exception as fault:  # noqa: BLE001 - a hostile file makes a decoder raise anything, and none of it is ours
        logger.info("photo_refused", fault=type(fault).__name__)
        return Unfit.BROKEN


def _anew(data: bytes) -> bytes | Unfit:
    with Image.open(BytesIO(data), formats=_FORMATS) as opened:
        most = MOST_PIXELS if opened.format == "JPEG" else MOST_PIXELS_WHOLE
        if opened.width * opened.height > most:
            return Unfit.TOO_MANY_PIXELS
        # Lets a JPEG be decoded at a half, a quarter or an eighth; other formats know no such thing.
        opened.draft("RGB", (LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS))
        opened.load()
        opened.thumbnail((LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS))
        upright = ImageOps.exif_transpose(opened)
    written = BytesIO()
    _flat(upright).save(written, "JPEG", quality=QUALITY)
    return written.getvalue()


def _flat(picture: Image.Image) -> Image.Image:
    """The pixels alone, on white: a new picture, which knows nothing of the old one's metadata."""
    flat = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        seen = picture.convert("RGBA")
        flat.paste(seen, mask=seen.getchannel("A"))
    else:
        flat.paste(picture.convert("RGB"))
    return flat
