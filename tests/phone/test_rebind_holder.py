"""A rebind ticket as its holder sees it: submitting, looking, cancelling; nobody needs to be signed in."""

from __future__ import annotations

import json
import time
from statistics import median
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import Gateway
from mobile_gateway import seals
from phoning import (
    AGENT,
    NEW,
    OTHER,
    OWNER,
    act,
    again_at_once,
    agent,
    claim_of,
    code,
    codes_of,
    rows,
    run,
    second_agent,
    submit,
    ticket,
    uploaded,
)

PARENT = "+8619900000009"
NOBODY = "+8618800009999"


async def test_a_ticket_gets_a_number_and_a_secret_that_is_kept_as_a_hash(gateway: Gateway) -> None:
    found = await ticket(gateway)
    assert len(found.number) == 12
    assert found.number.startswith("HB")
    assert len(found.secret) == 43
    (row,) = await rows(gateway, "SELECT * FROM rebind_ticket")
    assert row["secret_hash"] == seals.hash_refresh(found.secret)
    assert row["state"] == "SUBMITTED"
    claim = claim_of()
    for value in (claim["name"], claim["documentNumber"], "19900000001", found.secret):
        assert value.encode() not in row["details_sealed"]
        assert value not in str({name: one for name, one in row.items() if name != "details_sealed"})


async def test_every_support_agent_is_told_once(gateway: Gateway) -> None:
    await second_agent(gateway)
    await ticket(gateway)
    told = await rows(
        gateway,
        "SELECT p.phone, i.subject FROM inbox_item i JOIN person p ON p.id = i.person_id"
        " WHERE i.kind = 'TICKET_TO_HANDLE' ORDER BY p.phone",
    )
    (row,) = await rows(gateway, "SELECT id FROM rebind_ticket")
    assert [(one["phone"], one["subject"]) for one in told] == [
        (AGENT, f"ticket:{row['id']}"),
        ("+8619900000016", f"ticket:{row['id']}"),
    ]


async def test_it_answers_alike_whether_or_not_there_is_such_an_account(gateway: Gateway) -> None:
    seconds: dict[str, list[float]] = {OWNER: [], NOBODY: []}
    shapes: dict[str, set[str]] = {OWNER: set(), NOBODY: set()}
    for number in range(8):
        for old_phone, measured in seconds.items():
            new_phone = f"+86188{number}111{old_phone[-4:]}"
            upload = await uploaded(gateway)
            digits = await code(gateway, "rebind_code_request", "REBIND_PHONE", newPhone=new_phone)
            began = time.perf_counter()
            payload = await submit(gateway, new_phone, oldPhone=old_phone, code=digits, uploadToken=upload)
            measured.append(time.perf_counter() - began)
            receipt = payload["receipt"]
            shape = {**payload, "receipt": {"advice": receipt["advice"], "secret": len(receipt["secret"])}}
            shapes[old_phone].add(json.dumps(shape, sort_keys=True))
    assert shapes[OWNER] == shapes[NOBODY]
    assert len(shapes[OWNER]) == 1
    known, unknown = (median(one) for one in seconds.values())
    assert known < 3 * unknown + 0.01
    assert unknown < 3 * known + 0.01


BAD: list[tuple[dict[str, str], str, str]] = [
    ({"name": "张\u202e三"}, "NAME_INVALID", "name"),
    ({"name": ""}, "NAME_INVALID", "name"),
    ({"documentNumber": "110105194912310021"}, "ID_NUMBER_INVALID", "documentNumber"),
    ({"documentNumber": "\u0000"}, "ID_NUMBER_INVALID", "documentNumber"),
    ({"oldPhone": "123"}, "PHONE_INVALID", "oldPhone"),
    ({"newPhone": "+1 202 555 0100"}, "PHONE_INVALID", "newPhone"),
    ({"newPhone": OWNER}, "PHONE_UNCHANGED", "newPhone"),
    ({"code": "12a456"}, "BAD_USER_INPUT", "code"),
    ({"uploadToken": "x"}, "UPLOAD_MISSING", "uploadToken"),
]


@pytest.mark.parametrize(("wrong", "expected", "path"), BAD)
async def test_what_cannot_be_is_named_by_its_path_and_costs_no_try(
    gateway: Gateway, wrong: dict[str, str], expected: str, path: str
) -> None:
    given = {**claim_of(), "newPhone": NEW, "code": "123456", "uploadToken": await uploaded(gateway)}
    payload = await act(gateway, "rebind_ticket_submit", None, **{**given, **wrong})
    assert codes_of(payload) == [(expected, [path])]
    assert payload["receipt"] is None
    (error,) = payload["userErrors"]
    assert "{" not in error["message"] + error["hint"]


async def test_a_photo_that_is_not_there_does_not_use_the_code_up(gateway: Gateway) -> None:
    empty = (await act(gateway, "upload_request", purpose="REBIND_PHOTO"))["upload"]["token"]
    digits = await code(gateway, "rebind_code_request", "REBIND_PHONE", newPhone=NEW)
    refused = await submit(gateway, code=digits, uploadToken=empty)
    assert codes_of(refused) == [("UPLOAD_MISSING", ["uploadToken"])]
    late = await uploaded(gateway)
    await run(gateway, "UPDATE upload SET expires_at = now()")
    refused = await submit(gateway, code=digits, uploadToken=late)
    assert codes_of(refused) == [("UPLOAD_MISSING", ["uploadToken"])]
    assert codes_of(await submit(gateway, code=digits)) == []


async def test_one_photo_belongs_to_one_ticket(gateway: Gateway) -> None:
    upload = await uploaded(gateway)
    await ticket(gateway, uploadToken=upload)
    second = await submit(gateway, OTHER, uploadToken=upload)
    assert codes_of(second) == [("UPLOAD_MISSING", ["uploadToken"])]


async def test_the_new_phone_must_be_proven(gateway: Gateway) -> None:
    digits = await code(gateway, "rebind_code_request", "REBIND_PHONE", newPhone=NEW)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    upload = await uploaded(gateway)
    said = [codes_of(await submit(gateway, code=wrong, uploadToken=upload)) for _ in range(5)]
    assert said == [[("CODE_WRONG", ["code"])]] * 4 + [[("CODE_LOCKED", ["code"])]]
    assert await rows(gateway, "SELECT FROM rebind_ticket") == []


async def test_a_taken_new_phone_is_told_only_to_who_proves_it(gateway: Gateway) -> None:
    digits = await code(gateway, "rebind_code_request", "REBIND_PHONE", newPhone=PARENT)
    wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
    assert codes_of(await submit(gateway, PARENT, code=wrong)) == [("CODE_WRONG", ["code"])]
    assert codes_of(await submit(gateway, PARENT, code=digits)) == [("PHONE_TAKEN", ["newPhone"])]


async def test_one_open_ticket_for_each_new_phone_and_many_for_an_old_one(gateway: Gateway) -> None:
    await ticket(gateway)
    await again_at_once(gateway)
    assert codes_of(await submit(gateway)) == [("TICKET_ALREADY_OPEN", ["newPhone"])]
    stranger = await ticket(gateway, OTHER)
    assert stranger.number
    assert len(await rows(gateway, "SELECT FROM rebind_ticket WHERE closed_at IS NULL")) == 2


async def test_it_works_signed_in_too(gateway: Gateway) -> None:
    digits = await code(gateway, "rebind_code_request", "REBIND_PHONE", newPhone=NEW)
    given = {**claim_of(), "newPhone": NEW, "code": digits, "uploadToken": await uploaded(gateway)}
    payload = await act(gateway, "rebind_ticket_submit", await gateway.token(PARENT), **given)
    assert codes_of(payload) == []


async def test_the_holder_sees_where_it_stands_by_number_and_secret(gateway: Gateway) -> None:
    found = await ticket(gateway)
    typed = f" hb-{found.number[2:].lower()} "
    payload = await act(gateway, "rebind_ticket_status", number=typed, secret=found.secret)
    status = payload["status"]
    assert (status["number"], status["state"], status["closedAt"]) == (found.number, "SUBMITTED", None)


async def test_a_wrong_number_and_a_wrong_secret_are_answered_alike(gateway: Gateway) -> None:
    found = await ticket(gateway)
    for document in ("rebind_ticket_status", "rebind_ticket_cancel"):
        answers = [
            await act(gateway, document, number=number, secret=secret)
            for number, secret in (
                (found.number, found.secret[:-1] + "A"),
                (found.number, ""),
                (found.number, "\ud800".encode("utf-8", "replace").decode() * 50),
                ("HB0000000000", found.secret),
                ("no number", found.secret),
                ("", ""),
            )
        ]
        assert [codes_of(answer) for answer in answers] == [[("NOT_FOUND", [])]] * 6
        assert all(answer == answers[0] for answer in answers)


async def test_cancelling_is_done_once_and_forgets_claim_and_photo(gateway: Gateway) -> None:
    found = await ticket(gateway)
    given = {"number": found.number, "secret": found.secret}
    for _ in range(2):
        payload = await act(gateway, "rebind_ticket_cancel", None, **given)
        assert payload == {"cancelled": True, "userErrors": []}
    assert (await act(gateway, "rebind_ticket_status", None, **given))["status"]["state"] == "CANCELLED"
    assert await rows(gateway, "SELECT FROM upload") == []
    (row,) = await rows(gateway, "SELECT details_sealed, photo_key FROM rebind_ticket")
    assert tuple(row) == (None, None)
    await again_at_once(gateway)
    assert codes_of(await submit(gateway)) == []


async def test_who_lost_the_secret_cancels_by_a_code_to_the_new_phone(gateway: Gateway) -> None:
    await ticket(gateway)
    await again_at_once(gateway)
    for _ in range(2):
        digits = await code(gateway, "rebind_code_request", "REBIND_PHONE", newPhone=NEW)
        wrong = f"{(int(digits) + 1) % 1_000_000:06d}"
        guessed = await act(gateway, "rebind_ticket_cancel_by_phone", newPhone=NEW, code=wrong)
        assert codes_of(guessed) == [("CODE_WRONG", ["code"])]
        payload = await act(gateway, "rebind_ticket_cancel_by_phone", newPhone=NEW, code=digits)
        assert payload == {"cancelled": True, "userErrors": []}
        await again_at_once(gateway)
    assert await rows(gateway, "SELECT FROM rebind_ticket WHERE closed_at IS NULL") == []
    for given, expected in (
        ({"newPhone": "1", "code": "123456"}, ("PHONE_INVALID", ["newPhone"])),
        ({"newPhone": NEW, "code": "1"}, ("BAD_USER_INPUT", ["code"])),
    ):
        payload = await act(gateway, "rebind_ticket_cancel_by_phone", None, **given)
        assert codes_of(payload) == [expected]


async def test_what_was_decided_cannot_be_cancelled(gateway: Gateway) -> None:
    found, token = await ticket(gateway), await agent(gateway)
    await act(gateway, "rebind_ticket_take", token, number=found.number)
    await act(gateway, "rebind_ticket_reject", token, number=found.number, reason="照片不清晰")
    given = {"number": found.number, "secret": found.secret}
    payload = await act(gateway, "rebind_ticket_cancel", None, **given)
    assert codes_of(payload) == [("TICKET_CLOSED", ["number"])]
    status = (await act(gateway, "rebind_ticket_status", None, **given))["status"]
    assert (status["state"], status["reason"]) == ("REJECTED", "照片不清晰")


@pytest.mark.parametrize("document", ["rebind_ticket_status", "rebind_ticket_cancel"])
async def test_a_network_tries_secrets_a_hundred_and_twenty_times_a_minute(
    gateway: Gateway, document: str
) -> None:
    found = await ticket(gateway)
    given: dict[str, Any] = {"number": found.number, "secret": "guess"}
    for _ in range(120):
        assert codes_of(await act(gateway, document, None, **given)) == [("NOT_FOUND", [])]
    for secret in ("guess", found.secret):
        payload = await act(gateway, document, None, **{**given, "secret": secret})
        assert codes_of(payload) == [("RATE_LIMITED", [])], "the right one, too"
    assert (await rows(gateway, "SELECT state FROM rebind_ticket"))[0]["state"] == "SUBMITTED"


async def test_no_log_line_holds_a_secret_a_name_or_a_number(
    gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    with capture_logs() as noted:
        found = await ticket(gateway)
        given: dict[str, Any] = {"number": found.number, "secret": found.secret}
        await act(gateway, "rebind_ticket_status", None, **given)
        await act(gateway, "rebind_ticket_cancel", None, **given)
    written = json.dumps(noted, default=str) + caplog.text
    claim = claim_of()
    for value in (found.secret, claim["name"], claim["documentNumber"], NEW[3:], OWNER[3:]):
        assert value not in written
