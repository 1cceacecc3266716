"""Recognised credits per region and school, as a local authority downloads them (PRODUCT.md §8)."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import timedelta
from typing import Any

import httpx
import pytest

from gateway import Gateway
from mobile_gateway.schema.nodes import global_id
from player import codes, run, value
from staffing import (
    COUNTY_ADMIN,
    HAIDIAN,
    PLATFORM,
    SCHOOL_ADMIN,
    YUQUAN,
    ZHONGGUANCUN,
    Json,
    act,
    errors,
    school_of,
    strong,
    teacher,
)

WHOLE = "全区县合计"
FIGURES = ("认证通过", "已报名", "已完成", "已发证书", "已认定学时合计", "人均已认定学时")
CHAOYANG = 110105


async def export(gateway: Gateway, token: str | None, **given: object) -> Json:
    return await act(
        gateway, "progress_export", token, topicId=await gateway.topic_id(), layout="CREDITS", **given
    )


async def fetched(gateway: Gateway, payload: Json) -> list[dict[str, str]]:
    assert codes(payload) == []
    response = await gateway.client.get(httpx.URL(payload["url"]).raw_path.decode())
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        response.headers["content-disposition"] == 'attachment; filename="progress-summer-2024-credits.csv"'
    )
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeff")
    assert text.count("\n") == text.count("\r\n") > 1
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def school(number: int) -> Json:
    return {"schoolId": str(global_id("School", number))}


def region(code: int) -> Json:
    return {"regionId": str(global_id("Region", code))}


async def learned(gateway: Gateway, person: int, *, seed: int, complete: bool = False) -> None:
    """Enrol somebody who learned an odd number of milliseconds in each course, over the cap of some."""
    await run(
        gateway,
        "WITH e AS (INSERT INTO enrolment (person_id, topic_id, enrolled_at, completed_at)"
        " SELECT $1, id, now(), CASE WHEN $3 THEN now() END FROM topic WHERE slug = 'summer-2024' RETURNING topic_id)"
        " INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)"
        " SELECT $1, e.topic_id, c.id, (SELECT min(id) FROM resource), 1234567 + 777777 * ((c.id + $2) % 5), now()"
        " FROM e JOIN course c ON c.topic_id = e.topic_id",
        person,
        seed,
        complete,
    )


async def certified(gateway: Gateway, person: int, state: str) -> None:
    await run(
        gateway,
        "INSERT INTO certificate (person_id, topic_id, version, serial, state, snapshot_sealed, masked_name,"
        " recognised_ms, first_issued_at, issued_at, reissue_due_at, voided_at, void_reason)"
        " SELECT $1, id, 1, upper(lpad(to_hex($1::bigint), 16, '0')), $2::text, '', '白**', 1, now(), now(),"
        " CASE WHEN $2 = 'REISSUE_PENDING' THEN now() END, CASE WHEN $2 = 'VOID' THEN now() END,"
        " CASE WHEN $2 = 'VOID' THEN 'FRAUD' END FROM topic WHERE slug = 'summer-2024'",
        person,
        state,
    )


@pytest.fixture
async def region_of_schools(gateway: Gateway) -> None:
    """Two schools of a county, one of another; verified, waiting and rejected teachers; one at both schools."""
    one, two = await school_of(gateway), await school_of(gateway, YUQUAN)
    far = await value(
        gateway,
        "INSERT INTO school (county_id, name, normalised_name, stage)"
        " VALUES ($1, '槐荫示例校', '槐荫示例校', 'NINE_YEAR') RETURNING id",
        CHAOYANG,
    )
    states = ["APPROVED"] * 5 + ["PENDING", "REJECTED"]
    for place, number in enumerate((one, two, far)):
        for count, state in enumerate(states):
            phone = f"+86188000{place}00{count:02d}"
            await teacher(gateway, phone, school=number, state=state)
            person = await gateway.person(phone)
            if count != 4:
                await learned(gateway, person, seed=place + count, complete=count < 2)
            if count < 3:
                await certified(gateway, person, ("ISSUED", "REISSUE_PENDING", "VOID")[count])
    await run(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary, decided_at)"
        " SELECT person_id, $2, 'APPROVED', false, now() FROM teaching_record WHERE person_id = $1",
        await gateway.person("+8618800000001"),
        two,
    )


async def independently(gateway: Gateway) -> dict[Any, tuple[str, ...]]:
    """The figures by school and by county, from the rows alone, with nothing of the product's arithmetic."""
    topic = await value(gateway, "SELECT id FROM topic WHERE slug = 'summer-2024'")
    async with gateway.database.connection() as connection:
        caps = {r["id"]: r["cap"] for r in await connection.fetch(CAPS, topic)}
        per_credit = await connection.fetchval("SELECT ms_per_credit FROM topic WHERE id = $1", topic)
        records = await connection.fetch(RECORDS)
        enrolled = dict(await connection.fetch(ENROLLED, topic))
        entries = await connection.fetch(ENTRIES, topic)
        certificates = {r["person_id"] for r in await connection.fetch(CERTIFICATES, topic)}
    by_course: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for entry in entries:
        by_course[entry["person_id"]][entry["course_id"]] += entry["ms"]
    hundredths = {
        person: int(sum(min(ms, caps[course]) for course, ms in courses.items()) * 100 / per_credit)
        for person, courses in by_course.items()
    }
    people: dict[Any, set[int]] = defaultdict(set)
    for record in records:
        people[record["name"]].add(record["person_id"])
        people[record["county_id"]].add(record["person_id"])
    found = {}
    for key, persons in people.items():
        total = sum(hundredths.get(person, 0) for person in persons)
        counts = (
            len(persons),
            len(persons & set(enrolled)),
            sum(enrolled.get(person) is not None for person in persons),
            len(persons & certificates),
        )
        average = total // len(persons)
        found[key] = (*map(str, counts), f"{total / 100:.2f}", f"{average // 100}.{average % 100:02d}")
    return found


CAPS = (
    "SELECT c.id, c.required_credits * t.ms_per_credit AS cap FROM course c JOIN topic t ON t.id = c.topic_id"
    " WHERE t.id = $1"
)
RECORDS = (
    "SELECT s.name, s.county_id, r.person_id FROM teaching_record r JOIN school s ON s.id = r.school_id"
    " WHERE r.state = 'APPROVED'"
)
ENROLLED = "SELECT person_id, completed_at FROM enrolment WHERE topic_id = $1"
ENTRIES = "SELECT person_id, course_id, ms FROM credit_entry WHERE topic_id = $1 AND voided_at IS NULL"
CERTIFICATES = (
    "SELECT person_id FROM certificate WHERE topic_id = $1 AND state IN ('ISSUED', 'REISSUE_PENDING')"
)


def figures(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[heading] for heading in FIGURES)


@pytest.mark.usefixtures("region_of_schools")
async def test_a_county_has_a_row_for_each_school_and_one_for_all_that_counts_each_person_once(
    gateway: Gateway,
) -> None:
    expected = await independently(gateway)
    rows = await fetched(
        gateway, await export(gateway, await strong(gateway, COUNTY_ADMIN), **region(HAIDIAN))
    )
    names = await value(
        gateway,
        "SELECT array_agg(name ORDER BY id) FROM school WHERE county_id = $1 AND merged_at IS NULL",
        HAIDIAN,
    )
    assert [row["学校"] for row in rows] == [*names, WHOLE]
    for row in rows[:-1]:
        assert figures(row) == expected.get(row["学校"], ("0", "0", "0", "0", "0.00", "")), row["学校"]
    assert figures(rows[-1]) == expected[HAIDIAN]
    summed = sum(int(row["认证通过"]) for row in rows[:-1])
    assert int(rows[-1]["认证通过"]) < summed, "who teaches at two schools is one person"
    (own,) = [row for row in rows if row["学校"] == ZHONGGUANCUN]
    assert [own[name] for name in ("省", "市", "区县", "学制")] == ["北京市", "市辖区", "海淀区", "小学"]
    assert own["已认定学时合计"] not in {"0.00", "10.00"}
    assert (own["已完成"], own["已发证书"]) == ("2", "2")
    assert rows[-1]["学制"] == ""


@pytest.mark.usefixtures("region_of_schools")
async def test_a_school_admin_exports_the_own_school_in_one_row(gateway: Gateway) -> None:
    own = await school_of(gateway)
    (row,) = await fetched(gateway, await export(gateway, await strong(gateway, SCHOOL_ADMIN), **school(own)))
    assert row["学校"] == ZHONGGUANCUN
    assert figures(row) == (await independently(gateway))[ZHONGGUANCUN]


@pytest.mark.usefixtures("region_of_schools")
async def test_the_platform_exports_a_province_or_everything_with_a_row_for_each_county(
    gateway: Gateway,
) -> None:
    admin, expected = await strong(gateway, PLATFORM), await independently(gateway)
    for where in (region(110000), {}):
        rows = await fetched(gateway, await export(gateway, admin, **where))
        counties = [row for row in rows if row["学校"] == WHOLE]
        here = [row for row in counties if row["省"] == "北京市"]
        assert {row["区县"]: figures(row) for row in here if row["区县"] in {"海淀区", "朝阳区"}} == {
            "海淀区": expected[HAIDIAN],
            "朝阳区": expected[CHAOYANG],
        }
        assert (len(counties) > len(here)) is (where == {})
        (far,) = [row for row in rows if row["学校"] == "槐荫示例校"]
        assert (far["学制"], figures(far)) == ("九年一贯制学校", expected["槐荫示例校"])


async def test_out_of_scope_is_not_found_and_a_second_sign_in_is_needed(gateway: Gateway) -> None:
    other, own = await school_of(gateway, YUQUAN), await school_of(gateway)
    for phone, where in (
        (SCHOOL_ADMIN, school(other)),
        (SCHOOL_ADMIN, region(HAIDIAN)),
        (COUNTY_ADMIN, region(CHAOYANG)),
        (COUNTY_ADMIN, region(110000)),
        (COUNTY_ADMIN, {}),
    ):
        assert errors(await export(gateway, await strong(gateway, phone), **where)) == [("NOT_FOUND", [])]
    stale = await strong(gateway, SCHOOL_ADMIN, ago=timedelta(minutes=6))
    assert errors(await export(gateway, stale, **school(own))) == [("SECOND_SIGN_IN_REQUIRED", [])]
    assert await value(gateway, "SELECT count(*) FROM audit_entry") == 0


async def test_it_is_audited_and_its_link_opens_once(gateway: Gateway) -> None:
    payload = await export(gateway, await strong(gateway, COUNTY_ADMIN), **region(HAIDIAN))
    await fetched(gateway, payload)
    again = await gateway.client.get(httpx.URL(payload["url"]).raw_path.decode())
    assert again.status_code == 404
    async with gateway.database.connection() as connection:
        rows = await connection.fetch("SELECT act, actor_id, county_id, data FROM audit_entry ORDER BY id")
    assert [row["data"]["step"] for row in rows] == ["asked", "fetched"]
    person = await gateway.person(COUNTY_ADMIN)
    for row in rows:
        assert (row["act"], row["actor_id"], row["county_id"]) == ("PROGRESS_EXPORTED", person, HAIDIAN)
        assert (row["data"]["layout"], row["data"]["region"]) == ("CREDITS", str(HAIDIAN))


async def test_the_words_follow_the_askers_language(gateway: Gateway) -> None:
    given = {"topicId": await gateway.topic_id(), "layout": "CREDITS", **region(HAIDIAN)}
    answer = await gateway.execute(
        "mutation ($input: ProgressExportInput!) { progressExport(input: $input) { url userErrors { code } } }",
        {"input": given},
        await strong(gateway, COUNTY_ADMIN),
        accept_language="en",
    )
    rows = await fetched(gateway, answer["data"]["progressExport"])
    assert {"Province", "Certificates", "Recognised on average"} < set(rows[0])
    assert (rows[-1]["School"], rows[0]["Stage"]) == ("Whole county", "Primary school")
