"""Hashing passwords beside the event loop: a quarter of a second and 32 MiB each, so only a few at once.

Never inside a transaction: what waits here would hold its locks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from mobile_gateway import seals

AT_ONCE: Final = 4
"""Passwords hashed at the same time in one process: 128 MiB at the most; the others wait."""

_THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")


async def hashed(password: str) -> str:
    """The text to store for a password."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, seals.hash_password, password)


async def first_match(stored: Sequence[str], password: str) -> int | None:
    """The place of the first stored hash that the password fits, or None.

    Where there is no hash at all a decoy is compared, which takes as long as one.
    """
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _first_match, tuple(stored), password)


def _first_match(stored: Sequence[str], password: str) -> int | None:
    if not stored:
        seals.check_password(None, password)
    return next((place for place, one in enumerate(stored) if seals.check_password(one, password)), None)
