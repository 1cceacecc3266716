"""One bad certificate is one bad certificate: seals that do not open, a store that is away, files that are lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from certifying import approve, claim, graduate, page, states, versions
from counting import Counting, statements
from gateway import Gateway
from mobile_gateway.documents.store import StoreAway
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.workers.certificates import Drawing
from player import codes, run, value
from servers import Servers
from staffing import SCHOOL_ADMIN, act
from teachers import READY, TWO_SCHOOLS, ZHONGGUANCUN, Teacher

Break = Callable[[Teacher], Awaitable[None]]
NOT_DRAWN = "SELECT count(*) FROM certificate WHERE document_key IS NULL"


@pytest.fixture
async def break_seal(gateway: Gateway, servers: Servers) -> Break:
    """What a key that left the ring does; the snapshot itself is frozen, so it is the owner's to break."""

    async def broken(who: Teacher) -> None:
        owner = await asyncpg.connect(servers.owner(await value(gateway, "SELECT current_database()")))
        await owner.execute("ALTER TABLE certificate DISABLE TRIGGER USER")
        await owner.execute("UPDATE certificate SET snapshot_sealed = '\\x01' WHERE person_id = $1", who.id)
        await owner.execute("ALTER TABLE certificate ENABLE TRIGGER USER")
        await owner.close()

    return broken


async def test_a_snapshot_that_does_not_open_hinders_no_other_document(
    gateway: Gateway, break_seal: Break
) -> None:
    broken = await graduate(gateway)
    await claim(broken)
    await break_seal(broken)
    sound = await graduate(gateway, TWO_SCHOOLS)
    await claim(sound)
    await gateway.sweep()
    assert (await page(sound))["certificate"]["ready"]
    assert await value(gateway, NOT_DRAWN) == 1
    assert await value(gateway, "SELECT count(*) FROM certificate_opening") == 1


async def test_who_has_such_a_snapshot_still_leaves_edits_and_is_approved(
    gateway: Gateway, break_seal: Break
) -> None:
    who = await graduate(gateway)
    await claim(who)
    await break_seal(who)
    (record,) = await who.records()
    assert (await who.leave(record["id"]))["userErrors"] == []
    assert (await who.edit(name="温若禾"))["userErrors"] == []
    await approve(gateway, str((await who.added(ZHONGGUANCUN))["id"]), by=SCHOOL_ADMIN)
    (version,) = await versions(who)
    assert (version["version"], version["state"]) == (1, "ISSUED")
    assert (await page(who))["certificate"]["printed"] is None
    assert await states(gateway, who.id) == [(1, "ISSUED")]


async def test_one_decision_that_fails_hinders_no_other(gateway: Gateway) -> None:
    who = await graduate(gateway, TWO_SCHOOLS)
    await claim(who)
    (record, *_) = await who.records()
    await who.leave(record["id"])
    first = await who.added(ZHONGGUANCUN, isPrimary=True)
    # A document that cannot be read fails the approval of its holder alone.
    await run(gateway, "UPDATE person SET document_sealed = '\\x01' WHERE id = $1", who.id)
    other = await value(
        gateway,
        "SELECT id FROM teaching_record WHERE state = 'PENDING' AND left_at IS NULL AND school_id ="
        " (SELECT id FROM school WHERE name = $1) AND person_id <> $2 ORDER BY id LIMIT 1",
        ZHONGGUANCUN,
        who.id,
    )
    found = await gateway.data_of(
        "{ verificationQueue(first: 50) { edges { node { id version } } } }",
        None,
        await gateway.token(SCHOOL_ADMIN),
    )
    nodes = {edge["node"]["id"]: edge["node"]["version"] for edge in found["verificationQueue"]["edges"]}
    wanted = [str(first["id"]), str(global_id("TeachingRecord", other))]
    decisions = [{"recordId": one, "version": nodes[one], "outcome": "APPROVED"} for one in wanted]
    token = await gateway.token(SCHOOL_ADMIN)
    payload = await act(gateway, "verification_decide", token, decisions=decisions)
    assert [one["decided"] for one in payload["results"]] == [False, True]
    assert codes(payload) == ["SERVICE_UNAVAILABLE"]


class Away:
    """A store that is away, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        self.asked += 1
        raise StoreAway("away")

    async def get(self, key: str) -> bytes | None:
        raise StoreAway("away")

    async def delete(self, key: str) -> None:
        raise StoreAway("away")

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_store_that_is_away_is_asked_once_a_look_and_counts_no_try(gateway: Gateway) -> None:
    for phone in (READY, TWO_SCHOOLS):
        await claim(await graduate(gateway, phone))
    good, away = gateway.resources.store, Away()
    gateway.resources.store = away
    await gateway.sweep()
    assert away.asked == 1
    assert await value(gateway, "SELECT max(document_tries) FROM certificate") == 0
    assert await value(
        gateway, "SELECT max(document_due_at) < now() + interval '30 seconds' FROM certificate"
    )
    gateway.resources.store = good
    await run(gateway, "UPDATE certificate SET document_due_at = now()")
    await gateway.sweep()
    assert await value(gateway, NOT_DRAWN) == 0


async def test_a_nudge_wakes_the_drawing_and_its_end_lets_it_finish(gateway: Gateway) -> None:
    drawing, stop = Drawing(gateway.resources), asyncio.Event()
    kept = asyncio.create_task(drawing.keep(stop))
    await asyncio.sleep(0.3)
    for phone in (READY, TWO_SCHOOLS):
        await claim(await graduate(gateway, phone))
    await drawing.wake()
    async with asyncio.timeout(20):
        while await value(gateway, NOT_DRAWN):  # noqa: ASYNC110 - the row is what is waited for
            await asyncio.sleep(0.05)
        stop.set()
        await drawing.wake()
        await kept


def lose(path: Path) -> None:
    path.unlink()


def spoil(path: Path) -> None:
    path.write_bytes(b"\x01broken")


async def test_a_document_that_the_store_lost_is_drawn_again_when_it_is_fetched(gateway: Gateway) -> None:
    who = await graduate(gateway)
    number = (await claim(who))["id"]
    await gateway.sweep()
    for damage in (lose, spoil):
        url = str((await who.act("certificate_download", certificateId=number))["url"])
        address = f"{urlsplit(url).path}?{urlsplit(url).query}"
        assert (await gateway.client.get(address)).status_code == 200
        for path in (gateway.data / "documents").rglob("*.pdf"):
            damage(path)
        waiting = await gateway.client.get(address)
        assert (waiting.status_code, waiting.headers["retry-after"]) == (202, "2")
        assert not (await page(who))["certificate"]["ready"]
        await gateway.sweep()
        assert (await gateway.client.get(address)).status_code == 200


async def test_the_certificate_pages_ask_a_fixed_number_of_statements(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    other = await graduate(gateway, TWO_SCHOOLS)
    topic = {"id": await gateway.topic_id()}
    whole = gateway.resources.database
    gateway.resources.database = Counting(whole._pool)
    one = await statements(gateway, "certificate", who.token, topic)
    history = await statements(gateway, "certificates", who.token)
    none = await statements(gateway, "certificate", other.token, topic)
    gateway.resources.database = whole
    assert len(one) == len(none) <= 3, one
    assert len(history) <= 3, history
