"""A certificate with a mistake: leave the school, correct it, be verified again; the old one is void."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from mobile_gateway.journeys import certificate
from mobile_gateway.journeys.certificate import check, document, ready
from mobile_gateway.journeys.client import Json
from mobile_gateway.journeys.graduating import SYLLABLES, Graduate, until
from mobile_gateway.journeys.telling import expect, require
from mobile_gateway.journeys.walking import Walk, done

UPDATING = "证书有效，信息更新中"
SOONEST, LATEST = timedelta(days=5), timedelta(days=16)
"""Five working days: with the holidays of the calendar not more than sixteen days."""


def story(walk: Walk) -> None:
    """Claimed, left, edited, being updated, verified again, made anew; the first one is void."""
    who = certificate.graduated(walk)
    with walk.step("claimed"):
        first = certificate.claim(who)
        check(who, first["serial"], "VALID", "证书有效")
    with walk.step("an edit while verified changes the profile alone"):
        _rename(who)
        expect("the certificate", who.page()["certificate"]["state"], "ISSUED")
    with walk.step("left and edited: being updated, with a promised day"):
        _leave(who)
        _rename(who)
        _pending(who, first)
    with walk.step("verified again, it is made anew"):
        who.add_school()
        who.approve()
        second = _second(who, first)
    with walk.step("the old one is void on the check page, the new one valid"):
        check(who, first["serial"], "VOID", "证书已作废")
        check(who, second["serial"], "VALID", "证书有效")
    with walk.step("the new document has the new name, the history both versions"):
        document(who, second)
        edges = who.web.ask("certificates")["viewer"]["certificates"]["edges"]
        seen = [(edge["node"]["version"], edge["node"]["state"]) for edge in edges]
        expect("the history", seen, [(2, "ISSUED"), (1, "VOID")])
    walk.found |= {"first": first["serial"], "second": second["serial"]}


def _rename(who: Graduate) -> None:
    profile = who.web.ask("viewer")["viewer"]
    version = who.web.ask("profile")["viewer"]["version"]
    name = "".join(secrets.choice(SYLLABLES) for _ in range(4))
    done("renaming", who.web.act("profile_update", version=version, name=name))
    require("another name", profile["name"] != name, name)
    who.name = name


def _leave(who: Graduate) -> None:
    (record,) = who.web.ask("viewer")["viewer"]["teachingRecords"]
    left = done("leaving", who.web.act("teaching_record_leave", recordId=record["id"], confirmed=True))
    require("a warning", "以免影响证书发放" in left["warning"], left)


def _pending(who: Graduate, first: Json) -> None:
    page = who.page()
    expect("the next step", page["nextStep"], "AWAIT_REISSUE")
    pending = page["certificate"]
    expect("the certificate", (pending["serial"], pending["state"]), (first["serial"], "REISSUE_PENDING"))
    promised = datetime.fromisoformat(pending["reissueDueAt"]) - who.pace.now()
    require("five working days", SOONEST - timedelta(days=1) < promised < LATEST, str(promised))
    check(who, first["serial"], "UPDATING", UPDATING)


def _second(who: Graduate, first: Json) -> Json:
    until("the second version", lambda: who.page()["certificate"]["version"] == first["version"] + 1)
    second = ready(who)
    require("another serial", second["serial"] != first["serial"], second)
    expect("first issued", second["firstIssuedAt"], first["firstIssuedAt"])
    expect("the masked name", second["printed"]["name"], f"{who.name[0]}**{who.name[-1]}")
    return second
