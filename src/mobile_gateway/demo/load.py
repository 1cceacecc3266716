"""Writes the demo into an empty database: all of it or nothing, and once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import asyncpg

from mobile_gateway.demo import rows, rows_of_catalogue, rows_of_people, rows_of_schools
from mobile_gateway.demo.catalogue import Catalogue, catalogue
from mobile_gateway.demo.crowd import people
from mobile_gateway.demo.people import Person
from mobile_gateway.demo.regions import regions
from mobile_gateway.demo.rows import Row
from mobile_gateway.demo.schools import schools
from mobile_gateway.models.database import Database
from mobile_gateway.seals import Keyring, hash_password

LOADING_LOCK = 0x6D67_7701
"""Key of the advisory lock that lets one loader load at a time."""

REVISIONS = ("catalogue", "directory")
"""What processes keep in memory and must read again."""


async def load(
    database: Database,
    keyring: Keyring,
    *,
    now: datetime,
    on_step: Callable[[str, int, int], None] | None = None,
) -> bool:
    """Write the demo in one transaction; answer False, having changed nothing, when its topic is there.

    Dates of verification lie before `now`; the topic's are those of 2024. `on_step(table, done, total)` is
    called after each table's rows, inside the transaction: what it raises undoes everything. All students
    have one password, hashed once, so they share a salt. Only revisions are updated: those that exist grow.

    Raises:
        asyncpg.UniqueViolationError: the topic is not there, but something else of the demo is (a region).
        DatabaseAway: the database cannot be reached, or a step took 30 s.
    """
    shown = catalogue()
    async with database.transaction() as connection:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOADING_LOCK)
        if await connection.fetchval("SELECT EXISTS (SELECT FROM topic WHERE slug = $1)", shown.topic.key):
            return False
        tables = [
            *await _directory_and_people(connection, keyring, now),
            *await _catalogue(connection, shown),
        ]
        for done, (table, found) in enumerate(tables, start=1):
            await rows.copy(connection, table, found)
            if on_step is not None:
                on_step(table, done, len(tables))
        await connection.execute(
            "INSERT INTO revision (name) SELECT unnest($1::text[])"
            " ON CONFLICT (name) DO UPDATE SET value = revision.value + 1, changed_at = now()",
            REVISIONS,
        )
    return True


async def _directory_and_people(
    connection: asyncpg.Connection, keyring: Keyring, now: datetime
) -> list[tuple[str, Sequence[Row]]]:
    """Answer tables with their rows, in the order of their references."""
    everybody, places = people(), schools()
    school_ids = await rows.numbers(connection, "school", (one.key for one in places))
    ids = await rows.numbers(connection, "person", (one.key for one in everybody))
    hashes = await _hashes(everybody)
    today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    return [
        ("region", rows_of_schools.region(regions())),
        ("school", rows_of_schools.school(places, school_ids, now)),
        ("school_search", rows_of_schools.search(places, school_ids, regions())),
        (
            "person",
            rows_of_people.person(everybody, ids, school_ids, keyring=keyring, hashes=hashes, today=today),
        ),
        ("teaching_record", rows_of_people.teaching_record(everybody, places, ids, school_ids, now=now)),
        ("staff_grant", rows_of_people.staff_grant(everybody, ids, school_ids)),
        ("device", rows_of_people.device(everybody, ids)),
    ]


async def _hashes(everybody: Sequence[Person]) -> dict[str, str]:
    """Hash each distinct password once, in threads: a hash takes a quarter of a second."""
    passwords = sorted({one.student.password for one in everybody if one.student is not None})
    hashed = await asyncio.gather(*(asyncio.to_thread(hash_password, password) for password in passwords))
    return dict(zip(passwords, hashed, strict=True))


async def _catalogue(connection: asyncpg.Connection, shown: Catalogue) -> list[tuple[str, Sequence[Row]]]:
    """Answer tables with their rows, in the order of their references."""
    topics = await rows.numbers(connection, "topic", [shown.topic.key])
    courses = await rows.numbers(connection, "course", (one.key for one in shown.topic.courses))
    sections = await rows.numbers(
        connection, "section", (one.key for one in rows_of_catalogue.outline(shown))
    )
    resources = await rows.numbers(connection, "resource", (one.key for one in shown.resources))
    shelves = await rows.numbers(connection, "shelf", (one.key for one in shown.shelves))
    return [
        ("topic", rows_of_catalogue.topic(shown, topics)),
        ("course", rows_of_catalogue.course(shown, topics, courses)),
        ("section", rows_of_catalogue.section(shown, courses, sections)),
        ("resource", rows_of_catalogue.resource(shown, resources)),
        ("media_version", rows_of_catalogue.media_version(shown, resources)),
        ("listing", rows_of_catalogue.listing(shown, sections, resources)),
        ("banner", rows_of_catalogue.banner(shown, topics)),
        ("shelf", rows_of_catalogue.shelf(shown, shelves)),
        ("shelf_item", rows_of_catalogue.shelf_item(shown, shelves, topics, resources)),
        ("public_link", rows_of_catalogue.public_link(shown, topics)),
    ]
