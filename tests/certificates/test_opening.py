"""The night on which certificates open: everybody who qualifies is told once, whatever happens (PRODUCT.md §10)."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import hearing
from certifying import AUTUMN, OPENING, complete, graduate, told, topic_number
from gateway import Gateway
from mobile_gateway.actions import opening, readiness
from mobile_gateway.clock import SHANGHAI, DomainClock, real
from mobile_gateway.workers import certificates
from player import run, value
from servers import Servers
from staffing import COUNTY_ADMIN, act
from staffing import teacher as new_teacher
from teachers import READY, TWO_SCHOOLS, YUQUAN, ZHONGGUANCUN, Teacher, school_id, teacher
from tests_local import Program

NIGHT = OPENING - timedelta(minutes=1)
PEOPLE = 5_000


async def crowd(gateway: Gateway, most: int = PEOPLE) -> None:
    """Teachers who completed; every third is not approved, every fifth not complete, every seventh a parent."""
    school = await value(gateway, "SELECT id FROM school WHERE name = $1", ZHONGGUANCUN)
    await run(
        gateway,
        "INSERT INTO person (identity, phone, name)"
        " SELECT CASE WHEN n % 7 = 0 THEN 'PARENT' ELSE 'TEACHER' END, '+86188' || lpad(n::text, 8, '0'), '众'"
        " FROM generate_series(1, $1) n",
        most,
    )
    await run(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary, submitted_at, decided_at)"
        " SELECT id, $1, CASE WHEN right(phone, 8)::int % 3 = 0 THEN 'PENDING' ELSE 'APPROVED' END, true, now(),"
        "        CASE WHEN right(phone, 8)::int % 3 <> 0 THEN now() END FROM person WHERE name = '众'",
        school,
    )
    await run(
        gateway,
        "INSERT INTO enrolment (person_id, topic_id, enrolled_at, completed_at)"
        " SELECT id, $1, '2024-08-01+08:00',"
        "        CASE WHEN right(phone, 8)::int % 5 <> 0 THEN '2024-08-20+08:00'::timestamptz END"
        " FROM person WHERE name = '众'",
        topic_number(gateway),
    )


def qualify(most: int = PEOPLE) -> int:
    return sum(1 for n in range(1, most + 1) if n % 3 and n % 5 and n % 7)


async def counts(gateway: Gateway) -> tuple[int, int]:
    """Inbox rows and people of the crowd who were told."""
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT count(*), count(DISTINCT i.person_id) FROM inbox_item i JOIN person p ON p.id = i.person_id"
            " WHERE i.kind = 'CERTIFICATE_READY' AND p.name = '众'"
        )
    return row[0], row[1]


async def walk(gateway: Gateway) -> None:
    """Go on until nothing is due now."""
    while await certificates.open_claims(gateway.resources):
        pass


async def second_round(gateway: Gateway) -> None:
    """Let the two minutes pass after which the second round begins."""
    await run(gateway, "UPDATE certificate_opening SET due_at = now()")
    await walk(gateway)


async def test_before_the_opening_nobody_is_told_and_after_it_everybody_once(gateway: Gateway) -> None:
    await gateway.set_time(NIGHT)
    await crowd(gateway)
    await walk(gateway)
    assert await counts(gateway) == (0, 0)
    await gateway.set_time(OPENING)
    await walk(gateway)
    assert await counts(gateway) == (qualify(), qualify())
    await second_round(gateway)
    await walk(gateway)
    assert await counts(gateway) == (qualify(), qualify())
    row = await value(gateway, "SELECT finished_at IS NOT NULL AND round = 2 FROM certificate_opening")
    assert row
    happened = await value(
        gateway, "SELECT DISTINCT happened_at FROM inbox_item WHERE kind = 'CERTIFICATE_READY'"
    )
    assert happened == OPENING


async def test_a_chunk_tells_its_people_that_their_inbox_changed_and_no_list_grows_beyond_it(
    gateway: Gateway,
) -> None:
    await crowd(gateway)
    await gateway.set_time(OPENING)
    with hearing.told(gateway) as heard:
        await walk(gateway)
    chunks = hearing.inboxes(heard)
    assert len(chunks) > 2
    assert max(map(len, chunks)) <= opening.CHUNK
    rows = await value(
        gateway, "SELECT array_agg('inbox:' || person_id) FROM inbox_item WHERE kind = 'CERTIFICATE_READY'"
    )
    assert sorted(name for names in chunks for name in names) == sorted(rows)
    with hearing.told(gateway) as heard:
        await second_round(gateway)
    assert heard == []


async def test_several_workers_share_one_night(gateway: Gateway) -> None:
    await crowd(gateway)
    await gateway.set_time(OPENING)
    await asyncio.gather(*(walk(gateway) for _ in range(4)))
    await walk(gateway)
    assert await counts(gateway) == (qualify(), qualify())


_WALKER = """
import asyncio, sys
from datetime import datetime
from mobile_gateway.actions import opening
from mobile_gateway.clock import real
from mobile_gateway.models import database as databases

async def main():
    database = await databases.open_database(sys.argv[1], connections=2)
    await opening.begin(database, now=datetime.fromisoformat(sys.argv[2]), real_now=real())
    while True:
        walked = await opening.walk(database, real_now=real(), push_from=real(), spread_seconds=1)
        print(walked.looked_at, flush=True)

asyncio.run(main())
"""


async def test_a_walker_that_is_killed_leaves_nobody_out_and_tells_nobody_twice(
    gateway: Gateway, servers: Servers
) -> None:
    await crowd(gateway, 20_000)
    await gateway.set_time(OPENING)
    url = servers.serving(await value(gateway, "SELECT current_database()"))
    walker = Program(_WALKER, url, OPENING.isoformat())
    try:
        assert int(walker.line()) == opening.CHUNK
    finally:
        walker.close()
    told_by_then, _ = await counts(gateway)
    assert 0 < told_by_then < qualify(20_000)
    await walk(gateway)
    assert await counts(gateway) == (qualify(20_000), qualify(20_000))


async def test_a_date_that_is_moved_has_a_night_of_its_own(gateway: Gateway) -> None:
    await crowd(gateway, 100)
    await gateway.set_time(OPENING)
    await opening.begin(gateway.database, now=OPENING, real_now=real())
    later = OPENING + timedelta(days=5)
    await run(gateway, "UPDATE topic SET certificates_open_at = $1", later)
    await walk(gateway)
    assert await counts(gateway) == (0, 0)
    await gateway.set_time(later)
    await walk(gateway)
    assert await counts(gateway) == (qualify(100), qualify(100))


async def test_a_date_that_is_moved_away_and_back_leaves_nobody_out(gateway: Gateway) -> None:
    await crowd(gateway)
    await gateway.set_time(OPENING)
    await opening.begin(gateway.database, now=OPENING, real_now=real())
    assert await opening.walk(gateway.database, real_now=real(), push_from=real(), spread_seconds=1)
    await run(gateway, "UPDATE topic SET certificates_open_at = $1", OPENING + timedelta(days=5))
    await walk(gateway)
    await run(gateway, "UPDATE topic SET certificates_open_at = $1", OPENING)
    await walk(gateway)
    assert await counts(gateway) == (qualify(), qualify())


async def test_an_approval_that_waits_over_the_opening_is_told_by_one_of_the_two(gateway: Gateway) -> None:
    phone = "+8618811112222"
    number = await new_teacher(
        gateway, phone, school=await value(gateway, "SELECT id FROM school WHERE name = $1", ZHONGGUANCUN)
    )
    who = await teacher(gateway, phone)
    await complete(gateway, who)
    await gateway.set_time(NIGHT)
    before = gateway.resources.clock.now()
    await gateway.set_time(OPENING)
    await walk(gateway)
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 0
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "UPDATE teaching_record SET state = 'APPROVED', decided_at = now() WHERE id = $1", number
        )
        # The request had read the clock before midnight.
        assert len(await readiness.events(connection, who.id, before)) == 1


async def test_what_commits_behind_the_walk_is_found_by_the_second_round(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    await complete(gateway, who)
    await run(gateway, "UPDATE enrolment SET completed_at = NULL WHERE person_id = $1", who.id)
    await gateway.set_time(OPENING)
    await walk(gateway)
    await run(gateway, "UPDATE enrolment SET completed_at = '2024-08-31 23:59:59+08:00'")
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 0
    await second_round(gateway)
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1


async def test_pushes_wait_for_the_morning_and_are_spread(gateway: Gateway) -> None:
    who = await graduate(gateway, TWO_SCHOOLS, at=OPENING)
    await walk(gateway)
    async with gateway.database.connection() as connection:
        due = await connection.fetch(
            "SELECT d.due_at FROM delivery d JOIN inbox_item i ON i.person_id = d.person_id AND i.id = d.inbox_item_id"
            " WHERE d.person_id = $1 AND i.kind = 'CERTIFICATE_READY'",
            who.id,
        )
    assert len(due) == 2
    for row in due:
        assert timedelta(hours=7, minutes=59) < row["due_at"] - real() < timedelta(hours=10)


def test_pushes_begin_at_eight_of_the_domain_s_clock() -> None:
    now = real()
    night = DomainClock(now, OPENING, 600.0)
    push_from, spread = certificates.pushes_from(night, now)
    assert (push_from - now, spread) == (timedelta(seconds=48), 12.0)
    noon = DomainClock(now, datetime(2024, 9, 1, 12, tzinfo=SHANGHAI), 1.0)
    assert certificates.pushes_from(noon, now) == (now, 7200.0)


async def waiting_at_the_first_school(gateway: Gateway) -> Teacher:
    """A graduate of two schools whose primary one has not approved yet; the opening is over, and told them nothing."""
    who = await graduate(gateway, TWO_SCHOOLS, at=None)
    await run(
        gateway,
        "UPDATE teaching_record SET state = 'PENDING', decided_at = NULL WHERE person_id = $1 AND is_primary",
        who.id,
    )
    await gateway.set_time(AUTUMN)
    await walk(gateway)
    await second_round(gateway)
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 0
    return who


async def test_a_school_that_becomes_the_primary_one_tells_of_the_certificate(gateway: Gateway) -> None:
    who = await waiting_at_the_first_school(gateway)
    records = await who.records()
    other = next(one for one in records if not one["isPrimary"])
    await who.act("teaching_record_make_primary", recordId=other["id"])
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1


async def test_leaving_for_an_approved_school_tells_of_the_certificate(gateway: Gateway) -> None:
    who = await waiting_at_the_first_school(gateway)
    record = next(one for one in await who.records() if one["isPrimary"])
    await who.leave(record["id"])
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1


async def test_the_return_from_parent_tells_of_the_certificate(gateway: Gateway) -> None:
    who = await graduate(gateway, at=None)
    parent = (await who.send("identity_switch_to_parent"))["identitySwitchToParent"]["session"]
    who = Teacher(gateway, parent["accessToken"], who.id)
    await gateway.set_time(AUTUMN)
    await walk(gateway)
    await second_round(gateway)
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 0
    await who.send("identity_switch_to_teacher", input={})
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1


async def test_a_merge_that_makes_the_approved_school_the_primary_one_tells_of_the_certificate(
    gateway: Gateway,
) -> None:
    who = await waiting_at_the_first_school(gateway)
    merged, successor = await school_id(gateway, ZHONGGUANCUN), await school_id(gateway, YUQUAN)
    payload = await act(
        gateway, "school_merge", await gateway.token(COUNTY_ADMIN), schoolId=merged, successorId=successor
    )
    assert payload["userErrors"] == [], payload
    assert await who.primary() == YUQUAN
    assert await told(gateway, who.id, "CERTIFICATE_READY") == 1
