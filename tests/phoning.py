"""People who change phones, send photos and handle tickets, over the gateway's own doors."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.demo import crowd
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.schema import operations
from pictures import picture

OWNER = "+8619900000001"
AGENT = "+8619900000014"
SECOND_AGENT = "+8619900000016"
NEW = "+8618811110001"
OTHER = "+8618811110002"


def codes_of(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


async def rows(gateway: Gateway, statement: str, *given: Any) -> list[Any]:
    async with gateway.database.connection() as connection:
        found: list[Any] = await connection.fetch(statement, *given)
    return found


async def run(gateway: Gateway, statement: str, *given: Any) -> None:
    async with gateway.database.connection() as connection:
        await connection.execute(statement, *given)


async def act(gateway: Gateway, document: str, token: str | None = None, **given: Any) -> dict[str, Any]:
    """The payload of a trusted document's one mutation."""
    variables = {"input": given} if given else {}
    answer = await gateway.execute(operations.by_file()[document], variables, token)
    assert "errors" not in answer, answer
    (payload,) = answer["data"].values()
    found: dict[str, Any] = payload
    return found


async def code_for(gateway: Gateway, phone: str, kind: str) -> str:
    """The newest code of a kind that waits to be sent to a phone."""
    (row,) = await rows(
        gateway,
        "SELECT source, params_sealed FROM sms_outbox WHERE phone = $1 AND kind = $2 ORDER BY id DESC LIMIT 1",
        phone,
        kind,
    )
    plain = seals.unseal_text(
        gateway.resources.keyring, row["params_sealed"], column="sms_outbox.params", owner=row["source"]
    )
    code: str = json.loads(plain)["code"]
    return code


async def again_at_once(gateway: Gateway) -> None:
    """Let a minute pass for the waits between codes."""
    await run(gateway, "UPDATE sms_code SET created_at = created_at - interval '61 s'")


async def code(gateway: Gateway, document: str, kind: str, token: str | None = None, **given: Any) -> str:
    """Ask for a code by a document and read it."""
    payload = await act(gateway, document, token, **given)
    assert payload["userErrors"] == [], payload
    if "newPhone" in given:
        phone = given["newPhone"]
    else:
        (row,) = await rows(gateway, "SELECT phone FROM sms_code ORDER BY id DESC LIMIT 1")
        phone = row["phone"]
    return await code_for(gateway, phone, kind)


async def prove_old(gateway: Gateway, token: str) -> dict[str, Any]:
    digits = await code(gateway, "phone_change_old_code_request", "CHANGE_OLD_PHONE", token)
    return await act(gateway, "phone_change_prove_old", token, code=digits)


async def change(gateway: Gateway, token: str, new_phone: str = NEW) -> dict[str, Any]:
    """Change the phone, from the first code to the last."""
    assert codes_of(await prove_old(gateway, token)) == []
    await again_at_once(gateway)
    digits = await code(
        gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", token, newPhone=new_phone
    )
    return await act(gateway, "phone_change_finish", token, newPhone=new_phone, code=digits)


async def address(gateway: Gateway) -> dict[str, Any]:
    payload = await act(gateway, "upload_request", purpose="REBIND_PHOTO")
    assert codes_of(payload) == []
    found: dict[str, Any] = payload["upload"]
    return found


async def uploaded(gateway: Gateway, data: bytes | None = None) -> str:
    """The token of a photo that was sent."""
    where = await address(gateway)
    sent = await gateway.client.post(
        where["path"], content=data or picture(), headers={"content-type": "image/jpeg"}
    )
    assert sent.status_code == 201, sent.text
    token: str = where["token"]
    return token


def claim_of(phone: str = OWNER) -> dict[str, str]:
    """What the demo's holder of a phone would claim."""
    found = next(one for one in crowd.people() if one.phone and f"+86{one.phone}" == phone)
    return {
        "name": str(found.name),
        "documentType": "MAINLAND_ID",
        "documentNumber": str(found.id_number),
        "oldPhone": phone,
    }


@dataclass
class Ticket:
    """A submitted ticket and who sent it."""

    number: str
    secret: str
    new_phone: str
    claim: dict[str, str] = field(default_factory=dict)


async def submit(gateway: Gateway, new_phone: str = NEW, **claim: str) -> dict[str, Any]:
    """The payload of submitting, with a code and a photo got for it."""
    upload = claim.pop("uploadToken", None) or await uploaded(gateway)
    digits = claim.pop("code", None) or await code(
        gateway, "rebind_code_request", "REBIND_PHONE", newPhone=new_phone
    )
    given = {**claim_of(), "newPhone": new_phone, "code": digits, "uploadToken": upload, **claim}
    return await act(gateway, "rebind_ticket_submit", None, **given)


async def ticket(gateway: Gateway, new_phone: str = NEW, **claim: str) -> Ticket:
    payload = await submit(gateway, new_phone, **claim)
    assert codes_of(payload) == [], payload
    return Ticket(payload["receipt"]["number"], payload["receipt"]["secret"], new_phone, claim)


async def agent(gateway: Gateway, phone: str = AGENT, strong_at: datetime | None = None) -> str:
    """A token of a support agent; with a second sign-in at a moment, if one is given."""
    (row,) = await rows(gateway, "SELECT id, identity, wipe_epoch FROM person WHERE phone = $1", phone)
    session = uuid4()
    await run(
        gateway,
        "INSERT INTO sign_in (id, person_id, client_kind, wipe_epoch, strong_at) VALUES ($1, $2, 'WEB', $3, $4)",
        session,
        row["id"],
        row["wipe_epoch"],
        strong_at,
    )
    return seals.issue_access(
        gateway.resources.keyring,
        session_id=session,
        person_id=row["id"],
        identity=Identity(row["identity"]),
        wipe_epoch=row["wipe_epoch"],
        client_kind=ClientKind.WEB,
        now=real(),
        strong_at=strong_at,
    )


async def second_agent(gateway: Gateway) -> str:
    """Somebody of the demo made a support agent too."""
    await run(
        gateway,
        "INSERT INTO staff_grant (person_id, role) SELECT id, 'SUPPORT_AGENT' FROM person WHERE phone = $1",
        SECOND_AGENT,
    )
    return await agent(gateway, SECOND_AGENT, real())


async def called_back(gateway: Gateway, token: str, number: str) -> None:
    """Bring a ticket to where it can be finished."""
    assert codes_of(await act(gateway, "rebind_ticket_take", token, number=number)) == []
    given = {"number": number, "note": "与申请人通话核对"}
    assert codes_of(await act(gateway, "rebind_ticket_call_back", token, **given)) == []


async def taken(gateway: Gateway, strong: bool = True) -> tuple[Ticket, str]:
    """A ticket, and the token of the agent who took it."""
    token = await agent(gateway, strong_at=real() if strong else None)
    found = await ticket(gateway)
    await act(gateway, "rebind_ticket_take", token, number=found.number)
    return found, token


async def audited(gateway: Gateway) -> list[tuple[str, str | None]]:
    """Each act in the audit log with its reason, in order."""
    found = await rows(gateway, "SELECT act, reason FROM audit_entry ORDER BY id")
    return [(row["act"], row["reason"]) for row in found]


async def until_waiting(gateway: Gateway) -> None:
    """Return when some transaction waits for another one."""
    waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while not await rows(gateway, waiting):  # noqa: ASYNC110 - the event is another process's
            await asyncio.sleep(0.01)
