"""Following the catalogue and the clock: one bad look is one bad look."""

from __future__ import annotations

import asyncio

import asyncpg
from arq.connections import ArqRedis

from mobile_gateway.boot import open_resources
from mobile_gateway.seals import Keyring
from mobile_gateway.settings import Environment, Settings
from servers import Servers, Urls


async def test_a_follower_outlives_what_it_may_not_read_and_sees_the_next_change(
    database_urls: Urls, servers: Servers, keyring: Keyring, queue: ArqRedis
) -> None:
    settings = Settings(
        environment=Environment.LOCAL,
        database_url=database_urls.serving,
        redis_url=servers.redis_url,
        keys=keyring.to_text(),
    )
    resources = await open_resources(settings)
    owner = await asyncpg.connect(database_urls.owner)
    role = servers.serving_role
    await owner.execute(f"REVOKE SELECT ON domain_clock FROM {role}")
    following = asyncio.create_task(resources.follow())
    await asyncio.sleep(1.5)
    assert not following.done()
    await owner.execute(f"GRANT SELECT ON domain_clock TO {role}")
    await owner.execute("INSERT INTO domain_clock VALUES (1, now(), now(), 30)")
    async with asyncio.timeout(10):
        while resources.clock.speed != 30:  # noqa: ASYNC110 - what is waited for is in another process' hands
            await asyncio.sleep(0.1)
    assert await resources.ready()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await owner.close()
    await resources.close()
