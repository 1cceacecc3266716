"""Courses, sections and listings: their order, their versions, their limits."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.rules import topics
from mobile_gateway.schema.nodes import number_of
from platforming import Desk, absent, audited, desk, revision
from player import run, value
from staffing import ask


async def order(admin: Desk, topic: str) -> list[str]:
    found = (await admin.read(topic))["courses"]
    assert [one["position"] for one in found] == list(range(1, len(found) + 1))
    return [one["title"] for one in found]


async def test_courses_stand_where_they_are_put_and_the_others_close_up(gateway: Gateway) -> None:
    admin = await desk(gateway)
    topic = (await admin.topic())["id"]
    for title, position in (("甲", None), ("乙", None), ("丙", 1), ("丁", 2), ("戊", 99)):
        await admin.course(topic, title=title, position=position)
    assert await order(admin, topic) == ["丙", "丁", "甲", "乙", "戊"]
    third = (await admin.read(topic))["courses"][2]
    moved = await admin.done("course_update", courseId=third["id"], version=1, position=1)
    assert (moved["position"], moved["version"]) == (1, 2)
    assert await order(admin, topic) == ["甲", "丙", "丁", "乙", "戊"]
    before = await revision(gateway)
    assert (await admin.done("course_update", courseId=third["id"], version=2, position=1))["version"] == 2
    assert await revision(gateway) == before
    await admin.done("course_update", courseId=third["id"], version=2, position=1_000_000)
    assert await order(admin, topic) == ["丙", "丁", "乙", "戊", "甲"]


async def test_a_course_is_edited_under_its_version(gateway: Gateway) -> None:
    admin = await desk(gateway)
    topic = (await admin.topic())["id"]
    course = await admin.course(topic, slug="ethics")
    assert (course["slug"], course["requiredCredits"], course["videoSeconds"]) == ("ethics", 1, 0)
    edit = {
        "courseId": course["id"],
        "version": 1,
        "title": "师德",
        "titleEn": "Ethics",
        "requiredCredits": 3,
    }
    edited = await admin.done("course_update", **edit)
    assert (edited["title"], edited["titleEn"], edited["requiredCredits"]) == ("师德", "Ethics", 3)
    assert await admin.refused("course_update", **edit) == [("CONFLICT", ["version"])]
    given = {"topicId": topic, "title": "别的", "titleEn": "Other", "requiredCredits": 1}
    assert await admin.refused("course_add", **given, slug="ethics") == [("SLUG_TAKEN", ["slug"])]
    assert [act for act, _, _ in await audited(gateway, "Course", course["id"])] == [
        "COURSE_ADDED",
        "COURSE_UPDATED",
    ]
    other = (await admin.topic(slug="other"))["id"]
    assert (await admin.course(other, slug="ethics"))["slug"] == "ethics", "a slug is unique in its topic"


async def test_sections_stand_where_they_are_put_and_are_edited_under_their_version(gateway: Gateway) -> None:
    admin = await desk(gateway)
    course = (await admin.course((await admin.topic())["id"]))["id"]
    one, two = await admin.section(course), await admin.section(course)
    first = await admin.section(course, position=1)
    assert [one["position"], two["position"], first["position"]] == [1, 2, 1]
    edit = {"sectionId": two["id"], "version": 1, "title": "第二章", "titleEn": "E" * 160, "position": 1}
    edited = await admin.done("section_update", **edit)
    assert (edited["title"], edited["position"], edited["version"]) == ("第二章", 1, 2)
    assert await admin.refused("section_update", **edit) == [("CONFLICT", ["version"])]
    before = await revision(gateway)
    assert (await admin.done("section_update", **{**edit, "version": 2}))["version"] == 2
    assert await revision(gateway) == before
    acts = [act for act, _, _ in await audited(gateway, "Course", course)]
    assert acts == ["COURSE_ADDED", *["SECTION_ADDED"] * 3, "SECTION_UPDATED"]


@pytest.mark.parametrize(
    ("document", "given", "field"),
    [
        ("course_add", {"slug": "Ethik!"}, "slug"),
        ("course_add", {"title": "\ufeff"}, "title"),
        ("course_add", {"titleEn": "E" * 101}, "titleEn"),
        ("course_add", {"requiredCredits": 0}, "requiredCredits"),
        ("course_add", {"requiredCredits": 201}, "requiredCredits"),
        ("course_add", {"position": 0}, "position"),
        ("course_update", {"requiredCredits": 201}, "requiredCredits"),
        ("course_update", {"position": -1}, "position"),
        ("section_add", {"title": ""}, "title"),
        ("section_add", {"titleEn": "E" * 161}, "titleEn"),
        ("section_update", {"position": 0}, "position"),
        ("section_update", {"title": "一\x07"}, "title"),
    ],
)
async def test_what_no_outline_can_have_is_refused(
    gateway: Gateway, document: str, given: dict[str, Any], field: str
) -> None:
    admin = await desk(gateway)
    built = await admin.built()
    whole: dict[str, dict[str, Any]] = {
        "course_add": {
            "topicId": built.topic,
            "slug": "a",
            "title": "一",
            "titleEn": "E",
            "requiredCredits": 1,
        },
        "course_update": {"courseId": built.course, "version": 1},
        "section_add": {"courseId": built.course, "title": "一", "titleEn": "E"},
        "section_update": {"sectionId": built.section, "version": 1},
    }
    assert await admin.refused(document, **{**whole[document], **given}) == [("BAD_USER_INPUT", [field])]


async def test_what_there_is_not_is_not_found(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.built()
    titles = {"title": "一", "titleEn": "E"}
    course = {"topicId": built.section, "slug": "a", "requiredCredits": 1}
    assert await admin.refused("course_add", **titles, **course) == [("NOT_FOUND", ["topicId"])]
    edit = {"courseId": absent("Course"), "version": 1}
    assert await admin.refused("course_update", **edit) == [("NOT_FOUND", ["courseId"])]
    assert await admin.refused("section_add", **titles, courseId="x") == [("NOT_FOUND", ["courseId"])]
    edit = {"sectionId": absent("Section"), "version": 1}
    assert await admin.refused("section_update", **edit) == [("NOT_FOUND", ["sectionId"])]
    listing = {"sectionId": built.section, "resourceId": absent("Resource")}
    assert await admin.refused("resource_list", **listing) == [("NOT_FOUND", ["resourceId"])]
    listing = {"sectionId": absent("Section"), "resourceId": built.video}
    assert await admin.refused("resource_list", **listing) == [("NOT_FOUND", ["sectionId"])]
    assert await admin.refused("resource_delist", listingId=absent("Listing")) == [
        ("NOT_FOUND", ["listingId"])
    ]
    assert await ask(gateway, "managed_topic", admin.token, id=absent("Topic")) is None


async def test_an_outline_grows_to_its_limits_and_no_further(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.built()
    rows = (
        (
            "course",
            "topic_id, slug, title, title_en, required_credits",
            "$1, 'c' || n, '课', 'C', 1",
            built.topic,
        ),
        ("section", "course_id, title, title_en", "$1, '节', 'S'", built.course),
    )
    for table, columns, values, parent in rows:
        await run(
            gateway,
            f"INSERT INTO {table} ({columns}, position)"
            f" SELECT {values}, n FROM generate_series(2, {topics.MOST_COURSES}) n",
            number_of(parent, "Topic", "Course"),
        )
    titles = {"title": "一", "titleEn": "E"}
    full: list[tuple[str, list[str]]] = [("OUTLINE_FULL", [])]
    course = {"topicId": built.topic, "slug": "more", "requiredCredits": 1}
    assert await admin.refused("course_add", **titles, **course) == full
    assert await admin.refused("section_add", **titles, courseId=built.course) == full
    section = number_of(built.section, "Section")
    await run(
        gateway,
        "INSERT INTO resource (slug, kind, title, title_en, document_url)"
        " SELECT 'd' || n, 'DOCUMENT', 'd', 'd', 'https://a.example.com' FROM generate_series(1, 199) n",
    )
    await run(
        gateway,
        "INSERT INTO listing (section_id, resource_id, position)"
        " SELECT $1, id, 1 + id FROM resource WHERE slug ~ '^d[0-9]+$'",
        section,
    )
    video = (await admin.video())["id"]
    assert await admin.refused("resource_list", sectionId=built.section, resourceId=video) == full
    await admin.listed(built.section, built.video, 200)
    count = "SELECT count(*) FROM listing WHERE section_id = $1 AND position BETWEEN 1 AND 200"
    assert await value(gateway, count, section) == topics.MOST_LISTINGS
