"""Text messages of a local run: a line in a file, and a line on the terminal.

For development only. Codes and whole numbers stand in both; the settings refuse this provider in production.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from mobile_gateway.sms.provider import Outcome, Sent, Unreachable

_BLOCK = 64 * 1024


class LocalSms:
    """Appends every message to `path` as a JSON object on its own line; processes may share the file.

    Keys: `id`, `at` (ISO 8601), `phone`, `kind`, `params`, `locale`. The file is made with mode 0600.
    """

    def __init__(self, path: Path, *, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock

    async def send(self, phone: str, text_kind: str, params: Mapping[str, str], locale: str) -> Outcome:
        """Write the message. Unreachable when the file cannot be written."""
        message = {
            "id": uuid4().hex,
            "at": self._clock().isoformat(),
            "phone": phone,
            "kind": text_kind,
            "params": dict(params),
            "locale": locale,
        }
        line = json.dumps(message, ensure_ascii=True)
        try:
            await asyncio.to_thread(self._append, line)
        except OSError as fault:
            return Unreachable(type(fault).__name__, maybe_sent=False)
        sys.stderr.write(f"sms to {phone}: {text_kind} {json.dumps(message['params'], ensure_ascii=False)}\n")
        return Sent(str(message["id"]))

    async def close(self) -> None:
        """Nothing is held open."""

    def _append(self, line: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(file).st_size
            # Behind a line that a killed process left torn this one begins on a line of its own.
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, (b"\n" if torn else b"") + line.encode() + b"\n")
        finally:
            os.close(file)


def read(path: Path, limit: int) -> list[dict[str, Any]]:
    """The last `limit` messages of the file, the newest first; what is no whole message is passed over.

    A missing file has none. Read from the end, so a long file costs no more than a short one.
    """
    found: list[dict[str, Any]] = []
    if limit < 1 or not path.exists():
        return found
    with path.open("rb") as file:
        position = file.seek(0, os.SEEK_END)
        rest = b""
        while position > 0 and len(found) < limit:
            start = max(0, position - _BLOCK)
            file.seek(start)
            first, *lines = (file.read(position - start) + rest).split(b"\n")
            position = start
            whole = [first, *lines] if start == 0 else lines
            rest = first
            found.extend(message for line in reversed(whole) if (message := _message(line)) is not None)
    return found[:limit]


def _message(line: bytes) -> dict[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:  # torn, blank, or not UTF-8
        return None
    return message if isinstance(message, dict) and "phone" in message else None
