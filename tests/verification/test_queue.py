from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.rules import verification
from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.verification import Standing
from mobile_gateway.schema.nodes import cursor, global_id
from player import run, value
from staffing import (
    COUNTY_ADMIN,
    HAIDIAN,
    PENDING,
    PLATFORM,
    READY,
    SCHOOL_ADMIN,
    SUPPORT,
    YUQUAN,
    Json,
    ask,
    grant,
    moment,
    nodes,
    record_id,
    record_of,
    refusal,
    school_of,
    teacher,
    whole,
)

QUEUE = "verification_queue"


async def ids(gateway: Gateway, token: str, **given: Any) -> list[str]:
    return [node["id"] for node in await whole(gateway, QUEUE, token, **given)]


async def test_a_school_admin_finds_who_waits_with_everything_masked(gateway: Gateway) -> None:
    page = await ask(gateway, QUEUE, await gateway.token(SCHOOL_ADMIN), first=50)
    record = await record_of(gateway, PENDING)
    (found,) = [node for node in nodes(page) if node["id"] == record_id(record)]
    assert found.pop("submittedAt")
    teacher, school = found.pop("teacher"), found.pop("school")
    assert found == {
        "id": record_id(record),
        "version": 1,
        "state": "PENDING",
        "isPrimary": True,
        "decidedAt": None,
        "reason": None,
        "teachingStage": "PRIMARY",
        "subject": "数学",
        "grade": "五年级",
        "mayDecide": True,
    }
    assert teacher.pop("id") == global_id("Person", await gateway.person(PENDING))
    last4 = await value(gateway, "SELECT document_last4 FROM person WHERE phone = $1", PENDING)
    assert teacher == {
        "name": "周亦安",
        "gender": "MALE",
        "documentType": await value(gateway, "SELECT document_type FROM person WHERE phone = $1", PENDING),
        "documentLastFour": last4,
        "phone": "199****0002",
    }
    assert (school["name"], school["stage"]) == ("北京市海淀区中关村第一小学", "PRIMARY")


@pytest.mark.parametrize("phone", [READY, SUPPORT, PLATFORM])
async def test_who_administers_no_school_and_no_county_has_no_queue(gateway: Gateway, phone: str) -> None:
    assert await refusal(gateway, QUEUE, await gateway.token(phone)) == "NOT_FOUND"


async def test_a_queue_needs_a_sign_in_that_stands(gateway: Gateway) -> None:
    assert await refusal(gateway, QUEUE, None) == "UNAUTHENTICATED"
    admin = await gateway.token(SCHOOL_ADMIN)
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert await refusal(gateway, QUEUE, admin) == "SESSION_INVALID"


async def test_a_revoked_role_has_no_queue(gateway: Gateway) -> None:
    admin = await gateway.token(SCHOOL_ADMIN)
    await run(gateway, "UPDATE staff_grant SET revoked_at = now()")
    assert await refusal(gateway, QUEUE, admin) == "NOT_FOUND"


async def test_another_school_is_out_of_scope_like_an_absent_one(gateway: Gateway) -> None:
    admin = await gateway.token(SCHOOL_ADMIN)
    other = global_id("School", await school_of(gateway, YUQUAN))
    for school in (other, global_id("School", 10**12), global_id("Topic", 1), "nonsense", "\u0000"):
        assert await refusal(gateway, QUEUE, admin, schoolId=school) == "NOT_FOUND"
    own = global_id("School", await school_of(gateway))
    assert await ids(gateway, admin, schoolId=own) == await ids(gateway, admin)


async def test_a_county_admin_sees_the_county_and_no_other(gateway: Gateway) -> None:
    admin = await gateway.token(COUNTY_ADMIN)
    far = await value(gateway, "SELECT id FROM school WHERE county_id <> $1 LIMIT 1", HAIDIAN)
    await teacher(gateway, "+8618800000001", school=far)
    async with gateway.database.connection() as connection:
        expected = await connection.fetch(
            "SELECT r.id FROM teaching_record r JOIN school s ON s.id = r.school_id"
            " WHERE r.state = 'PENDING' AND s.county_id = $1 ORDER BY r.submitted_at, r.id",
            HAIDIAN,
        )
    assert await ids(gateway, admin) == [record_id(row["id"]) for row in expected]
    assert await refusal(gateway, QUEUE, admin, schoolId=global_id("School", far)) == "NOT_FOUND"
    school = global_id("School", await school_of(gateway))
    assert await ids(gateway, admin, schoolId=school)


@pytest.mark.parametrize("phone", [SCHOOL_ADMIN, COUNTY_ADMIN])
@pytest.mark.parametrize("state", ["PENDING", "APPROVED", "REJECTED"])
async def test_the_queue_is_what_the_rule_says(gateway: Gateway, phone: str, state: str) -> None:
    school = await school_of(gateway)
    await grant(gateway, READY, "SCHOOL_ADMIN", school=school)
    for who in (READY, SCHOOL_ADMIN):
        await run(
            gateway,
            "UPDATE teaching_record SET state = 'PENDING' WHERE id = $1",
            await record_of(gateway, who),
        )
    viewer, token = await gateway.person(phone), await gateway.token(phone)
    grants = Grants(frozenset({school})) if phone == SCHOOL_ADMIN else Grants(counties=frozenset({HAIDIAN}))
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT r.id, r.person_id, r.school_id, s.county_id, EXISTS (SELECT FROM staff_grant g"
            "  WHERE g.person_id = r.person_id AND g.school_id = r.school_id) AS of_admin"
            "  FROM teaching_record r JOIN school s ON s.id = r.school_id WHERE r.state = $1"
            " ORDER BY r.submitted_at, r.id",
            state,
        )
    standings = {
        record_id(r["id"]): Standing(r["person_id"], r["school_id"], r["county_id"], r["of_admin"])
        for r in rows
    }
    seen = [key for key, one in standings.items() if verification.may_see(grants, viewer, one)]
    mine = [key for key in seen if verification.may_decide(grants, viewer, standings[key])]
    assert seen
    assert await ids(gateway, token, state=state) == seen
    assert await ids(gateway, token, state=state, mayDecide=True) == mine
    assert await ids(gateway, token, state=state, mayDecide=False) == [key for key in seen if key not in mine]
    if state == "PENDING":
        assert mine
        found = await whole(gateway, QUEUE, token)
        assert [node["id"] for node in found if node["mayDecide"]] == mine


@pytest.mark.parametrize("phone", [SCHOOL_ADMIN, COUNTY_ADMIN])
async def test_the_workbench_counts_what_the_queue_lists(gateway: Gateway, phone: str) -> None:
    token, school = await gateway.token(phone), await school_of(gateway)

    async def both() -> tuple[int, int, int]:
        workbench = await gateway.data_of("{ workbench { workQueue { teachersToReview } } }", None, token)
        page = await ask(gateway, QUEUE, token, mayDecide=True, first=1)
        listed = len(await ids(gateway, token, mayDecide=True))
        assert page["totalCount"] == page["toDecideCount"] == listed
        return workbench["workbench"]["workQueue"]["teachersToReview"], page["toDecideCount"], listed

    before = await both()
    assert len(set(before)) == 1
    await grant(gateway, READY, "SCHOOL_ADMIN", school=school)
    await grant(gateway, PENDING, "SCHOOL_ADMIN", school=school)
    for who in (READY, SCHOOL_ADMIN):
        await run(
            gateway,
            "UPDATE teaching_record SET state = 'PENDING' WHERE id = $1",
            await record_of(gateway, who),
        )
    after = await both()
    assert len(set(after)) == 1
    # The new admins' records, and the own one, are the county's now.
    assert after[0] - before[0] == (-1 if phone == SCHOOL_ADMIN else 3)


async def test_who_is_school_and_county_admin_sees_each_record_once(gateway: Gateway) -> None:
    await grant(gateway, SCHOOL_ADMIN, "COUNTY_ADMIN", county=HAIDIAN)
    token = await gateway.token(SCHOOL_ADMIN)
    found = await ids(gateway, token)
    assert len(found) == len(set(found)) == (await ask(gateway, QUEUE, token))["totalCount"]
    workbench = await gateway.data_of("{ workbench { workQueue { teachersToReview } } }", None, token)
    decidable = await ids(gateway, token, mayDecide=True)
    assert workbench["workbench"]["workQueue"]["teachersToReview"] == len(decidable)


async def test_pages_of_records_submitted_at_the_same_moment_leave_none_out(gateway: Gateway) -> None:
    token = await gateway.token(SCHOOL_ADMIN)
    await run(
        gateway,
        "UPDATE teaching_record SET submitted_at = $1 WHERE state = 'PENDING'",
        moment("2024-08-01T08:00:00.123456+08:00"),
    )
    at_once = await ids(gateway, token)
    assert len(at_once) > 5
    for first in (1, 2, 3):
        assert await ids(gateway, token, first=first) == at_once
    page = await ask(gateway, QUEUE, token, first=2)
    assert page["totalCount"] == len(at_once)


async def test_the_longest_waiting_comes_first(gateway: Gateway) -> None:
    token, school = await gateway.token(SCHOOL_ADMIN), await school_of(gateway)
    newest = await teacher(gateway, "+8618800000001", school=school)
    oldest = await teacher(gateway, "+8618800000002", school=school)
    base = moment("1999-01-01T08:00+08:00")
    await run(gateway, "UPDATE teaching_record SET submitted_at = $1 WHERE id = $2", base, oldest)
    await run(
        gateway,
        "UPDATE teaching_record SET submitted_at = $1 WHERE id = $2",
        base + timedelta(days=20_000),
        newest,
    )
    found = await ids(gateway, token, first=3)
    assert (found[0], found[-1]) == (record_id(oldest), record_id(newest))


@pytest.mark.parametrize("first", [0, -1, 51, 2**31 - 1])
async def test_a_page_has_one_to_fifty_records(gateway: Gateway, first: int) -> None:
    answer = await gateway.execute(
        "query ($first: Int!) { verificationQueue(first: $first) { totalCount } }",
        {"first": first},
        await gateway.token(SCHOOL_ADMIN),
    )
    assert answer["errors"][0]["extensions"]["code"] == (
        "BAD_USER_INPUT" if first < 100 else "PAGE_TOO_LARGE"
    )


@pytest.mark.parametrize(
    "after",
    [
        "",
        "x",
        "\u0000",
        cursor("1"),
        cursor(2**63 - 1, 1),
        cursor(10**30, 1),
        cursor(-1, 1),
        cursor("a", "b"),
    ],
)
async def test_a_cursor_that_we_did_not_give_is_refused(gateway: Gateway, after: str) -> None:
    token = await gateway.token(SCHOOL_ADMIN)
    assert await refusal(gateway, QUEUE, token, after=after) == "BAD_USER_INPUT"


@pytest.mark.parametrize("state", ["WITHDRAWN", "REMOVED"])
async def test_records_that_ended_are_in_no_queue(gateway: Gateway, state: str) -> None:
    assert await refusal(gateway, QUEUE, await gateway.token(SCHOOL_ADMIN), state=state) == "BAD_USER_INPUT"


async def names(gateway: Gateway, token: str, part: str) -> list[str]:
    found: list[Json] = await whole(gateway, QUEUE, token, name=part)
    return sorted(node["teacher"]["name"] for node in found)


async def test_a_part_of_a_name_finds_literally(gateway: Gateway) -> None:
    token, school = await gateway.token(SCHOOL_ADMIN), await school_of(gateway)
    await teacher(gateway, "+8618800000001", school=school, name="白%鹭_洲")
    await teacher(gateway, "+8618800000002", school=school, name="白鹭洲")
    assert await names(gateway, token, "鹭") == ["白%鹭_洲", "白鹭洲"]
    assert await names(gateway, token, "%") == await names(gateway, token, "鹭_") == ["白%鹭_洲"]
    assert await names(gateway, token, "\\") == await names(gateway, token, "' OR 1=1 --") == []
    assert await names(gateway, token, "  白鹭 ") == ["白鹭洲"]
    assert len(await names(gateway, token, " ")) == len(await ids(gateway, token))


@pytest.mark.parametrize("part", ["\u0000", "白\u202e", "白\n", "名" * 51])
async def test_what_no_name_has_is_refused(gateway: Gateway, part: str) -> None:
    assert await refusal(gateway, QUEUE, await gateway.token(SCHOOL_ADMIN), name=part) == "BAD_USER_INPUT"


async def test_a_record_is_refetched_within_the_scope_only(gateway: Gateway) -> None:
    query = (
        "query ($id: ID!) { node(id: $id)"
        " { ... on SchoolTeacher { id state } ... on TeachingRecord { isPrimary } } }"
    )
    mine = record_id(await record_of(gateway, PENDING))
    far = await value(gateway, "SELECT id FROM school WHERE county_id <> $1 LIMIT 1", HAIDIAN)
    theirs = record_id(await teacher(gateway, "+8618800000001", school=far))
    admin = await gateway.token(SCHOOL_ADMIN)
    assert (await gateway.data_of(query, {"id": mine}, admin))["node"] == {"id": mine, "state": "PENDING"}
    own = record_id(await record_of(gateway, SCHOOL_ADMIN))
    for number, token in ((theirs, admin), (mine, await gateway.token(READY)), (mine, None)):
        assert (await gateway.data_of(query, {"id": number}, token))["node"] is None
    assert (await gateway.data_of(query, {"id": own}, admin))["node"] == {"isPrimary": True}, (
        "their own record, as any teacher's own"
    )
