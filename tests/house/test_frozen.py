"""What the database itself keeps from changing."""

from __future__ import annotations

import asyncpg
import pytest

from gateway import Gateway

READY = "+8619900000001"


async def test_a_topics_credit_is_frozen_once_anyone_is_enrolled(gateway: Gateway) -> None:
    change = "UPDATE topic SET ms_per_credit = ms_per_credit + 1000 WHERE slug = 'summer-2024'"
    async with gateway.database.transaction() as connection:
        await connection.execute(change)
    given = {"topicId": await gateway.topic_id()}
    enrolled = await gateway.payload("topicEnrol", "TopicEnrolInput", given, await gateway.token(READY), "")
    assert enrolled["userErrors"] == []
    with pytest.raises(asyncpg.CheckViolationError, match="frozen"):
        async with gateway.database.transaction() as connection:
            await connection.execute(change)
    async with gateway.database.transaction() as connection:
        await connection.execute("UPDATE topic SET title = '新标题', ms_per_credit = ms_per_credit")


@pytest.mark.parametrize(
    "change",
    ["snapshot_sealed = '\\x02'", "masked_name = '李*'", "serial = 'ZZZZZZZZZZZZZZZZ'", "issued_at = now()"],
)
async def test_a_certificates_snapshot_is_frozen_and_its_state_is_not(gateway: Gateway, change: str) -> None:
    person = await gateway.person(READY)
    async with gateway.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO certificate (person_id, topic_id, version, serial, state, snapshot_sealed, masked_name,"
            " recognised_ms, first_issued_at, issued_at)"
            " SELECT $1, id, 1, 'ABCDEFGHJKMNPQRS', 'ISSUED', '\\x01', '张*', 1, '2024-09-01', '2024-09-01' FROM topic",
            person,
        )
        await connection.execute("UPDATE certificate SET state = 'REISSUE_PENDING', reissue_due_at = now()")
        await connection.execute("UPDATE certificate SET document_key = 'k'")
    with pytest.raises(asyncpg.CheckViolationError, match="frozen"):
        async with gateway.database.transaction() as connection:
            await connection.execute(f"UPDATE certificate SET {change}")
