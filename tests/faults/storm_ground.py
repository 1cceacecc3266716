"""What a storm stands on: servers, a gateway, FCM's stand-in and workers of its own, a crowd and learners in it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx

from campaigning import crowd
from faults.faults_running import PROGRAM, environment, free_port, until
from gateway import START, Gateway
from mobile_gateway import boot, seals, settings
from mobile_gateway.demo import load
from mobile_gateway.local import Parts
from mobile_gateway.models import migrating
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.seals import Keyring, PlaybackClaims
from places import in_memory, roomy
from player import GUIDE, moment
from standing_in import PROJECT, ServedStandIn, served

WORKERS = 2
DEVICES = 20_000
"""The campaign's: each of a person of its own."""

LEARNERS = 1_650
GRADUATES = 50
"""Learners who lack the last of a course; some lack the last of the whole topic, and have seven to hear of."""

LATENCY_MS = "1000"
A_MINUTE = "45000"
"""How slow the stand-in is, and its quota: something is on its way at each moment, and more waits."""

OPENED = moment("2024-08-01T09:00")


@dataclass(frozen=True)
class Learner:
    """A teacher of the crowd who has one short video left."""

    person: int
    graduates: bool
    bearer: str
    session: str


@dataclass
class Worker:
    """A worker process under a supervisor, which starts it again whenever it ended."""

    folder: Path
    variables: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    ended_alone: int = 0

    @property
    def log(self) -> Path:
        return self.folder / f"{self.starts}.log"

    def start(self) -> None:
        self.starts += 1
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [*PROGRAM, "work"], env=self.variables, stdout=output, stderr=output
            )

    @property
    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def kill(self) -> None:
        """SIGKILL; what had ended by itself is counted, for nothing in a storm should do that."""
        assert self.process is not None
        self.ended_alone += self.has_ended
        self.process.kill()
        self.process.wait(10)

    def is_at_work(self) -> bool:
        return b"worker_started" in self.log.read_bytes()


@dataclass
class Ground:
    parts: Parts
    standin: ServedStandIn
    gateway: Gateway
    workers: list[Worker]
    learners: list[Learner]


@contextlib.asynccontextmanager
async def prepared(folder: Path) -> AsyncIterator[Ground]:
    """All of it, with workers at work; ended and closed at the end."""
    async with contextlib.AsyncExitStack() as stack:
        place = stack.enter_context(in_memory()) if roomy() else folder / "parts"
        parts = stack.enter_context(Parts.start(place, durable=False))
        standin = stack.enter_context(served(folder, "--latency-ms", LATENCY_MS, "--shown", str(2 * DEVICES)))
        variables = _variables(folder, parts, standin)
        keyring = Keyring.parse(variables["MOBILE_GATEWAY_KEYS"])
        await migrating.migrate(parts.migrate_database_url, "gateway")
        resources = await boot.open_resources(settings.read(variables))
        stack.push_async_callback(resources.close)
        await load.load(resources.database, keyring, now=START)
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=variables["MOBILE_GATEWAY_PUBLIC_URL"], timeout=20, trust_env=False)
        )
        gateway = Gateway(client, resources, folder)
        await gateway.set_time(START)
        await crowd(gateway, DEVICES)
        learners = await _learners(gateway)
        await _analysed(parts)
        stack.enter_context(_serving(folder, variables))
        workers = [stack.enter_context(_working(folder / f"worker-{n}", variables)) for n in range(WORKERS)]
        until(lambda: all(worker.is_at_work() for worker in workers), 60, "the workers are at work")
        yield Ground(parts, standin, gateway, workers, learners)


def _variables(folder: Path, parts: Parts, standin: ServedStandIn) -> dict[str, str]:
    port = free_port()
    return {
        **environment(),
        "DATABASE_URL": parts.database_url,
        "REDIS_URL": parts.redis_url,
        "FCM_ENDPOINT": standin.url,
        "MOBILE_GATEWAY_ENVIRONMENT": "local",
        "MOBILE_GATEWAY_KEYS": Keyring.generate().to_text(),
        "MOBILE_GATEWAY_DATA": str(folder),
        "MOBILE_GATEWAY_PORT": str(port),
        "MOBILE_GATEWAY_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "MOBILE_GATEWAY_PUSH_PROVIDER": "fcm",
        "MOBILE_GATEWAY_PUSH_PER_MINUTE": A_MINUTE,
        "MOBILE_GATEWAY_FCM_PROJECT": PROJECT,
        "MOBILE_GATEWAY_PUSH_AUTHORITY": str(standin.authority),
    }


@contextlib.contextmanager
def _serving(folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    url = variables["MOBILE_GATEWAY_PUBLIC_URL"]

    def ready() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{url}/health/ready", timeout=5, trust_env=False).is_success
        return False

    with (folder / "gateway.log").open("wb") as log:
        process = subprocess.Popen([*PROGRAM, "serve"], env=variables, stdout=log, stderr=log)
    try:
        until(ready, 60, "the gateway is ready")
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def _working(folder: Path, variables: Mapping[str, str]) -> Iterator[Worker]:
    folder.mkdir()
    worker = Worker(folder, variables)
    worker.start()
    try:
        yield worker
    finally:
        if worker.process is not None:
            worker.process.kill()
            worker.process.wait(10)


async def _analysed(parts: Parts) -> None:
    """As a database is that was not filled a second ago."""
    connection = await asyncpg.connect(parts.migrate_database_url)
    try:
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


_LEARNERS = """
WITH chosen AS (
  SELECT id, row_number() OVER (ORDER BY id) <= $2 AS graduates FROM person WHERE name = '众' ORDER BY id LIMIT $1
), topic_of AS (
  SELECT t.id AS topic_id, m.id AS media_version_id, t.ms_per_credit
    FROM topic t, media_version m JOIN resource r ON r.id = m.resource_id
   WHERE t.slug = 'summer-2024' AND r.slug = $3
), filler AS (
  SELECT DISTINCT ON (c.id) c.id AS course_id, l.resource_id, c.required_credits * o.ms_per_credit AS cap,
         EXISTS (SELECT FROM section s2 JOIN listing l2 ON l2.section_id = s2.id
                   JOIN resource r2 ON r2.id = l2.resource_id WHERE s2.course_id = c.id AND r2.slug = $3) AS lacking
    FROM topic_of o JOIN course c ON c.topic_id = o.topic_id JOIN section s ON s.course_id = c.id
    JOIN listing l ON l.section_id = s.id JOIN resource r ON r.id = l.resource_id
   WHERE r.kind = 'VIDEO' AND r.slug <> $3 ORDER BY c.id, l.resource_id
), credited AS (
  INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)
  SELECT p.id, o.topic_id, f.course_id, f.resource_id, f.cap - CASE WHEN f.lacking THEN 1 ELSE 0 END, $4
    FROM topic_of o, chosen p JOIN filler f ON f.lacking OR p.graduates
), enrolled AS (
  INSERT INTO enrolment (person_id, topic_id, enrolled_at) SELECT p.id, o.topic_id, $4 FROM chosen p, topic_of o
), signed AS (
  INSERT INTO sign_in (id, person_id, client_kind, wipe_epoch) SELECT gen_random_uuid(), id, 'APP', 0 FROM chosen
  RETURNING person_id, id
), opened AS (
  INSERT INTO playback_session (person_id, topic_id, media_version_id, mode, client_kind, wipe_epoch, earning,
                                opened_at)
  SELECT p.id, o.topic_id, o.media_version_id, 'ONLINE', 'APP', 0, true, $4 FROM chosen p, topic_of o
  RETURNING person_id, topic_id, media_version_id, id
)
SELECT p.id, p.graduates, s.id AS sign_in, o.topic_id, o.media_version_id, o.id AS session
  FROM chosen p JOIN signed s ON s.person_id = p.id JOIN opened o ON o.person_id = p.id ORDER BY p.id
"""


async def _learners(gateway: Gateway) -> list[Learner]:
    """Some of the crowd, enrolled and signed in, with a session of the guide opened weeks ago."""
    async with gateway.database.transaction() as connection:
        rows = await connection.fetch(_LEARNERS, LEARNERS, GRADUATES, GUIDE, OPENED)
    keyring = gateway.resources.keyring
    return [
        Learner(
            row["id"],
            row["graduates"],
            gateway.token_of(UUID(str(row["sign_in"])), row["id"], Identity.TEACHER, 0, ClientKind.APP),
            seals.issue_playback(
                keyring,
                PlaybackClaims(row["id"], 0, row["topic_id"], row["media_version_id"], row["session"]),
            ),
        )
        for row in rows
    ]
