from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import global_id
from player import GUIDE, SHARED, SHORT, Player, codes, player, reach, resource_id, run, value
from staffing import (
    COUNTY_ADMIN,
    PLATFORM,
    READY,
    SCHOOL_ADMIN,
    SUPPORT,
    Json,
    act,
    ask,
    errors,
    nodes,
    strong,
)


async def void(
    gateway: Gateway, token: str | None, who: Player, slug: str = SHARED, reason: str = "使用脚本刷课"
) -> Json:
    return await act(
        gateway,
        "watch_void",
        token,
        personId=str(global_id("Person", who.person)),
        topicId=who.topic,
        resourceId=await resource_id(gateway, slug),
        reason=reason,
    )


@pytest.fixture
async def watched(gateway: Gateway) -> Player:
    """A teacher who watched a video that two courses list, and another one."""
    who = await player(gateway, READY)
    await who.watch(SHARED)
    await who.watch(SHORT)
    assert await who.learned() > 0
    return who


async def test_a_void_takes_the_credits_of_every_course_back_at_once(
    gateway: Gateway, watched: Player
) -> None:
    before = (await watched.page())["progress"]
    payload = await void(gateway, await strong(gateway, PLATFORM), watched)
    assert errors(payload) == []
    after = (await watched.page())["progress"]
    assert after["learnedMs"] < before["learnedMs"]
    assert after["recognisedMs"] < before["recognisedMs"]
    assert payload["training"]["progress"]["learned"] == after["learned"]
    entry = await watched.entry(SHARED)
    assert entry["state"] == "NOT_STARTED"
    assert (await watched.entry(SHORT))["state"] == "COMPLETED"
    live = (
        "SELECT count(*) FROM credit_entry e JOIN resource r ON r.id = e.resource_id WHERE r.slug = $1 AND {}"
    )
    assert await value(gateway, live.format("voided_at IS NULL"), SHARED) == 0
    assert await value(gateway, live.format("voided_at IS NOT NULL"), SHARED) == 2
    (logged,) = nodes(await ask(gateway, "audit_log", await gateway.token(PLATFORM)))
    assert (logged["act"], logged["role"], logged["reason"]) == (
        "WATCH_VOIDED",
        "PLATFORM_ADMIN",
        "使用脚本刷课",
    )
    assert {one["key"]: one["value"] for one in logged["data"]}["person"] == str(watched.person)


async def test_what_is_void_stays_so_until_it_is_watched_again(gateway: Gateway, watched: Player) -> None:
    session = await watched.open(GUIDE)
    await session.play(0, session.duration, rate=2.0)
    before = await watched.learned()
    await void(gateway, await strong(gateway, PLATFORM), watched, GUIDE)
    less = await watched.learned()
    assert less < before
    # The old session brings nothing more, whatever the numbers of its beats and however late.
    await gateway.advance(hours=1)
    assert await session.say((0, session.duration)) == "NOT_COUNTED"
    assert await watched.learned() == less
    again = await watched.open(GUIDE)
    assert await again.say((0, again.duration)) == "DEFERRED"
    await again.play(0, again.duration, rate=1.0)
    assert await watched.learned() == before
    assert await value(gateway, "SELECT count(*) FROM completion WHERE voided_at IS NULL") == 3


async def test_voiding_twice_is_once_and_at_once_too(gateway: Gateway, watched: Player) -> None:
    admin = await strong(gateway, PLATFORM)
    said = await asyncio.gather(*(void(gateway, admin, watched) for _ in range(4)))
    assert [codes(payload) for payload in said] == [[]] * 4
    assert len({payload["training"]["progress"]["learned"] for payload in said}) == 1
    assert await value(gateway, "SELECT count(*) FROM audit_entry") == 1


async def test_a_topic_that_is_complete_no_more_loses_its_date(gateway: Gateway, watched: Player) -> None:
    await reach(gateway, watched.person, left_out=SHARED, missing_ms=1)
    await watched.watch(GUIDE)
    await watched.learned()
    await run(
        gateway, "UPDATE enrolment SET completed_at = domain_now() WHERE person_id = $1", watched.person
    )
    done = "SELECT completed_at IS NOT NULL FROM enrolment WHERE person_id = $1"
    admin = await strong(gateway, PLATFORM)
    kept = await void(gateway, admin, watched, SHORT)  # its course is at the cap without it
    assert kept["training"]["complete"] is await value(gateway, done, watched.person) is True
    lost = await void(gateway, admin, watched, SHARED)
    assert lost["training"]["complete"] is await value(gateway, done, watched.person) is False
    assert (await watched.page())["enrolment"]["completedAt"] is None


@pytest.mark.parametrize("phone", [READY, SCHOOL_ADMIN, COUNTY_ADMIN, SUPPORT])
async def test_only_the_platforms_admins_void(gateway: Gateway, watched: Player, phone: str) -> None:
    payload = await void(gateway, await strong(gateway, phone), watched)
    assert (errors(payload), payload["training"]) == ([("NOT_FOUND", [])], None)
    assert await value(gateway, "SELECT count(*) FROM completion WHERE voided_at IS NOT NULL") == 0


async def test_a_void_needs_a_fresh_second_sign_in(gateway: Gateway, watched: Player) -> None:
    stale = await strong(gateway, PLATFORM, ago=timedelta(minutes=5, seconds=1))
    for token in (await gateway.token(PLATFORM), stale):
        assert errors(await void(gateway, token, watched)) == [("SECOND_SIGN_IN_REQUIRED", [])]
    assert errors(await void(gateway, None, watched)) == [("UNAUTHENTICATED", [])]
    assert await value(gateway, "SELECT count(*) FROM audit_entry") == 0


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "REASON_REQUIRED"), ("x" * 201, "REASON_REQUIRED"), ("\u202e", "BAD_USER_INPUT")],
)
async def test_a_void_needs_a_fit_reason(gateway: Gateway, watched: Player, reason: str, code: str) -> None:
    payload = await void(gateway, await strong(gateway, PLATFORM), watched, reason=reason)
    assert errors(payload) == [(code, ["reason"])]


async def test_what_was_never_completed_is_not_found(gateway: Gateway, watched: Player) -> None:
    admin = await strong(gateway, PLATFORM)
    assert codes(await void(gateway, admin, watched, GUIDE)) == ["NOT_FOUND"]
    good = {
        "personId": str(global_id("Person", watched.person)),
        "topicId": watched.topic,
        "resourceId": await resource_id(gateway, SHARED),
        "reason": "x",
    }
    for name, wrong in (
        ("personId", global_id("Person", 10**12)),
        ("topicId", "\u0000"),
        ("resourceId", good["personId"]),
    ):
        assert codes(await act(gateway, "watch_void", admin, **{**good, name: wrong})) == ["NOT_FOUND"]
