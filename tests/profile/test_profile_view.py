"""What a person sees of the own profile (PRODUCT.md §6, §12)."""

from __future__ import annotations

import json

from gateway import Gateway
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id
from player import value
from teachers import INCOMPLETE, PARENT, PENDING, READY, TWO_SCHOOLS, YUQUAN, ZHONGGUANCUN, change, teacher


async def test_ones_own_profile_shows_all_but_phone_and_document_in_full(gateway: Gateway) -> None:
    me = await (await teacher(gateway, READY)).profile()
    assert (me["name"], me["gender"], me["email"]) == ("林知夏", "FEMALE", "lin.zhixia@example.com")
    assert me["phone"] == "199****0001"
    assert me["documentType"] == "MAINLAND_ID"
    assert me["documentNumber"] == "*" * 14 + me["documentLastFour"]
    assert len(me["documentLastFour"]) == 4
    assert (me["version"], me["missingForEnrolment"]) == (1, [])


async def test_the_document_is_locked_only_while_a_record_is_approved(gateway: Gateway) -> None:
    assert (await (await teacher(gateway, READY)).profile())["lockedFields"] == ["PHONE", "IDENTITY_DOCUMENT"]
    assert (await (await teacher(gateway, PENDING)).profile())["lockedFields"] == ["PHONE"]


async def test_what_enrolling_still_needs_is_named_as_the_refusal_names_it(gateway: Gateway) -> None:
    who = await teacher(gateway, INCOMPLETE)
    assert (await who.profile())["missingForEnrolment"] == ["IDENTITY_DOCUMENT", "PRIMARY_TEACHING_RECORD"]
    said = await who.act("topic_enrol", topicId=await gateway.topic_id())
    assert "证件号码、当前任教信息" in said["userErrors"][0]["message"]


async def test_a_document_whose_kind_has_several_lengths_does_not_tell_its_own(gateway: Gateway) -> None:
    who = await teacher(gateway, INCOMPLETE)
    for kind, number, shown in (("TAIWAN_PERMIT", "12345678", "****5678"), ("PASSPORT", "E1234", "****34")):
        payload = await who.edit(documentType=kind, documentNumber=number)
        assert payload["viewer"]["documentNumber"] == shown


async def test_records_come_with_school_county_and_what_is_locked(gateway: Gateway) -> None:
    first, second = await (await teacher(gateway, TWO_SCHOOLS)).records()
    assert first["school"]["name"] == ZHONGGUANCUN
    assert (first["school"]["stage"], first["school"]["county"]) == ("PRIMARY", "海淀区")
    assert (first["isPrimary"], first["schoolLocked"], first["leftAt"]) == (True, True, None)
    assert (second["school"]["name"], second["isPrimary"]) == (YUQUAN, False)
    assert (second["teachingStage"], second["subject"], second["grade"]) == ("JUNIOR_HIGH", "音乐", "七年级")
    assert second["submittedAt"] < second["decidedAt"]


async def test_a_record_is_a_node_of_its_owner_alone(gateway: Gateway) -> None:
    owner, other = await teacher(gateway, READY), await teacher(gateway, PENDING)
    (record,) = await owner.records()
    assert (await owner.send("teaching_record", id=record["id"]))["node"] == record
    for who, wanted in ((other, record["id"]), (owner, str(global_id("TeachingRecord", 2**62)))):
        assert (await who.send("teaching_record", id=wanted))["node"] is None
    anonymous = await gateway.data_of(operations.by_file()["teaching_record"], {"id": record["id"]})
    assert anonymous == {"node": None}


async def test_past_records_are_the_twenty_left_last(gateway: Gateway) -> None:
    who = await teacher(gateway, READY)
    await change(
        gateway,
        "INSERT INTO teaching_record (person_id, school_id, state, is_primary, left_at)"
        " SELECT $1, s.id, 'WITHDRAWN', false, now() - row_number() OVER (ORDER BY s.id) * interval '1 h'"
        "   FROM school s ORDER BY s.id LIMIT 25",
        who.id,
    )
    past = (await who.profile())["pastTeachingRecords"]
    assert len(past) == 20
    left = [one["leftAt"] for one in past]
    assert left == sorted(left, reverse=True)
    assert {one["state"] for one in past} == {"WITHDRAWN"}
    assert len(await who.records()) == 1


async def test_an_anonymous_reader_has_no_profile_and_a_parent_has_one(gateway: Gateway) -> None:
    assert await gateway.data_of(operations.by_file()["profile"]) == {"viewer": None}
    me = await (await teacher(gateway, PARENT)).profile()
    assert (me["name"], me["teachingRecords"]) == ("沈怀瑾", [])


async def test_no_full_number_is_in_any_page_of_the_profile(gateway: Gateway) -> None:
    who = await teacher(gateway, INCOMPLETE)
    number = "11010519491231002X"
    said = [
        await who.edit(documentType="MAINLAND_ID", documentNumber=number),
        await who.edit(documentType="MAINLAND_ID", documentNumber=number[:-1] + "1"),
        await who.profile(),
    ]
    assert number not in json.dumps(said)
    assert number[:-1] not in json.dumps(said)
    kept = await value(gateway, "SELECT row_to_json(p)::text FROM person p WHERE id = $1", who.id)
    assert number[:-1] not in kept
