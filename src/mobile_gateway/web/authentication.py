"""Who asks, from where, and in which language: what the door reads from a request's headers."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from starlette.requests import HTTPConnection

from mobile_gateway import seals
from mobile_gateway.schema.context import Viewer
from mobile_gateway.seals import Keyring, Unreadable
from mobile_gateway.web.pages import Language, language_of

UNKNOWN_NETWORK: Final = "unknown"
"""The one network of all whose address cannot be told: together they have one quota."""

# RFC 6750 §2.1: the scheme, in whatever case (RFC 9110 §11.1), spaces, one b64token.
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE | re.ASCII)
_SCHEME = re.compile(r"bearer(?: |$)", re.IGNORECASE | re.ASCII)

_WITH_PORT = re.compile(r"\[([^\[\]]+)\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}", re.ASCII)
_V4_BITS = 24
_V6_BITS = 64


class BadToken(StrEnum):
    """A bearer token was sent and is not good. EXPIRED: refresh it; INVALID: sign in again."""

    INVALID = "INVALID"
    EXPIRED = "EXPIRED"


def viewer_of(authorization_header: str | None, keyring: Keyring, now: datetime) -> Viewer | BadToken | None:
    """The viewer that an `Authorization` header speaks for; None without one.

    Another scheme than Bearer is as none (RFC 6750 §3.1). `now` is the real clock's. Whether the sign-in
    still stands is looked up by what reads or writes for the viewer.
    """
    header = (authorization_header or "").strip(" \t")
    if not _SCHEME.match(header):
        return None
    found = _BEARER.fullmatch(header)
    if found is None:
        return BadToken.INVALID
    claims = seals.read_access(keyring, found[1], now)
    if isinstance(claims, Unreadable):
        return BadToken(claims)
    return Viewer(
        claims.person_id,
        claims.session_id,
        claims.identity,
        claims.wipe_epoch,
        claims.client_kind,
        claims.strong_at,
        claims.expires_at,
    )


def network_of(client_ip: str | None, forwarded_for: str | None, trusted_proxies: int) -> str:
    """The client's network, the unit of quotas: the /24 of an IPv4 address, the /64 of an IPv6 one.

    Each of the `trusted_proxies` in front of us appends to `X-Forwarded-For` whom it was called by, so the
    client stands that many places from the right; what is further left the client may have invented. With
    fewer places than proxies nobody of ours wrote the header: the connection's own address counts. Several
    such headers are to be joined by commas. UNKNOWN_NETWORK when no address can be read.
    """
    hops = [hop.strip() for hop in (forwarded_for or "").split(",") if hop.strip()]
    through = 0 < trusted_proxies <= len(hops)
    address = _address(hops[-trusted_proxies] if through else client_ip or "")
    if address is None:
        return UNKNOWN_NETWORK
    bits = _V4_BITS if isinstance(address, IPv4Address) else _V6_BITS
    return str(ip_network((address, bits), strict=False))


_kept_network_of = lru_cache(maxsize=4096)(network_of)


def network_of_request(request: HTTPConnection, trusted_proxies: int) -> str:
    """The network of the client that a request or a socket comes from: `network_of` its connection and its headers."""
    address = request.client.host if request.client else None
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    return _kept_network_of(address, forwarded, trusted_proxies)


def locale_of(accept_language: str | None) -> Language:
    """zh-CN or en by the weights of an `Accept-Language` (RFC 9110 §12.5.4); zh-CN if in doubt."""
    return language_of(accept_language or "")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ip_address(found[1] or found[2] if found else text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
