"""The peers' process: `python -m mobile_gateway.benches.peers`, told on stdin what to be. The same server as ours."""

from __future__ import annotations

import sys
from functools import partial

import msgspec
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from starlette.applications import Starlette

from mobile_gateway.benches import beat_peers, default_peer, floor_peer
from mobile_gateway.benches.ground import Given

APPS = {
    "floor": floor_peer.application,
    "default": default_peer.application,
    "echo": beat_peers.echo,
    "naive": beat_peers.naive,
}


def app(given: Given) -> Starlette:
    """The peer that was asked for."""
    return APPS[given.kind](given)


def main() -> None:
    """Serve until SIGTERM."""
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Given)
    Granian(
        "peer",
        interface=Interfaces.ASGI,
        address="127.0.0.1",
        port=given.port,
        http=HTTPModes.http1,
        websockets=False,
        backlog=2048,
        log_level="warning",  # type: ignore[arg-type]  # its own enum takes the word
    ).serve(target_loader=partial(app, given), wrap_loader=False)


if __name__ == "__main__":
    main()
