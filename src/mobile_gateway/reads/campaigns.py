"""Campaigns as administrators see them: rows, live progress, what segments name, failures one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from mobile_gateway.rules import segments
from mobile_gateway.rules.segments import Segment
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import CampaignState, DeliveryState, Platform, PushProviderName


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign with its counters, which grow with its walk."""

    id: int
    version: int
    state: CampaignState
    title: str
    title_en: str
    body: str
    body_en: str
    deep_link: str
    segment: Segment
    created_by: int
    created_by_name: str | None
    approved_by_name: str | None
    created_at: datetime
    tested_at: datetime | None
    approved_at: datetime | None
    planned_for: datetime | None
    starts_at: datetime | None
    begun_at: datetime | None
    finished_at: datetime | None
    pause_reason: str | None
    looked_at: int
    people: int
    opted_out: int
    without_device: int
    deliveries: int
    is_expanded: bool


_CAMPAIGNS = """
SELECT c.*, c.expanded_at IS NOT NULL AS is_expanded, w.name AS created_by_name, a.name AS approved_by_name
  FROM campaign c JOIN person w ON w.id = c.created_by_id LEFT JOIN person a ON a.id = c.approved_by_id
"""
_PAGE = f"""{_CAMPAIGNS}
 WHERE ($1::bigint IS NULL OR c.id < $1) AND ($2::text[] IS NULL OR c.state = ANY($2))
   AND (NOT $3 OR c.created_by_id = $4)
 ORDER BY c.id DESC LIMIT $5
"""
_BY_ID = f"{_CAMPAIGNS} WHERE c.id = $1"


async def page(
    connection: asyncpg.Connection,
    *,
    states: Sequence[CampaignState] | None,
    mine_of: int | None,
    first: int,
    after: int | None,
) -> list[Campaign]:
    """At most `first` campaigns older than `after`, newest first; only those of a creator where one is named."""
    words = None if states is None else [state.value for state in states]
    rows = await connection.fetch(_PAGE, after, words, mine_of is not None, mine_of, first)
    return [_campaign(row) for row in rows]


async def by_id(connection: asyncpg.Connection, number: int) -> Campaign | None:
    """One campaign; None when there is none."""
    row = await connection.fetchrow(_BY_ID, number)
    return _campaign(row) if row else None


def _campaign(row: Any) -> Campaign:
    given = {name: row[name] for name in Campaign.__slots__ if name in row.keys()}  # noqa: SIM118 - a record is no mapping
    given |= {
        "state": CampaignState(row["state"]),
        "segment": segments.of(row["segment"]),
        "created_by": row["created_by_id"],
    }
    return Campaign(**given)


async def edited(connection: asyncpg.Connection, actor: int, campaign_ids: Sequence[int]) -> set[int]:
    """Which of some campaigns somebody ever edited, by the audit log."""
    rows = await connection.fetch(
        "SELECT DISTINCT subject_id FROM audit_entry WHERE actor_id = $1 AND act = $2 AND subject_id = ANY($3)",
        actor,
        AuditAct.CAMPAIGN_UPDATED,
        campaign_ids,
    )
    return {row["subject_id"] for row in rows}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many deliveries stand in a state, by the outcome of their last try."""

    state: DeliveryState
    outcome: str | None
    deliveries: int


async def outcomes(connection: asyncpg.Connection, campaign_id: int) -> list[Outcome]:
    """A campaign's deliveries by state and outcome. One walk over its part of an index."""
    rows = await connection.fetch(
        "SELECT state, outcome, count(*) AS n FROM delivery WHERE campaign_id = $1 GROUP BY state, outcome"
        " ORDER BY state, n DESC",
        campaign_id,
    )
    return [Outcome(DeliveryState(row["state"]), row["outcome"], row["n"]) for row in rows]


_NAMES = """
SELECT 'Region' AS kind, id::bigint, name, name AS name_en FROM region WHERE id = ANY($1::int[])
UNION ALL SELECT 'School', id, name, name FROM school WHERE id = ANY($2::bigint[])
UNION ALL SELECT 'Topic', id, title, title_en FROM topic WHERE id = ANY($3::bigint[])
UNION ALL SELECT 'Course', id, title, title_en FROM course WHERE id = ANY($4::bigint[])
"""

Names = dict[tuple[str, int], tuple[str, str]]
"""Names in Chinese and English by kind and number."""


async def names(connection: asyncpg.Connection, given: Sequence[Segment]) -> Names:
    """The names of all that some segments name. One statement."""
    parts = [one.topic for one in given if one.topic is not None]
    rows = await connection.fetch(
        _NAMES,
        [number for one in given for number in one.regions],
        [number for one in given for number in one.schools],
        [part.topic_id for part in parts],
        [part.course_id for part in parts if part.course_id is not None],
    )
    return {(row["kind"], row["id"]): (row["name"], row["name_en"]) for row in rows}


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that did not arrive, without its token and without a word about the person."""

    person_id: int
    id: int
    state: DeliveryState
    outcome: str
    platform: Platform
    provider: PushProviderName
    app_version: str | None
    attempts: int
    settled_at: datetime


Key = tuple[str, str, int, int]
BEFORE_ALL: Key = ("", "", 0, 0)

_FAILURES = """
SELECT d.person_id, d.id, d.state, d.outcome, v.platform, v.provider, v.app_version, d.attempts, d.settled_at
  FROM delivery d JOIN device v ON v.id = d.device_id
 WHERE d.campaign_id = $1 AND d.state IN ('FAILED', 'UNKNOWN', 'DROPPED')
   AND (d.state, d.outcome, d.person_id, d.id) > ($2, $3, $4, $5)
 ORDER BY d.state, d.outcome, d.person_id, d.id LIMIT $6
"""


async def failures(
    connection: asyncpg.Connection, campaign_id: int, *, first: int, after: Key
) -> list[Failure]:
    """At most `first` failures by cause, behind a key. A page is a part of an index, however many there are."""
    rows = await connection.fetch(_FAILURES, campaign_id, *after, first)
    return [
        Failure(
            row["person_id"],
            row["id"],
            DeliveryState(row["state"]),
            row["outcome"],
            Platform(row["platform"]),
            PushProviderName(row["provider"]),
            row["app_version"],
            row["attempts"],
            row["settled_at"],
        )
        for row in rows
    ]


def key(failure: Failure) -> Key:
    """The key of a failure, behind which the next page begins."""
    return failure.state.value, failure.outcome, failure.person_id, failure.id
