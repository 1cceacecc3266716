"""`fcm-stand-in`: a stand-in for Firebase Cloud Messaging, for local runs and benches."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console

from mobile_gateway.cli import ports, runs
from mobile_gateway.clock import real
from mobile_gateway.local import LocalError
from mobile_gateway.local.keys import write_private
from mobile_gateway.seals.tls import self_signed
from mobile_gateway.settings import PREFIX
from mobile_gateway.standins.fcm_project import SHOWN, FcmProject

PROJECT = "stand-in"
PORT = 8443


def certificate(data: Path) -> tuple[Path, Path]:
    """The stand-in's key and self-signed certificate in a data directory, made at the first run."""
    folder = data / "fcm-stand-in"
    key, own = folder / "key.pem", folder / "certificate.pem"
    if not own.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            private, public = self_signed(real())
            write_private(key, private)
            write_private(own, public)
        except OSError as why:
            raise LocalError(
                f"{folder} cannot be used ({why.strerror}): choose another with --data"
            ) from None
    return key, own


def environment(data: Path, port: int) -> dict[str, str]:
    """Settings that lead a local run's worker to the stand-in."""
    _, own = certificate(data)
    return {
        "FCM_ENDPOINT": f"https://127.0.0.1:{port}",
        f"{PREFIX}PUSH_PROVIDER": "fcm",
        f"{PREFIX}FCM_PROJECT": PROJECT,
        f"{PREFIX}PUSH_AUTHORITY": str(own.resolve()),
    }


def command(data: Path, port: int) -> list[str]:
    """The command that stands in, as a child of a local run."""
    return ["fcm-stand-in", "--tls", "--port", str(port), "--data", str(data)]


def stand_in(
    port: int = typer.Option(PORT, min=1, max=65535, help="Port to listen on, at 127.0.0.1."),
    project: str = typer.Option(PROJECT, help="The Firebase project that it is."),
    latency_ms: float = typer.Option(0.0, min=0.0, max=60_000.0, help="How long each answer takes."),
    shown: int = typer.Option(
        SHOWN, min=1, max=1_000_000, help="How many notifications it keeps to be shown."
    ),
    data: Path = typer.Option(runs.DEFAULT, help="Where its key and certificate are kept."),  # noqa: B008 - typer's way to say it
    *,
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak TLS and HTTP/2, with a certificate of its own.")
    ] = False,
) -> None:
    """Stand in for Firebase Cloud Messaging: takes pushes, shows them as phones would, answers as tokens say.

    A token that begins with `unregistered-`, `quota-`, `unavailable*2-`, `drop-` or another name of an answer gets
    that answer; others are accepted. `/` shows the phones, `/counters` the counters, `/shown?times=2` what came twice.
    """
    from mobile_gateway.standins.fcm_served import serve  # noqa: PLC0415 - `run` needs the certificate alone

    ports.free("127.0.0.1", port)
    key, own = certificate(data) if tls else (None, None)
    Console(stderr=True).print(f"FCM's stand-in answers at {'https' if tls else 'http'}://127.0.0.1:{port}")
    kept = FcmProject(project, latency_seconds=latency_ms / 1000, most_shown=shown)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(kept, port, certificate=own, key=key))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fcm-stand-in")(stand_in)
