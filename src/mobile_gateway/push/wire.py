"""The HTTP client under firebase-admin: knows HTTP, knows nothing of FCM."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

_IDLE_SECONDS = 60.0
_CONNECTING = 1 / 3
"""The part of the time for a message that connecting may take: TCP as much, then TLS as much."""


class Wire:
    """Takes the place of the SDK's client: each request goes out once. Proxies come from the environment.

    One HTTP/2 connection of `streams` requests at a time; where a server speaks HTTP/1.1 only, as many
    connections.
    """

    def __init__(self, auth: httpx.Auth, timeout_seconds: float, streams: int) -> None:
        self._client = httpx.AsyncClient(
            http2=True,
            auth=auth,
            timeout=httpx.Timeout(timeout_seconds, connect=timeout_seconds * _CONNECTING),
            limits=httpx.Limits(
                max_connections=streams, max_keepalive_connections=streams, keepalive_expiry=_IDLE_SECONDS
            ),
        )

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], json: object
    ) -> httpx.Response:
        """The answer; raises httpx.HTTPError, as the SDK's client does, for a refusal or no answer at all."""
        response = await self._client.request(method, url, headers=headers, json=json)
        return response.raise_for_status()

    async def aclose(self) -> None:
        """Close the connections, in the loop that opened them. A second time it does nothing."""
        if not self._client.is_closed:
            await self._client.aclose()
