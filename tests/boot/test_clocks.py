"""The domain's clock: a row that moves it for every process, and that production refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from arq.connections import ArqRedis

from gateway import START, Gateway
from mobile_gateway.actions import moving_time
from mobile_gateway.boot import open_resources
from mobile_gateway.clock import DomainClock, real
from mobile_gateway.models.database import Database
from mobile_gateway.seals import Keyring
from mobile_gateway.settings import Environment, Settings, SettingWrong
from servers import Servers, Urls


def test_a_moved_clock_runs_at_its_speed_from_its_anchor() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    clock = DomainClock(now, START, 600)
    assert clock.at(now + timedelta(seconds=2)) == START + timedelta(minutes=20)
    assert clock.at(now).utcoffset() == timedelta(hours=8)


def test_without_a_row_it_is_the_real_clock() -> None:
    now = real()
    assert DomainClock().at(now) == now


async def test_the_database_and_the_processes_show_the_same_time(gateway: Gateway) -> None:
    await moving_time.set_clock(gateway.database, real_now=real(), domain_now=START, speed=3600)
    await gateway.resources.follow_once()
    async with gateway.database.connection() as connection:
        theirs = await connection.fetchval("SELECT domain_now()")
    assert abs(theirs - gateway.resources.clock.now()) < timedelta(hours=1), "one real second"


@pytest.fixture
def settings(database_urls: Urls, servers: Servers, keyring: Keyring) -> Settings:
    return Settings(
        environment=Environment.PRODUCTION,
        database_url=database_urls.serving,
        redis_url=servers.redis_url,
        keys=keyring.to_text(),
    )


async def test_production_refuses_to_start_on_a_moved_clock(
    settings: Settings, database: Database, queue: ArqRedis
) -> None:
    resources = await open_resources(settings)
    assert not resources.clock.is_moved
    await resources.close()
    await moving_time.set_clock(database, real_now=real(), domain_now=START, speed=1)
    with pytest.raises(SettingWrong, match="domain_clock"):
        await open_resources(settings)
    local = await open_resources(replace(settings, environment=Environment.LOCAL))
    assert local.clock.is_moved
    await local.close()


async def test_production_stops_following_when_somebody_moves_its_clock(
    settings: Settings, database: Database, queue: ArqRedis
) -> None:
    resources = await open_resources(settings)
    await moving_time.set_clock(database, real_now=real(), domain_now=START, speed=1)
    with pytest.raises(SettingWrong):
        await resources.follow_once()
    assert not resources.clock.is_moved, "the dates go on by the real clock"
    assert resources.followed_at is not None
    resources.followed_at -= timedelta(minutes=1)
    assert not await resources.ready()
    await moving_time.reset_clock(database)
    await resources.follow_once()
    await resources.close()


@pytest.mark.parametrize("speed", [0.5, 3601])
async def test_the_database_takes_no_other_speed(database: Database, speed: float) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await moving_time.set_clock(database, real_now=real(), domain_now=START, speed=speed)


async def test_tokens_live_on_the_real_clock_whatever_the_domain_shows(gateway: Gateway) -> None:
    token = await gateway.token()
    await gateway.set_time(datetime(2030, 1, 1, tzinfo=UTC))
    assert (await gateway.data_of("{ viewer { identity } }", None, token))["viewer"]["identity"] == "TEACHER"
