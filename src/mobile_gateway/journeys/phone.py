"""A person changes the phone twice: with the old one at hand, and by a ticket without it (manual, question 3).

Takes about four minutes: codes to one phone are a minute apart.
"""

from __future__ import annotations

import secrets
import struct
import time
import zlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from mobile_gateway.journeys.client import Client, Json, Tokens
from mobile_gateway.journeys.telling import expect, require
from mobile_gateway.journeys.walking import Walk, done, refused
from mobile_gateway.rules import documents_of_identity, phones

AGENT = "+8619900000014"
OTHERS_PHONE = "+8619900000002"
NAME = "唐予安"
TOPIC = "summer-2024"
SCHOOL = "中关村第一小学"
TEXT_SECONDS = 30.0
OK, CREATED, NOT_THERE, USED, UNSUPPORTED = 200, 201, 404, 409, 415


@dataclass
class Holder:
    """Who changes phones, and what must stay the same."""

    app: Client
    phones: list[str]
    document: str
    account: str = ""
    trainings: list[Any] = field(default_factory=list)


def story(walk: Walk) -> None:
    """Register, change the phone with the old one, change it again by a ticket."""
    with walk.step("the support agent signs in"):
        agent = walk.person(AGENT)
    holder = _register(walk)
    _with_the_old_phone(walk, holder)
    number, secret = _by_ticket(walk, holder)
    _at_the_desk(walk, agent, holder, number, secret)
    walk.found["phones"] = [phones.mask(one) for one in holder.phones]


def _register(walk: Walk) -> Holder:
    app, numbers = walk.client(), [walk.new_phone() for _ in range(3)]
    born = date(1960, 1, 1) + timedelta(days=secrets.randbelow(14_000))
    holder = Holder(app, numbers, documents_of_identity.make_mainland("11", born, secrets.randbelow(1000)))
    with walk.step("a new teacher registers and fills in the profile"):
        code = walk.code(
            app, numbers[0], "REGISTER", lambda: app.act("registration_code_request", phone=numbers[0])
        )
        made = done(
            "registering",
            app.act("register", phone=numbers[0], code=code, identity="TEACHER", clientKind="APP"),
        )
        app.tokens = _tokens(made)
        given = {"name": NAME, "documentType": "MAINLAND_ID", "documentNumber": holder.document}
        done("the profile", app.act("profile_update", version=1, **given))
        holder.account = app.ask("viewer")["viewer"]["id"]
    with walk.step("the teacher enrols, unless the training is over"):
        _enrol(app)
        holder.trainings = _trainings(app)
    return holder


def _enrol(app: Client) -> None:
    school = app.ask("schools", search=SCHOOL, first=1)["schools"]["edges"][0]["node"]
    record = {"schoolId": school["id"], "teachingStage": "PRIMARY", "subject": "语文", "grade": "三年级"}
    done("the school", app.act("teaching_record_add", **record, isPrimary=True))
    entrance = app.ask("public_entrance", slug=TOPIC, segment="BASIC")["publicEntrance"]
    payload = app.act("topic_enrol", topicId=entrance["topic"]["id"])
    codes = [error["code"] for error in payload["userErrors"]]
    require("enrolling", codes in ([], ["TOPIC_ENDED"]), codes)


def _trainings(app: Client) -> list[Any]:
    found: list[Any] = app.ask("my_training", first=50)["viewer"]["trainings"]["edges"]
    return found


def _with_the_old_phone(walk: Walk, holder: Holder) -> None:
    app, (old, new, _) = holder.app, holder.phones
    with walk.step("without a proof of the old phone no new one is reached"):
        payload = app.act("phone_change_new_code_request", newPhone=new)
        refused("the new phone unproven", payload, "OLD_PHONE_NOT_PROVEN")
        payload = app.act("phone_change_prove_old", code="000000")
        require("a code that was not sent", payload["provenUntil"] is None, payload)
    with walk.step("the old phone is proven"):
        code = walk.code(app, old, "CHANGE_OLD_PHONE", lambda: app.act("phone_change_old_code_request"))
        done("proving the old phone", app.act("phone_change_prove_old", code=code))
        refused("the same", app.act("phone_change_new_code_request", newPhone=old), "PHONE_UNCHANGED")
    with walk.step("the new phone is proven, and the account has it"):
        code = walk.code(
            app, new, "CHANGE_NEW_PHONE", lambda: app.act("phone_change_new_code_request", newPhone=new)
        )
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        refused("a wrong code", app.act("phone_change_finish", newPhone=new, code=wrong), "CODE_WRONG")
        for _ in range(2):  # the second one as after a lost answer
            payload = done("changing", app.act("phone_change_finish", newPhone=new, code=code))
            expect("the new phone", payload["phone"], phones.mask(new))
    _moved(walk, holder, old, new)


def _moved(walk: Walk, holder: Holder, old: str, new: str) -> None:
    """Both numbers were told; the new one signs in to the same account, the old one to none."""
    app = holder.app
    with walk.step("both numbers are told by a text"):
        for phone in (old, new):
            _await_text(walk, phone)
    with walk.step("the old number signs in no more"):
        stranger = walk.client()
        code = walk.code(stranger, old, "SIGN_IN", lambda: stranger.act("sign_in_code_request", phone=old))
        payload = stranger.act("sign_in", phone=old, code=code, clientKind="APP")
        refused("the old number", payload, "ACCOUNT_NOT_FOUND")
    with walk.step("the new number signs in to the same account"):
        code = walk.code(app, new, "SIGN_IN", lambda: app.act("sign_in_code_request", phone=new))
        app.tokens = _tokens(
            done("the new number", app.act("sign_in", phone=new, code=code, clientKind="APP"))
        )
        viewer = app.ask("viewer")["viewer"]
        expect("account and phone", (viewer["id"], viewer["phone"]), (holder.account, phones.mask(new)))
        expect("what was learned", _trainings(app), holder.trainings)


def _by_ticket(walk: Walk, holder: Holder) -> tuple[str, str]:
    app, (_, old, new) = walk.client(), holder.phones
    with walk.step("a photo is uploaded, once, and only a photo"):
        address = done("the address", app.act("upload_request", purpose="REBIND_PHOTO"))["upload"]
        require(
            "the manual's watermark", "仅限于中小学智慧教育平台账号换绑使用" in address["advice"], address
        )
        expect("a page", app.send(address["path"], b"<svg/>", "image/jpeg"), UNSUPPORTED)
        expect("a photo", app.send(address["path"], _photo(), "image/png"), CREATED)
        expect("again", app.send(address["path"], _photo(), "image/png"), USED)
        expect("elsewhere", app.send("/uploads/x", _photo(), "image/png"), NOT_THERE)
    with walk.step("a ticket is submitted by somebody who is not signed in"):
        given = {
            "name": NAME,
            "documentType": "MAINLAND_ID",
            "documentNumber": holder.document,
            "oldPhone": old,
            "newPhone": new,
            "uploadToken": address["token"],
        }
        code = walk.code(app, new, "REBIND_PHONE", lambda: app.act("rebind_code_request", newPhone=new))
        wrong = app.act("rebind_ticket_submit", **given, code=f"{(int(code) + 1) % 1_000_000:06d}")
        refused("a wrong code", wrong, "CODE_WRONG")
        bad = app.act("rebind_ticket_submit", **{**given, "documentNumber": "1"}, code=code)
        refused("a wrong document", bad, "ID_NUMBER_INVALID")
        receipt = done("submitting", app.act("rebind_ticket_submit", **given, code=code))["receipt"]
    with walk.step("its holder sees where it stands, and nobody else does"):
        key = {"number": receipt["number"], "secret": receipt["secret"]}
        expect("the state", app.act("rebind_ticket_status", **key)["status"]["state"], "SUBMITTED")
        guess = app.act("rebind_ticket_status", **{**key, "secret": "guess"})
        refused("a guess", guess, "NOT_FOUND")
    return receipt["number"], receipt["secret"]


def _at_the_desk(walk: Walk, agent: Client, holder: Holder, number: str, secret: str) -> None:
    _, old, new = holder.phones
    with walk.step("the agent takes it from the queue"):
        require("the ticket in the queue", number in _queue(agent), number)
        early = agent.act("rebind_ticket_finish", number=number)
        refused("finishing what is not one's own", early, "NOT_FOUND")
        done("taking", agent.act("rebind_ticket_take", number=number))
        early = agent.act("rebind_ticket_finish", number=number)
        refused("finishing before the call", early, "TICKET_STEP_IMPOSSIBLE")
    with walk.step("full details need a second sign-in"):
        masked = agent.ask("rebind_ticket", number=number)["rebindTicket"]["claim"]
        require("a masked document", masked["documentNumber"].startswith("****"), masked)
        weak = agent.act("rebind_ticket_reveal", number=number, reason="回访前核对")
        refused("revealing", weak, "SECOND_SIGN_IN_REQUIRED")
        code = walk.code(agent, AGENT, "STRONG_SIGN_IN", lambda: agent.act("strong_sign_in_code_request"))
        agent.tokens = _tokens(done("the second sign-in", agent.act("strong_sign_in", code=code)))
        shown = done("revealing", agent.act("rebind_ticket_reveal", number=number, reason="回访前核对"))[
            "claim"
        ]
        expect("the document in full", shown["documentNumber"], holder.document)
        link = done("the photo", agent.act("rebind_photo_view", number=number, reason="核对证件照片"))["link"]
        photo = agent.fetch(link["path"])
        expect("the photo", (photo.status_code, photo.headers["content-type"]), (OK, "image/jpeg"))
    with walk.step("the agent calls back and finishes"):
        done("calling back", agent.act("rebind_ticket_call_back", number=number, note="已与本人通话核对"))
        finished = done("finishing", agent.act("rebind_ticket_finish", number=number))
        expect("the ticket", finished["ticket"]["state"], "DONE")
        expect("the photo is gone", agent.fetch(link["path"]).status_code, NOT_THERE)
        require("the queue without it", number not in _queue(agent), number)
        status = walk.client().act("rebind_ticket_status", number=number, secret=secret)["status"]
        expect("as its holder sees it", status["state"], "DONE")
    _moved(walk, holder, old, new)
    with walk.step("the inbox tells of it"):
        edges = holder.app.ask("inbox", first=20)["viewer"]["inbox"]["edges"]
        kinds = {edge["node"]["kind"] for edge in edges}
        require("the decision and the change", {"REBIND_DECIDED", "PHONE_CHANGED"} <= kinds, kinds)


def _queue(agent: Client) -> set[str]:
    numbers: set[str] = set()
    after = None
    while True:
        page = agent.ask("rebind_tickets", first=50, after=after)["rebindTickets"]
        numbers |= {edge["node"]["number"] for edge in page["edges"]}
        if not page["pageInfo"]["hasNextPage"]:
            return numbers
        after = page["pageInfo"]["endCursor"]


def _await_text(walk: Walk, phone: str) -> None:
    client, until = walk.client(), time.monotonic() + TEXT_SECONDS
    found: list[Any] = []
    while not found and time.monotonic() < until:
        time.sleep(0.1)
        texts = client.page("/local/texts", phone=phone)["texts"]
        found = [text["params"] for text in texts if text["kind"] == "PHONE_CHANGED"]
    require("a text that tells of the change", bool(found), found)
    require("no number in full", phones.national(phone) not in str(found), found)


def _tokens(payload: Json) -> Tokens:
    session = payload["session"]
    return Tokens(session["accessToken"], session["refreshToken"])


def _photo() -> bytes:
    """A small grey PNG."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    side = 64
    pixels = zlib.compress((b"\0" + b"\x80" * side) * side)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
