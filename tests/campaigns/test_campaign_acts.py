"""Campaigns drafted, edited, tried, approved and scheduled over HTTP, with every refusal."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from campaigning import CAMPAIGN, Answering, Desk, at_school, desks, soon, state_of
from gateway import Gateway
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.workers import pushes
from platforming import OTHER_PLATFORM, absent, audited
from player import value
from staffing import READY, Json, errors, grant, strong


async def test_a_campaign_goes_from_draft_by_a_second_administrator_to_its_schedule(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.first.draft(segment=await at_school(gateway))
    read = await both.first.read(campaign)
    assert {name: read[name] for name in CAMPAIGN} == CAMPAIGN
    assert read["segment"]["schools"][0]["name"].endswith("中关村第一小学")
    assert read["steps"] == ["EDIT", "CANCEL"]
    assert (await both.second.read(campaign))["steps"] == ["EDIT", "APPROVE", "CANCEL"]
    for _ in range(2):
        approved = await both.second.done("campaign_approve", campaignId=campaign, version=1)
        assert (approved["state"], approved["approvedByName"]) == ("APPROVED", "魏承泽")
    given = {"campaignId": campaign, "startsAt": soon(gateway, hours=2)}
    scheduled = await both.first.done("campaign_schedule", **given)
    assert scheduled["state"] == "SCHEDULED"
    begins = datetime.fromisoformat(scheduled["startsAt"])
    assert 90 <= begins.minute % 15 * 60 + begins.second <= 15 * 60 - 90
    log = await audited(gateway, "Campaign", campaign)
    assert [(act, role) for act, role, _ in log] == [
        (f"CAMPAIGN_{word}", "PLATFORM_ADMIN") for word in ("CREATED", "APPROVED", "SCHEDULED")
    ]


async def test_its_creator_and_its_editor_approve_nothing(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.first.draft()
    own: list[tuple[str, list[str]]] = [("CAMPAIGN_SECOND_ADMIN", [])]
    assert await both.first.refused("campaign_approve", campaignId=campaign, version=1) == own
    edited = await both.second.done("campaign_update", campaignId=campaign, version=1, title="新标题")
    assert edited["version"] == 2
    for desk in (both.first, both.second):
        assert await desk.refused("campaign_approve", campaignId=campaign, version=2) == own
    await grant(gateway, READY, "PLATFORM_ADMIN")
    third = Desk(gateway, await strong(gateway, READY))
    stale = [("CONFLICT", ["version"])]
    assert await third.refused("campaign_approve", campaignId=campaign, version=1) == stale
    await third.done("campaign_approve", campaignId=campaign, version=2)
    assert await state_of(gateway, campaign) == "APPROVED"


async def test_who_edited_a_campaign_once_does_not_approve_it_after_others_edits(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.first.draft()
    await both.second.done("campaign_update", campaignId=campaign, version=1, body="点此领取")
    await both.first.done("campaign_update", campaignId=campaign, version=2, title="改了一个字")
    assert (await both.second.read(campaign))["steps"] == ["EDIT", "CANCEL"]
    refused = await both.second.refused("campaign_approve", campaignId=campaign, version=3)
    assert refused == [("CAMPAIGN_SECOND_ADMIN", [])]
    await grant(gateway, READY, "PLATFORM_ADMIN")
    third = Desk(gateway, await strong(gateway, READY))
    await third.done("campaign_approve", campaignId=campaign, version=3)


async def test_another_administrators_approval_again_is_refused(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.approved()
    await grant(gateway, READY, "PLATFORM_ADMIN")
    third = Desk(gateway, await strong(gateway, READY))
    refused = await third.refused("campaign_approve", campaignId=campaign, version=1)
    assert refused == [("CAMPAIGN_STEP_IMPOSSIBLE", ["campaignId"])]


async def test_an_edit_takes_the_approval_back_and_one_that_changes_nothing_does_not(
    gateway: Gateway,
) -> None:
    both = await desks(gateway)
    campaign = await both.approved()
    same = await both.first.done("campaign_update", campaignId=campaign, version=1, body=CAMPAIGN["body"])
    assert (same["state"], same["version"]) == ("APPROVED", 1)
    edited = await both.first.done(
        "campaign_update", campaignId=campaign, version=1, segment={"identities": ["PARENT"]}
    )
    assert (edited["state"], edited["version"], edited["approvedAt"]) == ("DRAFT", 2, None)
    assert edited["segment"]["identities"] == ["PARENT"]
    stale = await both.first.refused("campaign_update", campaignId=campaign, version=1, title="又改")
    assert stale == [("CONFLICT", ["version"])]
    given = {"campaignId": campaign, "startsAt": soon(gateway, hours=1)}
    assert await both.first.refused("campaign_schedule", **given) == [
        ("CAMPAIGN_STEP_IMPOSSIBLE", ["campaignId"])
    ]


async def test_what_is_scheduled_is_moved_and_an_edit_takes_schedule_and_approval_back(
    gateway: Gateway,
) -> None:
    both = await desks(gateway)
    campaign = await both.scheduled()
    impossible = [("CAMPAIGN_STEP_IMPOSSIBLE", ["campaignId"])]
    assert await both.first.refused("campaign_pause", campaignId=campaign, reason="等") == impossible
    assert await both.first.refused("campaign_resume", campaignId=campaign) == impossible
    later = soon(gateway, days=1)
    moved = await both.first.done("campaign_schedule", campaignId=campaign, startsAt=later)
    assert datetime.fromisoformat(moved["startsAt"]) >= datetime.fromisoformat(later)
    same = await both.first.done("campaign_update", campaignId=campaign, version=1, title=CAMPAIGN["title"])
    assert (same["state"], same["startsAt"]) == ("SCHEDULED", moved["startsAt"])
    edited = await both.first.done("campaign_update", campaignId=campaign, version=1, title="改")
    assert (edited["state"], edited["startsAt"], edited["approvedAt"]) == ("DRAFT", None, None)
    assert await both.first.refused("campaign_schedule", campaignId=campaign, startsAt=later) == impossible
    begun = await both.proven()
    assert await both.first.refused("campaign_update", campaignId=begun, version=1, title="改") == impossible


@pytest.mark.parametrize("ago", [timedelta(minutes=1, seconds=5), timedelta(days=1)])
async def test_a_campaign_does_not_begin_in_the_past(gateway: Gateway, ago: timedelta) -> None:
    both = await desks(gateway)
    given = {"campaignId": await both.approved(), "startsAt": soon(gateway, seconds=-ago.total_seconds())}
    assert await both.first.refused("campaign_schedule", **given) == [("CAMPAIGN_START_PAST", ["startsAt"])]
    given["startsAt"] = "9999-01-01T00:00:00+08:00"
    assert await both.first.refused("campaign_schedule", **given) == [("BAD_USER_INPUT", ["startsAt"])]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"title": ""}, ["title"]),
        ({"title": "长" * 61}, ["title"]),
        ({"titleEn": "x" * 121}, ["titleEn"]),
        ({"body": "长" * 301}, ["body"]),
        ({"bodyEn": "\u202ex"}, ["bodyEn"]),
        ({"deepLink": "https://smartedu.cn.example.com/x"}, ["deepLink"]),
        ({"deepLink": "https://evilsmartedu.cn/x"}, ["deepLink"]),
        ({"deepLink": "https://user@www.smartedu.cn/x"}, ["deepLink"]),
        ({"deepLink": "http://www.smartedu.cn/"}, ["deepLink"]),
        ({"deepLink": "javascript:alert(1)"}, ["deepLink"]),
        ({"deepLink": "smartedu://topic/1 2"}, ["deepLink"]),
        ({"segment": {"regionIds": ["nonsense"]}}, ["segment.regionIds"]),
        (
            {"segment": {"regionIds": [str(global_id("Region", 2**31))]}},
            ["segment.regionIds"],
        ),
        ({"segment": {"lastSeen": {"days": 0}}}, ["segment.lastSeen.days"]),
        ({"segment": {"lastSeen": {"days": 4000}}}, ["segment.lastSeen.days"]),
    ],
)
async def test_what_is_unfit_is_refused_where_it_stands(
    gateway: Gateway, given: Json, path: list[str]
) -> None:
    desk = (await desks(gateway)).first
    assert await desk.refused("campaign_create", **{**CAMPAIGN, **given}) == [("BAD_USER_INPUT", path)]
    campaign = await desk.draft()
    assert await desk.refused("campaign_update", campaignId=campaign, version=1, **given) == [
        ("BAD_USER_INPUT", path)
    ]


@pytest.mark.parametrize(
    "link", ["https://www.smartedu.cn/a?b=c", "https://smartedu.cn/", "https://basic.smartedu.cn/x#y"]
)
async def test_links_lead_to_the_app_or_to_our_own_pages(gateway: Gateway, link: str) -> None:
    desk = (await desks(gateway)).first
    assert (await desk.read(await desk.draft(deepLink=link)))["deepLink"] == link


async def test_parts_of_a_topic_go_together_and_name_what_there_is(gateway: Gateway) -> None:
    desk = (await desks(gateway)).first
    topic = await gateway.topic_id()
    elsewhere = str(global_id("Course", 987_654_321))

    async def told(**part: str) -> tuple[str, str]:
        ((code, path),) = await desk.refused(
            "campaign_create", **CAMPAIGN, segment={"topic": {"topicId": topic, **part}}
        )
        return code, ".".join(path)

    assert await told(progress="CREDITS_BETWEEN") == ("BAD_USER_INPUT", "segment.topic.creditsFrom")
    assert await told(progress="COMPLETE", creditsFrom="1") == ("BAD_USER_INPUT", "segment.topic.creditsFrom")
    assert await told(progress="CREDITS_BETWEEN", creditsFrom="1.234") == (
        "BAD_USER_INPUT",
        "segment.topic.creditsFrom",
    )
    assert await told(progress="CREDITS_BETWEEN", creditsFrom="5", creditsTo="4.99") == (
        "BAD_USER_INPUT",
        "segment.topic.creditsTo",
    )
    assert await told(progress="ENROLLED", courseId=elsewhere) == ("BAD_USER_INPUT", "segment.topic.courseId")
    assert await told(progress="COURSE_MISSING", courseId=elsewhere) == (
        "NOT_FOUND",
        "segment.topic.courseId",
    )
    assert await told(progress="COMPLETE", topicId=absent("Topic")) == ("NOT_FOUND", "segment.topic.topicId")
    for field, kind in (("regionIds", "Region"), ("schoolIds", "School")):
        given = {**CAMPAIGN, "segment": {field: [absent(kind)]}}
        assert await desk.refused("campaign_create", **given) == [("NOT_FOUND", ["segment", field])]


async def test_a_test_goes_to_ones_own_devices_at_once_even_at_night(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.first.draft()
    no_device = await both.second.refused("campaign_test_send", campaignId=campaign)
    assert no_device == [("CAMPAIGN_NO_DEVICE", [])]
    await gateway.set_time(datetime.fromisoformat("2024-08-20T23:30:00+08:00"))
    for _ in range(2):
        payload = await both.first.act("campaign_test_send", campaignId=campaign)
        assert (payload["userErrors"], payload["devices"]) == ([], 1)
        assert payload["campaign"]["testedAt"]
    provider = Answering()
    await pushes.deliver(gateway.database, provider)
    assert [(one.title, one.token) for one in provider.given] == [
        (CAMPAIGN["title"], "demo-android-platform-admin-1")
    ] * 2
    assert await value(gateway, "SELECT count(*) FROM delivery WHERE campaign_id IS NOT NULL") == 0
    edited = await both.first.done("campaign_update", campaignId=campaign, version=1, title="改过")
    assert edited["testedAt"] is None
    await both.first.done("campaign_cancel", campaignId=campaign)
    over = await both.first.refused("campaign_test_send", campaignId=campaign)
    assert over == [("CAMPAIGN_STEP_IMPOSSIBLE", ["campaignId"])]


ACTS: dict[str, Json] = {
    "campaign_update": {"version": 1, "title": "改"},
    "campaign_test_send": {},
    "campaign_approve": {"version": 1},
    "campaign_schedule": {"startsAt": "2024-08-21T00:00:00+08:00"},
    "campaign_pause": {"reason": "等"},
    "campaign_resume": {},
    "campaign_cancel": {},
    "campaign_failures_export": {},
}


async def test_every_act_needs_a_fresh_second_sign_in_and_a_campaign(gateway: Gateway) -> None:
    campaign = await (await desks(gateway)).first.draft()
    once = Desk(gateway, await gateway.token(OTHER_PLATFORM))
    late = Desk(gateway, await strong(gateway, OTHER_PLATFORM, ago=timedelta(minutes=5, seconds=1)))
    fresh = Desk(gateway, await strong(gateway, OTHER_PLATFORM))
    for desk in (once, late):
        assert await desk.refused("campaign_create", **CAMPAIGN) == [("SECOND_SIGN_IN_REQUIRED", [])]
    for document, given in ACTS.items():
        for desk in (once, late):
            again = await desk.refused(document, campaignId=campaign, **given)
            assert again == [("SECOND_SIGN_IN_REQUIRED", [])], document
        for wrong in (absent("Campaign"), absent("Topic"), "nonsense"):
            found = await fresh.refused(document, campaignId=wrong, **given)
            assert found == [("NOT_FOUND", ["campaignId"])], document
    assert await state_of(gateway, campaign) == "DRAFT"


async def test_a_pause_wants_a_reason(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.proven()
    for reason in ("", " ", "长" * 61):
        refused = await both.first.refused("campaign_pause", campaignId=campaign, reason=reason)
        assert refused == [("REASON_REQUIRED", ["reason"])]
    paused = await both.first.done("campaign_pause", campaignId=campaign, reason="文案有误")
    assert (paused["state"], paused["pauseReason"]) == ("PAUSED", "文案有误")
    again = await both.second.done("campaign_pause", campaignId=campaign, reason="另一个理由")
    assert again["pauseReason"] == "文案有误"
    for _ in range(2):
        resumed = await both.first.done("campaign_resume", campaignId=campaign)
        assert (resumed["state"], resumed["pauseReason"]) == ("SENDING", None)
    acts = [act for act, _, _ in await audited(gateway, "Campaign", campaign)]
    assert acts.count("CAMPAIGN_PAUSED") == acts.count("CAMPAIGN_RESUMED") == 1


async def test_an_anonymous_reader_is_asked_to_sign_in(gateway: Gateway) -> None:
    nobody = Desk(gateway, "")
    for document, given in ACTS.items():
        payload = await nobody.act(document, campaignId=absent("Campaign"), **given)
        assert errors(payload) == [("UNAUTHENTICATED", [])], document


async def test_an_edit_a_test_and_a_cancellation_are_audited_once_each(gateway: Gateway) -> None:
    both = await desks(gateway)
    campaign = await both.first.draft()
    await both.first.done("campaign_update", campaignId=campaign, version=1, title="改", titleEn="New")
    await both.first.done("campaign_update", campaignId=campaign, version=2, title="改")
    assert (await both.first.act("campaign_test_send", campaignId=campaign))["userErrors"] == []
    for desk in (both.second, both.first):
        await desk.done("campaign_cancel", campaignId=campaign)
    assert (await audited(gateway, "Campaign", campaign))[1:] == [
        ("CAMPAIGN_UPDATED", "PLATFORM_ADMIN", {"changed": "title,titleEn"}),
        ("CAMPAIGN_TESTED", "PLATFORM_ADMIN", {"devices": "1", "version": "2"}),
        ("CAMPAIGN_CANCELLED", "PLATFORM_ADMIN", {"was": "DRAFT"}),
    ]
