"""Small HTTP servers of tests, on a port of their own and in a thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    """Says nothing of what it is asked."""

    def answer(self, status: int, body: bytes) -> None:
        """Answer the request."""
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own word
        pass


@contextlib.contextmanager
def serving(server: HTTPServer) -> Iterator[None]:
    """Let a server answer until the block ends."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
