from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from mobile_gateway import seals
from mobile_gateway.models.database import Database
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.seals import AccessClaims, Keyring

PHONE = "18800000001"
STRANGER = "18800000002"

REQUEST = """
mutation ($input: SignInCodeRequestInput!) {
  signInCodeRequest(input: $input) {
    phone expiresAt resendAfterSeconds userErrors { code path message hint }
  }
}
"""
SIGN_IN = """
mutation ($input: SignInInput!) {
  signIn(input: $input) {
    session { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt identity }
    userErrors { code path message hint }
  }
}
"""
REFRESH = """
mutation ($input: SignInRefreshInput!) {
  signInRefresh(input: $input) { session { accessToken refreshToken identity } userErrors { code path } }
}
"""
SIGN_OUT = """
mutation ($input: SignOutInput!) { signOut(input: $input) { signedOut userErrors { code } } }
"""


class Gateway(Protocol):
    database: Database

    async def execute(
        self, query: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> dict[str, Any]: ...


async def call(gateway: Gateway, query: str, **given: Any) -> dict[str, Any]:
    """The payload of the query's one mutation, which has no errors beside it."""
    answer = await gateway.execute(query, {"input": given})
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    found: dict[str, Any] = payload
    return found


async def newest_code(gateway: Gateway, keyring: Keyring) -> str:
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT source, params_sealed FROM sms_outbox ORDER BY id DESC LIMIT 1"
        )
    plain = seals.unseal_text(keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"])
    code: str = json.loads(plain)["code"]
    return code


async def change(gateway: Gateway, statement: str) -> None:
    async with gateway.database.connection() as connection:
        await connection.execute(statement)


async def enter(gateway: Gateway, code: str, phone: str = PHONE) -> dict[str, Any]:
    return await call(gateway, SIGN_IN, phone=phone, code=code, clientKind="APP")


def codes_of(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


@pytest.fixture
async def teacher(gateway: Gateway) -> None:
    await change(gateway, f"INSERT INTO person (identity, phone) VALUES ('TEACHER', '+86{PHONE}')")


@pytest.fixture
async def session(gateway: Gateway, keyring: Keyring, teacher: None) -> dict[str, Any]:
    await call(gateway, REQUEST, phone=PHONE)
    found: dict[str, Any] = (await enter(gateway, await newest_code(gateway, keyring)))["session"]
    return found


async def test_known_and_unknown_numbers_are_answered_alike(gateway: Gateway, teacher: None) -> None:
    known = await call(gateway, REQUEST, phone=PHONE)
    unknown = await call(gateway, REQUEST, phone=STRANGER)
    assert known.pop("phone") == "188****0001"
    assert unknown.pop("phone") == "188****0002"
    moments = [datetime.fromisoformat(payload.pop("expiresAt")) for payload in (known, unknown)]
    assert abs((moments[0] - moments[1]).total_seconds()) < 10
    assert known == unknown == {"resendAfterSeconds": 60, "userErrors": []}


async def test_a_code_signs_in_and_its_token_says_who_and_on_which_client(
    gateway: Gateway, keyring: Keyring, session: dict[str, Any]
) -> None:
    claims = seals.read_access(keyring, session["accessToken"], datetime.now(UTC))
    assert isinstance(claims, AccessClaims)
    assert (claims.identity, claims.client_kind) == (Identity.TEACHER, ClientKind.APP)
    assert datetime.fromisoformat(session["accessTokenExpiresAt"]) == claims.expires_at
    assert session["identity"] == "TEACHER"


@pytest.mark.parametrize("phone", ["", "123", "+1 202 555 0100", "1880000000\u0000", "\u202e18800000001"])
async def test_what_is_no_mainland_number_is_named_by_its_path(gateway: Gateway, phone: str) -> None:
    payload = await call(gateway, REQUEST, phone=phone)
    assert payload["phone"] is None
    assert codes_of(payload) == [("PHONE_INVALID", ["phone"])]
    assert codes_of(await enter(gateway, "123456", phone)) == [("PHONE_INVALID", ["phone"])]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "12345\u0000"])
async def test_what_can_be_no_code_costs_no_try(
    gateway: Gateway, keyring: Keyring, teacher: None, code: str
) -> None:
    await call(gateway, REQUEST, phone=PHONE)
    for _ in range(6):
        assert codes_of(await enter(gateway, code)) == [("BAD_USER_INPUT", ["code"])]
    assert (await enter(gateway, await newest_code(gateway, keyring)))["session"]


async def test_full_width_digits_and_spaces_are_read(
    gateway: Gateway, keyring: Keyring, teacher: None
) -> None:
    await call(gateway, REQUEST, phone=" +86 188-0000-0001")
    code = await newest_code(gateway, keyring)
    wide = "".join(chr(0xFF10 + int(digit)) for digit in code)
    assert (await enter(gateway, f" {wide[:3]} {wide[3:]} ", "１８８０００００００１"))["session"]


async def test_a_resend_too_soon_says_in_how_many_seconds(gateway: Gateway) -> None:
    await call(gateway, REQUEST, phone=PHONE)
    payload = await call(gateway, REQUEST, phone=PHONE)
    (error,) = payload["userErrors"]
    assert error["code"] == "CODE_RESEND_TOO_SOON"
    seconds = [int(word) for word in error["hint"].split() if word.isdigit()]
    assert len(seconds) == 1
    assert 50 <= seconds[0] <= 60


async def test_five_wrong_codes_lock_out_the_right_one(
    gateway: Gateway, keyring: Keyring, teacher: None
) -> None:
    await call(gateway, REQUEST, phone=PHONE)
    code = await newest_code(gateway, keyring)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    said = [codes_of(await enter(gateway, wrong)) for _ in range(5)]
    assert said == [[("CODE_WRONG", ["code"])]] * 4 + [[("CODE_LOCKED", ["code"])]]
    assert codes_of(await enter(gateway, code)) == [("CODE_LOCKED", ["code"])]


async def test_a_proven_number_without_account_is_told_so(gateway: Gateway, keyring: Keyring) -> None:
    await call(gateway, REQUEST, phone=STRANGER)
    payload = await enter(gateway, await newest_code(gateway, keyring), STRANGER)
    assert payload["session"] is None
    assert codes_of(payload) == [("ACCOUNT_NOT_FOUND", ["phone"])]


async def test_of_two_sign_ins_at_once_one_wins(gateway: Gateway, keyring: Keyring, teacher: None) -> None:
    await call(gateway, REQUEST, phone=PHONE)
    code = await newest_code(gateway, keyring)
    answers = await asyncio.gather(*(enter(gateway, code) for _ in range(4)))
    assert sum(answer["session"] is not None for answer in answers) == 1


async def test_two_refreshes_at_once_get_one_successor_and_a_late_one_ends_all(
    gateway: Gateway, session: dict[str, Any]
) -> None:
    old = session["refreshToken"]
    first, second = await asyncio.gather(*(call(gateway, REFRESH, refreshToken=old) for _ in range(2)))
    assert first["session"]["refreshToken"] == second["session"]["refreshToken"] != old
    await change(gateway, "UPDATE refresh_token SET rotated_at = rotated_at - interval '31 s'")
    for token in (old, first["session"]["refreshToken"]):
        payload = await call(gateway, REFRESH, refreshToken=token)
        assert payload["session"] is None
        assert codes_of(payload) == [("SESSION_INVALID", ["refreshToken"])]


async def test_signing_out_ends_the_refreshing_and_twice_is_once(
    gateway: Gateway, session: dict[str, Any]
) -> None:
    for _ in range(2):
        payload = await call(gateway, SIGN_OUT, refreshToken=session["refreshToken"])
        assert payload == {"signedOut": True, "userErrors": []}
    refreshed = await call(gateway, REFRESH, refreshToken=session["refreshToken"])
    assert codes_of(refreshed) == [("SESSION_INVALID", ["refreshToken"])]


async def test_an_older_wipe_epoch_is_refused(gateway: Gateway, session: dict[str, Any]) -> None:
    await change(gateway, "UPDATE person SET wipe_epoch = wipe_epoch + 1 WHERE phone LIKE '%18800000001'")
    refreshed = await call(gateway, REFRESH, refreshToken=session["refreshToken"])
    assert codes_of(refreshed) == [("SESSION_INVALID", ["refreshToken"])]


async def test_an_unknown_client_kind_is_no_request(gateway: Gateway) -> None:
    answer = await gateway.execute(
        SIGN_IN, {"input": {"phone": PHONE, "code": "123456", "clientKind": "TOASTER"}}
    )
    assert answer["errors"]
    assert "18800000001" not in json.dumps(answer["errors"])
