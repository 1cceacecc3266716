"""Videos and documents: made, edited, listed, taken out; and what was earned by them stays."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import number_of
from platforming import MEDIA, absent, audited, desk, elsewhere, revision
from player import SHORT, player, resource_id, value
from staffing import READY, refusal, whole

DOCUMENT = {
    "slug": "reading",
    "kind": "DOCUMENT",
    "title": "读物",
    "titleEn": "Reading",
    "documentUrl": "https://media.example.com/a.pdf",
}
VIDEO = {
    "slug": "film",
    "kind": "VIDEO",
    "title": "视频",
    "titleEn": "Film",
    "mediaUrl": MEDIA.format("film"),
    "durationMs": 600_000,
}


async def test_a_resource_is_made_and_found_by_a_part_of_its_title_or_its_slug(gateway: Gateway) -> None:
    admin = await desk(gateway)
    video = await admin.done("resource_create", **VIDEO)
    assert video["media"] == {"version": 1, "durationMs": 600_000, "url": VIDEO["mediaUrl"]}
    document = await admin.done("resource_create", **DOCUMENT)
    assert (document["media"], document["documentUrl"]) == (None, DOCUMENT["documentUrl"])
    assert await admin.refused("resource_create", **DOCUMENT) == [("SLUG_TAKEN", ["slug"])]
    searches: list[dict[str, Any]] = [
        {"search": "film"},
        {"search": " FILM"},
        {"search": "视频", "kind": "VIDEO"},
    ]
    for given in searches:
        found = await whole(gateway, "managed_resources", admin.token, **given)
        assert found[0] == video, given
    every = await whole(gateway, "managed_resources", admin.token, first=7)
    assert (
        len({one["id"] for one in every})
        == len(every)
        == await value(gateway, "SELECT count(*) FROM resource")
    )
    documents = await whole(gateway, "managed_resources", admin.token, kind="DOCUMENT")
    assert {one["kind"] for one in documents} == {"DOCUMENT"}
    assert await whole(gateway, "managed_resources", admin.token, search="100%_") == []
    assert await refusal(gateway, "managed_resources", admin.token, search="a\x00") == "BAD_USER_INPUT"
    assert await refusal(gateway, "managed_resources", await gateway.token(READY)) == "NOT_FOUND"
    assert await audited(gateway, "Resource", video["id"]) == [
        ("RESOURCE_CREATED", "PLATFORM_ADMIN", {"kind": "VIDEO"})
    ]
    node = "query($id: ID!) { node(id: $id) { __typename } }"
    assert (await gateway.data_of(node, {"id": video["id"]}, admin.token))["node"] == {
        "__typename": "ManagedResource"
    }
    assert (await gateway.data_of(node, {"id": video["id"]}))["node"] is None


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({**VIDEO, "documentUrl": "https://a.example.com"}, "RESOURCE_KIND_MISMATCH", "documentUrl"),
        ({**VIDEO, "durationMs": None}, "RESOURCE_KIND_MISMATCH", "durationMs"),
        ({**VIDEO, "mediaUrl": None}, "RESOURCE_KIND_MISMATCH", "mediaUrl"),
        ({**DOCUMENT, "documentUrl": None}, "RESOURCE_KIND_MISMATCH", "documentUrl"),
        ({**DOCUMENT, "durationMs": 1000}, "RESOURCE_KIND_MISMATCH", "durationMs"),
        ({**VIDEO, "durationMs": 999}, "BAD_USER_INPUT", "durationMs"),
        ({**VIDEO, "durationMs": 86_400_001}, "BAD_USER_INPUT", "durationMs"),
        ({**VIDEO, "mediaUrl": "http://media.example.com/a.mp4"}, "BAD_USER_INPUT", "mediaUrl"),
        ({**VIDEO, "slug": "a" * 81}, "BAD_USER_INPUT", "slug"),
        ({**VIDEO, "title": "视" * 121}, "BAD_USER_INPUT", "title"),
        ({**VIDEO, "titleEn": ""}, "BAD_USER_INPUT", "titleEn"),
        ({**DOCUMENT, "documentUrl": "https://a@b.example.com/"}, "BAD_USER_INPUT", "documentUrl"),
    ],
)
async def test_what_no_resource_can_have_is_refused(
    gateway: Gateway, given: dict[str, Any], code: str, field: str
) -> None:
    admin = await desk(gateway)
    before = await value(gateway, "SELECT count(*) FROM resource")
    assert await admin.refused("resource_create", **given) == [(code, [field])]
    assert await value(gateway, "SELECT count(*) FROM resource") == before


async def test_a_resource_is_edited_under_its_version(gateway: Gateway) -> None:
    admin = await desk(gateway)
    video = await admin.done("resource_create", **VIDEO)
    document = await admin.done("resource_create", **DOCUMENT)
    edit = {"resourceId": document["id"], "version": 1, "documentUrl": "https://media.example.com/b.pdf"}
    edited = await admin.done("resource_update", **edit, title="新读物")
    assert (edited["title"], edited["documentUrl"], edited["version"]) == ("新读物", edit["documentUrl"], 2)
    assert await admin.refused("resource_update", **edit) == [("CONFLICT", ["version"])]
    edit["resourceId"] = video["id"]
    assert await admin.refused("resource_update", **edit) == [("RESOURCE_KIND_MISMATCH", ["documentUrl"])]
    before = await revision(gateway)
    same = await admin.done("resource_update", resourceId=video["id"], version=1, title="视频")
    assert (same["version"], await revision(gateway)) == (1, before)
    edit["resourceId"] = absent("Resource")
    assert await admin.refused("resource_update", **edit) == [("NOT_FOUND", ["resourceId"])]


async def test_a_resource_is_listed_once_in_a_section_and_moved_by_listing_it_again(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.built()
    second, third = (await admin.video())["id"], (await admin.video())["id"]
    await admin.listed(built.section, second)
    found = await admin.listed(built.section, third, 1)

    def listed(section: dict[str, Any]) -> list[str]:
        assert [one["position"] for one in section["listings"]] == [1, 2, 3]
        return [one["resource"]["id"] for one in section["listings"]]

    assert listed(found) == [third, built.video, second]
    before = await revision(gateway)
    assert listed(await admin.listed(built.section, third)) == [third, built.video, second]
    assert await revision(gateway) == before
    assert listed(await admin.listed(built.section, third, 9)) == [built.video, second, third]
    given = {"sectionId": built.section, "resourceId": second}
    assert await admin.refused("resource_list", **given, position=0) == [("BAD_USER_INPUT", ["position"])]
    out = next(one for one in found["listings"] if one["resource"]["id"] == second)
    for _ in range(2):
        after = await admin.done("resource_delist", listingId=out["id"])
        assert [one["resource"]["id"] for one in after["listings"]] == [built.video, third]
    again = await admin.listed(built.section, second, 1)
    assert listed(again) == [second, built.video, third]
    assert again["listings"][0]["id"] != out["id"]
    acts = [act for act, _, _ in await audited(gateway, "Resource", second)]
    assert acts == ["RESOURCE_CREATED", "RESOURCE_LISTED", "RESOURCE_DELISTED", "RESOURCE_LISTED"]


async def test_new_media_are_a_new_version_that_every_process_plays(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.published(seconds=600)
    media = {
        "resourceId": built.video,
        "mediaVersion": 1,
        "mediaUrl": MEDIA.format("new"),
        "durationMs": 700_000,
    }
    replaced = await admin.done("media_replace", **media)
    assert replaced["media"] == {"version": 2, "durationMs": 700_000, "url": media["mediaUrl"]}
    assert (await admin.done("media_replace", **media))["media"]["version"] == 2, "the same media again"
    other = {**media, "durationMs": 800_000}
    assert await admin.refused("media_replace", **other) == [("CONFLICT", ["mediaVersion"])]
    shown = (await elsewhere(gateway)).resources[number_of(built.video, "Resource") or 0].media
    assert shown is not None
    assert (shown.duration_ms, shown.url) == (700_000, media["mediaUrl"])
    document = await admin.done("resource_create", **DOCUMENT)
    assert await admin.refused("media_replace", **{**media, "resourceId": document["id"]}) == [
        ("RESOURCE_KIND_MISMATCH", ["resourceId"])
    ]
    assert await admin.refused("media_replace", **{**media, "resourceId": absent("Resource")}) == [
        ("NOT_FOUND", ["resourceId"])
    ]
    for wrong in ({"mediaUrl": "ftp://a.example.com"}, {"durationMs": 0}):
        assert await admin.refused("media_replace", **{**media, **wrong}) == [("BAD_USER_INPUT", list(wrong))]
    acts = [(act, data) for act, _, data in await audited(gateway, "Resource", built.video)]
    assert acts[-1] == ("MEDIA_REPLACED", {"version": "2", "durationMs": "700000"})


async def test_what_was_earned_is_frozen_when_media_are_replaced_or_the_video_is_taken_out(
    gateway: Gateway,
) -> None:
    admin, who = await desk(gateway), await player(gateway)
    await who.watch(SHORT)
    before = await who.learned()
    assert before > 0
    video = await resource_id(gateway, SHORT)
    await admin.done(
        "media_replace", resourceId=video, mediaVersion=1, mediaUrl=MEDIA.format(2), durationMs=900_000
    )
    await gateway.resources.follow_once()
    assert await who.learned() == before
    assert (await who.entry(SHORT))["state"] == "COMPLETED"
    listings = [
        listing
        for course in (await admin.read(who.topic))["courses"]
        for section in course["sections"]
        for listing in section["listings"]
    ]
    (listing,) = [one["id"] for one in listings if one["resource"]["id"] == video]
    await admin.done("resource_delist", listingId=listing)
    await gateway.resources.follow_once()
    assert await who.learned() == before
    with pytest.raises(AssertionError, match=SHORT):
        await who.entry(SHORT)
    payload = await who.try_open(SHORT)
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]


async def test_new_watching_is_judged_on_the_new_version(gateway: Gateway) -> None:
    admin, who = await desk(gateway), await player(gateway)
    old = await who.open(SHORT)
    video = await resource_id(gateway, SHORT)
    media = {"resourceId": video, "mediaVersion": 1, "mediaUrl": MEDIA.format(2)}
    await admin.done("media_replace", **media, durationMs=900_000)
    new = await who.open(SHORT)
    assert (old.duration < 900_000, new.duration) == (True, 900_000)
    await new.play(0, old.duration, rate=2.0)
    assert await who.learned() == 0, "as long as the old version was"
    await new.play(old.duration, 900_000, rate=2.0)
    assert await who.learned() == 900_000
