"""Acts on campaigns as the permission matrix tries them: each on a campaign of its own."""

from __future__ import annotations

from typing import Any, Final

from campaigning import CAMPAIGN, Desk, soon
from mobile_gateway.schema.nodes import number_of
from permitting import Ground, Preparation, Tried
from player import run
from staffing import strong


def _given(document: str, **given: Any) -> Tried:
    return document, {"input": given}


async def _draft(ground: Ground) -> str:
    """A draft of an administrator who tries nothing here."""
    gateway = ground.gateway
    phone = "+8618877770001"
    await run(
        gateway,
        "INSERT INTO person (identity, phone, name) VALUES ('TEACHER', $1, '管') ON CONFLICT DO NOTHING",
        phone,
    )
    await run(
        gateway,
        "INSERT INTO staff_grant (person_id, role) SELECT id, 'PLATFORM_ADMIN' FROM person WHERE phone = $1"
        " ON CONFLICT DO NOTHING",
        phone,
    )
    return await Desk(gateway, await strong(gateway, phone)).draft()


async def _in_state(ground: Ground, state: str) -> str:
    campaign = await _draft(ground)
    person = await ground.gateway.person("+8619900000016")
    await run(
        ground.gateway,
        "UPDATE campaign SET state = $2::text, approved_by_id = $3, approved_at = now(), starts_at = now(),"
        " pause_reason = CASE WHEN $2::text = 'PAUSED' THEN '等' END WHERE id = $1",
        number_of(campaign, "Campaign"),
        state,
        person,
    )
    return campaign


async def _create(_: Ground) -> Tried:
    return _given("campaign_create", **CAMPAIGN)


async def _update(ground: Ground) -> Tried:
    return _given("campaign_update", campaignId=await _draft(ground), version=1, title="改")


async def _test_send(ground: Ground) -> Tried:
    return _given("campaign_test_send", campaignId=await _draft(ground))


async def _approve(ground: Ground) -> Tried:
    return _given("campaign_approve", campaignId=await _draft(ground), version=1)


async def _schedule(ground: Ground) -> Tried:
    campaign = await _in_state(ground, "APPROVED")
    return _given("campaign_schedule", campaignId=campaign, startsAt=soon(ground.gateway, hours=1))


async def _pause(ground: Ground) -> Tried:
    return _given("campaign_pause", campaignId=await _in_state(ground, "SENDING"), reason="等")


async def _resume(ground: Ground) -> Tried:
    return _given("campaign_resume", campaignId=await _in_state(ground, "PAUSED"))


async def _cancel(ground: Ground) -> Tried:
    return _given("campaign_cancel", campaignId=await _draft(ground))


async def _failures(ground: Ground) -> Tried:
    return _given("campaign_failures_export", campaignId=await _draft(ground))


async def _campaigns(_: Ground) -> Tried:
    return "campaigns", {}


async def _campaign(ground: Ground) -> Tried:
    return "campaign", {"id": await _draft(ground)}


async def _follow(ground: Ground) -> Tried:
    return "campaign_progress", {"id": await _draft(ground)}


async def _preview(ground: Ground) -> Tried:
    return "campaign_preview", {"id": await _draft(ground)}


CAMPAIGN_ACTS: Final[dict[str, Preparation]] = {
    "draft a campaign": _create,
    "edit a campaign": _update,
    "try a campaign on one's own devices": _test_send,
    "approve a campaign": _approve,
    "schedule a campaign": _schedule,
    "pause a campaign": _pause,
    "resume a campaign": _resume,
    "cancel a campaign": _cancel,
    "export a campaign's failures": _failures,
    "see all campaigns": _campaigns,
    "see a campaign": _campaign,
    "follow a campaign": _follow,
    "preview a campaign": _preview,
}
"""For the platform's administrators alone; what else anybody is told is NOT_FOUND."""
