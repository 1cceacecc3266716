from __future__ import annotations

import asyncio
import csv
import io
from datetime import timedelta

import httpx
import pytest

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.schema.nodes import global_id
from player import SHARED, SHORT, codes, player, reach, run, value
from staffing import (
    COUNTY_ADMIN,
    HAIDIAN,
    PENDING,
    PLATFORM,
    READY,
    SCHOOL_ADMIN,
    SUPPORT,
    TWO_SCHOOLS,
    YUQUAN,
    Json,
    act,
    errors,
    school_of,
    strong,
    teacher,
    whole,
)

WAITING = (
    "SELECT count(*) FROM teaching_record r JOIN school s ON s.id = r.school_id WHERE s.name = $1"
    " AND r.state = 'PENDING' AND r.left_at IS NULL"
)
WRITTEN = "SELECT count(*) FROM audit_entry WHERE act = 'PROGRESS_EXPORTED' AND data ->> 'step' = $1"


async def export(gateway: Gateway, token: str | None, **given: object) -> Json:
    return await act(gateway, "progress_export", token, topicId=await gateway.topic_id(), **given)


async def fetch(gateway: Gateway, payload: Json) -> httpx.Response:
    """What a browser gets, which sends no bearer token."""
    assert codes(payload) == []
    return await gateway.client.get(httpx.URL(payload["url"]).raw_path.decode())


async def own(gateway: Gateway, name: str = "北京市海淀区中关村第一小学") -> Json:
    return {"schoolId": str(global_id("School", await school_of(gateway, name)))}


def county(code: int = HAIDIAN) -> Json:
    return {"regionId": str(global_id("Region", code))}


def table(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


async def test_a_school_admin_exports_the_own_school_as_the_roster_shows_it(gateway: Gateway) -> None:
    who = await player(gateway, READY)
    await who.watch(SHORT)
    await who.watch(SHARED)
    await who.learned()
    admin = await strong(gateway, SCHOOL_ADMIN)
    response = await fetch(gateway, await export(gateway, admin, **await own(gateway)))
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert (
        response.headers["content-disposition"] == 'attachment; filename="progress-summer-2024-teachers.csv"'
    )
    rows, roster = table(response), await whole(gateway, "roster", admin)
    assert [row["姓名"] for row in rows] == [node["teacher"]["name"] for node in roster]
    (mine,) = [row for row in rows if row["姓名"] == "林知夏"]
    page = await who.page()
    assert (mine["已学习"], mine["已认定"]) == (page["progress"]["learned"], page["progress"]["recognised"])
    for course in page["courses"]:
        assert mine[course["title"]] == course["progress"]["recognised"]
    assert mine["报名时间"].startswith("2024-08-20 09:0")
    last4 = await value(gateway, "SELECT document_last4 FROM person WHERE phone = $1", READY)
    assert (mine["证件号码后四位"], mine["认证状态"]) == (f"****{last4}", "认证通过")
    assert (mine["地区"], mine["学校"]) == ("北京市市辖区海淀区", "北京市海淀区中关村第一小学")
    assert (mine["是否完成"], mine["完成时间"]) == ("否", "")


async def test_a_school_layout_adds_the_teachers_up(gateway: Gateway) -> None:
    who = await player(gateway, READY)
    await reach(gateway, who.person, left_out="none")
    await run(gateway, "UPDATE enrolment SET completed_at = domain_now()")
    await player(gateway, TWO_SCHOOLS)
    pending = await player(gateway, PENDING)
    await pending.watch(SHORT)
    await pending.learned()
    admin = await strong(gateway, COUNTY_ADMIN)
    rows = table(await fetch(gateway, await export(gateway, admin, **county())))
    schools = table(await fetch(gateway, await export(gateway, admin, layout="SCHOOLS", **county())))
    names = await value(
        gateway,
        "SELECT array_agg(name ORDER BY id) FROM school WHERE county_id = $1 AND merged_at IS NULL",
        HAIDIAN,
    )
    assert [row["学校"] for row in schools] == names
    assert {row["认证状态"] for row in rows} == {"认证通过"}
    assert "周亦安" not in {row["姓名"] for row in rows}, "who waits is not in it"
    for school in schools:
        here = [row for row in rows if row["学校"] == school["学校"]]
        assert int(school["认证通过"]) == len(here)
        assert int(school["待审核"]) == await value(gateway, WAITING, school["学校"])
        assert int(school["已报名"]) == sum(bool(row["报名时间"]) for row in here)
        assert int(school["已完成"]) == sum(row["是否完成"] == "是" for row in here)
        assert school["已认定学时合计"] == f"{sum(float(row['已认定']) for row in here):.2f}"
    (own_school,) = [one for one in schools if one["学校"] == "北京市海淀区中关村第一小学"]
    assert (own_school["已报名"], own_school["已完成"], own_school["已认定学时合计"]) == ("2", "1", "10.00")


@pytest.mark.parametrize(
    ("phone", "reached"),
    [
        (READY, set()),
        (SUPPORT, set()),
        (SCHOOL_ADMIN, {"own school"}),
        (COUNTY_ADMIN, {"own school", "same county", "own county"}),
        (PLATFORM, {"own school", "same county", "own county", "far county", "province", "everything"}),
    ],
)
async def test_each_role_exports_its_own_scope(gateway: Gateway, phone: str, reached: set[str]) -> None:
    far = await value(gateway, "SELECT county_id FROM school WHERE county_id <> $1 LIMIT 1", HAIDIAN)
    given = {
        "own school": await own(gateway),
        "same county": await own(gateway, YUQUAN),
        "own county": county(),
        "far county": county(far),
        "province": county(110000),
        "everything": {},
        "absent school": {"schoolId": str(global_id("School", 10**12))},
        "no school": {"schoolId": "nonsense"},
        "no region": {"regionId": str(global_id("Region", 2**63 - 1))},
    }
    token, found = await strong(gateway, phone), set()
    for name, where in given.items():
        payload = await export(gateway, token, **where)
        if codes(payload) == []:
            found.add(name)
            assert (await fetch(gateway, payload)).status_code == 200
        else:
            assert errors(payload) == [("NOT_FOUND", [])]
            assert payload["url"] is None
    assert found == reached
    assert await value(gateway, WRITTEN, "asked") == await value(gateway, WRITTEN, "fetched") == len(reached)


async def test_an_export_needs_a_fresh_second_sign_in(gateway: Gateway) -> None:
    stale = await strong(gateway, SCHOOL_ADMIN, ago=timedelta(minutes=5, seconds=1))
    for token in (await gateway.token(SCHOOL_ADMIN), stale):
        assert errors(await export(gateway, token, **await own(gateway))) == [("SECOND_SIGN_IN_REQUIRED", [])]
    assert errors(await export(gateway, None, **await own(gateway))) == [("UNAUTHENTICATED", [])]
    assert await value(gateway, WRITTEN, "asked") == 0


async def test_an_export_is_of_one_place_and_a_published_topic(gateway: Gateway) -> None:
    admin = await strong(gateway, PLATFORM)
    both = await export(gateway, admin, **await own(gateway), **county())
    assert errors(both) == [("BAD_USER_INPUT", ["regionId"])]
    for topic in ("nonsense", str(global_id("Topic", 10**12)), str(global_id("Course", 1))):
        payload = await act(gateway, "progress_export", admin, topicId=topic)
        assert errors(payload) == [("NOT_FOUND", ["topicId"])]


async def test_a_link_is_good_for_one_download(gateway: Gateway) -> None:
    payload = await export(gateway, await strong(gateway, SCHOOL_ADMIN), **await own(gateway))
    path = httpx.URL(payload["url"]).raw_path.decode()
    assert (await gateway.client.head(path)).status_code == 405  # looking ahead does not use it up
    said = await asyncio.gather(*(gateway.client.get(path) for _ in range(4)))
    assert sorted(response.status_code for response in said) == [200, 404, 404, 404]
    assert await value(gateway, WRITTEN, "fetched") == 1


async def test_a_link_dies_with_the_role_the_sign_in_and_its_time(gateway: Gateway) -> None:
    async def asked() -> Json:
        return await export(gateway, await strong(gateway, SCHOOL_ADMIN), **await own(gateway))

    payload = await asked()
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert (await fetch(gateway, payload)).status_code == 404
    payload = await asked()
    await run(gateway, "UPDATE staff_grant SET revoked_at = now()")
    gone = await fetch(gateway, payload)
    assert (gone.status_code, gone.text) == (404, "Not found.\n")
    assert gone.headers["cache-control"] == "private, no-store"
    await run(gateway, "UPDATE staff_grant SET revoked_at = NULL")
    assert (await fetch(gateway, payload)).status_code == 200
    keyring, payload = gateway.resources.keyring, await asked()
    token = httpx.URL(payload["url"]).params["token"]
    held = seals.read_link(keyring, token, "progress-export", real())
    assert isinstance(held, bytes)
    late = seals.sign_link(keyring, held, "progress-export", expires_at=real() - timedelta(seconds=1))
    other = seals.sign_link(keyring, held, "download-channel", expires_at=real() + timedelta(minutes=1))
    for wrong in (late, other, token[:-1], token + "A", "", "\u0000", "x" * 5_000):
        assert (await gateway.client.get("/exports/progress.csv", params={"token": wrong})).status_code == 404
    assert (await gateway.client.get("/exports/progress.csv")).status_code == 404


async def test_a_link_holds_nothing_personal_and_the_log_no_token(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    payload = await export(gateway, await strong(gateway, SCHOOL_ADMIN), **await own(gateway))
    token = httpx.URL(payload["url"]).params["token"]
    await fetch(gateway, payload)
    held = seals.read_link(gateway.resources.keyring, token, "progress-export", real())
    assert isinstance(held, bytes)
    assert held.isascii()
    assert b"19900000012" not in held
    assert token not in capsys.readouterr().out
    entries = await value(gateway, "SELECT array_agg(data::text) FROM audit_entry")
    assert not any(token in text for text in entries)


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1", 'a"b,c', "a\nb"]
)
async def test_no_cell_begins_a_formula_or_breaks_the_table(gateway: Gateway, name: str) -> None:
    school = await school_of(gateway, YUQUAN)
    await teacher(gateway, "+8618800000001", school=school, state="APPROVED", name=name)
    await run(gateway, "UPDATE school SET name = $1 WHERE id = $2", f"={name}", school)
    admin = await strong(gateway, PLATFORM)
    given = {"schoolId": str(global_id("School", school))}
    for layout in ("TEACHERS", "SCHOOLS", "CREDITS"):
        rows = table(await fetch(gateway, await export(gateway, admin, layout=layout, **given)))
        assert {row["学校"] for row in rows} == {f"'={name}"}
        assert all(cell.lstrip()[:1] not in set("=+-@＝") for row in rows for cell in row.values())
        if layout == "TEACHERS":
            assert rows[-1]["姓名"].removeprefix("'") == name


async def test_the_words_follow_the_askers_language(gateway: Gateway) -> None:
    admin = await strong(gateway, SCHOOL_ADMIN)
    answer = await gateway.execute(
        "mutation ($input: ProgressExportInput!) { progressExport(input: $input) { url userErrors { code } } }",
        {"input": {"topicId": await gateway.topic_id(), **await own(gateway)}},
        admin,
        accept_language="en",
    )
    rows = table(await fetch(gateway, answer["data"]["progressExport"]))
    assert {"Name", "Verification", "Recognised", "Complete"} < set(rows[0])
    assert {row["Complete"] for row in rows} == {"no"}


async def test_a_long_table_comes_in_pages_and_leaves_nobody_out(gateway: Gateway) -> None:
    school = await school_of(gateway, YUQUAN)
    await run(
        gateway,
        "WITH p AS (INSERT INTO person (identity, phone, name) SELECT 'TEACHER', '+861771' || lpad(n::text, 7, '0'),"
        " 'T' || n FROM generate_series(1, 5000) n RETURNING id, name) INSERT INTO teaching_record"
        " (person_id, school_id, state, is_primary, decided_at)"
        " SELECT id, CASE WHEN id % 3 = 0 THEN $1::bigint ELSE $2::bigint END,"
        " 'APPROVED', true, now() FROM p",
        school,
        await school_of(gateway),
    )
    payload = await export(gateway, await strong(gateway, COUNTY_ADMIN), **county())
    rows = table(await fetch(gateway, payload))
    expected = await value(
        gateway,
        "SELECT count(*) FROM teaching_record r JOIN school s ON s.id = r.school_id"
        " WHERE s.county_id = $1 AND r.left_at IS NULL AND r.state = 'APPROVED'",
        HAIDIAN,
    )
    assert len(rows) == expected > 5000
    assert len({row["姓名"] for row in rows if row["姓名"].startswith("T")}) == 5000
