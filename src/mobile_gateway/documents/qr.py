"""QR codes as SVG, PNG and terminal text (ISO/IEC 18004); the only module that imports `qrcode`.

Every code is in byte mode (UTF-8), with error correction M (about 15 % of it may be unreadable) and a quiet
zone of 4 modules, and the same text gives the same bytes for as long as the pinned libraries stay the same.
"""

import io

from qrcode.constants import ERROR_CORRECT_M
from qrcode.exceptions import DataOverflowError
from qrcode.image.pil import PilImage
from qrcode.image.svg import SvgPathFillImage
from qrcode.main import QRCode
from qrcode.util import MODE_8BIT_BYTE, QRData

QUIET_ZONE = 4
MAX_BYTES = 2331  # what version 40 holds at level M in byte mode


def svg(url: str) -> bytes:
    """Draw `url` as an SVG document: UTF-8, black on white, 1 mm a module, scalable by its view box.

    Raises:
        ValueError: the text is empty or longer than `MAX_BYTES` in UTF-8.
    """
    out = io.BytesIO()
    _code(url).make_image(image_factory=SvgPathFillImage).save(out)
    return out.getvalue()


def png(url: str, *, pixels_per_module: int = 10) -> bytes:
    """Draw `url` as a black and white PNG with square modules of `pixels_per_module` (1 to 64) pixels.

    Raises:
        ValueError: the text is empty or longer than `MAX_BYTES` in UTF-8, or the size is out of range.
    """
    if not 1 <= pixels_per_module <= 64:  # noqa: PLR2004 - the bound is named in the docstring
        raise ValueError("pixels_per_module must be from 1 to 64")
    out = io.BytesIO()
    _code(url, pixels_per_module).make_image(image_factory=PilImage).save(out, format="PNG")
    return out.getvalue()


def terminal(url: str) -> str:
    """Draw `url` with half-block characters, two rows of modules a line, for light text on a dark ground.

    Raises:
        ValueError: the text is empty or longer than `MAX_BYTES` in UTF-8.
    """
    out = io.StringIO()
    _code(url).print_ascii(out=out, invert=True)
    return out.getvalue()


def matrix(url: str) -> list[list[bool]]:
    """Give the modules of `url` row by row, dark ones true, with the quiet zone around them.

    Raises:
        ValueError: the text is empty or longer than `MAX_BYTES` in UTF-8.
    """
    return [[bool(module) for module in row] for row in _code(url).get_matrix()]


def _code(url: str, pixels_per_module: int = 10) -> "QRCode[PilImage]":
    if not url:
        raise ValueError("a QR code needs a text")
    code = QRCode(error_correction=ERROR_CORRECT_M, box_size=pixels_per_module, border=QUIET_ZONE)
    code.add_data(QRData(url.encode(), mode=MODE_8BIT_BYTE))
    try:
        code.make(fit=True)
    except (DataOverflowError, ValueError) as error:
        raise ValueError(f"a QR code holds at most {MAX_BYTES} bytes") from error
    return code
