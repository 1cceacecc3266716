"""Acts on one person's records at the same moment, each over HTTP or in a transaction of its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.actions import leaving
from mobile_gateway.rules.words import RecordState
from mobile_gateway.schema.nodes import number_of
from player import value
from teachers import (
    PENDING,
    QINGHE,
    READY,
    SCHOOL_ADMIN,
    TWO_SCHOOLS,
    XISHAN,
    YUQUAN,
    ZHONGGUANCUN,
    Teacher,
    change,
    decide,
    newcomer,
    notices,
    refusals,
    school_id,
    teacher,
)

ROUNDS = 6


async def approve(gateway: Gateway, record: str, version: int) -> bool:
    """As an admin decides: hold the row, compare what was seen, write; answers whether it was decided."""
    number = number_of(record, "TeachingRecord")
    async with gateway.database.transaction() as connection:
        row = await connection.fetchrow(
            "SELECT state, version, left_at FROM teaching_record WHERE id = $1 FOR UPDATE", number
        )
        if (row["state"], row["version"]) != ("PENDING", version):
            return False
        await connection.execute(
            "UPDATE teaching_record SET state = 'APPROVED', decided_at = now(), version = version + 1 WHERE id = $1",
            number,
        )
        return True


async def remove(gateway: Gateway, person: int, record: str) -> bool:
    """As an admin removes a teacher: the shared way of leaving."""
    number = number_of(record, "TeachingRecord")
    async with gateway.database.transaction() as connection:
        held = {one.id: one for one in await leaving.hold(connection, person)}
        found = held.get(number or 0)
        if found is None or found.state is not RecordState.APPROVED:
            return False
        now = await connection.fetchval("SELECT now()")
        await leaving.leave(connection, person, found, reason="已调离", now=now)
        return True


async def primaries(gateway: Gateway, person: int) -> int:
    found: int = await value(
        gateway,
        "SELECT count(*) FROM teaching_record WHERE person_id = $1 AND is_primary AND left_at IS NULL",
        person,
    )
    return found


async def rounds(gateway: Gateway) -> list[Teacher]:
    return [await newcomer(gateway, f"+861880000{1000 + n:04d}") for n in range(ROUNDS)]


async def test_of_leaving_and_approving_at_once_both_orders_end_in_a_record_that_was_left(
    gateway: Gateway,
) -> None:
    for who in await rounds(gateway):
        record = await who.added(ZHONGGUANCUN)
        approved, left = await asyncio.gather(
            approve(gateway, record["id"], record["version"]), who.leave(record["id"])
        )
        assert left["userErrors"] == []
        assert left["record"]["state"] == ("REMOVED" if approved else "WITHDRAWN")
        assert await who.records() == []
        assert not await approve(gateway, record["id"], record["version"])


async def test_an_edit_and_an_approval_at_once_never_approve_what_was_not_seen(gateway: Gateway) -> None:
    for who in await rounds(gateway):
        record = await who.added(ZHONGGUANCUN)
        given = {"recordId": record["id"], "version": 1, "schoolId": await school_id(gateway, YUQUAN)}
        approved, moved = await asyncio.gather(
            approve(gateway, record["id"], 1), who.act("teaching_record_update", **given)
        )
        (after,) = await who.records()
        if approved:
            assert refusals(moved) == [("CONFLICT", ["version"])]
            assert (after["state"], after["school"]["name"]) == ("APPROVED", ZHONGGUANCUN)
        else:
            assert refusals(moved) == []
            assert (after["state"], after["school"]["name"]) == ("PENDING", YUQUAN)


async def test_a_changed_document_and_an_approval_at_once_never_approve_another_document(
    gateway: Gateway,
) -> None:
    for place, who in enumerate(await rounds(gateway)):
        record = await who.added(ZHONGGUANCUN)
        given = {"documentType": "PASSPORT", "documentNumber": f"E1234{place}"}
        approved, edited = await asyncio.gather(
            approve(gateway, record["id"], 1), who.act("profile_update", version=1, **given)
        )
        if approved:
            assert refusals(edited) == [("FIELD_LOCKED_VERIFIED", ["documentNumber"])]
        else:
            assert refusals(edited) == []
            assert (await who.records())[0]["state"] == "PENDING"


async def test_two_adds_of_one_school_at_once_add_one(gateway: Gateway) -> None:
    for who in await rounds(gateway):
        answers = await asyncio.gather(*(who.add(YUQUAN) for _ in range(4)))
        said = sorted(str(refusals(one)) for one in answers)
        assert said == ["[('TEACHING_RECORD_EXISTS', ['schoolId'])]"] * 3 + ["[]"]
        assert len(await who.records()) == 1


async def test_adds_of_several_schools_at_once_leave_one_primary(gateway: Gateway) -> None:
    for who in await rounds(gateway):
        schools = (YUQUAN, QINGHE, XISHAN, ZHONGGUANCUN)
        answers = await asyncio.gather(*(who.add(name, isPrimary=True) for name in schools))
        assert [refusals(one) for one in answers] == [[]] * 4
        assert await primaries(gateway, who.id) == 1


async def test_adds_at_once_do_not_pass_the_limit(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    await change(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary)"
        " SELECT $1, s.id, 'PENDING', false FROM school s WHERE name NOT IN ($2, $3, $4) ORDER BY s.id LIMIT 8",
        who.id,
        YUQUAN,
        QINGHE,
        XISHAN,
    )
    answers = await asyncio.gather(*(who.add(name) for name in (YUQUAN, QINGHE, XISHAN)))
    said = [code for one in answers for code, _ in refusals(one)]
    assert said == ["TEACHING_RECORDS_EXCEEDED"]
    assert len(await who.records()) == 10


async def test_make_primary_of_several_at_once_leaves_exactly_one(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    ids = [(await who.added(name))["id"] for name in (YUQUAN, QINGHE, XISHAN, ZHONGGUANCUN)]
    for _ in range(ROUNDS):
        answers = await asyncio.gather(
            *(who.act("teaching_record_make_primary", recordId=one) for one in ids)
        )
        assert [refusals(one) for one in answers] == [[]] * 4
        assert await primaries(gateway, who.id) == 1


async def test_two_leaves_at_once_are_one(gateway: Gateway) -> None:
    for who in await rounds(gateway):
        record = await who.added(ZHONGGUANCUN)
        await decide(gateway, record["id"])
        answers = await asyncio.gather(*(who.leave(record["id"]) for _ in range(4)))
        assert all(one == answers[0] for one in answers)
        assert answers[0]["record"]["version"] == 3
    assert len(await notices(gateway, SCHOOL_ADMIN, "TEACHER_LEFT")) == ROUNDS


async def test_leaving_both_schools_at_once_ends_without_a_primary(gateway: Gateway) -> None:
    for who in await rounds(gateway):
        ids = [(await who.added(name))["id"] for name in (YUQUAN, QINGHE)]
        answers = await asyncio.gather(*(who.leave(one) for one in ids))
        assert [refusals(one) for one in answers] == [[], []]
        assert await who.records() == []


@pytest.mark.parametrize("other", ["add", "make_primary", "leave"])
async def test_an_admins_removal_beside_the_owners_act_leaves_one_primary(
    gateway: Gateway, other: str
) -> None:
    for who in await rounds(gateway):
        first = await who.added(ZHONGGUANCUN)
        await decide(gateway, first["id"])
        second = await who.added(QINGHE) if other != "add" else None
        acts: dict[str, Any] = {
            "add": lambda who=who: who.add(YUQUAN),
            "make_primary": lambda who=who, one=second: who.act(
                "teaching_record_make_primary", recordId=one["id"]
            ),
            "leave": lambda who=who, one=second: who.leave(one["id"]),
        }
        removed, said = await asyncio.gather(remove(gateway, who.id, first["id"]), acts[other]())
        assert removed
        assert said["userErrors"] == []
        assert await primaries(gateway, who.id) == (0 if other == "leave" else 1)


async def test_a_school_merged_at_the_same_moment_gets_no_new_record(gateway: Gateway) -> None:
    async def merge(old: str, new: str) -> None:
        async with gateway.database.transaction() as connection:
            rows = await connection.fetch(
                "SELECT id, name FROM school WHERE name = ANY($1) ORDER BY id FOR NO KEY UPDATE", [old, new]
            )
            ids = {row["name"]: row["id"] for row in rows}
            await asyncio.sleep(0.02)
            await connection.execute(
                "UPDATE teaching_record SET school_id = $2 WHERE school_id = $1 AND left_at IS NULL",
                ids[old],
                ids[new],
            )
            await connection.execute(
                "UPDATE school SET merged_at = now(), successor_id = $2 WHERE id = $1", ids[old], ids[new]
            )

    await change(
        gateway,
        "DELETE FROM teaching_record WHERE school_id IN (SELECT id FROM school WHERE name = $1)",
        XISHAN,
    )
    people = await rounds(gateway)
    answers = await asyncio.gather(
        *(who.add(XISHAN) for who in people[:2]),
        merge(XISHAN, QINGHE),
        *(who.add(XISHAN) for who in people[2:]),
    )
    for who, said in zip(people, [*answers[:2], *answers[3:]], strict=True):
        assert said is not None
        if refusals(said):
            assert refusals(said) == [("SCHOOL_MERGED", ["schoolId"])]
            assert said["successor"]["name"] == QINGHE
        else:
            assert [one["school"]["name"] for one in await who.records()] == [QINGHE]
    assert (
        await value(
            gateway,
            "SELECT count(*) FROM teaching_record t JOIN school s ON s.id = t.school_id"
            " WHERE s.name = $1 AND t.left_at IS NULL",
            XISHAN,
        )
        == 0
    )


async def test_acts_of_demo_people_at_once_do_not_wait_in_a_circle(gateway: Gateway) -> None:
    people = [await teacher(gateway, phone) for phone in (READY, PENDING, TWO_SCHOOLS, SCHOOL_ADMIN)]
    records = {who.id: await who.records() for who in people}
    for _ in range(3):
        await asyncio.gather(
            *(
                who.act("teaching_record_make_primary", recordId=one["id"])
                for who in people
                for one in records[who.id]
            ),
            *(who.add(XISHAN) for who in people),
            *(who.edit(email=f"a{who.id}@example.com") for who in people),
        )
    for who in people:
        assert await primaries(gateway, who.id) == 1
