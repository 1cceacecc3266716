"""Whatever is sent as a text of the profile or a record: an answer, never a fault, and nothing unclean is kept."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.clock import real
from mobile_gateway.rules import texts
from mobile_gateway.schema import operations
from player import value
from teachers import QINGHE, YUQUAN, Teacher, newcomer, school_id, strong_token

HOSTILE = {
    "empty": "",
    "spaces": "  \u3000\u00a0 ",
    "nul": "a\x00b",
    "control": "a\x07\x1b[31mb",
    "line": "a\nb\r\nc\td",
    "lone surrogate": "a\ud800b",
    "reversed surrogates": "\udc00\ud800",
    "bidi override": "abc\u202ecba",
    "bidi isolate": "\u2066abc\u2069",
    "zero width": "a\u200bb",
    "byte order mark": "\ufeffabc",
    "tags": "abc\U000e0041",
    "noncharacter": "a\uffff",
    "private use": "\ue000\U000f0000",
    "50,000 letters": "a" * 50_000,
    "100,000 letters": "a" * 100_000,
    "combining flood": "a" + "\u0301" * 500,
    "few combining": "é" + "\u0301" * 30,
    "emoji": "👩‍🏫 🏳️‍🌈",
    "sql": "'; DROP TABLE person; --",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{why} {0} {data.__class__} %s %(x)s ${jndi:ldap://x}",
    "path": "../../etc/passwd",
    "not NFC": "e\u0301",
    "Hangul jamo": "\u1112\u1161\u11ab" * 20,
    "ligature that grows": "\ufdfa" * 50,
    "arabic digits": "١٢٣٤٥٦٧٨",
    "number": "0",
    "json": '{"a": [1]}',
    "many languages": "张三 Ünïcödé Ω кириллица العربية हिन्दी",
}


async def sent(who: Teacher, document: str, given: dict[str, Any]) -> dict[str, Any]:
    """The answer to a mutation, lone surrogates sent as JSON escapes; fails on a fault of ours."""
    body = json.dumps({"query": operations.by_file()[document], "variables": {"input": given}})
    response = await who.gateway.client.post(
        "/graphql",
        content=body.encode("ascii"),
        headers={"content-type": "application/json", "authorization": f"Bearer {who.token}"},
    )
    lone = any(0xD800 <= ord(character) <= 0xDFFF for character in "".join(map(str, given.values())))
    expected = 400 if lone else 413 if len(body) > 65_536 else 200
    assert response.status_code == expected, response.text
    found: dict[str, Any] = response.json() if response.status_code == 200 else {}
    for error in found.get("errors", []):
        assert error.get("extensions", {}).get("code") not in {"FAULT", "SERVICE_UNAVAILABLE"}, error
    return found


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_text_in_any_field_is_answered_and_never_kept_unclean(
    gateway: Gateway, name: str
) -> None:
    text = HOSTILE[name]
    who = await newcomer(gateway)
    who.token = await strong_token(gateway, who.id, real())
    record = await who.added(YUQUAN)

    async def version(document: str) -> int:
        table = "person" if document.startswith("profile") else "teaching_record"
        key = "id" if table == "person" else "person_id"
        return int(await value(gateway, f"SELECT version FROM {table} WHERE {key} = $1", who.id))

    tries: list[tuple[str, dict[str, Any]]] = [
        ("profile_update", {"name": text}),
        ("profile_update", {"email": text}),
        ("profile_update", {"email": f"{text}@example.com"}),
        ("profile_update", {"phone": text}),
        *(
            ("profile_update", {"documentType": kind, "documentNumber": text})
            for kind in ("MAINLAND_ID", "RESIDENCE_PERMIT", "HK_MACAO_PERMIT", "TAIWAN_PERMIT", "PASSPORT")
        ),
        ("teaching_record_update", {"recordId": record["id"], "subject": text}),
        ("teaching_record_update", {"recordId": record["id"], "grade": text}),
        ("teaching_record_update", {"recordId": record["id"], "schoolId": text}),
    ]
    for document, given in tries:
        await sent(who, document, {"version": await version(document), **given})
    school = await school_id(gateway, QINGHE)
    for document, given in (
        ("teaching_record_add", {"schoolId": text}),
        ("teaching_record_add", {"schoolId": school, "subject": text, "grade": text}),
        ("teaching_record_update", {"recordId": text, "version": 1}),
        ("teaching_record_resubmit", {"recordId": text}),
        ("teaching_record_make_primary", {"recordId": text}),
        ("teaching_record_leave", {"recordId": text, "confirmed": True}),
        ("document_reveal", {"reason": text}),
    ):
        await sent(who, document, given)
    kept = await value(gateway, "SELECT to_jsonb(p) FROM person p WHERE id = $1", who.id)
    details = await value(
        gateway,
        "SELECT jsonb_agg(subject) || jsonb_agg(grade) FROM teaching_record WHERE person_id = $1",
        who.id,
    )
    for one in details:
        assert one is None or 1 <= len(one) <= 40
    reasons = await value(gateway, "SELECT coalesce(jsonb_agg(reason), '[]') FROM audit_entry")
    for one in (kept["name"], kept["email"], *details, *reasons):
        if one is not None:
            assert texts.clean(one, longest=254) == one
            assert unicodedata.is_normalized("NFC", one)


async def test_a_refused_text_is_named_by_its_field_in_both_languages(gateway: Gateway) -> None:
    who = await newcomer(gateway)
    for language, long, bad in (
        ("zh-CN", "最多 40 个字符", "不可见或不能使用的字符"),
        ("en", "at most 40 characters", "invisible or not allowed"),
    ):
        who.language = language
        for field in ("subject", "grade"):
            for text, said in (("语" * 41, long), ("a\u202eb", bad)):
                payload = await who.act("teaching_record_add", schoolId="", **{field: text})
                (error,) = payload["userErrors"]
                assert (error["code"], error["path"]) == ("BAD_USER_INPUT", [field])
                assert said in error["message"]
    assert (await who.added(YUQUAN, subject="语" * 40))["subject"] == "语" * 40
