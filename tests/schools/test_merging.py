"""What a merge moves, what it keeps, and what it never touches."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway import Gateway
from schooling import (
    COUNTY_ADMIN,
    DOCUMENTS,
    EXAMPLE,
    PLATFORM,
    TEACHER,
    TWO_SCHOOLS,
    act,
    codes,
    created,
    found,
    named,
    rows,
    run,
    school,
    searched,
    spell,
    value,
    version,
)

OTHER = "北京市海淀区玉荃学校"


async def merge(gateway: Gateway, token: str, one: int, two: int) -> dict[str, Any]:
    return await act(gateway, "school_merge", token, schoolId=school(one), successorId=school(two))


async def records(gateway: Gateway, person: int) -> list[tuple[Any, ...]]:
    """School, state, whether primary, whether left."""
    answer = await rows(
        gateway,
        "SELECT school_id, state, is_primary, left_at IS NOT NULL AS gone FROM teaching_record"
        " WHERE person_id = $1 ORDER BY id",
        person,
    )
    return [tuple(row) for row in answer]


async def teach(gateway: Gateway, person: int, number: int, state: str, *, primary: bool = False) -> None:
    await run(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary, decided_at, reason)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        person,
        number,
        state,
        primary,
        None if state == "PENDING" else datetime(2024, 8, 1, tzinfo=UTC),
        "不符" if state == "REJECTED" else None,
    )


@pytest.fixture
async def admin(gateway: Gateway) -> str:
    return await gateway.token(COUNTY_ADMIN)


async def test_teachers_go_along_with_their_state_and_what_they_left_stays(
    gateway: Gateway, admin: str
) -> None:
    old, new = await named(gateway, EXAMPLE), await created(gateway, admin, "梧桐示例小学")
    counting = (
        "SELECT state, is_primary, count(*) FROM teaching_record WHERE school_id = $1 AND (left_at IS NULL) = $2"
        " GROUP BY 1, 2 ORDER BY 1, 2"
    )
    active, gone = await rows(gateway, counting, old, True), await rows(gateway, counting, old, False)  # noqa: FBT003 - a parameter of SQL
    assert sum(row["count"] for row in active) > 30
    assert gone
    assert codes(await merge(gateway, admin, old, new)) == []
    assert await rows(gateway, counting, new, True) == active  # noqa: FBT003 - as above
    assert await rows(gateway, counting, old, True) == []  # noqa: FBT003 - as above
    assert await rows(gateway, counting, old, False) == gone  # noqa: FBT003 - as above


@pytest.mark.parametrize("primary", ["old", "new"])
async def test_who_teaches_at_both_keeps_the_better_record(
    gateway: Gateway, admin: str, primary: str
) -> None:
    old, new = await created(gateway, admin, "槐荫示例小学"), await created(gateway, admin, "梧桐示例小学")
    states = ("APPROVED", "PENDING", "REJECTED")
    people: dict[tuple[str, str], int] = {}
    for number, (at_old, at_new) in enumerate((a, b) for a in states for b in states):
        person = await value(
            gateway,
            "INSERT INTO person (identity, phone) VALUES ('TEACHER', $1) RETURNING id",
            f"+8619911{number:06d}",
        )
        people[at_old, at_new] = person
        await teach(gateway, person, old, at_old, primary=primary == "old")
        await teach(gateway, person, new, at_new, primary=primary == "new")
    assert codes(await merge(gateway, admin, old, new)) == []
    for (at_old, at_new), person in people.items():
        better = min(at_old, at_new, key=states.index)
        wins_old = states.index(at_old) < states.index(at_new) or (at_old == at_new and primary == "old")
        left = (old if not wins_old else new, "WITHDRAWN", False, True)
        kept = (new, better, True, False)
        assert await records(gateway, person) == ([kept, left] if wins_old else [left, kept]), (
            at_old,
            at_new,
        )


async def test_a_record_that_is_not_primary_stays_so_when_another_school_is(
    gateway: Gateway, admin: str
) -> None:
    person = await gateway.person(TWO_SCHOOLS)
    example, other = await named(gateway, EXAMPLE), await named(gateway, OTHER)
    new = await created(gateway, admin, "梧桐示例小学")
    await teach(gateway, person, new, "PENDING")
    assert codes(await merge(gateway, admin, other, new)) == []
    assert await records(gateway, person) == [
        (example, "APPROVED", True, False),
        (new, "APPROVED", False, False),
        (new, "WITHDRAWN", False, True),
    ]


async def test_school_admins_become_the_successors_each_once(gateway: Gateway, admin: str) -> None:
    old, new = await created(gateway, admin, "槐荫示例小学"), await created(gateway, admin, "梧桐示例小学")
    one, two = await gateway.person(TEACHER), await gateway.person(TWO_SCHOOLS)
    for person, number in ((one, old), (two, old), (two, new)):
        await run(
            gateway,
            "INSERT INTO staff_grant (person_id, role, school_id) VALUES ($1, 'SCHOOL_ADMIN', $2)",
            person,
            number,
        )
    assert codes(await merge(gateway, admin, old, new)) == []
    grants = await rows(
        gateway,
        "SELECT person_id, school_id FROM staff_grant WHERE school_id = ANY($1) AND revoked_at IS NULL ORDER BY 1",
        [old, new],
    )
    assert [tuple(row) for row in grants] == sorted([(one, new), (two, new)])
    token = await gateway.token(TEACHER)
    given = {"schoolId": school(new), "stage": "NINE_YEAR"}
    assert codes(await act(gateway, "school_stage_correct", token, **given)) == []


async def test_students_go_along_unless_their_number_is_taken_there(gateway: Gateway, admin: str) -> None:
    old, new = await created(gateway, admin, "槐荫示例小学"), await created(gateway, admin, "梧桐示例小学")
    for number, one in ((old, "1"), (old, "2"), (new, "2")):
        await run(
            gateway,
            "INSERT INTO person (identity, student_school_id, student_number) VALUES ('STUDENT', $1, $2)",
            number,
            one,
        )
    assert codes(await merge(gateway, admin, old, new)) == []
    students = await rows(
        gateway,
        "SELECT student_school_id, student_number FROM person WHERE student_school_id = ANY($1) ORDER BY id",
        [old, new],
    )
    assert [tuple(row) for row in students] == [(new, "1"), (old, "2"), (new, "2")]


async def test_the_old_name_and_its_pinyin_find_the_successor(gateway: Gateway, admin: str) -> None:
    old = await created(gateway, admin, "槐荫示例小学", aliases=["槐荫小"])
    new = await created(gateway, admin, "梧桐示例小学")
    await spell(gateway)
    before = await version(gateway)
    payload = await merge(gateway, admin, old, new)
    assert payload["successor"]["aliases"] == ["槐荫示例小学", "槐荫小"]
    assert await version(gateway) == before + 1
    for search in ("槐荫示例小学", "槐荫", "槐荫小", "wutong"):
        assert await found(gateway, search) == ["梧桐示例小学"], search
    await gateway.sweep()
    for search in ("huaiyin", "hyslxx"):
        assert await found(gateway, search) == ["梧桐示例小学"], search


async def test_a_chain_of_merges_leads_to_the_last(gateway: Gateway, admin: str) -> None:
    one, two, three = [await created(gateway, admin, f"{name}示例小学") for name in ("槐荫", "梧桐", "银杏")]
    assert codes(await merge(gateway, admin, one, two)) == []
    assert codes(await merge(gateway, admin, two, three)) == []
    for number in (one, two):
        page = (await gateway.data_of(DOCUMENTS["school"], {"id": school(number)}))["school"]
        assert (page["isActive"], page["successor"]["name"]) == (False, "银杏示例小学")
    page = (await gateway.data_of(DOCUMENTS["school"], {"id": school(three)}))["school"]
    assert (page["isActive"], page["successor"]) == (True, None)
    assert await found(gateway, "槐荫示例") == ["银杏示例小学"]


async def test_however_many_names_a_school_inherits_each_finds_it_and_is_shown(
    gateway: Gateway, admin: str
) -> None:
    last = await created(gateway, admin, "银杏示例小学", aliases=[f"银杏第{n}分校" for n in range(10)])
    marks = "甲乙丙丁戊己庚辛"
    names = [[f"槐荫{mark}{n}示例校" for n in range(11)] for mark in marks]
    for first, *more in names:
        one = await created(gateway, admin, first, aliases=more[:10])
        assert codes(await merge(gateway, admin, one, last)) == []
    await spell(gateway)
    for name in (name for each in names for name in each):
        (edge,) = (await searched(gateway, name))["edges"]
        assert edge["node"]["name"] == "银杏示例小学"
        assert name in edge["node"]["aliases"], "shown, though it has eighty-eight others"
        assert len(edge["node"]["aliases"]) == 40
    for mark in ("jia", "xin"):
        assert await found(gateway, f"huaiyin{mark}10shilixiao") == ["银杏示例小学"], "by pinyin too"


async def test_merging_twice_is_once(gateway: Gateway, admin: str) -> None:
    one, two = await created(gateway, admin, "槐荫示例小学"), await created(gateway, admin, "梧桐示例小学")
    assert codes(await merge(gateway, admin, one, two)) == []
    stood = await version(gateway)
    assert codes(await merge(gateway, admin, one, two)) == []
    assert await version(gateway) == stood
    assert await value(gateway, "SELECT count(*) FROM audit_entry WHERE act = 'SCHOOL_MERGED'") == 1
    row = await rows(gateway, "SELECT * FROM audit_entry WHERE act = 'SCHOOL_MERGED'")
    assert (row[0]["subject_id"], row[0]["school_id"], row[0]["data"]) == (one, two, {"successor": str(two)})


async def test_what_cannot_be_merged_is_refused(gateway: Gateway, admin: str) -> None:
    one, two, three = [await created(gateway, admin, f"{name}示例小学") for name in ("槐荫", "梧桐", "银杏")]
    await merge(gateway, admin, one, two)
    for merged, successor, code, path in (
        (two, two, "SCHOOL_MERGE_IMPOSSIBLE", "successorId"),
        (one, three, "SCHOOL_MERGED", "schoolId"),
        (three, one, "SCHOOL_MERGED", "successorId"),
        (two, one, "SCHOOL_MERGED", "successorId"),
        (2**62, two, "NOT_FOUND", "schoolId"),
    ):
        payload = await merge(gateway, admin, merged, successor)
        assert [(e["code"], e["path"]) for e in payload["userErrors"]] == [(code, [path])]
        assert payload["successor"] is None


async def test_schools_of_two_counties_are_merged_by_a_platform_admin_alone(
    gateway: Gateway, admin: str
) -> None:
    person = await gateway.person(COUNTY_ADMIN)
    await run(
        gateway,
        "INSERT INTO staff_grant (person_id, role, county_id) VALUES ($1, 'COUNTY_ADMIN', 110105)",
        person,
    )
    one = await created(gateway, admin, "槐荫示例小学")
    two = await created(gateway, admin, "梧桐示例小学", county=110105)
    assert codes(await merge(gateway, admin, one, two)) == ["SCHOOL_MERGE_IMPOSSIBLE"]
    platform = await gateway.token(PLATFORM)
    assert codes(await merge(gateway, platform, one, two)) == []


async def test_what_was_printed_keeps_the_old_school(gateway: Gateway, admin: str) -> None:
    old, new = await named(gateway, EXAMPLE), await created(gateway, admin, "梧桐示例小学")
    person = await gateway.person(TEACHER)
    topic = await value(gateway, "SELECT id FROM topic WHERE slug = 'summer-2024'")
    await run(
        gateway,
        "INSERT INTO certificate (person_id, topic_id, version, serial, state, snapshot_sealed, masked_name,"
        " recognised_ms, first_issued_at, issued_at)"
        " VALUES ($1, $2, 1, '0123456789ABCDEF', 'ISSUED', $3, '林**', 27000000, now(), now())",
        person,
        topic,
        EXAMPLE.encode(),
    )
    before = await rows(gateway, "SELECT c.*, c.xmin FROM certificate c")
    assert codes(await merge(gateway, admin, old, new)) == []
    assert await rows(gateway, "SELECT c.*, c.xmin FROM certificate c") == before
    assert await value(gateway, "SELECT name FROM school WHERE id = $1", old) == EXAMPLE
