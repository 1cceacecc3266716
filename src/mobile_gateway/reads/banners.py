"""Banners as administrators see them: past, showing and coming, in the carousel's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from mobile_gateway.rules import banners
from mobile_gateway.rules.banners import Audience, BannerState
from mobile_gateway.rules.words import ClientKind, Tab


@dataclass(frozen=True, slots=True)
class ManagedBanner:
    """A banner. `position` is its place in its tab's order, counted from 1; None for one that is past."""

    id: int
    tab: Tab
    title: str
    title_en: str
    image_url: str
    topic_id: int | None
    topic_title: str | None
    url: str | None
    publish_start: datetime
    publish_end: datetime
    identities: Sequence[Audience]
    client_kinds: Sequence[ClientKind]
    withdrawn_at: datetime | None
    version: int
    state: BannerState
    position: int | None
    key: tuple[str, bool, int, int]


# Numbered before anything is left out: a place is a place among all banners of the tab that are not past.
_BANNERS = """
SELECT x.*, row_number() OVER (PARTITION BY x.tab, x.past ORDER BY x.position, x.id) AS place, t.title AS topic_title
  FROM (SELECT b.*, b.withdrawn_at IS NOT NULL OR b.publish_end <= $1 AS past FROM banner b) x
  LEFT JOIN topic t ON t.id = x.topic_id
"""

_PAGE = f"""
SELECT * FROM ({_BANNERS}) y
 WHERE ($2::text IS NULL OR y.tab = $2)
   AND ($3::text IS NULL
        OR $3 = CASE WHEN y.past THEN 'PAST' WHEN y.publish_start <= $1 THEN 'SHOWING' ELSE 'COMING' END)
   AND ($4::text IS NULL OR (y.tab, y.past, y.position, y.id) > ($4::text, $5::boolean, $6::int, $7::bigint))
 ORDER BY y.tab, y.past, y.position, y.id LIMIT $8
"""

_BY_ID = f"SELECT * FROM ({_BANNERS}) y WHERE y.id = $2"

Key = tuple[str, bool, int, int]


async def page(
    connection: asyncpg.Connection,
    *,
    tab: Tab | None,
    state: BannerState | None,
    first: int,
    after: Key | None,
    now: datetime,
) -> Sequence[ManagedBanner]:
    """At most `first` banners behind the key of another: tab by tab, each in its order, the past ones last."""
    behind: tuple[Any, ...] = after or (None, None, None, None)
    return [_banner(row, now) for row in await connection.fetch(_PAGE, now, tab, state, *behind, first)]


async def by_id(connection: asyncpg.Connection, number: int, now: datetime) -> ManagedBanner | None:
    """One banner; None when there is none."""
    row = await connection.fetchrow(_BY_ID, now, number)
    return _banner(row, now) if row else None


def _banner(row: Any, now: datetime) -> ManagedBanner:
    state = banners.state(row["publish_start"], row["publish_end"], row["withdrawn_at"], now)
    return ManagedBanner(
        row["id"],
        Tab(row["tab"]),
        row["title"],
        row["title_en"],
        row["image_url"],
        row["topic_id"],
        row["topic_title"],
        row["url"],
        row["publish_start"],
        row["publish_end"],
        [Audience(one) for one in row["identities"]],
        [ClientKind(one) for one in row["client_kinds"]],
        row["withdrawn_at"],
        row["version"],
        state,
        None if state is BannerState.PAST else row["place"],
        (row["tab"], row["past"], row["position"], row["id"]),
    )
