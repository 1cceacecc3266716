"""The pages, as the app reads them over HTTP with its own documents."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gateway import Gateway
from mobile_gateway.rules.words import ClientKind
from mobile_gateway.schema import operations

READY, PARENT, VOCATIONAL, INCOMPLETE = (f"+86199000000{n:02d}" for n in (1, 9, 4, 6))
SCHOOL_ADMIN, SUPPORT, PLATFORM = (f"+86199000000{n:02d}" for n in (12, 14, 15))


async def page(
    gateway: Gateway, name: str, variables: dict[str, Any] | None = None, token: str | None = None
) -> dict[str, Any]:
    return await gateway.data_of(operations.by_file()[name], variables, token)


async def enrol(gateway: Gateway, token: str) -> None:
    given = {"topicId": await gateway.topic_id()}
    payload = await gateway.payload("topicEnrol", "TopicEnrolInput", given, token, "topic { nextStep }")
    assert payload["userErrors"] == []


async def test_an_anonymous_reader_sees_the_catalogue_and_is_asked_to_sign_in(gateway: Gateway) -> None:
    topic = (await page(gateway, "topic", {"id": await gateway.topic_id()}))["topic"]
    assert topic["nextStep"] == "LOGIN"
    assert (topic["requiredCredits"], topic["secondsPerCredit"]) == ("10.00", 2700)
    required = ["2.00", "1.00", "1.00", "1.00", "1.00", "1.00", "3.00"]
    assert [course["requiredCredits"] for course in topic["courses"]] == required
    assert "该信息将用于记录学时和发放电子学习证书" in topic["enrolmentNotice"]
    assert topic["progress"] is topic["enrolment"] is topic["certificateState"] is None


async def test_the_trainings_banner_stands_in_both_tabs_and_leads_to_the_same_topic(gateway: Gateway) -> None:
    targets = set()
    for tab in ("HOME", "RECOMMENDED"):
        home = (await page(gateway, "resource_home", {"tab": tab}))["resourceHome"]
        (banner,) = [b for b in home["banners"] if b["title"] == "2024年暑期教师研修"]
        targets.add(banner["target"]["id"])
    assert targets == {await gateway.topic_id()}


async def test_banners_follow_their_window_identity_and_client_kind(gateway: Gateway) -> None:
    async def titles(token: str | None = None, kind: str = "APP") -> set[str]:
        home = await page(gateway, "resource_home", {"tab": "HOME", "clientKind": kind}, token)
        return {banner["title"] for banner in home["resourceHome"]["banners"]}

    training, notice, install = (
        "2024年暑期教师研修",
        "学习证书9月1日起开放领取",
        "下载智慧中小学，随时随地学习",
    )
    teacher, parent = await gateway.token(READY), await gateway.token(PARENT)
    assert await titles() == {training}
    assert await titles(kind="WEB") == {training, install}
    assert await titles(teacher) == {training}
    await gateway.set_time(datetime.fromisoformat("2024-08-25T00:00:00+08:00"))
    assert await titles(teacher) == {training, notice}
    assert await titles(parent) == {training, "家长、学生如何参加学习"}
    on_the_web = await gateway.token(READY, ClientKind.WEB)
    assert await titles(on_the_web, "DESKTOP") == {training, notice, install}, "the token's client kind wins"
    await gateway.set_time(datetime.fromisoformat("2024-12-01T00:00:00+08:00"))
    assert notice not in await titles(teacher), "the end of a window is not in it"


async def test_the_next_step_follows_the_person_and_the_clock(gateway: Gateway) -> None:
    topic_id = await gateway.topic_id()

    async def step(phone: str) -> str:
        found = (await page(gateway, "topic", {"id": topic_id}, await gateway.token(phone)))["topic"]
        return str(found["nextStep"])

    assert await step(READY) == "ENROL"
    assert await step(PARENT) == "SWITCH_IDENTITY"
    assert await step(VOCATIONAL) == "SCHOOL_NOT_ELIGIBLE"
    assert await step(INCOMPLETE) == "COMPLETE_PROFILE"
    await gateway.set_time(datetime.fromisoformat("2024-07-19T23:59:00+08:00"))
    assert await step(READY) == "WAIT_FOR_START"
    await gateway.set_time(datetime.fromisoformat("2024-10-01T00:00:00+08:00"))
    assert await step(READY) == "CLOSED"
    await gateway.set_time(datetime.fromisoformat("2024-09-30T23:50:00+08:00"))
    await enrol(gateway, await gateway.token(READY))
    assert await step(READY) == "LEARN"
    await gateway.set_time(datetime.fromisoformat("2024-10-01T00:00:00+08:00"))
    assert await step(READY) == "CLOSED"


async def test_the_workbench_without_trainings_is_an_empty_list_and_not_an_error(gateway: Gateway) -> None:
    bench = (await page(gateway, "workbench", None, await gateway.token(READY)))["workbench"]
    assert bench["trainings"]["edges"] == []
    assert bench["trainings"]["pageInfo"] == {"hasNextPage": False, "endCursor": None}
    assert bench["workQueue"] is None


async def test_workbench_my_training_and_topic_page_show_the_same_figures(gateway: Gateway) -> None:
    token = await gateway.token(READY)
    await enrol(gateway, token)
    (mine,) = (await page(gateway, "my_training", None, token))["viewer"]["trainings"]["edges"]
    (bench,) = (await page(gateway, "workbench", None, token))["workbench"]["trainings"]["edges"]
    topic = (await page(gateway, "topic", {"id": await gateway.topic_id()}, token))["topic"]
    shown = {name: topic["progress"][name] for name in ("learned", "recognised", "required", "standing")}
    assert mine["progress"] == bench["progress"] == shown
    assert shown == {"learned": "0.00", "recognised": "0.00", "required": "10.00", "standing": "UNMET"}


async def test_staff_see_their_own_queue_and_nobody_elses(gateway: Gateway) -> None:
    async def queue(phone: str) -> dict[str, Any]:
        bench = (await page(gateway, "workbench", None, await gateway.token(phone)))["workbench"]
        found: dict[str, Any] = bench["workQueue"]
        return found

    admin = await queue(SCHOOL_ADMIN)
    assert admin["teachersToReview"] > 0
    assert admin["ticketsToHandle"] is admin["campaignsOpen"] is None
    assert await queue(SUPPORT) == {"teachersToReview": None, "ticketsToHandle": 0, "campaignsOpen": None}
    assert await queue(PLATFORM) == {"teachersToReview": None, "ticketsToHandle": None, "campaignsOpen": 0}


async def test_progress_is_hidden_while_acting_as_a_parent_and_back_afterwards(gateway: Gateway) -> None:
    token = await gateway.token(READY)
    await enrol(gateway, token)
    for identity, shown in (("PARENT", False), ("TEACHER", True)):
        async with gateway.database.transaction() as connection:
            await connection.execute("UPDATE person SET identity = $1 WHERE phone = $2", identity, READY)
        topic = (await page(gateway, "topic", {"id": await gateway.topic_id()}, token))["topic"]
        assert (topic["progress"] is not None) is shown
        bench = (await page(gateway, "workbench", None, token))["workbench"]
        assert bool(bench["trainings"]["edges"]) is shown


async def test_the_viewer_is_shown_to_themselves_with_a_masked_phone(gateway: Gateway) -> None:
    me = (await page(gateway, "viewer", None, await gateway.token(READY)))["viewer"]
    assert (me["identity"], me["clientKind"], me["phone"]) == ("TEACHER", "APP", "199****0001")
    assert me["teachingRecords"][0]["state"] == "APPROVED"
    assert (await page(gateway, "viewer"))["viewer"] is None


async def test_an_ended_sign_in_reads_nothing_more(gateway: Gateway) -> None:
    token = await gateway.token(READY)
    async with gateway.database.transaction() as connection:
        await connection.execute("UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    for name, variables in (
        ("viewer", {}),
        ("workbench", {}),
        ("topic", {"id": await gateway.topic_id()}),
        ("inbox", {}),
    ):
        answer = await gateway.execute(operations.by_file()[name], variables, token)
        assert answer["errors"][0]["extensions"]["code"] == "SESSION_INVALID", name


async def test_the_workbench_asks_anonymous_readers_to_sign_in(gateway: Gateway) -> None:
    answer = await gateway.execute(operations.by_file()["workbench"])
    assert answer["data"] == {"workbench": None}
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_entrances_of_the_public_platform_lead_where_they_should(gateway: Gateway) -> None:
    async def entrance(segment: str) -> dict[str, Any]:
        variables = {"slug": "summer-2024", "segment": segment}
        found: dict[str, Any] = (await page(gateway, "public_entrance", variables))["publicEntrance"]
        return found

    basic = await entrance("BASIC")
    assert (basic["topic"]["id"], basic["url"]) == (await gateway.topic_id(), None)
    for segment in ("VOCATIONAL", "HIGHER"):
        other = await entrance(segment)
        assert other["topic"] is None
        assert other["url"].startswith("https://")


async def test_a_node_is_fetched_again_by_its_id_and_anything_else_is_absent(gateway: Gateway) -> None:
    query = "query N($id: ID!) { node(id: $id) { __typename id } }"
    topic_id = await gateway.topic_id()
    assert (await gateway.data_of(query, {"id": topic_id}))["node"] == {"__typename": "Topic", "id": topic_id}
    for other in ("", "Topic:1", "VG9waWM6OTk5OTk5", "UGVyc29uOjE", "x" * 5000, "VG9waWM6LTE"):
        assert (await gateway.data_of(query, {"id": other}))["node"] is None


async def test_english_is_spoken_to_who_prefers_it(gateway: Gateway) -> None:
    query, variables = operations.by_file()["topic"], {"id": await gateway.topic_id()}
    answer = await gateway.execute(query, variables, None, accept_language="en-GB,en;q=0.9")
    assert answer["data"]["topic"]["title"] == "2024 Summer Teacher Training"


async def test_a_change_of_the_catalogue_shows_after_the_next_look(gateway: Gateway) -> None:
    async with gateway.database.transaction() as connection:
        await connection.execute("UPDATE topic SET title = '新标题' WHERE slug = 'summer-2024'")
        await connection.execute("UPDATE revision SET value = value + 1 WHERE name = 'catalogue'")
    await gateway.resources.follow_once()
    topic = (await page(gateway, "topic", {"id": await gateway.topic_id()}))["topic"]
    assert topic["title"] == "新标题"
