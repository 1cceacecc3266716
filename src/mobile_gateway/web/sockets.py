"""GraphQL subscriptions over WebSocket: the subprotocol `graphql-transport-ws`, and no other.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Queries and mutations go over HTTP. The access token
comes in the payload of `connection_init`, for browsers cannot send a header with a socket. When its time is over the
socket is closed with 4403, and the client comes back with a new one; so no socket lives longer than ten minutes. One
from which no whole message came between two pings is closed with 1013.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing
from typing import Any, Final

from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from mobile_gateway import metrics
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.execution import Operations, Plan, Rejected, encode
from mobile_gateway.logs import logger
from mobile_gateway.rules.quotas import ANONYMOUS_SECONDS
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.schema.context import Viewer
from mobile_gateway.web import asking
from mobile_gateway.web.asking import Policy, admitted
from mobile_gateway.web.authentication import BadToken, locale_of, network_of_request, viewer_of
from mobile_gateway.web.bodies import BodyRefused, GraphQLParams
from mobile_gateway.web.socket_messages import Close, CloseCode, Received, errors_of, read, said, text_of
from mobile_gateway.web.subscribing import KEEP_SECONDS, SEND_SECONDS, Crowd, answers, is_over

SUBPROTOCOL: Final = "graphql-transport-ws"
INIT_SECONDS: Final = 3.0
FULL_SECONDS: Final = 5
"""After which time who found no room may come again."""

MOST_SUBSCRIPTIONS: Final = 10
"""Subscriptions of one socket at a time."""


class Sockets:
    """The door for sockets. `init_seconds` is how long `connection_init` may take."""

    def __init__(
        self,
        resources: Resources,
        operations: Operations,
        policy: Policy,
        crowd: Crowd,
        *,
        init_seconds: float = INIT_SECONDS,
    ) -> None:
        self.resources, self.operations, self.policy, self.crowd = resources, operations, policy, crowd
        self.init_seconds = init_seconds

    async def __call__(self, websocket: WebSocket) -> None:
        """Serve one socket until either side closes it; one too many is told so in place of the handshake."""
        network = network_of_request(websocket, self.policy.trusted_proxies)
        if self.crowd.is_full or not self.crowd.wait(network):
            await _deny(websocket, 503, FULL_SECONDS)
            return
        socket = _Socket(self, websocket, network)
        try:
            if not await admitted(self.resources, self.policy, network):
                await _deny(websocket, 429, ANONYMOUS_SECONDS)
                return
            await socket.serve()
        finally:
            socket.leave()


async def _deny(websocket: WebSocket, status: int, seconds: int) -> None:
    metrics.sockets_closed.labels(str(status)).inc()
    with contextlib.suppress(OSError, RuntimeError):  # it has left already
        await websocket.send_denial_response(Response(None, status, {"retry-after": str(seconds)}))


async def _close(websocket: WebSocket, why: Close) -> None:
    metrics.sockets_closed.labels(str(int(why.code))).inc()
    with contextlib.suppress(OSError, RuntimeError, TimeoutError):  # it is closed already
        async with asyncio.timeout(SEND_SECONDS):
            await websocket.close(why.code, why.reason)


class _Socket:
    """One socket: who looks on, and the subscriptions that run, by the ids that the client gave them."""

    def __init__(self, door: Sockets, websocket: WebSocket, network: str) -> None:
        self._door, self._websocket, self._network = door, websocket, network
        self._viewer: Viewer | None = None
        self._locale = str(locale_of(websocket.headers.get("accept-language")))
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._closing: asyncio.Future[Close] = self._loop.create_future()
        self._expiring: asyncio.TimerHandle | None = None
        self._heard = False

    async def serve(self) -> None:
        """Until the client leaves, or there is a reason to close."""
        spoken = SUBPROTOCOL in self._websocket.scope.get("subprotocols", [])
        try:
            await self._websocket.accept(SUBPROTOCOL if spoken else None)
        except (OSError, RuntimeError):  # it has left already
            return
        if spoken:
            await self._serve()
        else:
            self._close(CloseCode.SUBPROTOCOL, "Subprotocol not acceptable")
        if self._closing.done():
            await _close(self._websocket, self._closing.result())

    def leave(self) -> None:
        """Make room for others."""
        if self._viewer is None:
            self._door.crowd.waited(self._network)
        else:
            self._door.crowd.leave("socket", self._viewer.person_id, self._outnumbered)

    async def _serve(self) -> None:
        listening = asyncio.create_task(self._listen())
        watching = asyncio.create_task(self._watch())
        try:
            ends: list[asyncio.Future[Any]] = [listening, self._closing]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._expiring is not None:
                self._expiring.cancel()
            tasks = [listening, watching, *self._tasks]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _outnumbered(self) -> None:
        self._close(CloseCode.TOO_MANY_INITS, "Too many sockets of this person")

    def _close(self, code: CloseCode, reason: str) -> None:
        if not self._closing.done():
            self._closing.set_result(Close(code, reason))

    async def _listen(self) -> None:
        """Take the client's messages, one after the other, until it leaves or one of them ends the socket."""
        try:
            while not self._closing.done():
                found = read(await self._websocket.receive())
                self._heard = True
                if isinstance(found, Close):
                    self._close(found.code, found.reason)
                    return
                await self._take(found)
        except TimeoutError:
            self._close(CloseCode.TRY_AGAIN, "Too slow")
        except (WebSocketDisconnect, OSError, RuntimeError):
            return
        except Exception:  # noqa: BLE001 - a fault is this socket's alone
            logger.exception("socket_failed")
            self._close(CloseCode.FAULT, "Something went wrong on our side")

    async def _take(self, message: Received) -> None:
        match message.type:
            case "connection_init":
                await self._init(message.payload)
            case "ping":
                await self._send("pong")
            case "subscribe":
                await self._subscribe(message.id or "", message.params)
            case "complete":
                running = self._running.pop(message.id or "", None)
                if running is not None:
                    running.cancel()
            case _:  # pong: it was heard
                pass

    async def _init(self, payload: dict[str, Any]) -> None:
        """Learn who looks on. The payload's names are those of HTTP's headers, in any case."""
        if self._viewer is not None:
            self._close(CloseCode.TOO_MANY_INITS, "Too many initialisation requests")
            return
        given = {name.lower(): value for name, value in payload.items() if isinstance(value, str)}
        self._locale = (
            str(locale_of(given["accept-language"])) if "accept-language" in given else self._locale
        )
        viewer = viewer_of(given.get("authorization"), self._door.resources.keyring, real())
        if viewer is None or viewer is BadToken.EXPIRED:
            self._close(CloseCode.FORBIDDEN, RefusalCode.UNAUTHENTICATED)
        elif isinstance(viewer, BadToken):
            self._close(CloseCode.FORBIDDEN, RefusalCode.SESSION_INVALID)
        elif not self._door.crowd.enter("socket", viewer.person_id, self._outnumbered):
            self._close(CloseCode.TRY_AGAIN, "Too many sockets")
        else:
            self._door.crowd.waited(self._network)
            self._viewer = viewer
            if viewer.expires_at is not None:
                left = (viewer.expires_at - real()).total_seconds()
                self._expiring = self._loop.call_later(left, self._expire)
            await self._send("connection_ack")

    def _expire(self) -> None:
        self._close(CloseCode.FORBIDDEN, RefusalCode.UNAUTHENTICATED)

    async def _subscribe(self, name: str, params: GraphQLParams | BodyRefused | None) -> None:
        if self._viewer is None:
            self._close(CloseCode.UNAUTHORIZED, "Unauthorized")
        elif name in self._running:
            self._close(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {name} already exists")
        elif not isinstance(params, GraphQLParams):
            self._close(CloseCode.BAD_REQUEST, params.message if params else "`payload` is missing")
        elif len(self._running) >= MOST_SUBSCRIPTIONS:
            much = f"A socket has at most {MOST_SUBSCRIPTIONS} subscriptions."
            await self._send("error", name, said("TOO_MANY_SUBSCRIPTIONS", much))
        else:
            self._running[name] = task = asyncio.create_task(self._run(name, params))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, name: str, params: GraphQLParams) -> None:
        """Serve one subscription to its end."""
        try:
            plan = self._plan(params)
            if isinstance(plan, Plan):
                await self._tell(name, plan, params)
            else:
                await self._send("error", name, plan)
        except (OSError, RuntimeError, TimeoutError):
            self._close(CloseCode.TRY_AGAIN, "Too slow")
        except Exception:  # noqa: BLE001 - a fault is this socket's alone
            logger.exception("socket_failed")
            self._close(CloseCode.FAULT, "Something went wrong on our side")
        finally:
            if self._running.get(name) is asyncio.current_task():
                del self._running[name]

    def _plan(self, params: GraphQLParams) -> Plan | bytes:
        """The subscription's plan, or the errors why there is none."""
        document = asking.document_of(params, self._door.policy)
        if isinstance(document, BodyRefused):
            return said(document.code, document.message)
        plan = self._door.operations.prepare(document, params.operation_name)
        if isinstance(plan, Rejected):
            return errors_of(plan.errors)
        if plan.kind != "subscription":
            return said("NOT_A_SUBSCRIPTION", "Queries and mutations are sent over HTTP.")
        return plan

    async def _tell(self, name: str, plan: Plan, params: GraphQLParams) -> None:
        resources = self._door.resources
        context = asking.lasting_context_of(resources, self._viewer, self._locale, self._network)
        async with aclosing(answers(plan, params.variables, context)) as events:
            async for answer in events:
                if is_over(answer):
                    self._close(CloseCode.FORBIDDEN, RefusalCode.SESSION_INVALID)
                    return
                if not answer.started:
                    await self._send("error", name, errors_of(answer.errors))
                    return
                await self._send("next", name, encode(answer))
        if not resources.live.over.is_set():
            await self._send("complete", name)

    async def _send(self, kind: str, name: str | None = None, payload: bytes | None = None) -> None:
        """Send one message; raises OSError, RuntimeError or TimeoutError when the client is gone or does not read."""
        async with self._one_at_a_time, asyncio.timeout(SEND_SECONDS):
            await self._websocket.send_text(text_of(kind, name, payload))

    async def _watch(self) -> None:
        """See to it that the client says who it is, and that it is still there: it answers a ping before the next."""
        over = self._door.resources.live.over
        if not await _within(over, self._door.init_seconds):
            if self._viewer is None:
                self._close(CloseCode.INIT_TIMEOUT, "Connection initialisation timeout")
                return
            while not await _within(over, KEEP_SECONDS):
                if not self._heard:
                    self._close(CloseCode.TRY_AGAIN, "No answer to a ping")
                    return
                self._heard = False
                try:
                    await self._send("ping")
                except (OSError, RuntimeError, TimeoutError):
                    self._close(CloseCode.TRY_AGAIN, "Too slow")
                    return
        self._close(CloseCode.GOING_AWAY, "Going away")


async def _within(over: asyncio.Event, seconds: float) -> bool:
    """Whether it is over within so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            return await over.wait()
    except TimeoutError:
        return False
