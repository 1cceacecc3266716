"""The inbox over GraphQL: filters, marking, preferences, and what a page costs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from counting import Counting, statements
from gateway import Gateway
from mobile_gateway.actions import inbox as acts
from mobile_gateway.actions import notifying
from mobile_gateway.clock import real
from mobile_gateway.models import database as databases
from mobile_gateway.rules.words import NotificationKind
from mobile_gateway.schema import operations
from mobile_gateway.workers import pushes
from player import run, value
from pushing import OTHER, READY, Scripted, accepts, actor, only, tell
from staffing import COUNTY_ADMIN, PLATFORM, SCHOOL_ADMIN, SUPPORT, Json, act, errors

STAFF_KINDS = {"TEACHER_TO_REVIEW", "TEACHER_LEFT", "TICKET_TO_HANDLE"}


async def page(gateway: Gateway, token: str, **given: Any) -> tuple[int, list[Json]]:
    viewer = (await gateway.data_of(operations.by_file()["inbox"], given, token))["viewer"]
    return viewer["inboxUnread"], [edge["node"] for edge in viewer["inbox"]["edges"]]


async def say(gateway: Gateway, kind: NotificationKind, subject: str) -> None:
    data = {"course": "课", "course_en": "C", "course_id": "1", "credits": "1.00"}
    async with gateway.database.transaction() as connection:
        event = notifying.Event(kind, subject, data, real())
        await notifying.notify(connection, await gateway.person(READY), [event])


async def test_the_inbox_is_filtered_by_kind_and_by_what_is_unread(gateway: Gateway) -> None:
    token = await gateway.token(READY)
    await run(gateway, "DELETE FROM inbox_item")
    for number in range(3):
        await tell(gateway, subject=f"topic:{number}")
        await say(gateway, NotificationKind.COURSE_CREDIT_REACHED, f"course:{number}")
    unread, every = await page(gateway, token)
    assert (unread, len(every)) == (6, 6)
    _, courses = await page(gateway, token, kinds=["COURSE_CREDIT_REACHED"])
    assert {one["kind"] for one in courses} == {"COURSE_CREDIT_REACHED"}
    assert len(courses) == 3
    await act(gateway, "inbox_item_mark_read", token, itemId=courses[0]["id"])
    unread, left = await page(
        gateway, token, unreadOnly=True, kinds=["COURSE_CREDIT_REACHED", "PHONE_CHANGED"]
    )
    assert (unread, [one["id"] for one in left]) == (5, [one["id"] for one in courses[1:]])
    assert (await page(gateway, token, kinds=["PHONE_CHANGED"]))[1] == []
    assert (await page(gateway, token, kinds=[]))[1] == []


async def test_filtered_pages_follow_one_another(gateway: Gateway) -> None:
    token = await gateway.token(READY)
    await run(gateway, "DELETE FROM inbox_item")
    for number in range(5):
        await tell(gateway, subject=f"topic:{number}")
        await say(gateway, NotificationKind.COURSE_CREDIT_REACHED, f"course:{number}")
    seen, after = [], None
    while True:
        given = {"first": 2, "after": after, "unreadOnly": True, "kinds": ["TOPIC_COMPLETED"]}
        answer = (await gateway.data_of(operations.by_file()["inbox"], given, token))["viewer"]["inbox"]
        seen += [edge["node"]["id"] for edge in answer["edges"]]
        if not answer["pageInfo"]["hasNextPage"]:
            break
        after = answer["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == 5


async def test_marking_all_marks_what_was_seen_and_not_what_came_later(gateway: Gateway) -> None:
    token = await gateway.token(READY)
    await run(gateway, "DELETE FROM inbox_item")
    for number in range(3):
        await tell(gateway, subject=f"topic:{number}")
    await tell(gateway, OTHER)
    _, seen = await page(gateway, token)
    await tell(gateway, subject="topic:later")
    for _ in range(2):
        payload = await act(gateway, "inbox_mark_all_read", token, upTo=seen[0]["id"])
        assert (payload["unread"], payload["userErrors"]) == (1, [])
    unread, now = await page(gateway, token)
    assert (unread, [one["readAt"] is None for one in now]) == (1, [True, False, False, False])
    assert (await page(gateway, await gateway.token(OTHER)))[0] == 1
    moment = now[1]["readAt"]
    await act(gateway, "inbox_mark_all_read", token, upTo=now[0]["id"])
    assert (await page(gateway, token))[1][1]["readAt"] == moment  # what was read stays read at its time


async def test_marking_up_to_what_is_not_the_viewers_is_refused(gateway: Gateway) -> None:
    await tell(gateway, OTHER)
    _, (theirs, *_) = await page(gateway, await gateway.token(OTHER))
    token = await gateway.token(READY)
    for item in (theirs["id"], "", "x", await gateway.topic_id(), "SW5ib3hJdGVtOjA"):
        payload = await act(gateway, "inbox_mark_all_read", token, upTo=item)
        assert (payload["unread"], errors(payload)) == (None, [("NOT_FOUND", ["upTo"])])
    assert errors(await act(gateway, "inbox_mark_all_read", None, upTo=theirs["id"])) == [
        ("UNAUTHENTICATED", [])
    ]
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert errors(await act(gateway, "inbox_mark_all_read", token, upTo=theirs["id"])) == [
        ("SESSION_INVALID", [])
    ]


async def test_marking_all_at_once_with_new_rows_marks_none_of_them(gateway: Gateway) -> None:
    await run(gateway, "DELETE FROM inbox_item")
    who = await actor(gateway, READY)
    for number in range(10):
        await tell(gateway, subject=f"topic:{number}")
        newest = await value(gateway, "SELECT max(id) FROM inbox_item")
        marked, _ = await asyncio.gather(
            acts.mark_all_read(gateway.database, actor=who, up_to=newest, now=real()),
            tell(gateway, subject=f"topic:new-{number}"),
        )
        assert marked in {0, 1}
        assert (
            await value(
                gateway, "SELECT count(*) FROM inbox_item WHERE id > $1 AND read_at IS NOT NULL", newest
            )
            == 0
        )
        await run(gateway, "DELETE FROM inbox_item")


async def preferences(gateway: Gateway, phone: str) -> dict[str, tuple[str, bool]]:
    data = await gateway.data_of(
        operations.by_file()["notification_preferences"], None, await gateway.token(phone)
    )
    return {
        one["kind"]: (one["messageClass"], one["push"]) for one in data["viewer"]["notificationPreferences"]
    }


async def test_every_kind_has_a_preference_and_staff_kinds_are_for_staff(gateway: Gateway) -> None:
    every = set(NotificationKind)
    found = await preferences(gateway, READY)
    assert set(found) == every - STAFF_KINDS
    assert {kind for kind, (message_class, _) in found.items() if message_class == "MARKETING"} == {
        "CAMPAIGN"
    }
    assert all(push for _, push in found.values())
    for phone in (SCHOOL_ADMIN, COUNTY_ADMIN):
        assert set(await preferences(gateway, phone)) == every - {"TICKET_TO_HANDLE"}
    assert set(await preferences(gateway, SUPPORT)) == every - {"TEACHER_TO_REVIEW", "TEACHER_LEFT"}
    assert set(await preferences(gateway, PLATFORM)) == every - STAFF_KINDS


async def test_a_kind_that_is_not_wanted_is_in_the_inbox_and_is_not_pushed(gateway: Gateway) -> None:
    await only(gateway)
    await run(gateway, "DELETE FROM inbox_item")
    token = await gateway.token(READY)
    for _ in range(2):
        payload = await act(gateway, "notification_preference_set", token, kind="TOPIC_COMPLETED", push=False)
        assert payload["preference"] == {"kind": "TOPIC_COMPLETED", "messageClass": "SERVICE", "push": False}
    assert (await preferences(gateway, READY))["TOPIC_COMPLETED"] == ("SERVICE", False)
    await tell(gateway)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert provider.sent == []
    assert (await page(gateway, token))[0] == 1
    await act(gateway, "notification_preference_set", token, kind="TOPIC_COMPLETED", push=True)
    await tell(gateway, subject="topic:again")
    await pushes.deliver(gateway.database, provider)
    assert len(provider.sent) == 1
    assert await value(gateway, "SELECT count(*) FROM notification_preference") == 1


async def test_a_kind_of_staff_is_not_found_by_others(gateway: Gateway) -> None:
    given = {"kind": "TICKET_TO_HANDLE", "push": False}
    payload = await act(gateway, "notification_preference_set", await gateway.token(READY), **given)
    assert (payload["preference"], errors(payload)) == (None, [("NOT_FOUND", ["kind"])])
    payload = await act(gateway, "notification_preference_set", await gateway.token(SUPPORT), **given)
    assert payload["userErrors"] == []
    assert errors(await act(gateway, "notification_preference_set", None, **given)) == [
        ("UNAUTHENTICATED", [])
    ]
    answer = await gateway.execute(
        operations.by_file()["notification_preference_set"],
        {"input": {"kind": "NOTHING", "push": False}},
        await gateway.token(READY),
    )
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_wishes_said_at_once_leave_one_row(gateway: Gateway) -> None:
    who = await actor(gateway, READY)
    await asyncio.gather(
        *(
            acts.prefer(gateway.database, actor=who, kind=NotificationKind.CAMPAIGN, push=bool(number % 2))
            for number in range(10)
        )
    )
    assert await value(gateway, "SELECT count(*) FROM notification_preference") == 1


@pytest.mark.parametrize(
    ("operation", "most"), [("inbox", 2), ("devices", 2), ("notification_preferences", 2)]
)
async def test_pages_of_the_inbox_have_a_fixed_number_of_statements(
    gateway: Gateway, operation: str, most: int
) -> None:
    opened = await databases.open_database(gateway.resources.settings.database_url)
    gateway.resources.database = Counting(opened._pool)
    for number in range(3):
        await tell(gateway, subject=f"topic:{number}")
    token = await gateway.token(READY)
    assert len(await statements(gateway, operation, token)) == most
    for number in range(20):
        await tell(gateway, subject=f"topic:more-{number}")
    assert len(await statements(gateway, operation, token)) == most
    await opened.close()
