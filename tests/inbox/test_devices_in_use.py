"""Devices: which are in use, how many, and which are stale."""

from __future__ import annotations

from datetime import timedelta

from devicing import do, mine, none, states
from gateway import Gateway
from mobile_gateway.actions import devices, sessions
from mobile_gateway.clock import real
from mobile_gateway.rules import devices as rules
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.workers import retention
from player import run, value
from pushing import READY, register


async def test_of_many_devices_the_twenty_seen_last_are_reached(gateway: Gateway) -> None:
    await none(gateway)
    for number in range(rules.MOST + 3):
        await register(gateway, f"t{number:02}")
    found = [token for token, state in await states(gateway, READY) if state == "ACTIVE"]
    assert found == [f"t{number:02}" for number in range(3, rules.MOST + 3)]
    assert len(await mine(gateway, await gateway.token(READY))) == rules.MOST
    await register(gateway, "t00")  # who registers is among them, whoever else is
    assert ("t00", "ACTIVE") in await states(gateway, READY)
    assert ("t03", "RETIRED") in await states(gateway, READY)


async def test_a_device_is_in_use_while_its_sign_in_is_refreshed(gateway: Gateway) -> None:
    await none(gateway)
    now, person = real(), await gateway.person(READY)
    async with gateway.database.transaction() as connection:
        session = await sessions.begin(
            connection,
            gateway.resources.keyring,
            person_id=person,
            identity=Identity.TEACHER,
            wipe_epoch=0,
            client_kind=ClientKind.APP,
            now=now,
        )
    await do(gateway, "device_register", session.access_token, token="used", platform="IOS")
    await register(gateway, "idle")
    await run(gateway, "UPDATE device SET last_seen_at = $1", now - timedelta(days=3))
    token = session.refresh_token
    seen = []
    for hours in (1, 2, 26):
        renewed = await sessions.refresh(
            gateway.database, gateway.resources.keyring, token=token, now=now + timedelta(hours=hours)
        )
        assert isinstance(renewed, sessions.SignedIn)
        token = renewed.refresh_token
        seen.append(await value(gateway, "SELECT last_seen_at FROM device WHERE token = 'used'"))
    assert seen == [now + timedelta(hours=1), now + timedelta(hours=1), now + timedelta(hours=26)]
    assert await value(gateway, "SELECT last_seen_at FROM device WHERE token = 'idle'") == now - timedelta(
        days=3
    )


async def test_devices_that_nobody_has_seen_for_270_days_are_retired(gateway: Gateway) -> None:
    await none(gateway)
    now = real()
    for name, days in (("fresh", 1), ("old", 269), ("stale", 271)):
        await register(gateway, name)
        await run(
            gateway, "UPDATE device SET last_seen_at = $2 WHERE token = $1", name, now - timedelta(days=days)
        )
    assert await retention.retire_once(gateway.database, now, 0) == 0
    assert await states(gateway, READY) == [("fresh", "ACTIVE"), ("old", "ACTIVE"), ("stale", "RETIRED")]
    await register(gateway, "stale")  # its app starts again
    assert ("stale", "ACTIVE") in await states(gateway, READY)


async def test_stale_devices_are_looked_for_a_stretch_at_a_time(gateway: Gateway) -> None:
    await none(gateway)
    ids = [await register(gateway, f"t{number}") for number in range(5)]
    now = real() + rules.STALE_AFTER + timedelta(days=1)
    after, retired = 0, []
    while True:
        many, after = await devices.retire_stale(gateway.database, now, after, 2)
        retired.append(many)
        if after == 0:
            break
    assert retired == [2, 2, 1]
    assert await devices.last_id(gateway.database) == ids[-1]


async def test_a_retired_device_that_rotates_counts_among_the_twenty(gateway: Gateway) -> None:
    await none(gateway)
    for number in range(rules.MOST + 3):
        await register(gateway, f"t{number:02}")
    token = await gateway.token(READY)
    for number in range(3):
        payload = await do(
            gateway, "device_rotate", token, oldToken=f"t{number:02}", newToken=f"new-{number}"
        )
        assert payload["device"] is not None
    found = {name for name, state in await states(gateway, READY) if state == "ACTIVE"}
    assert found == {f"new-{number}" for number in range(3)} | {f"t{n:02}" for n in range(6, rules.MOST + 3)}
