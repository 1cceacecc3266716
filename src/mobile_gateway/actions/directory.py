"""Schools created and corrected by staff (PRODUCT.md §6, §12).

Locks: the actor's person, the county (creating) or the school, the revision. Out of scope is NOT_FOUND.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from mobile_gateway.actions import auditing, directory_rows, locks
from mobile_gateway.actions.auditing import Entry
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules import school_names
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.school_names import Called
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.texts import Unclean
from mobile_gateway.rules.words import RegionLevel, SchoolStage, StaffRole

SUBJECT = "School"


@dataclass(frozen=True, slots=True)
class NewSchool:
    """A school as somebody wrote it down."""

    county_id: int
    name: str
    stage: SchoolStage
    aliases: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The school that was written, or why not; with the schools that it may be."""

    school_id: int | None = None
    refusal: Refusal | None = None
    candidates: tuple[int, ...] = ()


_COUNTY = """
SELECT c.level, c.name AS county, d.name AS city, p.name AS province
  FROM region c LEFT JOIN region d ON d.id = c.parent_id LEFT JOIN region p ON p.id = d.parent_id
 WHERE c.id = $1 FOR NO KEY UPDATE OF c
"""

_INSERT = """
INSERT INTO school (county_id, name, normalised_name, aliases, stage) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (county_id, normalised_name) WHERE merged_at IS NULL DO NOTHING RETURNING id
"""


async def create(
    database: Database, *, actor: Actor, new: NewSchool, even_if_similar: bool = False
) -> Outcome:
    """Add a school to a county; found by its names as soon as this is committed.

    Refusals: SESSION_INVALID, NOT_FOUND (no such county, or not the actor's), BAD_USER_INPUT (a name), and
    SCHOOL_DUPLICATE (the normalised name stands in the county) or, unless `even_if_similar`, SCHOOL_SIMILAR (a
    name or alias is another's but for the places before it): both with the candidates. Nobody else adds to the
    county meanwhile, so of two at once the second is refused.
    """
    named = called(new.name, new.aliases)
    if isinstance(named, Refusal):
        return Outcome(refusal=named)
    async with database.transaction() as connection:
        grants = await locks.staff(connection, actor)
        if isinstance(grants, Refusal):
            return Outcome(refusal=grants)
        role = grants.over_county(new.county_id)
        county = await connection.fetchrow(_COUNTY, new.county_id) if role else None
        if role is None or county is None or county["level"] != RegionLevel.COUNTY:
            return Outcome(refusal=Refusal(RefusalCode.NOT_FOUND, ("countyId",)))
        regions = (county["province"], county["city"], county["county"])
        refused = await _known(connection, new.county_id, named, regions, even_if_similar=even_if_similar)
        if refused is not None:
            return refused
        number: int | None = await connection.fetchval(
            _INSERT,
            new.county_id,
            named.name,
            school_names.normalised(named.name),
            list(named.aliases),
            new.stage,
        )
        if number is None:  # written by somebody who did not lock the county, and committed just now
            return await _known(
                connection, new.county_id, named, regions, even_if_similar=True
            ) or _duplicate(())
        entry = Entry(AuditAct.SCHOOL_CREATED, role, SUBJECT, number, number, new.county_id)
        await auditing.write(connection, actor.person_id, entry)
        await directory_rows.index(connection, [number])
        await directory_rows.changed(connection)
    return Outcome(number)


async def _known(
    connection: asyncpg.Connection,
    county_id: int,
    named: Called,
    regions: Sequence[str],
    *,
    even_if_similar: bool,
) -> Outcome | None:
    """Why a school may not be added beside those that the county has; None when it may."""
    rows = await connection.fetch(
        "SELECT id, name, aliases FROM school WHERE county_id = $1 AND merged_at IS NULL ORDER BY id",
        county_id,
    )
    same = tuple(row["id"] for row in rows if school_names.same(row["name"], named.name))
    if same:
        return _duplicate(same)
    if even_if_similar:
        return None
    alike = [
        row["id"] for row in rows if school_names.similar(named, Called(row["name"], row["aliases"]), regions)
    ]
    refusal = Refusal(RefusalCode.SCHOOL_SIMILAR, ("name",))
    return Outcome(None, refusal, tuple(alike[: school_names.CANDIDATES_LIMIT])) if alike else None


def _duplicate(candidates: tuple[int, ...]) -> Outcome:
    return Outcome(None, Refusal(RefusalCode.SCHOOL_DUPLICATE, ("name",)), candidates)


def called(name: str, aliases: Sequence[str]) -> Called | Refusal:
    """Names as they will be kept, no alias twice or equal to the name; BAD_USER_INPUT for one that cannot be."""
    clean = school_names.school_name(name)
    if isinstance(clean, Unclean):
        return _unfit("name", f"name: 1–{school_names.NAME_LIMIT}")
    if len(aliases) > school_names.ALIASES_LIMIT:
        return _unfit("aliases", f"aliases: 0–{school_names.ALIASES_LIMIT}")
    found = {school_names.normalised(clean): clean}
    for alias in aliases:
        fit = school_names.school_name(alias)
        if isinstance(fit, Unclean):
            return _unfit("aliases", f"aliases: 1–{school_names.NAME_LIMIT}")
        found.setdefault(school_names.normalised(fit), fit)
    return Called(clean, list(found.values())[1:])


def _unfit(field: str, why: str) -> Refusal:
    return Refusal(RefusalCode.BAD_USER_INPUT, (field,), {"why": why})


async def correct_stage(
    database: Database, *, actor: Actor, school_id: int, stage: SchoolStage
) -> Refusal | None:
    """Set a school's stage; None when it has that stage now. Twice is once, also in the audit log.

    Enrolling reads the stage anew, so its teachers need no new sign-in. Refusals: SESSION_INVALID, NOT_FOUND,
    SCHOOL_MERGED.
    """
    async with database.transaction() as connection:
        found = await _own_school(connection, actor, school_id, and_its_admin=True)
        if isinstance(found, Refusal):
            return found
        if found.stage is stage:
            return None
        await connection.execute("UPDATE school SET stage = $2 WHERE id = $1", school_id, stage)
        await auditing.write(
            connection,
            actor.person_id,
            Entry(
                AuditAct.SCHOOL_STAGE_CORRECTED,
                found.role,
                SUBJECT,
                school_id,
                school_id,
                found.county_id,
                data={"from": found.stage, "to": stage},
            ),
        )
        await directory_rows.index(connection, [school_id])
        await directory_rows.changed(connection)
    return None


async def set_aliases(
    database: Database, *, actor: Actor, school_id: int, aliases: Sequence[str]
) -> Refusal | None:
    """Give a school these aliases; names and aliases of schools that were merged into it stay beside them.

    Found by them at once, by their pinyin within seconds.
    Refusals: SESSION_INVALID, NOT_FOUND, SCHOOL_MERGED, BAD_USER_INPUT.
    """
    async with database.transaction() as connection:
        found = await _own_school(connection, actor, school_id, and_its_admin=False)
        if isinstance(found, Refusal):
            return found
        named = called(found.name, aliases)
        if isinstance(named, Refusal):
            return named
        former = await directory_rows.former_names(connection, [school_id])
        kept = school_names.with_former(named, former)
        if kept == list(found.aliases):
            return None
        await connection.execute(
            "UPDATE school SET aliases = $2, spelled_at = NULL WHERE id = $1", school_id, kept
        )
        entry = Entry(AuditAct.SCHOOL_ALIASES_SET, found.role, SUBJECT, school_id, school_id, found.county_id)
        await auditing.write(connection, actor.person_id, entry)
        await directory_rows.index(connection, [school_id])
        await directory_rows.changed(connection)
    return None


@dataclass(frozen=True, slots=True)
class _Own:
    role: StaffRole
    county_id: int
    name: str
    aliases: Sequence[str]
    stage: SchoolStage


async def _own_school(
    connection: asyncpg.Connection, actor: Actor, school_id: int, *, and_its_admin: bool
) -> _Own | Refusal:
    """Hold an active school of the actor's scope until the transaction ends."""
    grants = await locks.staff(connection, actor)
    if isinstance(grants, Refusal):
        return grants
    row = await connection.fetchrow(
        "SELECT county_id, name, aliases, stage, merged_at FROM school WHERE id = $1 FOR NO KEY UPDATE",
        school_id,
    )
    role = None
    if row is not None:
        county = row["county_id"]
        role = grants.over_school(school_id, county) if and_its_admin else grants.over_county(county)
    if row is None or role is None:
        return Refusal(RefusalCode.NOT_FOUND, ("schoolId",))
    if row["merged_at"] is not None:
        return Refusal(RefusalCode.SCHOOL_MERGED, ("schoolId",))
    return _Own(role, row["county_id"], row["name"], row["aliases"], SchoolStage(row["stage"]))
