from __future__ import annotations

from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import global_id
from player import SHARED, SHORT, SHORT_MS, player, reach, run, value
from staffing import (
    COUNTY_ADMIN,
    HAIDIAN,
    PENDING,
    PLATFORM,
    READY,
    REJECTED,
    SCHOOL_ADMIN,
    SUPPORT,
    TWO_SCHOOLS,
    YUQUAN,
    Json,
    ask,
    nodes,
    record_id,
    record_of,
    refusal,
    school_of,
    teacher,
    whole,
)

FIGURES = "learned recognised required learnedMs recognisedMs requiredMs standing"


async def rows(gateway: Gateway, token: str, **given: Any) -> dict[str, Json]:
    """The roster by record."""
    found = await whole(gateway, "roster", token, **given)
    assert len({node["id"] for node in found}) == len(found)
    return {node["id"]: node for node in found}


async def training_of(gateway: Gateway, token: str, name: str) -> Json:
    query = (
        "query ($name: String!) { roster(name: $name) { edges { node { trainings { topic { id } enrolledAt completedAt"
        f" complete certificateState progress {{ {FIGURES} }} }} }} }} }} }}"
    )
    (edge,) = (await gateway.data_of(query, {"name": name}, token))["roster"]["edges"]
    topic = await gateway.topic_id()
    (found,) = [one for one in edge["node"]["trainings"] if one["topic"]["id"] == topic]
    return dict(found)


async def own_page(gateway: Gateway, phone: str) -> Json:
    query = (
        "query ($id: ID!) { topic(id: $id) { certificateState enrolment { enrolledAt completedAt }"
        f" progress {{ {FIGURES} }} }} }}"
    )
    given = {"id": await gateway.topic_id()}
    found: Json = (await gateway.data_of(query, given, await gateway.token(phone)))["topic"]
    return found


async def verify(gateway: Gateway, phone: str) -> None:
    await run(
        gateway,
        "UPDATE teaching_record SET state = 'APPROVED', decided_at = now() WHERE id = $1",
        await record_of(gateway, phone),
    )


async def test_a_roster_has_the_schools_verified_teachers_and_says_how_many_wait(gateway: Gateway) -> None:
    async with gateway.database.connection() as connection:
        records = await connection.fetch(
            "SELECT id, state FROM teaching_record WHERE school_id = $1 AND left_at IS NULL ORDER BY id",
            await school_of(gateway),
        )
    there = {
        state: [record_id(row["id"]) for row in records if row["state"] == state]
        for state in ("PENDING", "APPROVED", "REJECTED")
    }
    assert all(there.values())
    token = await gateway.token(SCHOOL_ADMIN)
    own = global_id("School", await school_of(gateway))
    for given in ({}, {"first": 7}, {"schoolId": own}, {"state": "APPROVED"}):
        assert list(await rows(gateway, token, **given)) == there["APPROVED"], given
    for given in ({}, {"schoolId": own}, {"state": "REJECTED"}):
        page = await ask(gateway, "roster", token, first=1, **given)
        assert page["totalCount"] == len(there[str(given.get("state", "APPROVED"))])
        assert page["pendingCount"] == len(there["PENDING"])
    queue = await whole(gateway, "verification_queue", token)
    assert {node["id"] for node in queue} == set(there["PENDING"]), "where they are"
    named = await ask(gateway, "roster", token, name="周亦安")
    assert (named["totalCount"], named["pendingCount"]) == (0, 1)


@pytest.mark.parametrize("phone", [PENDING, REJECTED])
async def test_nobody_sees_how_far_somebody_is_who_is_not_verified(gateway: Gateway, phone: str) -> None:
    who = await player(gateway, phone)
    await who.watch(SHORT)
    await who.learned()
    record, token = await record_of(gateway, phone), await gateway.token(SCHOOL_ADMIN)
    state = "PENDING" if phone == PENDING else "REJECTED"
    (seen,) = [
        one for one in await whole(gateway, "roster", token, state=state) if one["id"] == record_id(record)
    ]
    assert (seen["state"], seen["trainings"]) == (state, [])
    queue = "{ verificationQueue(first: 50) { edges { node { trainings { enrolledAt } } } } }"
    edges = (await gateway.data_of(queue, None, token))["verificationQueue"]["edges"]
    assert edges
    assert all(edge["node"]["trainings"] == [] for edge in edges)
    await verify(gateway, phone)
    (seen,) = [one for one in await whole(gateway, "roster", token) if one["id"] == record_id(record)]
    assert seen["trainings"][0]["progress"]["learned"] != "0.00"


async def test_a_roster_shows_the_figures_of_the_teachers_own_page(gateway: Gateway) -> None:
    token = await gateway.token(SCHOOL_ADMIN)
    who = await player(gateway, READY)
    await who.watch(SHORT)
    await who.watch(SHARED)  # two courses list it: learned once, recognised in both
    await who.learned()
    mine, theirs = await own_page(gateway, READY), await training_of(gateway, token, "林知夏")
    assert theirs["progress"] == mine["progress"]
    assert mine["progress"]["recognisedMs"] > mine["progress"]["learnedMs"] > SHORT_MS
    assert theirs["enrolledAt"] == mine["enrolment"]["enrolledAt"]
    assert (theirs["complete"], theirs["completedAt"], theirs["certificateState"]) == (False, None, None)


async def test_a_roster_says_who_is_complete(gateway: Gateway) -> None:
    who = await player(gateway, PENDING)
    await verify(gateway, PENDING)
    await reach(gateway, who.person, left_out="none")
    await run(gateway, "UPDATE enrolment SET completed_at = domain_now() WHERE person_id = $1", who.person)
    await run(
        gateway, "UPDATE credit_entry SET ms = ms + 99999 WHERE course_id = (SELECT min(id) FROM course)"
    )
    mine = await own_page(gateway, PENDING)
    theirs = await training_of(gateway, await gateway.token(SCHOOL_ADMIN), "周亦安")
    assert theirs["progress"] == mine["progress"]
    assert theirs["progress"]["recognised"] == "10.00"
    assert theirs["completedAt"] == mine["enrolment"]["completedAt"]
    assert theirs["complete"] is True


async def test_who_is_not_enrolled_has_no_figures(gateway: Gateway) -> None:
    await verify(gateway, PENDING)
    found = await training_of(gateway, await gateway.token(SCHOOL_ADMIN), "周亦安")
    found.pop("topic")
    assert found == {
        "enrolledAt": None,
        "completedAt": None,
        "complete": False,
        "certificateState": None,
        "progress": None,
    }


@pytest.mark.parametrize("phone", [READY, SUPPORT])
async def test_who_administers_nothing_has_no_roster(gateway: Gateway, phone: str) -> None:
    token = await gateway.token(phone)
    school, county = global_id("School", await school_of(gateway)), global_id("Region", HAIDIAN)
    assert await refusal(gateway, "roster", token) == "NOT_FOUND"
    assert await refusal(gateway, "roster", token, schoolId=school) == "NOT_FOUND"
    assert await refusal(gateway, "roster", token, regionId=county) == "NOT_FOUND"
    assert await refusal(gateway, "roster", None, schoolId=school) == "UNAUTHENTICATED"


async def test_each_role_reads_its_own_scope(gateway: Gateway) -> None:
    far_school = await value(
        gateway,
        "SELECT s.id FROM school s JOIN teaching_record r ON r.school_id = s.id AND r.left_at IS NULL"
        " WHERE s.county_id <> $1 LIMIT 1",
        HAIDIAN,
    )
    far_county = await value(gateway, "SELECT county_id FROM school WHERE id = $1", far_school)
    given = {
        "own school": {"schoolId": global_id("School", await school_of(gateway))},
        "same county": {"schoolId": global_id("School", await school_of(gateway, YUQUAN))},
        "own county": {"regionId": global_id("Region", HAIDIAN)},
        "far school": {"schoolId": global_id("School", far_school)},
        "far county": {"regionId": global_id("Region", far_county)},
        "province": {"regionId": global_id("Region", 110000)},
        "city": {"regionId": global_id("Region", 110100)},
    }
    seen: dict[str, set[str]] = {}
    for phone in (SCHOOL_ADMIN, COUNTY_ADMIN, PLATFORM):
        token = await gateway.token(phone)
        for name, where in given.items():
            answer = await gateway.execute(
                "query ($schoolId: ID, $regionId: ID)"
                " { roster(schoolId: $schoolId, regionId: $regionId) { totalCount } }",
                where,
                token,
            )
            if "errors" in answer:
                assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
                continue
            assert answer["data"]["roster"]["totalCount"] > 0
            seen.setdefault(phone, set()).add(name)
    assert seen == {
        SCHOOL_ADMIN: {"own school"},
        COUNTY_ADMIN: {"own school", "same county", "own county"},
        PLATFORM: set(given),
    }


@pytest.mark.parametrize("number", [0, 1, 999_999, 10**6, 2**31, 2**63 - 1])
async def test_a_region_that_is_not_there_is_not_found(gateway: Gateway, number: int) -> None:
    for phone in (COUNTY_ADMIN, PLATFORM):
        given = {"regionId": global_id("Region", number)}
        assert await refusal(gateway, "roster", await gateway.token(phone), **given) == "NOT_FOUND"


async def test_the_platform_names_where_to_look(gateway: Gateway) -> None:
    token = await gateway.token(PLATFORM)
    assert await refusal(gateway, "roster", token) == "BAD_USER_INPUT"
    both = {"schoolId": global_id("School", 1), "regionId": global_id("Region", HAIDIAN)}
    assert await refusal(gateway, "roster", token, **both) == "BAD_USER_INPUT"
    assert await refusal(gateway, "roster", token, state="REMOVED") == "BAD_USER_INPUT"
    assert await refusal(gateway, "roster", token, after="x", regionId=both["regionId"]) == "BAD_USER_INPUT"
    for name in ("\u0000", "名" * 51, "林\u202e"):
        assert await refusal(gateway, "roster", token, name=name) == "BAD_USER_INPUT"


async def test_a_county_admin_reads_the_whole_county_by_default(gateway: Gateway) -> None:
    token = await gateway.token(COUNTY_ADMIN)
    county = global_id("Region", HAIDIAN)
    assert list(await rows(gateway, token)) == list(await rows(gateway, token, regionId=county))
    found = await rows(gateway, token, name="顾清越")
    assert {node["school"]["name"] for node in found.values()} == {"北京市海淀区中关村第一小学", YUQUAN}
    assert not any(node["mayRemove"] for node in found.values())


async def test_a_roster_says_whom_its_reader_may_remove(gateway: Gateway) -> None:
    token = await gateway.token(SCHOOL_ADMIN)
    found = {**await rows(gateway, token), **await rows(gateway, token, state="PENDING")}
    own, pending, two = (
        record_id(await record_of(gateway, SCHOOL_ADMIN)),
        record_id(await record_of(gateway, PENDING)),
        record_id(await record_of(gateway, TWO_SCHOOLS)),
    )
    assert [found[key]["mayRemove"] for key in (own, pending, two)] == [False, False, True]
    assert [found[key]["mayDecide"] for key in (own, pending, two)] == [False, True, False]


async def test_nothing_of_a_teacher_leaves_unmasked(gateway: Gateway) -> None:
    page = await ask(gateway, "roster", await gateway.token(SCHOOL_ADMIN), first=50)
    assert all(len(node["teacher"]["documentLastFour"] or "") in {0, 4} for node in nodes(page))
    assert all("****" in node["teacher"]["phone"] for node in nodes(page) if node["teacher"]["phone"])


async def test_a_name_is_looked_for_as_it_is_written(gateway: Gateway) -> None:
    token, school = await gateway.token(SCHOOL_ADMIN), await school_of(gateway)
    await teacher(gateway, "+8618800000001", school=school, state="APPROVED", name="白%鹭_洲")
    assert len(await rows(gateway, token, name="%鹭_")) == 1
    assert await rows(gateway, token, name="'; DROP TABLE person; --") == {}
