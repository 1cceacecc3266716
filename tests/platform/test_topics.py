"""Topics made, edited, published and unpublished, and what each act leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import number_of
from platforming import TOPIC, absent, audited, desk, elsewhere, revision
from player import run
from staffing import READY, ask, refusal, whole


async def enrol(gateway: Gateway, topic: str) -> list[str]:
    token = await gateway.token(READY)
    payload = await gateway.payload("topicEnrol", "TopicEnrolInput", {"topicId": topic}, token, "")
    return [error["code"] for error in payload["userErrors"]]


async def certify(gateway: Gateway, topic: str) -> None:
    await run(
        gateway,
        "INSERT INTO certificate (person_id, topic_id, version, serial, state, snapshot_sealed, masked_name,"
        " recognised_ms, first_issued_at, issued_at)"
        " VALUES ($1, $2, 1, 'ABCDEFGHJKMNPQRS', 'ISSUED', '\\x01', '张*', 1, '2024-09-01', '2024-09-01')",
        await gateway.person(READY),
        number_of(topic, "Topic"),
    )


async def test_a_new_topic_is_a_draft_that_nobody_else_sees(gateway: Gateway) -> None:
    admin, before = await desk(gateway), await revision(gateway)
    topic = await admin.topic(title=" 2025年暑期教师研修 ")
    for name, given in TOPIC.items():
        assert topic[name] == (
            given.replace("+08:00", ".000+08:00") if str(given)[-6:] == "+08:00" else given
        )
    assert (topic["state"], topic["version"], topic["hasEnrolments"]) == ("DRAFT", 1, False)
    assert [one["code"] for one in topic["lacking"]] == ["TOPIC_WITHOUT_COURSES"]
    assert await revision(gateway) == before + 1
    assert await audited(gateway, "Topic", topic["id"]) == [("TOPIC_CREATED", "PLATFORM_ADMIN", {})]
    await gateway.resources.follow_once()
    for token in (None, await gateway.token(READY), admin.token):
        assert (
            await gateway.data_of("query($id: ID!) { topic(id: $id) { id } }", {"id": topic["id"]}, token)
        ) == {"topic": None}
    assert await enrol(gateway, topic["id"]) == ["NOT_FOUND"]
    assert await refusal(gateway, "managed_topic", await gateway.token(READY), id=topic["id"]) == "NOT_FOUND"


async def test_a_slug_is_used_once(gateway: Gateway) -> None:
    admin = await desk(gateway)
    await admin.topic()
    before = await revision(gateway)
    assert await admin.refused("topic_create", **TOPIC) == [("SLUG_TAKEN", ["slug"])]
    assert await revision(gateway) == before


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("slug", "Summer 2025"),
        ("slug", "-a"),
        ("slug", "a" * 61),
        ("title", ""),
        ("title", "研\x00修"),
        ("title", "研\u202e修"),
        ("title", "研" * 101),
        ("titleEn", " "),
        ("learningStart", "2024-08-01T00:00:00"),
        ("learningEnd", "2024-08-01T00:00:00+08:00"),
        ("learningEnd", "9999-12-31T23:59:59-23:59"),
        ("certificatesOpenAt", "2024-07-31T00:00:00+08:00"),
        ("certificatesOpenAt", "0001-01-01T00:00:00+23:59"),
        ("secondsPerCredit", 0),
        ("secondsPerCredit", 7201),
    ],
)
async def test_what_no_topic_can_have_is_refused_when_made_and_when_edited(
    gateway: Gateway, field: str, given: Any
) -> None:
    admin = await desk(gateway)
    assert await admin.refused("topic_create", **{**TOPIC, field: given}) == [("BAD_USER_INPUT", [field])]
    if field != "slug":
        topic = await admin.topic()
        edit = {"topicId": topic["id"], "version": 1, field: given}
        assert await admin.refused("topic_update", **edit) == [("BAD_USER_INPUT", [field])]


async def test_an_edit_is_under_a_version_and_what_changes_nothing_keeps_it(gateway: Gateway) -> None:
    admin = await desk(gateway)
    topic = await admin.topic()
    edit = {"topicId": topic["id"], "version": 1, "title": "新标题", "secondsPerCredit": 900}
    edited = await admin.done("topic_update", **edit)
    assert (edited["title"], edited["titleEn"], edited["secondsPerCredit"]) == (
        "新标题",
        TOPIC["titleEn"],
        900,
    )
    assert edited["version"] == 2
    assert await admin.refused("topic_update", **edit) == [("CONFLICT", ["version"])]
    before = await revision(gateway)
    same = await admin.done("topic_update", **{**edit, "version": 2})
    assert (same["version"], await revision(gateway)) == (2, before)
    assert (await audited(gateway, "Topic", topic["id"]))[1:] == [
        (
            "TOPIC_UPDATED",
            "PLATFORM_ADMIN",
            {"changed": "title,msPerCredit", "from": "600000", "to": "900000"},
        )
    ]
    assert await admin.refused("topic_update", **{**edit, "topicId": absent("Topic")}) == [
        ("NOT_FOUND", ["topicId"])
    ]


async def test_publishing_names_every_course_whose_videos_cannot_reach_its_cap(gateway: Gateway) -> None:
    admin = await desk(gateway)
    topic = await admin.topic()
    publish = {"topicId": topic["id"]}
    assert await admin.refused("topic_publish", **publish) == [("TOPIC_WITHOUT_COURSES", [])]
    one, two = await admin.course(topic["id"], 2), await admin.course(topic["id"], 1)
    section = await admin.section(one["id"])
    video = await admin.video(900)
    await admin.listed(section["id"], video["id"])
    twice = await admin.section(one["id"])
    await admin.listed(twice["id"], video["id"])
    payload = await admin.act("topic_publish", **publish)
    messages = [error["message"] for error in payload["userErrors"]]
    assert [one["title"] in messages[0], two["title"] in messages[1]] == [True, True]
    assert ("1.50" in messages[0], "2.00" in messages[0]) == (True, True), (
        "each video counts once in a course"
    )
    assert [(e["code"], e["message"]) for e in (await admin.read(topic["id"]))["lacking"]] == [
        ("COURSE_BELOW_CAP", message) for message in messages
    ]
    assert [(act, role) for act, role, _ in await audited(gateway, "Topic", topic["id"])] == [
        ("TOPIC_CREATED", "PLATFORM_ADMIN")
    ]


async def test_a_published_topic_is_there_in_every_process(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.built()
    number = number_of(built.topic, "Topic")
    assert number not in (await elsewhere(gateway)).topics
    published = await admin.done("topic_publish", topicId=built.topic)
    assert (published["state"], published["lacking"], published["version"]) == ("PUBLISHED", [], 2)
    before = await revision(gateway)
    assert (await admin.done("topic_publish", topicId=built.topic))["version"] == 2
    assert await revision(gateway) == before
    assert number in (await elsewhere(gateway)).topics
    await gateway.resources.follow_once()
    page = await ask(gateway, "topic", await gateway.token(READY), id=built.topic)
    assert (page["nextStep"], page["requiredCredits"]) == ("ENROL", "1.00")
    assert await enrol(gateway, built.topic) == []
    acts = [act for act, _, _ in await audited(gateway, "Topic", built.topic)]
    assert acts == ["TOPIC_CREATED", "TOPIC_PUBLISHED"]


async def test_a_topic_is_hidden_again_until_somebody_enrols(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.published()
    for _ in range(2):
        hidden = await admin.done("topic_unpublish", topicId=built.topic)
        assert (hidden["state"], hidden["version"]) == ("DRAFT", 3)
    assert number_of(built.topic, "Topic") not in (await elsewhere(gateway)).topics
    await admin.done("topic_publish", topicId=built.topic)
    assert await enrol(gateway, built.topic) == []
    assert await admin.refused("topic_unpublish", topicId=built.topic) == [
        ("TOPIC_HAS_ENROLMENTS", ["topicId"])
    ]
    assert (await admin.read(built.topic))["hasEnrolments"] is True
    for document in ("topic_publish", "topic_unpublish"):
        assert await admin.refused(document, topicId=absent("Topic")) == [("NOT_FOUND", ["topicId"])]
        assert await admin.refused(document, topicId=built.course) == [("NOT_FOUND", ["topicId"])]


async def test_what_a_certificate_promises_is_frozen_once_anyone_is_enrolled(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.published(seconds=6000)
    edit = {"topicId": built.topic, "version": 2}
    assert (await admin.done("topic_update", **edit, secondsPerCredit=1200))["version"] == 3
    assert await enrol(gateway, built.topic) == []
    edit["version"] = 3
    assert await admin.refused("topic_update", **edit, secondsPerCredit=600) == [
        ("CREDITS_FROZEN", ["secondsPerCredit"])
    ]
    assert await admin.refused("course_update", courseId=built.course, version=1, requiredCredits=2) == [
        ("CREDITS_FROZEN", ["requiredCredits"])
    ]
    course = {"slug": "new", "title": "新课程", "titleEn": "New", "requiredCredits": 1}
    assert await admin.refused("course_add", topicId=built.topic, **course) == [
        ("CREDITS_FROZEN", ["topicId"])
    ]
    edited = await admin.done(
        "topic_update", **edit, secondsPerCredit=1200, title="新标题", learningEnd="2024-11-01T00:00:00+08:00"
    )
    assert (edited["title"], edited["learningEnd"]) == ("新标题", "2024-11-01T00:00:00.000+08:00")
    renamed = await admin.done(
        "course_update", courseId=built.course, version=1, title="新名称", requiredCredits=1
    )
    assert (renamed["title"], renamed["version"]) == ("新名称", 2)


async def test_a_published_topic_stays_possible_to_earn_until_learning_is_over(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.published(seconds=600)
    below: list[tuple[str, list[str]]] = [("COURSE_BELOW_CAP", [])]
    media = {"resourceId": built.video, "mediaVersion": 1, "mediaUrl": "https://media.example.com/2.mp4"}
    assert await admin.refused("topic_update", topicId=built.topic, version=2, secondsPerCredit=601) == below
    assert await admin.refused("course_update", courseId=built.course, version=1, requiredCredits=2) == below
    course = {"slug": "new", "title": "新课程", "titleEn": "New", "requiredCredits": 1}
    assert await admin.refused("course_add", topicId=built.topic, **course) == below
    assert await admin.refused("resource_delist", listingId=built.listing) == below
    assert await admin.refused("media_replace", **media, durationMs=599_000) == below
    ended = {"learningStart": "2024-07-01T00:00:00+08:00", "learningEnd": "2024-08-19T00:00:00+08:00"}
    opening = {"certificatesOpenAt": "2024-08-01T00:00:00+08:00"}
    await admin.done("topic_update", topicId=built.topic, version=2, **ended, **opening)
    await admin.done("media_replace", **media, durationMs=599_000)
    assert (await admin.done("resource_delist", listingId=built.listing))["listings"] == []


async def test_the_opening_of_certificates_moves_until_the_first_is_issued(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.published()
    edit = {"topicId": built.topic, "certificatesOpenAt": "2024-09-02T00:00:00+08:00"}
    assert (await admin.done("topic_update", **edit, version=2))["version"] == 3
    await certify(gateway, built.topic)
    edit["certificatesOpenAt"] = "2024-09-03T00:00:00+08:00"
    assert await admin.refused("topic_update", **edit, version=3) == [
        ("CERTIFICATES_ISSUED", ["certificatesOpenAt"])
    ]
    await run(gateway, "UPDATE certificate SET state = 'VOID', voided_at = now(), void_reason = 'FRAUD'")
    assert await admin.refused("topic_update", **edit, version=3) == [
        ("CERTIFICATES_ISSUED", ["certificatesOpenAt"])
    ]
    read = await admin.read(built.topic)
    assert (read["hasCertificates"], read["certificatesOpenAt"]) == (True, "2024-09-02T00:00:00.000+08:00")


async def test_the_list_has_every_topic_newest_first_with_its_state(gateway: Gateway) -> None:
    admin = await desk(gateway)
    drafts = [(await admin.topic(slug=f"draft-{number}"))["id"] for number in range(3)]
    old = await gateway.topic_id()
    found = await whole(gateway, "managed_topics", admin.token)
    assert [one["id"] for one in found] == [*reversed(drafts), old]
    for first in (1, 2):
        assert await whole(gateway, "managed_topics", admin.token, first=first) == found
    assert {one["state"] for one in found[:3]} == {"DRAFT"}
    assert [one["title"] for one in found[3]["courses"]][:1] == ["大力弘扬教育家精神"]
    assert [one["id"] for one in await whole(gateway, "managed_topics", admin.token, state="PUBLISHED")] == [
        old
    ]
    drafted = await whole(gateway, "managed_topics", admin.token, state="DRAFT")
    assert [one["id"] for one in drafted] == list(reversed(drafts))
    node = "query($id: ID!) { node(id: $id) { __typename id } }"
    seen = await gateway.data_of(node, {"id": drafts[0]}, admin.token)
    assert seen["node"] == {"__typename": "ManagedTopic", "id": drafts[0]}
    assert (await gateway.data_of(node, {"id": drafts[0]}, await gateway.token(READY)))["node"] is None
