"""`push`: messages a second into a stand-in of FCM over TLS and HTTP/2, against firebase-admin's own sending.

The stand-in has one core, who sends has another. Both sides keep as many batches of 500 in flight; every message must
be accepted, and the stand-in's own counter must say the same. The last figure is the whole way of the product: claim,
send, settle, with PostgreSQL on the same two cores.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import msgspec

from mobile_gateway.benches import cores
from mobile_gateway.benches.ground import Ground
from mobile_gateway.benches.measuring import BenchWrong, Result, Target, in_turn
from mobile_gateway.models.database import Database

NAME = "push"
ROUND_TRIPS_MS: Final = (0, 200)
MESSAGES: Final = {"product": 30_000, "shipped": 3_000}
DELIVERIES: Final = 20_000
TIMES: Final = Target(4)
A_SECOND: Final = Target(7_000)
PATIENCE_SECONDS: Final = 300


class Asked(msgspec.Struct, frozen=True):
    """What a sending process is told on stdin."""

    kind: str
    endpoint: str
    authority: str
    messages: int
    database_url: str


class Told(msgspec.Struct, frozen=True):
    """What it answers on stdout."""

    seconds: float
    accepted: int
    processor_us: float
    memory_mb: float


def bench(ground: Ground) -> Result:
    """Measure; raises BenchWrong when a message was not accepted."""
    result = Result(NAME)
    with _stand_in(ground) as stand_in:
        for round_trip in ROUND_TRIPS_MS:
            stand_in.post("/script", {"latency_ms": round_trip})
            used: dict[str, list[Told]] = {"product": [], "shipped": []}
            found = in_turn({kind: partial(_rate, ground, stand_in, kind, used[kind]) for kind in used})
            for kind, values in found.items():
                target = A_SECOND if kind == "product" else None
                result.figure(f"{round_trip} ms/{kind} messages/s", values, target)
                result.figure(f"{round_trip} ms/{kind} sender µs", [one.processor_us for one in used[kind]])
            result.ratio(f"{round_trip} ms × shipped", found["product"], found["shipped"], TIMES)
        stand_in.post("/script", {"latency_ms": 0})
        whole: list[Told] = []
        rates = in_turn({"whole": partial(_whole, ground, stand_in, whole)})["whole"]
        result.figure("claimed, sent, settled deliveries/s", rates)
        result.figure("worker at the end MB", [one.memory_mb for one in whole])
    return result


class _StandIn:
    """A running stand-in and its certificate."""

    def __init__(self, port: int, authority: Path) -> None:
        self.url, self.authority = f"https://127.0.0.1:{port}", authority

    def get(self, path: str) -> dict[str, int]:
        found: dict[str, int] = json.loads(self._open(Request(self.url + path)))  # noqa: S310 - our own address
        return found

    def post(self, path: str, given: dict[str, int]) -> None:
        self._open(Request(self.url + path, json.dumps(given).encode(), method="POST"))  # noqa: S310 - as above

    def _open(self, request: Request) -> bytes:
        context = ssl.create_default_context(cafile=str(self.authority))
        with urlopen(request, timeout=10, context=context) as answer:  # noqa: S310 - as above
            body: bytes = answer.read()
        return body


@contextlib.contextmanager
def _stand_in(ground: Ground) -> Iterator[_StandIn]:
    port, log = cores.free_port(), ground.folder / "fcm.log"
    words = ["fcm-stand-in", "--tls", "--port", str(port), "--data", str(ground.folder)]
    with cores.running([sys.executable, "-m", "mobile_gateway", *words], ground.variables, log) as process:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise BenchWrong(f"the stand-in of FCM does not start: {log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield _StandIn(port, ground.folder / "fcm-stand-in" / "certificate.pem")


def _rate(ground: Ground, stand_in: _StandIn, kind: str, used: list[Told]) -> float:
    before = stand_in.get("/counters")["accepted"]
    told = _run(ground, stand_in, kind, MESSAGES[kind])
    arrived = stand_in.get("/counters")["accepted"] - before
    if not MESSAGES[kind] == told.accepted == arrived:
        raise BenchWrong(f"{kind}: {told.accepted} of {MESSAGES[kind]} were accepted, {arrived} arrived")
    used.append(told)
    return told.accepted / told.seconds


def _whole(ground: Ground, stand_in: _StandIn, used: list[Told]) -> float:
    ground.run(_due)
    ground.settle()
    told = _run(ground, stand_in, "deliver", DELIVERIES)
    if ground.run(_sent) != DELIVERIES:
        raise BenchWrong("a delivery is not settled as sent")
    used.append(told)
    return DELIVERIES / told.seconds


def _run(ground: Ground, stand_in: _StandIn, kind: str, messages: int) -> Told:
    asked = Asked(kind, stand_in.url, str(stand_in.authority), messages, ground.database_url)
    # httpx, which the SDK sends with, takes another authority from this variable.
    variables = {**ground.variables, "SSL_CERT_FILE": str(stand_in.authority)}
    command = [sys.executable, "-W", "ignore", "-m", "mobile_gateway.benches.push_peer"]
    with cores.on(cores.LOAD):
        done = subprocess.run(  # noqa: S603 - our own words
            command,
            env=variables,
            input=msgspec.json.encode(asked),
            capture_output=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    try:
        return msgspec.json.decode(done.stdout, type=Told)
    except msgspec.DecodeError:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise BenchWrong(f"{kind} does not send: {said[-1]}") from None


async def _due(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM delivery")
        await connection.execute(_DUE, DELIVERIES)


async def _sent(database: Database) -> int:
    async with database.connection() as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM delivery WHERE state = 'SENT'")
    return found


_DUE = """
WITH person AS (SELECT min(id) AS id FROM person), device AS (
  INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)
  SELECT p.id, 'FCM', 'ANDROID', 'bench-' || n || '-' || clock_timestamp(),
         sha256(('bench-' || n || '-' || clock_timestamp())::bytea), 'zh-CN', 'ACTIVE'
    FROM person p, generate_series(1, $1::int) AS n
  RETURNING id, person_id
), item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT id, 'TOPIC_COMPLETED', 'bench:' || clock_timestamp(), 'SERVICE',
         '{"topic": "专题", "topic_en": "Topic", "topic_id": "1", "credits": "10.00"}', now() FROM person
  RETURNING id, person_id
)
INSERT INTO delivery (person_id, inbox_item_id, device_id, message_class, state, due_at)
SELECT i.person_id, i.id, d.id, 'SERVICE', 'DUE', now() FROM item i, device d
"""
