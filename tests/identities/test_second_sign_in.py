"""The second sign-in: by a code to the own phone, or by the password of who has none; it holds for 5 minutes."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from gateway import Gateway
from identifying import (
    PASSWORD,
    Said,
    act,
    code_of,
    login,
    new_phone,
    newest_code,
    number_of_person,
    refusals,
    registered,
    school,
    student,
    wrong,
)
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.rules import sign_in
from player import run, value

REQUEST, STRONG, BY_PASSWORD = "strong_sign_in_code_request", "strong_sign_in", "strong_sign_in_by_password"


def strong_at(gateway: Gateway, token: str) -> datetime | None:
    claims = seals.read_access(gateway.resources.keyring, token, real())
    assert isinstance(claims, seals.AccessClaims)
    return claims.strong_at


async def test_a_code_to_the_own_phone_makes_the_sign_in_strong_for_five_minutes(gateway: Gateway) -> None:
    phone = new_phone()
    session = await registered(gateway, "TEACHER", phone)
    token = session["accessToken"]
    assert strong_at(gateway, token) is None
    code = await code_of(gateway, REQUEST, phone, "STRONG_SIGN_IN", token)
    renewed = (await act(gateway, STRONG, token, code=code))["session"]
    assert renewed["refreshToken"] is renewed["refreshTokenExpiresAt"] is None
    at = strong_at(gateway, renewed["accessToken"])
    assert at is not None
    assert timedelta(0) <= real() - at < timedelta(seconds=30)
    assert sign_in.is_strong(at, real())
    assert not sign_in.is_strong(at, at + timedelta(minutes=5))
    until = datetime.fromisoformat(renewed["strongUntil"])
    assert timedelta(minutes=5) <= until - at < timedelta(minutes=5, seconds=1)
    refreshed = (await act(gateway, "sign_in_refresh", None, refreshToken=session["refreshToken"]))["session"]
    assert strong_at(gateway, refreshed["accessToken"]) == at, "refreshing keeps it"


async def test_it_holds_for_this_sign_in_alone(gateway: Gateway) -> None:
    phone = new_phone()
    session = await registered(gateway, "TEACHER", phone)
    signing = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
    other = (await act(gateway, "sign_in", None, phone=phone, code=signing, clientKind="WEB"))["session"]
    code = await code_of(gateway, REQUEST, phone, "STRONG_SIGN_IN", session["accessToken"])
    assert refusals(await act(gateway, STRONG, session["accessToken"], code=code)) == []
    refreshed = (await act(gateway, "sign_in_refresh", None, refreshToken=other["refreshToken"]))["session"]
    assert strong_at(gateway, refreshed["accessToken"]) is None


async def test_wrong_codes_are_counted_and_another_purposes_code_is_wrong(gateway: Gateway) -> None:
    phone = new_phone()
    token = (await registered(gateway, "TEACHER", phone))["accessToken"]
    signing = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
    assert refusals(await act(gateway, STRONG, token, code=signing)) == [("CODE_WRONG", ["code"])]
    code = await code_of(gateway, REQUEST, phone, "STRONG_SIGN_IN", token)
    said = [refusals(await act(gateway, STRONG, token, code=wrong(code)))[0][0] for _ in range(5)]
    assert said == ["CODE_WRONG"] * 4 + ["CODE_LOCKED"]
    assert refusals(await act(gateway, STRONG, token, code=code)) == [("CODE_LOCKED", ["code"])]
    assert refusals(await act(gateway, STRONG, token, code="12345\u0000")) == [("BAD_USER_INPUT", ["code"])]


async def test_one_code_makes_one_sign_in_strong_whatever_comes_at_once(gateway: Gateway) -> None:
    phone = new_phone()
    token = (await registered(gateway, "TEACHER", phone))["accessToken"]
    for _ in range(3):
        signing = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
        code = await code_of(gateway, REQUEST, phone, "STRONG_SIGN_IN", token)
        *strong, signed = await asyncio.gather(
            *(act(gateway, STRONG, token, code=code) for _ in range(5)),
            act(gateway, "sign_in", None, phone=phone, code=signing, clientKind="APP"),
        )
        assert sorted(len(one["userErrors"]) for one in strong) == [0, 1, 1, 1, 1]
        assert refusals(signed) == [], "the two wait for each other's locks in one order"


async def test_who_is_not_signed_in_or_no_more_gets_no_code(gateway: Gateway) -> None:
    phone = new_phone()
    session = await registered(gateway, "TEACHER", phone)
    token = session["accessToken"]
    for document in (REQUEST, STRONG, BY_PASSWORD):
        given = {STRONG: {"code": "123456"}, BY_PASSWORD: {"password": PASSWORD}}.get(document, {})
        assert refusals(await act(gateway, document, None, **given)) == [("UNAUTHENTICATED", [])]
    code = await code_of(gateway, REQUEST, phone, "STRONG_SIGN_IN", token)
    await act(gateway, "sign_out", None, refreshToken=session["refreshToken"])
    gone: Said = [("SESSION_INVALID", [])]
    assert refusals(await act(gateway, REQUEST, token)) == gone
    assert refusals(await act(gateway, STRONG, token, code=code)) == gone
    assert refusals(await act(gateway, BY_PASSWORD, token, password=PASSWORD)) == gone


async def test_an_account_without_a_phone_signs_in_again_by_its_password(gateway: Gateway) -> None:
    token = (await student(gateway))["accessToken"]
    assert refusals(await act(gateway, REQUEST, token)) == [("PHONE_REQUIRED", [])]
    assert refusals(await act(gateway, STRONG, token, code="123456")) == [("PHONE_REQUIRED", [])]
    renewed = await act(gateway, BY_PASSWORD, token, password=PASSWORD)
    assert refusals(renewed) == []
    assert strong_at(gateway, renewed["session"]["accessToken"]) is not None
    phone = new_phone()
    code = await code_of(gateway, "phone_bind_code_request", phone, "BIND_PHONE", token)
    await act(gateway, "phone_bind", token, phone=phone, code=code)
    again = await act(gateway, BY_PASSWORD, token, password=PASSWORD)
    assert refusals(again) == [("SECOND_SIGN_IN_REQUIRED", [])], "a phone is the better proof"


async def test_tries_of_both_doors_count_together(gateway: Gateway) -> None:
    token = (await student(gateway))["accessToken"]
    given = login(await school(gateway), "S20240001", "not-the-password")
    for _ in range(3):
        assert refusals(await act(gateway, "student_sign_in", None, **given)) == [("SIGN_IN_WRONG", [])]
    for typed in ("not-the-password", "\u0000"):
        payload = await act(gateway, BY_PASSWORD, token, password=typed)
        assert refusals(payload) == [("SIGN_IN_WRONG", ["password"])]
    payload = await act(gateway, BY_PASSWORD, token, password="not-the-password")
    assert refusals(payload) == [("SIGN_IN_WRONG", ["password"])]
    locked: Said = [("SIGN_IN_LOCKED", [])]
    assert refusals(await act(gateway, BY_PASSWORD, token, password=PASSWORD)) == locked
    assert refusals(await act(gateway, "student_sign_in", None, **given)) == locked


async def test_a_code_for_the_phone_that_was_the_accounts_is_none_for_its_next(gateway: Gateway) -> None:
    phone = new_phone()
    token = (await registered(gateway, "TEACHER", phone))["accessToken"]
    code = await code_of(gateway, REQUEST, phone, "STRONG_SIGN_IN", token)
    person = await number_of_person(gateway, token)
    await run(gateway, "UPDATE person SET phone = $2 WHERE id = $1", person, new_phone())
    assert refusals(await act(gateway, STRONG, token, code=code)) == [("CODE_WRONG", ["code"])]
    assert await newest_code(gateway, phone, "STRONG_SIGN_IN") == code
    assert await value(gateway, "SELECT strong_at FROM sign_in WHERE person_id = $1", person) is None
