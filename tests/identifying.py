"""What tests of registering, signing in and switching do again and again, over HTTP with the app's documents."""

from __future__ import annotations

import json
import secrets
from typing import Any

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id
from player import run, value

PASSWORD = "Qingming-17-haizi"
STUDENT_PHONE = "+8619900000010"
PARENT = "+8619900000009"


async def act(gateway: Gateway, document: str, token: str | None = None, /, **given: Any) -> dict[str, Any]:
    """The payload of a document's one mutation."""
    data = await gateway.data_of(operations.by_file()[document], {"input": given}, token)
    (payload,) = data.values()
    found: dict[str, Any] = payload
    return found


Said = list[tuple[str, list[str]]]
"""What a payload refuses: codes and paths."""


def refusals(payload: dict[str, Any]) -> Said:
    """Codes and paths of a payload's errors, each of which says something and holds no brace."""
    for error in payload["userErrors"]:
        assert error["message"]
        assert error["hint"]
        assert "{" not in error["message"] + error["hint"]
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


def new_phone() -> str:
    return f"+86188{secrets.randbelow(10**8):08d}"


async def newest_code(gateway: Gateway, phone: str, kind: str) -> str:
    """The code of the newest text of a kind to a phone."""
    async with gateway.database.connection() as connection:
        row = await connection.fetchrow(
            "SELECT source, params_sealed FROM sms_outbox WHERE phone = $1 AND kind = $2 AND settled_at IS NULL"
            " ORDER BY id DESC LIMIT 1",
            phone,
            kind,
        )
    assert row is not None, (phone, kind)
    plain = seals.unseal_text(
        gateway.resources.keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"]
    )
    code: str = json.loads(plain)["code"]
    return code


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def a_minute_later(gateway: Gateway) -> None:
    """As if every code had been asked for a minute ago, so that another may be."""
    await run(gateway, "UPDATE sms_code SET created_at = created_at - interval '61 seconds'")


async def code_of(gateway: Gateway, document: str, phone: str, kind: str, token: str | None = None) -> str:
    """Ask for a code by a document, and read it from the text."""
    await a_minute_later(gateway)
    given = {} if document == "strong_sign_in_code_request" else {"phone": phone}
    assert refusals(await act(gateway, document, token, **given)) == []
    return await newest_code(gateway, phone, kind)


async def registered(gateway: Gateway, identity: str, phone: str | None = None) -> dict[str, Any]:
    """The session of a new account with a phone."""
    phone = phone or new_phone()
    code = await code_of(gateway, "registration_code_request", phone, "REGISTER")
    payload = await act(
        gateway, "register", None, phone=phone, code=code, identity=identity, clientKind="APP"
    )
    assert refusals(payload) == []
    found: dict[str, Any] = payload["session"]
    return found


async def school(gateway: Gateway, place: int = 0) -> int:
    found: int = await value(gateway, "SELECT id FROM school ORDER BY id OFFSET $1 LIMIT 1", place)
    return found


def login(school_id: int, number: str, password: str = PASSWORD) -> dict[str, str]:
    """The input of a student's registering and signing in."""
    return {
        "schoolId": str(global_id("School", school_id)),
        "studentNumber": number,
        "password": password,
        "clientKind": "APP",
    }


async def student(
    gateway: Gateway, number: str = "S20240001", school_id: int | None = None
) -> dict[str, Any]:
    """The session of a new student without a phone."""
    given = login(school_id or await school(gateway), number)
    payload = await act(gateway, "student_register", None, **given)
    assert refusals(payload) == []
    found: dict[str, Any] = payload["session"]
    return found


async def viewer(gateway: Gateway, token: str) -> dict[str, Any]:
    found: dict[str, Any] = (await gateway.data_of(operations.by_file()["viewer"], None, token))["viewer"]
    return found


async def number_of_person(gateway: Gateway, token: str) -> int:
    claims = seals.read_access(gateway.resources.keyring, token, real())
    assert isinstance(claims, seals.AccessClaims)
    return claims.person_id


async def identity_switch(gateway: Gateway, token: str) -> dict[str, Any]:
    """`viewer.identitySwitch`."""
    data = await gateway.data_of(operations.by_file()["identity_switch"], None, token)
    found: dict[str, Any] = data["viewer"]["identitySwitch"]
    return found


async def confirmation(gateway: Gateway, token: str) -> str:
    found: str = (await identity_switch(gateway, token))["wipe"]["confirmationToken"]
    return found


async def is_dead(gateway: Gateway, token: str) -> bool:
    """Whether a token reads and writes nothing of its person."""
    answer = await gateway.execute(operations.by_file()["viewer"], None, token)
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    written = await act(gateway, "inbox_item_mark_read", token, itemId=str(global_id("InboxItem", 1)))
    return codes == ["SESSION_INVALID"] and refusals(written) == [("SESSION_INVALID", [])]


LIFE = """
WITH video AS (
  SELECT c.topic_id, c.id AS course_id, r.id AS resource_id, m.id AS media_version_id, m.duration_ms
    FROM resource r JOIN media_version m ON m.resource_id = r.id JOIN listing l ON l.resource_id = r.id
    JOIN section s ON s.id = l.section_id JOIN course c ON c.id = s.course_id
   WHERE r.slug = 'guide' LIMIT 1
), seen AS (
  INSERT INTO enrolment (person_id, topic_id, enrolled_at) SELECT $1, topic_id, domain_now() FROM video
), session AS (
  INSERT INTO playback_session (person_id, topic_id, media_version_id, mode, client_kind, wipe_epoch, earning,
                                opened_at, accepted_ms)
  SELECT $1, topic_id, media_version_id, 'ONLINE', 'APP', 0, true, domain_now() - interval '1 hour', 1 FROM video
  RETURNING id
), beat AS (
  INSERT INTO beat (person_id, session_id, seq, digest, new_ms, accepted_at)
  SELECT $1, id, 1000000, '\\x00', 1, domain_now() FROM session
), risk AS (
  INSERT INTO risk_flag (person_id, session_id, kind, excess_ms) SELECT $1, id, 'BUDGET', 9000 FROM session
), covered AS (
  INSERT INTO coverage (person_id, topic_id, media_version_id, spans, wipe_epoch, covered_at)
  SELECT $1, topic_id, media_version_id, int4multirange(int4range(0, duration_ms)), 0, domain_now() FROM video
), place AS (
  INSERT INTO resume_position (person_id, resource_id, position_ms, updated_at)
  SELECT $1, resource_id, 5, domain_now() FROM video
), other AS (
  SELECT c.topic_id, c.id AS course_id, r.id AS resource_id, m.id AS media_version_id
    FROM resource r JOIN media_version m ON m.resource_id = r.id JOIN listing l ON l.resource_id = r.id
    JOIN section s ON s.id = l.section_id JOIN course c ON c.id = s.course_id
   WHERE r.slug = 'whole-person-video-03' LIMIT 1
), done AS (
  INSERT INTO completion (person_id, topic_id, resource_id, media_version_id, duration_ms, earned_at)
  SELECT $1, topic_id, resource_id, media_version_id, 464953, domain_now() FROM other
), credit AS (
  INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)
  SELECT $1, topic_id, course_id, resource_id, 464953, domain_now() FROM other
), record AS (
  INSERT INTO teaching_record (person_id, school_id, state, is_primary)
  SELECT $1, id, 'PENDING', true FROM school ORDER BY id LIMIT 1
), preference AS (
  INSERT INTO notification_preference (person_id, kind, push) VALUES ($1, 'TOPIC_COMPLETED', false)
), change AS (
  INSERT INTO phone_change (person_id, old_phone) VALUES ($1, '+8618811112222')
), item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  VALUES ($1, 'TOPIC_COMPLETED', 'topic:1', 'SERVICE', '{"topic": "x", "topic_en": "x", "topic_id": "1",
          "credits": "1.00"}', now()) RETURNING id
), held AS (
  INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)
  VALUES ($1, 'FCM', 'IOS', 'token-of-' || $1, sha256(('token-of-' || $1)::bytea), 'zh-CN', 'ACTIVE'),
         ($1, 'FCM', 'IOS', 'former-of-' || $1, sha256(('former-of-' || $1)::bytea), 'zh-CN', 'RETIRED')
  RETURNING id, state
)
INSERT INTO delivery (person_id, inbox_item_id, device_id, message_class, state, due_at)
SELECT $1, item.id, held.id, 'SERVICE', 'DUE', now() FROM item, held WHERE held.state = 'ACTIVE'
"""


async def live_as_student(gateway: Gateway, person: int) -> None:
    """Give a student one row of everything that is keyed by a person: none of it comes about over the API."""
    await run(
        gateway,
        "UPDATE person SET name = '林小满', gender = 'FEMALE', email = 'x@example.com', document_type = 'MAINLAND_ID',"
        " document_sealed = '\\x01', document_index = $2, document_last4 = '1234' WHERE id = $1",
        person,
        secrets.token_bytes(32),
    )
    await run(gateway, LIFE, person)


KEPT = {"sign_in", "staff_grant", "certificate", "certificate_preview"}
"""Tables keyed by a person that a wipe leaves alone: ended sign-ins, roles, and what no student has."""


async def tables_of_people(gateway: Gateway) -> list[str]:
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'person_id' ORDER BY 1"
        )
    return [row["table_name"] for row in rows]


async def left_of(gateway: Gateway, person: int) -> dict[str, int]:
    """How many rows each table holds of a person, those without any and those that are kept left out."""
    counts = {
        table: await value(gateway, f"SELECT count(*) FROM {table} WHERE person_id = $1", person)
        for table in await tables_of_people(gateway)
        if table not in KEPT
    }
    return {table: count for table, count in counts.items() if count}
