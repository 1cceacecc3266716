"""Migrates the database, under a lock, as its owner; the one opener of Tortoise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.transactions import in_transaction

from mobile_gateway.models import TABLES

MIGRATION_LOCK = 0x6D67_7700
"""Key of the advisory lock that lets one starter migrate at a time."""


def _tortoise(url: str) -> dict[str, Any]:
    return {
        "connections": {
            "default": url.replace("postgresql://", "asyncpg://").replace("postgres://", "asyncpg://")
        },
        "apps": {
            "mobile_gateway": {
                "models": list(TABLES),
                "migrations": "mobile_gateway.models.migrations",
                "default_connection": "default",
            }
        },
        "use_tz": True,
    }


async def migrate(
    owner_url: str, serving_role: str | None, on_step: Callable[[str], None] | None = None
) -> int:
    """Apply what is missing, each migration and its record in one transaction; answers how many were applied.

    Safe against several starters (an advisory lock) and a crash in between (nothing is half applied).
    `serving_role` gets its rights: it reads and writes rows, owns nothing, and can only append to the audit log.
    """
    lock = await asyncpg.connect(owner_url, timeout=10)
    try:
        await lock.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        applied = await _apply(owner_url, on_step)
        if serving_role is not None:
            await _grant(lock, serving_role)
        return applied
    finally:
        await lock.close()


async def _apply(owner_url: str, on_step: Callable[[str], None] | None) -> int:
    config = _tortoise(owner_url)
    await Tortoise.init(config=config)
    try:
        executor = MigrationExecutor(get_connection("default"), config["apps"])
        await executor.recorder.ensure_schema(executor._schema_editor(atomic=False))  # noqa: SLF001 - no public door
        plan = await executor.plan()
        done = set(await executor.recorder.applied_migrations())
        state = await executor._project_state(done)  # noqa: SLF001 - no public door
        for step in plan:
            if on_step is not None:
                on_step(step.migration.name)
            async with in_transaction("default") as transaction:
                await transaction.execute_script("SET LOCAL lock_timeout = '5s'")
                editor = executor._schema_editor(atomic=True)  # noqa: SLF001 - no public door
                editor.client = transaction
                await step.migration.apply(state, dry_run=False, schema_editor=editor)
                recorder = MigrationRecorder(transaction)
                await recorder.record_applied(step.migration.app_label, step.migration.name)
        return len(plan)
    finally:
        await Tortoise.close_connections()


async def _grant(owner: asyncpg.Connection, role: str) -> None:
    if role == await owner.fetchval("SELECT current_user"):
        return
    name = '"' + role.replace('"', '""') + '"'
    async with owner.transaction():
        await owner.execute(
            f"GRANT USAGE ON SCHEMA public TO {name};"
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name};"
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name};"
            f"REVOKE UPDATE, DELETE ON audit_entry FROM {name};"
            f"REVOKE ALL ON tortoise_migrations FROM {name};"
        )
