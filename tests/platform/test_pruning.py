"""Empty courses and sections taken out again."""

from __future__ import annotations

from gateway import Gateway
from platforming import absent, audited, desk, revision
from staffing import READY


async def test_a_course_by_mistake_is_taken_out_and_the_topic_can_be_published(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.built()
    wrong = await admin.course(built.topic, position=1)
    assert await admin.refused("topic_publish", topicId=built.topic) == [("COURSE_BELOW_CAP", [])]
    grown = await revision(gateway)
    topic = await admin.done("course_remove", courseId=wrong["id"])
    assert ([one["id"] for one in topic["courses"]], topic["lacking"]) == ([built.course], [])
    assert await revision(gateway) == grown + 1
    assert await admin.refused("course_remove", courseId=wrong["id"]) == [("NOT_FOUND", ["courseId"])]
    await admin.done("topic_publish", topicId=built.topic)
    acts = [act for act, _, _ in await audited(gateway, "Topic", built.topic)]
    assert acts == ["TOPIC_CREATED", "COURSE_REMOVED", "TOPIC_PUBLISHED"]


async def test_what_holds_something_is_not_taken_out(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.built()
    assert await admin.refused("course_remove", courseId=built.course) == [
        ("OUTLINE_NOT_EMPTY", ["courseId"])
    ]
    assert await admin.refused("section_remove", sectionId=built.section) == [
        ("OUTLINE_NOT_EMPTY", ["sectionId"])
    ]
    await admin.done("resource_delist", listingId=built.listing)
    course = await admin.done("section_remove", sectionId=built.section)
    assert (course["id"], course["sections"], course["videoSeconds"]) == (built.course, [], 0)
    assert (await admin.done("course_remove", courseId=built.course))["courses"] == []
    assert await admin.refused("section_remove", sectionId=absent("Section")) == [
        ("NOT_FOUND", ["sectionId"])
    ]


async def test_where_somebody_is_enrolled_only_what_never_listed_anything_goes(gateway: Gateway) -> None:
    admin = await desk(gateway)
    built = await admin.published()
    second = await admin.section(built.course)
    given = {"topicId": built.topic}
    joined = await gateway.payload("topicEnrol", "TopicEnrolInput", given, await gateway.token(READY), "")
    assert joined["userErrors"] == []
    assert await admin.refused("course_remove", courseId=built.course) == [("CREDITS_FROZEN", ["courseId"])]
    third = await admin.section(built.course)
    more = await admin.video()
    (listing,) = (await admin.listed(third["id"], more["id"]))["listings"]
    await admin.done("resource_delist", listingId=listing["id"])
    assert await admin.refused("section_remove", sectionId=third["id"]) == [
        ("OUTLINE_NOT_EMPTY", ["sectionId"])
    ]
    course = await admin.done("section_remove", sectionId=second["id"])
    assert [one["id"] for one in course["sections"]] == [built.section, third["id"]]
