"""Campaigns drafted, edited, tried on one's own devices and approved (PRODUCT.md §11). Each act is audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import uuid4

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import campaign_rows
from mobile_gateway.actions.campaign_rows import Written
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.reads import campaigns as reads
from mobile_gateway.rules import campaigns as rules
from mobile_gateway.rules import catalogue, changes, segments
from mobile_gateway.rules.campaigns import CampaignStep
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.segments import Segment
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import CampaignState, MessageClass, NotificationKind

_TEXTS = ("title", "title_en", "body", "body_en", "deep_link")
_WRITTEN = (*_TEXTS, "segment", "planned_for")

_CREATE = """
INSERT INTO campaign (state, title, title_en, body, body_en, deep_link, segment, planned_for, created_by_id,
                      edited_by_id)
VALUES ('DRAFT', $2, $3, $4, $5, $6, $7, $8, $1, $1) RETURNING id
"""

_UPDATE = """
UPDATE campaign SET title = $3, title_en = $4, body = $5, body_en = $6, deep_link = $7, segment = $8, planned_for = $9,
       state = 'DRAFT', edited_by_id = $2, approved_by_id = NULL, approved_at = NULL, starts_at = NULL,
       tested_at = NULL, version = version + 1
 WHERE id = $1
"""

_APPROVE = "UPDATE campaign SET state = 'APPROVED', approved_by_id = $2, approved_at = $3 WHERE id = $1"

# A test stands in the inbox beside the campaign's own row, which may follow, and waits for no hour.
_TEST = """
WITH item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT $1, $2, $3, $4, $5::jsonb, $6
   WHERE EXISTS (SELECT FROM device WHERE person_id = $1 AND state = 'ACTIVE')
  RETURNING id, person_id
), sent AS (
  INSERT INTO delivery (person_id, inbox_item_id, device_id, provider, platform, message_class, state, due_at)
  SELECT i.person_id, i.id, d.id, d.provider, d.platform, $4, 'DUE', now()
    FROM item i JOIN device d ON d.person_id = i.person_id AND d.state = 'ACTIVE'
  RETURNING id
)
SELECT count(*) FROM sent
"""

_NAMED = """
SELECT (SELECT count(*) FROM region WHERE id = ANY($1::int[])) AS regions,
       (SELECT count(*) FROM school WHERE id = ANY($2::bigint[])) AS schools,
       EXISTS (SELECT FROM topic WHERE id = $3) AS topic,
       EXISTS (SELECT FROM course WHERE id = $4 AND topic_id = $3) AS course
"""


class AsItIs(Enum):
    """What an edit does not touch."""

    AS_IT_IS = "AS_IT_IS"


AS_IT_IS: Final = AsItIs.AS_IT_IS


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, when the second sign-in was, and the two clocks."""

    actor: Actor
    strong_at: datetime | None
    now: datetime
    real_now: datetime


def data_of(row: Mapping[str, Any]) -> dict[str, str]:
    """What a campaign's inbox rows hold; nothing of it is the reader's."""
    texts = {column: row[column] for column in _TEXTS}
    return {**texts, "campaign_id": str(row["id"])}


async def create(
    database: Database,
    by: By,
    given: Mapping[str, Any],
    segment: Segment | Refusal,
    planned_for: datetime | None = None,
) -> Written:
    """A new DRAFT, for a moment where one is planned.

    Refusals: SESSION_INVALID, NOT_FOUND, SECOND_SIGN_IN_REQUIRED, BAD_USER_INPUT, CAMPAIGN_START_PAST.
    """
    async with database.transaction() as connection:
        refused = await campaign_rows.administer(connection, by.actor, by.strong_at, by.real_now)
        read = refused or _read(given, segment)
        if isinstance(read, Refusal):
            return read
        read["planned_for"] = planned_for
        refused = (
            _plan(read, by.now)
            or rules.fits(read)
            or await _unknown(connection, segments.of(read["segment"]))
        )
        if refused is not None:
            return refused
        written = [read[column] for column in _WRITTEN]
        number: int = await connection.fetchval(_CREATE, by.actor.person_id, *written)
        await campaign_rows.changed(connection, by.actor, AuditAct.CAMPAIGN_CREATED, number)
        return number


async def update(
    database: Database,
    by: By,
    *,
    campaign_id: int,
    version: int,
    given: Mapping[str, Any],
    segment: Segment | Refusal | None,
    planned_for: datetime | AsItIs | None = AS_IT_IS,
) -> Written:
    """Edit one that has not begun; where it was approved or scheduled it is a DRAFT again then. What is None stays.

    `planned_for` None leaves the moment to who schedules it. An edit that changes nothing keeps version, approval and
    schedule. Refusals: as `create`; CONFLICT; CAMPAIGN_STEP_IMPOSSIBLE once it began or is over.
    """
    async with database.transaction() as connection:
        row = await _held(connection, by, campaign_id, version)
        if isinstance(row, Refusal):
            return row
        read = _read(given, segment)
        if isinstance(read, Refusal):
            return read
        if not isinstance(planned_for, AsItIs) and planned_for != row["planned_for"]:
            read["planned_for"] = planned_for
        new = {**row, **read}
        changed = [column for column in _WRITTEN if new[column] != row[column]]
        if not changed:
            return campaign_id
        reached = rules.after(CampaignState(row["state"]), CampaignStep.EDIT)
        refused = reached if isinstance(reached, Refusal) else _plan(read, by.now) or rules.fits(new)
        refused = refused or await _unknown(connection, segments.of(new["segment"]))
        if refused is not None:
            return refused
        written = [{**row, **read}[column] for column in _WRITTEN]
        await connection.execute(_UPDATE, campaign_id, by.actor.person_id, *written)
        data = {"changed": ",".join(catalogue.camel(column) for column in changed)}
        await campaign_rows.changed(connection, by.actor, AuditAct.CAMPAIGN_UPDATED, campaign_id, data=data)
        return campaign_id


async def test_send(database: Database, by: By, *, campaign_id: int) -> tuple[int, int] | Refusal:
    """Send a campaign that is not over to the actor's own devices; its id and how many there are.

    Refusals: as `create`; CAMPAIGN_STEP_IMPOSSIBLE when it is SENT or CANCELLED; CAMPAIGN_NO_DEVICE.
    """
    async with database.transaction() as connection:
        row = await _held(connection, by, campaign_id)
        if isinstance(row, Refusal):
            return row
        if row["state"] in {CampaignState.SENT, CampaignState.CANCELLED}:
            data = {"state": row["state"]}
            return Refusal(RefusalCode.CAMPAIGN_STEP_IMPOSSIBLE, ("campaignId",), data)
        devices: int = await connection.fetchval(
            _TEST,
            by.actor.person_id,
            NotificationKind.CAMPAIGN,
            f"campaign:{campaign_id}:test:{uuid4().hex[:16]}",
            MessageClass.MARKETING,
            data_of(row),
            by.now,
        )
        if not devices:
            return Refusal(RefusalCode.CAMPAIGN_NO_DEVICE)
        transactions.tell(changes.inbox(by.actor.person_id))
        await connection.execute("UPDATE campaign SET tested_at = $2 WHERE id = $1", campaign_id, by.now)
        data = {"devices": str(devices), "version": str(row["version"])}
        await campaign_rows.changed(connection, by.actor, AuditAct.CAMPAIGN_TESTED, campaign_id, data=data)
        return campaign_id, devices


async def approve(database: Database, by: By, *, campaign_id: int, version: int) -> Written:
    """Approve what somebody else wrote and planned, in the version that was seen. Again is the first one.

    Refusals: as `create`; CONFLICT; CAMPAIGN_SECOND_ADMIN to its creator and whoever edited it;
    CAMPAIGN_STEP_IMPOSSIBLE, also when a third administrator approved it; CAMPAIGN_PLAN_PAST.
    """
    async with database.transaction() as connection:
        row = await _held(connection, by, campaign_id, version)
        if isinstance(row, Refusal):
            return row
        state, me = CampaignState(row["state"]), by.actor.person_id
        has_edited = bool(await reads.edited(connection, me, [campaign_id]))
        reached = rules.may_approve(me, row["created_by_id"], has_edited=has_edited) or rules.after(
            state, CampaignStep.APPROVE
        )
        if isinstance(reached, Refusal):
            return reached
        if state is reached:
            again = row["approved_by_id"] == me
            data = {"state": state.value}
            return (
                campaign_id if again else Refusal(RefusalCode.CAMPAIGN_STEP_IMPOSSIBLE, ("campaignId",), data)
            )
        past = rules.plan_past(row["planned_for"], by.now)
        if past is not None:
            return past
        await connection.execute(_APPROVE, campaign_id, me, by.now)
        data = {"version": str(version)}
        await campaign_rows.changed(connection, by.actor, AuditAct.CAMPAIGN_APPROVED, campaign_id, data=data)
        return campaign_id


def _read(given: Mapping[str, Any], segment: Segment | Refusal | None) -> dict[str, Any] | Refusal:
    """The given columns as they are kept."""
    read = segment if isinstance(segment, Refusal) else rules.texts(given)
    if isinstance(read, dict) and isinstance(segment, Segment):
        read["segment"] = segment.kept()
    return read


def _plan(read: dict[str, Any], now: datetime) -> Refusal | None:
    """Read a new plan as it is kept; why it cannot be one."""
    if read.get("planned_for") is None:
        return None
    planned = rules.to_come(read["planned_for"], now, "plannedFor")
    if isinstance(planned, Refusal):
        return planned
    read["planned_for"] = planned
    return None


async def _held(
    connection: asyncpg.Connection, by: By, campaign_id: int, version: int | None = None
) -> asyncpg.Record | Refusal:
    refused = await campaign_rows.administer(connection, by.actor, by.strong_at, by.real_now)
    if refused is not None:
        return refused
    row = await campaign_rows.held(connection, campaign_id)
    if isinstance(row, Refusal) or version in {None, row["version"]}:
        return row
    return Refusal(RefusalCode.CONFLICT, ("version",))


async def _unknown(connection: asyncpg.Connection, segment: Segment) -> Refusal | None:
    """NOT_FOUND for what a segment names and there is not."""
    part = segment.topic
    row = await connection.fetchrow(
        _NAMED,
        list(segment.regions),
        list(segment.schools),
        part.topic_id if part else None,
        part.course_id if part else None,
    )
    wrong = {
        "segment.regionIds": row["regions"] != len(segment.regions),
        "segment.schoolIds": row["schools"] != len(segment.schools),
        "segment.topic.topicId": part is not None and not row["topic"],
        "segment.topic.courseId": part is not None and part.course_id is not None and not row["course"],
    }
    field = next((name for name, is_wrong in wrong.items() if is_wrong), None)
    return Refusal(RefusalCode.NOT_FOUND, tuple(field.split("."))) if field else None
