"""Changing the phone with the old one at hand (PRODUCT.md §7; manual, question 3)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.rules.words import ClientKind
from phoning import (
    NEW,
    OTHER,
    OWNER,
    act,
    again_at_once,
    change,
    code,
    code_for,
    codes_of,
    prove_old,
    rows,
    run,
)

STUDENT = "+8619900000010"
PARENT = "+8619900000009"


async def test_the_account_keeps_its_id_and_what_it_learned_under_its_new_phone(gateway: Gateway) -> None:
    token, before = await gateway.token(), await gateway.person(OWNER)
    await run(
        gateway,
        "INSERT INTO enrolment (person_id, topic_id, enrolled_at) SELECT $1, id, now() FROM topic"
        " WHERE slug = 'summer-2024'",
        before,
    )
    payload = await change(gateway, token)
    assert payload == {"phone": "188****0001", "userErrors": []}
    assert await gateway.person(NEW) == before
    assert await gateway.person(OWNER) is None
    data = await gateway.data_of("{ viewer { phone trainings { edges { cursor } } } }", token=token)
    assert data["viewer"]["phone"] == "188****0001"
    assert len(data["viewer"]["trainings"]["edges"]) == 1


async def test_every_other_sign_in_ends_and_this_one_goes_on(gateway: Gateway) -> None:
    token, elsewhere = await gateway.token(), await gateway.token(kind=ClientKind.WEB)
    await change(gateway, token)
    answer = await gateway.execute("{ viewer { id } }", token=elsewhere)
    assert answer["errors"][0]["extensions"]["code"] == "SESSION_INVALID"
    assert (await gateway.data_of("{ viewer { id } }", token=token))["viewer"]
    ended = await rows(gateway, "SELECT end_reason FROM sign_in WHERE ended_at IS NOT NULL")
    assert {row["end_reason"] for row in ended} == {"PHONE_CHANGED"}


async def test_both_numbers_are_told_and_neither_text_holds_a_number_in_full(gateway: Gateway) -> None:
    await change(gateway, await gateway.token())
    found = await rows(
        gateway,
        "SELECT source, phone, params_sealed FROM sms_outbox WHERE kind = 'PHONE_CHANGED' ORDER BY source",
    )
    assert [(row["phone"], row["source"].rpartition(":")[2]) for row in found] == [
        (NEW, "new"),
        (OWNER, "old"),
    ]
    for row in found:
        params = seals.unseal_text(
            gateway.resources.keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"]
        )
        assert json.loads(params) == {"old": "199****0001", "new": "188****0001"}
    await gateway.sweep()
    left = await rows(gateway, "SELECT outcome FROM sms_outbox WHERE kind = 'PHONE_CHANGED'")
    assert [row["outcome"] for row in left] == ["SENT", "SENT"]


async def test_the_inbox_tells_it_once(gateway: Gateway) -> None:
    await change(gateway, await gateway.token())
    found = await rows(gateway, "SELECT subject FROM inbox_item WHERE kind = 'PHONE_CHANGED'")
    change_id = (await rows(gateway, "SELECT id FROM phone_change"))[0]["id"]
    assert [row["subject"] for row in found] == [f"phone:{change_id}"]


async def test_the_old_number_signs_in_no_more_and_its_live_code_is_dead(gateway: Gateway) -> None:
    token = await gateway.token()
    await act(gateway, "sign_in_code_request", phone=OWNER)
    stale = await code_for(gateway, OWNER, "SIGN_IN")
    await again_at_once(gateway)
    await change(gateway, token)
    refused = await act(gateway, "sign_in", phone=OWNER, code=stale, clientKind="APP")
    assert codes_of(refused) == [("CODE_WRONG", ["code"])]
    await again_at_once(gateway)
    for phone, expected in ((OWNER, [("ACCOUNT_NOT_FOUND", ["phone"])]), (NEW, [])):
        await act(gateway, "sign_in_code_request", phone=phone)
        digits = await code_for(gateway, phone, "SIGN_IN")
        signed = await act(gateway, "sign_in", phone=phone, code=digits, clientKind="APP")
        assert codes_of(signed) == expected


@pytest.mark.parametrize("phone", [STUDENT, PARENT])
async def test_whoever_has_a_phone_may_change_it(gateway: Gateway, phone: str) -> None:
    assert codes_of(await change(gateway, await gateway.token(phone))) == []


async def test_a_finish_sent_again_after_a_lost_answer_is_answered_as_before(gateway: Gateway) -> None:
    token = await gateway.token()
    first = await change(gateway, token)
    again = await act(gateway, "phone_change_finish", token, newPhone=NEW, code="000000")
    assert again == first
    assert len(await rows(gateway, "SELECT FROM sms_outbox WHERE kind = 'PHONE_CHANGED'")) == 2
    await run(gateway, "UPDATE phone_change SET done_at = done_at - interval '15 min'")
    late = await act(gateway, "phone_change_finish", token, newPhone=NEW, code="000000")
    assert codes_of(late) == [("OLD_PHONE_NOT_PROVEN", [])]


async def test_the_new_phone_is_reached_only_behind_a_fresh_proof_of_the_old(gateway: Gateway) -> None:
    token = await gateway.token()

    async def asked() -> list[tuple[str, list[str]]]:
        sent = await act(gateway, "phone_change_new_code_request", token, newPhone=NEW)
        done = await act(gateway, "phone_change_finish", token, newPhone=NEW, code="123456")
        assert codes_of(sent) == codes_of(done)
        return codes_of(sent)

    assert await asked() == [("OLD_PHONE_NOT_PROVEN", [])]
    proven = await prove_old(gateway, token)
    until = datetime.fromisoformat(proven["provenUntil"])
    assert 890 < (until - real()).total_seconds() <= 900
    await run(gateway, "UPDATE phone_change SET old_proven_at = old_proven_at - interval '15 min'")
    assert await asked() == [("OLD_PHONE_NOT_PROVEN", [])]
    assert codes_of(await act(gateway, "phone_change_prove_old", token, code="12345")) == [
        ("BAD_USER_INPUT", ["code"])
    ]


async def test_the_same_number_is_no_new_one(gateway: Gateway) -> None:
    token = await gateway.token()
    await prove_old(gateway, token)
    for document, more in (
        ("phone_change_new_code_request", {}),
        ("phone_change_finish", {"code": "123456"}),
    ):
        payload = await act(gateway, document, token, newPhone=" +86 199-0000-0001", **more)
        assert codes_of(payload) == [("PHONE_UNCHANGED", ["newPhone"])]


async def test_a_taken_number_is_told_only_to_who_proves_it(gateway: Gateway) -> None:
    token = await gateway.token()
    await prove_old(gateway, token)
    await again_at_once(gateway)
    digits = await code(gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", token, newPhone=PARENT)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    guessed = await act(gateway, "phone_change_finish", token, newPhone=PARENT, code=wrong)
    assert codes_of(guessed) == [("CODE_WRONG", ["code"])]
    proven = await act(gateway, "phone_change_finish", token, newPhone=PARENT, code=digits)
    assert codes_of(proven) == [("PHONE_TAKEN", ["newPhone"])]
    assert await gateway.person(OWNER) is not None
    assert (await gateway.data_of("{ viewer { id } }", token=token))["viewer"]
    again = await act(gateway, "phone_change_finish", token, newPhone=PARENT, code=digits)
    assert codes_of(again) == [("CODE_WRONG", ["code"])]


async def test_asking_for_a_code_answers_alike_for_free_and_taken_numbers(gateway: Gateway) -> None:
    token = await gateway.token()
    await prove_old(gateway, token)
    answers = []
    for phone in (PARENT, OTHER):
        payload = await act(gateway, "phone_change_new_code_request", token, newPhone=phone)
        payload.pop("phone")
        payload.pop("expiresAt")
        answers.append(payload)
    assert answers[0] == answers[1] == {"resendAfterSeconds": 60, "userErrors": []}


async def test_five_wrong_codes_lock_each_step(gateway: Gateway) -> None:
    token = await gateway.token()
    digits = await code(gateway, "phone_change_old_code_request", "CHANGE_OLD_PHONE", token)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    said = [codes_of(await act(gateway, "phone_change_prove_old", token, code=wrong)) for _ in range(5)]
    assert said == [[("CODE_WRONG", ["code"])]] * 4 + [[("CODE_LOCKED", ["code"])]]
    assert codes_of(await act(gateway, "phone_change_prove_old", token, code=digits)) == [
        ("CODE_LOCKED", ["code"])
    ]
    too_soon = await act(gateway, "phone_change_old_code_request", token)
    assert codes_of(too_soon) == [("CODE_RESEND_TOO_SOON", [])]


async def test_a_code_proves_only_what_it_was_sent_for(gateway: Gateway) -> None:
    token = await gateway.token()
    await act(gateway, "sign_in_code_request", phone=OWNER)
    digits = await code_for(gateway, OWNER, "SIGN_IN")
    refused = await act(gateway, "phone_change_prove_old", token, code=digits)
    assert codes_of(refused) == [("CODE_WRONG", ["code"])]


ACTS: list[tuple[str, dict[str, Any]]] = [
    ("phone_change_old_code_request", {}),
    ("phone_change_prove_old", {"code": "123456"}),
    ("phone_change_new_code_request", {"newPhone": NEW}),
    ("phone_change_finish", {"newPhone": NEW, "code": "123456"}),
]


@pytest.mark.parametrize(("document", "given"), ACTS)
async def test_no_step_without_a_sign_in_that_stands(
    gateway: Gateway, document: str, given: dict[str, Any]
) -> None:
    assert codes_of(await act(gateway, document, None, **given)) == [("UNAUTHENTICATED", [])]
    token = await gateway.token()
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert codes_of(await act(gateway, document, token, **given)) == [("SESSION_INVALID", [])]


@pytest.mark.parametrize(("document", "given"), ACTS)
async def test_an_account_without_phone_has_none_to_change(
    gateway: Gateway, document: str, given: dict[str, Any]
) -> None:
    token = await gateway.token(STUDENT)
    await run(
        gateway,
        "UPDATE person SET phone = NULL, student_number = 'S-1',"
        " student_school_id = (SELECT min(id) FROM school) WHERE phone = $1",
        STUDENT,
    )
    assert codes_of(await act(gateway, document, token, **given)) == [("PHONE_REQUIRED", [])]


async def test_what_is_no_number_is_named_by_its_path(gateway: Gateway) -> None:
    token = await gateway.token()
    for document, more in (
        ("phone_change_new_code_request", {}),
        ("phone_change_finish", {"code": "123456"}),
    ):
        payload = await act(gateway, document, token, newPhone="1881111000\u0000", **more)
        assert codes_of(payload) == [("PHONE_INVALID", ["newPhone"])]


async def test_a_proof_that_nobody_went_on_from_is_forgotten(gateway: Gateway) -> None:
    await prove_old(gateway, await gateway.token())
    await gateway.sweep()
    assert len(await rows(gateway, "SELECT FROM phone_change")) == 1
    await run(gateway, "UPDATE phone_change SET old_proven_at = old_proven_at - interval '1 h'")
    await gateway.sweep()
    assert await rows(gateway, "SELECT FROM phone_change") == []


async def test_the_proof_is_the_sign_ins_that_gave_it(gateway: Gateway) -> None:
    mine, stolen = await gateway.token(), await gateway.token()
    assert codes_of(await prove_old(gateway, mine)) == []
    asked = await act(gateway, "phone_change_new_code_request", stolen, newPhone=NEW)
    assert codes_of(asked) == [("OLD_PHONE_NOT_PROVEN", [])]
    digits = await code(gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", mine, newPhone=NEW)
    finish = {"newPhone": NEW, "code": digits}
    assert codes_of(await act(gateway, "phone_change_finish", stolen, **finish)) == [
        ("OLD_PHONE_NOT_PROVEN", [])
    ]
    assert codes_of(await act(gateway, "phone_change_finish", mine, **finish)) == []


async def test_no_device_of_the_account_hears_more_after_a_change(gateway: Gateway) -> None:
    await change(gateway, await gateway.token())
    states = await rows(
        gateway,
        "SELECT DISTINCT d.state FROM device d JOIN person p ON p.id = d.person_id WHERE p.phone = $1",
        NEW,
    )
    assert [row["state"] for row in states] == ["RETIRED"]
