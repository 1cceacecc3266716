"""The access token that every message carries: fetched in a thread, one renewal at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Protocol

from mobile_gateway.push.provider import AuthBroken, Outcome, Retry, Scope

_YOUNG_SECONDS = 600.0
"""A token younger than this that is refused is not renewed again: it is the credential that is refused.

Much longer than a lane stands still for it, so that a credential which stays refused is said to be each time.
"""

_log = logging.getLogger(__name__)


class Refused(Exception):
    """The issuer gives no token to this credential, and asking again would not help."""


class Credential(Protocol):
    """What holds a token: google.auth's credentials are of this shape."""

    @property
    def token(self) -> str | None:
        """The access token, once there is one."""

    @property
    def valid(self) -> bool:
        """Whether the token can be used now and for minutes to come."""

    def apply(self, headers: MutableMapping[str, str]) -> None:
        """Write the token into the headers of a request."""


class Bearer:
    """Authorises requests with a credential. `renew` fetches another token, may block, and runs in a thread.

    A renewal that takes longer than `timeout_seconds` is given up here and may still end well in its thread.
    """

    def __init__(self, credential: Credential, renew: Callable[[], None], timeout_seconds: float) -> None:
        self._credential = credential
        self._renew = renew
        self._timeout = timeout_seconds
        self._lock = asyncio.Lock()
        self._renewed_at = float("-inf")

    @property
    def token(self) -> str | None:
        """The access token that the next request will carry."""
        return self._credential.token

    def applied(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers with the token among them."""
        with_token = dict(headers)
        self._credential.apply(with_token)
        return with_token

    async def ready(self) -> Outcome | None:
        """None when there is a token to send with, else what its absence means for every message."""
        if self._credential.valid:
            return None
        try:
            await self._replace(self.token)
        except Refused:
            return AuthBroken(Scope.PROJECT)
        except Exception as error:  # noqa: BLE001 - a provider never raises
            _log.warning("push_token_not_renewed", extra={"error": type(error).__name__})
            return Retry(None)
        return None

    async def renewed(self, used: str | None) -> bool:
        """Whether there is now another token than `used`, which was refused. Never raises."""
        if self.token == used and time.monotonic() - self._renewed_at > _YOUNG_SECONDS:
            try:
                await self._replace(used)
            except Exception as error:  # noqa: BLE001 - a provider never raises
                _log.warning("push_token_not_renewed", extra={"error": type(error).__name__})
        return self.token != used

    async def _replace(self, used: str | None) -> None:
        async with asyncio.timeout(self._timeout), self._lock:
            if self.token != used:
                return
            await asyncio.to_thread(self._renew)
            self._renewed_at = time.monotonic()
