"""The check page when there are too many checks, and when Redis or the database is away."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from certificate_rows import certificate, serial
from checkpage import ask, box, counted, facts, words
from faults.faults_running import free_port
from gateway import Gateway
from mobile_gateway.models import database as databases
from mobile_gateway.quotas import Quotas
from mobile_gateway.rules import serials
from mobile_gateway.rules.quotas import CERTIFICATE_CHECKS
from mobile_gateway.web import checking


async def test_a_network_over_its_quota_is_told_to_wait_and_may_still_see_the_form(gateway: Gateway) -> None:
    number = await certificate(gateway)
    resources, most = gateway.resources, CERTIFICATE_CHECKS.amount
    for _ in range(most):
        assert await resources.quotas.allow(CERTIFICATE_CHECKS, "127.0.0.0/24")
    before = counted("too_many")
    for language, title in (("zh-CN", "查验过于频繁"), ("en", "Too many checks")):
        refused = await ask(gateway, number, accept_language=language)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "60"
        assert refused.headers["cache-control"] == "no-store"
        assert title in words(refused)
        assert (facts(refused), box(refused)) == ({}, serials.shown(number))
    assert counted("too_many") == before + 2
    assert (await ask(gateway, "x")).status_code == 429
    assert (await ask(gateway)).status_code == 200


async def test_the_empty_form_uses_up_nothing(gateway: Gateway) -> None:
    resources = gateway.resources
    for _ in range(CERTIFICATE_CHECKS.amount - 1):
        assert await resources.quotas.allow(CERTIFICATE_CHECKS, "127.0.0.0/24")
    for _ in range(5):
        assert (await ask(gateway)).status_code == 200
    assert [(await ask(gateway, serial())).status_code for _ in range(2)] == [200, 429]


async def test_networks_are_told_apart_by_what_the_trusted_proxy_says(gateway: Gateway) -> None:
    resources = gateway.resources
    for _ in range(CERTIFICATE_CHECKS.amount):
        assert await resources.quotas.allow(CERTIFICATE_CHECKS, "192.0.2.0/24")
    invented = await ask(gateway, serial(), x_forwarded_for="192.0.2.7")
    assert invented.status_code == 200, "without trusted proxies the header is anybody's"
    resources.settings = replace(resources.settings, trusted_proxies=1)
    there = await ask(gateway, serial(), x_forwarded_for="198.51.100.1, 192.0.2.7")
    elsewhere = await ask(gateway, serial(), x_forwarded_for="192.0.2.7, 198.51.100.1")
    assert (there.status_code, elsewhere.status_code) == (429, 200)


async def test_without_redis_checking_goes_on(gateway: Gateway) -> None:
    number = await certificate(gateway)
    gateway.resources.quotas = Quotas(f"redis://127.0.0.1:{free_port()}/0")
    for _ in range(3):
        assert "证书有效" in words(await ask(gateway, number))
    await gateway.resources.quotas.close()


@pytest.mark.parametrize(
    ("language", "title"), [("zh-CN", "暂时无法查验"), ("en", "Checking is not possible")]
)
async def test_without_the_database_the_page_says_when_to_come_back(
    gateway: Gateway, language: str, title: str
) -> None:
    number = await certificate(gateway)
    gateway.resources.database = await databases.open_database(f"postgresql://127.0.0.1:{free_port()}/none")
    answer = await ask(gateway, number, accept_language=language)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert answer.headers["cache-control"] == "no-store"
    assert title in words(answer)
    assert "未查询到该证书" not in words(answer)
    assert box(answer) == serials.shown(number)
    assert (await ask(gateway)).status_code == 200


async def test_a_table_that_does_not_answer_is_waited_for_no_longer_than_promised(gateway: Gateway) -> None:
    number = await certificate(gateway)
    async with gateway.database.transaction() as connection:
        await connection.execute("LOCK TABLE certificate IN ACCESS EXCLUSIVE MODE")
        started = time.monotonic()
        answer = await ask(gateway, number)
        took = time.monotonic() - started
    assert answer.status_code == 503
    assert checking.CHECK_SECONDS <= took < checking.CHECK_SECONDS + 3
    assert "证书有效" in words(await ask(gateway, number))
