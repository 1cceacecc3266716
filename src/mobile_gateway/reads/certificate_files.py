"""Where certificates' files lie, and the signed addresses by which they are fetched.

A picture is masked, so its address is good to whoever holds it, for half an hour. The document is not: its address
speaks for one sign-in, which is looked at again at every fetch (`actions.downloading`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from mobile_gateway import seals
from mobile_gateway.seals import Keyring

PICTURE_LIFE: Final = timedelta(minutes=30)
_PICTURE = "certificate-picture"
_OF_CERTIFICATE, _OF_PREVIEW = "c:", "p:"


@dataclass(frozen=True, slots=True)
class File:
    """A kind of file of a certificate: what it is sealed for, and its media type."""

    column: str
    media_type: str
    ending: str

    def key(self, serial: str) -> str:
        """Where the file of a serial lies in the store."""
        return f"certificates/{serial[:2].lower()}/{serial.lower()}.{self.ending}"


PDF: Final = File("certificate.document", "application/pdf", "pdf")
PNG: Final = File("certificate.picture", "image/png", "png")


def picture_of_certificate(keyring: Keyring, serial: str, now: datetime) -> str:
    """The token of a certificate's masked picture; `now` is the real clock's."""
    return seals.sign_link(keyring, _OF_CERTIFICATE + serial, _PICTURE, expires_at=now + PICTURE_LIFE)


def picture_of_preview(keyring: Keyring, preview: UUID, now: datetime) -> str:
    """The token of a preview's picture; `now` is the real clock's."""
    return seals.sign_link(keyring, f"{_OF_PREVIEW}{preview}", _PICTURE, expires_at=now + PICTURE_LIFE)


def read_picture(keyring: Keyring, token: str, now: datetime) -> str | UUID | None:
    """The serial or the preview that a token is about; None when it is wrong or too old."""
    said = seals.read_link(keyring, token, _PICTURE, now)
    if not isinstance(said, bytes):
        return None
    text = said.decode()
    return (
        UUID(text.removeprefix(_OF_PREVIEW))
        if text.startswith(_OF_PREVIEW)
        else text.removeprefix(_OF_CERTIFICATE)
    )
