"""Banners made, edited, moved and withdrawn; what readers and administrators see of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import number_of
from platforming import BANNER, Desk, absent, audited, desk, elsewhere, home, revision
from staffing import READY, refusal, whole

ON_HOME = "2024年暑期教师研修"


async def order(admin: Desk, tab: str = "HOME") -> list[str]:
    """Titles of a tab's banners in their order; each knows its place."""
    found = [one for one in await admin.banners(tab=tab) if one["state"] != "PAST"]
    assert [one["position"] for one in found] == list(range(1, len(found) + 1))
    return [one["title"] for one in found]


async def test_a_new_banner_shows_last_to_everybody_everywhere(gateway: Gateway) -> None:
    admin = await desk(gateway)
    before, grown = await home(gateway), await revision(gateway)
    banner = await admin.banner()
    assert (banner["state"], banner["version"], banner["withdrawnAt"]) == ("SHOWING", 1, None)
    assert banner["identities"] == ["TEACHER", "STUDENT", "PARENT", "ANONYMOUS"]
    assert banner["clientKinds"] == ["WEB", "APP", "DESKTOP"]
    assert (banner["url"], banner["topic"]) == (BANNER["url"], None)
    assert await revision(gateway) == grown + 1
    assert await home(gateway) == [*before, "新横幅"]
    assert await home(gateway, token=await gateway.token(READY)) != await home(gateway, "RECOMMENDED")
    assert number_of(banner["id"], "Banner") in {one.id for one in (await elsewhere(gateway)).banners}
    assert await audited(gateway, "Banner", banner["id"]) == [
        ("BANNER_CREATED", "PLATFORM_ADMIN", {"tab": "HOME"})
    ]


async def test_a_banner_shows_in_its_window_to_its_audience_on_its_clients(gateway: Gateway) -> None:
    admin = await desk(gateway)
    await admin.banner(title="教师", identities=["TEACHER", "TEACHER"])
    await admin.banner(title="桌面", clientKinds=["DESKTOP"])
    await admin.banner(title="将来", publishStart="2024-08-21T00:00:00+08:00")
    teacher = await gateway.token(READY)
    seen = [set(await home(gateway, token=one)) & {"教师", "桌面", "将来"} for one in (None, teacher)]
    assert seen == [set(), {"教师"}]
    await gateway.set_time(datetime.fromisoformat("2024-08-21T00:00:00+08:00"))
    assert "将来" in await home(gateway)
    await gateway.set_time(datetime.fromisoformat("2024-09-01T00:00:00+08:00"))
    assert "将来" not in await home(gateway)


async def test_a_banner_to_a_draft_shows_once_the_topic_is_published(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.built()
    for tab in ("HOME", "RECOMMENDED"):
        banner = await admin.banner(tab=tab, title="新专题", url=None, topicId=built.topic)
        assert (banner["topic"]["id"], banner["url"]) == (built.topic, None)
        assert "新专题" not in await home(gateway, tab)
    await admin.done("topic_publish", topicId=built.topic)
    assert all(["新专题" in await home(gateway, tab) for tab in ("HOME", "RECOMMENDED")])
    await admin.done("topic_unpublish", topicId=built.topic)
    assert "新专题" not in await home(gateway)


async def test_banners_stand_where_they_are_put_and_the_others_close_up(gateway: Gateway) -> None:
    admin = await desk(gateway)
    before = await order(admin)
    await admin.banner(title="甲", position=1)
    moved = await admin.banner(title="乙", position=2)
    assert await order(admin) == ["甲", "乙", *before]
    given = {"bannerId": moved["id"], "version": 1}
    at_the_end = await admin.done("banner_move", **given, position=99)
    assert (at_the_end["position"], at_the_end["version"]) == (len(before) + 2, 2)
    assert await order(admin) == ["甲", *before, "乙"]
    assert await admin.refused("banner_move", **given, position=1) == [("CONFLICT", ["version"])]
    given["version"] = 2
    grown = await revision(gateway)
    assert (await admin.done("banner_move", **given, position=len(before) + 2))["version"] == 2
    assert await revision(gateway) == grown
    assert await admin.refused("banner_move", **given, position=0) == [("BAD_USER_INPUT", ["position"])]
    given["bannerId"] = absent("Banner")
    assert await admin.refused("banner_move", **given, position=1) == [("NOT_FOUND", ["bannerId"])]
    acts = [(act, data) for act, _, data in await audited(gateway, "Banner", moved["id"])]
    assert acts[1:] == [("BANNER_MOVED", {"tab": "HOME", "position": "99"})]


async def test_the_carousel_is_in_the_order_of_the_list(gateway: Gateway) -> None:
    admin = await desk(gateway)
    for number, position in enumerate((1, 3, 2, None, 1)):
        await admin.banner(title=f"第{number}", position=position)
    seen = await home(gateway)
    assert [title for title in await order(admin) if title in seen] == seen


async def test_an_edit_is_under_a_version_and_leaves_what_is_left_out(gateway: Gateway) -> None:
    admin = await desk(gateway)
    banner = await admin.banner()
    edit = {"bannerId": banner["id"], "version": 1, "title": "改", "clientKinds": ["WEB"]}
    edited = await admin.done("banner_update", **edit)
    assert edited == {**banner, "title": "改", "clientKinds": ["WEB"], "version": 2}
    assert await admin.refused("banner_update", **edit) == [("CONFLICT", ["version"])]
    edit["version"] = 2
    grown = await revision(gateway)
    assert (await admin.done("banner_update", **edit))["version"] == 2
    assert await revision(gateway) == grown
    topic = await gateway.topic_id()
    led = await admin.done("banner_update", bannerId=banner["id"], version=2, topicId=topic)
    assert (led["topic"]["id"], led["url"]) == (topic, None)
    led = await admin.done("banner_update", bannerId=banner["id"], version=3, url="https://b.example.com/")
    assert (led["topic"], led["url"]) == (None, "https://b.example.com/")
    acts = [(act, data) for act, _, data in await audited(gateway, "Banner", banner["id"])]
    assert acts[1] == ("BANNER_UPDATED", {"changed": "title,clientKinds"})


async def test_a_demo_banner_with_a_picture_of_our_own_can_be_edited(gateway: Gateway) -> None:
    admin = await desk(gateway)
    (banner,) = [one for one in await admin.banners(tab="HOME") if one["title"] == ON_HOME]
    assert banner["imageUrl"].startswith("/static/")
    edited = await admin.done("banner_update", bannerId=banner["id"], version=1, titleEn="Training")
    assert (edited["titleEn"], edited["position"]) == ("Training", banner["position"])


async def test_in_another_tab_a_banner_stands_last(gateway: Gateway) -> None:
    admin = await desk(gateway)
    banner = await admin.banner(position=1)
    others = {tab: [t for t in await order(admin, tab) if t != "新横幅"] for tab in ("HOME", "RECOMMENDED")}
    await admin.done("banner_update", bannerId=banner["id"], version=1, tab="RECOMMENDED")
    assert await order(admin) == others["HOME"]
    assert await order(admin, "RECOMMENDED") == [*others["RECOMMENDED"], "新横幅"]


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("title", ""),
        ("title", "横" * 101),
        ("titleEn", "a\u202eb"),
        ("imageUrl", "http://media.example.com/1.png"),
        ("imageUrl", "https://media.example.com/" + "a" * 275),
        ("imageUrl", "javascript:alert(1)"),
        ("imageUrl", "https://localhost/1.png"),
        ("url", "https://user:secret@www.example.com/"),
        ("url", "https://www.example.com:99999/"),
        ("publishStart", "1999-12-31T00:00:00+08:00"),
        ("publishEnd", "2024-08-01T00:00:00+08:00"),
        ("publishEnd", "2024-08-31T00:00:00"),
        ("identities", []),
        ("clientKinds", []),
    ],
)
async def test_what_no_banner_can_have_is_refused_when_made_and_when_edited(
    gateway: Gateway, field: str, given: Any
) -> None:
    admin = await desk(gateway)
    wrong = [("BAD_USER_INPUT", [field])]
    assert await admin.refused("banner_create", **{**BANNER, field: given}) == wrong
    banner = await admin.banner()
    assert await admin.refused("banner_update", bannerId=banner["id"], version=1, **{field: given}) == wrong


async def test_a_banner_leads_to_one_thing_that_is_there(gateway: Gateway) -> None:
    admin = await desk(gateway)
    topic = await gateway.topic_id()
    both = [("BAD_USER_INPUT", ["url"])]
    assert await admin.refused("banner_create", **BANNER, topicId=topic) == both
    assert await admin.refused("banner_create", **{**BANNER, "url": None}) == both
    nowhere = {**BANNER, "url": None, "topicId": absent("Topic")}
    assert await admin.refused("banner_create", **nowhere) == [("NOT_FOUND", ["topicId"])]
    banner = await admin.banner()
    edit = {"bannerId": banner["id"], "version": 1}
    assert await admin.refused("banner_update", **edit, topicId=topic, url=BANNER["url"]) == both
    assert await admin.refused("banner_update", **edit, topicId="x") == [("NOT_FOUND", ["topicId"])]
    edit["bannerId"] = topic
    assert await admin.refused("banner_update", **edit) == [("NOT_FOUND", ["bannerId"])]


async def test_a_withdrawn_banner_is_out_for_good(gateway: Gateway) -> None:
    admin = await desk(gateway)
    before = await order(admin)
    banner = await admin.banner(position=1)
    gone = await admin.done("banner_withdraw", bannerId=banner["id"])
    assert (gone["state"], gone["position"], gone["version"]) == ("PAST", None, 2)
    assert gone["withdrawnAt"].startswith("2024-08-20T09:0")
    assert (gone["publishStart"], gone["publishEnd"]) == (banner["publishStart"], banner["publishEnd"])
    grown = await revision(gateway)
    assert await admin.done("banner_withdraw", bannerId=banner["id"]) == gone
    assert await revision(gateway) == grown
    assert await order(admin) == before
    assert "新横幅" not in await home(gateway)
    assert number_of(banner["id"], "Banner") not in {one.id for one in (await elsewhere(gateway)).banners}
    ended = [("BANNER_ENDED", ["bannerId"])]
    assert await admin.refused("banner_update", bannerId=banner["id"], version=2, title="改") == ended
    assert await admin.refused("banner_move", bannerId=banner["id"], version=2, position=1) == ended
    assert await admin.refused("banner_withdraw", bannerId=absent("Banner")) == [("NOT_FOUND", ["bannerId"])]
    acts = [act for act, _, _ in await audited(gateway, "Banner", banner["id"])]
    assert acts == ["BANNER_CREATED", "BANNER_WITHDRAWN"]


async def test_one_whose_time_is_over_shows_again_last_once_its_window_says_so(gateway: Gateway) -> None:
    admin = await desk(gateway)
    before = await order(admin)
    banner = await admin.banner(position=1, publishEnd="2024-08-20T10:00:00+08:00")
    await gateway.advance(hours=2)
    (past,) = [one for one in await admin.banners(state="PAST") if one["id"] == banner["id"]]
    assert past["position"] is None
    given = {"bannerId": banner["id"], "version": 1}
    assert await admin.refused("banner_move", **given, position=1) == [("BANNER_ENDED", ["bannerId"])]
    grown = await revision(gateway)
    assert (await admin.done("banner_withdraw", bannerId=banner["id"]))["withdrawnAt"] is None
    assert await revision(gateway) == grown
    await admin.done("banner_update", **given, publishEnd=BANNER["publishEnd"])
    assert await order(admin) == [*before, "新横幅"]


async def test_the_list_has_every_banner_by_tab_and_state(gateway: Gateway) -> None:
    admin = await desk(gateway)
    await admin.banner(title="将来", publishStart="2024-08-25T00:00:00+08:00")
    every = await whole(gateway, "managed_banners", admin.token, first=3)
    assert len({one["id"] for one in every}) == len(every) > 6
    keys = [(one["tab"], one["state"] == "PAST") for one in every]
    assert keys == sorted(keys)
    for tab in ("HOME", "RECOMMENDED"):
        for state in ("COMING", "SHOWING", "PAST"):
            wanted = [one for one in every if (one["tab"], one["state"]) == (tab, state)]
            found = await whole(gateway, "managed_banners", admin.token, first=2, tab=tab, state=state)
            assert found == wanted, (tab, state)
    assert {one["state"] for one in every} == {"COMING", "SHOWING", "PAST"}
    assert await refusal(gateway, "managed_banners", admin.token, after="x") == "BAD_USER_INPUT"
    assert await refusal(gateway, "managed_banners", await gateway.token(READY)) == "NOT_FOUND"
    assert await refusal(gateway, "managed_banners", None) == "UNAUTHENTICATED"
    node = "query($id: ID!) { node(id: $id) { __typename } }"
    given = {"id": every[0]["id"]}
    assert (await gateway.data_of(node, given, admin.token))["node"] == {"__typename": "ManagedBanner"}
    assert (await gateway.data_of(node, given, await gateway.token(READY)))["node"] is None
