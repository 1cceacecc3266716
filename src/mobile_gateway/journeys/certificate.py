"""From ten credits to a certificate: verified, opened, previewed, confirmed once, downloaded and checked."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import httpx

from mobile_gateway.journeys import graduating, notices, signing_in
from mobile_gateway.journeys.client import Client, Json
from mobile_gateway.journeys.graduating import Graduate, until
from mobile_gateway.journeys.telling import NotHeld, expect, require
from mobile_gateway.journeys.walking import Walk, done, refused

WEB_ONLY = "目前只有网页端支持证书下载"


def story(walk: Walk) -> None:
    """Ten credits unverified, approval, the opening, the claim, the document, the check."""
    who = graduated(walk)
    with walk.step("the preview is masked, has a picture, and a forged token confirms nothing"):
        shown = _preview(who)
    with walk.step("confirmed twice, it is one certificate"):
        issued = _confirm(who, shown)
    with walk.step("the document is downloaded on the website, and its text has name, number and serial"):
        document(who, issued)
    with walk.step("anybody can check it by its serial, and reads no personal data"):
        check(who, issued["serial"], "VALID", "证书有效")
    walk.found["serial"] = issued["serial"]


def graduated(walk: Walk) -> Graduate:
    """A teacher with ten credits who may claim now, and what was missing on the way."""
    with walk.step("a new teacher registers and waits for the school's admin"):
        who = graduating.begin(walk)
    with walk.step("ten credits, unverified"):
        graduating.learn(walk, who)
        signing_in.keep_signed_in(who.app, walk.teller, who.phone)
        opens = datetime.fromisoformat(who.page()["certificatesOpenAt"])
        closed = ["CERTIFICATE_NOT_OPEN"] if who.pace.now() < opens else []
        expect("what is missing", who.obstacles(), [*closed, "IDENTITY_NOT_VERIFIED"])
        payload = who.web.act("certificate_preview", topicId=who.topic)
        refused("previewing unverified", payload, *closed, "IDENTITY_NOT_VERIFIED")
        expect("the next step", who.page()["nextStep"], "AWAIT_VERIFICATION")
    with walk.step("approved by the school's admin"):
        who.approve()
        expect("what is missing", who.obstacles(), closed)
        expect("the next step", who.page()["nextStep"], "WAIT_FOR_OPENING" if closed else "CLAIM_CERTIFICATE")
    with walk.step("the certificates open, and the inbox says so once"):
        who.forward(opens)
        until("CERTIFICATE_READY", lambda: _told(who.web, "CERTIFICATE_READY"))
        expect("what is missing", who.obstacles(), [])
    return who


def claim(who: Graduate) -> Json:
    """Preview and confirm; the certificate, its document drawn."""
    token = done("previewing", who.web.act("certificate_preview", topicId=who.topic))["preview"]["token"]
    done("confirming", who.web.act("certificate_confirm", topicId=who.topic, previewToken=token))
    return ready(who)


def ready(who: Graduate) -> Json:
    """The newest version, once its document is there."""
    until("the document", lambda: who.page()["certificate"]["ready"])
    found: Json = who.page()["certificate"]
    return found


def _preview(who: Graduate) -> Json:
    # In the app, which shows the same.
    shown: Json = done("previewing", who.app.act("certificate_preview", topicId=who.topic))["preview"]
    printed = shown["printed"]
    expect("the masked name", printed["name"], f"{who.name[0]}**{who.name[-1]}")
    expect("the masked number", printed["documentNumber"], "*" * 14 + who.number[-4:])
    expect("the credits", printed["credits"], "10.00")
    path = _path(shown["pictureUrl"])
    until("the preview's picture", lambda: who.app.fetch(path).status_code == httpx.codes.OK)
    require("a picture", who.app.fetch(path).content.startswith(b"\x89PNG"), path)
    forged = shown["token"][:-2] + "xx"
    payload = who.app.act("certificate_confirm", topicId=who.topic, previewToken=forged)
    refused("confirming with a forged token", payload, "PREVIEW_STALE")
    return shown


def _confirm(who: Graduate, shown: Json) -> Json:
    given = {"topicId": who.topic, "previewToken": shown["token"]}
    first, again = (who.app.act("certificate_confirm", **given) for _ in range(2))
    expect("the certificate, twice", again["certificate"]["serial"], first["certificate"]["serial"])
    expect("userErrors of confirming", [first["userErrors"], again["userErrors"]], [[], []])
    found = ready(who)
    expect("version and state", (found["version"], found["state"]), (1, "ISSUED"))
    expect("the next step", who.page()["nextStep"], "VIEW_CERTIFICATE")
    until("CERTIFICATE_ISSUED", lambda: _told(who.web, "CERTIFICATE_ISSUED"))
    return found


def document(who: Graduate, issued: Json) -> None:
    """Hold that the document can be downloaded on the website alone, and has everything on it."""
    given = {"certificateId": issued["id"]}
    (error,) = refused(
        "downloading in the app", who.app.act("certificate_download", **given), "DOWNLOAD_WEB_ONLY"
    )
    expect("what the app is told", error["message"], WEB_ONLY)
    path = _path(done("downloading", who.web.act("certificate_download", **given))["url"])
    response = who.web.fetch(path)
    expect("the document", response.headers.get("content-type"), "application/pdf")
    text = graduating.text_of(response.content)
    for what, wanted in (
        ("the name", who.name),
        ("the number", who.number),
        ("the serial", issued["serial"].replace("-", " ")),
        ("the school", who.school["name"]),
    ):
        require(f"{what} in the document's text", wanted in text, text)
    expect("a changed address", who.web.fetch(path[:-3] + "xyz").status_code, 404)


def check(who: Graduate, serial: str, outcome: str, heading: str) -> None:
    """Hold what anybody reads of a serial, by GraphQL and on the page, and that it holds nobody's data."""
    anybody = who.admin
    found = anybody.ask("certificate_check", serial=serial.lower())["certificateCheck"]
    expect(f"the check of {serial}", found["outcome"], outcome)
    page = anybody.fetch(f"/certificates/check?serial={serial}").text
    require(f"the page says {heading}", heading in page, page)
    for what, text in (("name", who.name), ("number", who.number), ("school", who.school["name"])):
        require(f"no {what} in the check", text not in page and text not in str(found), found)


def _told(client: Client, kind: str) -> bool:
    """Whether the inbox has a kind.

    Raises:
        NotHeld: it has it more than once.
    """
    found = [item["kind"] for item in notices.inbox(client)].count(kind)
    if found > 1:
        raise NotHeld(kind, 1, found)
    return found == 1


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
