"""Two platform administrators with a fresh second sign-in, their campaigns, and crowds to send them to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway import Gateway
from mobile_gateway.clock import real
from mobile_gateway.push import provider as push
from mobile_gateway.rules.words import CampaignState, PushProviderName
from mobile_gateway.schema.nodes import global_id, number_of
from mobile_gateway.workers import campaigns, pushes
from platforming import OTHER_PLATFORM
from player import run, value
from staffing import PLATFORM, ZHONGGUANCUN, Json, act, ask, errors, school_of, strong

CAMPAIGN: Json = {
    "title": "证书可以领取了",
    "titleEn": "Claim your certificate",
    "body": "请在专题页核对个人信息后领取证书。",
    "bodyEn": "Check your details on the topic page, then claim it.",
    "deepLink": "smartedu://topic/1",
}


@dataclass
class Desk:
    """A signed-in administrator."""

    gateway: Gateway
    token: str

    async def act(self, document: str, **given: Any) -> Json:
        return await act(self.gateway, document, self.token, **given)

    async def done(self, document: str, **given: Any) -> Json:
        payload = await self.act(document, **given)
        assert payload["userErrors"] == [], (document, payload)
        return dict(payload["campaign"])

    async def refused(self, document: str, **given: Any) -> list[tuple[str, list[str]]]:
        payload = await self.act(document, **given)
        found = errors(payload)
        assert found, (document, given)
        assert all(
            one["message"] and one["hint"] and "{" not in one["message"] for one in payload["userErrors"]
        )
        assert {answer for name, answer in payload.items() if name != "userErrors"} == {None}
        return found

    async def draft(self, **more: Any) -> str:
        made = await self.done("campaign_create", **{**CAMPAIGN, **more})
        assert made["state"] == "DRAFT"
        return str(made["id"])

    async def read(self, campaign: str) -> Json:
        return await ask(self.gateway, "campaign", self.token, id=campaign)

    async def preview(self, campaign: str) -> Json:
        return await ask(self.gateway, "campaign_preview", self.token, id=campaign)


@dataclass
class Desks:
    """The first administrator drafts, the second approves."""

    first: Desk
    second: Desk

    async def approved(self, **more: Any) -> str:
        campaign = await self.first.draft(**more)
        version = (await self.first.read(campaign))["version"]
        await self.second.done("campaign_approve", campaignId=campaign, version=version)
        return campaign

    async def scheduled(self, **more: Any) -> str:
        """A campaign that begins within the next five minutes."""
        campaign = await self.approved(**more)
        now = self.first.gateway.resources.clock.now()
        await self.first.done("campaign_schedule", campaignId=campaign, startsAt=now.isoformat())
        return campaign

    async def sending(self, **more: Any) -> str:
        """A campaign that a worker will find SENDING."""
        campaign = await self.scheduled(**more)
        await self.first.gateway.advance(minutes=6)
        return campaign

    async def proven(self, **more: Any) -> str:
        """A campaign that is SENDING, as if its first deliveries had arrived."""
        campaign = await self.sending(**more)
        await run(
            self.first.gateway,
            "UPDATE campaign SET state = 'SENDING', begun_at = now(), sending_since = now(), proven_at = now()"
            " WHERE id = $1",
            number_of(campaign, "Campaign"),
        )
        return campaign


async def desks(gateway: Gateway) -> Desks:
    return Desks(
        Desk(gateway, await strong(gateway, PLATFORM)), Desk(gateway, await strong(gateway, OTHER_PLATFORM))
    )


async def crowd(gateway: Gateway, people: int, *, devices: int = 1, name: str = "众") -> None:
    """Approved teachers at a school of Haidian, each with so many devices."""
    school = await school_of(gateway, ZHONGGUANCUN)
    await run(
        gateway,
        "INSERT INTO person (identity, phone, name)"
        " SELECT 'TEACHER', '+86188' || lpad(n::text, 8, '0'), $2 FROM generate_series(1, $1) n",
        people,
        name,
    )
    await run(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary, submitted_at, decided_at)"
        " SELECT id, $1, 'APPROVED', true, now(), now() FROM person WHERE name = $2",
        school,
        name,
    )
    await run(
        gateway,
        "INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)"
        " SELECT p.id, 'FCM', CASE WHEN n = 1 THEN 'ANDROID' ELSE 'IOS' END, 'token-' || p.id || '-' || n,"
        "        sha256(('token-' || p.id || '-' || n)::bytea), 'zh-CN', 'ACTIVE'"
        "   FROM person p CROSS JOIN generate_series(1, $1) n WHERE p.name = $2",
        devices,
        name,
    )


class Answering:
    """A provider that answers every message alike, and keeps what it was given."""

    carries = tuple(PushProviderName)

    def __init__(self, outcome: push.Outcome | None = None) -> None:
        self.outcome = outcome or push.Accepted("a")
        self.given: list[push.Message] = []
        self.began = asyncio.Event()

    async def send(self, batch: Sequence[push.Message]) -> list[push.Outcome]:
        self.given += batch
        self.began.set()
        return [self.outcome] * len(batch)

    async def close(self) -> None:
        """Nothing is open."""


async def expand(gateway: Gateway) -> None:
    """What workers do for campaigns until nothing is left to do at once."""
    while await campaigns.go_on(gateway.resources):
        pass


async def all_due(gateway: Gateway) -> None:
    """Let the minute pass over which pushes are spread."""
    await run(gateway, "UPDATE delivery SET due_at = now() WHERE state = 'DUE'")


async def send(gateway: Gateway, provider: Answering) -> None:
    """Expand and send until all is settled or stands still."""
    for _ in range(6):
        await expand(gateway)
        await all_due(gateway)
        while await pushes.deliver(gateway.database, provider, batches=20):
            pass
    await expand(gateway)


async def state_of(gateway: Gateway, campaign: str) -> CampaignState:
    number = number_of(campaign, "Campaign")
    return CampaignState(await value(gateway, "SELECT state FROM campaign WHERE id = $1", number))


async def inbox_rows(gateway: Gateway, campaign: str) -> tuple[int, int]:
    """Inbox rows of a campaign, and the people who have them."""
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT count(*), count(DISTINCT person_id) FROM inbox_item WHERE kind = 'CAMPAIGN' AND subject = $1",
            f"campaign:{number_of(campaign, 'Campaign')}",
        )
    return row[0], row[1]


async def delivered(gateway: Gateway, campaign: str) -> dict[tuple[str, str | None], int]:
    """How many deliveries of a campaign stand in which state with which outcome."""
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT state, outcome, count(*) AS n FROM delivery WHERE campaign_id = $1 GROUP BY state, outcome",
            number_of(campaign, "Campaign"),
        )
    return {(row["state"], row["outcome"]): row["n"] for row in rows}


async def at_school(gateway: Gateway, name: str = ZHONGGUANCUN) -> Json:
    """A segment of one school."""
    return {"schoolIds": [str(global_id("School", await school_of(gateway, name)))]}


async def people_at_school(gateway: Gateway) -> int:
    """People of the segment of `at_school`: primary teachers and students."""
    found: int = await value(
        gateway,
        "SELECT (SELECT count(*) FROM teaching_record t JOIN school s ON s.id = t.school_id"
        " WHERE s.name = $1 AND t.is_primary AND t.left_at IS NULL)"
        " + (SELECT count(*) FROM person p JOIN school s ON s.id = p.student_school_id WHERE s.name = $1)",
        ZHONGGUANCUN,
    )
    return found


def soon(gateway: Gateway, **span: float) -> str:
    return (gateway.resources.clock.at(real()) + timedelta(**span)).isoformat()
