"""What a data directory remembers between runs: the passwords and the ports of its parts."""

import json
import os
import secrets
from pathlib import Path

from mobile_gateway.local.errors import LocalError


class Keys:
    """Named values in `<directory>/keys.json`, mode 0600, replaced atomically at every change.

    Raises LocalError when the file is there and cannot be read.
    """

    def __init__(self, directory: Path) -> None:
        self._path = directory / "keys.json"
        self._values: dict[str, str] = {}
        try:
            if self._path.exists():
                self._values = {str(k): str(v) for k, v in json.loads(self._path.read_bytes()).items()}
        except (OSError, ValueError, AttributeError):
            raise LocalError(f"{self._path} cannot be read: remove it to have new passwords made") from None

    def password(self, name: str) -> str:
        """Return the password of this name: 192 random bits, URL-safe, made and kept at the first call."""
        if name not in self._values:
            self._values[name] = secrets.token_urlsafe(24)
            self._keep()
        return self._values[name]

    def port(self, name: str) -> int | None:
        """Return the port last used under this name, if any."""
        kept = self._values.get(name, "")
        return int(kept) if kept.isdecimal() else None

    def keep_port(self, name: str, port: int) -> None:
        """Remember a port, so that a URL stays the same from run to run."""
        if self.port(name) != port:
            self._values[name] = str(port)
            self._keep()

    def _keep(self) -> None:
        write_private(self._path, json.dumps(self._values, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all, and on disk when this returns."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - a mode from the start
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's names on disk, after a rename in it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
