"""`beats`: `watchRecord` with one beat and with twenty a call, every answer durable, against an echo and a naive way.

Each call brings new evidence, of learners in turn. What the product answered is counted again in its table: a beat
that was answered and is not there, or a call that was not ACCEPTED, ends the bench.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec

from mobile_gateway.benches import cores, load
from mobile_gateway.benches.ground import Ground, Video
from mobile_gateway.benches.measuring import ROUNDS, BenchWrong, Result, Target, in_turn
from mobile_gateway.models.database import Database
from mobile_gateway.schema import operations as trusted

NAME = "beats"
VIDEO = "educator-spirit-video-03"
LEARNERS = 1500
CONNECTIONS = 64
SECONDS = 2.0
BEATS_A_CALL = (1, 20)
CALLS_A_ROUND = {1: 40_000, 20: 8_000}
"""More than a round can send: 20,000 calls a second, and 80,000 beats."""
PLAYED_MS = {1: 10_000, 20: 2_500}
"""What a call plays; no video is covered, so that no verdict runs beside what is measured."""

ECHO = Target(0.6)
NAIVE = Target(2.5)
BEATS_A_SECOND = Target(50_000)


def bench(ground: Ground) -> Result:
    """Measure; raises BenchWrong when an answer is not ACCEPTED or not durable."""
    video = ground.video(VIDEO)
    result = Result(NAME)
    ground.run(_durable)
    result.figure("fsync µs", _fsyncs(ground.folder))
    with contextlib.ExitStack() as stack:
        servers = {"product": stack.enter_context(ground.product())}
        servers |= {kind: stack.enter_context(ground.peer(kind)) for kind in ("echo", "naive")}
        for beats in BEATS_A_CALL:
            _measure(result, ground, video, beats, servers)
    return result


def _measure(result: Result, ground: Ground, video: Video, beats: int, servers: dict[str, Any]) -> None:
    files: dict[str, list[Path]] = {}
    for kind in ("product", "naive"):
        people = ground.learners(LEARNERS, video.topic_id, video)
        heads = [(ground.token(one), ground.session_token(one, video)) for one in people]
        files[kind] = [
            load.write(calls(heads, beats, turn), ground.folder / f"beats-{kind}-{beats}-{turn}")
            for turn in range(ROUNDS + 1)
        ]
    files["echo"] = list(files["product"])
    ground.settle()
    _accepted(servers["product"][1], files["product"].pop())
    files["naive"].pop()
    cpu: dict[str, list[float]] = {kind: [] for kind in servers}

    def send(kind: str) -> float:
        process, port = servers[kind]
        stored, before = ground.run(_stored), cores.cpu_seconds(process.pid)
        answered = load.press(
            port, files[kind].pop(), connections=CONNECTIONS, seconds=SECONDS, once=kind != "echo"
        )
        cpu[kind].append((cores.cpu_seconds(process.pid) - before) / answered.requests * 1e6)
        if kind == "product" and ground.run(_stored) - stored < answered.requests * beats:
            raise BenchWrong("fewer beats are stored than were answered")
        return answered.a_second

    sends: dict[str, Callable[[], float]] = {kind: partial(send, kind) for kind in servers}
    found = in_turn(sends)
    for kind, values in found.items():
        target = BEATS_A_SECOND if kind == "product" and beats == max(BEATS_A_CALL) else None
        result.figure(f"{beats} a call/{kind} beats/s", [value * beats for value in values], target)
        if any(cpu[kind]):
            result.figure(f"{beats} a call/{kind} server µs", cpu[kind])
    result.ratio(f"{beats} a call of echo", found["product"], found["echo"], ECHO)
    result.ratio(f"{beats} a call × naive", found["product"], found["naive"], NAIVE)


def calls(heads: Sequence[tuple[str, str]], beats: int, turn: int) -> Iterator[bytes]:
    """Requests of one round: each learner plays on from where the last round ended."""
    document = trusted.document_id(trusted.by_file()["watch_record"])
    count = CALLS_A_ROUND[beats]
    calls_of_each = -(-count // len(heads))
    step = PLAYED_MS[beats] // beats
    for number in range(count):
        token, session = heads[number % len(heads)]
        first = (turn * calls_of_each + number // len(heads)) * beats
        played = [
            {
                "seq": seq,
                "spans": [{"fromMs": seq * step % 1_000_000, "toMs": seq * step % 1_000_000 + step}],
            }
            for seq in range(first, first + beats)
        ]
        given = {"sessionToken": session, "beats": played}
        yield load.post(msgspec.json.encode({"documentId": document, "variables": {"input": given}}), token)


def _accepted(port: int, path: Path) -> None:
    """Send the first call of a file and look at each answer."""
    with path.open("rb") as file:
        head, _, body = file.read(int(file.read(8))).partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/graphql", body, headers)
    payload = json.loads(connection.getresponse().read())["data"]["watchRecord"]
    connection.close()
    if {one["answer"] for one in payload["results"] or [{"answer": None}]} != {"ACCEPTED"}:
        raise BenchWrong(f"a call was not accepted: {payload}")


async def _stored(database: Database) -> int:
    async with database.connection() as connection:
        found: int = await connection.fetchval("SELECT count(*) FROM beat")
    return found


async def _durable(database: Database) -> None:
    async with database.connection() as connection:
        settings = [
            await connection.fetchval("SELECT current_setting($1)", name)
            for name in ("fsync", "synchronous_commit")
        ]
    if settings != ["on", "on"]:
        raise BenchWrong("answers would not be durable: fsync and synchronous_commit must be on")


def _fsyncs(folder: Path) -> list[float]:
    """What one fsync of a page costs on this disk, in microseconds: a commit cannot be quicker."""
    found = []
    path = folder / "fsync"
    with path.open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(b"\0" * 8192)
            began = time.perf_counter()
            os.fsync(file.fileno())
            found.append((time.perf_counter() - began) * 1e6)
    path.unlink()
    return found
