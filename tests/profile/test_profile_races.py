"""Edits of profiles at the same moment."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway import Gateway
from phoning import until_waiting
from player import value
from teachers import newcomer, refusals

ROUNDS = 6


async def test_of_edits_of_one_version_at_once_one_wins(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    for version in range(1, ROUNDS + 1):
        answers = await asyncio.gather(
            *(
                who.act("profile_update", version=version, email=f"{version}-{n}@example.com")
                for n in range(3)
            )
        )
        assert sorted(str(refusals(one)) for one in answers) == ["[('CONFLICT', ['version'])]"] * 2 + ["[]"]
        (won,) = [one["viewer"] for one in answers if not refusals(one)]
        me = await who.profile()
        assert (me["version"], me["email"]) == (version + 1, won["email"])


async def test_of_teachers_who_give_one_number_at_once_one_wins(gateway: Gateway) -> None:
    people = [await newcomer(gateway, f"+861880000{1000 + n:04d}") for n in range(4)]
    for turn in range(ROUNDS):
        given = {
            "documentType": "PASSPORT",
            "documentNumber": f"E1234{turn}",
            "name": f"示例{'甲乙丙丁戊己'[turn]}",
        }
        answers = await asyncio.gather(*(who.edit(**given) for who in people))
        lost = [one for one in answers if refusals(one)]
        assert [refusals(one) for one in lost] == [[("ID_NUMBER_IN_USE", ["documentNumber"])]] * 3
        names = await value(gateway, "SELECT count(*) FROM person WHERE name = $1", given["name"])
        assert names == 1, "nothing of a lost edit is written"


async def test_a_teacher_and_a_parent_may_give_one_number_at_once(gateway: Gateway) -> None:
    one = await newcomer(gateway)
    other = await newcomer(gateway, "+8618800000002", identity="PARENT")
    given = {"documentType": "PASSPORT", "documentNumber": "E12345678"}
    answers = await asyncio.gather(one.edit(**given), other.edit(**given))
    assert [refusals(said) for said in answers] == [[], []]


async def test_two_teachers_who_swap_their_numbers_at_once_are_both_told_no(gateway: Gateway) -> None:
    people = [await newcomer(gateway, f"+861880000{1000 + n:04d}") for n in range(2)]
    mine = [{"documentType": "PASSPORT", "documentNumber": f"E1234567{n}"} for n in range(2)]
    for who, given in zip(people, mine, strict=True):
        await who.edit(**given)
    for _ in range(3):
        answers = await asyncio.gather(people[0].edit(**mine[1]), people[1].edit(**mine[0]))
        assert [refusals(said) for said in answers] == [[("ID_NUMBER_IN_USE", ["documentNumber"])]] * 2


async def test_an_edit_that_waits_in_a_circle_begins_anew(gateway: Gateway) -> None:
    first, second = [await newcomer(gateway, f"+861880000{1000 + n:04d}") for n in range(2)]
    given = {"documentType": "PASSPORT", "documentNumber": "E12345678"}
    await second.edit(**given)
    begin = asyncio.Event()

    async def edit() -> dict[str, Any]:
        await begin.wait()
        return await first.act("profile_update", version=1, **given)

    waiting = asyncio.create_task(edit())
    async with gateway.database.transaction() as connection:
        # The number's holder gives it up, so the edit waits to see whether that stands; and then the holder waits.
        await connection.execute("UPDATE person SET document_index = '\\x01' WHERE id = $1", second.id)
        begin.set()
        # PostgreSQL looks for a circle once, when somebody has waited for a second: the edit is to be the first.
        await until_waiting(gateway)
        await asyncio.sleep(0.5)
        await connection.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", first.id)
    assert refusals(await waiting) == []
