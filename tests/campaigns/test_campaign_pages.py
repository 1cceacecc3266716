"""Campaigns as administrators read them: the list, one, its preview; and nobody else."""

from __future__ import annotations

import asyncpg
import pytest

from campaigning import CAMPAIGN, at_school, crowd, desks, expand
from gateway import Gateway
from mobile_gateway.reads import audience_sizes
from mobile_gateway.rules.words import Identity, SchoolStage
from platforming import absent
from player import run, value
from servers import Servers
from staffing import PLATFORM, READY, ask, nodes, refusal, strong


async def test_the_list_has_states_and_ones_own_and_only_administrators_see_it(gateway: Gateway) -> None:
    both = await desks(gateway)
    drafts = [await both.first.draft(title=f"第{n}个") for n in range(3)]
    theirs = await both.second.draft(title="另一个")
    await both.first.done("campaign_cancel", campaignId=drafts[0])

    async def listed(**given: object) -> list[str]:
        return [one["id"] for one in nodes(await ask(gateway, "campaigns", both.first.token, **given))]

    assert await listed() == [theirs, *reversed(drafts)]
    assert await listed(states=["DRAFT"], mine=True) == [drafts[2], drafts[1]]
    assert await listed(states=[]) == []
    page = await ask(gateway, "campaigns", both.first.token, first=2)
    assert page["pageInfo"]["hasNextPage"]
    assert await listed(first=2, after=page["pageInfo"]["endCursor"]) == [drafts[1], drafts[0]]
    board = await ask(gateway, "workbench", both.first.token)
    assert board["workQueue"]["campaignsOpen"] == 3
    for document, given in (
        ("campaigns", {}),
        ("campaign", {"id": theirs}),
        ("campaign_preview", {"id": theirs}),
    ):
        assert await refusal(gateway, document, await strong(gateway, READY), **given) == "NOT_FOUND"
        assert await refusal(gateway, document, None, **given) == "UNAUTHENTICATED"
    node = "query($id: ID!) { node(id: $id) { id ... on Campaign { title } } }"
    seen = await gateway.data_of(node, {"id": theirs}, await gateway.token(PLATFORM))
    assert seen["node"]["title"] == "另一个"
    assert (await gateway.data_of(node, {"id": theirs}, await gateway.token(READY)))["node"] is None


async def test_a_preview_counts_by_platform_and_province_and_shows_both_languages(gateway: Gateway) -> None:
    desk = (await desks(gateway)).first
    everybody = await desk.preview(await desk.draft())
    people = await value(gateway, "SELECT count(*) FROM person")
    assert (everybody["exact"], everybody["people"]) == (True, people)
    assert sum(one["people"] for one in everybody["regions"]) == people
    devices = await value(gateway, "SELECT count(*) FROM device WHERE state = 'ACTIVE'")
    assert sum(one["devices"] for one in everybody["platforms"]) == devices
    assert [one["title"] for one in everybody["samples"]] == [CAMPAIGN["title"], CAMPAIGN["titleEn"]]
    assert 0 < everybody["payloadBytes"] <= 4096
    before = everybody["reachable"]
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO notification_preference (person_id, kind, push) VALUES ($1, 'CAMPAIGN', false)",
            await gateway.person(READY),
        )
    after = await desk.preview(await desk.draft())
    assert (after["people"], after["optedOut"], after["reachable"]) == (people, 1, before - 1)
    here = await desk.preview(await desk.draft(segment=await at_school(gateway)))
    assert [one["region"]["name"] for one in here["regions"]] == ["北京市"]
    assert await refusal(gateway, "campaign_preview", desk.token, id=absent("Campaign")) == "NOT_FOUND"


async def test_all_stages_are_not_who_has_no_school_and_all_identities_are_everybody(
    gateway: Gateway,
) -> None:
    desk = (await desks(gateway)).first
    without = await value(
        gateway,
        "WITH new AS (INSERT INTO person (identity, phone, name) SELECT 'PARENT', '+86187' || lpad(n::text, 8, '0'),"
        " '无校' FROM generate_series(1, 20) n RETURNING id) SELECT count(*) FROM new",
    )
    people = await value(gateway, "SELECT count(*) FROM person")
    stages = await desk.draft(segment={"schoolStages": [one.value for one in SchoolStage]})
    assert len((await desk.read(stages))["segment"]["schoolStages"]) == len(SchoolStage)
    counted = await desk.preview(stages)
    assert 0 < counted["people"] <= people - without
    assert [one for one in counted["regions"] if one["region"] is None] == []
    identities = await desk.draft(segment={"identities": [one.value for one in Identity]})
    assert (await desk.read(identities))["segment"]["identities"] == []
    assert (await desk.preview(identities))["people"] == people


async def test_progress_after_a_wipe_adds_up(gateway: Gateway) -> None:
    await crowd(gateway, 50)
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await expand(gateway)
    before = (await both.first.read(campaign))["progress"]
    await run(gateway, "DELETE FROM device WHERE token LIKE 'token-%' AND id % 5 = 0")
    after = (await both.first.read(campaign))["progress"]
    assert after["deliveries"] == before["deliveries"] - 10 == after["queued"]


@pytest.mark.parametrize("scattered", [True, False])
async def test_a_rare_segment_is_bounded_and_not_guessed(
    gateway: Gateway, servers: Servers, monkeypatch: pytest.MonkeyPatch, *, scattered: bool
) -> None:
    monkeypatch.setattr(audience_sizes, "COUNTED", 10)
    monkeypatch.setattr(audience_sizes, "LOOKED_AT", 5_000)
    rarely = "n % 200 = 0" if scattered else "n <= 50"
    await run(
        gateway,
        "INSERT INTO person (identity, phone, name) SELECT CASE WHEN "
        f"{rarely} THEN 'PARENT' ELSE 'TEACHER' END, '+86187' || lpad(n::text, 8, '0'), '杂'"
        " FROM generate_series(1, 10000) n",
    )
    owner = await asyncpg.connect(servers.owner(await value(gateway, "SELECT current_database()")))
    await owner.execute("ANALYZE person")
    await owner.close()
    desk = (await desks(gateway)).first
    rare = await desk.preview(await desk.draft(segment={"identities": ["PARENT"]}))
    assert not rare["exact"]
    parents = await value(gateway, "SELECT count(*) FROM person WHERE identity = 'PARENT'")
    assert rare["people"] < rare["atMost"]
    assert parents <= rare["atMost"]
    many = await desk.preview(await desk.draft(segment={"identities": ["TEACHER"]}))
    assert (many["exact"], many["atMost"]) == (False, None)
