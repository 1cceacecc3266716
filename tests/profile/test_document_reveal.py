"""Seeing one's own full document number (PRODUCT.md §12; TRUST.md, people's data)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gateway import Gateway
from mobile_gateway.clock import real
from mobile_gateway.schema import operations
from mobile_gateway.seals import unseal_text
from teachers import INCOMPLETE, READY, Teacher, newcomer, refusals, strong_token, teacher


async def audit(gateway: Gateway) -> list[dict[str, Any]]:
    async with gateway.database.connection() as connection:
        rows = await connection.fetch(
            "SELECT actor_id, role, act, subject_kind, subject_id, reason, data FROM audit_entry ORDER BY id"
        )
    return [dict(row) for row in rows]


async def strong(gateway: Gateway, phone: str = READY, *, ago: timedelta = timedelta(seconds=5)) -> Teacher:
    who = await teacher(gateway, phone)
    who.token = await strong_token(gateway, who.id, real() - ago)
    return who


async def test_a_fresh_second_sign_in_and_a_reason_show_the_full_number_and_leave_a_row(
    gateway: Gateway,
) -> None:
    who = await strong(gateway)
    async with gateway.database.connection() as connection:
        sealed = await connection.fetchval("SELECT document_sealed FROM person WHERE id = $1", who.id)
    number = unseal_text(gateway.resources.keyring, sealed, column="person.document", owner=who.id)
    for times in (1, 2):
        said = await who.act("document_reveal", reason=" 核对证书信息 ")
        assert said == {"documentNumber": number, "userErrors": []}
        assert await audit(gateway) == times * [
            {
                "actor_id": who.id,
                "role": None,
                "act": "DOCUMENT_REVEALED",
                "subject_kind": "Person",
                "subject_id": who.id,
                "reason": "核对证书信息",
                "data": {},
            }
        ]


async def test_without_a_fresh_second_sign_in_nothing_is_shown(gateway: Gateway) -> None:
    never = await teacher(gateway, READY)
    stale = await strong(gateway, ago=timedelta(minutes=5, seconds=1))
    for who in (never, stale):
        said = await who.act("document_reveal", reason="核对")
        assert (said["documentNumber"], refusals(said)) == (None, [("SECOND_SIGN_IN_REQUIRED", [])])
        assert "再次验证身份" in said["userErrors"][0]["message"]
    assert refusals(await Teacher(gateway, "", 0).act("document_reveal", reason="x")) == [
        ("UNAUTHENTICATED", [])
    ]
    assert await audit(gateway) == []


async def test_a_reason_is_needed(gateway: Gateway) -> None:
    who = await strong(gateway)
    for reason in ("", "  ", "x" * 201, "a\u0000b", "\u202ereason"):
        said = await who.act("document_reveal", reason=reason)
        assert (said["documentNumber"], refusals(said)) == (None, [("REASON_REQUIRED", ["reason"])])
    assert await audit(gateway) == []


async def test_who_has_no_document_has_nothing_to_see(gateway: Gateway) -> None:
    who = await strong(gateway, INCOMPLETE)
    assert refusals(await who.act("document_reveal", reason="核对")) == [("NOT_FOUND", [])]
    assert await audit(gateway) == []


async def test_a_sign_in_that_ended_shows_nothing(gateway: Gateway) -> None:
    who = await strong(gateway)
    async with gateway.database.transaction() as connection:
        await connection.execute("UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    assert refusals(await who.act("document_reveal", reason="核对")) == [("SESSION_INVALID", [])]


async def test_no_cache_keeps_the_answer(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    await who.edit(documentType="PASSPORT", documentNumber="E12345678")
    who.token = await strong_token(gateway, who.id, real())
    response = await gateway.post(
        {"query": operations.by_file()["document_reveal"], "variables": {"input": {"reason": "核对"}}},
        who.token,
    )
    assert response.json()["data"]["documentReveal"]["documentNumber"] == "E12345678"
    assert "no-store" in response.headers["cache-control"]
