"""The local default: keeps what a device would have shown, one JSON line each, and sends nothing.

Several processes may append to one file. Nothing is flushed to the disk on purpose: a power cut may lose
lines.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from mobile_gateway.push.provider import Accepted, Message, Outcome, PayloadBad, Retry, payload_fault
from mobile_gateway.rules.words import PushProviderName

_LONGEST_LINE_BYTES = 8192


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """One message as a device would have shown it.

    `position` is the byte behind its line, to go on reading from; `at` counts seconds since 1970;
    `device` is `device_of` its token, which itself is not kept.
    """

    position: int
    at: float
    provider_id: str
    notification_id: str
    device: str
    platform: str
    kind: str
    message_class: str
    title: str
    body: str
    deep_link: str
    ttl_seconds: int
    provider: str = "FCM"


def device_of(token: str) -> str:
    """A short name for a device that does not give its token away: 16 hex digits of its SHA-256."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()[:16]


class Recorder:
    """A `PushProvider` that appends to a file and accepts everything that a provider would not refuse.

    Raises OSError when the file cannot be opened, at the start and not later. A disk that is full
    afterwards is a `Retry`.
    """

    carries = tuple(PushProviderName)

    def __init__(self, path: Path, *, now: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._now = now
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.write(self._file, b"\n")  # a writer died inside its line; ours must not be glued to it

    async def send(self, batch: Sequence[Message]) -> list[Outcome]:
        """Append one line for each message; see `PushProvider.send`."""
        return await asyncio.to_thread(lambda: [self._record(message) for message in batch])

    async def close(self) -> None:
        """Close the file. What is sent afterwards is answered `Retry`."""
        opened, self._file = self._file, -1
        if opened >= 0:
            os.close(opened)

    def _record(self, message: Message) -> Outcome:
        if fault := payload_fault(message):
            return PayloadBad(fault)
        provider_id = f"recorder/{uuid.uuid4()}"
        fields = asdict(message)
        fields["device"] = device_of(fields.pop("token"))
        line = json.dumps({"at": self._now(), "provider_id": provider_id, **fields}, ensure_ascii=False)
        data = line.encode() + b"\n"
        try:
            if os.write(self._file, data) == len(data):
                return Accepted(provider_id)
            os.write(self._file, b"\n")  # the disk took half a line; keep the next one apart from it
        except OSError:
            pass
        return Retry(None)


def read(path: Path, *, after: int = 0, limit: int = 100) -> list[Recorded]:
    """At most `limit` messages behind the position `after`, oldest first; none if there is no file.

    A last line that is still being written is left for the next call; a line torn by a crash is passed over.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, after))
            found = _whole_lines(file, max(0, after))
            return [recorded for _, recorded in zip(range(limit), found, strict=False)]
    except FileNotFoundError:
        return []


def latest(path: Path, *, limit: int = 100) -> list[Recorded]:
    """The last `limit` messages, oldest first, without reading the whole file."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return []
    tail = max(0, size - limit * _LONGEST_LINE_BYTES)
    return read(path, after=tail, limit=size)[-limit:] if limit > 0 else []


def _whole_lines(lines: Iterator[bytes], position: int) -> Iterator[Recorded]:
    for line in lines:
        position += len(line)
        if not line.endswith(b"\n"):
            return
        try:
            yield Recorded(position=position, **json.loads(line))
        except (ValueError, TypeError):
            continue
