"""Photos that people send: how large, how long, how many (TRUST.md, "The door"). All on the real clock."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

MOST_BYTES: Final = 5 * 1024 * 1024
"""The largest file."""

MOST_PIXELS: Final = 50_000_000
"""The largest JPEG, width times height: what a phone's camera takes at most in one shot that is sent."""

MOST_PIXELS_WHOLE: Final = 16_000_000
"""The largest PNG and WebP: these are decoded whole, and take 4 to 17 bytes a pixel for it."""

MOST_SCANS: Final = 100
"""Scans of a JPEG: each is a walk over the whole picture, and a camera writes ten at most."""

LONGEST_SIDE_PIXELS: Final = 2560
"""The longer side of what is kept; larger pictures are made smaller. The print of an ID document stays readable."""

MEDIA_TYPES: Final = ("image/jpeg", "image/png", "image/webp")
"""What is read."""

KEPT_AS: Final = "image/jpeg"
"""What is kept."""

ADDRESS_LIFE: Final = timedelta(minutes=15)
"""How long an address takes a file."""

LOOSE_LIFE: Final = timedelta(hours=1)
"""How long a photo waits for the ticket that it belongs to."""

QUOTA_SPAN: Final = timedelta(days=1)
UPLOADS_A_DAY_AND_NETWORK: Final = 50
"""Addresses that a network gets within 24 hours: a school behind one address is one network."""

VIEW_LIFE: Final = timedelta(seconds=60)
"""How long the link to a ticket's photo is good."""


_JPEG, _PNG, _RIFF, _WEBP = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"WEBP"
_SCAN = b"\xff\xda"
_WEBP_AT = slice(8, 12)


class Unfit(StrEnum):
    """Why a file is not taken."""

    EMPTY = "EMPTY"
    TOO_LARGE = "TOO_LARGE"
    NO_PHOTO = "NO_PHOTO"
    TOO_MANY_PIXELS = "TOO_MANY_PIXELS"
    BROKEN = "BROKEN"


def looks_like_photo(data: bytes) -> bool:
    """Whether the first bytes are those of a JPEG of few scans, a PNG or a WebP: a look that costs next to nothing."""
    if data.startswith(_JPEG):
        # A marker of a scan is no part of what a scan holds, so counting it is enough.
        return data.count(_SCAN) <= MOST_SCANS
    if data.startswith(_PNG):
        return True
    return data.startswith(_RIFF) and data[_WEBP_AT] == _WEBP
