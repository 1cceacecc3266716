"""Students whose schools were merged: found by any name, and in by number and password (decision 0011)."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest

import schooling
from gateway import Gateway
from identifying import PASSWORD, Said, act, login, number_of_person, refusals, student
from mobile_gateway.schema.nodes import number_of
from schooling import COUNTY_ADMIN, PLATFORM, created, searched

NUMBER = "2024A001"
WRONG: Said = [("SIGN_IN_WRONG", [])]
TREES = ("槐荫", "梧桐", "银杏", "白桦", "青松", "翠柏", "垂柳")


def password(place: int) -> str:
    return f"Qingming-{place}-haizi"


async def register(gateway: Gateway, school: int, given: str = PASSWORD) -> int:
    """The number of a new student's account."""
    payload = await act(gateway, "student_register", None, **login(school, NUMBER, given))
    assert refusals(payload) == []
    return await number_of_person(gateway, payload["session"]["accessToken"])


async def enter(gateway: Gateway, school: int, given: str) -> dict[str, Any]:
    return await act(gateway, "student_sign_in", None, **login(school, NUMBER, given))


async def who(gateway: Gateway, school: int, given: str) -> int:
    """Whose account it is that one gets into."""
    payload = await enter(gateway, school, given)
    assert refusals(payload) == [], (school, given)
    return await number_of_person(gateway, payload["session"]["accessToken"])


async def merge(gateway: Gateway, token: str, one: int, two: int) -> None:
    given = {"schoolId": schooling.school(one), "successorId": schooling.school(two)}
    assert schooling.codes(await schooling.act(gateway, "school_merge", token, **given)) == []


async def picked(gateway: Gateway, search: str) -> int:
    """The school that somebody picks who seeks one by its name."""
    (edge,) = (await searched(gateway, search))["edges"]
    assert search in [edge["node"]["name"], *edge["node"]["aliases"]], "and sees why it was found"
    number = number_of(edge["node"]["id"], "School")
    assert number is not None
    return number


@pytest.fixture
async def admin(gateway: Gateway) -> str:
    return await gateway.token(COUNTY_ADMIN)


@pytest.mark.parametrize("chain", [False, True])
async def test_students_of_one_number_in_seven_merged_schools_each_get_in_by_any_name(
    gateway: Gateway, admin: str, *, chain: bool
) -> None:
    names = [f"{tree}示例小学" for tree in TREES]
    schools = [await created(gateway, admin, name) for name in names]
    people = [await register(gateway, school, password(place)) for place, school in enumerate(schools)]
    for place in range(len(schools) - 1):
        await merge(gateway, admin, schools[place], schools[place + 1] if chain else schools[-1])
    for place, name in enumerate(names):
        assert await picked(gateway, name) == schools[-1]
        for school in (schools[-1], schools[place]):
            assert await who(gateway, school, password(place)) == people[place], name
    assert refusals(await enter(gateway, schools[-1], "not-the-password")) == WRONG
    taken = await act(gateway, "student_register", None, **login(schools[-1], NUMBER, "Another-one-77"))
    assert refusals(taken) == [("STUDENT_NUMBER_TAKEN", ["studentNumber"])]


async def test_a_student_whose_number_is_taken_stays_behind_and_gets_in_by_the_old_name(
    gateway: Gateway, admin: str
) -> None:
    old, new = await created(gateway, admin, "槐荫示例小学"), await created(gateway, admin, "梧桐示例小学")
    mine, theirs = await register(gateway, old, password(1)), await register(gateway, new, password(2))
    await merge(gateway, admin, old, new)
    where = await schooling.value(gateway, "SELECT student_school_id FROM person WHERE id = $1", mine)
    assert where == old
    found = await picked(gateway, "槐荫示例小学")
    assert found == new
    assert await who(gateway, found, password(1)) == mine
    assert await who(gateway, found, password(2)) == theirs


async def test_of_students_who_share_a_password_too_each_gets_into_the_own_account_or_into_none(
    gateway: Gateway, admin: str
) -> None:
    one, two, three, last = [await created(gateway, admin, f"{tree}示例小学") for tree in TREES[:4]]
    people = {school: await register(gateway, school) for school in (one, two, three)}
    other = await register(gateway, last, password(4))
    for school in (one, two):
        await merge(gateway, admin, school, last)
    for school in (one, two):
        assert await who(gateway, school, PASSWORD) == people[school]
    assert refusals(await enter(gateway, last, PASSWORD)) == WRONG, "it could be either's"
    assert await who(gateway, last, password(4)) == other
    await merge(gateway, admin, last, three)
    assert await who(gateway, three, PASSWORD) == people[three], "the named school's own student"
    assert await who(gateway, three, password(4)) == other


async def test_a_refusal_takes_as_long_for_seven_students_as_for_one(gateway: Gateway, admin: str) -> None:
    schools = [await created(gateway, admin, f"{tree}示例小学") for tree in TREES]
    for place, school in enumerate(schools):
        await register(gateway, school, password(place))
    lone = await created(gateway, admin, "丹枫示例小学")
    await register(gateway, lone)
    for school in schools[:-1]:
        await merge(gateway, admin, school, schools[-1])

    async def seconds(school: int) -> float:
        best = 9.9
        for _ in range(3):
            began = perf_counter()
            assert refusals(await enter(gateway, school, "not-the-password")) == WRONG
            best = min(best, perf_counter() - began)
        return best

    # Seven comparisons would take seven times as long; half of that leaves room for a busy machine.
    assert await seconds(schools[-1]) < 3.5 * await seconds(lone)


async def test_students_of_schools_of_two_counties_get_in_after_a_merger(
    gateway: Gateway, admin: str
) -> None:
    platform = await gateway.token(PLATFORM)
    one = await created(gateway, admin, "槐荫示例小学")
    two = await created(gateway, platform, "梧桐示例小学", county=110105)
    people = [await register(gateway, school, password(place)) for place, school in enumerate((one, two))]
    await merge(gateway, platform, one, two)
    for place, person in enumerate(people):
        assert await who(gateway, two, password(place)) == person
    hashes = await schooling.rows(
        gateway, "SELECT split_part(password_hash, '$', 3) AS salt FROM person WHERE id = ANY($1)", people
    )
    assert len({row["salt"] for row in hashes}) == 2


async def test_students_of_other_numbers_or_counties_share_no_salt(gateway: Gateway, admin: str) -> None:
    school = await created(gateway, admin, "槐荫示例小学")
    await register(gateway, school)
    await student(gateway, "2024A002", school)
    salts = await schooling.rows(
        gateway,
        "SELECT DISTINCT split_part(password_hash, '$', 3) FROM person WHERE student_number LIKE '2024A00%'",
    )
    assert len(salts) == 2
