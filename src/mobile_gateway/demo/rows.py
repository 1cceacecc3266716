"""How rows reach a table in bulk: numbers drawn from its sequence, and COPY."""

from collections.abc import Iterable, Mapping, Sequence

import asyncpg

Row = Mapping[str, object]
"""A row by its columns' names; all rows of a table have the same ones, left out ones take their default."""

Numbers = Mapping[str, int]
"""The id of each key of a table's rows."""


async def numbers(connection: asyncpg.Connection, table: str, keys: Iterable[str]) -> Numbers:
    """Answer an id for each key, drawn from the table's sequence in one round trip.

    Raises:
        ValueError: a key stands twice.
    """
    wanted = list(keys)
    drawn = await connection.fetch(
        "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2::int)",
        table,
        len(wanted),
    )
    found = {key: row["id"] for key, row in zip(wanted, drawn, strict=True)}
    if len(found) != len(wanted):
        raise ValueError(f"two rows of {table} have the same key")
    return found


async def copy(connection: asyncpg.Connection, table: str, rows: Sequence[Row]) -> None:
    """Write the rows with COPY; self-references may stand in any order, for they are checked at its end."""
    columns = list(rows[0])
    await connection.copy_records_to_table(
        table, columns=columns, records=[[row[column] for column in columns] for row in rows]
    )
