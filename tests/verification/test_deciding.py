from __future__ import annotations

import pytest

from gateway import START, Gateway
from player import codes, run, value
from staffing import (
    COUNTY_ADMIN,
    HAIDIAN,
    OTHER_SCHOOLS_TEACHER,
    PENDING,
    PLATFORM,
    READY,
    REJECTED,
    SCHOOL_ADMIN,
    SUPPORT,
    act,
    acts,
    decide,
    errors,
    grant,
    notices,
    record_id,
    record_of,
    row_of,
    school_of,
    teacher,
)

DECIDED = ["VERIFICATION_DECIDED"]


async def test_an_approval_is_written_audited_and_told(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    payload = await decide(gateway, admin, record)
    (result,) = payload["results"]
    assert errors(payload) == []
    assert (result["decided"], result["record"]["state"], result["record"]["version"]) == (
        True,
        "APPROVED",
        2,
    )
    assert result["record"]["mayDecide"] is False
    row = await row_of(gateway, record)
    assert row["decided_by_id"] == await gateway.person(SCHOOL_ADMIN)
    assert 0 <= (row["decided_at"] - START).total_seconds() < 120
    assert await notices(gateway, PENDING, DECIDED) == [
        ("VERIFICATION_DECIDED", f"record:{record}:v2", {"outcome": "APPROVED"})
    ]
    async with gateway.database.connection() as connection:
        (entry,) = await connection.fetch("SELECT * FROM audit_entry WHERE subject_id = $1", record)
    assert (entry["act"], entry["role"], entry["county_id"]) == (
        "VERIFICATION_APPROVED",
        "SCHOOL_ADMIN",
        HAIDIAN,
    )
    assert (entry["school_id"], entry["reason"]) == (await school_of(gateway), None)
    assert entry["data"] == {"person": str(await gateway.person(PENDING))}


async def test_a_rejection_keeps_its_reason_for_the_teacher(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    payload = await decide(gateway, admin, record, "REJECTED", reason="  任教学科与名册不一致 ")
    assert errors(payload) == []
    mine = await gateway.data_of(
        "{ viewer { teachingRecords { state reason } inbox { edges { node { kind title } } } } }",
        None,
        await gateway.token(PENDING),
    )
    assert mine["viewer"]["teachingRecords"] == [{"state": "REJECTED", "reason": "任教学科与名册不一致"}]
    assert mine["viewer"]["inbox"]["edges"][0]["node"] == {
        "kind": "VERIFICATION_DECIDED",
        "title": "任教信息未通过审核",
    }
    assert await acts(gateway, record) == ["VERIFICATION_REJECTED"]


@pytest.mark.parametrize("reason", [None, "", "  \u3000", "因" * 201])
async def test_a_rejection_without_a_fit_reason_is_refused(gateway: Gateway, reason: str | None) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    payload = await decide(gateway, admin, record, "REJECTED", reason=reason)
    assert errors(payload) == [("REASON_REQUIRED", ["decisions", "0", "reason"])]
    assert (await row_of(gateway, record))["state"] == "PENDING"


@pytest.mark.parametrize("reason", ["坏\u0000字", "右\u202e左", "\ud800", "换\n行", "\ufeff"])
async def test_a_reason_with_a_hostile_character_is_refused(gateway: Gateway, reason: str) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    if reason == "\ud800":  # no JSON in UTF-8 holds it as it is; escaped it reaches the door
        document = (
            '{"query":"mutation($i: VerificationDecideInput!) { verificationDecide(input: $i)'
            ' { userErrors { code path } } }","variables":{"i":{"decisions":[{"recordId":"'
            + record_id(record)
            + '","version":1,"outcome":"REJECTED","reason":"\\ud800"}]}}}'
        )
        response = await gateway.client.post(
            "/graphql",
            content=document,
            headers={"content-type": "application/json", "authorization": f"Bearer {admin}"},
        )
        assert response.status_code < 500
    else:
        payload = await decide(gateway, admin, record, "REJECTED", reason=reason)
        assert errors(payload) == [("BAD_USER_INPUT", ["decisions", "0", "reason"])]
    assert (await row_of(gateway, record))["state"] == "PENDING"
    assert await acts(gateway, record) == []


async def test_a_second_click_is_the_first_one(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    for _ in range(3):
        payload = await decide(gateway, admin, record, "REJECTED", reason="请核对学科")
        assert errors(payload) == []
        assert payload["results"][0]["record"]["version"] == 2
    assert await acts(gateway, record) == ["VERIFICATION_REJECTED"]
    assert len(await notices(gateway, PENDING, DECIDED)) == 1


async def test_what_was_decided_is_not_decided_otherwise(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    assert errors(await decide(gateway, admin, record)) == []
    already = [("ALREADY_DECIDED", ["decisions", "0", "recordId"])]
    for version in (1, 2):
        assert (
            errors(await decide(gateway, admin, record, "REJECTED", version=version, reason="晚了"))
            == already
        )
    assert errors(await decide(gateway, admin, record, version=2)) == already
    rejected = await record_of(gateway, REJECTED)
    version = (await row_of(gateway, rejected))["version"]
    assert errors(await decide(gateway, admin, rejected, version=version)) == already
    assert await acts(gateway, record) == ["VERIFICATION_APPROVED"]


@pytest.mark.parametrize("version", [0, 2, -1, 2**31 - 1])
async def test_a_version_that_is_not_the_records_decides_nothing(gateway: Gateway, version: int) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    payload = await decide(gateway, admin, record, version=version)
    assert errors(payload) == [("CONFLICT", ["decisions", "0", "version"])]
    assert payload["results"] == [{"decided": False, "record": None}]


@pytest.mark.parametrize("phone", [READY, PENDING, COUNTY_ADMIN, SUPPORT, PLATFORM])
async def test_a_teachers_record_is_decided_by_the_schools_admin_alone(gateway: Gateway, phone: str) -> None:
    token, record = await gateway.token(phone), await record_of(gateway, PENDING)
    assert errors(await decide(gateway, token, record)) == [("NOT_FOUND", ["decisions", "0", "recordId"])]
    assert (await row_of(gateway, record))["state"] == "PENDING"


async def test_another_schools_and_absent_records_are_the_same(gateway: Gateway) -> None:
    admin = await gateway.token(SCHOOL_ADMIN)
    foreign = await record_of(gateway, OTHER_SCHOOLS_TEACHER, "北京市海淀区清禾初级中学")
    said = [errors(await decide(gateway, admin, number)) for number in (foreign, 999_999_999, 2**63 - 1)]
    assert said == [[("NOT_FOUND", ["decisions", "0", "recordId"])]] * 3
    one = {"recordId": "nonsense\u0000", "version": 1, "outcome": "APPROVED"}
    assert codes(await act(gateway, "verification_decide", admin, decisions=[one])) == ["NOT_FOUND"]


async def test_a_school_admins_own_record_is_the_county_admins(gateway: Gateway) -> None:
    record = await record_of(gateway, SCHOOL_ADMIN)
    await run(gateway, "UPDATE teaching_record SET state = 'PENDING' WHERE id = $1", record)
    school = await school_of(gateway)
    await grant(gateway, READY, "SCHOOL_ADMIN", school=school)
    for phone in (SCHOOL_ADMIN, READY):
        payload = await decide(gateway, await gateway.token(phone), record)
        assert errors(payload) == [("NOT_FOUND", ["decisions", "0", "recordId"])]
    assert errors(await decide(gateway, await gateway.token(COUNTY_ADMIN), record)) == []
    role = await value(gateway, "SELECT role FROM audit_entry WHERE subject_id = $1", record)
    assert role == "COUNTY_ADMIN"


async def test_nobody_decides_about_themselves_in_whatever_role(gateway: Gateway) -> None:
    record = await record_of(gateway, SCHOOL_ADMIN)
    await run(gateway, "UPDATE teaching_record SET state = 'PENDING' WHERE id = $1", record)
    await grant(gateway, SCHOOL_ADMIN, "COUNTY_ADMIN", county=HAIDIAN)
    payload = await decide(gateway, await gateway.token(SCHOOL_ADMIN), record)
    assert errors(payload) == [("NOT_FOUND", ["decisions", "0", "recordId"])]


async def test_one_bad_decision_is_one_bad_decision(gateway: Gateway) -> None:
    admin, school = await gateway.token(SCHOOL_ADMIN), await school_of(gateway)
    numbers = [await teacher(gateway, f"+86188000001{n:02d}", school=school) for n in range(5)]
    given = [
        {"recordId": record_id(numbers[0]), "version": 1, "outcome": "APPROVED"},
        {"recordId": record_id(numbers[1]), "version": 7, "outcome": "APPROVED"},
        {"recordId": record_id(numbers[2]), "version": 1, "outcome": "REJECTED", "reason": "请补充"},
        {"recordId": record_id(numbers[3]), "version": 1, "outcome": "REJECTED"},
        {"recordId": record_id(1_000_000_000), "version": 1, "outcome": "APPROVED"},
        {"recordId": record_id(numbers[4]), "version": 1, "outcome": "APPROVED"},
        {"recordId": record_id(numbers[4]), "version": 1, "outcome": "REJECTED", "reason": "又改"},
    ]
    payload = await act(gateway, "verification_decide", admin, decisions=given)
    assert [one["decided"] for one in payload["results"]] == [True, False, True, False, False, True, False]
    assert errors(payload) == [
        ("CONFLICT", ["decisions", "1", "version"]),
        ("REASON_REQUIRED", ["decisions", "3", "reason"]),
        ("NOT_FOUND", ["decisions", "4", "recordId"]),
        ("ALREADY_DECIDED", ["decisions", "6", "recordId"]),
    ]
    states = [(await row_of(gateway, number))["state"] for number in numbers]
    assert states == ["APPROVED", "PENDING", "REJECTED", "PENDING", "APPROVED"]
    assert all(error["message"] and error["hint"] for error in payload["userErrors"])


async def test_a_call_decides_one_to_fifty_records(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    one = {"recordId": record_id(record), "version": 1, "outcome": "APPROVED"}
    for decisions in ([], [one] * 51):
        payload = await act(gateway, "verification_decide", admin, decisions=decisions)
        assert errors(payload) == [("BAD_USER_INPUT", ["decisions"])]
        assert payload["results"] is None
    payload = await act(gateway, "verification_decide", admin, decisions=[one] * 50)
    assert [one["decided"] for one in payload["results"]] == [True] * 50
    assert await acts(gateway, record) == ["VERIFICATION_APPROVED"]


async def test_who_is_not_signed_in_decides_nothing(gateway: Gateway) -> None:
    record = await record_of(gateway, PENDING)
    assert errors(await decide(gateway, None, record)) == [("UNAUTHENTICATED", [])]
    admin = await gateway.token(SCHOOL_ADMIN)
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    answer = await gateway.execute(
        'mutation { verificationDecide(input: {decisions: [{recordId: "'
        + record_id(record)
        + '", version: 1, outcome: APPROVED}]}) { userErrors { code } } }',
        None,
        admin,
    )
    assert answer["data"]["verificationDecide"]["userErrors"] == [{"code": "SESSION_INVALID"}]


async def test_a_revoked_role_decides_nothing(gateway: Gateway) -> None:
    admin, record = await gateway.token(SCHOOL_ADMIN), await record_of(gateway, PENDING)
    await run(gateway, "UPDATE staff_grant SET revoked_at = now()")
    assert codes(await decide(gateway, admin, record)) == ["NOT_FOUND"]


async def test_an_approval_tells_once_of_a_certificate_that_can_be_claimed(gateway: Gateway) -> None:
    admin, record, person = (
        await gateway.token(SCHOOL_ADMIN),
        await record_of(gateway, PENDING),
        await gateway.person(PENDING),
    )
    await run(
        gateway,
        "INSERT INTO enrolment (person_id, topic_id, enrolled_at, completed_at)"
        " SELECT $1, id, $2, $2 FROM topic WHERE slug = 'summer-2024'",
        person,
        START,
    )
    kinds = ["CERTIFICATE_READY"]
    await decide(gateway, admin, record)
    assert await notices(gateway, PENDING, kinds) == []  # certificates open on 09-01
    for version in (3, 4):
        await run(
            gateway,
            "UPDATE teaching_record SET state = 'PENDING', version = $2 WHERE id = $1",
            record,
            version,
        )
        await gateway.set_time(START.replace(month=10, day=8))
        assert codes(await decide(gateway, admin, record, version=version)) == []
    (told,) = await notices(gateway, PENDING, kinds)
    assert told[2]["credits"] == "10.00"


async def test_nobody_is_approved_without_name_and_document(gateway: Gateway) -> None:
    admin, phone = await gateway.token(SCHOOL_ADMIN), "+8618800000001"
    record = await teacher(gateway, phone, school=await school_of(gateway))
    await run(
        gateway,
        "UPDATE person SET name = NULL, document_type = NULL, document_sealed = NULL, document_index = NULL,"
        " document_last4 = NULL WHERE phone = $1",
        phone,
    )
    payload = await decide(gateway, admin, record)
    assert errors(payload) == [("TEACHER_PROFILE_INCOMPLETE", ["decisions", "0", "recordId"])]
    (error,) = payload["userErrors"]
    assert "该教师" in error["message"]
    assert "姓名、证件号码" in error["message"]
    assert "请先联系该教师" in error["hint"], "the hint speaks to the administrator"
    assert "报名" not in error["hint"]
    assert errors(await decide(gateway, admin, record, "REJECTED", reason="请先填写姓名和证件")) == []
