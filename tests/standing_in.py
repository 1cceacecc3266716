"""`mobile-gateway fcm-stand-in --tls` as a process of a test's own."""

from __future__ import annotations

import contextlib
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from faults.faults_running import PROGRAM, environment, free_port, until

PROJECT = "training-demo"


@dataclass
class ServedStandIn:
    url: str
    authority: Path

    def client(self) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.authority))
        return httpx.Client(base_url=self.url, verify=context, trust_env=False, http2=True)

    def get(self, path: str, **asked: str) -> Any:
        with self.client() as client:
            return client.get(path, params=asked).json()

    def post(self, path: str, **given: float) -> int:
        with self.client() as client:
            return client.post(path, json=given).status_code

    def is_there(self) -> bool:
        with contextlib.suppress(httpx.TransportError, OSError):
            return isinstance(self.get("/counters"), dict)
        return False


@contextlib.contextmanager
def served(folder: Path, *options: str) -> Iterator[ServedStandIn]:
    port = free_port()
    command = [*PROGRAM, "fcm-stand-in", "--tls", "--port", str(port), "--project", PROJECT]
    with (folder / "fcm.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--data", str(folder), *options], env=environment(), stdout=log, stderr=log
        )
    found = ServedStandIn(f"https://127.0.0.1:{port}", folder / "fcm-stand-in" / "certificate.pem")
    try:
        until(found.is_there, 30, "the stand-in answers")
        yield found
    finally:
        process.terminate()
        process.wait(15)
