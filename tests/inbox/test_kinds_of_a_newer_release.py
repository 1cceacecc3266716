"""While a release is rolled out, older processes meet kinds that they do not know: those wait, and hinder nobody."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import asyncpg

from gateway import Gateway
from mobile_gateway.actions import delivering
from mobile_gateway.clock import real
from mobile_gateway.rules import pushes as rules
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.workers import pushes
from player import run, value
from pushing import READY, Scripted, accepts, only, rows, tell
from servers import Servers

NEWER = "FROM_A_NEWER_RELEASE"


async def newer(gateway: Gateway, owner: str) -> int:
    """A notification of a kind that only the next release knows, with its delivery and a preference about it."""
    connection = await asyncpg.connect(owner)
    for table in ("inbox_item", "notification_preference"):
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_kind_known")
    await connection.close()
    person = await gateway.person(READY)
    await run(
        gateway,
        "INSERT INTO notification_preference (person_id, kind, push) VALUES ($1, $2, true)",
        person,
        NEWER,
    )
    await run(
        gateway,
        "WITH item AS (INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
        " VALUES ($1, $2, 'one', 'SERVICE', '{}', now()) RETURNING id)"
        " INSERT INTO delivery (person_id, inbox_item_id, device_id, message_class, state, due_at)"
        " SELECT $1, i.id, d.id, 'SERVICE', 'DUE', now() - interval '1 min' FROM item i, device d"
        " WHERE d.person_id = $1 AND d.state = 'ACTIVE'",
        person,
        NEWER,
    )
    found: int = await value(gateway, "SELECT max(id) FROM inbox_item")
    return found


async def test_the_inbox_shows_the_others(gateway: Gateway, servers: Servers) -> None:
    await only(gateway)
    await run(gateway, "DELETE FROM inbox_item")
    await tell(gateway)
    number = await newer(gateway, owner_of(gateway, servers))
    token = await gateway.token(READY)
    for given in ({}, {"unreadOnly": True}):
        viewer = (await gateway.data_of(operations.by_file()["inbox"], given, token))["viewer"]
        assert [edge["node"]["kind"] for edge in viewer["inbox"]["edges"]] == ["TOPIC_COMPLETED"]
    node = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await gateway.data_of(node, {"id": global_id("InboxItem", number)}, token))["node"] is None
    listed = await gateway.data_of(operations.by_file()["notification_preferences"], {}, token)
    assert {one["push"] for one in listed["viewer"]["notificationPreferences"]} == {True}


async def test_pushes_of_the_others_go_out_and_that_one_waits_without_a_try(
    gateway: Gateway, servers: Servers
) -> None:
    await only(gateway)
    await tell(gateway)
    await newer(gateway, owner_of(gateway, servers))
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.kind for message in provider.sent] == ["TOPIC_COMPLETED"]
    assert await rows(gateway.database) == [("SENT", "ACCEPTED", 1), ("DUE", None, 0)]
    assert (await delivering.claim(gateway.database, uuid4(), real(), 10)).dropped == 0, "for a while"
    later = real() + timedelta(seconds=rules.NEWER_SECONDS + 1)
    assert (await delivering.claim(gateway.database, uuid4(), later, 10)).dropped == 1


async def test_a_worker_of_the_newer_release_sends_it(gateway: Gateway, servers: Servers) -> None:
    await only(gateway)
    await newer(gateway, owner_of(gateway, servers))
    await pushes.deliver(gateway.database, Scripted(accepts))
    await run(gateway, "UPDATE inbox_item SET kind = 'PHONE_CHANGED'")  # what the newer one would read
    await run(gateway, "UPDATE delivery SET due_at = now() - interval '1 s'")
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.kind for message in provider.sent] == ["PHONE_CHANGED"]


def owner_of(gateway: Gateway, servers: Servers) -> str:
    return servers.owner(gateway.resources.settings.database_url.rsplit("/", 1)[1].split("?")[0])
