"""E-mail addresses: what may be kept as one. Whether anybody reads it, only a message could tell; none is sent.

Source: RFC 5321 §4.1.2 and §4.5.3.1 (dot-atom, 64 and 254 characters), RFC 1123 §2.1 (labels of a domain).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST: Final = 254
"""The longest address, in characters."""

_LONGEST_LOCAL = 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?=[A-Za-z])[A-Za-z0-9-]{{1,62}}[A-Za-z0-9]")
# Full-width forms of printable ASCII, as Chinese input methods write them.
_FOLDED = {0xFF01 + offset: 0x21 + offset for offset in range(94)} | {0x3002: "."}


class EmailFault(StrEnum):
    """Why a text is no address."""

    EMPTY = "EMPTY"
    TOO_LONG = "TOO_LONG"
    BAD_CHARACTER = "BAD_CHARACTER"
    BAD_FORMAT = "BAD_FORMAT"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A refused address. It does not hold the text, so it may be logged."""

    reason: EmailFault


def parse(text: str) -> str | Malformed:
    """The address in ASCII, its domain in lower case, or why it is none.

    Full-width letters and signs are read as their ASCII ones, white space around is dropped. A domain of other
    scripts goes only in its xn-- form, and the local part is ASCII: what mail systems of all schools carry.
    Quoted local parts, comments, address literals and domains without a dot are refused.
    """
    address = text.translate(_FOLDED).strip()
    if not address:
        return Malformed(EmailFault.EMPTY)
    if len(address) > LONGEST:
        return Malformed(EmailFault.TOO_LONG)
    if not address.isascii() or not address.isprintable() or " " in address:
        return Malformed(EmailFault.BAD_CHARACTER)
    local, _, domain = address.rpartition("@")
    if len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return Malformed(EmailFault.BAD_FORMAT)
    return f"{local}@{domain.lower()}"
