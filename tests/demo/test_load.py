import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime

import asyncpg
import pytest

from mobile_gateway.demo.crowd import people
from mobile_gateway.demo.load import load
from mobile_gateway.demo.people import STUDENT_PASSWORD, named_people
from mobile_gateway.demo.table import named
from mobile_gateway.models.database import Database
from mobile_gateway.rules import phones
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.seals import Keyring, blind_index, check_password, unseal_text

NOW = datetime(2024, 8, 15, 4, tzinfo=UTC)
LOADED = {
    *("region", "school", "school_search", "person", "teaching_record", "staff_grant", "device", "revision"),
    *("topic", "course", "section", "resource", "media_version", "listing"),
    *("banner", "shelf", "shelf_item", "public_link"),
}


class _Crash(Exception):
    pass


def _crash_after(table: str) -> Callable[[str, int, int], None]:
    def crash(name: str, done: int, total: int) -> None:
        if name == table:
            raise _Crash

    return crash


async def _filled(database: Database) -> dict[str, int]:
    """How many rows each table has that has any."""
    async with database.connection() as connection:
        names = await connection.fetch(
            "SELECT tablename FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'"
        )
        counted = {
            name["tablename"]: await connection.fetchval(f"SELECT count(*) FROM {name['tablename']}")
            for name in names
        }
    return {table: rows for table, rows in counted.items() if rows}


async def test_loading_twice_loads_once(database: Database, keyring: Keyring) -> None:
    assert await load(database, keyring, now=NOW) is True
    first = await _filled(database)
    assert set(first) == LOADED
    assert first["person"] == len(people())
    assert await load(database, keyring, now=NOW) is False
    assert await _filled(database) == first


async def test_two_loaders_at_once_load_once(database: Database, keyring: Keyring) -> None:
    answers = await asyncio.gather(*(load(database, keyring, now=NOW) for _ in range(2)))
    assert sorted(answers) == [False, True]
    assert (await _filled(database))["person"] == len(people())


async def test_a_crash_in_the_middle_leaves_nothing_and_the_next_try_loads(
    database: Database, keyring: Keyring
) -> None:
    for table in ("region", "person", "public_link"):
        with pytest.raises(_Crash):
            await load(database, keyring, now=NOW, on_step=_crash_after(table))
        assert await _filled(database) == {}
    assert await load(database, keyring, now=NOW) is True


async def test_every_step_is_reported_in_order_and_the_load_is_quick(
    database: Database, keyring: Keyring
) -> None:
    steps: list[tuple[str, int, int]] = []
    began = time.perf_counter()
    await load(database, keyring, now=NOW, on_step=lambda *step: steps.append(step))
    assert time.perf_counter() - began < 3
    assert [done for _, done, _ in steps] == list(range(1, len(steps) + 1))
    assert {total for *_, total in steps} == {len(steps)}
    assert {table for table, *_ in steps} == LOADED - {"revision"}


async def test_the_serving_role_suffices(database: Database, keyring: Keyring) -> None:
    async with database.connection() as connection:
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert not await connection.fetchval(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
        )
    assert await load(database, keyring, now=NOW) is True


async def test_both_revisions_are_there_and_one_that_was_there_grows(
    database: Database, keyring: Keyring
) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO revision (name, value) VALUES ('catalogue', 6)")
    await load(database, keyring, now=NOW)
    async with database.connection() as connection:
        found = await connection.fetch("SELECT name, value FROM revision ORDER BY name")
    assert [tuple(row) for row in found] == [("catalogue", 7), ("directory", 1)]


async def test_a_sealed_number_opens_to_the_number_and_is_found_by_its_blind_index(
    database: Database, keyring: Keyring
) -> None:
    await load(database, keyring, now=NOW)
    numbers = [person.id_number for person in people() if person.id_number]
    async with database.connection() as connection:
        for number in numbers:
            index = blind_index(keyring, f"{DocumentType.MAINLAND_ID}:{number}", "person.document")
            row = await connection.fetchrow(
                "SELECT id, document_sealed, document_type, document_last4 FROM person"
                " WHERE document_index = $1",
                index,
            )
            opened = unseal_text(keyring, row["document_sealed"], column="person.document", owner=row["id"])
            assert (opened, row["document_type"]) == (number, DocumentType.MAINLAND_ID)
            assert row["document_last4"] == number[-4:]
        # Not a single number stands in the clear, in whatever column.
        assert not await connection.fetchval(
            "SELECT count(*) FROM person, unnest($1::text[]) AS number"
            " WHERE person::text LIKE '%' || number || '%'",
            numbers,
        )


async def test_every_named_person_is_found_by_phone_or_student_number(
    database: Database, keyring: Keyring
) -> None:
    await load(database, keyring, now=NOW)
    names = {person.key: person.name for person in named_people()}
    async with database.connection() as connection:
        for row in named():
            if row.phone:
                found = await connection.fetchrow(
                    "SELECT name, identity FROM person WHERE phone = $1", phones.parse(row.phone)
                )
            else:
                school, number, password = row.signs_in_with.split(", ")
                found = await connection.fetchrow(
                    "SELECT person.name, identity, password_hash FROM person"
                    " JOIN school ON school.id = student_school_id"
                    " WHERE school.name = $1 AND student_number = $2",
                    school,
                    number,
                )
                assert check_password(found["password_hash"], password)
            assert (found["name"], found["identity"]) == (names[row.key], row.identity)


async def test_exactly_the_holders_of_student_numbers_have_the_demos_password(
    database: Database, keyring: Keyring
) -> None:
    await load(database, keyring, now=NOW)
    async with database.connection() as connection:
        found = await connection.fetch(
            "SELECT DISTINCT password_hash, student_number IS NULL AS without FROM person"
        )
    hashes = {row["without"]: row["password_hash"] for row in found}
    assert len(found) == 2
    assert hashes[True] is None
    assert check_password(hashes[False], STUDENT_PASSWORD)


async def test_the_caps_sum_to_ten_and_every_course_has_video_enough(
    database: Database, keyring: Keyring
) -> None:
    await load(database, keyring, now=NOW)
    async with database.connection() as connection:
        courses = await connection.fetch(
            "SELECT course.slug, required_credits, required_credits * ms_per_credit AS cap_ms,"
            " sum(duration_ms) AS ms FROM course JOIN topic ON topic.id = topic_id"
            " JOIN section ON course_id = course.id JOIN listing ON section_id = section.id"
            " JOIN media_version USING (resource_id) GROUP BY course.id, topic.id ORDER BY course.position"
        )
    assert [row["required_credits"] for row in courses] == [2, 1, 1, 1, 1, 1, 3]
    assert all(row["ms"] >= row["cap_ms"] for row in courses)


async def test_an_open_audience_is_written_out_and_a_banner_has_a_row_in_each_of_its_tabs(
    database: Database, keyring: Keyring
) -> None:
    await load(database, keyring, now=NOW)
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT * FROM banner WHERE title_en IN ($1, $2) ORDER BY title_en, tab",
            "2024 Summer Teacher Training",
            "Get the app and learn anywhere",
        )
    assert [row["tab"] for row in rows] == ["HOME", "RECOMMENDED", "HOME"]
    assert all(set(row["identities"]) == {"TEACHER", "STUDENT", "PARENT", "ANONYMOUS"} for row in rows)
    assert [len(row["client_kinds"]) for row in rows] == [3, 3, 1]
    assert rows[0]["publish_end"] > datetime(2099, 1, 1, tzinfo=UTC)


async def test_records_were_handed_in_decided_and_left_in_this_order_before_now(
    database: Database, keyring: Keyring
) -> None:
    await load(database, keyring, now=NOW)
    async with database.connection() as connection:
        records = await connection.fetch("SELECT * FROM teaching_record")
    assert {row["state"] for row in records} == {"PENDING", "APPROVED", "REJECTED", "REMOVED"}
    for row in records:
        times = [row["submitted_at"], row["decided_at"], row["left_at"], NOW]
        known = [moment for moment in times if moment is not None]
        assert known == sorted(set(known))
        assert (row["decided_at"] is None) == (row["state"] == "PENDING")


async def test_only_the_schools_admin_decided_and_about_that_admin_the_countys(
    database: Database, keyring: Keyring
) -> None:
    await load(database, keyring, now=NOW)
    async with database.connection() as connection:
        decided = await connection.fetch(
            "SELECT r.person_id, r.decided_by_id, school.name, grants.school_id = r.school_id AS of_school,"
            " grants.county_id = school.county_id AS of_county,"
            " EXISTS (SELECT FROM staff_grant own WHERE own.person_id = r.person_id"
            " AND own.school_id = r.school_id) AS about_admin"
            " FROM teaching_record r JOIN school ON school.id = r.school_id"
            " JOIN staff_grant grants ON grants.person_id = r.decided_by_id"
        )
    assert len(decided) > 100
    assert all(row["of_county"] if row["about_admin"] else row["of_school"] for row in decided)
    assert all(row["person_id"] != row["decided_by_id"] for row in decided)
    assert any(row["about_admin"] for row in decided)


async def test_a_devices_hash_is_its_tokens_and_later_rows_get_fresh_ids(
    database: Database, keyring: Keyring
) -> None:
    await load(database, keyring, now=NOW)
    async with database.transaction() as connection:
        devices = await connection.fetch("SELECT token, token_hash FROM device")
        await connection.execute("INSERT INTO person (identity, phone) VALUES ('PARENT', '+8613900000000')")
        await connection.execute(
            "INSERT INTO topic (slug, title, title_en, learning_start, learning_end, certificates_open_at,"
            " ms_per_credit) VALUES ('other', '另一个', 'Other', $1, $2, $2, 1)",
            NOW,
            datetime(2025, 1, 1, tzinfo=UTC),
        )
    assert len(devices) > 80
    for row in devices:
        assert row["token_hash"] == hashlib.sha256(row["token"].encode()).digest()


async def test_a_region_that_is_there_without_the_topic_is_a_clear_error(
    database: Database, keyring: Keyring
) -> None:
    async with database.transaction() as connection:
        await connection.execute("INSERT INTO region (id, level, name) VALUES (110000, 'PROVINCE', '北京市')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await load(database, keyring, now=NOW)
    assert await _filled(database) == {"region": 1}
