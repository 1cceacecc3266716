"""Hashing passwords beside the event loop: a quarter of a second and 32 MiB each, so only a few at once.

Never inside a transaction: what waits here would hold its locks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from mobile_gateway import seals

AT_ONCE: Final = 4
"""Passwords hashed at the same time in one process: 128 MiB at the most; the others wait."""

_THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="password")


MOST: Final = 4
"""Hashes made for one try at most, so that nobody makes a try cost more than a second."""


async def hashed(password: str, salt: bytes) -> str:
    """The text to store for a password."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, seals.hash_password, password, salt)


async def fitting(stored: Sequence[str], password: str) -> list[int]:
    """The places of the stored hashes that the password fits.

    Hashes of one salt cost one comparison together, and at most `MOST` salts are looked at, the first ones. Where
    there is no hash at all a decoy is compared, which takes as long as one.
    """
    compared = partial(seals.fitting, tuple(stored), password, most=MOST)
    return await asyncio.get_running_loop().run_in_executor(_THREADS, compared)
