"""Keeping how schools are spelled. What spells them is the worker's (workers.spelling)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mobile_gateway.actions import directory_rows
from mobile_gateway.actions.directory_rows import Latin
from mobile_gateway.models.database import Database
from mobile_gateway.reads.directory import Unspelled


@dataclass(frozen=True, slots=True)
class Spelled:
    """A school as it was read, and how it is spelled."""

    school: Unspelled
    latin: Latin


async def write(database: Database, spelled: Sequence[Spelled]) -> int:
    """Keep the spellings of schools that are still due and still called so; answers how many.

    Twice is once, and the others stay due. The directory's revision grows once for all.
    """
    by_id = {one.school.id: one for one in spelled}
    async with database.transaction() as connection:
        rows = await connection.fetch(
            "SELECT id, name, aliases FROM school WHERE id = ANY($1::bigint[]) AND merged_at IS NULL"
            " AND spelled_at IS NULL ORDER BY id FOR NO KEY UPDATE",
            list(by_id),
        )
        fit = [
            row["id"]
            for row in rows
            if (row["name"], tuple(row["aliases"]))
            == (by_id[row["id"]].school.name, by_id[row["id"]].school.aliases)
        ]
        if fit:
            await directory_rows.index(connection, fit, {number: by_id[number].latin for number in fit})
            await connection.execute("UPDATE school SET spelled_at = now() WHERE id = ANY($1::bigint[])", fit)
            await directory_rows.changed(connection)
    return len(fit)
