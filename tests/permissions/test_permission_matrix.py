"""PRODUCT.md §12 as one table: every act × every role, in scope and out of it, over HTTP."""

from __future__ import annotations

import pytest

from campaign_permissions import CAMPAIGN_ACTS
from certificate_rows import certificate
from gateway import Gateway
from mobile_gateway.rules.words import CertificateState
from mobile_gateway.schema.nodes import global_id
from permitting import (
    DONE,
    ELSEWHERE,
    OWN_COUNTY,
    OWN_SCHOOL,
    PLACES,
    ROLES,
    TEACHERS,
    Act,
    Ground,
    Tried,
    new_phone,
    outcome,
)
from phoning import again_at_once, ticket
from platform_acts import PLATFORM_ACTS
from player import SHARED, player, resource_id, value
from staffing import READY, TWO_SCHOOLS, strong

EVERYBODY = frozenset(ROLES)
NOBODY: frozenset[str] = frozenset()
STAFF = frozenset({"school admin", "county admin", "support", "platform"})


def place(
    own_school: frozenset[str], own_county: frozenset[str], elsewhere: frozenset[str]
) -> dict[str, frozenset[str]]:
    return {OWN_SCHOOL: own_school, OWN_COUNTY: own_county, ELSEWHERE: elsewhere}


def anywhere(roles: frozenset[str]) -> dict[str, frozenset[str]]:
    """The place does not matter: tried once."""
    return {OWN_SCHOOL: roles}


OF_SCHOOLS = place(
    frozenset({"school admin", "county admin", "platform"}),
    frozenset({"county admin", "platform"}),
    frozenset({"platform"}),
)
OF_COUNTIES = place(
    frozenset({"county admin", "platform"}), frozenset({"county admin", "platform"}), frozenset({"platform"})
)


async def _browse(_: Ground) -> Tried:
    return "resource_home", {"tab": "HOME", "clientKind": "WEB"}


async def _enrol(ground: Ground) -> Tried:
    return "topic_enrol", {"input": {"topicId": await ground.gateway.topic_id()}}


async def _open_playback(ground: Ground) -> Tried:
    topic, video = await ground.gateway.topic_id(), await resource_id(ground.gateway, SHARED)
    return "playback_open", {"input": {"topicId": topic, "resourceId": video}}


async def _to_teacher(_: Ground) -> Tried:
    return "identity_switch_to_teacher", {"input": {}}


async def _add_record(ground: Ground) -> Tried:
    return "teaching_record_add", {"input": {"schoolId": await ground.new_school()}}


async def _edit_record(ground: Ground) -> Tried:
    record = await ground.record("PENDING")
    return "teaching_record_update", {"input": {"recordId": record, "version": 1, "subject": "体育"}}


async def _leave(ground: Ground) -> Tried:
    return "teaching_record_leave", {
        "input": {"recordId": await ground.record("APPROVED"), "confirmed": True}
    }


async def _remove(ground: Ground) -> Tried:
    return "teacher_remove", {"input": {"recordId": await ground.record("APPROVED"), "reason": "已调离"}}


async def _decide(ground: Ground) -> Tried:
    one = {"recordId": await ground.record("PENDING"), "version": 1, "outcome": "APPROVED"}
    return "verification_decide", {"input": {"decisions": [one]}}


async def _decide_admin(ground: Ground) -> Tried:
    one = {"recordId": await ground.record("PENDING", of_admin=True), "version": 1, "outcome": "APPROVED"}
    return "verification_decide", {"input": {"decisions": [one]}}


async def _queue(ground: Ground) -> Tried:
    return "verification_queue", {"schoolId": global_id("School", await ground.school())}


async def _roster(ground: Ground) -> Tried:
    return "roster", {"schoolId": global_id("School", await ground.school())}


async def _export(ground: Ground) -> Tried:
    topic, school = await ground.gateway.topic_id(), global_id("School", await ground.school())
    return "progress_export", {"input": {"topicId": topic, "schoolId": school}}


async def _correct_stage(ground: Ground) -> Tried:
    school = global_id("School", await ground.school())
    return "school_stage_correct", {"input": {"schoolId": school, "stage": "NINE_YEAR"}}


async def _create_school(ground: Ground) -> Tried:
    county = global_id("Region", await ground.county())
    name = f"求实{new_phone()[-6:]}实验小学"
    return "school_create", {"input": {"countyId": county, "name": name, "stage": "PRIMARY"}}


async def _merge_schools(ground: Ground) -> Tried:
    gone, stays = await ground.new_school(), await ground.new_school()
    return "school_merge", {"input": {"schoolId": gone, "successorId": stays}}


async def _ask_for_upload(_: Ground) -> Tried:
    return "upload_request", {"input": {"purpose": "REBIND_PHOTO"}}


async def _tickets(_: Ground) -> Tried:
    return "rebind_tickets", {}


async def _take_ticket(ground: Ground) -> Tried:
    await again_at_once(ground.gateway)
    found = await ticket(ground.gateway, new_phone())
    return "rebind_ticket_take", {"input": {"number": found.number}}


async def _reveal_free_ticket(ground: Ground) -> Tried:
    _, given = await _take_ticket(ground)
    return "rebind_ticket_reveal", {"input": {**given["input"], "reason": "核对身份"}}


async def _reveal_own_document(_: Ground) -> Tried:
    return "document_reveal", {"input": {"reason": "核对本人证件"}}


async def _void_watch(ground: Ground) -> Tried:
    who = await player(ground.gateway, READY)
    await who.watch(SHARED)
    await ground.gateway.sweep()
    given = {"personId": global_id("Person", who.person), "topicId": who.topic, "reason": "使用脚本"}
    return "watch_void", {"input": {**given, "resourceId": await resource_id(ground.gateway, SHARED)}}


async def _preview(ground: Ground) -> Tried:
    return "certificate_preview", {"input": {"topicId": await ground.gateway.topic_id()}}


async def _claim(ground: Ground) -> Tried:
    topic = await ground.gateway.topic_id()
    return "certificate_confirm", {"input": {"topicId": topic, "previewToken": "nobody's"}}


async def _download_another_s(ground: Ground) -> Tried:
    serial = await certificate(ground.gateway, CertificateState.VOID, TWO_SCHOOLS)
    number = await value(ground.gateway, "SELECT id FROM certificate WHERE serial = $1", serial)
    return "certificate_download", {"input": {"certificateId": global_id("Certificate", number)}}


async def _void_certificate(ground: Ground) -> Tried:
    serial = await certificate(ground.gateway, CertificateState.VOID, TWO_SCHOOLS)
    return "certificate_void", {"input": {"serial": serial, "reason": "代学"}}


async def _check_certificate(ground: Ground) -> Tried:
    return "certificate_check", {
        "serial": await certificate(ground.gateway, CertificateState.VOID, TWO_SCHOOLS)
    }


async def _audit_log(_: Ground) -> Tried:
    return "audit_log", {}


async def _audit_log_of_school(ground: Ground) -> Tried:
    return "audit_log", {"schoolId": global_id("School", await ground.school())}


ACTS: dict[str, Act] = {
    "browse pages": Act(_browse, anywhere(EVERYBODY), anonymous=DONE),
    "enrol": Act(_enrol, anywhere(TEACHERS), "IDENTITY_NOT_TEACHER", also=frozenset({"PROFILE_INCOMPLETE"})),
    "earn": Act(_open_playback, anywhere(TEACHERS), "IDENTITY_NOT_TEACHER", also=frozenset({"NOT_ENROLLED"})),
    "switch to teacher": Act(_to_teacher, anywhere(EVERYBODY - {"student"}), "WIPE_CONFIRMATION_REQUIRED"),
    "add a teaching record": Act(_add_record, anywhere(TEACHERS), "IDENTITY_NOT_TEACHER"),
    "edit somebody's teaching record": Act(_edit_record, place(NOBODY, NOBODY, NOBODY), learners_only=True),
    "leave for somebody": Act(_leave, place(NOBODY, NOBODY, NOBODY), learners_only=True),
    "remove a teacher": Act(_remove, place(frozenset({"school admin"}), NOBODY, NOBODY)),
    "decide verification": Act(_decide, place(frozenset({"school admin"}), NOBODY, NOBODY)),
    "decide about a school's admin": Act(
        _decide_admin, place(frozenset({"county admin"}), frozenset({"county admin"}), NOBODY)
    ),
    "see the queue": Act(
        _queue, place(frozenset({"school admin", "county admin"}), frozenset({"county admin"}), NOBODY)
    ),
    "see progress": Act(_roster, OF_SCHOOLS),
    "export progress": Act(_export, OF_SCHOOLS),
    "correct a stage": Act(_correct_stage, OF_SCHOOLS),
    "create a school": Act(_create_school, OF_COUNTIES),
    "merge schools": Act(_merge_schools, OF_COUNTIES),
    "ask for a photo's address": Act(_ask_for_upload, anywhere(EVERYBODY), anonymous=DONE),
    "see rebind tickets": Act(_tickets, anywhere(frozenset({"support"}))),
    "take a rebind ticket": Act(_take_ticket, anywhere(frozenset({"support"}))),
    "see a ticket in full that is not one's own": Act(_reveal_free_ticket, anywhere(NOBODY)),
    "see one's own full ID number": Act(
        _reveal_own_document, anywhere(EVERYBODY), also=frozenset({"NOT_FOUND"})
    ),
    "void a watch": Act(_void_watch, anywhere(frozenset({"platform"}))),
    "preview a certificate": Act(
        _preview, anywhere(TEACHERS), "IDENTITY_NOT_TEACHER", also=frozenset({"NOT_ENROLLED"})
    ),
    "claim a certificate": Act(
        _claim, anywhere(TEACHERS), "IDENTITY_NOT_TEACHER", also=frozenset({"PREVIEW_STALE"})
    ),
    "download somebody's certificate": Act(_download_another_s, anywhere(NOBODY), learners_only=True),
    "check a certificate": Act(_check_certificate, anywhere(EVERYBODY), anonymous=DONE),
    "void a certificate": Act(_void_certificate, anywhere(frozenset({"platform"}))),
    **{name: Act(prepare, anywhere(frozenset({"platform"}))) for name, prepare in PLATFORM_ACTS.items()},
    **{name: Act(prepare, anywhere(frozenset({"platform"}))) for name, prepare in CAMPAIGN_ACTS.items()},
    "read the audit log": Act(_audit_log, anywhere(STAFF)),
    "read a school's audit log": Act(_audit_log_of_school, OF_SCHOOLS),
}


@pytest.mark.parametrize("name", ACTS)
async def test_an_act_is_open_to_its_roles_and_not_found_by_all_others(gateway: Gateway, name: str) -> None:
    act = ACTS[name]
    tokens = {role: await strong(gateway, phone) for role, phone in ROLES.items()}
    seen: dict[tuple[str, str], str] = {}
    wanted: dict[tuple[str, str], str] = {}
    for where in (one for one in PLACES if one in act.allowed):
        ground = Ground(gateway, where)
        assert await outcome(gateway, await act.prepare(ground), None) == act.anonymous, where
        for role, token in tokens.items():
            said = await outcome(gateway, await act.prepare(ground), token)
            may = role in act.allowed[where]
            seen[role, where] = DONE if may and said in act.also else said
            wanted[role, where] = act.wanted(role, where)
    assert seen == wanted


def test_every_act_is_refused_to_somebody_or_open_to_all() -> None:
    for name, act in ACTS.items():
        for where, roles in act.allowed.items():
            assert roles <= EVERYBODY, (name, where)
