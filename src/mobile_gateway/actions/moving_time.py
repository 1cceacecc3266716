"""Moving the domain's clock of a local run. Production refuses to start on a moved clock."""

from __future__ import annotations

from datetime import datetime

from mobile_gateway.models.database import Database


async def set_clock(database: Database, *, real_now: datetime, domain_now: datetime, speed: float) -> None:
    """From `real_now` on the domain's clock shows `domain_now` and runs `speed` (1 to 3600) times as fast."""
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO domain_clock (id, real_anchor, domain_anchor, speed) VALUES (1, $1, $2, $3)"
            " ON CONFLICT (id) DO UPDATE SET real_anchor = excluded.real_anchor,"
            " domain_anchor = excluded.domain_anchor, speed = excluded.speed",
            real_now,
            domain_now,
            speed,
        )


async def reset_clock(database: Database) -> None:
    """Back to the real clock."""
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM domain_clock")
