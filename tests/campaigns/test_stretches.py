"""A stretch is as long as its people, whatever the planner thinks; one that hangs holds up its campaign alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from campaigning import at_school, crowd, desks, expand, inbox_rows, people_at_school
from gateway import Gateway
from mobile_gateway.actions import fanning
from mobile_gateway.clock import real
from mobile_gateway.schema.nodes import number_of
from mobile_gateway.workers import campaigns
from player import value
from servers import Servers
from staffing import ZHONGGUANCUN

MANY = 6_000
SEEN = {"lastSeen": {"days": 1}, "identities": ["TEACHER"]}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


async def test_a_stretch_is_read_once_when_the_planner_expects_nobody_of_the_segment(
    gateway: Gateway, servers: Servers
) -> None:
    """Statistics are of the day before: nobody was seen. Now everybody was."""
    both = await desks(gateway)
    await crowd(gateway, MANY)
    owner = await asyncpg.connect(servers.owner(await value(gateway, "SELECT current_database()")))
    await owner.execute("ALTER TABLE person SET (autovacuum_enabled = off)")
    await owner.execute("UPDATE person SET last_seen_at = now() - interval '9 days'")
    await owner.execute("VACUUM ANALYZE person")
    await owner.execute("UPDATE person SET last_seen_at = now()")
    await owner.close()
    campaign = number_of(await both.proven(segment=SEEN), "Campaign") or 0
    moment = campaigns.moment(gateway.resources.clock, real())
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow("SELECT * FROM campaign WHERE id = $1", campaign)
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(fanning.BY_KEY.format(seconds=60))
        statement, arguments = await fanning.expansion(connection, row, moment, fanning.STRETCH)
        plan = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments, timeout=60
        )
        await transaction.rollback()
    (top,) = json.loads(plan)
    looks = [one["Actual Loops"] for one in _nodes(top["Plan"]) if one.get("CTE Name") == "stretch"]
    assert looks
    assert set(looks) == {1}, "the stretch is looked through for each of many people"


async def test_a_stretch_that_hangs_is_given_up_and_the_next_campaign_goes_on(
    gateway: Gateway, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanning, "STRETCH_SECONDS", 1)
    both = await desks(gateway)
    hung = await both.proven(segment=await at_school(gateway))
    other = await both.proven(segment=await at_school(gateway))
    people = await people_at_school(gateway)
    owner = await asyncpg.connect(servers.owner(await value(gateway, "SELECT current_database()")))
    transaction = owner.transaction()
    await transaction.start()
    subject = f"campaign:{number_of(hung, 'Campaign')}"
    await owner.execute(
        "INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
        " SELECT person_id, 'CAMPAIGN', $1, 'MARKETING', '{}', now() FROM teaching_record t"
        " JOIN school s ON s.id = t.school_id WHERE s.name = $2 AND t.is_primary AND t.left_at IS NULL",
        subject,
        ZHONGGUANCUN,
    )
    await expand(gateway)
    assert await inbox_rows(gateway, hung) == (0, 0)
    assert await inbox_rows(gateway, other) == (people, people)
    await transaction.rollback()
    await owner.close()
    await expand(gateway)
    assert await inbox_rows(gateway, hung) == (people, people)


@pytest.mark.parametrize("known", ["DUE", "SENT", "LEASED"])
async def test_what_is_left_of_a_campaign_is_found_by_an_index_whatever_the_statistics_say(
    gateway: Gateway, servers: Servers, known: str
) -> None:
    both = await desks(gateway)
    await crowd(gateway, MANY)
    campaign = number_of(await both.proven(segment={"identities": ["TEACHER"]}), "Campaign") or 0
    await expand(gateway)
    owner = await asyncpg.connect(servers.owner(await value(gateway, "SELECT current_database()")))
    await owner.execute("ALTER TABLE delivery SET (autovacuum_enabled = off)")
    await owner.execute(
        "UPDATE delivery SET state = $1::text, settled_at = CASE WHEN $1::text = 'SENT' THEN now() END,"
        " attempt_id = gen_random_uuid(), lease_until = CASE WHEN $1::text = 'LEASED' THEN now() END",
        known,
    )
    await owner.execute("ANALYZE delivery")
    await owner.execute("SET plan_cache_mode = force_generic_plan")
    for name, kinds, statement, given in (
        ("unsettled", "bigint", fanning.UNSETTLED, f"{campaign}"),
        ("untried", "bigint, text[]", fanning.UNTRIED, f"{campaign}, '{{RETRY,THROTTLED}}'"),
    ):
        await owner.execute(f"PREPARE {name} ({kinds}) AS {statement}")
        plan = await owner.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE {name}({given})")
        scans = {(one["Node Type"], one.get("Index Name")) for one in _nodes(json.loads(plan)[0]["Plan"])}
        read = {scan for scan in scans if "Scan" in scan[0]}
        assert read
        assert {index for _, index in read} <= {"delivery_campaign_idx", "delivery_campaign_due_idx"}, scans
    await owner.close()
