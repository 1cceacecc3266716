"""Who is told, after a merge, of the records that wait at the successor (PRODUCT.md §6, §10)."""

from __future__ import annotations

import pytest

from gateway import Gateway
from mobile_gateway import jobs
from mobile_gateway.schema.nodes import number_of
from schooling import COUNTY_ADMIN, EXAMPLE, SCHOOL_ADMIN, TEACHER, act, codes, created, named, school
from schooling import rows as rows_of
from staffing import YUQUAN, decide, errors, grant, teacher
from teachers import newcomer, notices

REVIEW = "TEACHER_TO_REVIEW"


async def merge(gateway: Gateway, token: str, one: int, two: int) -> None:
    payload = await act(gateway, "school_merge", token, schoolId=school(one), successorId=school(two))
    assert codes(payload) == []


async def about(gateway: Gateway, phone: str, record: str) -> list[str]:
    """The notices of one record alone: the demo's own waited without anybody being told."""
    number = number_of(record, "TeachingRecord")
    return [one for one in await notices(gateway, phone, REVIEW) if one.startswith(f"record:{number}:")]


async def subjects(gateway: Gateway, *phones: str) -> list[str]:
    """What the newest version of some people's records is called in a notice, in the order of the records."""
    found = await rows_of(
        gateway,
        "SELECT r.id, r.version FROM teaching_record r JOIN person p ON p.id = r.person_id"
        " WHERE p.phone = ANY($1) AND r.left_at IS NULL ORDER BY r.id",
        list(phones),
    )
    return [f"record:{row['id']}:v{row['version']}" for row in found]


@pytest.fixture
async def admin(gateway: Gateway) -> str:
    return await gateway.token(COUNTY_ADMIN)


async def test_who_decides_at_the_successor_is_told_once_of_each_record_that_waits(
    gateway: Gateway, admin: str
) -> None:
    old, new = await created(gateway, admin, "槐荫示例小学"), await named(gateway, EXAMPLE)
    before = await notices(gateway, SCHOOL_ADMIN, REVIEW)
    for number, state in enumerate(("PENDING", "APPROVED", "PENDING", "REJECTED")):
        await teacher(gateway, f"+861880000000{number}", school=old, state=state)
    for _ in range(2):
        await merge(gateway, admin, old, new)
    told = await notices(gateway, SCHOOL_ADMIN, REVIEW)
    assert told == [*before, *await subjects(gateway, "+8618800000000", "+8618800000002")]
    waiting = await rows_of(
        gateway,
        "SELECT i.message_class, i.data FROM inbox_item i WHERE i.subject = $1 AND NOT EXISTS"
        " (SELECT FROM person p WHERE p.id = i.person_id AND p.phone <> $2)",
        told[-1],
        SCHOOL_ADMIN,
    )
    assert [tuple(row) for row in waiting] == [("SERVICE", {})], "nobody else, nothing personal"
    record = int(told[-1].split(":")[1])
    payload = await decide(gateway, await gateway.token(SCHOOL_ADMIN), record, version=2)
    assert errors(payload) == [], "and may decide it"


async def test_an_admin_who_was_told_at_the_old_school_is_not_told_again(
    gateway: Gateway, admin: str
) -> None:
    old, new = await named(gateway, EXAMPLE), await named(gateway, YUQUAN)
    last = await created(gateway, admin, "梧桐示例小学")
    await grant(gateway, TEACHER, "SCHOOL_ADMIN", school=new)
    who = await newcomer(gateway)
    record = await who.added(EXAMPLE)
    edited = await who.act(
        "teaching_record_update", recordId=record["id"], version=record["version"], subject="体育"
    )
    assert edited["userErrors"] == [], "another version, of which nobody was told"
    first = await about(gateway, SCHOOL_ADMIN, record["id"])
    assert len(first) == 1
    await merge(gateway, admin, old, new)
    newest = await subjects(gateway, "+8618800000001")
    for _ in range(2):
        assert await about(gateway, SCHOOL_ADMIN, record["id"]) == first
        assert await about(gateway, TEACHER, record["id"]) == newest
        await merge(gateway, admin, new, last)  # nor at the next merger


async def test_who_was_told_before_a_record_was_handed_in_again_is_told_of_it_now(
    gateway: Gateway, admin: str
) -> None:
    old, new = await named(gateway, EXAMPLE), await named(gateway, YUQUAN)
    await grant(gateway, TEACHER, "SCHOOL_ADMIN", school=old)
    who = await newcomer(gateway)
    record = await who.added(EXAMPLE)
    assert len(await notices(gateway, TEACHER, REVIEW)) == 1
    number = int((await notices(gateway, TEACHER, REVIEW))[0].split(":")[1])
    token = await gateway.token(SCHOOL_ADMIN)
    assert errors(await decide(gateway, token, number, "REJECTED", reason="不符")) == []
    await gateway.advance(minutes=1)
    async with gateway.database.connection() as connection:
        await connection.execute(
            "UPDATE staff_grant SET school_id = $2 WHERE person_id = $1 AND revoked_at IS NULL",
            await gateway.person(TEACHER),
            new,
        )
    resubmitted = await who.act("teaching_record_resubmit", recordId=record["id"])
    assert resubmitted["userErrors"] == []
    await merge(gateway, admin, old, new)
    assert (await notices(gateway, TEACHER, REVIEW))[-1] == (await subjects(gateway, "+8618800000001"))[0]


async def test_an_admins_own_record_is_the_countys_to_hear_of(gateway: Gateway, admin: str) -> None:
    old, new = await created(gateway, admin, "槐荫示例小学"), await named(gateway, EXAMPLE)
    one, two = "+8618800000001", "+8618800000002"
    await teacher(gateway, one, school=old)
    await teacher(gateway, two, school=new)  # of the successor, and an admin of the school that goes into it
    for phone in (one, two):
        await grant(gateway, phone, "SCHOOL_ADMIN", school=old)
    before = await notices(gateway, SCHOOL_ADMIN, REVIEW)
    await merge(gateway, admin, old, new)
    assert await notices(gateway, COUNTY_ADMIN, REVIEW) == await subjects(gateway, one, two)
    assert await notices(gateway, SCHOOL_ADMIN, REVIEW) == before
    for phone in (one, two):
        assert await notices(gateway, phone, REVIEW) == []


async def test_the_notice_is_pushed_and_a_worker_is_nudged(gateway: Gateway, admin: str) -> None:
    old, new = await created(gateway, admin, "槐荫示例小学"), await named(gateway, EXAMPLE)
    await teacher(gateway, "+8618800000001", school=old)
    await gateway.resources.queue.flushdb()
    await merge(gateway, admin, old, new)
    nudged = set()
    for job in await gateway.resources.queue.zrange(jobs.QUEUE, 0, -1):
        stored = await gateway.resources.queue.get(b"arq:job:" + job)
        assert stored is not None
        nudged.add(jobs.deserialise(stored)["f"])
    assert nudged == {"spell_schools", "deliver"}
    await gateway.sweep()
    assert "有教师等待审核" in (gateway.data / "pushes.jsonl").read_text()


async def test_thousands_of_records_are_told_of_within_one_merge(gateway: Gateway, admin: str) -> None:
    old, new = await created(gateway, admin, "槐荫示例小学"), await named(gateway, EXAMPLE)
    await grant(gateway, TEACHER, "SCHOOL_ADMIN", school=old)
    async with gateway.database.connection() as connection:
        await connection.execute(
            "WITH p AS (INSERT INTO person (identity, phone) SELECT 'TEACHER', '+861771' || lpad(n::text, 7, '0')"
            " FROM generate_series(1, 3000) n RETURNING id), r AS (INSERT INTO teaching_record"
            " (person_id, school_id, state, is_primary, submitted_at)"
            " SELECT id, $1, 'PENDING', true, '2024-08-01T08:00+08:00' FROM p RETURNING id, version)"
            " INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
            " SELECT $2, 'TEACHER_TO_REVIEW', format('record:%s:v%s', id, version), 'SERVICE', '{}',"
            " '2024-08-01T08:00+08:00' FROM r",
            old,
            await gateway.person(TEACHER),
        )
    await merge(gateway, admin, old, new)
    counted = await rows_of(
        gateway,
        "SELECT p.phone, count(*) FROM inbox_item i JOIN person p ON p.id = i.person_id"
        " WHERE i.kind = 'TEACHER_TO_REVIEW' AND p.phone = ANY($1) GROUP BY 1 ORDER BY 1",
        [TEACHER, SCHOOL_ADMIN],
    )
    by_phone = {row["phone"]: row["count"] for row in counted}
    assert by_phone == {TEACHER: 3000, SCHOOL_ADMIN: 3000}, "and nobody twice"
