from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from gateway import Gateway
from mobile_gateway.actions import auditing
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import StaffRole
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
    ask,
    decide,
    grant,
    nodes,
    record_id,
    record_of,
    refusal,
    remove,
    school_of,
    whole,
)

LOG = "audit_log"


async def write(gateway: Gateway, phone: str, reason: str, **scope: Any) -> None:
    role = StaffRole.SUPPORT_AGENT if phone == SUPPORT else StaffRole.PLATFORM_ADMIN
    async with gateway.database.transaction() as connection:
        person = await connection.fetchval("SELECT id FROM person WHERE phone = $1", phone)
        entry = auditing.Entry(AuditAct.PROGRESS_EXPORTED, role, "Topic", 1, reason=reason, **scope)
        await auditing.write(connection, person, entry)


@pytest.fixture
async def log(gateway: Gateway) -> Gateway:
    """Entries of a school, of another school of the county, of the county, of elsewhere, and of no place."""
    far = await value(gateway, "SELECT id FROM school WHERE county_id <> $1 ORDER BY id LIMIT 1", HAIDIAN)
    far_county = await value(gateway, "SELECT county_id FROM school WHERE id = $1", far)
    await write(gateway, PLATFORM, "school", school_id=await school_of(gateway), county_id=HAIDIAN)
    await write(gateway, PLATFORM, "neighbour", school_id=await school_of(gateway, YUQUAN), county_id=HAIDIAN)
    await write(gateway, PLATFORM, "school alone", school_id=await school_of(gateway, YUQUAN))
    await write(gateway, PLATFORM, "county", county_id=HAIDIAN)
    await write(gateway, PLATFORM, "far", school_id=far, county_id=far_county)
    await write(gateway, PLATFORM, "nowhere")
    await write(gateway, SUPPORT, "support")
    return gateway


SCOPES = {
    SCHOOL_ADMIN: ["school"],
    COUNTY_ADMIN: ["county", "school alone", "neighbour", "school"],
    SUPPORT: ["support"],
    PLATFORM: ["support", "nowhere", "far", "county", "school alone", "neighbour", "school"],
}


@pytest.mark.parametrize("phone", list(SCOPES))
async def test_each_role_reads_its_own_log_newest_first(log: Gateway, phone: str) -> None:
    token = await log.token(phone)
    assert [entry["reason"] for entry in await whole(log, LOG, token)] == SCOPES[phone]
    assert [entry["reason"] for entry in await whole(log, LOG, token, first=1)] == SCOPES[phone]


async def test_who_has_two_roles_reads_both_logs_and_nothing_twice(log: Gateway) -> None:
    await grant(log, SUPPORT, "SCHOOL_ADMIN", school=await school_of(log))
    await grant(log, SUPPORT, "COUNTY_ADMIN", county=HAIDIAN)
    found = [entry["reason"] for entry in await whole(log, LOG, await log.token(SUPPORT), first=2)]
    assert found == ["support", "county", "school alone", "neighbour", "school"]


async def test_who_has_no_role_has_no_log(gateway: Gateway) -> None:
    assert await refusal(gateway, LOG, await gateway.token(READY)) == "NOT_FOUND"
    assert await refusal(gateway, LOG, None) == "UNAUTHENTICATED"
    admin = await gateway.token(SCHOOL_ADMIN)
    await run(gateway, "UPDATE staff_grant SET revoked_at = now()")
    assert await refusal(gateway, LOG, admin) == "NOT_FOUND"


async def test_an_entry_tells_who_did_what_in_which_role_and_why(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    await decide(gateway, admin, record)
    await remove(gateway, admin, record, "已调离")
    removed, approved = nodes(await ask(gateway, LOG, admin))
    assert [removed["act"], approved["act"]] == ["TEACHER_REMOVED", "VERIFICATION_APPROVED"]
    assert removed["actor"] == {
        "id": global_id("Person", await gateway.person(SCHOOL_ADMIN)),
        "name": "方静姝",
    }
    assert removed["subject"] == {"id": record_id(record), "kind": "TeachingRecord"}
    assert (removed["role"], removed["reason"], removed["county"]) == ("SCHOOL_ADMIN", "已调离", "海淀区")
    assert removed["school"]["name"] == "北京市海淀区中关村第一小学"
    assert removed["data"] == [{"key": "person", "value": str(await gateway.person(PENDING))}]
    only = nodes(await ask(gateway, LOG, admin, act="VERIFICATION_APPROVED"))
    assert [entry["id"] for entry in only] == [approved["id"]]
    query = "query ($id: ID!) { node(id: $id) { ... on AuditEntry { act } } }"
    given = {"id": removed["id"]}
    assert (await gateway.data_of(query, given, admin))["node"] == {"act": "TEACHER_REMOVED"}
    for token in (await gateway.token(SUPPORT), await gateway.token(READY), None):
        assert (await gateway.data_of(query, given, token))["node"] is None


async def test_a_schools_entries_are_found_within_the_scope(log: Gateway) -> None:
    own, neighbour = await school_of(log), await school_of(log, YUQUAN)
    school, county = await log.token(SCHOOL_ADMIN), await log.token(COUNTY_ADMIN)
    given = {"schoolId": global_id("School", neighbour)}
    assert [e["reason"] for e in nodes(await ask(log, LOG, county, **given))] == ["school alone", "neighbour"]
    assert await refusal(log, LOG, school, **given) == "NOT_FOUND"
    given = {"schoolId": global_id("School", own)}
    assert [entry["reason"] for entry in nodes(await ask(log, LOG, school, **given))] == ["school"]
    assert await refusal(log, LOG, school, schoolId="nonsense") == "NOT_FOUND"


async def test_an_act_of_a_newer_version_does_not_hide_the_others(log: Gateway) -> None:
    await run(
        log,
        "INSERT INTO audit_entry (actor_id, act, subject_kind, subject_id, reason) SELECT actor_id, 'ACT_OF_TOMORROW',"
        " subject_kind, 1, 'tomorrow' FROM audit_entry WHERE reason = 'nowhere'",
    )
    found = [entry["reason"] for entry in await whole(log, LOG, await log.token(PLATFORM), first=3)]
    assert found == SCOPES[PLATFORM]


@pytest.mark.parametrize("after", ["", "x", "\u0000", cursor("a"), cursor(10**30), cursor(-1)])
async def test_a_cursor_of_no_entry_is_refused(gateway: Gateway, after: str) -> None:
    assert await refusal(gateway, LOG, await gateway.token(PLATFORM), after=after) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET reason = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TABLE audit_entry",
        "SELECT * FROM audit_entry FOR UPDATE",
    ],
)
async def test_the_serving_role_can_only_append_to_the_log(log: Gateway, statement: str) -> None:
    before = await value(log, "SELECT array_agg((id, reason, data::text) ORDER BY id) FROM audit_entry")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(log, statement)
    assert (
        await value(log, "SELECT array_agg((id, reason, data::text) ORDER BY id) FROM audit_entry") == before
    )
