"""A teacher's inbox on two devices: told live, marked read, pushed as wished; devices that rotate and change hands."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from mobile_gateway.journeys import graduating, notices
from mobile_gateway.journeys.client import Client, Json
from mobile_gateway.journeys.graduating import Graduate
from mobile_gateway.journeys.listening import Ear, Events, Socket
from mobile_gateway.journeys.notices import Device
from mobile_gateway.journeys.telling import expect, require
from mobile_gateway.journeys.walking import Walk, done, refused

DECIDED = "VERIFICATION_DECIDED"
REMOVED = "REMOVED_FROM_SCHOOL"


@dataclass
class Ears:
    """Two devices that listen: one over a socket, one by events."""

    socket: Ear
    events: Ear

    def both(self, what: str, held: Callable[[Json], bool]) -> None:
        """Wait until both have heard something."""
        for name, ear in (("the socket", self.socket), ("the event stream", self.events)):
            ear.until(f"{what}, by {name}", lambda data: held(data["inboxChanged"]))

    def close(self) -> None:
        """Listen no more."""
        self.socket.close()
        self.events.close()


def story(walk: Walk) -> None:
    """Two devices, one milestone, every way of reading it; then what is not pushed, and where a token goes."""
    with walk.step("a new teacher waits at a school; the account has two devices"):
        who = graduating.begin(walk)
        phone, tablet = _device(walk, who, "phone"), _device(walk, who, "tablet")
        expect("devices of the viewer", len(_devices(who.web)), 2)
    with walk.step("both listen, and are told at once how the inbox is"):
        ears = _listen(walk, who)
        ears.both("nothing is unread", lambda viewer: viewer["inboxUnread"] == 0)
    with walk.step("the admin approves: both are told live, and both devices are pushed"):
        record = _record(who)
        who.approve()
        ears.both("the decision", lambda viewer: _newest(viewer) == DECIDED and viewer["inboxUnread"] == 1)
        for device in (phone, tablet):
            expect("pushes", device.await_pushes(who.web)[0], Counter({DECIDED: 1}))
    with walk.step("one device reads it, the other is told"):
        notices.mark_one_read(who.web)
        ears.both("nothing is unread", lambda viewer: viewer["inboxUnread"] == 0)
    with walk.step("what is not wanted as a push comes into the inbox alone"):
        _unwanted(who, ears, record)
        for device in (phone, tablet):
            device.await_number(1)
    with walk.step("all are marked read, up to what was seen; twice is once"):
        _mark_all(who, ears)
    with walk.step("the phone's token is replaced: the same device, pushed under the new one"):
        renewed = _rotate(who, phone)
        _decided_again(who, ears)
        expect("pushes at the new token", renewed.await_pushes(who.web)[0], Counter({DECIDED: 1}))
        expect("pushes at the old token", len(phone.pushes()), 1)
    with walk.step(
        "the tablet is given away: the new holder's account has it, and nothing of the old one reaches it"
    ):
        walk.found["pushes"] = _given_away(walk, who, tablet, renewed, ears)
    with walk.step("kinds of staff have no preference of a teacher's"):
        payload = who.web.act("notification_preference_set", kind="TICKET_TO_HANDLE", push=False)
        refused("a wish about a kind of staff", payload, "NOT_FOUND")
        ears.close()


def _token(name: str) -> str:
    return f"journey-inbox-{name}-{secrets.token_hex(8)}"


def _device(walk: Walk, who: Graduate, name: str) -> Device:
    return Device.register(who.web, _token(name), walk.pushes)


def _devices(client: Client) -> list[Json]:
    found: list[Json] = client.ask("devices")["viewer"]["devices"]
    return found


def _listen(walk: Walk, who: Graduate) -> Ears:
    tokens = who.web.tokens
    require("the app is signed in", tokens is not None, tokens is not None)
    access = tokens.access if tokens else ""
    return Ears(Socket(walk.url, access, "inbox_changed"), Events(walk.url, access, "inbox_changed"))


def _newest(viewer: Json) -> str:
    edges = viewer["inbox"]["edges"]
    return str(edges[0]["node"]["kind"]) if edges else ""


def _record(who: Graduate) -> str:
    (record,) = who.web.ask("viewer")["viewer"]["teachingRecords"]
    return str(record["id"])


def _unwanted(who: Graduate, ears: Ears, record: str) -> None:
    wish = who.web.act("notification_preference_set", kind=REMOVED, push=False)
    expect("the wish", done("a wish", wish)["preference"]["kind"], REMOVED)
    wishes = who.web.ask("notification_preferences")["viewer"]["notificationPreferences"]
    expect("what is not pushed", [one["kind"] for one in wishes if not one["push"]], [REMOVED])
    done("removing", who.admin.act("teacher_remove", recordId=record, reason="已调离本校"))
    ears.both("the removal", lambda viewer: _newest(viewer) == REMOVED and viewer["inboxUnread"] == 1)


def _mark_all(who: Graduate, ears: Ears) -> None:
    seen = notices.inbox(who.web)
    expect("the inbox", [item["kind"] for item in seen], [REMOVED, DECIDED])
    for _ in range(2):
        payload = done("marking all", who.web.act("inbox_mark_all_read", upTo=seen[0]["id"]))
        expect("unread after all were marked", payload["unread"], 0)
    page = who.web.ask("inbox", unreadOnly=True)["viewer"]["inbox"]
    expect("the unread page", page["edges"], [])
    page = who.web.ask("inbox", kinds=[DECIDED])["viewer"]["inbox"]
    expect("the page of one kind", [edge["node"]["kind"] for edge in page["edges"]], [DECIDED])
    ears.both("nothing is unread", lambda viewer: viewer["inboxUnread"] == 0)


def _rotate(who: Graduate, phone: Device) -> Device:
    before = {one["id"] for one in _devices(who.web)}
    token = _token("renewed")
    given = {"oldToken": phone.token, "newToken": token}
    for _ in range(2):
        rotated = done("rotating", who.web.act("device_rotate", **given))["device"]["id"]
        require("it is the same device", rotated in before, rotated)
    expect("devices of the viewer", {one["id"] for one in _devices(who.web)}, before)
    unknown = who.web.act("device_rotate", oldToken=_token("unknown"), newToken=_token("other"))
    refused("rotating an unknown token", unknown, "NOT_FOUND")
    return Device(token, {item["id"] for item in notices.inbox(who.web)}, phone.carrier)


def _decided_again(who: Graduate, ears: Ears) -> None:
    who.add_school()
    who.approve()
    ears.both("the next decision", lambda viewer: _newest(viewer) == DECIDED and viewer["inboxUnread"] == 1)


def _given_away(walk: Walk, who: Graduate, tablet: Device, phone: Device, ears: Ears) -> int:
    """Another account registers the tablet's token; then both accounts are told something."""
    kept = len(tablet.pushes())
    other = graduating.begin(walk, who.admin)
    given = {"token": tablet.token, "platform": "ANDROID", "locale": "zh-CN"}
    done("registering the tablet", other.web.act("device_register", **given))
    expect("devices of the new holder", len(_devices(other.web)), 1)
    expect("devices of the former holder", len(_devices(who.web)), 1)
    done("removing", who.admin.act("teacher_remove", recordId=_record(who), reason="已调离本校"))
    ears.both("the removal", lambda viewer: _newest(viewer) == REMOVED)
    who.add_school()
    who.approve()
    phone.await_number(2)
    tablet.await_number(kept)
    other.approve()
    tablet.await_number(kept + 1)
    return kept + 1
