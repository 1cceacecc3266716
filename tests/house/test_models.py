"""Models equal migrations equal the database's own catalogue."""

from __future__ import annotations

import re

import asyncpg
import pytest
from tortoise import Tortoise
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from mobile_gateway.models import TABLES, migrating
from mobile_gateway.models import database as databases
from servers import Urls

CONFIG = {
    "connections": {"default": "asyncpg://nobody:nothing@127.0.0.1:1/nothing"},
    "apps": {
        "mobile_gateway": {
            "models": list(TABLES),
            "migrations": "mobile_gateway.models.migrations",
            "default_connection": "default",
        }
    },
}
KEYS_OF_TORTOISE = {"tortoise_migrations"}


@pytest.fixture
async def tortoise() -> None:
    await Tortoise.init(config=CONFIG, init_connections=False)


async def test_the_migrations_bring_about_the_models(tortoise: None) -> None:
    detector = MigrationAutodetector(Tortoise.apps, CONFIG["apps"])  # type: ignore[arg-type]  # a plain dict will do
    assert [writer.operations for writer in await detector.changes()] == []


async def test_the_database_has_every_column_of_the_models_and_no_other(
    tortoise: None, database_urls: Urls
) -> None:
    connection = await asyncpg.connect(database_urls.owner)
    rows = await connection.fetch(
        "SELECT table_name, column_name, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'public' AND NOT table_name = ANY($1)",
        list(KEYS_OF_TORTOISE),
    )
    await connection.close()
    found = {(r["table_name"], r["column_name"]): r["is_nullable"] == "YES" for r in rows}
    wanted = {
        (model._meta.db_table, column): model._meta.fields_map[name].null
        for model in Tortoise.apps["mobile_gateway"].values()
        for name, column in model._meta.fields_db_projection.items()
    }
    assert found == wanted


async def test_the_database_has_every_constraint_of_the_models(tortoise: None, database_urls: Urls) -> None:
    connection = await asyncpg.connect(database_urls.owner)
    constraints = {
        r["conname"] for r in await connection.fetch("SELECT conname FROM pg_constraint WHERE contype <> 'n'")
    }
    indexes = {
        r["indexname"]: r["indexdef"]
        for r in await connection.fetch("SELECT * FROM pg_indexes WHERE schemaname = 'public'")
    }
    await connection.close()
    for model in Tortoise.apps["mobile_gateway"].values():
        for constraint in model._meta.constraints:
            match constraint:
                case CheckConstraint():
                    assert constraint.name in constraints
                case UniqueConstraint(condition=None):
                    assert constraint.name in constraints
                case UniqueConstraint():
                    assert "UNIQUE" in indexes[str(constraint.name)]
                    assert "WHERE" in indexes[str(constraint.name)]
        for index in model._meta.indexes:
            assert index.name in indexes


LEARNERS = {
    "enrolment",
    "playback_session",
    "beat",
    "coverage",
    "resume_position",
    "risk_flag",
    "completion",
    "credit_entry",
    "certificate",
    "inbox_item",
    "notification_preference",
    "delivery",
}


async def test_learner_tables_are_led_by_the_person(database_urls: Urls) -> None:
    connection = await asyncpg.connect(database_urls.owner)
    rows = await connection.fetch(
        "SELECT c.conrelid::regclass::text AS name, a.attname FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'p'"
    )
    await connection.close()
    first = {row["name"]: row["attname"] for row in rows}
    assert {name: first[name] for name in LEARNERS} == dict.fromkeys(LEARNERS, "person_id")


async def test_no_foreign_key_deletes_unless_it_says_so(database_urls: Urls) -> None:
    connection = await asyncpg.connect(database_urls.owner)
    rows = await connection.fetch(
        "SELECT conname, confdeltype::text AS rule FROM pg_constraint WHERE contype = 'f'"
    )
    await connection.close()
    assert {row["conname"] for row in rows if row["rule"] == "c"} == {
        "beat_session_fkey",
        "delivery_inbox_item_fkey",
        "delivery_device_id_fkey",
        "refresh_token_sign_in_id_fkey",
        "shelf_item_shelf_id_fkey",
    }
    assert {row["rule"] for row in rows} == {"c", "r"}


async def test_the_serving_role_owns_nothing_and_only_appends_to_the_audit_log(database_urls: Urls) -> None:
    connection = await asyncpg.connect(database_urls.serving)
    owned = await connection.fetchval(
        "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
    )
    assert owned == 0
    for statement in (
        "UPDATE audit_entry SET act = 'X'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DROP TABLE person",
        "ALTER TABLE person ADD COLUMN x int",
        "CREATE TABLE mine (x int)",
        "SELECT * FROM tortoise_migrations",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def test_migrating_again_applies_nothing(database_urls: Urls) -> None:
    assert await migrating.migrate(database_urls.owner, None) == 0


async def test_coverage_is_a_multirange(database_urls: Urls) -> None:
    connection = await asyncpg.connect(database_urls.owner)
    kind = await connection.fetchval(
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'coverage' AND column_name = 'spans'"
    )
    await connection.close()
    assert re.fullmatch("int4multirange", kind)


async def test_a_fresh_connection_reads_a_multirange_inside_a_record(database: databases.Database) -> None:
    async with database.connection() as connection:
        ((number, spans),) = await connection.fetchval("SELECT array_agg((1, '{[0,5)}'::int4multirange))")
    assert number == 1
    assert [(span.lower, span.upper) for span in spans] == [(0, 5)]
