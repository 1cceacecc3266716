"""Credits as the pages show them, documents, caps (PRODUCT.md §4, §13)."""

from __future__ import annotations

from typing import Any

from gateway import Gateway
from mobile_gateway.models.database import open_database
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id
from player import (
    DOCUMENT,
    GUIDE,
    SHORT,
    SHORT_MS,
    Player,
    codes,
    inbox,
    player,
    reach,
    resource_id,
    run,
    value,
)

ENTRY = (
    "INSERT INTO credit_entry (person_id, topic_id, course_id, resource_id, ms, earned_at)"
    " SELECT $1, c.topic_id, c.id, r.id, $4, domain_now() FROM course c, resource r"
    "  WHERE c.slug = $2 AND r.slug = $3"
)


async def course(who: Player, place: int) -> dict[str, Any]:
    found: dict[str, Any] = (await who.page())["courses"][place]["progress"]
    return found


async def open_document(who: Player, slug: str = DOCUMENT) -> dict[str, Any]:
    resource = await resource_id(who.gateway, slug)
    return await who.call("document_open", {"topicId": who.topic, "resourceId": resource})


async def test_a_document_is_completed_when_opened_and_earns_nothing(gateway: Gateway) -> None:
    who = await player(gateway)
    assert (await who.entry(DOCUMENT))["state"] == "NOT_STARTED"
    assert codes(await open_document(who)) == codes(await open_document(who)) == []
    entry = await who.entry(DOCUMENT)
    assert (entry["state"], entry["missingSpans"]) == ("COMPLETED", [])
    assert await who.learned() == 0
    assert await value(gateway, "SELECT count(*) FROM completion") == 1


async def test_only_an_enrolled_teacher_completes_a_document_and_only_a_document(gateway: Gateway) -> None:
    who = await player(gateway, enrolled=False)
    assert codes(await open_document(who)) == ["NOT_ENROLLED"]
    await who.enrol()
    assert codes(await open_document(who, SHORT)) == ["NOT_FOUND"]
    assert codes(await who.try_open(DOCUMENT)) == ["NOT_A_VIDEO"]
    await run(gateway, "UPDATE person SET identity = 'PARENT' WHERE id = $1", who.person)
    assert codes(await open_document(who)) == ["IDENTITY_NOT_TEACHER"]


async def test_states_go_from_not_started_over_in_progress_to_completed(gateway: Gateway) -> None:
    who = await player(gateway)
    session = await who.open(SHORT)
    assert await session.say() == "ACCEPTED"
    assert (await who.entry(SHORT))["state"] == "NOT_STARTED"
    await session.play(0, 60_000)
    assert (await who.entry(SHORT))["state"] == "IN_PROGRESS"
    await session.play(60_000, SHORT_MS, rate=2.0)
    assert (await who.entry(SHORT))["state"] == "IN_PROGRESS"
    await gateway.sweep()
    entry = await who.entry(SHORT)
    assert (entry["state"], entry["missingSpans"]) == ("COMPLETED", [])


async def test_beyond_the_cap_learned_grows_and_recognised_does_not(gateway: Gateway) -> None:
    who = await player(gateway)
    await run(gateway, ENTRY, who.person, "whole-person", "whole-person-video-01", 2_600_000)
    assert (await course(who, 5))["notices"] == []
    await who.watch(SHORT)
    await gateway.sweep()
    figures = await course(who, 5)
    assert figures["learnedMs"] == 2_600_000 + SHORT_MS
    assert figures["recognisedMs"] == figures["requiredMs"] == 2_700_000
    assert figures["notices"] == ["COURSE_CAP_REACHED"]
    assert (figures["recognised"], figures["standing"]) == ("1.00", "MET")
    assert await inbox(gateway, who.person) == ["COURSE_CREDIT_REACHED"]


async def test_overflow_of_one_course_does_not_complete_another(gateway: Gateway) -> None:
    who = await player(gateway)
    await run(gateway, ENTRY, who.person, "educator-spirit", "educator-spirit-video-01", 27_000_000)
    await who.watch(GUIDE)
    await gateway.sweep()
    page = await who.page()
    assert (page["progress"]["recognised"], page["progress"]["standing"]) == ("2.00", "UNMET")
    assert [c["progress"]["recognised"] for c in page["courses"]] == ["2.00"] + ["0.00"] * 6
    assert (page["enrolment"]["completedAt"], page["nextStep"]) == (None, "LEARN")
    assert await inbox(gateway, who.person) == ["COURSE_CREDIT_REACHED"]


async def test_9_999_credits_show_9_99_and_are_unmet(gateway: Gateway) -> None:
    who = await player(gateway)
    await reach(gateway, who.person, left_out=SHORT, missing_ms=2_700)
    page = await who.page()
    assert page["progress"]["recognisedMs"] == 26_997_300
    assert (page["progress"]["recognised"], page["progress"]["standing"]) == ("9.99", "UNMET")
    assert page["nextStep"] == "LEARN"
    await who.watch(SHORT)
    await gateway.sweep()
    page = await who.page()
    assert (page["progress"]["recognised"], page["progress"]["standing"]) == ("10.00", "MET")


async def test_topic_page_workbench_and_my_training_show_the_same_figures(gateway: Gateway) -> None:
    who = await player(gateway)
    await who.watch(SHORT)
    await gateway.sweep()
    page = (await who.page())["progress"]
    found = {
        name: await gateway.data_of(operations.by_file()[name], {}, who.token)
        for name in ("workbench", "my_training")
    }
    for data in (found["workbench"]["workbench"], found["my_training"]["viewer"]):
        (edge,) = data["trainings"]["edges"]
        assert edge["progress"] == {key: page[key] for key in edge["progress"]}


async def test_none_enrolled_is_an_empty_list(gateway: Gateway) -> None:
    who = await player(gateway, enrolled=False)
    data = await gateway.data_of(operations.by_file()["workbench"], {}, who.token)
    assert data["workbench"]["trainings"]["edges"] == []
    assert (await who.page())["progress"] is None


async def test_what_is_not_there_is_not_found(gateway: Gateway) -> None:
    who = await player(gateway)
    for topic, resource in [("x", "y"), (str(global_id("Topic", 10**9)), str(global_id("Resource", 1)))]:
        given = {"topicId": topic, "resourceId": resource}
        assert codes(await who.call("playback_open", given)) == ["NOT_FOUND"]
        assert codes(await who.call("document_open", given)) == ["NOT_FOUND"]
        assert codes(await who.call("topic_enrol", {"topicId": topic})) == ["NOT_FOUND"]


async def test_progress_is_shown_over_a_connection_that_never_saw_coverage(gateway: Gateway) -> None:
    who = await player(gateway)
    await (await who.open(SHORT)).play(0, 60_000)
    known = gateway.resources.database
    gateway.resources.database = await open_database(gateway.resources.settings.database_url)
    try:
        assert (await who.entry(SHORT))["missingSpans"] == [{"fromMs": 60_000, "toMs": SHORT_MS}]
    finally:
        await gateway.resources.database.close()
        gateway.resources.database = known
