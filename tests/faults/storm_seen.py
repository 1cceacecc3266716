"""What was seen of a storm, as a value: each fact about it is held by a test of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from campaigning import Desk
from faults.storm_ground import Ground
from staffing import ZHONGGUANCUN, Json


class Item(NamedTuple):
    """A row of an inbox."""

    id: int
    person: int
    kind: str
    subject: str


class Delivery(NamedTuple):
    id: int
    person: int
    item: int
    token: str
    kind: str
    message_class: str
    state: str
    outcome: str | None


class Arrival(NamedTuple):
    """A notification as the stand-in saw it: how often it came to a device, and when last."""

    message_class: str
    times: int
    at: float


@dataclass
class Storm:
    """What was done, and what was there in the end."""

    kills: int = 0
    stops: int = 0
    emptied: int = 0
    ended_alone: int = 0
    calls: int = 0
    in_flight: set[int] = field(default_factory=set)
    """Deliveries that were LEASED after a kill, or after the database had come back."""
    learners: dict[int, bool] = field(default_factory=dict)
    audience: set[int] = field(default_factory=set)
    inbox: list[Item] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    arrivals: dict[tuple[str, str], Arrival] = field(default_factory=dict)
    counters: dict[str, Any] = field(default_factory=dict)
    campaign: Json = field(default_factory=dict)
    paused_at: float = 0.0
    resumed_at: float = 0.0
    waiting: int = 0
    """Deliveries of the campaign that were due or under way while it was paused."""

    def of(self, message_class: str) -> list[Delivery]:
        return [one for one in self.deliveries if one.message_class == message_class]

    def times(self, delivery: Delivery) -> int:
        """How often it arrived at its device."""
        arrived = self.arrivals.get((delivery.token, f"n{delivery.item}"))
        return arrived.times if arrived else 0


async def look(seen: Storm, ground: Ground, desk: Desk, campaign: str) -> None:
    """See what is there in the end."""
    seen.learners = {one.person: one.graduates for one in ground.learners}
    seen.ended_alone = sum(worker.ended_alone for worker in ground.workers)
    async with ground.gateway.database.connection() as connection:
        seen.audience = {row["id"] for row in await connection.fetch(_AUDIENCE, ZHONGGUANCUN)}
        seen.inbox = [Item(*row) for row in await connection.fetch(_INBOX)]
        seen.deliveries = [Delivery(*row) for row in await connection.fetch(_DELIVERIES)]
    seen.campaign = await desk.read(campaign)
    seen.counters = await asyncio.to_thread(ground.standin.get, "/counters")
    shown = await asyncio.to_thread(ground.standin.get, "/shown")
    seen.arrivals = {
        (one["token"], one["tag"]): Arrival(one["message_class"], one["times"], one["at"]) for one in shown
    }


_AUDIENCE = """
SELECT t.person_id AS id FROM teaching_record t JOIN school s ON s.id = t.school_id
 WHERE s.name = $1 AND t.is_primary AND t.left_at IS NULL
UNION SELECT p.id FROM person p JOIN school s ON s.id = p.student_school_id WHERE s.name = $1
"""

_INBOX = "SELECT id, person_id, kind, subject FROM inbox_item ORDER BY id"

_DELIVERIES = """
SELECT d.id, d.person_id, d.inbox_item_id, v.token, i.kind, d.message_class, d.state, d.outcome
  FROM delivery d JOIN device v ON v.id = d.device_id
  JOIN inbox_item i ON i.person_id = d.person_id AND i.id = d.inbox_item_id ORDER BY d.id
"""
