"""Real requests at the same time, several rounds: the database decides, and nobody sees a fault."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from gateway import Gateway
from schooling import (
    COUNTY_ADMIN,
    HAIDIAN,
    PLATFORM,
    TEACHER,
    act,
    codes,
    create,
    created,
    found,
    rows,
    run,
    school,
    value,
    version,
)

ROUNDS = 6


async def test_two_admins_adding_one_school_at_once_add_one(gateway: Gateway) -> None:
    tokens = [await gateway.token(COUNTY_ADMIN), await gateway.token(PLATFORM)]
    for number in range(ROUNDS):
        name = f"槐荫第{number}小学"
        answers = await asyncio.gather(
            *(create(gateway, token, name, evenIfSimilar=True) for token in tokens * 2)
        )
        assert sorted(codes(one) for one in answers) == [[], *[["SCHOOL_DUPLICATE"]] * 3]
        refused = [one for one in answers if one["userErrors"]]
        assert all([c["name"] for c in one["candidates"]] == [name] for one in refused)
        assert await value(gateway, "SELECT count(*) FROM school WHERE name = $1", name) == 1
        assert await found(gateway, name) == [name]


async def test_two_admins_adding_nearly_one_school_at_once_are_told(gateway: Gateway) -> None:
    tokens = [await gateway.token(COUNTY_ADMIN), await gateway.token(PLATFORM)]
    for number in range(ROUNDS):
        names = [f"海淀区槐荫第{number}小学", f"北京市海淀区槐荫第{number}小学"]
        answers = await asyncio.gather(
            *(create(gateway, token, name) for token, name in zip(tokens, names, strict=True))
        )
        assert sorted(codes(one) for one in answers) == [[], ["SCHOOL_SIMILAR"]]


async def test_a_school_written_past_the_countys_lock_is_still_a_duplicate(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    async with gateway.database.connection() as connection, connection.transaction():
        await connection.execute(
            "INSERT INTO school (county_id, name, normalised_name, stage)"
            " VALUES ($1, '槐荫小学', '槐荫小学', 'PRIMARY')",
            HAIDIAN,
        )
        waiting = asyncio.create_task(create(gateway, token, "槐荫小学"))
        await asyncio.sleep(0.3)
        assert not waiting.done()
    payload = await waiting
    assert codes(payload) == ["SCHOOL_DUPLICATE"]
    assert [one["name"] for one in payload["candidates"]] == ["槐荫小学"]


async def test_two_schools_merged_into_each_other_at_once_leave_one(gateway: Gateway) -> None:
    county, platform = await gateway.token(COUNTY_ADMIN), await gateway.token(PLATFORM)
    for number in range(ROUNDS):
        one, two = [await created(gateway, county, f"{name}第{number}小学") for name in ("槐荫", "梧桐")]
        answers = await asyncio.gather(
            act(gateway, "school_merge", county, schoolId=school(one), successorId=school(two)),
            act(gateway, "school_merge", platform, schoolId=school(two), successorId=school(one)),
        )
        assert sorted(codes(answer) for answer in answers) == [[], ["SCHOOL_MERGED"]]
        query = "SELECT count(*) FROM school WHERE id = ANY($1) AND merged_at IS NULL"
        assert await value(gateway, query, [one, two]) == 1


async def _add(gateway: Gateway, person: int, number: int) -> bool:
    """A record added as profiles do: the school is held (FOR SHARE) and must be active."""
    async with gateway.database.transaction() as connection:
        await connection.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", person)
        merged = await connection.fetchval("SELECT merged_at FROM school WHERE id = $1 FOR SHARE", number)
        if merged is not None:
            return False
        await connection.execute(
            "INSERT INTO teaching_record (person_id, school_id, state, is_primary) VALUES ($1, $2, 'PENDING', false)",
            person,
            number,
        )
        return True


async def test_no_active_record_stays_at_a_school_that_was_merged_meanwhile(gateway: Gateway) -> None:
    token, person = await gateway.token(COUNTY_ADMIN), await gateway.person(TEACHER)
    added = 0
    for number in range(ROUNDS):
        one, two = [await created(gateway, token, f"{name}第{number}小学") for name in ("槐荫", "梧桐")]
        *answers, payload = await asyncio.gather(
            _add(gateway, person, one),
            act(gateway, "school_merge", token, schoolId=school(one), successorId=school(two)),
        )
        assert codes(payload) == []
        added += sum(answers)
        where = await rows(
            gateway,
            "SELECT school_id FROM teaching_record WHERE school_id = ANY($1) AND left_at IS NULL",
            [one, two],
        )
        assert [row["school_id"] for row in where] == [two] * sum(answers)
    assert 0 <= added <= ROUNDS


async def test_a_merge_waits_for_who_holds_a_record_and_nobody_is_shot_in_a_deadlock(
    gateway: Gateway,
) -> None:
    token, person = await gateway.token(COUNTY_ADMIN), await gateway.person(TEACHER)
    one, two = [await created(gateway, token, f"{name}小学") for name in ("槐荫", "梧桐")]
    for number in (one, two):
        await run(
            gateway,
            "INSERT INTO teaching_record (person_id, school_id, state, is_primary) VALUES ($1, $2, 'PENDING', false)",
            person,
            number,
        )
    async with gateway.database.connection() as connection, connection.transaction():
        held = "UPDATE teaching_record SET grade = '一年级' WHERE school_id = $1 AND person_id = $2"
        await connection.execute(held, two, person)
        merging = asyncio.create_task(
            act(gateway, "school_merge", token, schoolId=school(one), successorId=school(two))
        )
        await asyncio.sleep(0.2)
        # In the other order than the merge takes them; it has let go before PostgreSQL looks for a deadlock.
        await connection.execute(held, one, person)
    assert codes(await merging) == []
    states = await rows(
        gateway, "SELECT state FROM teaching_record WHERE school_id = ANY($1) ORDER BY state", [one, two]
    )
    assert [row["state"] for row in states] == ["PENDING", "WITHDRAWN"]


async def test_a_merge_that_never_gets_its_records_says_so(gateway: Gateway) -> None:
    token, person = await gateway.token(COUNTY_ADMIN), await gateway.person(TEACHER)
    one, two = [await created(gateway, token, f"{name}小学") for name in ("槐荫", "梧桐")]
    await run(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary) VALUES ($1, $2, 'PENDING', false)",
        person,
        one,
    )
    async with gateway.database.connection() as connection, connection.transaction():
        await connection.execute("SELECT FROM teaching_record WHERE school_id = $1 FOR UPDATE", one)
        payload = await act(gateway, "school_merge", token, schoolId=school(one), successorId=school(two))
        assert codes(payload) == ["SERVICE_UNAVAILABLE"]
    assert await value(gateway, "SELECT merged_at FROM school WHERE id = $1", one) is None


async def test_the_version_grows_once_for_each_change_however_many_come_at_once(gateway: Gateway) -> None:
    token = await gateway.token(PLATFORM)
    before = await version(gateway)
    counties = [
        row["id"] for row in await rows(gateway, "SELECT id FROM region WHERE level = 'COUNTY' LIMIT 12")
    ]
    answers = await asyncio.gather(*(create(gateway, token, "槐荫示例小学", county) for county in counties))
    assert all(codes(one) == [] for one in answers)
    assert await version(gateway) == before + len(counties)


async def test_searching_goes_on_while_schools_change(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)

    async def change() -> None:
        for number in range(8):
            await created(gateway, token, f"槐荫第{number}小学", evenIfSimilar=True)

    async def look() -> None:
        for _ in range(20):
            assert (await found(gateway, "中关村第一小学"))[0] == "北京市海淀区中关村第一小学"

    await asyncio.gather(change(), look(), look())
    assert len(await found(gateway, "槐荫第", first=50)) == 8


async def test_the_unique_index_is_what_holds(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    await created(gateway, token, "槐荫示例小学")
    with pytest.raises(asyncpg.UniqueViolationError, match="school_name_key"):
        await run(
            gateway,
            "INSERT INTO school (county_id, name, normalised_name, stage)"
            " VALUES ($1, '槐荫 示例小学', '槐荫示例小学', 'PRIMARY')",
            HAIDIAN,
        )
