"""From a new teacher to a verified one and off the roster again, as teacher, school admin and county admin see it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from mobile_gateway.journeys import notices
from mobile_gateway.journeys.client import Client, Json, Tokens
from mobile_gateway.journeys.telling import NotHeld, expect, require
from mobile_gateway.journeys.walking import Walk, done, refused

SCHOOL_ADMIN = "+8619900000012"
COUNTY_ADMIN = "+8619900000013"
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.2
FIRST_REASON = "姓名与本校教职工名册不一致，请核对"
LEFT_REASON = "已调离本校"
SYLLABLES = "安柏晨棣恩枫谷禾景隽可岚铭宁沛清然书棠宛曦研远喆"


@dataclass
class People:
    """Who walks here."""

    teacher: Client
    admin: Client
    county: Client
    phone: str
    name: str
    school: Json


def story(walk: Walk) -> None:
    """Register, be rejected with a reason, submit again, be approved, be removed; every act is in the log."""
    with walk.step("a school admin and a county admin sign in"):
        admin, county = walk.person(SCHOOL_ADMIN), walk.person(COUNTY_ADMIN)
        school = _own_school(admin)
    with walk.step("a new teacher registers and adds the school"):
        people = _register(walk, admin, county, school)
        record = _record(people)
        expect("the new record", (record["state"], record["isPrimary"]), ("PENDING", True))
    with walk.step("the admin finds the record, masked, and the county admin sees it and does not decide it"):
        waiting = _waiting(people)
    with walk.step("the roster has only who is verified, and says that one waits"):
        expect("on the roster while waiting", _roster(people), [])
        expect("who waits by the roster", _page(people)["pendingCount"], 1)
    with walk.step("a rejection needs a reason; the teacher reads it"):
        _reject(people, waiting)
    with walk.step("the teacher submits again, and the admin approves; a second click changes nothing"):
        _approve(people, waiting)
    with walk.step("the roster shows the teacher"):
        on_roster = _roster(people)
        expect("on the roster", [(one["state"], one["mayRemove"]) for one in on_roster], [("APPROVED", True)])
        expect("who waits by the roster", _page(people)["pendingCount"], 0)
    with walk.step("others find neither queue, roster nor log, and decide nothing"):
        _out_of_scope(people, on_roster[0])
    with walk.step("an export needs a second sign-in"):
        topic = on_roster[0]["trainings"][0]["topic"]["id"]
        payload = admin.act("progress_export", topicId=topic, schoolId=people.school["id"])
        refused("an export without a second sign-in", payload, "SECOND_SIGN_IN_REQUIRED")
    with walk.step("a removal needs a reason and takes the teacher off the roster at once"):
        _remove(people, on_roster[0])
    with walk.step("the audit log tells it all, newest first, to school and county"):
        _log(people, waiting["id"])
    walk.found["record"] = waiting["id"]


def _own_school(admin: Client) -> Json:
    grants = admin.ask("viewer")["viewer"]["staffGrants"]
    schools: list[Json] = [one["school"] for one in grants if one["role"] == "SCHOOL_ADMIN"]
    expect("the admin's schools", len(schools), 1)
    return schools[0]


def _register(walk: Walk, admin: Client, county: Client, school: Json) -> People:
    teacher, phone = walk.client(), walk.new_phone()
    code = walk.code(
        teacher, phone, "REGISTER", lambda: teacher.act("registration_code_request", phone=phone)
    )
    given = {"phone": phone, "code": code, "identity": "TEACHER", "clientKind": "APP"}
    session = done("registering", teacher.act("register", **given))["session"]
    teacher.tokens = Tokens(session["accessToken"], session["refreshToken"])
    name = "温" + "".join(secrets.choice(SYLLABLES) for _ in range(3))
    document = {"documentType": "PASSPORT", "documentNumber": f"E{secrets.randbelow(10**8):08d}"}
    profile = {"version": 1, "name": name, "gender": "FEMALE", **document}
    done("the profile", teacher.act("profile_update", **profile))
    added = teacher.act(
        "teaching_record_add",
        schoolId=school["id"],
        teachingStage="PRIMARY",
        subject="语文",
        grade="三年级",
        isPrimary=True,
    )
    done("adding the school", added)
    return People(teacher, admin, county, phone, name, school)


def _record(people: People) -> Json:
    records: list[Json] = people.teacher.ask("viewer")["viewer"]["teachingRecords"]
    expect("teaching records", len(records), 1)
    return records[0]


def _waiting(people: People) -> Json:
    found = _queue(people.admin, people.name)
    expect("waiting under this name", [one["state"] for one in found], ["PENDING"])
    (mine,) = found
    require("the admin may decide it", mine["mayDecide"], mine)
    phone = people.phone.removeprefix("+86")
    expect("the phone in the queue", mine["teacher"]["phone"], f"{phone[:3]}****{phone[-4:]}")
    (theirs,) = _queue(people.county, people.name)
    expect("what the county admin sees", (theirs["id"], theirs["mayDecide"]), (mine["id"], False))
    counted = people.admin.ask("workbench")["workbench"]["workQueue"]["teachersToReview"]
    listed = people.admin.ask("verification_queue", mayDecide=True)["verificationQueue"]
    expect("the workbench's number", counted, listed["totalCount"])
    return mine


def _queue(client: Client, name: str) -> list[Json]:
    page = client.ask("verification_queue", name=name, first=50)["verificationQueue"]
    return [edge["node"] for edge in page["edges"]]


def _reject(people: People, waiting: Json) -> None:
    admin = people.admin
    one = {"recordId": waiting["id"], "version": waiting["version"], "outcome": "REJECTED"}
    refused(
        "rejecting without a reason", admin.act("verification_decide", decisions=[one]), "REASON_REQUIRED"
    )
    refused(
        "the county admin's decision",
        people.county.act("verification_decide", decisions=[{**one, "reason": FIRST_REASON}]),
        "NOT_FOUND",
    )
    done("rejecting", admin.act("verification_decide", decisions=[{**one, "reason": FIRST_REASON}]))
    late = {**one, "outcome": "APPROVED"}
    refused("a late decision", admin.act("verification_decide", decisions=[late]), "ALREADY_DECIDED")
    record = _record(people)
    expect("what the teacher sees", (record["state"], record["reason"]), ("REJECTED", FIRST_REASON))
    _told(people, {"VERIFICATION_DECIDED": 1})


def _approve(people: People, waiting: Json) -> None:
    done("submitting again", people.teacher.act("teaching_record_resubmit", recordId=waiting["id"]))
    (found,) = _queue(people.admin, people.name)
    one = {"recordId": found["id"], "version": found["version"], "outcome": "APPROVED"}
    for what in ("approving", "approving again"):
        payload = done(what, people.admin.act("verification_decide", decisions=[one]))
        (result,) = payload["results"]
        expect(what, (result["decided"], result["record"]["state"]), (True, "APPROVED"))
    expect("still waiting", _queue(people.admin, people.name), [])
    expect("what the teacher sees", _record(people)["state"], "APPROVED")
    _told(people, {"VERIFICATION_DECIDED": 2})


def _page(people: People) -> Json:
    page: Json = people.admin.ask("roster", schoolId=people.school["id"], name=people.name)["roster"]
    return page


def _roster(people: People) -> list[Json]:
    page = _page(people)
    found = [edge["node"] for edge in page["edges"]]
    expect("the roster's count", page["totalCount"], len(found))
    return found


def _out_of_scope(people: People, record: Json) -> None:
    teacher = people.teacher
    asked: list[tuple[str, dict[str, Any]]] = [
        ("verification_queue", {}),
        ("roster", {"schoolId": people.school["id"]}),
        ("audit_log", {}),
    ]
    for document, given in asked:
        try:
            seen = teacher.ask(document, **given)
        except NotHeld as why:
            require(f"{document} of a teacher", "NOT_FOUND" in str(why.seen), why.seen)
        else:
            raise NotHeld(f"{document} of a teacher", "NOT_FOUND", seen)
    one = {"recordId": record["id"], "version": record["version"], "outcome": "APPROVED"}
    refused("a teacher's decision", teacher.act("verification_decide", decisions=[one]), "NOT_FOUND")
    given = {"recordId": record["id"], "reason": LEFT_REASON}
    refused("a teacher's removal", teacher.act("teacher_remove", **given), "NOT_FOUND")
    refused("the county admin's removal", people.county.act("teacher_remove", **given), "NOT_FOUND")


def _remove(people: People, record: Json) -> None:
    given = {"recordId": record["id"], "reason": ""}
    refused("removing without a reason", people.admin.act("teacher_remove", **given), "REASON_REQUIRED")
    given["reason"] = LEFT_REASON
    removed = done("removing", people.admin.act("teacher_remove", **given))
    expect("removing", removed["record"]["state"], "REMOVED")
    again = done("removing again", people.admin.act("teacher_remove", **given))
    expect("what removing again shows", again["record"], None)
    expect("the roster", _roster(people), [])
    records = people.teacher.ask("viewer")["viewer"]["teachingRecords"]
    expect("the teacher's own records", records, [])
    _told(people, {"VERIFICATION_DECIDED": 2, "REMOVED_FROM_SCHOOL": 1})


def _log(people: People, record: str) -> None:
    expected = ["TEACHER_REMOVED", "VERIFICATION_APPROVED", "VERIFICATION_REJECTED"]
    for client in (people.admin, people.county):
        page = client.ask("audit_log", first=50)["auditLog"]
        entries = [edge["node"] for edge in page["edges"]]
        mine = [one for one in entries if one["subject"]["id"] == record]
        expect("the log of the record", [one["act"] for one in mine], expected)
        expect("the reasons", [one["reason"] for one in mine], [LEFT_REASON, None, FIRST_REASON])
        expect("the role acted in", {one["role"] for one in mine}, {"SCHOOL_ADMIN"})


def _told(people: People, expected: dict[str, int]) -> None:
    """Wait until the teacher's inbox has so many notifications of each kind, and not more."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        kinds = [item["kind"] for item in notices.inbox(people.teacher)]
        seen = {kind: kinds.count(kind) for kind in expected}
        if seen == expected or time.monotonic() > until:
            break
        time.sleep(POLL_SECONDS)
    expect("the teacher's inbox", seen, expected)
