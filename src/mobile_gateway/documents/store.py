"""Where documents lie: bytes by key, in files of one host or in a bucket (`s3.py`). Decision 0013.

A key is ours, never a text of a request: parts of lower-case letters, digits, `_`, `-` and `.` with `/` between,
such as `certificates/7/3f2a.pdf`. What was put is read whole or not at all, also by who reads meanwhile; putting
again replaces. `StoreAway` means that nothing is known of the outcome; each call may be made again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

LONGEST_KEY: Final = 120
"""In characters; as wide as the column that keeps it."""

_PART = "[a-z0-9_-][a-z0-9_.-]*"
_KEY = re.compile(f"{_PART}(?:/{_PART})*", re.ASCII)


class StoreAway(Exception):
    """The store did not do it, or did not answer; the text names the fault, never a key or a secret."""


class Store(Protocol):
    """Bytes by key. Every call may raise StoreAway; ValueError for what is no key."""

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep bytes durably, in place of what the key had."""

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None when there are none under the key."""

    async def delete(self, key: str) -> None:
        """Forget the bytes; that there are none is no error."""

    async def close(self) -> None:
        """Let go of what is open. Twice does no harm."""


def checked(key: str) -> str:
    """The key; raises ValueError for what is none."""
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise ValueError(
            "a key has parts of a-z, 0-9, _, - and ., with / between, and at most 120 characters"
        )
    return key


class FileStore:
    """Files below one directory, of mode 0600 in directories of mode 0700. A key's content type is not kept.

    For one host: gateways and workers on several see each other's documents only if they share the directory. A
    write goes to a file beside its place, to the disk, and then takes the place; killed between, it leaves a file
    whose name begins with a dot, which no key has.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def put(self, key: str, data: bytes, content_type: str) -> None:  # noqa: ARG002 - a file has no type
        """Keep bytes; they are on the disk before this returns."""
        place = self._directory / checked(key)
        try:
            await asyncio.to_thread(_write, self._directory, place, data)
        except OSError as fault:
            raise StoreAway(_told(fault)) from None

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None."""
        place = self._directory / checked(key)
        try:
            return await asyncio.to_thread(place.read_bytes)
        except FileNotFoundError:
            return None
        except OSError as fault:
            raise StoreAway(_told(fault)) from None

    async def delete(self, key: str) -> None:
        """Delete the file; its directory stays."""
        place = self._directory / checked(key)
        try:
            await asyncio.to_thread(place.unlink, missing_ok=True)
        except OSError as fault:
            raise StoreAway(_told(fault)) from None

    async def close(self) -> None:
        """Nothing is held open."""


def _write(directory: Path, place: Path, data: bytes) -> None:
    _make(directory, place.parent)
    beside = place.with_name(f".{uuid4().hex}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    _settle(place.parent)


def _make(directory: Path, wanted: Path) -> None:
    """Make a directory below (or the) `directory`, each new one durable in the one above."""
    if wanted.is_dir():
        return
    if wanted == directory:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    else:
        _make(directory, wanted.parent)
        wanted.mkdir(mode=0o700, exist_ok=True)
    _settle(wanted.parent)


def _settle(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _told(fault: OSError) -> str:
    return fault.strerror or type(fault).__name__
