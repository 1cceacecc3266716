"""From an inbox row to FCM's HTTP surface, through the settings, the worker's provider and the real SDK."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.rules.words import PushProviderName
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.settings import PushChoice, Settings, SettingWrong, read
from mobile_gateway.standins.fcm import FcmStandIn
from mobile_gateway.standins.huawei import HuaweiStandIn
from mobile_gateway.workers import pushes
from mobile_gateway.workers.carriers import open_pacer, open_push
from pushing import READY, only, rows, tell


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
    assert message["data"]["deepLink"] == f"smartedu://topic/{global_id('Topic', 1)}"
    assert message["android"]["collapse_key"] == message["data"]["notificationId"]
    assert await rows(gateway.database, "state") == [("SENT",)]


async def test_a_dead_token_retires_its_device(gateway: Gateway) -> None:
    device_id = await only(gateway, "unregistered:phone")
    await tell(gateway)
    await delivered(gateway)
    async with gateway.database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM device WHERE id = $1", device_id) == "RETIRED"


async def test_a_device_registered_with_huawei_is_reached_through_push_kit(gateway: Gateway) -> None:
    given = {"token": "ok:mate", "platform": "ANDROID", "locale": "zh-CN", "provider": "HUAWEI"}
    payload = await gateway.payload(
        "deviceRegister", "DeviceRegisterInput", given, await gateway.token(READY), "registered"
    )
    assert payload == {"registered": True, "userErrors": []}
    await tell(gateway)
    async with FcmStandIn("training") as fcm, HuaweiStandIn("100001", "invented") as huawei:
        settings = replace(
            gateway.resources.settings,
            push_provider=PushChoice.FCM,
            fcm_project="training",
            fcm_endpoint=fcm.endpoint,
            huawei_app_id="100001",
            huawei_app_secret="invented",
            huawei_endpoint=huawei.endpoint,
            huawei_token_url=f"{huawei.endpoint}/oauth2/v3/token",
        )
        provider, pacer = open_push(settings), open_pacer(settings)
        await pushes.deliver(gateway.database, provider, pacer=pacer)
        await provider.close()
        await pacer.close()
    (message,) = huawei.received
    assert message["token"] == ["ok:mate"]
    assert message["android"]["notification"]["title"] == "专题研修已完成"
    assert "ok:mate" not in fcm.per_token


async def test_a_token_that_moves_to_another_provider_is_sent_to_by_that_one(gateway: Gateway) -> None:
    for provider in ("FCM", "HUAWEI"):
        given = {"token": "moving", "platform": "ANDROID", "provider": provider}
        await gateway.payload(
            "deviceRegister", "DeviceRegisterInput", given, await gateway.token(READY), "registered"
        )
    async with gateway.database.connection() as connection:
        found = await connection.fetch("SELECT provider FROM device WHERE token = 'moving'")
    assert [row["provider"] for row in found] == ["HUAWEI"]


def test_an_app_of_huaweis_without_its_secret_is_a_wrong_setting() -> None:
    given = {"MOBILE_GATEWAY_ENVIRONMENT": "local", "MOBILE_GATEWAY_HUAWEI_APP_ID": "100001"}
    with pytest.raises(SettingWrong, match="HUAWEI_APP_SECRET"):
        read(given)


@pytest.mark.parametrize("address", ["http://oauth.example/token", "http://192.0.2.1/token"])
async def test_an_address_that_sells_huaweis_tokens_in_the_clear_is_a_wrong_setting(
    gateway: Gateway, address: str
) -> None:
    settings = replace(with_huawei(gateway), huawei_token_url=address)
    with pytest.raises(SettingWrong, match=r"^MOBILE_GATEWAY_HUAWEI_TOKEN_URL .*HTTPS"):
        open_push(settings)


async def test_an_address_that_sells_huaweis_tokens_over_tls_opens(gateway: Gateway) -> None:
    settings = replace(with_huawei(gateway), huawei_token_url="https://oauth.example/token")
    provider = open_push(settings)
    assert set(provider.carries) == {PushProviderName.FCM, PushProviderName.HUAWEI}
    await provider.close()


def with_huawei(gateway: Gateway) -> Settings:
    """FCM, and Huawei's app beside it; neither is spoken to."""
    return replace(
        gateway.resources.settings,
        push_provider=PushChoice.FCM,
        fcm_project="training",
        fcm_endpoint="http://127.0.0.1:1",
        huawei_app_id="100001",
        huawei_app_secret="invented",
    )


async def test_an_authority_that_is_not_there_is_a_wrong_setting(gateway: Gateway) -> None:
    settings = replace(
        gateway.resources.settings,
        push_provider=PushChoice.FCM,
        fcm_project="training",
        fcm_endpoint="https://127.0.0.1:1",
        push_authority=gateway.data / "nothing.pem",
    )
    with pytest.raises(SettingWrong, match=r"PUSH_AUTHORITY .*nothing\.pem"):
        open_push(settings)


async def test_credentials_that_are_not_there_are_a_wrong_setting(gateway: Gateway) -> None:
    settings = replace(
        gateway.resources.settings,
        push_provider=PushChoice.FCM,
        fcm_project="training",
        fcm_credentials=gateway.data / "nothing.json",
    )
    with pytest.raises(SettingWrong, match="FCM_CREDENTIALS"):
        open_push(settings)
