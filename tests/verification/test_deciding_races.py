"""Decisions that meet: two administrators, administrators of each other, and a teacher who leaves."""

from __future__ import annotations

import asyncio

from gateway import Gateway
from player import codes, run, value
from staffing import (
    READY,
    SCHOOL_ADMIN,
    acts,
    decide,
    grant,
    notices,
    record_of,
    row_of,
    school_of,
    teacher,
)

DECIDED = ["VERIFICATION_DECIDED"]


async def test_of_two_admins_at_once_one_decides(gateway: Gateway) -> None:
    school = await school_of(gateway)
    await grant(gateway, READY, "SCHOOL_ADMIN", school=school)
    first, second = await gateway.token(SCHOOL_ADMIN), await gateway.token(READY)
    for round_ in range(5):
        phone = f"+86188000002{round_:02d}"
        record = await teacher(gateway, phone, school=school)
        said = await asyncio.gather(
            *(decide(gateway, token, record) for token in (first, second)),
            *(decide(gateway, token, record, "REJECTED", reason="不符") for token in (second, first)),
        )
        outcomes = sorted(str(codes(payload)) for payload in said)
        assert outcomes == ["['ALREADY_DECIDED']"] * 3 + ["[]"]
        assert len(await acts(gateway, record)) == 1
        assert len(await notices(gateway, phone, DECIDED)) == 1
        assert (await row_of(gateway, record))["version"] == 2


async def test_admins_who_decide_about_each_other_at_once_wait_in_no_circle(gateway: Gateway) -> None:
    other = await school_of(gateway, "北京市海淀区玉荃学校")
    await grant(gateway, READY, "SCHOOL_ADMIN", school=other)
    person, admin = await gateway.person(SCHOOL_ADMIN), await gateway.person(READY)
    here = await record_of(gateway, READY)
    there: int = await value(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary) VALUES ($1, $2, 'PENDING', false)"
        " RETURNING id",
        person,
        other,
    )
    assert person != admin
    first, second = await gateway.token(SCHOOL_ADMIN), await gateway.token(READY)
    for round_ in range(6):
        version = 100 + round_
        await run(
            gateway,
            "UPDATE teaching_record SET state = 'PENDING', version = $3 WHERE id IN ($1, $2)",
            here,
            there,
            version,
        )
        async with asyncio.timeout(10):
            said = await asyncio.gather(
                decide(gateway, first, here, version=version), decide(gateway, second, there, version=version)
            )
        assert [codes(payload) for payload in said] == [[], []]


async def test_a_decision_that_races_the_teachers_leaving_leaves_one_story(gateway: Gateway) -> None:
    admin, school = await gateway.token(SCHOOL_ADMIN), await school_of(gateway)
    for round_ in range(8):
        phone = f"+86188000003{round_:02d}"
        record, person = await teacher(gateway, phone, school=school), await gateway.person(phone)

        async def leave(person: int = person, record: int = record, round_: int = round_) -> None:
            await asyncio.sleep(0.002 * round_)
            async with gateway.database.transaction() as connection:
                await connection.execute("SELECT FROM person WHERE id = $1 FOR NO KEY UPDATE", person)
                await connection.execute(
                    "UPDATE teaching_record SET state = CASE state WHEN 'APPROVED' THEN 'REMOVED' ELSE 'WITHDRAWN' END,"
                    " left_at = now(), is_primary = false, version = version + 1 WHERE id = $1 AND left_at IS NULL",
                    record,
                )

        async with asyncio.timeout(10):
            payload, _ = await asyncio.gather(decide(gateway, admin, record), leave())
        row = await row_of(gateway, record)
        decided = codes(payload) == []
        assert codes(payload) in ([], ["ALREADY_DECIDED"])
        assert row["state"] == ("REMOVED" if decided else "WITHDRAWN")
        assert len(await acts(gateway, record)) == len(await notices(gateway, phone, DECIDED)) == int(decided)
