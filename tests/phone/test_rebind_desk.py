"""A rebind ticket on the agents' desk: each act, each refusal, what is seen and what is noted (PRODUCT.md §12)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.clock import real
from phoning import (
    NEW,
    OTHER,
    OWNER,
    act,
    agent,
    audited,
    called_back,
    claim_of,
    codes_of,
    rows,
    run,
    second_agent,
    taken,
    ticket,
)

PLATFORM_ADMIN = "+8619900000015"
STUDENT = "+8619900000010"


async def test_a_finished_ticket_moves_the_account_and_ends_every_sign_in(gateway: Gateway) -> None:
    holder, account = await gateway.token(), await gateway.person(OWNER)
    found, token = await ticket(gateway), await agent(gateway)
    await called_back(gateway, token, found.number)
    payload = await act(gateway, "rebind_ticket_finish", token, number=found.number)
    assert codes_of(payload) == []
    assert payload["ticket"]["state"] == "DONE"
    assert await gateway.person(NEW) == account
    answer = await gateway.execute("{ viewer { id } }", token=holder)
    assert answer["errors"][0]["extensions"]["code"] == "SESSION_INVALID"
    told = await rows(
        gateway,
        "SELECT kind, data FROM inbox_item WHERE person_id = $1 AND kind IN ('REBIND_DECIDED', 'PHONE_CHANGED')"
        " ORDER BY id",
        account,
    )
    assert [(row["kind"], row["data"]) for row in told] == [
        ("REBIND_DECIDED", {"outcome": "DONE"}),
        ("PHONE_CHANGED", {}),
    ]
    texts = await rows(gateway, "SELECT phone FROM sms_outbox WHERE kind = 'PHONE_CHANGED' ORDER BY phone")
    assert [row["phone"] for row in texts] == [NEW, OWNER]
    status = await act(gateway, "rebind_ticket_status", number=found.number, secret=found.secret)
    assert status["status"]["state"] == "DONE"


async def test_nothing_of_a_closed_ticket_is_left_in_the_database(gateway: Gateway) -> None:
    await second_agent(gateway)
    token = await agent(gateway)
    for new_phone, last in ((NEW, "finish"), (OTHER, "reject")):
        found = await ticket(gateway, new_phone)
        await called_back(gateway, token, found.number)
        given = {"number": found.number} | ({"reason": "不符合要求"} if last == "reject" else {})
        assert codes_of(await act(gateway, f"rebind_ticket_{last}", token, **given)) == []
        query = "query ($n: String!) { rebindTicket(number: $n) { ticket { closedAt } claim { name } } }"
        detail = (await gateway.data_of(query, {"n": found.number}, token))["rebindTicket"]
        assert detail["ticket"]["closedAt"]
        assert detail["claim"] is None
    assert await rows(gateway, "SELECT FROM upload") == []
    left = await rows(gateway, "SELECT FROM rebind_ticket WHERE num_nonnulls(details_sealed, photo_key) > 0")
    assert left == []


async def test_a_students_account_moves_too_if_its_document_is_known(gateway: Gateway) -> None:
    await run(
        gateway,
        "UPDATE person SET identity = 'STUDENT' WHERE phone = $1",
        OWNER,
    )
    found, token = await ticket(gateway), await agent(gateway)
    await called_back(gateway, token, found.number)
    assert codes_of(await act(gateway, "rebind_ticket_finish", token, number=found.number)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "林知秋"},
        {"documentNumber": "11010519491231002X"},
        {"documentType": "PASSPORT", "documentNumber": "E12345678"},
        {"oldPhone": "+8618800009999"},
        {"oldPhone": "+8619900000006"},
    ],
)
async def test_a_mismatch_does_not_tell_what_differs(gateway: Gateway, wrong: dict[str, str]) -> None:
    found, token = await ticket(gateway, **wrong), await agent(gateway)
    await called_back(gateway, token, found.number)
    payload = await act(gateway, "rebind_ticket_finish", token, number=found.number)
    assert codes_of(payload) == [("REBIND_MISMATCH", ["number"])]
    assert payload["userErrors"][0]["message"] == "申请信息与账号信息不一致。"
    (row,) = await rows(gateway, "SELECT state FROM rebind_ticket")
    assert row["state"] == "CALLED_BACK"
    assert await gateway.person(OWNER)


async def test_a_new_phone_that_got_an_account_meanwhile_is_told_to_the_agent(gateway: Gateway) -> None:
    found, token = await ticket(gateway), await agent(gateway)
    await called_back(gateway, token, found.number)
    await run(gateway, "INSERT INTO person (identity, phone) VALUES ('TEACHER', $1)", NEW)
    payload = await act(gateway, "rebind_ticket_finish", token, number=found.number)
    assert codes_of(payload) == [("PHONE_TAKEN", ["number"])]
    assert (await rows(gateway, "SELECT state FROM rebind_ticket"))[0]["state"] == "CALLED_BACK"
    assert await gateway.person(OWNER)


async def test_a_rejection_needs_a_reason_and_tells_who_has_the_account(gateway: Gateway) -> None:
    found, token = await ticket(gateway), await agent(gateway)
    await act(gateway, "rebind_ticket_take", token, number=found.number)
    for reason in ("", " ", "x" * 201, "a\u0000b"):
        payload = await act(gateway, "rebind_ticket_reject", token, number=found.number, reason=reason)
        assert codes_of(payload) == [("REASON_REQUIRED", ["reason"])]
    for _ in range(2):
        payload = await act(gateway, "rebind_ticket_reject", token, number=found.number, reason="照片不清晰")
        assert codes_of(payload) == []
    told = await rows(
        gateway,
        "SELECT i.data, i.subject FROM inbox_item i JOIN person p ON p.id = i.person_id"
        " WHERE p.phone = $1 AND i.kind = 'REBIND_DECIDED'",
        OWNER,
    )
    assert [row["data"] for row in told] == [{"outcome": "REJECTED"}]
    assert await audited(gateway) == [("TICKET_TAKEN", None), ("TICKET_REJECTED", "照片不清晰")]


async def test_a_rejection_is_told_to_the_new_phone_by_one_text_with_nothing_personal(
    gateway: Gateway,
) -> None:
    found, token = await ticket(gateway), await agent(gateway)
    await act(gateway, "rebind_ticket_take", token, number=found.number)
    for _ in range(2):
        payload = await act(gateway, "rebind_ticket_reject", token, number=found.number, reason="照片不清晰")
        assert codes_of(payload) == []
    await gateway.sweep()
    sent = [json.loads(line) for line in (gateway.data / "texts.jsonl").read_text().splitlines()]
    (told,) = [text for text in sent if text["kind"] == "REBIND_REJECTED"]
    assert (told["phone"], told["params"], told["locale"]) == (NEW, {"number": found.number}, "zh-CN")
    (row,) = await rows(
        gateway, "SELECT outcome, params_sealed FROM sms_outbox WHERE kind = 'REBIND_REJECTED'"
    )
    assert (row["outcome"], row["params_sealed"]) == ("SENT", None)


@pytest.mark.parametrize("document", ["rebind_ticket_finish", "rebind_ticket_cancel"])
async def test_no_other_end_of_a_ticket_tells_of_a_rejection(gateway: Gateway, document: str) -> None:
    found, token = await ticket(gateway), await agent(gateway)
    await called_back(gateway, token, found.number)
    given = {"number": found.number}
    if document == "rebind_ticket_cancel":
        given["secret"] = found.secret
    assert codes_of(await act(gateway, document, token, **given)) == []
    assert await rows(gateway, "SELECT FROM sms_outbox WHERE kind = 'REBIND_REJECTED'") == []


async def test_steps_come_in_their_order_and_twice_is_once(gateway: Gateway) -> None:
    found, token = await ticket(gateway), await agent(gateway)
    given: dict[str, Any] = {"number": found.number}
    await act(gateway, "rebind_ticket_take", token, **given)
    early = await act(gateway, "rebind_ticket_finish", token, **given)
    assert codes_of(early) == [("TICKET_STEP_IMPOSSIBLE", ["number"])]
    empty = await act(gateway, "rebind_ticket_call_back", token, **given, note="")
    assert codes_of(empty) == [("REASON_REQUIRED", ["note"])]
    for document, more in (
        ("rebind_ticket_take", {}),
        ("rebind_ticket_call_back", {"note": "已通话"}),
        ("rebind_ticket_call_back", {"note": "又一次"}),
        ("rebind_ticket_finish", {}),
        ("rebind_ticket_finish", {}),
    ):
        assert codes_of(await act(gateway, document, token, **given, **more)) == []
    late = await act(gateway, "rebind_ticket_reject", token, **given, reason="太晚")
    assert codes_of(late) == [("TICKET_CLOSED", ["number"])]
    again = await act(gateway, "rebind_ticket_call_back", token, **given, note="太晚")
    assert codes_of(again) == [("TICKET_CLOSED", ["number"])]
    assert [one for one, _ in await audited(gateway)] == ["TICKET_TAKEN", "TICKET_CALLED_BACK", "TICKET_DONE"]
    (entry, *_) = await rows(gateway, "SELECT * FROM audit_entry")
    assert (entry["role"], entry["subject_kind"]) == ("SUPPORT_AGENT", "RebindTicket")


async def test_a_cancelled_ticket_cannot_be_taken_or_gone_on_with(gateway: Gateway) -> None:
    token = await agent(gateway, strong_at=real())
    free, mine = await ticket(gateway), await ticket(gateway, OTHER)
    await act(gateway, "rebind_ticket_take", token, number=mine.number)
    for one in (free, mine):
        await act(gateway, "rebind_ticket_cancel", number=one.number, secret=one.secret)
    taken = await act(gateway, "rebind_ticket_take", token, number=free.number)
    assert codes_of(taken) == [("ALREADY_DECIDED", ["number"])]
    for document, more in ACTS[1:]:
        payload = await act(gateway, document, token, number=mine.number, **more)
        assert codes_of(payload) == [("TICKET_CLOSED", ["number"])]


ACTS: list[tuple[str, dict[str, str]]] = [
    ("rebind_ticket_take", {}),
    ("rebind_ticket_call_back", {"note": "已通话"}),
    ("rebind_ticket_finish", {}),
    ("rebind_ticket_reject", {"reason": "不符"}),
    ("rebind_ticket_reveal", {"reason": "核对"}),
    ("rebind_photo_view", {"reason": "核对"}),
]


@pytest.mark.parametrize(("document", "more"), ACTS)
async def test_to_others_there_is_no_ticket(gateway: Gateway, document: str, more: dict[str, str]) -> None:
    found, mine = await ticket(gateway), await agent(gateway)
    other = await second_agent(gateway)
    await act(gateway, "rebind_ticket_take", mine, number=found.number)
    expected = [("ALREADY_DECIDED" if document == "rebind_ticket_take" else "NOT_FOUND", ["number"])]
    assert codes_of(await act(gateway, document, other, number=found.number, **more)) == expected
    for phone in (OWNER, PLATFORM_ADMIN, STUDENT):
        stranger = await agent(gateway, phone, real())
        payload = await act(gateway, document, stranger, number=found.number, **more)
        assert codes_of(payload) == [("NOT_FOUND", ["number"])]
    for number in ("HB0000000000", "'; --", "\u0000"):
        payload = await act(gateway, document, other, number=number, **more)
        assert codes_of(payload) == [("NOT_FOUND", ["number"])]
    anonymous = await act(gateway, document, None, number=found.number, **more)
    assert codes_of(anonymous) == [("UNAUTHENTICATED", [])]
    await run(gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    dead = await act(gateway, document, mine, number=found.number, **more)
    assert codes_of(dead) == [("SESSION_INVALID", [])]


async def test_the_ticket_of_an_agent_who_is_none_any_more_is_free_again(gateway: Gateway) -> None:
    found, mine = await ticket(gateway), await agent(gateway)
    await called_back(gateway, mine, found.number)
    other = await second_agent(gateway)
    await run(
        gateway,
        "UPDATE staff_grant SET revoked_at = now() WHERE role = 'SUPPORT_AGENT'"
        " AND person_id = (SELECT id FROM person WHERE phone = '+8619900000014')",
    )
    queue = await gateway.data_of(
        "{ rebindTickets(queue: FREE) { edges { node { number } } } workbench { workQueue { ticketsToHandle } } }",
        None,
        other,
    )
    assert [edge["node"]["number"] for edge in queue["rebindTickets"]["edges"]] == [found.number]
    assert queue["workbench"]["workQueue"]["ticketsToHandle"] == 1
    assert codes_of(await act(gateway, "rebind_ticket_take", other, number=found.number)) == []
    early = await act(gateway, "rebind_ticket_finish", other, number=found.number)
    assert codes_of(early) == [("TICKET_STEP_IMPOSSIBLE", ["number"])], "the new agent calls back anew"
    await called_back(gateway, other, found.number)
    assert codes_of(await act(gateway, "rebind_ticket_finish", other, number=found.number)) == []


async def test_an_agent_whose_role_was_taken_away_sees_nothing_more(gateway: Gateway) -> None:
    found, token = await ticket(gateway), await agent(gateway, strong_at=real())
    await act(gateway, "rebind_ticket_take", token, number=found.number)
    await run(gateway, "UPDATE staff_grant SET revoked_at = now() WHERE role = 'SUPPORT_AGENT'")
    for document, more in ACTS:
        payload = await act(gateway, document, token, number=found.number, **more)
        assert codes_of(payload) == [("NOT_FOUND", ["number"])]


async def test_the_detail_is_masked_and_full_values_cost_a_second_sign_in_and_a_reason(
    gateway: Gateway,
) -> None:
    found, token = await taken(gateway)
    claim = claim_of()
    detail = await gateway.data_of(
        "query ($n: String!) { rebindTicket(number: $n) { ticket { newPhone isMine } claim"
        " { name documentType documentNumber oldPhone } } }",
        {"n": found.number},
        token,
    )
    shown = detail["rebindTicket"]
    assert shown["ticket"] == {"newPhone": "188****0001", "isMine": True}
    assert shown["claim"]["oldPhone"] == "199****0001"
    assert claim["name"] not in str(detail)
    assert shown["claim"]["documentNumber"] == "*" * 14 + claim["documentNumber"][-4:]
    empty = await act(gateway, "rebind_ticket_reveal", token, number=found.number, reason=" ")
    assert codes_of(empty) == [("REASON_REQUIRED", ["reason"])]
    payload = await act(gateway, "rebind_ticket_reveal", token, number=found.number, reason="回访核对")
    assert payload["claim"] == {**claim, "newPhone": NEW}
    assert (await audited(gateway))[-1] == ("DOCUMENT_REVEALED", "回访核对")


async def test_a_second_sign_in_holds_five_minutes(gateway: Gateway) -> None:
    found, weak = await taken(gateway, strong=False)
    stale = await agent(gateway, strong_at=real() - timedelta(minutes=5))
    for token in (weak, stale):
        for document, more in ACTS[4:]:
            payload = await act(gateway, document, token, number=found.number, **more)
            assert codes_of(payload) == [("SECOND_SIGN_IN_REQUIRED", [])]
    assert [one for one, _ in await audited(gateway)] == ["TICKET_TAKEN"]
    fresh = await agent(gateway, strong_at=real() - timedelta(minutes=4, seconds=30))
    assert codes_of(await act(gateway, "rebind_photo_view", fresh, number=found.number, reason="核对")) == []
