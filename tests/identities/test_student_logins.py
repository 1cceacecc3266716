"""A student's school, number and password: registering, signing in, locks (PRODUCT.md §5, TRUST.md)."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import pytest

from gateway import Gateway
from identifying import PASSWORD, Said, act, login, refusals, school, student, viewer
from mobile_gateway import seals
from mobile_gateway.actions import student_logins, tries
from mobile_gateway.actions.student_logins import Credentials
from mobile_gateway.clock import real
from mobile_gateway.demo.people import STUDENT_PASSWORD
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.words import ClientKind
from player import run, value

WRONG: Said = [("SIGN_IN_WRONG", [])]
REGISTER, SIGN_IN = "student_register", "student_sign_in"


async def enter(gateway: Gateway, school_id: int, number: str, password: str = PASSWORD) -> dict[str, Any]:
    return await act(gateway, SIGN_IN, None, **login(school_id, number, password))


async def merge(gateway: Gateway, old: int, into: int) -> None:
    await run(gateway, "UPDATE school SET merged_at = now(), successor_id = $2 WHERE id = $1", old, into)


async def tries_ago(gateway: Gateway, minutes: int) -> None:
    """As if every try had been made some minutes earlier."""
    await run(gateway, "UPDATE sign_in_try SET created_at = created_at - make_interval(mins => $1)", minutes)


async def test_a_student_registers_without_a_phone_and_signs_in_again(gateway: Gateway) -> None:
    session = await student(gateway, "2024A001")
    seen = await viewer(gateway, session["accessToken"])
    assert (seen["identity"], seen["phone"]) == ("STUDENT", None)
    for typed in ("2024A001", " 2024a001 ", "２０２４ａ００１"):
        signed = await enter(gateway, await school(gateway), typed)
        assert signed["session"]["identity"] == "STUDENT"
        assert (await viewer(gateway, signed["session"]["accessToken"]))["id"] == seen["id"]


async def test_the_demos_student_signs_in(gateway: Gateway) -> None:
    where = await value(gateway, "SELECT student_school_id FROM person WHERE student_number = '2020010307'")
    signed = await enter(gateway, where, "2020010307", STUDENT_PASSWORD)
    assert signed["session"]["identity"] == "STUDENT"


async def test_a_number_is_registered_once_a_school(gateway: Gateway) -> None:
    await student(gateway, "2024A001")
    again = await act(gateway, REGISTER, None, **login(await school(gateway), "2024a001", "Another-one-77"))
    assert refusals(again) == [("STUDENT_NUMBER_TAKEN", ["studentNumber"])]
    assert (await student(gateway, "2024A001", await school(gateway, 1)))["identity"] == "STUDENT"


async def test_registering_one_number_many_times_at_once_makes_one_account(gateway: Gateway) -> None:
    where = await school(gateway)
    for place in range(3):
        given = login(where, f"RACE{place}")
        answers = await asyncio.gather(*(act(gateway, REGISTER, None, **given) for _ in range(4)))
        said = sorted(str(refusals(one)) for one in answers)
        assert said == ["[('STUDENT_NUMBER_TAKEN', ['studentNumber'])]"] * 3 + ["[]"]
        assert (
            await value(gateway, "SELECT count(*) FROM person WHERE student_number = $1", f"RACE{place}") == 1
        )


@pytest.mark.parametrize(
    "number",
    ["", "abc", "A" * 33, "2024-001", "学号20240001", "１２３", "20240001\u0000", "ß1234", "9" * 9000],
)
async def test_what_is_no_student_number_is_refused(gateway: Gateway, number: str) -> None:
    expected = [("STUDENT_NUMBER_INVALID", ["studentNumber"])]
    given = login(await school(gateway), number)
    assert refusals(await act(gateway, REGISTER, None, **given)) == expected
    assert refusals(await act(gateway, SIGN_IN, None, **given)) == expected


@pytest.mark.parametrize(
    ("password", "why", "why_en"),
    [
        ("", "少于 10 个字符", "fewer than 10"),
        ("short-one", "少于 10 个字符", "fewer than 10"),
        ("x" * 129, "超过 128 个字符", "more than 128"),
        ("y" * 9000, "超过 128 个字符", "more than 128"),
        ("mine-s20240001-too", "含有您的学生号", "student number"),
        ("Password123", "过于常见", "too common"),
        ("1234567890", "过于常见", "too common"),
        ("aaaaabbbbbccccc", "过于常见", "too common"),
        ("with\u0000nul-inside", "含有不可使用的字符", "cannot be used"),
        ("right\u202eto-left", "含有不可使用的字符", "cannot be used"),
    ],
)
async def test_an_unfit_password_says_why_in_both_languages(
    gateway: Gateway, password: str, why: str, why_en: str
) -> None:
    given = login(await school(gateway), "S20240001", password)
    payload = await act(gateway, REGISTER, None, **given)
    assert refusals(payload) == [("PASSWORD_UNFIT", ["password"])]
    assert why in payload["userErrors"][0]["message"]
    query = "mutation ($input: StudentRegisterInput!) { studentRegister(input: $input) { userErrors { message } } }"
    english = await gateway.execute(query, {"input": given}, accept_language="en")
    assert why_en in english["data"]["studentRegister"]["userErrors"][0]["message"]
    assert refusals(await act(gateway, SIGN_IN, None, **given)) == WRONG, "and it signs nobody in"


async def test_a_school_that_is_not_there_or_was_merged_registers_nobody(gateway: Gateway) -> None:
    old, into = await school(gateway, 3), await school(gateway, 4)
    await merge(gateway, old, into)
    said = refusals(await act(gateway, REGISTER, None, **login(old, "S1000")))
    assert said == [("SCHOOL_MERGED", ["schoolId"])]
    absent = [("SCHOOL_NOT_FOUND", ["schoolId"])]
    for school_id in ("x", "\u0000", "U2Nob29sOjk5OTk5OTk5OTk5OTk5OTk5OTk", ""):
        given = login(old, "S1000") | {"schoolId": school_id}
        assert refusals(await act(gateway, REGISTER, None, **given)) == absent
        assert refusals(await act(gateway, SIGN_IN, None, **given)) == WRONG
    assert refusals(await act(gateway, REGISTER, None, **login(10**15, "S1000"))) == absent


async def test_a_wrong_password_number_or_school_is_answered_alike(gateway: Gateway) -> None:
    await student(gateway, "2024A001")
    answers = [
        await enter(gateway, await school(gateway), "2024A001", "not-the-password"),
        await enter(gateway, await school(gateway), "2024A002"),
        await enter(gateway, await school(gateway, 1), "2024A001"),
        await enter(gateway, 10**15, "2024A001"),
    ]
    assert all(one == answers[0] for one in answers)
    assert refusals(answers[0]) == WRONG


async def test_an_unknown_login_takes_as_long_as_a_wrong_password(gateway: Gateway) -> None:
    await student(gateway, "2024A001")

    async def seconds(number: str) -> float:
        best = 9.9
        for _ in range(2):
            began = perf_counter()
            assert refusals(await enter(gateway, await school(gateway), number, "not-the-password")) == WRONG
            best = min(best, perf_counter() - began)
        return best

    known, unknown = await seconds("2024A001"), await seconds("2024A999")
    assert unknown > known / 3, "a decoy is compared"


@pytest.mark.parametrize("number", ["2024A001", "NOBODY01"])
async def test_five_wrong_passwords_lock_a_login_that_exists_and_one_that_does_not(
    gateway: Gateway, number: str
) -> None:
    await student(gateway, "2024A001")
    where = await school(gateway)
    for _ in range(5):
        assert refusals(await enter(gateway, where, number, "not-the-password")) == WRONG
    locked = await enter(gateway, where, number)
    assert refusals(locked) == [("SIGN_IN_LOCKED", [])]
    assert "15" in locked["userErrors"][0]["hint"]
    await tries_ago(gateway, 14)
    still = await enter(gateway, where, number)
    assert refusals(still) == [("SIGN_IN_LOCKED", [])]
    assert " 1 " in still["userErrors"][0]["hint"], "being refused makes no lock longer"
    await tries_ago(gateway, 1)
    assert refusals(await enter(gateway, where, number)) == ([] if number == "2024A001" else WRONG)


async def test_the_right_password_clears_the_tries(gateway: Gateway) -> None:
    await student(gateway, "2024A001")
    where = await school(gateway)
    for _ in range(2):
        for _ in range(4):
            assert refusals(await enter(gateway, where, "2024A001", "not-the-password")) == WRONG
        assert refusals(await enter(gateway, where, "2024A001")) == []


async def test_twenty_tries_at_once_compare_five_passwords(gateway: Gateway) -> None:
    await student(gateway, "2024A001")
    where = await school(gateway)
    for number in ("2024A001", "NOBODY01"):
        answers = await asyncio.gather(
            *(enter(gateway, where, number, f"not-the-password-{n}") for n in range(20))
        )
        said = sorted(refusals(one)[0][0] for one in answers)
        assert said == ["SIGN_IN_LOCKED"] * 15 + ["SIGN_IN_WRONG"] * 5


async def test_twenty_networks_at_once_compare_five_passwords_of_one_login(gateway: Gateway) -> None:
    given = Credentials(await school(gateway), "2024A001", "not-the-password")
    answers = await asyncio.gather(
        *(
            student_logins.sign_in(
                gateway.database,
                gateway.resources.keyring,
                given=given,
                client_kind=ClientKind.APP,
                network=f"192.0.2.{n}/32",
                now=real(),
            )
            for n in range(20)
        )
    )
    said = sorted(one.code for one in answers if isinstance(one, Refusal))
    assert said == ["SIGN_IN_LOCKED"] * 15 + ["SIGN_IN_WRONG"] * 5


async def test_a_network_has_a_hundred_tries_in_fifteen_minutes(gateway: Gateway) -> None:
    await student(gateway, "2024A001")
    network = await value(gateway, "SELECT network FROM sign_in_try LIMIT 1")
    await run(
        gateway,
        "INSERT INTO sign_in_try (login_index, network) SELECT sha256(n::text::bytea), $1"
        " FROM generate_series(1, 98) n",
        network,
    )
    where = await school(gateway)
    assert refusals(await enter(gateway, where, "2024A777", "not-the-password")) == WRONG
    limited: Said = [("RATE_LIMITED", [])]
    assert refusals(await enter(gateway, where, "2024A001")) == limited
    assert refusals(await act(gateway, REGISTER, None, **login(where, "2024A002"))) == limited
    await tries_ago(gateway, 15)
    assert refusals(await enter(gateway, where, "2024A001")) == []


async def test_a_network_registers_sixty_numbers_in_fifteen_minutes(gateway: Gateway) -> None:
    await student(gateway, "2024A001")
    await run(
        gateway,
        "INSERT INTO sign_in_try (login_index, network)"
        " SELECT login_index, network FROM sign_in_try, generate_series(1, 59)",
    )
    where = await school(gateway)
    for number in ("2024A001", "2024A002"):
        said = refusals(await act(gateway, REGISTER, None, **login(where, number)))
        assert said == [("RATE_LIMITED", [])], "nor does it tell what is taken"
    assert refusals(await enter(gateway, where, "2024A001")) == []


async def test_a_try_holds_neither_school_nor_number(gateway: Gateway) -> None:
    await enter(gateway, await school(gateway), "2024A001")
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM sign_in_try")
    assert row is not None
    index = seals.blind_index(gateway.resources.keyring, f"{await school(gateway)}:2024A001", tries.COLUMN)
    assert row["login_index"] == index
    assert set(row.keys()) == {"id", "login_index", "network", "created_at"}


async def test_after_a_merger_a_student_gets_in_under_either_school(gateway: Gateway) -> None:
    old, middle, last = [await school(gateway, place) for place in (3, 4, 5)]
    await student(gateway, "2024A001", old)
    await merge(gateway, old, middle)
    await merge(gateway, middle, last)
    for where in (old, middle, last):
        assert refusals(await enter(gateway, where, "2024A001")) == []
    taken = await act(gateway, REGISTER, None, **login(last, "2024A001"))
    assert refusals(taken) == [("STUDENT_NUMBER_TAKEN", ["studentNumber"])]
    for where in (old, middle, last, old, middle):
        assert refusals(await enter(gateway, where, "2024A001", "not-the-password")) == WRONG
    assert refusals(await enter(gateway, last, "2024A001")) == [("SIGN_IN_LOCKED", [])], (
        "counted as one login"
    )


async def test_two_students_of_one_number_in_merged_schools_each_get_in(gateway: Gateway) -> None:
    old, into = [await school(gateway, place) for place in (3, 4)]
    mine = await student(gateway, "2024A001", old)
    theirs = await act(gateway, REGISTER, None, **login(into, "2024A001", "Quite-another-9"))
    assert refusals(theirs) == []
    await merge(gateway, old, into)

    async def who(where: int, password: str) -> str:
        signed = await enter(gateway, where, "2024A001", password)
        assert refusals(signed) == []
        return str((await viewer(gateway, signed["session"]["accessToken"]))["id"])

    for where in (old, into):
        assert await who(where, PASSWORD) == (await viewer(gateway, mine["accessToken"]))["id"]
        token = theirs["session"]["accessToken"]
        assert await who(where, "Quite-another-9") == (await viewer(gateway, token))["id"]
