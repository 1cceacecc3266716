import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from mobile_gateway import sms
from mobile_gateway.sms import signature
from mobile_gateway.sms.aliyun import AliyunAccount, AliyunSms
from mobile_gateway.standins.sms import Answer, SmsStandIn, Taken

NOW = datetime(2024, 8, 1, 9, 30, tzinfo=UTC)
PHONE = "+8613800000001"
TEMPLATES = {("SIGN_IN_CODE", "zh-CN"): "SMS_1001"}
ACCOUNT = AliyunAccount("stand-in-id", "stand-in-secret", "智慧 教育+平台", TEMPLATES)


@pytest.fixture
async def service() -> AsyncIterator[SmsStandIn]:
    async with SmsStandIn("stand-in-id", "stand-in-secret", clock=lambda: NOW) as service:
        yield service


@pytest.fixture
async def provider(service: SmsStandIn) -> AsyncIterator[AliyunSms]:
    provider = AliyunSms(ACCOUNT, clock=lambda: NOW, endpoint=service.address, timeout_seconds=1.0)
    yield provider
    await provider.close()
    await provider.close()


async def send(provider: AliyunSms, code: str = "012345") -> sms.Outcome:
    return await provider.send(PHONE, "SIGN_IN_CODE", {"code": code}, "zh-CN")


def test_the_signature_of_the_documented_example_comes_out() -> None:
    query = {
        "RegionId": "cn-shanghai",
        "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
    }
    headers = signature.signed_headers(
        host="ecs.cn-shanghai.aliyuncs.com",
        action="RunInstances",
        version="2014-05-26",
        query=query,
        body=b"",
        nonce="3156853299f313e23d1673dc12e1703d",
        now=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        access_key_id="YourAccessKeyId",
        access_key_secret="YourAccessKeySecret",
    )
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


async def test_a_message_arrives_signed_with_everything_in_it(
    service: SmsStandIn, provider: AliyunSms
) -> None:
    outcomes = [await send(provider), await send(provider, "9+8 %&=~*'中\U00020bb7")]
    assert all(isinstance(outcome, sms.Sent) and outcome.message_id for outcome in outcomes)
    assert service.refused == []
    assert service.taken == [
        Taken("13800000001", "智慧 教育+平台", "SMS_1001", {"code": code})
        for code in ("012345", "9+8 %&=~*'中\U00020bb7")
    ]


async def test_many_at_once_are_all_taken(service: SmsStandIn) -> None:
    patient = AliyunSms(ACCOUNT, clock=lambda: NOW, endpoint=service.address, timeout_seconds=30.0)
    outcomes = await asyncio.gather(*(send(patient, str(number)) for number in range(50)))
    await patient.close()
    assert all(isinstance(outcome, sms.Sent) for outcome in outcomes)
    assert {taken.params["code"] for taken in service.taken} == {str(number) for number in range(50)}


@pytest.mark.parametrize(
    ("code", "status", "outcome"),
    [
        ("isv.BUSINESS_LIMIT_CONTROL", 200, sms.Rejected(sms.Reason.THROTTLED, "isv.BUSINESS_LIMIT_CONTROL")),
        ("isv.DAY_LIMIT_CONTROL", 200, sms.Rejected(sms.Reason.THROTTLED, "isv.DAY_LIMIT_CONTROL")),
        ("Throttling.User", 400, sms.Rejected(sms.Reason.THROTTLED, "Throttling.User")),
        ("Throttling", 503, sms.Unreachable("Throttling", maybe_sent=True)),
        ("isv.MOBILE_NUMBER_ILLEGAL", 200, sms.Rejected(sms.Reason.BAD_PHONE, "isv.MOBILE_NUMBER_ILLEGAL")),
        ("isv.SMS_TEMPLATE_ILLEGAL", 200, sms.Rejected(sms.Reason.TEMPLATE, "isv.SMS_TEMPLATE_ILLEGAL")),
        ("isv.AMOUNT_NOT_ENOUGH", 200, sms.Rejected(sms.Reason.BALANCE, "isv.AMOUNT_NOT_ENOUGH")),
        ("isp.RAM_PERMISSION_DENY", 200, sms.Rejected(sms.Reason.CREDENTIALS, "isp.RAM_PERMISSION_DENY")),
        ("isv.NEVER_HEARD_OF", 200, sms.Rejected(sms.Reason.UNKNOWN, "isv.NEVER_HEARD_OF")),
        ("isp.SYSTEM_ERROR", 200, sms.Unreachable("isp.SYSTEM_ERROR", maybe_sent=True)),
        ("ServiceUnavailable", 503, sms.Unreachable("ServiceUnavailable", maybe_sent=True)),
    ],
)
async def test_each_code_has_its_outcome(
    service: SmsStandIn, provider: AliyunSms, code: str, status: int, outcome: sms.Outcome
) -> None:
    service.answers.append(Answer(code, status))
    assert await send(provider) == outcome
    assert service.taken == []


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"<html>", b'{"Code": 3}', b"\xff", b"[" * 100_000])
async def test_an_answer_that_says_nothing_is_unreachable(
    service: SmsStandIn, provider: AliyunSms, body: bytes
) -> None:
    service.answers.append(Answer(body=body, status=502))
    assert await send(provider) == sms.Unreachable("status 502 without a code", maybe_sent=True)


async def test_a_dropped_or_late_answer_may_have_been_sent_and_is_not_retried(
    service: SmsStandIn, provider: AliyunSms
) -> None:
    service.answers.extend([Answer(drop=True), Answer(delay_seconds=2.0)])
    for _ in range(2):
        outcome = await send(provider)
        assert isinstance(outcome, sms.Unreachable)
        assert outcome.maybe_sent
    assert not service.answers
    assert isinstance(await send(provider), sms.Sent)


async def test_a_refused_connection_sent_nothing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    provider = AliyunSms(ACCOUNT, clock=lambda: NOW, endpoint=address)
    assert await send(provider) == sms.Unreachable("ConnectError", maybe_sent=False)
    await provider.close()


async def test_what_cannot_be_sent_never_leaves(service: SmsStandIn, provider: AliyunSms) -> None:
    unknown = await provider.send(PHONE, "SIGN_IN_CODE", {}, "en")
    foreign = await provider.send("+85251234567", "SIGN_IN_CODE", {}, "zh-CN")
    assert isinstance(unknown, sms.Rejected)
    assert unknown.reason is sms.Reason.TEMPLATE
    assert isinstance(foreign, sms.Rejected)
    assert foreign.reason is sms.Reason.BAD_PHONE
    assert service.taken == []
    assert service.refused == []


@pytest.mark.parametrize(
    ("account", "late", "refused"),
    [
        (AliyunAccount("stand-in-id", "wrong", "x", TEMPLATES), 0, "SignatureDoesNotMatch"),
        (AliyunAccount("wrong", "stand-in-secret", "x", TEMPLATES), 0, "InvalidAccessKeyId.NotFound"),
        (ACCOUNT, 16, "InvalidTimeStamp.Expired"),
    ],
)
async def test_a_wrong_key_or_clock_is_a_fault_of_ours(
    service: SmsStandIn, account: AliyunAccount, late: int, refused: str
) -> None:
    clock = NOW - timedelta(minutes=late)
    provider = AliyunSms(account, clock=lambda: clock, endpoint=service.address)
    assert await send(provider) == sms.Rejected(sms.Reason.CREDENTIALS, refused)
    assert service.refused == [refused]
    await provider.close()


async def test_the_stand_in_refuses_a_changed_query_a_used_nonce_and_an_unsigned_request(
    service: SmsStandIn,
) -> None:
    query = {"PhoneNumbers": "13800000001", "SignName": "x", "TemplateCode": "SMS_1"}
    headers = signature.signed_headers(
        host=service.address.removeprefix("http://"),
        action="SendSms",
        version="2017-05-25",
        query=query,
        body=b"",
        nonce="once",
        now=NOW,
        access_key_id="stand-in-id",
        access_key_secret="stand-in-secret",
    )
    async with httpx.AsyncClient(base_url=service.address, trust_env=False) as client:
        changed = signature.canonical_query({**query, "PhoneNumbers": "13800000002"})
        same = signature.canonical_query(query)
        codes = [
            (await client.post(f"/?{changed}", headers=headers)).json()["Code"],
            (await client.post(f"/?{same}", headers=headers, content=b"more")).json()["Code"],
            (await client.post(f"/?{same}", headers=headers)).json()["Code"],
            (await client.post(f"/?{same}", headers=headers)).json()["Code"],
            (await client.post(f"/?{same}")).json()["Code"],
        ]
    assert codes == [
        "SignatureDoesNotMatch",
        "SignatureDoesNotMatch",
        "OK",
        "SignatureNonceUsed",
        "IncompleteSignature",
    ]


async def test_neither_number_nor_code_nor_secret_is_logged_or_shown(
    service: SmsStandIn, provider: AliyunSms, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.answers.append(Answer("isp.SYSTEM_ERROR"))
    outcomes = [await send(provider), await send(provider)]
    shown = caplog.text + repr(outcomes) + repr(ACCOUNT)
    for secret in ("13800000001", "012345", "stand-in-secret"):
        assert secret not in shown
