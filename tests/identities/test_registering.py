"""Registering by phone (PRODUCT.md §5): anybody asks for a code, and only who proved a number learns anything of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway import Gateway
from identifying import (
    PARENT,
    a_minute_later,
    act,
    code_of,
    new_phone,
    newest_code,
    refusals,
    registered,
    student,
    viewer,
    wrong,
)
from player import value

REQUEST = "registration_code_request"


async def enter(gateway: Gateway, phone: str, code: str, identity: str = "TEACHER") -> dict[str, Any]:
    return await act(gateway, "register", None, phone=phone, code=code, identity=identity, clientKind="APP")


@pytest.mark.parametrize("identity", ["TEACHER", "PARENT", "STUDENT"])
async def test_a_new_phone_registers_and_is_signed_in_at_once(gateway: Gateway, identity: str) -> None:
    phone = new_phone()
    session = await registered(gateway, identity, phone)
    assert session["identity"] == identity
    seen = await viewer(gateway, session["accessToken"])
    assert (seen["identity"], seen["phone"]) == (identity, f"188****{phone[-4:]}")
    code = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
    signed = await act(gateway, "sign_in", None, phone=phone, code=code, clientKind="WEB")
    assert signed["session"]["identity"] == identity


async def test_known_and_unknown_phones_get_the_same_answer(gateway: Gateway) -> None:
    known = await act(gateway, REQUEST, None, phone=PARENT)
    unknown = await act(gateway, REQUEST, None, phone="+8618800000002")
    for answer in (known, unknown):
        answer.pop("expiresAt")
        answer["phone"] = answer["phone"][:3]
    assert known | {"phone": ""} == unknown | {"phone": ""}
    assert known["userErrors"] == []


async def test_that_a_phone_is_taken_is_told_only_to_who_proved_it(gateway: Gateway) -> None:
    code = await code_of(gateway, REQUEST, PARENT, "REGISTER")
    assert refusals(await enter(gateway, PARENT, wrong(code))) == [("CODE_WRONG", ["code"])]
    stranger = new_phone()
    theirs = await code_of(gateway, REQUEST, stranger, "REGISTER")
    assert refusals(await enter(gateway, stranger, wrong(theirs))) == [("CODE_WRONG", ["code"])]
    assert refusals(await enter(gateway, PARENT, code)) == [("PHONE_TAKEN", ["phone"])]
    assert refusals(await enter(gateway, PARENT, code)) == [("CODE_WRONG", ["code"])], "used up"
    assert await value(gateway, "SELECT identity FROM person WHERE phone = $1", PARENT) == "PARENT"


async def test_signing_in_says_that_there_is_no_account_and_registering_makes_one(gateway: Gateway) -> None:
    phone = new_phone()
    code = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
    signed = await act(gateway, "sign_in", None, phone=phone, code=code, clientKind="APP")
    assert refusals(signed) == [("ACCOUNT_NOT_FOUND", ["phone"])]
    assert (await registered(gateway, "TEACHER", phone))["identity"] == "TEACHER"


async def test_a_code_is_good_for_its_own_purpose_alone(gateway: Gateway) -> None:
    phone = new_phone()
    signing = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
    assert refusals(await enter(gateway, phone, signing)) == [("CODE_WRONG", ["code"])]
    registering = await code_of(gateway, REQUEST, phone, "REGISTER")
    signed = await act(gateway, "sign_in", None, phone=phone, code=registering, clientKind="APP")
    assert refusals(signed) == [("CODE_WRONG", ["code"])]
    assert await value(gateway, "SELECT count(*) FROM person WHERE phone = $1", phone) == 0


async def test_five_wrong_codes_lock_the_right_one_out(gateway: Gateway) -> None:
    phone = new_phone()
    code = await code_of(gateway, REQUEST, phone, "REGISTER")
    said = [refusals(await enter(gateway, phone, wrong(code)))[0][0] for _ in range(5)]
    assert said == ["CODE_WRONG"] * 4 + ["CODE_LOCKED"]
    assert refusals(await enter(gateway, phone, code)) == [("CODE_LOCKED", ["code"])]


async def test_a_second_code_waits_a_minute(gateway: Gateway) -> None:
    phone = new_phone()
    await act(gateway, REQUEST, None, phone=phone)
    again = await act(gateway, REQUEST, None, phone=phone)
    assert refusals(again) == [("CODE_RESEND_TOO_SOON", [])]
    assert again["phone"] is None


async def test_registering_one_phone_many_times_at_once_makes_one_account(gateway: Gateway) -> None:
    for _ in range(5):
        phone = new_phone()
        code = await code_of(gateway, REQUEST, phone, "REGISTER")
        answers = await asyncio.gather(
            *(enter(gateway, phone, code, identity) for identity in ("TEACHER", "PARENT", "STUDENT") * 2)
        )
        assert sum(one["session"] is not None for one in answers) == 1
        assert await value(gateway, "SELECT count(*) FROM person WHERE phone = $1", phone) == 1


async def test_registering_and_binding_one_phone_at_once_gives_it_to_one(gateway: Gateway) -> None:
    winners: set[str] = set()
    for place in range(40):  # until each has won
        if len(winners) > 1 and place >= 8:
            break
        token = (await student(gateway, f"RACE{place:04d}"))["accessToken"]
        phone = new_phone()
        binding = await code_of(gateway, "phone_bind_code_request", phone, "BIND_PHONE", token)
        registering = await code_of(gateway, REQUEST, phone, "REGISTER")
        calls = [
            enter(gateway, phone, registering),
            act(gateway, "phone_bind", token, phone=phone, code=binding),
        ]
        answers = await asyncio.gather(*(calls if place % 2 else reversed(calls)))
        said = sorted(str(refusals(one)) for one in answers)
        assert said == ["[('PHONE_TAKEN', ['phone'])]", "[]"]
        assert await value(gateway, "SELECT count(*) FROM person WHERE phone = $1", phone) == 1
        winners.add(await value(gateway, "SELECT identity FROM person WHERE phone = $1", phone))
    assert winners == {"TEACHER", "STUDENT"}, "both ways were tried"


@pytest.mark.parametrize("phone", ["", "1", "+1 202 555 0100", "188\u0000", "\u202e18800000001", "9" * 9000])
async def test_what_is_no_phone_is_named_by_its_path(gateway: Gateway, phone: str) -> None:
    expected = [("PHONE_INVALID", ["phone"])]
    assert refusals(await act(gateway, REQUEST, None, phone=phone)) == expected
    assert refusals(await enter(gateway, phone, "123456")) == expected


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "12345\u0000", "1" * 9000])
async def test_what_can_be_no_code_costs_no_try(gateway: Gateway, code: str) -> None:
    phone = new_phone()
    right = await code_of(gateway, REQUEST, phone, "REGISTER")
    for _ in range(6):
        assert refusals(await enter(gateway, phone, code)) == [("BAD_USER_INPUT", ["code"])]
    assert refusals(await enter(gateway, phone, right)) == []


async def test_an_unknown_identity_is_no_request(gateway: Gateway) -> None:
    given = {"phone": "18800000001", "code": "123456", "identity": "HEADMASTER", "clientKind": "APP"}
    query = "mutation ($input: RegisterInput!) { register(input: $input) { session { identity } } }"
    answer = await gateway.execute(query, {"input": given})
    assert answer["errors"]
    assert "18800000001" not in str(answer["errors"])


async def test_the_codes_text_says_what_it_is_for_and_the_languages_follow_the_reader(
    gateway: Gateway,
) -> None:
    phone = new_phone()
    await a_minute_later(gateway)
    query = (
        "mutation ($input: RegistrationCodeRequestInput!) { registrationCodeRequest(input: $input)"
        " { userErrors { code } } }"
    )
    await gateway.execute(query, {"input": {"phone": phone}}, accept_language="en")
    assert await newest_code(gateway, phone, "REGISTER")
    assert await value(gateway, "SELECT locale FROM sms_outbox WHERE phone = $1", phone) == "en"
