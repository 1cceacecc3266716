"""What is due is found and claimed by an index, however much waits for later: the morning after the opening."""

from __future__ import annotations

import asyncpg

from certifying import OPENING, topic_number
from gateway import Gateway
from mobile_gateway.actions import delivering, delivery_expiry, rendering
from mobile_gateway.benches import opening_crowd
from mobile_gateway.clock import real
from mobile_gateway.reads import due, push_lanes
from mobile_gateway.workers import certificates
from player import run, value
from servers import Servers

PEOPLE = 20_000
STATEMENTS = (
    ("delivery", push_lanes._LANES_DUE, "(now(), 'FCM', '{ANDROID,IOS}', 'SERVICE')"),
    (
        "delivery",
        push_lanes._CAMPAIGNS_DUE,
        "(now(), 'FCM', '{ANDROID,IOS}', '{1}', '{IOS}', '{2024-08-20}')",
    ),
    ("delivery", due._DELIVERIES, "(now(), '{FCM,HUAWEI}', '{ANDROID,IOS}')"),
    ("certificate", due._DOCUMENTS, "(1000)"),
    (
        "delivery",
        delivery_expiry._LATE,
        "(now() - interval '1 day', '{SERVICE,MARKETING}', '{FCM,HUAWEI}', '{ANDROID,IOS}')",
    ),
    ("delivery", delivering._EXPIRED, "(now(), 500)"),
    ("certificate", rendering._DUE_DOCUMENTS, "(now(), 20)"),
    ("certificate", rendering._CLAIM_DOCUMENTS, "('{1}', '{1}', now())"),
)
# These are planned for their values (`plan_cache_mode`).
PLANNED = (
    (
        "delivery",
        delivery_expiry._EXPIRE,
        "now() - interval '1 day', 'SERVICE', 'FCM', 'IOS', 20, now(), 'EXPIRED'",
    ),
    ("delivery", delivering._CLAIM, "now(), 20, gen_random_uuid(), 'SERVICE', now(), 'FCM', 'ANDROID'"),
)


async def test_what_is_due_is_found_by_an_index_however_much_waits(
    gateway: Gateway, servers: Servers
) -> None:
    await opening_crowd.make(gateway.database, topic_number(gateway), PEOPLE)
    await gateway.set_time(OPENING)
    while await certificates.open_claims(gateway.resources):
        pass
    await run(
        gateway,
        "INSERT INTO certificate (person_id, topic_id, version, serial, state, snapshot_sealed, masked_name,"
        " recognised_ms, first_issued_at, issued_at) SELECT person_id, $1, 1, lpad(person_id::text, 16, '0'),"
        " 'ISSUED', '', '*', 0, now(), now() FROM inbox_item WHERE kind = 'CERTIFICATE_READY'",
        topic_number(gateway),
    )
    owner = await asyncpg.connect(servers.owner(await value(gateway, "SELECT current_database()")))
    await owner.execute("ANALYZE")
    await owner.close()
    async with gateway.database.connection() as connection:
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        for number, (table, statement, given) in enumerate(PLANNED):
            await connection.execute(f"PREPARE planned_{number} AS {statement}")
            plan = "\n".join(
                row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE planned_{number}({given})")
            )
            assert f"Seq Scan on {table}" not in plan, plan
        await connection.execute("RESET plan_cache_mode")
        for number, (table, statement, given) in enumerate(STATEMENTS):
            await connection.execute(f"PREPARE due_{number} AS {statement}")
            rows = await connection.fetch(f"EXPLAIN EXECUTE due_{number}{given}")
            plan = "\n".join(row[0] for row in rows)
            assert f"Index Scan using {table}_" in plan or f"Index Only Scan using {table}_" in plan, plan
            assert f"Seq Scan on {table}" not in plan, plan


async def due_now(gateway: Gateway) -> list[str]:
    async with gateway.database.connection() as connection:
        found = await due.pushes(connection, real())
    now = real()
    since = {"service": found.service, "marketing": found.marketing, "campaigns": found.campaigns}
    return [name for name, when in since.items() if when is not None and when <= now]


async def test_a_delivery_of_either_class_is_seen_when_it_is_due(gateway: Gateway) -> None:
    await opening_crowd.make(gateway.database, topic_number(gateway), 100)
    await gateway.set_time(OPENING)
    await certificates.open_claims(gateway.resources)
    assert await due_now(gateway) == []
    for message_class, name in (("MARKETING", "marketing"), ("SERVICE", "service")):
        await run(
            gateway,
            "UPDATE delivery SET due_at = now(), message_class = $1"
            " WHERE id = (SELECT min(id) FROM delivery WHERE state = 'DUE')",
            message_class,
        )
        assert await due_now(gateway) == [name]
        await run(gateway, "UPDATE delivery SET due_at = now() + interval '1 hour' WHERE state = 'DUE'")
        assert await due_now(gateway) == []
