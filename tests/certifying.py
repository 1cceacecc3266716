"""Teachers with ten credits, and the app's certificate pages, over HTTP."""

from __future__ import annotations

from datetime import datetime

from gateway import Gateway
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.rules.words import ClientKind
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id, number_of
from player import reach, run, value
from staffing import Json
from teachers import READY, Teacher, teacher

OPENING = datetime(2024, 9, 1, tzinfo=SHANGHAI)
AUTUMN = datetime(2024, 9, 10, 9, tzinfo=SHANGHAI)
"""A Tuesday after the opening, inside the learning window."""


async def complete(gateway: Gateway, who: Teacher, *, tell: bool = False) -> None:
    """Enrol somebody and bring every course to its cap; with `tell` by a last verdict, which tells of it."""
    payload = await who.act("topic_enrol", topicId=await gateway.topic_id())
    assert payload["userErrors"] == [], payload
    await reach(gateway, who.id, left_out="none")
    if not tell:
        await run(gateway, "UPDATE enrolment SET completed_at = domain_now() WHERE person_id = $1", who.id)


async def graduate(
    gateway: Gateway, phone: str = READY, *, at: datetime | None = AUTUMN, kind: ClientKind = ClientKind.WEB
) -> Teacher:
    """A teacher with ten credits and an approved school, signed in on the web after the opening."""
    found = await teacher(gateway, phone)
    await complete(gateway, found)
    if at is not None:
        await gateway.set_time(at)
    return Teacher(gateway, await gateway.token(phone, kind), found.id)


async def page(who: Teacher) -> Json:
    """The certificate page of the training."""
    found: Json = (await who.send("certificate", id=await who.gateway.topic_id()))["topic"]
    return found


async def obstacles(who: Teacher) -> list[str]:
    """Codes of everything that is missing."""
    return [one["code"] for one in (await page(who))["certificateEligibility"]["reasons"]]


async def preview(who: Teacher) -> Json:
    """The payload of a preview."""
    return await who.act("certificate_preview", topicId=await who.gateway.topic_id())


async def confirm(who: Teacher, token: str) -> Json:
    """The payload of a confirmation."""
    topic = await who.gateway.topic_id()
    return await who.act("certificate_confirm", topicId=topic, previewToken=token)


async def claim(who: Teacher) -> Json:
    """Preview and confirm; the certificate."""
    shown = await preview(who)
    assert shown["userErrors"] == [], shown
    payload = await confirm(who, shown["preview"]["token"])
    assert payload["userErrors"] == [], payload
    found: Json = payload["certificate"]
    return found


async def versions(who: Teacher) -> list[Json]:
    """Every version of the person's certificates, newest first."""
    found = (await who.send("certificates"))["viewer"]["certificates"]
    return [edge["node"] for edge in found["edges"]]


async def check(gateway: Gateway, serial: str, **headers: str) -> Json:
    """What anybody reads of a serial."""
    document = operations.by_file()["certificate_check"]
    answer = await gateway.execute(document, {"serial": serial}, **headers)
    found: Json = answer["data"]["certificateCheck"]
    return found


async def approve(gateway: Gateway, record: str, *, by: str) -> Json:
    """A school admin approves a record over HTTP."""
    version = await value(
        gateway, "SELECT version FROM teaching_record WHERE id = $1", number_of(record, "TeachingRecord")
    )
    decisions = [{"recordId": record, "version": version, "outcome": "APPROVED"}]
    document = operations.by_file()["verification_decide"]
    data = await gateway.data_of(document, {"input": {"decisions": decisions}}, await gateway.token(by))
    found: Json = data["verificationDecide"]
    assert found["userErrors"] == [], found
    return found


async def states(gateway: Gateway, person: int) -> list[tuple[int, str]]:
    """Version and state of every certificate of a person, by version."""
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT version, state FROM certificate WHERE person_id = $1 ORDER BY version", person
        )
    return [(row["version"], row["state"]) for row in rows]


async def told(gateway: Gateway, person: int, kind: str) -> int:
    """How many inbox rows of a kind a person has."""
    found: int = await value(
        gateway, "SELECT count(*) FROM inbox_item WHERE person_id = $1 AND kind = $2", person, kind
    )
    return found


def topic_number(gateway: Gateway) -> int:
    """The training's row."""
    return next(t.id for t in gateway.resources.catalogue.topics.values() if t.slug == "summer-2024")


def person_id(number: int) -> str:
    return str(global_id("Person", number))
