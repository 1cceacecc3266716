"""What the benches stand on: a private database and Redis with demo data, and invented learners made by SQL."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from subprocess import Popen
from typing import TypeVar
from uuid import UUID

import msgspec

from mobile_gateway import seals
from mobile_gateway.actions import moving_time
from mobile_gateway.benches import cores
from mobile_gateway.clock import real
from mobile_gateway.models import database as databases
from mobile_gateway.models.database import Database
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.seals import Keyring, PlaybackClaims

T = TypeVar("T")

NOW = datetime.fromisoformat("2024-08-20T09:00:00+08:00")
ENROLLED = datetime.fromisoformat("2024-07-22T09:00:00+08:00")
OPENED = datetime.fromisoformat("2024-08-01T09:00:00+08:00")
"""Long ago, so that no beat exceeds its session's budget."""


@dataclass(frozen=True, slots=True)
class Learner:
    """An enrolled teacher with a sign-in and, when asked for, a playback session of one video."""

    person_id: int
    sign_in: UUID
    session_id: int = 0


@dataclass(frozen=True, slots=True)
class Video:
    """The newest version of a video of the topic."""

    topic_id: int
    resource_id: int
    media_version_id: int
    duration_ms: int


class Given(msgspec.Struct, frozen=True):
    """What a peer's process is told on stdin."""

    kind: str
    port: int
    database_url: str
    keys: str
    numbers: tuple[int, ...] = ()


@dataclass
class Ground:
    """A prepared product: `variables` are its processes' environment, `owner_url` owns its tables."""

    folder: Path
    variables: Mapping[str, str]
    database_url: str
    owner_url: str
    keys: str
    recorded_pushes: Path
    people: int = 1_000_000
    _next: list[int] = field(default_factory=lambda: [1])

    @property
    def keyring(self) -> Keyring:
        """The keyring that product and peers share."""
        return Keyring.parse(self.keys)

    def run(
        self, work: Callable[[Database], Awaitable[T]], *, as_owner: bool = False, connections: int = 2
    ) -> T:
        """Do something with the database, from outside an event loop."""

        async def opened() -> T:
            database = await databases.open_database(
                self.owner_url if as_owner else self.database_url, connections=connections
            )
            try:
                return await work(database)
            finally:
                await database.close()

        return asyncio.run(opened())

    def stop_the_clock(self, at: datetime = NOW) -> None:
        """Put the training's clock into its window, at the real one's pace."""
        self.run(lambda database: moving_time.set_clock(database, real_now=real(), domain_now=at, speed=1))

    def settle(self) -> None:
        """Tell the planner what was loaded, and write out what is dirty, before something is measured."""

        async def analyse(database: Database) -> None:
            async with database.connection() as connection:
                await connection.execute("ANALYZE")

        self.run(analyse, as_owner=True)

    @contextmanager
    def product(self, command: str = "serve", **more: str) -> Iterator[tuple[Popen[bytes], int]]:
        """The product's own process and its port; a gateway answers already. `more` are settings by their variables."""
        port, log = cores.free_port(), self.folder / f"{command}.log"
        variables = {**self.variables, "MOBILE_GATEWAY_PORT": str(port), **more}
        with cores.running(product_command(command), variables, log) as process:
            if command == "serve":
                cores.wait_for(process, port, log)
            yield process, port

    @contextmanager
    def peer(self, kind: str, numbers: Sequence[int] = ()) -> Iterator[tuple[Popen[bytes], int]]:
        """A peer's process and its port; a server answers already."""
        port, log = cores.free_port(), self.folder / f"{kind}.log"
        given = Given(kind, port, self.database_url, self.keys, tuple(numbers))
        module = "naive_verdicts" if kind == "verdicts" else "peers"
        command = [sys.executable, "-m", f"mobile_gateway.benches.{module}"]
        with cores.running(command, self.variables, log, msgspec.json.encode(given)) as process:
            if kind != "verdicts":
                cores.wait_for(process, port, log)
            yield process, port

    def video(self, slug: str) -> Video:
        """A video of the demo's topic."""

        async def read(database: Database) -> Video:
            async with database.connection() as connection:
                row = await connection.fetchrow(_VIDEO, slug)
            return Video(*row)

        return self.run(read)

    def learners(self, count: int, topic_id: int, video: Video | None = None) -> list[Learner]:
        """So many new teachers, enrolled and signed in; with a video each has had a session of it open for days."""
        first = self._next[0]
        self._next[0] += count

        async def make(database: Database) -> list[Learner]:
            async with database.transaction() as connection:
                rows = await connection.fetch(_LEARNERS, first, first + count - 1, topic_id, ENROLLED)
                people = [row["person_id"] for row in rows]
                sessions: dict[int, int] = {}
                if video is not None:
                    opened = await connection.fetch(
                        _SESSIONS, people, video.topic_id, video.media_version_id, OPENED
                    )
                    sessions = {row["person_id"]: row["id"] for row in opened}
            return [Learner(row["person_id"], row["id"], sessions.get(row["person_id"], 0)) for row in rows]

        return self.run(make)

    def token(self, learner: Learner) -> str:
        """An access token, as a sign-in would give it; good for ten minutes."""
        return seals.issue_access(
            self.keyring,
            session_id=learner.sign_in,
            person_id=learner.person_id,
            identity=Identity.TEACHER,
            wipe_epoch=0,
            client_kind=ClientKind.APP,
            now=real(),
        )

    def session_token(self, learner: Learner, video: Video) -> str:
        """The token of a learner's playback session."""
        claims = PlaybackClaims(
            learner.person_id, 0, video.topic_id, video.media_version_id, learner.session_id
        )
        return seals.issue_playback(self.keyring, claims)


def product_command(command: str) -> list[str]:
    """The command line of one of the product's processes."""
    return [sys.executable, "-m", "mobile_gateway", command]


_VIDEO = """
SELECT c.topic_id, r.id, m.id, m.duration_ms
  FROM resource r JOIN media_version m ON m.resource_id = r.id JOIN listing l ON l.resource_id = r.id
  JOIN section s ON s.id = l.section_id JOIN course c ON c.id = s.course_id
 WHERE r.slug = $1 ORDER BY m.version DESC LIMIT 1
"""

_LEARNERS = """
WITH made AS (
  INSERT INTO person (identity, phone, name)
  SELECT 'TEACHER', '+86198' || lpad(n::text, 8, '0'), '测评教师' FROM generate_series($1::int, $2::int) AS n
  RETURNING id
), enrolled AS (
  INSERT INTO enrolment (person_id, topic_id, enrolled_at) SELECT id, $3, $4 FROM made
), signed AS (
  INSERT INTO sign_in (id, person_id, client_kind, wipe_epoch) SELECT gen_random_uuid(), id, 'APP', 0 FROM made
  RETURNING person_id, id
)
SELECT person_id, id FROM signed ORDER BY person_id
"""

_SESSIONS = """
INSERT INTO playback_session (person_id, topic_id, media_version_id, mode, client_kind, wipe_epoch, earning, opened_at)
SELECT p, $2, $3, 'ONLINE', 'APP', 0, true, $4 FROM unnest($1::bigint[]) AS p
RETURNING person_id, id
"""
