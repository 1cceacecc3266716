"""From an inbox row to FCM's HTTP surface, through the settings, the worker's provider and the real SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.settings import PushChoice, SettingWrong
from mobile_gateway.standins.fcm import FcmStandIn
from mobile_gateway.workers import pushes
from mobile_gateway.workers.carriers import open_push
from pushing import only, rows, tell


async def delivered(gateway: Gateway) -> list[dict[str, Any]]:
    """What FCM received when the worker sent what is due."""
    async with FcmStandIn("training") as fcm:
        settings = replace(
            gateway.resources.settings,
            push_provider=PushChoice.FCM,
            fcm_project="training",
            fcm_endpoint=fcm.endpoint,
            push_connections=1,
        )
        provider = open_push(settings)
        await pushes.deliver(gateway.database, provider)
        await provider.close()
    return list(fcm.received)


async def test_a_milestone_reaches_fcm_once_under_its_own_name(gateway: Gateway) -> None:
    await only(gateway, "ok:phone")
    await tell(gateway)
    (message,) = await delivered(gateway)
    assert message["notification"]["title"] == "专题研修已完成"
    assert message["data"]["deepLink"] == "smartedu://topic/1"
    assert message["android"]["collapse_key"] == message["data"]["notificationId"]
    assert await rows(gateway.database, "state") == [("SENT",)]


async def test_a_dead_token_retires_its_device(gateway: Gateway) -> None:
    device_id = await only(gateway, "unregistered:phone")
    await tell(gateway)
    await delivered(gateway)
    async with gateway.database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM device WHERE id = $1", device_id) == "RETIRED"


async def test_credentials_that_are_not_there_are_a_wrong_setting(gateway: Gateway) -> None:
    settings = replace(
        gateway.resources.settings,
        push_provider=PushChoice.FCM,
        fcm_project="training",
        fcm_credentials=gateway.data / "nothing.json",
    )
    with pytest.raises(SettingWrong, match="FCM_CREDENTIALS"):
        open_push(settings)
