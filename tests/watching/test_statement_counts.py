"""A page makes a fixed number of statements, whatever it shows. Counted in the driver, for the request's own task."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from counting import Counting, statements
from gateway import Gateway
from player import DOCUMENT, GUIDE, READY, Player, player, resource_id, run


@pytest.fixture
async def counting(gateway: Gateway) -> AsyncIterator[Gateway]:
    whole = gateway.resources.database
    gateway.resources.database = Counting(whole._pool)
    yield gateway
    gateway.resources.database = whole


async def crowd(gateway: Gateway, who: Player) -> None:
    """A person with much to show: several trainings, an inbox, completions and coverage of every video."""
    await run(
        gateway,
        "INSERT INTO topic SELECT (jsonb_populate_record(t,"
        " jsonb_build_object('id', 900 + n, 'slug', 'copy-' || n))).* FROM topic t, generate_series(1, 8) n"
        " WHERE t.slug = 'summer-2024'",
    )
    await run(
        gateway,
        "INSERT INTO course SELECT (jsonb_populate_record(c,"
        " jsonb_build_object('id', c.id + 1000 * n, 'topic_id', 900 + n))).* FROM course c, generate_series(1, 8) n",
    )
    await run(
        gateway,
        "INSERT INTO enrolment (person_id, topic_id, enrolled_at)"
        " SELECT $1, 900 + n, now() + n * interval '1 s' FROM generate_series(1, 8) n",
        who.person,
    )
    await run(
        gateway,
        "INSERT INTO coverage (person_id, topic_id, media_version_id, spans, wipe_epoch)"
        " SELECT $1, t.id, m.id, '{[0,1000),[5000,9000)}', 0 FROM topic t, media_version m",
        who.person,
    )
    await run(
        gateway,
        "INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)"
        " SELECT $1, c.topic_id, c.id, r.id, 1000, now() FROM course c, resource r",
        who.person,
    )
    await run(
        gateway,
        "INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
        " SELECT $1, 'TOPIC_COMPLETED', 'topic:' || n, 'SERVICE',"
        ' \'{"topic": "t", "topic_en": "t", "topic_id": "1", "credits": "1.00"}\', now()'
        "   FROM generate_series(1, 60) n",
        who.person,
    )
    await run(gateway, "UPDATE revision SET value = value + 1 WHERE name = 'catalogue'")
    await gateway.resources.follow_once()


async def page_counts(gateway: Gateway, who: Player) -> dict[str, int]:
    page = await who.page()
    given = {
        "topic": {"id": who.topic},
        "course": {"id": page["courses"][0]["id"]},
        "workbench": {"first": 50},
        "my_training": {"first": 50},
        "resource_home": {"tab": "HOME"},
        "viewer": {},
        "inbox": {"first": 50},
    }
    return {name: len(await statements(gateway, name, who.token, said)) for name, said in given.items()}


EXPECTED = {
    "topic": 1,
    "course": 1,
    "workbench": 2,
    "my_training": 2,
    "resource_home": 1,
    "viewer": 1,
    "inbox": 2,
}


async def test_a_page_makes_as_many_statements_with_nothing_as_with_much_to_show(counting: Gateway) -> None:
    who = await player(counting)
    await page_counts(counting, who)
    assert await page_counts(counting, who) == EXPECTED
    await crowd(counting, who)
    assert await page_counts(counting, who) == EXPECTED


@pytest.mark.parametrize("name", ["resource_home", "topic", "course"])
async def test_pages_of_anonymous_readers_need_no_database(counting: Gateway, name: str) -> None:
    who = await player(counting)
    given = {
        "resource_home": {"tab": "HOME"},
        "topic": {"id": who.topic},
        "course": {"id": (await who.page())["courses"][0]["id"]},
    }
    assert await statements(counting, name, None, given[name]) == []


@pytest.mark.parametrize(("phone", "expected"), [("+8619900000012", 3), ("+8619900000014", 3), (READY, 2)])
async def test_staff_see_their_queue_for_one_statement_more(
    counting: Gateway, phone: str, expected: int
) -> None:
    who = await player(counting, phone, enrolled=False)
    await statements(counting, "workbench", who.token)
    assert len(await statements(counting, "workbench", who.token)) == expected


async def test_writes_make_a_fixed_number_of_statements(counting: Gateway) -> None:
    who = await player(counting)
    guide = await resource_id(counting, GUIDE)
    session = await who.open(GUIDE)
    await session.play(0, 10_000)

    async def beats(first: int, number: int) -> int:
        given = [
            {"seq": first + n, "spans": [{"fromMs": 10 * n, "toMs": 10 * n + 9, "rate": 1.0}]}
            for n in range(number)
        ]
        said = await statements(
            counting, "watch_record", who.token, {"input": {"sessionToken": session.token, "beats": given}}
        )
        return len(said)

    # BEGIN, the lock, the evidence, the write, COMMIT.
    assert await beats(100, 1) == await beats(200, 50) == 5
    given: dict[str, Any] = {"topicId": who.topic, "resourceId": guide}
    assert len(await statements(counting, "playback_open", who.token, {"input": given})) == 5
    given = {"topicId": who.topic, "resourceId": await resource_id(counting, DOCUMENT)}
    assert len(await statements(counting, "document_open", who.token, {"input": given})) == 5
