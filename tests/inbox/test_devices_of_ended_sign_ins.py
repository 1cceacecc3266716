"""A sign-in that ends takes the pushes to its devices along; the person's other devices keep theirs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from devicing import do, none, states
from gateway import Gateway
from identifying import act, code_of, refusals
from mobile_gateway.actions import devices, sessions
from mobile_gateway.clock import real
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.schema import operations
from mobile_gateway.workers import pushes, retention
from player import run, value
from pushing import READY, Scripted, accepts, register, tell


async def signed_in(gateway: Gateway, phone: str = READY) -> dict[str, Any]:
    code = await code_of(gateway, "sign_in_code_request", phone, "SIGN_IN")
    payload = await act(gateway, "sign_in", None, phone=phone, code=code, clientKind="APP")
    assert refusals(payload) == []
    found: dict[str, Any] = payload["session"]
    return found


async def begun(gateway: Gateway) -> dict[str, Any]:
    """As `signed_in`, without one of the day's codes."""
    async with gateway.database.transaction() as connection:
        session = await sessions.begin(
            connection,
            gateway.resources.keyring,
            person_id=await gateway.person(READY),
            identity=Identity.TEACHER,
            wipe_epoch=0,
            client_kind=ClientKind.APP,
            now=real(),
        )
    return {"accessToken": session.access_token, "refreshToken": session.refresh_token}


async def pushed(gateway: Gateway, subject: str) -> list[str]:
    """Whom a new notification reaches."""
    await tell(gateway, subject=subject)
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    return sorted(message.token for message in provider.sent)


async def sign_out(gateway: Gateway, session: dict[str, Any]) -> None:
    assert refusals(await act(gateway, "sign_out", None, refreshToken=session["refreshToken"])) == []


async def test_signing_out_ends_the_pushes_to_its_device_and_to_no_other(gateway: Gateway) -> None:
    await none(gateway)
    tablet, phone = await signed_in(gateway), await signed_in(gateway)
    await do(gateway, "device_register", tablet["accessToken"], token="tablet", platform="IOS")
    await do(gateway, "device_register", phone["accessToken"], token="phone", platform="IOS")
    await tell(gateway, subject="topic:1")
    await sign_out(gateway, tablet)
    assert await pushed(gateway, "topic:2") == ["phone", "phone"]
    await sign_out(gateway, tablet)
    assert await states(gateway, READY) == [("tablet", "RETIRED"), ("phone", "ACTIVE")]


async def test_who_signs_in_again_and_registers_has_the_device_back(gateway: Gateway) -> None:
    await none(gateway)
    first = await signed_in(gateway)
    await do(gateway, "device_register", first["accessToken"], token="tablet", platform="IOS")
    await sign_out(gateway, first)
    again = await signed_in(gateway)
    await do(gateway, "device_register", again["accessToken"], token="tablet", platform="IOS")
    assert await pushed(gateway, "topic:1") == ["tablet"]
    await sign_out(gateway, first)  # the device is another sign-in's by now
    assert await pushed(gateway, "topic:2") == ["tablet"]


async def test_a_stolen_refresh_token_that_comes_again_ends_the_pushes(gateway: Gateway) -> None:
    await none(gateway)
    session = await signed_in(gateway)
    await do(gateway, "device_register", session["accessToken"], token="stolen", platform="IOS")
    stolen = session["refreshToken"]
    assert refusals(await act(gateway, "sign_in_refresh", None, refreshToken=stolen)) == []
    await run(gateway, "UPDATE refresh_token SET rotated_at = rotated_at - interval '31 s'")
    refused = await act(gateway, "sign_in_refresh", None, refreshToken=stolen)
    assert refusals(refused) == [("SESSION_INVALID", ["refreshToken"])]
    assert await pushed(gateway, "topic:1") == []


async def test_a_device_that_is_registered_while_its_sign_in_ends_is_retired(gateway: Gateway) -> None:
    await none(gateway)
    for number in range(8):
        session = await begun(gateway)
        given = {"input": {"token": f"t{number}", "platform": "IOS"}}
        registering = gateway.execute(
            operations.by_file()["device_register"], given, session["accessToken"]
        )  # answered or refused
        await asyncio.gather(registering, sign_out(gateway, session))
    assert {state for _, state in await states(gateway, READY)} <= {"RETIRED"}


async def test_changing_hands_and_signing_out_at_once_do_not_wait_in_a_circle(gateway: Gateway) -> None:
    await none(gateway)
    for number in range(8):
        here, there = await begun(gateway), await begun(gateway)
        for token in ("a", "b"):
            await do(
                gateway, "device_register", here["accessToken"], token=f"{token}{number}", platform="IOS"
            )
        moves = [
            do(gateway, "device_register", there["accessToken"], token=f"{token}{number}", platform="IOS")
            for token in ("b", "a")
        ]
        await asyncio.wait_for(asyncio.gather(sign_out(gateway, here), *moves), 20)
    assert {state for _, state in await states(gateway, READY)} == {"ACTIVE"}


async def test_devices_of_sign_ins_that_ended_before_are_found_by_the_sweep(gateway: Gateway) -> None:
    await none(gateway)
    session = await signed_in(gateway)
    await do(gateway, "device_register", session["accessToken"], token="left", platform="IOS")
    await register(gateway, "kept")
    await sign_out(gateway, session)
    await run(gateway, "UPDATE device SET state = 'ACTIVE'")
    assert await retention.retire_once(gateway.database, real(), 0) == 0
    assert await states(gateway, READY) == [("left", "RETIRED"), ("kept", "ACTIVE")]
    assert await devices.retire_stale(gateway.database, real() - timedelta(days=1), 0, 10) == (0, 0)
    assert await value(gateway, "SELECT count(*) FROM device WHERE state = 'ACTIVE'") == 1
