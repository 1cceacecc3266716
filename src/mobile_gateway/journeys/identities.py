"""Walk `identities`: teachers, parents and students register, sign in and switch; a student loses everything once."""

from __future__ import annotations

import secrets

from mobile_gateway.demo import crowd
from mobile_gateway.journeys import signing_in
from mobile_gateway.journeys.client import Client, Json
from mobile_gateway.journeys.telling import JourneyEnds, expect, require
from mobile_gateway.journeys.walking import Walk, done, refused
from mobile_gateway.rules import phones
from mobile_gateway.rules.words import Identity

REGISTER, BIND, SIGN_IN = "REGISTER", "BIND_PHONE", "SIGN_IN"
SCHOOLS_TRIED = 3


def story(walk: Walk) -> None:
    """Everybody is new, so that the walk can be repeated; only the school is one of the demo's."""
    with walk.step("a teacher of the demo names a school"):
        school = _school(walk)
    with walk.step("a number without account is told so, and registers as a teacher at once"):
        _teacher(walk)
    with walk.step("a parent becomes a teacher, and a parent again"):
        _parent(walk)
    with walk.step("a student registers by phone, and becomes no parent"):
        _student_by_phone(walk)
    password = f"Walk-{secrets.token_hex(8)}"
    login = {"schoolId": school, "studentNumber": _number(), "password": password, "clientKind": "APP"}
    with walk.step("a student registers by number, and signs in by it"):
        client = _student_by_number(walk, login)
    with walk.step("without a phone there is no switch; a phone is bound"):
        _bind(walk, client)
    with walk.step("what will be lost is shown, and nothing is without a confirmation"):
        token = _losses(client)
    with walk.step("the student becomes a teacher; the old token and the number are over"):
        _wipe(walk, client, token, login)


def _school(walk: Walk) -> str:
    teachers = [one.phone for one in crowd.people() if one.identity is Identity.TEACHER and one.records]
    for _ in range(SCHOOLS_TRIED):
        phone = phones.parse(str(secrets.choice(teachers)))
        client = walk.person(str(phone))
        for record in client.ask("viewer")["viewer"]["teachingRecords"]:
            school: str = record["school"]["id"]
            return school
    raise JourneyEnds("no teacher of the demo has a school any more: start from fresh demo data")


def _registered(walk: Walk, identity: str) -> tuple[Client, str]:
    """A new account of a new phone, after one wrong code."""
    client, phone = walk.client(), walk.new_phone()
    code = walk.code(client, phone, REGISTER, lambda: client.act("registration_code_request", phone=phone))
    given = {"phone": phone, "identity": identity, "clientKind": "APP"}
    refused("a wrong code", client.act("register", code=_wrong(code), **given), "CODE_WRONG")
    session = done("registering", client.act("register", code=code, **given))["session"]
    signing_in.go_on(client, session)
    expect("the identity", client.ask("viewer")["viewer"]["identity"], identity)
    return client, phone


def _teacher(walk: Walk) -> None:
    client, phone = walk.client(), walk.new_phone()
    code = walk.code(client, phone, SIGN_IN, lambda: client.act("sign_in_code_request", phone=phone))
    nobody = client.act("sign_in", phone=phone, code=code, clientKind="APP")
    refused("signing in without an account", nobody, "ACCOUNT_NOT_FOUND")
    teacher, _ = _registered(walk, "TEACHER")
    switch = teacher.ask("identity_switch")["viewer"]["identitySwitch"]
    expect("a teacher's way", switch, {"to": ["PARENT"], "phoneRequired": False, "wipe": None})


def _parent(walk: Walk) -> None:
    client, _ = _registered(walk, "PARENT")
    for document, identity in (
        ("identity_switch_to_teacher", "TEACHER"),
        ("identity_switch_to_teacher", "TEACHER"),
        ("identity_switch_to_parent", "PARENT"),
    ):
        session = done(f"to {identity}", client.act(document))["session"]
        signing_in.go_on(client, session)
        expect("the identity", client.ask("viewer")["viewer"]["identity"], identity)


def _student_by_phone(walk: Walk) -> None:
    client, _ = _registered(walk, "STUDENT")
    to_parent = client.act("identity_switch_to_parent")
    refused("to parent", to_parent, "IDENTITY_SWITCH_IMPOSSIBLE")
    stolen = _confirmation(client)
    other, _ = _registered(walk, "STUDENT")
    foreign = other.act("identity_switch_to_teacher", confirmationToken=stolen)
    refused("another student's confirmation", foreign, "WIPE_CONFIRMATION_REQUIRED")


def _student_by_number(walk: Walk, login: dict[str, str]) -> Client:
    client = walk.client()
    unfit = client.act("student_register", **{**login, "password": f"x{login['studentNumber']}x"})
    refused("a password with the number in it", unfit, "PASSWORD_UNFIT")
    done("registering", client.act("student_register", **login))
    taken = client.act("student_register", **login)
    refused("the number again", taken, "STUDENT_NUMBER_TAKEN")
    wrong = client.act("student_sign_in", **{**login, "password": "not-the-password"})
    refused("a wrong password", wrong, "SIGN_IN_WRONG")
    nobody = client.act("student_sign_in", **{**login, "studentNumber": _number()})
    expect("an unknown number is answered alike", nobody, wrong)
    session = done("signing in", client.act("student_sign_in", **login))["session"]
    signing_in.go_on(client, session)
    strong = done("a second sign-in", client.act("strong_sign_in_by_password", password=login["password"]))[
        "session"
    ]
    require("it says until when it holds", bool(strong["strongUntil"]), strong["strongUntil"])
    signing_in.go_on(client, strong)
    return client


def _bind(walk: Walk, client: Client) -> None:
    refused("the switch", client.act("identity_switch_to_teacher"), "PHONE_REQUIRED")
    phone = walk.new_phone()
    code = walk.code(client, phone, BIND, lambda: client.act("phone_bind_code_request", phone=phone))
    refused("a wrong code", client.act("phone_bind", phone=phone, code=_wrong(code)), "CODE_WRONG")
    bound = done("binding", client.act("phone_bind", phone=phone, code=code))
    expect("the phone, masked", bound["phone"][-4:], phone[-4:])


def _losses(client: Client) -> str:
    wipe = client.ask("identity_switch")["viewer"]["identitySwitch"]["wipe"]
    # The registration's own sign-in still stands: it is the other one.
    expect(
        "what is lost",
        {loss["kind"]: loss["count"] for loss in wipe["losses"]},
        {"STUDENT_NUMBER": 1, "PASSWORD": 1, "OTHER_SIGN_INS": 1},
    )
    for given in ({}, {"confirmationToken": "no-token"}):
        payload = client.act("identity_switch_to_teacher", **given)
        refused("without a confirmation", payload, "WIPE_CONFIRMATION_REQUIRED")
    token: str = wipe["confirmationToken"]
    return token


def _wipe(walk: Walk, client: Client, token: str, login: dict[str, str]) -> None:
    old = walk.client()
    old.tokens = client.tokens
    switched = done("switching", client.act("identity_switch_to_teacher", confirmationToken=token))
    signing_in.go_on(client, switched["session"])
    viewer: Json = client.ask("viewer")["viewer"]
    expect("the identity", (viewer["identity"], viewer["name"]), ("TEACHER", None))
    again = old.act("identity_switch_to_teacher", confirmationToken=token)
    refused("the old token", again, "SESSION_INVALID")
    refused("the number", old.act("student_sign_in", **login), "SIGN_IN_WRONG")
    repeated = client.act("identity_switch_to_teacher", confirmationToken=token)
    done("switching to what one is", repeated)


def _confirmation(client: Client) -> str:
    found: str = client.ask("identity_switch")["viewer"]["identitySwitch"]["wipe"]["confirmationToken"]
    return found


def _number() -> str:
    return f"W{secrets.randbelow(10**9):09d}"


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"
