"""GraphQL over server-sent events, in "distinct connections mode": a request, and a stream of its answers.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. The stream ends with `complete`; where it ends without
(the token's time is over, this process stops), the client comes back with a new token. A sign-in that ended is told
as the last answer, and so is that the person has opened too many others since.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mobile_gateway.clock import real
from mobile_gateway.execution import Answer, encode
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.schema.context import Context
from mobile_gateway.web.asking import said
from mobile_gateway.web.subscribing import KEEP_SECONDS, SEND_SECONDS, Crowd, is_over

MEDIA: Final = "text/event-stream"
HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "private, no-store",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}

_COMPLETE = b"event: complete\ndata:\n\n"
_KEEP = b":\n\n"


class EventStream(Response):
    """A stream of a viewer's answers. Once it has entered the crowd it must be sent."""

    media_type = MEDIA

    def __init__(self, answers: AsyncGenerator[Answer, None], context: Context, crowd: Crowd) -> None:
        super().__init__(headers=dict(HEADERS))
        del self.headers["content-length"]
        self._answers, self._context, self._crowd = answers, context, crowd
        self._outnumbered = asyncio.Event()
        self._person_id = context.viewer.person_id if context.viewer else None

    def enter(self) -> bool:
        """Count it among the streams that are open; False when there are too many."""
        return self._crowd.enter("events", self._person_id, self._outnumbered.set)

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send until there is nothing more, the client leaves or does not read, or its token's time is over."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            sending = asyncio.create_task(self._send_all(send))
            leaving = asyncio.create_task(_left(receive))
            over = asyncio.create_task(self._context.live.over.wait())
            outnumbered = asyncio.create_task(self._outnumbered.wait())
            tasks = (sending, leaving, over, outnumbered)
            try:
                await asyncio.wait(tasks, timeout=self._seconds_left(), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await send({"type": "http.response.body", "body": self._last(), "more_body": False})
        finally:
            self._crowd.leave("events", self._person_id, self._outnumbered.set)

    def _last(self) -> bytes:
        """What is behind the answers: nothing, or why there are no more."""
        if not self._outnumbered.is_set():
            return b""
        return event(Answer(None, [said(RefusalCode.RATE_LIMITED, self._context.locale)])) + _COMPLETE

    def _seconds_left(self) -> float | None:
        expires_at = self._context.viewer.expires_at if self._context.viewer else None
        return None if expires_at is None else max((expires_at - real()).total_seconds(), 0)

    async def _send_all(self, send: Send) -> None:
        async def write(body: bytes) -> None:
            async with asyncio.timeout(SEND_SECONDS):
                await send({"type": "http.response.body", "body": body, "more_body": True})

        async with contextlib.aclosing(self._answers) as answers:
            waiting = asyncio.ensure_future(anext(answers, None))
            try:
                await write(_KEEP)  # so that the client knows at once that the stream stands
                while True:
                    done, _ = await asyncio.wait({waiting}, timeout=KEEP_SECONDS)
                    if not done:
                        await write(_KEEP)
                        continue
                    answer = waiting.result()
                    if answer is None:
                        break
                    await write(event(answer))
                    if is_over(answer):
                        break
                    waiting = asyncio.ensure_future(anext(answers, None))
            finally:
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
        if not self._context.live.over.is_set():
            await write(_COMPLETE)


def event(answer: Answer) -> bytes:
    """An answer as one event; JSON holds no line break."""
    return b"event: next\ndata: " + encode(answer) + b"\n\n"


def once(answer: Answer) -> Response:
    """The answer of what is no subscription, as a stream of one event."""
    return Response(event(answer) + _COMPLETE, headers=dict(HEADERS), media_type=MEDIA)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
