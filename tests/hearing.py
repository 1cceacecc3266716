"""Hears what committed transactions tell of."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from gateway import Gateway


@contextlib.contextmanager
def told(gateway: Gateway) -> Iterator[list[set[str]]]:
    """What is told meanwhile, a set of names for each commit that tells something."""
    heard: list[set[str]] = []
    before = gateway.database.on_commit
    gateway.database.on_commit = lambda names: heard.append(set(names))
    try:
        yield heard
    finally:
        gateway.database.on_commit = before


def inboxes(heard: Sequence[set[str]]) -> list[set[str]]:
    """The inboxes that each commit tells of."""
    return [{name for name in names if name.startswith("inbox:")} for names in heard]
