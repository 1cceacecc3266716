"""One phone, one account, whatever happens at the same moment. Each race is run several times."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from gateway import Gateway
from phoning import (
    NEW,
    OWNER,
    act,
    again_at_once,
    change,
    code,
    code_for,
    codes_of,
    prove_old,
    rows,
    until_waiting,
)

SECOND = "+8619900000002"
RIVALS = ("+8619900000009", "+8619900000010")
ROUNDS = 5


async def ready(gateway: Gateway, token: str, new_phone: str) -> str:
    """Both steps up to the code that finishes."""
    assert codes_of(await prove_old(gateway, token)) == []
    await again_at_once(gateway)
    return await code(gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", token, newPhone=new_phone)


async def test_of_two_accounts_that_bind_one_phone_at_once_one_gets_it(gateway: Gateway) -> None:
    for number in range(ROUNDS):
        phone = f"+861882222000{number}"
        tokens = [await gateway.token(one) for one in RIVALS]
        for token in tokens:
            await prove_old(gateway, token)
            await again_at_once(gateway)
        digits = await code(
            gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", tokens[0], newPhone=phone
        )
        answers = await asyncio.gather(
            *(act(gateway, "phone_change_finish", t, newPhone=phone, code=digits) for t in tokens)
        )
        won = [answer for answer in answers if answer["phone"]]
        assert len(won) == 1
        (lost,) = [codes_of(answer) for answer in answers if not answer["phone"]]
        assert lost == [("CODE_WRONG", ["code"])]  # the one code was the winner's
        await again_at_once(gateway)
        loser = tokens[[bool(answer["phone"]) for answer in answers].index(False)]
        digits = await code(
            gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", loser, newPhone=phone
        )
        taken = await act(gateway, "phone_change_finish", loser, newPhone=phone, code=digits)
        assert codes_of(taken) == [("PHONE_TAKEN", ["newPhone"])]
        await _give_back(gateway, phone, answers)


async def _give_back(gateway: Gateway, phone: str, answers: list[dict[str, object]]) -> None:
    """The winner's old phone again, for the next round."""
    back = RIVALS[[bool(a["phone"]) for a in answers].index(True)]
    async with gateway.database.connection() as connection:
        await connection.execute("UPDATE person SET phone = $2 WHERE phone = $1", phone, back)
        await connection.execute("DELETE FROM sms_code")


async def test_one_account_that_finishes_twice_at_once_changes_once(gateway: Gateway) -> None:
    for number in range(ROUNDS):
        phone = f"+861883333000{number}"
        token = await gateway.token(OWNER if number == 0 else f"+861883333000{number - 1}")
        digits = await ready(gateway, token, phone)
        answers = await asyncio.gather(
            *(act(gateway, "phone_change_finish", token, newPhone=phone, code=digits) for _ in range(4))
        )
        assert [codes_of(answer) for answer in answers] == [[]] * 4
        await again_at_once(gateway)
    changes = await rows(gateway, "SELECT FROM phone_change WHERE done_at IS NOT NULL")
    assert len(changes) == ROUNDS
    assert len(await rows(gateway, "SELECT FROM sms_outbox WHERE kind = 'PHONE_CHANGED'")) == 2 * ROUNDS


async def test_one_account_does_not_get_two_new_phones_out_of_one_proof(gateway: Gateway) -> None:
    token = await gateway.token()
    digits = await ready(gateway, token, NEW)
    other = "+8618844440001"
    second = await code(gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", token, newPhone=other)
    answers = await asyncio.gather(
        act(gateway, "phone_change_finish", token, newPhone=NEW, code=digits),
        act(gateway, "phone_change_finish", token, newPhone=other, code=second),
    )
    assert sorted(codes_of(answer) for answer in answers) == [[], [("OLD_PHONE_NOT_PROVEN", [])]]


async def test_an_account_that_registers_the_phone_at_the_same_time_is_told_as_a_refusal(
    gateway: Gateway,
) -> None:
    token = await gateway.token()
    digits = await ready(gateway, token, NEW)
    async with gateway.database.connection() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("INSERT INTO person (identity, phone) VALUES ('TEACHER', $1)", NEW)
        finishing = asyncio.ensure_future(
            act(gateway, "phone_change_finish", token, newPhone=NEW, code=digits)
        )
        await until_waiting(gateway)
        await transaction.commit()
    assert codes_of(await finishing) == [("PHONE_TAKEN", ["newPhone"])]
    assert await gateway.person(OWNER) is not None
    (row,) = await rows(gateway, "SELECT closed_at FROM sms_code WHERE purpose = 'CHANGE_NEW_PHONE'")
    assert row["closed_at"] is not None


async def test_signing_in_by_the_old_phone_at_the_same_time_neither_hangs_nor_survives(
    gateway: Gateway,
) -> None:
    old = OWNER
    for number in range(ROUNDS):
        phone = f"+861885555000{number}"
        token = await gateway.token(old)
        digits = await ready(gateway, token, phone)
        await again_at_once(gateway)
        await act(gateway, "sign_in_code_request", phone=old)
        entering = await code_for(gateway, old, "SIGN_IN")
        changed, signed = await asyncio.gather(
            act(gateway, "phone_change_finish", token, newPhone=phone, code=digits),
            act(gateway, "sign_in", phone=old, code=entering, clientKind="APP"),
        )
        assert codes_of(changed) == []
        if signed["session"]:
            used = await gateway.execute("{ viewer { id } }", token=signed["session"]["accessToken"])
            assert used["errors"][0]["extensions"]["code"] == "SESSION_INVALID"
        await again_at_once(gateway)
        old = phone


async def test_the_database_itself_keeps_two_accounts_from_one_phone(gateway: Gateway) -> None:
    await change(gateway, await gateway.token())
    async with gateway.database.connection() as connection:
        with pytest.raises(asyncpg.UniqueViolationError, match="person_phone_key"):
            await connection.execute("UPDATE person SET phone = $1 WHERE phone = $2", NEW, SECOND)
