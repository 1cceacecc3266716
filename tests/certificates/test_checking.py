"""The public check over GraphQL, and voiding for fraud."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from certifying import check, claim, graduate, page, states, told, topic_number, versions
from gateway import Gateway
from mobile_gateway.rules import serials
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id
from player import codes, resource_id, value
from staffing import COUNTY_ADMIN, PLATFORM, SCHOOL_ADMIN, SUPPORT, Json, act, ask, nodes, strong
from teachers import Teacher, change, newcomer


async def test_a_check_tells_topic_credits_date_and_a_masked_name_and_no_more(gateway: Gateway) -> None:
    who = await graduate(gateway)
    issued = await claim(who)
    found = await check(gateway, issued["serial"])
    assert (found["outcome"], found["topic"], found["credits"]) == ("VALID", "2024年暑期教师研修", "10.00")
    assert found["serial"] == issued["serial"]
    assert datetime.fromisoformat(found["issuedAt"]) == datetime.fromisoformat(issued["issuedAt"])
    profile = await who.profile()
    assert profile["name"] not in str(found)
    assert profile["documentLastFour"] not in str(found)
    assert profile["teachingRecords"][0]["school"]["name"] not in str(found)
    english = await check(gateway, issued["serial"], accept_language="en")
    assert english["message"] == "This certificate is valid."


async def test_no_cache_keeps_a_check(gateway: Gateway) -> None:
    serial = (await claim(await graduate(gateway)))["serial"]
    name = operations.document_id(operations.by_file()["certificate_check"])
    given = {"documentId": name, "variables": json.dumps({"serial": serial})}
    answer = await gateway.client.get("/graphql", params=given)
    assert answer.json()["data"]["certificateCheck"]["outcome"] == "VALID"
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_serial_may_be_typed_sloppily(gateway: Gateway) -> None:
    serial = (await claim(await graduate(gateway)))["serial"]
    sloppy = " ".join(serial.lower().replace("0", "o").replace("1", "l").split("-"))
    assert (await check(gateway, sloppy))["outcome"] == "VALID"


@pytest.mark.parametrize("text", ["", "x", "0" * 16, "0000-0000-0000-0001", "９" * 16, "A" * 5000, "\u202e"])
async def test_what_was_never_issued_is_unknown(gateway: Gateway, text: str) -> None:
    found = await check(gateway, text)
    assert (found["outcome"], found["maskedName"], found["serial"]) == ("UNKNOWN", None, None)


async def test_a_check_reads_the_snapshot_and_never_the_live_profile(gateway: Gateway) -> None:
    who = await graduate(gateway)
    serial = (await claim(who))["serial"]
    before = await check(gateway, serial)
    await change(gateway, "UPDATE person SET name = '全新姓名' WHERE id = $1", who.id)
    assert await check(gateway, serial) == before


async def test_checks_of_one_network_are_counted(gateway: Gateway) -> None:
    document = operations.by_file()["certificate_check"]
    # A count that takes Redis too long lets a check through, so on a busy machine it takes some more.
    refused: list[Json] = []
    while not refused:
        refused = (await gateway.execute(document, {"serial": "x"})).get("errors", [])
    assert refused[0]["extensions"]["code"] == "RATE_LIMITED"


async def void(gateway: Gateway, token: str, serial: str, reason: str = "代学") -> dict[str, object]:
    return await act(gateway, "certificate_void", token, serial=serial, reason=reason)


async def test_a_platform_admin_voids_for_fraud_and_the_holder_may_claim_again(gateway: Gateway) -> None:
    who = await graduate(gateway)
    first = await claim(who)
    payload = await void(gateway, await strong(gateway, PLATFORM), first["serial"].lower())
    assert (payload["voided"], payload["userErrors"]) == (True, [])
    assert (await void(gateway, await strong(gateway, PLATFORM), first["serial"]))["voided"]
    assert (await check(gateway, first["serial"]))["outcome"] == "VOID"
    assert await told(gateway, who.id, "CERTIFICATE_VOIDED") == 1
    logged = [
        entry
        for entry in nodes(await ask(gateway, "audit_log", await gateway.token(PLATFORM)))
        if entry["act"] == "CERTIFICATE_VOIDED"
    ]
    assert [(one["subject"]["id"], one["reason"]) for one in logged] == [(first["id"], "代学")]
    assert (await page(who))["nextStep"] == "CLAIM_CERTIFICATE"
    second = await claim(who)
    assert second["serial"] != first["serial"]
    assert second["firstIssuedAt"] == second["issuedAt"]
    assert await states(gateway, who.id) == [(1, "VOID"), (2, "ISSUED")]
    assert [one["voidReason"] for one in await versions(who)] == [None, "FRAUD"]


@pytest.mark.parametrize("phone", [SCHOOL_ADMIN, COUNTY_ADMIN, SUPPORT])
async def test_to_others_there_is_nothing_to_void(gateway: Gateway, phone: str) -> None:
    serial = (await claim(await graduate(gateway)))["serial"]
    assert codes(await void(gateway, await strong(gateway, phone), serial)) == ["NOT_FOUND"]
    assert (await check(gateway, serial))["outcome"] == "VALID"


async def test_voiding_needs_a_reason_a_known_serial_and_a_second_sign_in(gateway: Gateway) -> None:
    serial = (await claim(await graduate(gateway)))["serial"]
    token = await strong(gateway, PLATFORM)
    assert codes(await void(gateway, token, serial, reason="  ")) == ["REASON_REQUIRED"]
    assert codes(await void(gateway, token, serials.write(1))) == ["NOT_FOUND"]
    assert codes(await void(gateway, token, "nonsense")) == ["NOT_FOUND"]
    weak = await gateway.token(PLATFORM)
    assert codes(await void(gateway, weak, serial)) == ["SECOND_SIGN_IN_REQUIRED"]
    assert (await check(gateway, serial))["outcome"] == "VALID"


async def void_watch(gateway: Gateway, who: Teacher) -> None:
    """Void the completion of one resource that the teacher has."""
    resource = await value(
        gateway,
        "SELECT min(resource_id) FROM credit_entry WHERE person_id = $1 AND voided_at IS NULL",
        who.id,
    )
    await change(
        gateway,
        "INSERT INTO completion (person_id, topic_id, resource_id, media_version_id, duration_ms, earned_at)"
        " SELECT $1, $2, $3, id, duration_ms, domain_now() FROM media_version WHERE resource_id = $3 LIMIT 1",
        who.id,
        topic_number(gateway),
        resource,
    )
    payload = await act(
        gateway,
        "watch_void",
        await strong(gateway, PLATFORM),
        personId=str(global_id("Person", who.id)),
        topicId=await gateway.topic_id(),
        resourceId=str(global_id("Resource", resource)),
        reason="使用脚本刷课",
    )
    assert payload["userErrors"] == [], payload


async def test_a_voided_watch_that_uncompletes_the_topic_voids_the_certificate(gateway: Gateway) -> None:
    who = await graduate(gateway)
    serial = (await claim(who))["serial"]
    await void_watch(gateway, who)
    assert (await check(gateway, serial))["outcome"] == "VOID"
    assert await told(gateway, who.id, "CERTIFICATE_VOIDED") == 1
    found = await page(who)
    assert (found["certificate"]["state"], found["nextStep"]) == ("VOID", "LEARN")
    (history,) = await versions(who)
    assert (history["voidReason"], history["voidMessage"]) == ("WATCH_VOIDED", "部分学习记录被认定无效")
    assert [one["code"] for one in found["certificateEligibility"]["reasons"]] == ["CREDITS_INSUFFICIENT"]


async def test_a_pending_reissue_is_voided_too(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    (record,) = await who.records()
    await who.leave(record["id"])
    await who.edit(name="温若禾")
    await void_watch(gateway, who)
    assert await states(gateway, who.id) == [(1, "VOID")]


async def test_certificates_page_through_every_version(gateway: Gateway) -> None:
    who = await graduate(gateway)
    for _ in range(3):
        await void(gateway, await strong(gateway, PLATFORM), (await claim(who))["serial"])
    seen: list[int] = []
    after = None
    while True:
        found = (await who.send("certificates", first=2, after=after))["viewer"]["certificates"]
        seen += [edge["node"]["version"] for edge in found["edges"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert seen == [3, 2, 1]


async def test_who_has_none_has_an_empty_list(gateway: Gateway) -> None:
    assert await versions(await newcomer(gateway)) == []


async def test_a_resource_s_id_is_no_certificate(gateway: Gateway) -> None:
    who = await graduate(gateway)
    wrong = await resource_id(gateway, "guide")
    assert codes(await who.act("certificate_download", certificateId=wrong)) == ["NOT_FOUND"]
