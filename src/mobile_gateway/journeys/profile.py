"""A new teacher fills in the profile and the teaching information, as the manual's questions 1, 6 and 7 have it."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from mobile_gateway.journeys.client import Client, Json, Tokens
from mobile_gateway.journeys.pages import topic_page, training_topic
from mobile_gateway.journeys.telling import JourneyEnds, expect, require
from mobile_gateway.journeys.walking import Walk, done, refused
from mobile_gateway.rules import documents_of_identity
from mobile_gateway.rules.documents_of_identity import PROVINCES

FIRST_SCHOOL, SECOND_SCHOOL = "中关村第一小学", "玉荃"
_BORN = date(1965, 1, 1)
_DAYS = 12_000


def story(walk: Walk) -> None:
    """Register, fill in, add two schools, change the primary one, leave, come back, enrol."""
    with walk.step("a new teacher registers"):
        client = newcomer(walk)
    topic, _ = training_topic(client)
    if not topic:
        raise JourneyEnds("no page leads to the training now; set the clock into its time")
    number = invented_number()
    with walk.step("the empty profile says what is missing"):
        _hold_missing(client, topic, ["NAME", "IDENTITY_DOCUMENT", "PRIMARY_TEACHING_RECORD"])
    with walk.step("what cannot be right is refused and says why"):
        _refusals(client, number)
    with walk.step("the profile is filled in"):
        _fill_in(client, number)
        _hold_missing(client, topic, ["PRIMARY_TEACHING_RECORD"])
    with walk.step("another teacher cannot take the same document"):
        _same_document(newcomer(walk), number)
    with walk.step("a school is found and added"):
        first = _add(client, FIRST_SCHOOL)
        expect("the first record is the primary one", (first["isPrimary"], first["state"]), (True, "PENDING"))
        _hold_missing(client, topic, [], "ENROL")
    with walk.step("what is taught is edited, by its version"):
        _edit(client, first)
    with walk.step("a second school becomes the primary one"):
        second = _add(client, SECOND_SCHOOL)
        payload = done("primary", client.act("teaching_record_make_primary", recordId=second["id"]))
        expect("the primary record", _primary(payload), second["id"])
    with walk.step("a school is left once that is confirmed"):
        _leave(client, second, follower=first["id"])
        _leave(client, first, follower=None)
        _hold_missing(client, topic, ["PRIMARY_TEACHING_RECORD"])
    with walk.step("the teacher returns and enrols"):
        again = _add(client, FIRST_SCHOOL)
        require("the record is a new one", again["id"] != first["id"], again["id"])
        done("enrolling", client.act("topic_enrol", topicId=topic))
        _hold_missing(client, topic, [], "LEARN")
    walk.found["school"] = again["school"]["name"]


def newcomer(walk: Walk) -> Client:
    """One more app, of a teacher who has just registered."""
    client, phone = walk.client(), walk.new_phone()
    code = walk.code(client, phone, "REGISTER", lambda: client.act("registration_code_request", phone=phone))
    given = {"phone": phone, "code": code, "identity": "TEACHER", "clientKind": "APP"}
    session = done("registering", client.act("register", **given))["session"]
    client.tokens = Tokens(session["accessToken"], session["refreshToken"])
    return client


def invented_number() -> str:
    """A well-formed number that nobody has; it begins with a province, which no issued one does."""
    area = f"{secrets.choice(sorted(PROVINCES))}0000"
    birthday = _BORN + timedelta(days=secrets.randbelow(_DAYS))
    return documents_of_identity.make_mainland(area, birthday, secrets.randbelow(1000))


def _me(client: Client) -> Json:
    found: Json = client.ask("profile")["viewer"]
    return found


def _hold_missing(client: Client, topic: str, missing: list[str], step: str = "COMPLETE_PROFILE") -> None:
    expect("what enrolling still needs", _me(client)["missingForEnrolment"], missing)
    expect("the topic's next step", topic_page(client, topic)["nextStep"], step)


def _refusals(client: Client, number: str) -> None:
    version = _me(client)["version"]
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    mainland = {"documentType": "MAINLAND_ID"}
    for given, code in (
        ({"phone": "19900000001"}, "PHONE_NOT_EDITABLE"),
        ({"name": "教师1"}, "NAME_INVALID"),
        ({"email": "nobody"}, "EMAIL_INVALID"),
        ({**mainland, "documentNumber": wrong}, "ID_NUMBER_INVALID"),
        ({"documentNumber": number}, "ID_NUMBER_INVALID"),
    ):
        refused(code, client.act("profile_update", version=version, **given), code)
    stale = client.act("profile_update", version=version + 1, name="示例")
    refused("a version that is not there", stale, "CONFLICT")
    expect("the profile after all these", _me(client)["version"], version)


def _fill_in(client: Client, number: str) -> None:
    given = {
        "name": "古丽娜尔 • 示例",
        "gender": "FEMALE",
        "email": "Teacher@Example.COM",
        "documentType": "MAINLAND_ID",
        "documentNumber": f" {number.lower()} ",
    }
    version = _me(client)["version"]
    me = done("the profile", client.act("profile_update", version=version, **given))["viewer"]
    expect("the name as it will be printed", me["name"], "古丽娜尔·示例")
    expect("the address", me["email"], "Teacher@example.com")
    expect("the number, masked", me["documentNumber"], documents_of_identity.mask(number))
    expect("the version", me["version"], version + 1)
    refused("the version before", client.act("profile_update", version=version, gender=None), "CONFLICT")


def _same_document(other: Client, number: str) -> None:
    given = {"documentType": "MAINLAND_ID", "documentNumber": number}
    payload = other.act("profile_update", version=_me(other)["version"], **given)
    refused("a document of somebody else", payload, "ID_NUMBER_IN_USE")


def _add(client: Client, search: str) -> Json:
    edges = client.ask("schools", search=search, first=5)["schools"]["edges"]
    require(f"the directory finds {search}", bool(edges), edges)
    school = edges[0]["node"]
    given = {"schoolId": school["id"], "teachingStage": "PRIMARY", "subject": " 语文 ", "grade": "三年级"}
    record: Json = done("adding a school", client.act("teaching_record_add", **given))["record"]
    expect("the school", record["school"]["name"], school["name"])
    expect("the subject", record["subject"], "语文")
    refused("the school again", client.act("teaching_record_add", **given), "TEACHING_RECORD_EXISTS")
    refused("no school", client.act("teaching_record_add", schoolId="nowhere"), "SCHOOL_NOT_FOUND")
    return record


def _edit(client: Client, record: Json) -> None:
    given = {"recordId": record["id"], "version": record["version"]}
    edited = done("editing", client.act("teaching_record_update", **given, subject="数学"))["record"]
    expect("subject and state", (edited["subject"], edited["state"]), ("数学", record["state"]))
    refused("a stale version", client.act("teaching_record_update", **given, subject="英语"), "CONFLICT")
    expect("the record, read again", client.ask("teaching_record", id=record["id"])["node"], edited)


def _primary(payload: Json) -> str | None:
    return next((one["id"] for one in payload["viewer"]["teachingRecords"] if one["isPrimary"]), None)


def _leave(client: Client, record: Json, *, follower: str | None) -> None:
    given = {"recordId": record["id"]}
    unsure = client.act("teaching_record_leave", **given, confirmed=False)
    refused("leaving unconfirmed", unsure, "LEAVE_NOT_CONFIRMED")
    payload = done("leaving", client.act("teaching_record_leave", **given, confirmed=True))
    require("the manual's warning", "请尽快添加正确的任教信息" in payload["warning"], payload["warning"])
    expect("who was not verified yet", payload["record"]["state"], "WITHDRAWN")
    expect("the primary record after it", _primary(payload), follower)
    expect("leaving twice", client.act("teaching_record_leave", **given, confirmed=True), payload)
