"""A client's ears: one subscription over a socket, or as server-sent events, each in a thread of its own."""

from __future__ import annotations

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from mobile_gateway.journeys.telling import NotHeld, expect
from mobile_gateway.schema import operations

PROTOCOL = Subprotocol("graphql-transport-ws")
PATIENCE_SECONDS = 15.0
STEP_SECONDS = 0.2

Json = dict[str, Any]


class StreamEnds(Exception):
    """Nothing more is told: the other side has ended the stream."""


class Ear(Protocol):
    """What hears events of one subscription."""

    def until(self, what: str, held: Callable[[Json], bool]) -> Json:
        """Wait for an event of which something holds; its data."""

    def close(self) -> None:
        """Listen no more."""


class _Heard:
    """Events that came, in order."""

    def __init__(self) -> None:
        self._came: queue.Queue[Json | None] = queue.Queue()
        self._over = threading.Event()

    def next(self, seconds: float) -> Json | None:
        """The data of the next event; None when none came within so many seconds.

        Raises:
            StreamEnds: there is none any more.
            NotHeld: it holds errors.
        """
        try:
            came = self._came.get(timeout=seconds)
        except queue.Empty:
            return None
        if came is None:
            self._came.put(None)
            raise StreamEnds
        if came.get("errors"):
            raise NotHeld("an event", "no errors", came["errors"])
        data: Json = came["data"]
        return data

    def until(self, what: str, held: Callable[[Json], bool]) -> Json:
        """Wait for an event of which something holds; its data.

        Raises:
            NotHeld: none came within 15 s, or it holds errors.
        """
        until, last = time.monotonic() + PATIENCE_SECONDS, None
        with contextlib.suppress(StreamEnds):
            while (left := until - time.monotonic()) > 0:
                found = self.next(left)
                last = found or last
                if found is not None and held(found):
                    return found
        raise NotHeld(what, f"an event within {PATIENCE_SECONDS:.0f} s", last)


class Socket(_Heard):
    """A subscription over `graphql-transport-ws`."""

    def __init__(self, url: str, token: str, document: str, variables: Json | None = None) -> None:
        super().__init__()
        address = url.replace("http", "ws", 1) + "/graphql"
        with contextlib.ExitStack() as opening:
            opened = connect(address, subprotocols=[PROTOCOL], proxy=None, open_timeout=PATIENCE_SECONDS)
            self._socket = opening.enter_context(opened)
            self._subscribe(token, document, variables or {})
            self._opened = opening.pop_all()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _subscribe(self, token: str, document: str, variables: Json) -> None:
        expect("the subprotocol", self._socket.subprotocol, PROTOCOL)
        self._send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        word = json.loads(self._socket.recv(PATIENCE_SECONDS))["type"]
        expect("the socket's first word", word, "connection_ack")
        name = operations.document_id(operations.by_file()[document])
        self._send({"id": "1", "type": "subscribe", "payload": {"documentId": name, "variables": variables}})

    def close(self) -> None:
        """Say that nothing more is wanted, and close."""
        self._over.set()
        with contextlib.suppress(WebSocketException, OSError):
            self._send({"id": "1", "type": "complete"})
        self._opened.close()
        self._thread.join(PATIENCE_SECONDS)

    def _send(self, message: Json) -> None:
        self._socket.send(json.dumps(message))

    def _listen(self) -> None:
        with contextlib.suppress(WebSocketException, OSError):
            while not self._over.is_set():
                with contextlib.suppress(TimeoutError):
                    message = json.loads(self._socket.recv(STEP_SECONDS))
                    if message["type"] == "next":
                        self._came.put(message["payload"])
                    elif message["type"] == "ping":
                        self._send({"type": "pong"})
                    elif message["type"] == "complete":
                        break
                    else:
                        self._came.put({"errors": [message]})
        self._came.put(None)


class Events(_Heard):
    """A subscription as server-sent events."""

    def __init__(self, url: str, token: str, document: str) -> None:
        super().__init__()
        self._client = httpx.Client(
            base_url=url, timeout=httpx.Timeout(PATIENCE_SECONDS, read=None), trust_env=False
        )
        body = {"documentId": operations.document_id(operations.by_file()[document])}
        headers = {"accept": "text/event-stream", "authorization": f"Bearer {token}"}
        request = self._client.build_request("POST", "/graphql", json=body, headers=headers)
        self._response = self._client.send(request, stream=True)
        expect("the stream's status", self._response.status_code, httpx.codes.OK.value)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leave."""
        self._over.set()
        self._response.close()
        self._client.close()

    def _listen(self) -> None:
        name = ""
        # Closing ends the reading with one or another of these.
        with contextlib.suppress(
            httpx.HTTPError, httpx.StreamError, OSError, ValueError, AttributeError, RuntimeError
        ):
            for line in self._response.iter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data:") and name == "next":
                    self._came.put(json.loads(line.removeprefix("data:")))
        self._came.put(None)
