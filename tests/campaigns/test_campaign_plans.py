"""The moment of a campaign is drafted and approved with it; another one needs another approval (PRODUCT.md §11)."""

from __future__ import annotations

from datetime import datetime, timedelta

import asyncpg
import pytest

from campaigning import CAMPAIGN, desks, expand, soon, state_of
from gateway import Gateway
from mobile_gateway.schema.nodes import number_of
from platforming import audited
from player import run

APPROVED = [("CAMPAIGN_START_APPROVED", ["startsAt"])]
PAST = [("CAMPAIGN_START_PAST", ["plannedFor"])]
OVER: list[tuple[str, list[str]]] = [("CAMPAIGN_PLAN_PAST", [])]
PLANNED = "2024-08-25T10:05:00.000+08:00"


async def test_what_was_planned_is_approved_and_scheduled_for_that_moment_alone(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.approved(plannedFor=PLANNED)
    read = await both.second.read(campaign)
    assert (read["plannedFor"], read["startsAt"]) == (PLANNED, None)
    other = {"campaignId": campaign, "startsAt": "2024-08-25T10:06:00+08:00"}
    assert await both.first.refused("campaign_schedule", **other) == APPROVED
    for given in ({}, {"startsAt": None}, {"startsAt": PLANNED}):
        found = await both.first.done("campaign_schedule", campaignId=campaign, **given)
        assert (found["state"], found["startsAt"]) == ("SCHEDULED", PLANNED)
    assert await both.first.refused("campaign_schedule", **other) == APPROVED
    await gateway.set_time(datetime.fromisoformat(PLANNED) - timedelta(hours=1))
    await expand(gateway)
    assert await state_of(gateway, campaign) == "SCHEDULED"
    await gateway.set_time(datetime.fromisoformat(PLANNED))
    await expand(gateway)
    assert await state_of(gateway, campaign) == "SENDING"


async def test_a_plan_near_a_quarter_hour_is_moved_off_it_and_no_further(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.approved(plannedFor="2024-08-25T10:00:00+08:00")
    found = await both.first.done("campaign_schedule", campaignId=campaign)
    assert "2024-08-25T10:01:30" <= found["startsAt"] <= "2024-08-25T10:04:00.999999"
    with pytest.raises(
        asyncpg.CheckViolationError, match="campaign_starts_as_planned"
    ):  # as an older release would
        await run(
            gateway,
            "UPDATE campaign SET starts_at = planned_for - interval '1 hour' WHERE id = $1",
            number_of(campaign, "Campaign"),
        )


async def test_a_plan_is_withdrawn_by_null_and_what_is_left_out_stays(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.first.draft(plannedFor=PLANNED)
    kept = await both.first.done("campaign_update", campaignId=campaign, version=1, title="改")
    assert kept["plannedFor"] == PLANNED
    open_ = await both.first.done("campaign_update", campaignId=campaign, version=2, plannedFor=None)
    assert (open_["plannedFor"], open_["version"]) == (None, 3)
    again = await both.first.done("campaign_update", campaignId=campaign, version=3, plannedFor=None)
    assert again["version"] == 3


async def test_a_plan_that_is_over_holds_up_no_edit_that_leaves_it_alone(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.first.draft(plannedFor=PLANNED)
    await gateway.set_time(datetime.fromisoformat(PLANNED) + timedelta(hours=1))
    given = {"campaignId": campaign, "version": 1, "plannedFor": PLANNED}
    assert (await both.first.done("campaign_update", **given))["version"] == 1
    assert (await both.first.done("campaign_update", **given, title="改"))["version"] == 2


async def test_another_moment_is_an_edit_that_needs_another_approval(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.approved(plannedFor=soon(gateway, hours=2))
    await both.first.done("campaign_schedule", campaignId=campaign)
    later = soon(gateway, hours=3)
    moved = await both.first.done("campaign_update", campaignId=campaign, version=1, plannedFor=later)
    assert (moved["state"], moved["startsAt"], moved["version"]) == ("DRAFT", None, 2)
    await gateway.advance(hours=2, minutes=15)
    await expand(gateway)
    assert await state_of(gateway, campaign) == "DRAFT"
    await both.second.done("campaign_approve", campaignId=campaign, version=2)
    found = await both.first.done("campaign_schedule", campaignId=campaign)
    assert datetime.fromisoformat(found["startsAt"]) >= datetime.fromisoformat(found["plannedFor"])
    log = [(act, data) for act, _, data in await audited(gateway, "Campaign", campaign)]
    assert ("CAMPAIGN_UPDATED", {"changed": "plannedFor"}) in log


async def test_nothing_is_planned_or_approved_for_the_past(gateway: Gateway) -> None:
    both = await desks(gateway)
    past = soon(gateway, minutes=-2)
    assert await both.first.refused("campaign_create", **CAMPAIGN, plannedFor=past) == PAST
    campaign = await both.first.draft(plannedFor=PLANNED)
    refused = await both.first.refused("campaign_update", campaignId=campaign, version=1, plannedFor=past)
    assert refused == PAST
    await gateway.set_time(datetime.fromisoformat(PLANNED) + timedelta(minutes=2))
    assert await both.second.refused("campaign_approve", campaignId=campaign, version=1) == OVER
    assert await state_of(gateway, campaign) == "DRAFT"


async def test_what_was_approved_for_a_moment_that_is_over_is_not_scheduled(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.approved(plannedFor=PLANNED)
    await gateway.set_time(datetime.fromisoformat(PLANNED) + timedelta(minutes=2))
    for given in ({}, {"startsAt": PLANNED}, {"startsAt": soon(gateway, hours=1)}):
        assert await both.first.refused("campaign_schedule", campaignId=campaign, **given) == OVER


@pytest.mark.parametrize("moment", ["9999-01-01T00:00:00+08:00", "1999-12-31T00:00:00+08:00"])
async def test_a_moment_out_of_all_years_is_unfit(gateway: Gateway, moment: str) -> None:
    both = await desks(gateway)
    refused = await both.first.refused("campaign_create", **CAMPAIGN, plannedFor=moment)
    assert refused == [("BAD_USER_INPUT", ["plannedFor"])]


async def test_without_a_plan_somebody_has_to_say_when(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.approved()
    refused = await both.first.refused("campaign_schedule", campaignId=campaign)
    assert refused == [("CAMPAIGN_START_NEEDED", ["startsAt"])]
