"""Banners: what may be written, to whom they show, and where they stand (PRODUCT.md §2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from mobile_gateway.rules import catalogue
from mobile_gateway.rules.catalogue import Reader, unfit
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.words import ClientKind, Identity, Tab


class Audience(StrEnum):
    """To whom a banner shows: what the reader acts as, or nobody signed in."""

    TEACHER = Identity.TEACHER.value
    STUDENT = Identity.STUDENT.value
    PARENT = Identity.PARENT.value
    ANONYMOUS = "ANONYMOUS"


class BannerTarget(StrEnum):
    """What a banner leads to."""

    TOPIC = "TOPIC"
    URL = "URL"


class BannerState(StrEnum):
    """Where a banner stands in time. One that was withdrawn is PAST."""

    COMING = "COMING"
    SHOWING = "SHOWING"
    PAST = "PAST"


W = TypeVar("W", bound=StrEnum)


def _some(words: type[W]) -> Reader:
    """Reads some of a set of words, each once, in the set's order."""

    def reader(given: Iterable[W], field: str) -> list[W] | Refusal:
        chosen = set(given)
        return (
            [word for word in words if word in chosen]
            if chosen
            else unfit(field, f"{field}: {', '.join(words)}")
        )

    return reader


def _tab(tab: Tab, _: str) -> Tab:
    return tab


BANNER: Mapping[str, Reader] = MappingProxyType(
    {
        "tab": _tab,
        "title": catalogue.title(100),
        "title_en": catalogue.title(100),
        "image_url": catalogue.address,
        "url": catalogue.address,
        "publish_start": catalogue.moment,
        "publish_end": catalogue.moment,
        "identities": _some(Audience),
        "client_kinds": _some(ClientKind),
        "position": catalogue.POSITION,
    }
)
"""How each field of an input is read."""


def banner(given: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """A banner's columns as far as they were given."""
    return catalogue.read(given, BANNER)


def target(*, topic: bool, url: bool) -> Refusal | None:
    """Whether a banner leads to one thing: a topic or an address."""
    return unfit("url", "topicId / url") if topic == url else None


def window(start: datetime, end: datetime) -> Refusal | None:
    """Whether a banner shows for a while."""
    return unfit("publishEnd", "publishStart < publishEnd") if end <= start else None


def state(start: datetime, end: datetime, withdrawn_at: datetime | None, now: datetime) -> BannerState:
    """Where a banner stands; it shows in `[start, end)` unless it was withdrawn."""
    if withdrawn_at is not None or end <= now:
        return BannerState.PAST
    return BannerState.SHOWING if start <= now else BannerState.COMING
