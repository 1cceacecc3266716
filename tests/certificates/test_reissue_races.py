"""Two workers at one reissue, and a worker killed in the middle of one."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from certifying import approve, check, claim, graduate, states, told
from gateway import Gateway
from mobile_gateway.actions import reissuing
from mobile_gateway.actions.reissuing import Reissue
from mobile_gateway.documents import glyphs
from player import value
from servers import Servers
from staffing import SCHOOL_ADMIN
from teachers import ZHONGGUANCUN, Teacher
from tests_local import Program


@pytest.fixture
async def ready(gateway: Gateway) -> tuple[Teacher, str]:
    """A teacher whose certificate may be made anew, and its serial."""
    who = await graduate(gateway)
    serial = str((await claim(who))["serial"])
    (record,) = await who.records()
    await who.leave(record["id"])
    await who.edit(name="温若禾")
    await approve(gateway, str((await who.added(ZHONGGUANCUN))["id"]), by=SCHOOL_ADMIN)
    return who, serial


async def test_two_reissue_jobs_at_once_make_one(gateway: Gateway, ready: tuple[Teacher, str]) -> None:
    who, _ = ready
    number = await value(gateway, "SELECT id FROM certificate WHERE person_id = $1", who.id)
    done = await asyncio.gather(
        *(
            reissuing.reissue(
                gateway.database,
                gateway.resources.keyring,
                person_id=who.id,
                certificate_id=number,
                lacking=glyphs.lacking,
                now=gateway.resources.clock.now(),
            )
            for _ in range(4)
        )
    )
    assert sorted(done) == [Reissue.NOTHING_DUE] * 3 + [Reissue.REISSUED]
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]


_SLOW = """
CREATE FUNCTION held_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN new; END $$;
CREATE TRIGGER held_up BEFORE INSERT ON certificate FOR EACH ROW EXECUTE FUNCTION held_up();
"""

_ONE_REISSUE = """
import asyncio, sys
from datetime import datetime
from mobile_gateway.actions import reissuing
from mobile_gateway.models import database as databases
from mobile_gateway.seals import Keyring

async def main():
    database = await databases.open_database(sys.argv[1], connections=2)
    await reissuing.reissue(database, Keyring.parse(sys.argv[2]), person_id=int(sys.argv[3]),
        certificate_id=int(sys.argv[4]), lacking=lambda _: "", now=datetime.fromisoformat(sys.argv[5]))

asyncio.run(main())
"""


async def _inserting(owner: asyncpg.Connection) -> int | None:
    found: int | None = await owner.fetchval(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    )
    return found


async def test_a_worker_killed_between_void_and_issue_leaves_the_old_one(
    gateway: Gateway, servers: Servers, ready: tuple[Teacher, str]
) -> None:
    who, serial = ready
    name = await value(gateway, "SELECT current_database()")
    number = await value(gateway, "SELECT id FROM certificate WHERE person_id = $1", who.id)
    now = gateway.resources.clock.now().isoformat()
    owner = await asyncpg.connect(servers.owner(name))
    await owner.execute(_SLOW)
    keys = gateway.resources.keyring.to_text()
    worker = Program(_ONE_REISSUE, servers.serving(name), keys, str(who.id), str(number), now)
    try:
        while (pid := await _inserting(owner)) is None:
            assert worker.process.poll() is None
            await asyncio.sleep(0.05)
    finally:
        worker.close()
    await owner.execute("SELECT pg_terminate_backend($1)", pid)
    await owner.execute("DROP TRIGGER held_up ON certificate")
    await owner.close()
    assert await states(gateway, who.id) == [(1, "REISSUE_PENDING")]
    assert (await check(gateway, serial))["outcome"] == "UPDATING"
    await gateway.sweep()
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]
    assert await told(gateway, who.id, "CERTIFICATE_REISSUED") == 1
