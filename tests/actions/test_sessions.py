from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from structlog.testing import capture_logs

from mobile_gateway import seals
from mobile_gateway.actions import codes, sessions
from mobile_gateway.actions.sessions import SignedIn
from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ClientKind, CodePurpose, Identity
from mobile_gateway.seals import AccessClaims, Keyring

NOW = datetime(2024, 8, 1, 4, tzinfo=UTC)
PHONE = "+8619900000001"


async def rows(database: Database, query: str, *args: object) -> list[asyncpg.Record]:
    async with database.connection() as connection:
        found: list[asyncpg.Record] = await connection.fetch(query, *args)
    return found


async def ask(database: Database, keyring: Keyring, now: datetime = NOW) -> str:
    """Ask for a code and read it from the outbox."""
    await codes.request_code(
        database,
        keyring,
        phone=PHONE,
        purpose=CodePurpose.SIGN_IN,
        network="192.0.2.0/24",
        locale="zh-CN",
        now=now,
    )
    row = (await rows(database, "SELECT source, params_sealed FROM sms_outbox ORDER BY id DESC"))[0]
    sealed = seals.unseal_text(keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"])
    code: str = json.loads(sealed)["code"]
    return code


def not_(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def enter(
    database: Database, keyring: Keyring, code: str, now: datetime = NOW, kind: ClientKind = ClientKind.APP
) -> SignedIn | Refusal:
    return await sessions.sign_in(database, keyring, phone=PHONE, code=code, client_kind=kind, now=now)


def refused(answer: object) -> RefusalCode | None:
    return answer.code if isinstance(answer, Refusal) else None


def claims(keyring: Keyring, signed: SignedIn | Refusal, now: datetime = NOW) -> AccessClaims:
    assert isinstance(signed, SignedIn)
    read = seals.read_access(keyring, signed.access_token, now)
    assert isinstance(read, AccessClaims)
    return read


@pytest.fixture
async def person(database: Database) -> int:
    (row,) = await rows(
        database, "INSERT INTO person (identity, phone) VALUES ('TEACHER', $1) RETURNING id", PHONE
    )
    return int(row["id"])


@pytest.fixture
async def session(database: Database, keyring: Keyring, person: int) -> SignedIn:
    signed = await enter(database, keyring, await ask(database, keyring))
    assert isinstance(signed, SignedIn)
    return signed


async def turn(database: Database, keyring: Keyring, token: str, seconds: float = 0) -> SignedIn | Refusal:
    return await sessions.refresh(database, keyring, token=token, now=NOW + timedelta(seconds=seconds))


async def test_the_right_code_signs_in_and_binds_the_client_kind(
    database: Database, keyring: Keyring, person: int
) -> None:
    signed = await enter(database, keyring, await ask(database, keyring), kind=ClientKind.DESKTOP)
    said = claims(keyring, signed)
    assert (said.person_id, said.client_kind) == (person, ClientKind.DESKTOP)
    assert (said.identity, said.wipe_epoch) == (Identity.TEACHER, 0)
    assert isinstance(signed, SignedIn)
    assert signed.access_expires_at == said.expires_at == NOW + timedelta(minutes=10)


async def test_a_code_is_good_once(database: Database, keyring: Keyring, person: int) -> None:
    code = await ask(database, keyring)
    assert isinstance(await enter(database, keyring, code), SignedIn)
    assert refused(await enter(database, keyring, code)) is RefusalCode.CODE_WRONG


async def test_of_sign_ins_at_once_with_one_code_one_wins(
    database: Database, keyring: Keyring, person: int
) -> None:
    code = await ask(database, keyring)
    answers = await asyncio.gather(*(enter(database, keyring, code) for _ in range(8)))
    assert sum(isinstance(answer, SignedIn) for answer in answers) == 1
    assert len(await rows(database, "SELECT FROM sign_in")) == 1


async def test_five_wrong_tries_lock_and_then_the_right_code_fails(
    database: Database, keyring: Keyring, person: int
) -> None:
    code = await ask(database, keyring)
    answers = [refused(await enter(database, keyring, not_(code))) for _ in range(6)]
    assert answers == [RefusalCode.CODE_WRONG] * 4 + [RefusalCode.CODE_LOCKED] * 2
    assert refused(await enter(database, keyring, code)) is RefusalCode.CODE_LOCKED
    fresh = await ask(database, keyring, NOW + timedelta(seconds=61))
    assert isinstance(await enter(database, keyring, fresh, NOW + timedelta(seconds=61)), SignedIn)


async def test_guesses_at_once_count_like_guesses_in_turn(
    database: Database, keyring: Keyring, person: int
) -> None:
    code = await ask(database, keyring)
    answers = await asyncio.gather(*(enter(database, keyring, not_(code)) for _ in range(20)))
    assert [refused(a) for a in answers].count(RefusalCode.CODE_WRONG) == 4
    assert refused(await enter(database, keyring, code)) is RefusalCode.CODE_LOCKED


async def test_an_expired_code_is_wrong(database: Database, keyring: Keyring, person: int) -> None:
    code = await ask(database, keyring)
    late = NOW + timedelta(minutes=5)
    assert refused(await enter(database, keyring, code, late)) is RefusalCode.CODE_WRONG
    assert isinstance(await enter(database, keyring, code, late - timedelta(seconds=1)), SignedIn)


async def test_only_who_proved_a_number_learns_that_it_has_no_account(
    database: Database, keyring: Keyring
) -> None:
    code = await ask(database, keyring)
    assert refused(await enter(database, keyring, not_(code))) is RefusalCode.CODE_WRONG
    assert refused(await enter(database, keyring, code)) is RefusalCode.ACCOUNT_NOT_FOUND
    assert refused(await enter(database, keyring, code)) is RefusalCode.CODE_WRONG


async def test_no_log_line_and_no_repr_holds_a_code_or_a_token(
    database: Database, keyring: Keyring, person: int
) -> None:
    with capture_logs() as lines:
        code = await ask(database, keyring)
        await enter(database, keyring, not_(code))
        signed = await enter(database, keyring, code)
        assert isinstance(signed, SignedIn)
        await turn(database, keyring, signed.refresh_token)
        await turn(database, keyring, signed.refresh_token, seconds=60)
    assert [line["event"] for line in lines] == ["refresh_token_reused"]
    for secret in (code, PHONE, signed.refresh_token, signed.access_token):
        assert secret not in str(lines)
        assert secret not in repr(signed)
    stored = [row["token_hash"] for row in await rows(database, "SELECT token_hash FROM refresh_token")]
    assert signed.refresh_token.encode() not in stored


async def test_a_refresh_within_thirty_seconds_answers_the_same_successor(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    first = await turn(database, keyring, session.refresh_token)
    again = await turn(database, keyring, session.refresh_token, seconds=29.9)
    assert isinstance(first, SignedIn)
    assert isinstance(again, SignedIn)
    assert first.refresh_token == again.refresh_token != session.refresh_token
    assert first.refresh_expires_at == again.refresh_expires_at
    assert claims(keyring, again).session_id == session.session_id


async def test_the_same_successor_is_answered_across_a_change_of_keys(
    database: Database, person: int
) -> None:
    secrets = {"k1": b"1" * 32, "k2": b"2" * 32}
    old, new = Keyring({"k1": secrets["k1"]}, current="k1"), Keyring(secrets, current="k2", index="k1")
    signed = await enter(database, old, await ask(database, old))
    assert isinstance(signed, SignedIn)
    before = await turn(database, old, signed.refresh_token)
    after = await turn(database, new, signed.refresh_token, seconds=5)
    assert isinstance(before, SignedIn)
    assert isinstance(after, SignedIn)
    assert before.refresh_token == after.refresh_token


async def test_refreshes_at_once_answer_one_successor(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    answers = await asyncio.gather(*(turn(database, keyring, session.refresh_token) for _ in range(8)))
    assert len({a.refresh_token for a in answers if isinstance(a, SignedIn)}) == 1
    assert not [a for a in answers if isinstance(a, Refusal)]
    assert len(await rows(database, "SELECT FROM refresh_token")) == 2


async def test_a_refresh_that_waited_for_another_answers_its_successor(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    async with database.connection() as held:
        async with held.transaction():
            await held.execute("SELECT FROM sign_in FOR UPDATE")
            both = [asyncio.create_task(turn(database, keyring, session.refresh_token)) for _ in range(2)]
            await asyncio.wait(both, timeout=0.3)
        first, second = await asyncio.gather(*both)
    assert isinstance(first, SignedIn)
    assert isinstance(second, SignedIn)
    assert first.refresh_token == second.refresh_token


async def test_a_rotated_token_used_later_ends_the_whole_sign_in(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    successor = await turn(database, keyring, session.refresh_token)
    assert isinstance(successor, SignedIn)
    reused = await turn(database, keyring, session.refresh_token, seconds=30)
    assert refused(reused) is RefusalCode.SESSION_INVALID
    followed = await turn(database, keyring, successor.refresh_token, seconds=31)
    assert refused(followed) is RefusalCode.SESSION_INVALID
    (ended,) = await rows(database, "SELECT ended_at, end_reason FROM sign_in")
    assert tuple(ended) == (NOW + timedelta(seconds=30), "REUSE")


async def test_a_refresh_token_lives_thirty_days(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    late = await turn(database, keyring, session.refresh_token, seconds=30 * 86_400)
    assert refused(late) is RefusalCode.SESSION_INVALID
    assert isinstance(await turn(database, keyring, session.refresh_token, seconds=30 * 86_400 - 1), SignedIn)


async def test_a_refresh_speaks_for_the_identity_of_now(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    await rows(database, "UPDATE person SET identity = 'PARENT'")
    said = claims(keyring, await turn(database, keyring, session.refresh_token))
    assert (said.identity, said.client_kind, said.wipe_epoch) == (Identity.PARENT, ClientKind.APP, 0)


async def test_a_sign_in_of_an_older_wipe_epoch_is_refused(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    await rows(database, "UPDATE person SET wipe_epoch = wipe_epoch + 1")
    assert refused(await turn(database, keyring, session.refresh_token)) is RefusalCode.SESSION_INVALID
    fresh = await ask(database, keyring, NOW + timedelta(seconds=61))
    signed = await enter(database, keyring, fresh, NOW + timedelta(seconds=61))
    assert claims(keyring, signed).wipe_epoch == 1


async def test_signing_out_kills_the_refresh_and_twice_is_once(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    for seconds in (1, 2):
        await sessions.sign_out(database, token=session.refresh_token, now=NOW + timedelta(seconds=seconds))
    assert refused(await turn(database, keyring, session.refresh_token)) is RefusalCode.SESSION_INVALID
    (ended,) = await rows(database, "SELECT ended_at, end_reason FROM sign_in")
    assert tuple(ended) == (NOW + timedelta(seconds=1), "SIGN_OUT")


async def test_signing_out_by_a_rotated_token_ends_its_successor_too(
    database: Database, keyring: Keyring, session: SignedIn
) -> None:
    successor = await turn(database, keyring, session.refresh_token)
    assert isinstance(successor, SignedIn)
    await sessions.sign_out(database, token=session.refresh_token, now=NOW)
    assert refused(await turn(database, keyring, successor.refresh_token)) is RefusalCode.SESSION_INVALID


@pytest.mark.parametrize("token", ["", "x", "\ud800", "a" * 43])
async def test_an_unknown_token_refreshes_nothing_and_signs_nobody_out(
    database: Database, keyring: Keyring, session: SignedIn, token: str
) -> None:
    assert refused(await turn(database, keyring, token)) is RefusalCode.SESSION_INVALID
    await sessions.sign_out(database, token=token, now=NOW)
    assert isinstance(await turn(database, keyring, session.refresh_token), SignedIn)
