"""Counting scans of the download QR: per channel, client and day, nothing personal."""

from __future__ import annotations

from datetime import date

from mobile_gateway.models.database import Database

PLAIN = ""
"""The channel of a code without one."""


async def scanned(database: Database, *, channel: str | None, client: str, day: date) -> None:
    """Count one scan."""
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO download_scan AS s (day, channel, client, scans) VALUES ($1, $2, $3, 1)"
            " ON CONFLICT ON CONSTRAINT download_scan_key DO UPDATE SET scans = s.scans + 1",
            day,
            channel or PLAIN,
            client,
        )
