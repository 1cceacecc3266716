"""Devices over GraphQL: registered, rotated, forgotten, handed over."""

from __future__ import annotations

import asyncio
import importlib
from uuid import uuid4

import asyncpg
import pytest

from devicing import do, mine, none, states
from gateway import Gateway
from mobile_gateway.actions import delivering, devices, settling_deliveries
from mobile_gateway.actions.settling_deliveries import Settlement
from mobile_gateway.clock import real
from mobile_gateway.rules.words import DeliveryState, DeviceState
from mobile_gateway.workers import pushes
from player import run, value
from pushing import OTHER, READY, Scripted, accepts, actor, make_due, only, register, rows, tell
from servers import Servers
from staffing import errors


async def test_a_registered_device_is_shown_without_its_token(gateway: Gateway) -> None:
    await none(gateway)
    token = await gateway.token(READY)
    payload = await do(
        gateway,
        "device_register",
        token,
        token="secret-1",
        platform="IOS",
        locale="en-GB",
        appVersion="7.1.0",
    )
    assert (payload["registered"], payload["userErrors"]) == (True, [])
    (seen,) = await mine(gateway, token)
    assert (seen["platform"], seen["locale"], seen["appVersion"]) == ("IOS", "en", "7.1.0")
    again = await gateway.data_of("query ($id: ID!) { node(id: $id) { id } }", {"id": seen["id"]}, token)
    assert again["node"] == {"id": seen["id"]}
    other = await gateway.data_of(
        "query ($id: ID!) { node(id: $id) { id } }", {"id": seen["id"]}, await gateway.token(OTHER)
    )
    assert other["node"] is None


async def test_a_rotated_device_is_the_same_one_and_gets_what_waits(gateway: Gateway) -> None:
    device = await only(gateway, "old")
    await tell(gateway)
    token = await gateway.token(READY)
    payload = await do(gateway, "device_rotate", token, oldToken="old", newToken="new")
    again = await do(
        gateway, "device_rotate", token, oldToken="old", newToken="new"
    )  # a lost answer is asked for
    assert payload == again
    assert payload["userErrors"] == []
    assert [one["id"] for one in await mine(gateway, token)] == [payload["device"]["id"]]
    assert await value(gateway, "SELECT id FROM device WHERE token = 'new'") == device
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.token for message in provider.sent] == ["new"]


async def test_a_retired_device_that_rotates_is_reached_again(gateway: Gateway) -> None:
    await only(gateway, "old")
    await do(gateway, "device_forget", await gateway.token(READY), token="old")
    await do(gateway, "device_rotate", await gateway.token(READY), oldToken="old", newToken="new")
    assert ("new", "ACTIVE") in await states(gateway, READY)


@pytest.mark.parametrize("whose", [READY, OTHER])
async def test_a_new_token_that_another_row_has_is_taken_from_it(gateway: Gateway, whose: str) -> None:
    await none(gateway)
    mine_id = await register(gateway, "old", READY)
    await register(gateway, "new", whose)
    await tell(gateway, whose)
    payload = await do(gateway, "device_rotate", await gateway.token(READY), oldToken="old", newToken="new")
    assert payload["userErrors"] == []
    assert await value(gateway, "SELECT id FROM device WHERE token = 'new' AND state = 'ACTIVE'") == mine_id
    assert await value(gateway, "SELECT count(*) FROM device WHERE state = 'ACTIVE'") == 1
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.token for message in provider.sent] == (["new"] if whose == READY else [])


async def test_what_only_the_newer_row_was_told_moves_with_the_token(gateway: Gateway) -> None:
    await none(gateway)
    await register(gateway, "old")
    await do(gateway, "device_forget", await gateway.token(READY), token="old")
    await register(gateway, "new")
    await tell(gateway)
    await do(gateway, "device_rotate", await gateway.token(READY), oldToken="old", newToken="new")
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert [message.token for message in provider.sent] == ["new"]


async def test_an_old_token_that_is_not_the_actors_is_not_found(gateway: Gateway) -> None:
    await only(gateway, "theirs", OTHER)
    token = await gateway.token(READY)
    for old in ("theirs", "nobodys"):
        payload = await do(gateway, "device_rotate", token, oldToken=old, newToken="new")
        assert errors(payload) == [("NOT_FOUND", ["oldToken"])]
    assert ("theirs", "ACTIVE") in await states(gateway, OTHER)


@pytest.mark.parametrize("text", ["", " ", "x" * 4097, "a\x00b", "教师", "a\u202eb"])
async def test_hostile_tokens_are_refused(gateway: Gateway, text: str) -> None:
    token = await gateway.token(READY)
    for given, path in (
        ({"oldToken": text, "newToken": "n"}, "oldToken"),
        ({"oldToken": "o", "newToken": text}, "newToken"),
    ):
        assert errors(await do(gateway, "device_rotate", token, **given)) == [("BAD_USER_INPUT", [path])]
    assert errors(await do(gateway, "device_register", token, token=text, platform="IOS")) == [
        ("BAD_USER_INPUT", ["token"])
    ]
    assert errors(await do(gateway, "device_forget", token, token=text)) == [("BAD_USER_INPUT", ["token"])]


async def test_huawei_carries_to_no_ios_device_and_the_refusal_says_what_to_do(gateway: Gateway) -> None:
    token = await gateway.token(READY)
    given = {"token": "apple", "platform": "IOS", "provider": "HUAWEI"}
    refused = await do(gateway, "device_register", token, **given)
    assert refused["registered"] is None
    assert errors(refused) == [("BAD_USER_INPUT", ["provider"])]
    assert "iOS 设备请用 FCM 的令牌登记" in refused["userErrors"][0]["message"]
    assert await value(gateway, "SELECT count(*) FROM device WHERE token = 'apple'") == 0
    for taken in ({"platform": "IOS", "provider": "FCM"}, {"platform": "ANDROID", "provider": "HUAWEI"}):
        payload = await do(gateway, "device_register", token, token="apple", **taken)
        assert (payload["registered"], payload["userErrors"]) == (True, [])
    refused = await do(gateway, "device_register", token, **given)
    assert errors(refused) == [("BAD_USER_INPUT", ["provider"])]
    with pytest.raises(asyncpg.CheckViolationError, match="device_is_carried"):
        await run(gateway, "UPDATE device SET platform = 'IOS' WHERE token = 'apple'")
    assert await value(gateway, "SELECT platform FROM device WHERE token = 'apple'") == "ANDROID"


async def test_a_device_that_a_former_release_took_wrongly_is_mended_before_none_may_be(
    gateway: Gateway, servers: Servers
) -> None:
    await register(gateway, "huawei")
    owner = await asyncpg.connect(servers.owner(await value(gateway, "SELECT current_database()")))
    migration = importlib.import_module("mobile_gateway.models.migrations.0017_carried_devices")
    await owner.execute("ALTER TABLE device DROP CONSTRAINT device_is_carried")
    await owner.execute("UPDATE device SET provider = 'HUAWEI', platform = 'IOS' WHERE token = 'huawei'")
    await owner.execute(migration.MEND)
    await owner.execute(f"ALTER TABLE device ADD CHECK ({migration.CARRIED})")
    await owner.close()
    assert await value(gateway, "SELECT platform FROM device WHERE token = 'huawei'") == "ANDROID"


async def test_who_is_not_signed_in_has_no_devices(gateway: Gateway) -> None:
    given = {"oldToken": "o", "newToken": "n"}
    assert errors(await do(gateway, "device_rotate", None, **given)) == [("UNAUTHENTICATED", [])]
    token = await gateway.token(READY)
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert errors(await do(gateway, "device_rotate", token, **given)) == [("SESSION_INVALID", [])]
    assert errors(await do(gateway, "device_register", token, token="t", platform="IOS")) == [
        ("SESSION_INVALID", [])
    ]


async def test_a_delivery_in_flight_settles_without_touching_a_rotated_token(gateway: Gateway) -> None:
    await only(gateway, "old")
    await tell(gateway)
    attempt = uuid4()
    claimed = await delivering.claim(gateway.database, attempt, real(), 10)
    (due,) = claimed.due
    await do(gateway, "device_rotate", await gateway.token(READY), oldToken="old", newToken="new")
    dead = Settlement(
        due.person_id,
        due.delivery_id,
        DeliveryState.FAILED,
        "TOKEN_DEAD",
        device_id=due.device_id,
        device_state=DeviceState.RETIRED,
        token=due.token,
    )
    await settling_deliveries.settle(gateway.database, attempt, [dead], real())
    assert ("new", "ACTIVE") in await states(gateway, READY)


async def test_rotating_and_delivering_at_once_leave_one_active_device(gateway: Gateway) -> None:
    await only(gateway, "token-0")
    who = await actor(gateway, READY)
    provider = Scripted(accepts)
    for number in range(10):
        await tell(gateway, subject=f"topic:{number}")
        old, new = f"token-{number}", f"token-{number + 1}"
        rotated, _ = await asyncio.gather(
            devices.rotate(gateway.database, actor=who, old_token=old, new_token=new, now=real()),
            pushes.deliver(gateway.database, provider),
        )
        assert isinstance(rotated, int)
    await make_due(gateway.database)
    await pushes.deliver(gateway.database, provider)
    assert [state for _, state in await states(gateway, READY) if state == "ACTIVE"] == ["ACTIVE"]
    assert {state for (state,) in await rows(gateway.database, "state")} == {"SENT"}
    assert len(provider.sent) == 10


async def test_accounts_that_register_one_token_at_once_leave_one_holder(gateway: Gateway) -> None:
    await none(gateway)
    people = [await actor(gateway, phone) for phone in (READY, OTHER)]
    for number in range(10):
        given = {"platform": "ANDROID", "token": f"shared-{number}"}
        tokens = [await gateway.token(phone) for phone in (READY, OTHER)]
        await asyncio.gather(*(do(gateway, "device_register", token, **given) for token in tokens))
    async with gateway.database.connection() as connection:
        held = await connection.fetch(
            "SELECT token, count(*) AS many, min(person_id) AS who FROM device GROUP BY token"
        )
    assert len(held) == 10
    assert all(row["many"] == 1 and row["who"] in {one.person_id for one in people} for row in held)


async def test_rotating_to_one_token_at_once_leaves_one_holder(gateway: Gateway) -> None:
    for number in range(8):
        await none(gateway)
        for phone in (READY, OTHER):
            await register(gateway, f"old-{phone}", phone)
        people = {phone: await actor(gateway, phone) for phone in (READY, OTHER)}
        done = await asyncio.gather(
            *(
                devices.rotate(
                    gateway.database,
                    actor=who,
                    old_token=f"old-{phone}",
                    new_token=f"new-{number}",
                    now=real(),
                )
                for phone, who in people.items()
            )
        )
        assert all(isinstance(one, int) for one in done)
        found = await value(
            gateway, "SELECT count(*) FROM device WHERE token = $1 AND state = 'ACTIVE'", f"new-{number}"
        )
        assert found == 1


async def test_a_device_that_changed_hands_gets_nothing_that_waited_for_its_former_holder(
    gateway: Gateway,
) -> None:
    await only(gateway, "shared", READY)
    await tell(gateway, READY)
    await do(gateway, "device_register", await gateway.token(OTHER), token="shared", platform="ANDROID")
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    assert provider.sent == []
    assert await mine(gateway, await gateway.token(READY)) == []


async def test_no_token_stands_in_the_way_of_a_device_that_gives_its_token_away(gateway: Gateway) -> None:
    await none(gateway)
    await register(gateway, "old")
    number = await register(gateway, "new")
    other = await gateway.token(OTHER)
    guessed = [f"given away by {number}", str(number), f"xff{number}"]
    for token in guessed:
        await do(gateway, "device_register", other, token=token, platform="ANDROID")
    payload = await do(gateway, "device_rotate", await gateway.token(READY), oldToken="old", newToken="new")
    assert payload["userErrors"] == []
    await none(gateway)
    await register(gateway, "old")
    number = await register(gateway, "new")
    await do(gateway, "device_rotate", await gateway.token(READY), oldToken="old", newToken="new")
    await do(gateway, "device_register", other, token=f"given away by {number}", platform="ANDROID")
    assert await states(gateway, READY) == [("new", "ACTIVE"), ("", "RETIRED")]


async def test_a_rotation_that_is_repeated_after_a_forgetting_has_the_device_in_use(gateway: Gateway) -> None:
    await only(gateway, "old")
    token = await gateway.token(READY)
    first = await do(gateway, "device_rotate", token, oldToken="old", newToken="new")
    await do(gateway, "device_forget", token, token="new")
    again = await do(gateway, "device_rotate", token, oldToken="old", newToken="new")
    assert (again["userErrors"], again["device"]["id"]) == ([], first["device"]["id"])
    assert ("new", "ACTIVE") in await states(gateway, READY)
