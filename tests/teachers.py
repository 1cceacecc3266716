"""A person at the app's own pages of profile and teaching information, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id, number_of
from player import value

READY, PENDING, REJECTED, WRONG_STAGE, INCOMPLETE, TWO_SCHOOLS = (
    f"+86199000000{n:02d}" for n in (1, 2, 3, 5, 6, 7)
)
PARENT, STUDENT, SCHOOL_ADMIN, COUNTY_ADMIN = (f"+86199000000{n:02d}" for n in (9, 10, 12, 13))

ZHONGGUANCUN = "北京市海淀区中关村第一小学"
YUQUAN = "北京市海淀区玉荃学校"
QINGHE = "北京市海淀区清禾初级中学"
XISHAN = "北京市海淀区西杉高级中学"
VOCATIONAL = "北京市海淀区尚地职业学校"


@dataclass
class Teacher:
    """Somebody signed in on a client; sends the app's own documents."""

    gateway: Gateway
    token: str
    id: int
    language: str = "zh-CN"

    async def send(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of a document; fails on errors."""
        answer = await self.gateway.execute(
            operations.by_file()[document], variables, self.token, accept_language=self.language
        )
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found

    async def act(self, document: str, **given: Any) -> dict[str, Any]:
        """The payload of a document's one mutation."""
        (payload,) = (await self.send(document, input=given)).values()
        found: dict[str, Any] = payload
        return found

    async def profile(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.send("profile"))["viewer"]
        return found

    async def edit(self, **given: Any) -> dict[str, Any]:
        """Edit the profile as it is now."""
        return await self.act("profile_update", **{"version": (await self.profile())["version"], **given})

    async def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.profile())["teachingRecords"]
        return found

    async def primary(self) -> str | None:
        """The name of the primary record's school."""
        return next((str(one["school"]["name"]) for one in await self.records() if one["isPrimary"]), None)

    async def add(self, school: str, **given: Any) -> dict[str, Any]:
        return await self.act("teaching_record_add", schoolId=await school_id(self.gateway, school), **given)

    async def added(self, school: str, **given: Any) -> dict[str, Any]:
        """A record that was added."""
        payload = await self.add(school, **given)
        assert payload["userErrors"] == [], payload
        found: dict[str, Any] = payload["record"]
        return found

    async def leave(self, record: str, *, confirmed: bool = True) -> dict[str, Any]:
        return await self.act("teaching_record_leave", recordId=record, confirmed=confirmed)

    async def next_step(self) -> str:
        found = await self.send("topic", id=await self.gateway.topic_id())
        return str(found["topic"]["nextStep"])


async def teacher(gateway: Gateway, phone: str = READY, *, language: str = "zh-CN") -> Teacher:
    """A demo person."""
    return Teacher(gateway, await gateway.token(phone), await gateway.person(phone), language)


async def newcomer(gateway: Gateway, phone: str = "+8618800000001", identity: str = "TEACHER") -> Teacher:
    """Somebody who has just registered: nothing but a phone."""
    await change(gateway, "INSERT INTO person (identity, phone) VALUES ($1, $2)", identity, phone)
    return await teacher(gateway, phone)


async def strong_token(gateway: Gateway, person: int, strong_at: datetime) -> str:
    """A token of a sign-in that was confirmed by a second one at a moment."""
    async with gateway.database.transaction() as connection:
        row = await connection.fetchrow("SELECT identity, wipe_epoch FROM person WHERE id = $1", person)
        session = uuid4()
        await connection.execute(
            "INSERT INTO sign_in (id, person_id, client_kind, wipe_epoch, strong_at) VALUES ($1, $2, 'WEB', $3, $4)",
            session,
            person,
            row["wipe_epoch"],
            strong_at,
        )
    return seals.issue_access(
        gateway.resources.keyring,
        session_id=session,
        person_id=person,
        identity=Identity(row["identity"]),
        wipe_epoch=row["wipe_epoch"],
        client_kind=ClientKind.WEB,
        now=real(),
        strong_at=strong_at,
    )


async def school_id(gateway: Gateway, name: str) -> str:
    """The global id of a school of the demo."""
    return str(
        global_id("School", await value(gateway, "SELECT id FROM school WHERE name = $1 LIMIT 1", name))
    )


async def change(gateway: Gateway, sql: str, *given: Any) -> None:
    """Change rows behind the product's back."""
    async with gateway.database.transaction() as connection:
        await connection.execute(sql, *given)


async def decide(gateway: Gateway, record: str, state: str = "APPROVED", reason: str | None = None) -> None:
    """What an admin's decision does to a record's row."""
    await change(
        gateway,
        "UPDATE teaching_record SET state = $2, reason = $3, decided_at = now(), version = version + 1"
        " WHERE id = $1 AND state = 'PENDING'",
        number_of(record, "TeachingRecord"),
        state,
        reason,
    )


async def notices(gateway: Gateway, phone: str, kind: str) -> list[str]:
    """Subjects of a person's notifications of a kind, in order."""
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT i.subject FROM inbox_item i JOIN person p ON p.id = i.person_id"
            " WHERE p.phone = $1 AND i.kind = $2 ORDER BY i.id",
            phone,
            kind,
        )
    return [row["subject"] for row in rows]


def refusals(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """Code and path of each error of a payload."""
    return [(error["code"], error["path"]) for error in payload["userErrors"]]
