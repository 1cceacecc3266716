"""Next year's training from nothing: a platform administrator builds and publishes it, and a teacher enrols.

Each walk makes a topic of a fresh name, so it can be walked again; its banners are withdrawn in the end.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mobile_gateway.journeys.client import Client, Json, Tokens
from mobile_gateway.journeys.telling import NotHeld, expect, require
from mobile_gateway.journeys.walking import Walk, done, refused

PLATFORM_ADMIN = "+8619900000015"
SCHOOL = "北京市海淀区中关村第一小学"
TABS = ("HOME", "RECOMMENDED")
MEDIA = "https://media.example.com"
FOLLOWED_SECONDS = 5.0
FOLLOWED_SECONDS_AFTER_AN_OUTAGE = 60.0
POLL_SECONDS = 0.2


@dataclass
class Built:
    """What was built, by its global ids."""

    slug: str
    title: str
    topic: str
    course: str
    section: str


def story(walk: Walk) -> None:
    """Build, publish, show, enrol, be refused, withdraw; every act is in the log."""
    admin, reader = walk.person(PLATFORM_ADMIN), walk.client()
    with walk.step("an administrator makes a topic with a course, which nobody sees yet"):
        built = _build(admin)
        expect("a reader's page of the draft", reader.ask("topic", id=built.topic)["topic"], None)
    with walk.step("banners are put into both tabs, and wait for the topic"):
        banners = [_banner(admin, built, tab) for tab in TABS]
        for tab in TABS:
            require(f"no banner in {tab} yet", built.title not in _shown(reader, tab), tab)
    with walk.step("publishing is refused with what is missing"):
        (error,) = refused("publishing", admin.act("topic_publish", topicId=built.topic), "COURSE_BELOW_CAP")
        require("it names the course", f"{built.title}课程" in error["message"], error["message"])
    with walk.step("videos and a document are listed, and the topic is published; twice is once"):
        _fill(admin, built)
        for what in ("publishing", "publishing again"):
            topic = done(what, admin.act("topic_publish", topicId=built.topic))["topic"]
            expect(what, (topic["state"], topic["lacking"]), ("PUBLISHED", []))
    with walk.step("within seconds its banners lead to it from both tabs"):
        for tab in TABS:
            _await(reader, tab, built.title, shown=True)
            expect(f"{tab} leads to", _shown(reader, tab)[built.title], built.topic)
    with walk.step("a new teacher sees it, and enrols"):
        teacher = _teacher(walk)
        page = teacher.ask("topic", id=built.topic)["topic"]
        expect("the page", (page["nextStep"], page["requiredCredits"]), ("ENROL", "1.00"))
        joined = done("enrolling", teacher.act("topic_enrol", topicId=built.topic))["topic"]
        expect("the next step", joined["nextStep"], "LEARN")
    with walk.step("from now on what the certificate promises is frozen"):
        _frozen(admin, built)
    with walk.step("a teacher finds no desk, and changes nothing"):
        _out_of_scope(teacher, built)
    with walk.step("the banners are withdrawn and gone within seconds; twice is once"):
        for banner in banners:
            for what in ("withdrawing", "withdrawing again"):
                gone = done(what, admin.act("banner_withdraw", bannerId=banner))["banner"]
                expect(what, gone["state"], "PAST")
        for tab in TABS:
            _await(reader, tab, built.title, shown=False)
    with walk.step("the audit log tells it all, newest first"):
        _log(admin, built, banners)
    walk.found["topic"] = built.slug


def _build(admin: Client) -> Built:
    now = datetime.fromisoformat(admin.page("/local/clock")["now"])
    name = secrets.token_hex(4)
    title = f"示例研修{name}"
    slug = f"journey-{name}"
    dates = {
        "learningStart": (now - timedelta(days=1)).isoformat(),
        "learningEnd": (now + timedelta(days=60)).isoformat(),
        "certificatesOpenAt": (now + timedelta(days=40)).isoformat(),
    }
    given: Json = {
        "slug": slug,
        "title": title,
        "titleEn": f"Training {name}",
        "secondsPerCredit": 600,
    }
    topic = done("the topic", admin.act("topic_create", **given, **dates))["topic"]
    expect("its state", topic["state"], "DRAFT")
    again = admin.act("topic_create", **given, **dates)
    refused("the same slug", again, "SLUG_TAKEN")
    course = done(
        "the course",
        admin.act(
            "course_add",
            topicId=topic["id"],
            slug="only",
            title=f"{title}课程",
            titleEn="The only course",
            requiredCredits=1,
        ),
    )["course"]
    added = admin.act("section_add", courseId=course["id"], title="第一章", titleEn="Part one")
    section = done("the section", added)["section"]
    return Built(slug, title, topic["id"], course["id"], section["id"])


def _fill(admin: Client, built: Built) -> None:
    for number in (1, 2):
        slug = f"{built.slug}-video-{number}"
        media: Json = {"mediaUrl": f"{MEDIA}/{slug}.mp4", "durationMs": 400_000}
        _list(admin, built, slug, f"视频{number}", kind="VIDEO", **media)
    slug = f"{built.slug}-reading"
    section = _list(admin, built, slug, "读物", 1, kind="DOCUMENT", documentUrl=f"{MEDIA}/{slug}.pdf")
    titles = [one["resource"]["title"] for one in section["listings"]]
    expect("the outline", titles, ["读物", "视频1", "视频2"])


def _list(
    admin: Client, built: Built, slug: str, title: str, position: int | None = None, **more: Any
) -> Json:
    made = admin.act("resource_create", slug=slug, title=title, titleEn=slug, **more)
    resource = done(title, made)["resource"]
    given = {"sectionId": built.section, "resourceId": resource["id"], "position": position}
    listed: Json = done(f"listing {title}", admin.act("resource_list", **given))["section"]
    return listed


def _banner(admin: Client, built: Built, tab: str) -> str:
    now = datetime.fromisoformat(admin.page("/local/clock")["now"])
    window = {
        "publishStart": (now - timedelta(days=1)).isoformat(),
        "publishEnd": (now + timedelta(days=60)).isoformat(),
    }
    picture = f"{MEDIA}/{built.slug}.png"
    given = {"tab": tab, "title": built.title, "titleEn": built.slug, "imageUrl": picture, **window}
    banner = done("the banner", admin.act("banner_create", topicId=built.topic, **given))["banner"]
    expect("its state", (banner["state"], banner["topic"]["id"]), ("SHOWING", built.topic))
    edit = {"bannerId": banner["id"], "titleEn": f"Training of {built.slug}"}
    done("editing it", admin.act("banner_update", version=banner["version"], **edit))
    refused("a stale edit", admin.act("banner_update", version=banner["version"], **edit), "CONFLICT")
    return str(banner["id"])


def _shown(reader: Client, tab: str) -> dict[str, str]:
    """Titles of the banners that show, each with the id of what it leads to."""
    home = reader.ask("resource_home", tab=tab, clientKind="APP")["resourceHome"]
    return {one["title"]: (one["target"] or {}).get("id", "") for one in home["banners"]}


def _await(reader: Client, tab: str, title: str, *, shown: bool) -> None:
    """Wait until a tab shows a banner, or no longer does.

    Raises:
        NotHeld: not within 5 s, or within a minute where the gateway was away meanwhile.
    """
    began = time.monotonic()
    while (title in _shown(reader, tab)) is not shown:
        patience = FOLLOWED_SECONDS_AFTER_AN_OUTAGE if reader.was_away else FOLLOWED_SECONDS
        if time.monotonic() - began > patience:
            raise NotHeld(f"{title} in {tab} within {patience:.0f} s", shown, not shown)
        time.sleep(POLL_SECONDS)


def _teacher(walk: Walk) -> Client:
    teacher, phone = walk.client(), walk.new_phone()
    code = walk.code(
        teacher, phone, "REGISTER", lambda: teacher.act("registration_code_request", phone=phone)
    )
    given = {"phone": phone, "code": code, "identity": "TEACHER", "clientKind": "APP"}
    session = done("registering", teacher.act("register", **given))["session"]
    teacher.tokens = Tokens(session["accessToken"], session["refreshToken"])
    document = {"documentType": "PASSPORT", "documentNumber": f"E{secrets.randbelow(10**8):08d}"}
    done("the profile", teacher.act("profile_update", version=1, name="苏新研", **document))
    (found, *_) = teacher.ask("schools", search=SCHOOL)["schools"]["edges"]
    done("the school", teacher.act("teaching_record_add", schoolId=found["node"]["id"], isPrimary=True))
    return teacher


def _frozen(admin: Client, built: Built) -> None:
    topic = admin.ask("managed_topic", id=built.topic)["managedTopic"]
    require("somebody is enrolled", topic["hasEnrolments"], topic)
    edit = {"topicId": built.topic, "version": topic["version"]}
    payload = admin.act("topic_update", **edit, secondsPerCredit=300)
    refused("other seconds per credit", payload, "CREDITS_FROZEN")
    (course,) = topic["courses"]
    credit = {"courseId": course["id"], "version": course["version"], "requiredCredits": 2}
    refused("other credits of a course", admin.act("course_update", **credit), "CREDITS_FROZEN")
    more = {"slug": "more", "title": "另一门", "titleEn": "Another", "requiredCredits": 1}
    refused("another course", admin.act("course_add", topicId=built.topic, **more), "CREDITS_FROZEN")
    refused("hiding it", admin.act("topic_unpublish", topicId=built.topic), "TOPIC_HAS_ENROLMENTS")
    (section,) = course["sections"]
    out = section["listings"][-1]["id"]
    refused("taking a needed video out", admin.act("resource_delist", listingId=out), "COURSE_BELOW_CAP")
    edited = done("a new title", admin.act("topic_update", **edit, title=f"{built.title}（更新）"))["topic"]
    expect("the seconds per credit", edited["secondsPerCredit"], 600)


def _out_of_scope(teacher: Client, built: Built) -> None:
    asked: list[tuple[str, dict[str, Any]]] = [
        ("managed_topics", {}),
        ("managed_topic", {"id": built.topic}),
        ("managed_banners", {}),
        ("managed_resources", {}),
    ]
    for document, given in asked:
        try:
            seen = teacher.ask(document, **given)
        except NotHeld as why:
            require(f"{document} of a teacher", "NOT_FOUND" in str(why.seen), why.seen)
        else:
            raise NotHeld(f"{document} of a teacher", "NOT_FOUND", seen)
    edit = {"topicId": built.topic, "version": 1, "title": "别的"}
    refused("a teacher's edit", teacher.act("topic_update", **edit), "NOT_FOUND")
    refused("a teacher's unpublishing", teacher.act("topic_unpublish", topicId=built.topic), "NOT_FOUND")


def _log(admin: Client, built: Built, banners: list[str]) -> None:
    page = admin.ask("audit_log", first=50)["auditLog"]
    entries = [edge["node"] for edge in page["edges"]]
    acts = {
        built.topic: ["TOPIC_UPDATED", "TOPIC_PUBLISHED", "TOPIC_CREATED"],
        built.course: ["SECTION_ADDED", "COURSE_ADDED"],
        **{banner: ["BANNER_WITHDRAWN", "BANNER_UPDATED", "BANNER_CREATED"] for banner in banners},
    }
    seen = {subject: [one["act"] for one in entries if one["subject"]["id"] == subject] for subject in acts}
    expect("the log", seen, acts)
    about = [one["role"] for one in entries if one["subject"]["id"] in acts]
    expect("the role acted in", set(about), {"PLATFORM_ADMIN"})
