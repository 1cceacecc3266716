"""PostgreSQL and Redis of one data directory, started and stopped together."""

import atexit
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from mobile_gateway.local.errors import LocalError
from mobile_gateway.local.keys import Keys
from mobile_gateway.local.postgres import Postgres
from mobile_gateway.local.redis import Redis
from mobile_gateway.local.server import Server

ServerT = TypeVar("ServerT", bound=Server)


class Parts:
    """The parts that run, from `start` until `stop`; also a context manager that stops them.

    A lock on `<directory>/lock` makes this process the only one at the directory. Should this process be
    killed, Linux tells the parts to shut down; elsewhere, or when they hang, the next start ends them first.
    Layout: `keys.json` (passwords and ports, 0600), `postgres/`, `redis/`, `postgres.log`, `redis.log`.
    """

    postgres: Postgres | None = None
    redis: Redis | None = None

    def __init__(self, directory: Path, lock: int) -> None:
        self.directory = directory
        self._lock: int | None = lock

    @classmethod
    def start(
        cls, directory: Path, *, postgres: bool = True, redis: bool = True, durable: bool = True
    ) -> "Parts":
        """Start the wanted parts in `directory`, made if it is missing, and return when they answer.

        The same directory has the same data, passwords and, unless somebody took them, ports. With `durable`
        off nothing waits for the disk: for tests.
        Raises LocalError, one line, when another process holds the directory or a part does not start.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            parts = cls(directory.resolve(), _hold(directory))
        except OSError as problem:
            raise LocalError(f"{directory} cannot be used: {problem.strerror}") from problem
        atexit.register(parts.stop)
        try:
            keys = Keys(parts.directory)
            if postgres:
                parts.postgres = Postgres(parts.directory, keys, durable=durable)
                parts.postgres.start()
            if redis:
                parts.redis = Redis(parts.directory, keys, durable=durable)
                parts.redis.start()
        except BaseException:
            parts.stop()
            raise
        return parts

    @property
    def database_url(self) -> str:
        """The serving role's URL, for DATABASE_URL. Raises LocalError when PostgreSQL was not asked for."""
        return _asked(self.postgres).url

    @property
    def migrate_database_url(self) -> str:
        """The owner's URL, for MIGRATE_DATABASE_URL. Raises LocalError when PostgreSQL was not asked for."""
        return _asked(self.postgres).migrate_url

    @property
    def redis_url(self) -> str:
        """The URL for REDIS_URL. Raises LocalError when Redis was not asked for."""
        return _asked(self.redis).url

    @property
    def servers(self) -> list[Server]:
        """The parts asked for, running or not."""
        return [server for server in (self.postgres, self.redis) if server]

    def pids(self) -> dict[str, int]:
        """Return the pids of the running parts by name: `postgres`, `redis`."""
        return {server.name: pid for server in self.servers if (pid := server.pid)}

    def mend(self) -> list[str]:
        """Start again each part that ended without being asked to; return their names.

        Raises LocalError when one does not start.
        """
        return [server.name for server in self.servers if server.mend()]

    def stop(self) -> None:
        """Stop all parts cleanly and let the directory go; do nothing the second time."""
        try:
            for server in self.servers:
                server.stop()
        finally:
            atexit.unregister(self.stop)
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _hold(directory: Path) -> int:
    """Lock the directory for this process; the kernel lets it go when the process ends, however it does."""
    lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode() or "?"
        os.close(lock)
        raise LocalError(f"{directory} is in use by process {holder}") from None
    os.truncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _asked(server: ServerT | None) -> ServerT:
    if server is None:
        raise LocalError("this part was not asked for: its URL is the caller's")
    return server
