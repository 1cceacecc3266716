"""Campaigns as administrators read them: the list, one, its preview; and nobody else."""

from __future__ import annotations

from campaigning import CAMPAIGN, at_school, desks
from gateway import Gateway
from platforming import absent
from player import value
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
