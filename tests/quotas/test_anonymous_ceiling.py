"""The ceiling of anonymous requests, the lookups of a viewer, and a gateway whose Redis is gone."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from arq.connections import ArqRedis
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faults.faults_running import free_port
from gateway import Gateway
from mobile_gateway.jobs import Jobs
from mobile_gateway.quotas import Quotas
from mobile_gateway.rules.quotas import LOOKUPS, LOOKUPS_OF_A_PERSON
from mobile_gateway.schema import operations
from mobile_gateway.schema.answers import Refused
from mobile_gateway.schema.context import Context
from mobile_gateway.settings import Settings
from mobile_gateway.web.asking import Policy
from mobile_gateway.web.authentication import viewer_of
from mobile_gateway.web.compiling import operations_of
from mobile_gateway.web.graphql import GraphQL

NAME = {"query": "{ __typename }"}


@contextlib.asynccontextmanager
async def door(gateway: Gateway, most: int, address: str = "192.0.2.1") -> AsyncIterator[httpx.AsyncClient]:
    """The gateway's resources behind a door with a ceiling."""
    policy = Policy(trusted_only=False, trusted_proxies=1, anonymous_per_minute=most)
    endpoint = GraphQL(gateway.resources, operations_of(is_local=True), policy)

    async def graphql(request: Request) -> Response:
        return await endpoint(request)

    app = Starlette(routes=[Route("/graphql", graphql, methods=["GET", "POST"])])
    headers = {"x-forwarded-for": address}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://door.test", headers=headers) as client:
        yield client


async def test_the_ceiling_is_off_unless_it_is_set() -> None:
    assert Settings().anonymous_per_minute == 0
    assert Policy(trusted_only=True, trusted_proxies=0).anonymous_per_minute == 0


async def test_an_anonymous_network_over_its_ceiling_is_told_to_wait(gateway: Gateway) -> None:
    async with door(gateway, 5) as client:
        statuses = [(await client.post("/graphql", json=NAME)).status_code for _ in range(5)]
        assert statuses == [200] * 5
        for media in ("application/json", "application/graphql-response+json"):
            refused = await client.post("/graphql", json=NAME, headers={"accept": media})
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == "60"
            assert refused.headers["content-type"].startswith(media)
            (error,) = refused.json()["errors"]
            assert error["extensions"]["code"] == "RATE_LIMITED"
            assert error["message"] == "操作过于频繁。"
        same = await client.post("/graphql", json=NAME, headers={"x-forwarded-for": "192.0.2.200"})
        other = await client.post("/graphql", json=NAME, headers={"x-forwarded-for": "198.51.100.1"})
        assert (same.status_code, other.status_code) == (429, 200)


async def test_who_is_signed_in_is_under_no_ceiling_and_pages_kept_in_memory_are(gateway: Gateway) -> None:
    token = {"authorization": f"Bearer {await gateway.token()}"}
    home = {"query": operations.by_file()["resource_home"], "variables": {"tab": "HOME"}}
    async with door(gateway, 3) as client:
        kept = [(await client.post("/graphql", json=home)).status_code for _ in range(5)]
        assert kept == [200, 200, 200, 429, 429]
        mine = [(await client.post("/graphql", json=NAME, headers=token)).status_code for _ in range(5)]
        assert mine == [200] * 5


async def test_emptying_redis_opens_the_ceiling_again(gateway: Gateway, queue: ArqRedis) -> None:
    async with door(gateway, 1) as client:
        assert [(await client.post("/graphql", json=NAME)).status_code for _ in range(2)] == [200, 429]
        await queue.flushall()
        assert (await client.post("/graphql", json=NAME)).status_code == 200


@pytest.fixture
async def without_redis(gateway: Gateway) -> AsyncIterator[Gateway]:
    """The gateway with its quotas and its queue on a port where nobody listens."""
    whole = gateway.resources.quotas, gateway.resources.jobs
    gateway.resources.quotas = Quotas(f"redis://127.0.0.1:{free_port()}/0")
    gateway.resources.jobs = Jobs(None)
    yield gateway
    await gateway.resources.quotas.close()
    gateway.resources.quotas, gateway.resources.jobs = whole


async def test_without_redis_every_request_is_answered_at_once(without_redis: Gateway) -> None:
    async with door(without_redis, 1) as client:
        await client.post("/graphql", json=NAME)
        started = time.monotonic()
        statuses = [(await client.post("/graphql", json=NAME)).status_code for _ in range(30)]
        assert statuses == [200] * 30
        assert time.monotonic() - started < 1


def context(gateway: Gateway, viewer: Any, network: str = "192.0.2.0/24") -> Context:
    resources = gateway.resources
    now = resources.clock.now()
    return Context(
        viewer=viewer,
        locale="en",
        network=network,
        now=now,
        real_now=now,
        database=resources.database,
        jobs=resources.jobs,
        keyring=resources.keyring,
        catalogue=resources.catalogue,
        quotas=resources.quotas,
    )


async def lookups(asked: Context, most: int) -> int:
    for number in range(most):
        try:
            await asked.count_lookup()
        except Refused as refused:
            return number if (refused.extensions or {})["code"] == "RATE_LIMITED" else -1
    return most


async def test_lookups_are_counted_by_person_when_signed_in_else_by_network(gateway: Gateway) -> None:
    now = gateway.resources.clock.now()
    viewer = viewer_of(f"Bearer {await gateway.token()}", gateway.resources.keyring, now)
    mine = context(gateway, viewer)
    assert await lookups(context(gateway, None), LOOKUPS.amount + 5) == LOOKUPS.amount
    assert await lookups(context(gateway, None, "198.51.100.0/24"), 5) == 5
    assert await lookups(mine, LOOKUPS_OF_A_PERSON.amount + 5) == LOOKUPS_OF_A_PERSON.amount


async def test_lookups_go_on_without_redis(without_redis: Gateway) -> None:
    started = time.monotonic()
    assert await lookups(context(without_redis, None), LOOKUPS.amount + 5) == LOOKUPS.amount + 5
    assert time.monotonic() - started < 1
