"""Events that cannot be read, over the real server: a limit of time, another look, and connections left to others."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from mobile_gateway.live import Live
from mobile_gateway.local import Parts
from mobile_gateway.rules import changes
from pushing import READY
from served import Served
from servers import Servers

pytestmark = pytest.mark.anyio

LISTENERS = 400
SECONDS_OF_AN_EVENT = 10.0


async def test_an_event_that_hangs_is_given_up_and_read_again_while_others_are_served(
    server: Served, servers: Servers
) -> None:
    gateway, token = server.gateway, await server.gateway.token(READY)
    database_url = gateway.resources.settings.database_url
    owner = await asyncpg.connect(servers.owner(database_url.rsplit("/", 1)[1].split("?")[0]))
    async with server.socket(token) as socket, httpx.AsyncClient(trust_env=False, timeout=30) as client:
        names = [await socket.subscribe("inbox_changed") for _ in range(10)]
        before = [await socket.receive() for _ in names]
        topic, holding = await gateway.topic_id(), owner.transaction()
        await holding.start()
        await owner.execute("LOCK TABLE inbox_item IN ACCESS EXCLUSIVE MODE")
        gateway.resources.live.tell([changes.inbox(await gateway.person(READY))])
        started = time.monotonic()
        await asyncio.sleep(1)
        for _ in range(5):
            answer = await client.post(
                server.url,
                json={"query": f'{{ topic(id: "{topic}") {{ nextStep }} }}'},
                headers={"authorization": f"Bearer {token}"},
            )
            assert "errors" not in answer.json(), answer.text
        assert time.monotonic() - started < 4
        failed = [await socket.receive(20) for _ in names]
        assert {one["id"] for one in failed} == set(names)
        codes = {one["payload"]["errors"][0]["extensions"]["code"] for one in failed}
        assert codes == {"SERVICE_UNAVAILABLE"}
        assert SECONDS_OF_AN_EVENT - 1 < time.monotonic() - started < 2 * SECONDS_OF_AN_EVENT
        await holding.rollback()
        await owner.close()
        again = [await socket.receive(20) for _ in names]  # nobody told them
        assert {one["id"]: one["payload"] for one in again} == {one["id"]: one["payload"] for one in before}
        await socket.silent()


async def test_what_failed_is_looked_at_again_each_time_later_until_it_succeeds() -> None:
    live = Live()
    with live.listening("x") as listener:
        turns = aiter(listener)
        for least, most in ((1, 4), (2, 7)):
            listener.failed()
            started = time.monotonic()
            await asyncio.wait_for(anext(turns), most)
            assert time.monotonic() - started > least - 0.1
        listener.succeeded()
        listener.failed()
        await asyncio.wait_for(anext(turns), 4)


async def test_when_redis_is_back_everybody_looks_but_not_in_the_same_moment(tmp_path: Path) -> None:
    with Parts.start(tmp_path / "own", postgres=False, redis=True, durable=False) as parts:
        live = Live(parts.redis_url)
        following = asyncio.create_task(live.follow())
        looks: list[float] = []
        heard = asyncio.Event()

        async def listen(number: int) -> None:
            with live.listening(f"name:{number}") as listener:
                async for _ in listener:
                    looks.append(time.monotonic())
                    if len(looks) >= LISTENERS:
                        heard.set()

        listening = [asyncio.create_task(listen(number)) for number in range(LISTENERS)]
        for _ in range(2):  # at the first connection, and when it is back
            await asyncio.wait_for(heard.wait(), 20)
            await asyncio.sleep(0.5)
            first, last = looks[LISTENERS // 20], looks[-LISTENERS // 20]
            assert len(looks) == LISTENERS, "each looked once"
            assert last - first > 0.5, "some early, some late"
            looks.clear()
            heard.clear()
            assert parts.redis is not None
            parts.redis.stop(immediate=True)
            await asyncio.sleep(0.5)
            parts.redis.start()
        live.leave()
        await asyncio.gather(*listening)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await live.close()
