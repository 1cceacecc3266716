"""A campaign whose first deliveries fail by a fault of ours stops itself before the others are written."""

from __future__ import annotations

import pytest

from campaigning import Answering, Desk, at_school, crowd, desks, inbox_rows, people_at_school, send, state_of
from gateway import Gateway
from mobile_gateway.push import provider as push
from player import run

PEOPLE = 700


async def _probed(gateway: Gateway, provider: Answering) -> tuple[Desk, str]:
    await crowd(gateway, PEOPLE)
    both = await desks(gateway)
    campaign = await both.sending(segment=await at_school(gateway))
    await send(gateway, provider)
    return both.first, campaign


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (push.PayloadBad("INVALID"), "PAYLOAD"),
        (push.AuthBroken(push.Scope.PROJECT), "CREDENTIALS"),
        (push.ProjectWrong(), "CREDENTIALS"),
    ],
)
async def test_a_campaign_whose_first_hundred_fail_by_our_fault_pauses_itself(
    gateway: Gateway, outcome: push.Outcome, reason: str
) -> None:
    provider = Answering(outcome)
    desk, campaign = await _probed(gateway, provider)
    read = await desk.read(campaign)
    assert (read["state"], read["pauseReason"]) == ("PAUSED", reason)
    assert 100 <= len(provider.given) <= 250, "the others were never written"
    assert (await inbox_rows(gateway, campaign))[0] < PEOPLE
    provider.outcome = push.Accepted("a")
    await run(gateway, "DELETE FROM push_lane")
    await desk.done("campaign_resume", campaignId=campaign)
    await send(gateway, provider)
    assert await state_of(gateway, campaign) == "SENT"
    assert (await inbox_rows(gateway, campaign))[0] == await people_at_school(gateway)


async def test_dead_tokens_are_no_fault_of_ours(gateway: Gateway) -> None:
    desk, campaign = await _probed(gateway, Answering(push.TokenDead()))
    assert (await desk.read(campaign))["state"] == "SENT"


async def test_of_fewer_than_a_hundred_all_must_fail_for_it_to_pause_itself(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.sending(segment={**await at_school(gateway), "identities": ["TEACHER"]})
    await send(gateway, Answering(push.PayloadBad("INVALID")))
    read = await both.first.read(campaign)
    assert (read["state"], read["pauseReason"]) == ("PAUSED", "PAYLOAD")
    assert 0 < read["progress"]["failed"] < 100
