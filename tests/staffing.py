"""Staff and teachers of the demo, and what tests of verification share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id
from player import run, value

READY = "+8619900000001"
PENDING = "+8619900000002"
REJECTED = "+8619900000003"
TWO_SCHOOLS = "+8619900000007"
OTHER_SCHOOLS_TEACHER = "+8619900000008"
SCHOOL_ADMIN = "+8619900000012"
COUNTY_ADMIN = "+8619900000013"
SUPPORT = "+8619900000014"
PLATFORM = "+8619900000015"

HAIDIAN = 110108
ZHONGGUANCUN = "北京市海淀区中关村第一小学"
YUQUAN = "北京市海淀区玉荃学校"

Json = dict[str, Any]


async def school_of(gateway: Gateway, name: str = ZHONGGUANCUN) -> int:
    found: int = await value(gateway, "SELECT id FROM school WHERE name = $1", name)
    return found


async def record_of(gateway: Gateway, phone: str, school: str = ZHONGGUANCUN) -> int:
    """The newest record of a person at a school."""
    found: int = await value(
        gateway,
        "SELECT r.id FROM teaching_record r JOIN person p ON p.id = r.person_id JOIN school s ON s.id = r.school_id"
        " WHERE p.phone = $1 AND s.name = $2 ORDER BY r.id DESC LIMIT 1",
        phone,
        school,
    )
    return found


async def row_of(gateway: Gateway, record: int) -> Json:
    async with gateway.database.connection() as connection:
        return dict(await connection.fetchrow("SELECT * FROM teaching_record WHERE id = $1", record))


def record_id(number: int) -> str:
    return str(global_id("TeachingRecord", number))


async def teacher(
    gateway: Gateway, phone: str, *, school: int, state: str = "PENDING", name: str = "白鹭洲"
) -> int:
    """A new teacher at a school; the record's id."""
    await run(
        gateway,
        "INSERT INTO person (identity, phone, name, document_type, document_sealed, document_index, document_last4)"
        " VALUES ('TEACHER', $1::text, $2, 'PASSPORT', 'sealed', sha256($1::text::bytea), '0001')",
        phone,
        name,
    )
    found: int = await value(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary, submitted_at, decided_at, reason)"
        " VALUES ($1, $2, $3::text, true, '2024-08-01T08:00+08:00',"
        "  CASE WHEN $3::text <> 'PENDING' THEN now() END, CASE WHEN $3::text = 'REJECTED' THEN '旧原因' END)"
        " RETURNING id",
        await gateway.person(phone),
        school,
        state,
    )
    return found


async def grant(
    gateway: Gateway, phone: str, role: str, *, school: int | None = None, county: int | None = None
) -> None:
    await run(
        gateway,
        "INSERT INTO staff_grant (person_id, role, school_id, county_id) VALUES ($1, $2, $3, $4)",
        await gateway.person(phone),
        role,
        school,
        county,
    )


async def strong(gateway: Gateway, phone: str, *, ago: timedelta = timedelta(seconds=1)) -> str:
    """A token of who signed in a second time, some time ago."""
    async with gateway.database.transaction() as connection:
        row = await connection.fetchrow("SELECT id, identity FROM person WHERE phone = $1", phone)
        session = uuid4()
        await connection.execute(
            "INSERT INTO sign_in (id, person_id, client_kind, wipe_epoch, strong_at) VALUES ($1, $2, 'WEB', 0, $3)",
            session,
            row["id"],
            real() - ago,
        )
    return seals.issue_access(
        gateway.resources.keyring,
        session_id=session,
        person_id=row["id"],
        identity=Identity(row["identity"]),
        wipe_epoch=0,
        client_kind=ClientKind.WEB,
        now=real(),
        strong_at=real() - ago,
    )


async def act(gateway: Gateway, document: str, token: str | None, **given: Any) -> Json:
    """The payload of one of the app's own mutations."""
    data = await gateway.data_of(operations.by_file()[document], {"input": given}, token)
    (payload,) = data.values()
    found: Json = payload
    return found


async def ask(gateway: Gateway, document: str, token: str | None, **given: Any) -> Json:
    """The root field of one of the app's own queries."""
    data = await gateway.data_of(operations.by_file()[document], given, token)
    (field,) = data.values()
    found: Json = field
    return found


async def refusal(gateway: Gateway, document: str, token: str | None, **given: Any) -> str:
    """The code of the error with which a query is refused; its data is null."""
    answer = await gateway.execute(operations.by_file()[document], given, token)
    assert set(answer["data"].values()) == {None}, answer
    (error,) = answer["errors"]
    return str(error["extensions"]["code"])


async def decide(
    gateway: Gateway,
    token: str | None,
    record: int,
    outcome: str = "APPROVED",
    *,
    version: int = 1,
    reason: str | None = None,
) -> Json:
    one = {"recordId": record_id(record), "version": version, "outcome": outcome, "reason": reason}
    return await act(gateway, "verification_decide", token, decisions=[one])


async def remove(gateway: Gateway, token: str | None, record: int, reason: str = "已调离本校") -> Json:
    return await act(gateway, "teacher_remove", token, recordId=record_id(record), reason=reason)


def errors(payload: Json) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


def nodes(connection: Json) -> list[Json]:
    return [edge["node"] for edge in connection["edges"]]


async def whole(gateway: Gateway, document: str, token: str, *, first: int = 50, **given: Any) -> list[Json]:
    """All nodes of a connection, page after page."""
    found: list[Json] = []
    after = None
    while True:
        page = await ask(gateway, document, token, first=first, after=after, **given)
        found += nodes(page)
        assert len(page["edges"]) <= first
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def acts(gateway: Gateway, subject: int) -> list[str]:
    """What the audit log tells of a record, oldest first."""
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT act FROM audit_entry WHERE subject_kind = 'TeachingRecord' AND subject_id = $1 ORDER BY id",
            subject,
        )
    return [row["act"] for row in rows]


async def notices(gateway: Gateway, phone: str, kinds: Sequence[str]) -> list[tuple[str, str, Json]]:
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT kind, subject, data FROM inbox_item WHERE person_id = $1 AND kind = ANY($2) ORDER BY id",
            await gateway.person(phone),
            list(kinds),
        )
    return [(row["kind"], row["subject"], row["data"]) for row in rows]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
