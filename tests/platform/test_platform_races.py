"""Administrators and learners at the same moment: one after the other, and nobody sees a fault."""

from __future__ import annotations

import asyncio

import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import number_of
from platforming import BANNER, OTHER_PLATFORM, Built, Desk, audited, desk, revision
from player import run, value
from staffing import READY, Json

ROUNDS = 5


async def two(gateway: Gateway) -> tuple[Desk, Desk]:
    return await desk(gateway), await desk(gateway, OTHER_PLATFORM)


def codes(payloads: list[Json]) -> list[list[str]]:
    return sorted([error["code"] for error in payload["userErrors"]] for payload in payloads)


async def enrol(gateway: Gateway, token: str, topic: str) -> Json:
    return await gateway.payload("topicEnrol", "TopicEnrolInput", {"topicId": topic}, token, "topic { id }")


async def enrolled(gateway: Gateway, topic: str) -> int:
    query = "SELECT count(*) FROM enrolment WHERE topic_id = $1"
    return int(await value(gateway, query, number_of(topic, "Topic")))


async def test_two_administrators_editing_one_banner_at_once_are_one_edit_and_one_conflict(
    gateway: Gateway,
) -> None:
    admins = await two(gateway)
    banner = await admins[0].banner()
    for version in range(1, ROUNDS + 1):
        given = {"bannerId": banner["id"], "version": version}
        answers = await asyncio.gather(
            *(
                admin.act("banner_update", **given, title=f"{version}之{number}")
                for number, admin in enumerate(admins)
            )
        )
        assert codes(answers) == [[], ["CONFLICT"]]
        (stands,) = [one["banner"]["title"] for one in answers if one["banner"]]
        assert await value(
            gateway, "SELECT title FROM banner WHERE id = $1", number_of(banner["id"], "Banner")
        ) == (stands)


async def test_banners_made_and_moved_at_once_have_places_of_their_own(gateway: Gateway) -> None:
    admins = await two(gateway)
    made = await asyncio.gather(
        *(admin.banner(title=f"第{number}", position=1) for number in range(4) for admin in admins)
    )
    await asyncio.gather(
        *(
            admins[number % 2].act("banner_move", bannerId=one["id"], version=1, position=3)
            for number, one in enumerate(made)
        )
    )
    rows = "SELECT array_agg(position ORDER BY position) FROM banner WHERE tab = 'HOME' AND publish_end > $1"
    positions = await value(gateway, rows, gateway.resources.clock.now())
    assert positions == list(range(1, len(positions) + 1))


async def test_two_publishing_at_once_publish_once(gateway: Gateway) -> None:
    admins = await two(gateway)
    built = await admins[0].built()
    for document, act in (("topic_publish", "TOPIC_PUBLISHED"), ("topic_unpublish", "TOPIC_UNPUBLISHED")):
        before = await revision(gateway)
        answers = await asyncio.gather(*(admin.act(document, topicId=built.topic) for admin in admins * 2))
        assert codes(answers) == [[]] * 4
        assert await revision(gateway) == before + 1
        assert [one for one, _, _ in await audited(gateway, "Topic", built.topic)].count(act) == 1


async def test_one_slug_taken_by_two_at_once_is_one_topic(gateway: Gateway) -> None:
    admins = await two(gateway)
    answers = await asyncio.gather(*(admin.act("topic_create", **_topic()) for admin in admins * 2))
    assert codes(answers) == [[], *[["SLUG_TAKEN"]] * 3]


def _topic() -> Json:
    dates = {
        name: f"2024-0{month}-01T00:00:00+08:00" for name, month in (("learningStart", 8), ("learningEnd", 9))
    }
    return {
        **dates,
        "certificatesOpenAt": dates["learningEnd"],
        "slug": "once",
        "title": "一次",
        "titleEn": "Once",
        "secondsPerCredit": 60,
    }


CHANGES = {
    "seconds per credit": ("topic_update", {"version": 2, "secondsPerCredit": 300}, "CREDITS_FROZEN"),
    "required credits": ("course_update", {"version": 1, "requiredCredits": 2}, "CREDITS_FROZEN"),
    "unpublishing": ("topic_unpublish", {}, "TOPIC_HAS_ENROLMENTS"),
}


def given_of(built: Built, document: str, given: Json) -> Json:
    return (
        {**given, "courseId": built.course}
        if document == "course_update"
        else {**given, "topicId": built.topic}
    )


@pytest.mark.parametrize("change", CHANGES)
async def test_whoever_is_enrolling_while_a_promise_is_changed_comes_first_and_it_is_not(
    gateway: Gateway, change: str
) -> None:
    document, given, code = CHANGES[change]
    admin = await desk(gateway)
    built = await admin.published(seconds=6000)
    person, topic = await gateway.person(READY), number_of(built.topic, "Topic")
    async with gateway.database.connection() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO enrolment (person_id, topic_id, enrolled_at) VALUES ($1, $2, now())", person, topic
        )
        waiting = asyncio.create_task(admin.act(document, **given_of(built, document, given)))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert codes([await waiting]) == [[code]]


@pytest.mark.parametrize("change", CHANGES)
async def test_who_enrols_after_a_promise_was_changed_enrols_under_the_new_one(
    gateway: Gateway, change: str
) -> None:
    document, _, _ = CHANGES[change]
    admin = await desk(gateway)
    built = await admin.published(seconds=6000)
    token, topic = await gateway.token(READY), number_of(built.topic, "Topic")
    async with gateway.database.connection() as connection, connection.transaction():
        await connection.execute("SELECT FROM topic WHERE id = $1 FOR UPDATE", topic)
        waiting = asyncio.create_task(enrol(gateway, token, built.topic))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        if document == "topic_unpublish":
            await connection.execute("UPDATE topic SET published = false WHERE id = $1", topic)
        else:
            await connection.execute("UPDATE topic SET ms_per_credit = 300000 WHERE id = $1", topic)
    expected = ["NOT_FOUND"] if document == "topic_unpublish" else []
    assert codes([await waiting]) == [expected]
    assert await enrolled(gateway, built.topic) == (0 if expected else 1)


async def test_enrolling_and_changing_at_once_never_change_under_who_is_enrolled(gateway: Gateway) -> None:
    admin, token = await desk(gateway), await gateway.token(READY)
    for number in range(ROUNDS):
        built = await admin.published(slug=f"round-{number}", seconds=6000)
        change = {"topicId": built.topic, "version": 2, "secondsPerCredit": 300}
        joined, changed = await asyncio.gather(
            enrol(gateway, token, built.topic), admin.act("topic_update", **change)
        )
        assert codes([joined]) == [[]]
        if not changed["userErrors"]:
            assert (
                await admin.refused("topic_update", **{**change, "version": 3, "secondsPerCredit": 200})
            ) == [("CREDITS_FROZEN", ["secondsPerCredit"])]
        else:
            assert codes([changed]) == [["CREDITS_FROZEN"]]


async def test_a_revoked_administrator_acts_no_more_with_an_old_token(gateway: Gateway) -> None:
    admin = await desk(gateway)
    await run(gateway, "UPDATE staff_grant SET revoked_at = now() WHERE role = 'PLATFORM_ADMIN'")
    assert codes([await admin.act("banner_create", **BANNER)]) == [["NOT_FOUND"]]
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert codes([await admin.act("banner_create", **BANNER)]) == [["SESSION_INVALID"]]
