"""`pages`: the app's own documents against a floor written by hand and against Strawberry as documented.

Floor and product get the same request bytes and are checked to give the same answer bytes before anything is
measured; the default, which knows no trusted documents, is sent the document's text and gives the same JSON. The
servers wait side by side and only one is asked at a time; PostgreSQL runs where the kernel puts it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from mobile_gateway.benches import cores, load
from mobile_gateway.benches.ground import NOW, OPENED, Ground, Learner
from mobile_gateway.benches.measuring import BenchWrong, Result, Target, Values, in_turn
from mobile_gateway.models.database import Database
from mobile_gateway.schema import operations as trusted
from mobile_gateway.schema.nodes import global_id

NAME = "pages"
LEARNERS = 200
SECONDS = {16: 0.6, 256: 1.0}
"""How long a round lasts by connections; the more wait, the longer until what is answered is steady."""
FLOOR = Target(0.9)
DEFAULT = Target(10)
DEFAULT_AT = 16
"""The default is measured at this many connections only: it is too slow for more to tell anything."""

Request = tuple[str, Mapping[str, Any]]


def bench(ground: Ground) -> Result:
    """Measure; raises BenchWrong when the peers do not answer the same."""
    topic, course = ground.run(_ids)
    people = ground.learners(LEARNERS, topic)
    ground.run(partial(_progress, [one.person_id for one in people], topic))
    ground.settle()
    pages: dict[str, tuple[Request, bool]] = {
        "home": (("resource_home", {"tab": "HOME"}), False),
        "topic": (("topic", {"id": global_id("Topic", topic)}), True),
        "course": (("course", {"id": global_id("Course", course)}), True),
        "workbench": (("workbench", {"first": 10}), True),
    }
    result = Result(NAME)
    with contextlib.ExitStack() as stack:
        servers = {"product": stack.enter_context(ground.product())}
        servers |= {kind: stack.enter_context(ground.peer(kind)) for kind in ("floor", "default")}
        for name, (request, signed) in pages.items():
            askers = people if signed else [None]
            tokens = [ground.token(one) if isinstance(one, Learner) else None for one in askers]
            files = {
                kind: load.write(
                    (load.post(_body(request, as_text=kind == "default"), token) for token in tokens),
                    ground.folder / f"{name}-{kind}",
                )
                for kind in servers
            }
            _same(name, {kind: (port, files[kind]) for kind, (_, port) in servers.items()})
            for connections in SECONDS:
                _measure(result, name, connections, servers, files)
    return result


def _measure(
    result: Result, name: str, connections: int, servers: Mapping[str, Any], files: Mapping[str, Path]
) -> None:
    cpu: dict[str, list[float]] = {kind: [] for kind in servers}
    p99: dict[str, list[float]] = {kind: [] for kind in servers}

    def ask(kind: str) -> float:
        process, port = servers[kind]
        before = cores.cpu_seconds(process.pid)
        answered = load.press(port, files[kind], connections=connections, seconds=SECONDS[connections])
        cpu[kind].append((cores.cpu_seconds(process.pid) - before) / answered.requests * 1e6)
        p99[kind].append(answered.p99 / 1000)
        return answered.a_second

    kinds = [kind for kind in servers if kind != "default" or connections == DEFAULT_AT]
    asks: dict[str, Callable[[], float]] = {kind: partial(ask, kind) for kind in kinds}
    found: dict[str, Values] = dict(in_turn(asks))
    for kind, values in found.items():
        result.figure(f"{name}/{connections}/{kind} requests/s", values)
        if any(cpu[kind]):
            result.figure(f"{name}/{connections}/{kind} server µs", cpu[kind])
        result.figure(f"{name}/{connections}/{kind} p99 ms", p99[kind])
    result.ratio(f"{name}/{connections} of floor", found["product"], found["floor"], FLOOR)
    if all(map(all, (cpu["product"], cpu["floor"]))):
        # The same without the database's and the load's share of the cores: what our code costs.
        result.ratio(f"{name}/{connections} of floor, by server µs", cpu["floor"], cpu["product"])
    if "default" in found:
        result.ratio(f"{name}/{connections} × default", found["product"], found["default"], DEFAULT)


def _body(request: Request, *, as_text: bool) -> bytes:
    name, variables = request
    text = trusted.by_file()[name]
    if as_text:
        return msgspec.json.encode({"query": text, "variables": variables})
    return msgspec.json.encode({"documentId": trusted.document_id(text), "variables": variables})


def _same(name: str, servers: Mapping[str, tuple[int, Path]]) -> None:
    """Assert that product and floor give the same bytes, and the default the same JSON, without errors."""
    found = {kind: _first(port, path) for kind, (port, path) in servers.items()}
    if "errors" in json.loads(found["product"]):
        raise BenchWrong(f"the {name} page is answered with errors: {found['product'][:300].decode()}")
    if found["product"] != found["floor"]:
        raise BenchWrong(f"the {name} page's floor does not answer the product's bytes")
    if json.loads(found["default"]) != json.loads(found["product"]):
        raise BenchWrong(f"the {name} page's default does not answer the product's JSON")


def _first(port: int, path: Path) -> bytes:
    with path.open("rb") as file:
        head, _, body = file.read(int(file.read(8))).partition(b"\r\n\r\n")
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/graphql", body, {key: value for key, _, value in lines})
        return connection.getresponse().read()
    finally:
        connection.close()


async def _ids(database: Database) -> tuple[int, int]:
    """The topic, and the course that lists the most."""
    async with database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT c.topic_id, c.id FROM course c JOIN section s ON s.course_id = c.id"
            " JOIN listing l ON l.section_id = s.id GROUP BY c.id ORDER BY count(*) DESC, c.id LIMIT 1"
        )
    return row["topic_id"], row["id"]


_COMPLETED = """
WITH video AS (
  SELECT r.id, m.id AS media, m.duration_ms FROM resource r JOIN media_version m ON m.resource_id = r.id
   ORDER BY r.id LIMIT 12
), done AS (
  INSERT INTO completion (person_id, topic_id, resource_id, media_version_id, duration_ms, earned_at)
  SELECT p, $2, v.id, v.media, v.duration_ms, $3 FROM unnest($1::bigint[]) AS p, video v
)
INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)
SELECT DISTINCT p, $2, c.id, v.id, v.duration_ms, $3::timestamptz
  FROM unnest($1::bigint[]) AS p, video v JOIN listing l ON l.resource_id = v.id
  JOIN section s ON s.id = l.section_id JOIN course c ON c.id = s.course_id
"""

_BEGUN = """
WITH video AS (
  SELECT r.id, m.id AS media, m.duration_ms FROM resource r JOIN media_version m ON m.resource_id = r.id
   ORDER BY r.id LIMIT 20
), seen AS (
  INSERT INTO resume_position (person_id, resource_id, position_ms, updated_at)
  SELECT p, v.id, v.duration_ms / 3, $3 FROM unnest($1::bigint[]) AS p, video v
)
INSERT INTO coverage (person_id, topic_id, media_version_id, spans, wipe_epoch)
SELECT p, $2, v.media, int4multirange(int4range(0, v.duration_ms / 3), int4range(v.duration_ms / 2, v.duration_ms)), 0
  FROM unnest($1::bigint[]) AS p, video v
"""


async def _progress(people: list[int], topic_id: int, database: Database) -> None:
    """Half way through: 12 videos completed, evidence of 20."""
    async with database.transaction() as connection:
        await connection.execute(_COMPLETED, people, topic_id, OPENED)
        await connection.execute(_BEGUN, people, topic_id, NOW)
