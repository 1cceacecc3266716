"""Binding a phone to an account that has none (PRODUCT.md §5, §7)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway import Gateway
from identifying import (
    PARENT,
    Said,
    act,
    code_of,
    is_dead,
    new_phone,
    number_of_person,
    refusals,
    registered,
    student,
    viewer,
    wrong,
)
from player import run, value

REQUEST, BIND = "phone_bind_code_request", "phone_bind"


async def bind(gateway: Gateway, token: str | None, phone: str, code: str) -> dict[str, Any]:
    return await act(gateway, BIND, token, phone=phone, code=code)


async def test_a_bound_phone_signs_in_beside_the_student_number(gateway: Gateway) -> None:
    token = (await student(gateway))["accessToken"]
    phone = new_phone()
    code = await code_of(gateway, REQUEST, phone, "BIND_PHONE", token)
    bound = await bind(gateway, token, phone, code)
    assert bound == {"phone": f"188****{phone[-4:]}", "userErrors": []}
    assert (await viewer(gateway, token))["phone"] == f"188****{phone[-4:]}"
    signing = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
    signed = await act(gateway, "sign_in", None, phone=phone, code=signing, clientKind="WEB")
    assert signed["session"]["identity"] == "STUDENT"


async def test_binding_twice_is_once_and_another_phone_is_changed_in_another_way(gateway: Gateway) -> None:
    token = (await student(gateway))["accessToken"]
    phone = new_phone()
    code = await code_of(gateway, REQUEST, phone, "BIND_PHONE", token)
    for _ in range(2):
        assert refusals(await bind(gateway, token, phone, code)) == []
    not_editable: Said = [("PHONE_NOT_EDITABLE", [])]
    assert refusals(await act(gateway, REQUEST, token, phone=new_phone())) == not_editable
    assert refusals(await bind(gateway, token, new_phone(), "123456")) == not_editable
    teacher = (await registered(gateway, "TEACHER"))["accessToken"]
    assert refusals(await act(gateway, REQUEST, teacher, phone=new_phone())) == not_editable


async def test_asking_for_a_code_tells_nothing_and_proving_the_number_tells_that_it_is_taken(
    gateway: Gateway,
) -> None:
    token = (await student(gateway))["accessToken"]
    code = await code_of(gateway, REQUEST, PARENT, "BIND_PHONE", token)
    assert refusals(await bind(gateway, token, PARENT, wrong(code))) == [("CODE_WRONG", ["code"])]
    assert refusals(await bind(gateway, token, PARENT, code)) == [("PHONE_TAKEN", ["phone"])]
    assert (await viewer(gateway, token))["phone"] is None


async def test_a_code_for_registering_binds_nothing(gateway: Gateway) -> None:
    token = (await student(gateway))["accessToken"]
    phone = new_phone()
    code = await code_of(gateway, "registration_code_request", phone, "REGISTER")
    assert refusals(await bind(gateway, token, phone, code)) == [("CODE_WRONG", ["code"])]


async def test_five_wrong_codes_lock_the_right_one_out(gateway: Gateway) -> None:
    token = (await student(gateway))["accessToken"]
    phone = new_phone()
    code = await code_of(gateway, REQUEST, phone, "BIND_PHONE", token)
    said = [refusals(await bind(gateway, token, phone, wrong(code)))[0][0] for _ in range(5)]
    assert said == ["CODE_WRONG"] * 4 + ["CODE_LOCKED"]
    assert refusals(await bind(gateway, token, phone, code)) == [("CODE_LOCKED", ["code"])]


async def test_of_two_accounts_that_bind_one_phone_at_once_one_gets_it(gateway: Gateway) -> None:
    tokens = [(await student(gateway, f"BIND{place:03d}"))["accessToken"] for place in range(2)]
    for _ in range(5):
        phone = new_phone()
        code = await code_of(gateway, REQUEST, phone, "BIND_PHONE", tokens[0])
        answers = await asyncio.gather(*(bind(gateway, token, phone, code) for token in tokens * 3))
        winners = {place % 2 for place, one in enumerate(answers) if not one["userErrors"]}
        assert len(winners) == 1
        assert await value(gateway, "SELECT count(*) FROM person WHERE phone = $1", phone) == 1
        loser = tokens[1 - winners.pop()]
        proven = await code_of(gateway, REQUEST, phone, "BIND_PHONE", loser)
        assert refusals(await bind(gateway, loser, phone, proven)) == [("PHONE_TAKEN", ["phone"])]
        await run(gateway, "UPDATE person SET phone = NULL WHERE phone = $1", phone)


async def test_who_is_not_signed_in_binds_nothing(gateway: Gateway) -> None:
    session = await student(gateway)
    token, phone = session["accessToken"], new_phone()
    unauthenticated: Said = [("UNAUTHENTICATED", [])]
    assert refusals(await act(gateway, REQUEST, None, phone=phone)) == unauthenticated
    assert refusals(await bind(gateway, None, phone, "123456")) == unauthenticated
    code = await code_of(gateway, REQUEST, phone, "BIND_PHONE", token)
    await act(gateway, "sign_out", None, refreshToken=session["refreshToken"])
    assert await is_dead(gateway, token)
    assert refusals(await act(gateway, REQUEST, token, phone=new_phone())) == [("SESSION_INVALID", [])]
    assert refusals(await bind(gateway, token, phone, code)) == [("SESSION_INVALID", [])]
    person = await number_of_person(gateway, token)
    assert await value(gateway, "SELECT phone FROM person WHERE id = $1", person) is None


@pytest.mark.parametrize("phone", ["", "188\u0000", "\u202e18800000001", "9" * 9000])
async def test_what_is_no_phone_or_no_code_is_named_by_its_path(gateway: Gateway, phone: str) -> None:
    token = (await student(gateway))["accessToken"]
    for answer in (await act(gateway, REQUEST, token, phone=phone), await bind(gateway, token, phone, "1")):
        assert refusals(answer) == [("PHONE_INVALID", ["phone"])]
    assert refusals(await bind(gateway, token, new_phone(), "1\u0000")) == [("BAD_USER_INPUT", ["code"])]
