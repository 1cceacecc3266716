"""Acts on topics and banners as the permission matrix tries them: each on a draft, or a banner, of its own."""

from __future__ import annotations

import secrets
from typing import Any, Final

from mobile_gateway.schema.nodes import global_id
from permitting import Ground, Preparation, Tried
from platforming import BANNER, TOPIC, Built, Desk
from player import value
from staffing import PLATFORM


async def _desk(ground: Ground) -> Desk:
    return Desk(ground.gateway, await ground.gateway.token(PLATFORM))


def _name() -> str:
    return f"n{secrets.token_hex(6)}"


async def _built(ground: Ground) -> Built:
    """A draft of one course, one section and one video, each of a name of its own."""
    admin = await _desk(ground)
    topic = (await admin.topic(slug=_name()))["id"]
    course = (await admin.course(topic))["id"]
    section = (await admin.section(course))["id"]
    video = (await admin.video(slug=_name()))["id"]
    (listing,) = (await admin.listed(section, video))["listings"]
    return Built(topic, course, section, video, listing["id"])


async def _banner(ground: Ground) -> str:
    return str((await (await _desk(ground)).banner())["id"])


def _given(document: str, **given: Any) -> Tried:
    return document, {"input": given}


async def _topic_create(_: Ground) -> Tried:
    return _given("topic_create", **{**TOPIC, "slug": _name()})


async def _topic_update(ground: Ground) -> Tried:
    return _given("topic_update", topicId=(await _built(ground)).topic, version=1, title="新标题")


async def _topic_publish(ground: Ground) -> Tried:
    return _given("topic_publish", topicId=(await _built(ground)).topic)


async def _topic_unpublish(ground: Ground) -> Tried:
    topic = (await _built(ground)).topic
    await (await _desk(ground)).done("topic_publish", topicId=topic)
    return _given("topic_unpublish", topicId=topic)


async def _course_add(ground: Ground) -> Tried:
    course = {"slug": _name(), "title": "课程", "titleEn": "Course", "requiredCredits": 1}
    return _given("course_add", topicId=(await _built(ground)).topic, **course)


async def _course_update(ground: Ground) -> Tried:
    return _given("course_update", courseId=(await _built(ground)).course, version=1, requiredCredits=2)


async def _section_add(ground: Ground) -> Tried:
    return _given("section_add", courseId=(await _built(ground)).course, title="章", titleEn="Part")


async def _section_update(ground: Ground) -> Tried:
    return _given("section_update", sectionId=(await _built(ground)).section, version=1, title="新章")


async def _course_remove(ground: Ground) -> Tried:
    admin = await _desk(ground)
    return _given(
        "course_remove", courseId=(await admin.course((await _built(ground)).topic, slug=_name()))["id"]
    )


async def _section_remove(ground: Ground) -> Tried:
    admin = await _desk(ground)
    return _given("section_remove", sectionId=(await admin.section((await _built(ground)).course))["id"])


async def _resource_create(_: Ground) -> Tried:
    titles = {"title": "读物", "titleEn": "Reading", "documentUrl": "https://media.example.com/a.pdf"}
    return _given("resource_create", slug=_name(), kind="DOCUMENT", **titles)


async def _resource_update(ground: Ground) -> Tried:
    return _given("resource_update", resourceId=(await _built(ground)).video, version=1, title="新视频")


async def _media_replace(ground: Ground) -> Tried:
    media = {"mediaVersion": 1, "mediaUrl": "https://media.example.com/2.mp4", "durationMs": 700_000}
    return _given("media_replace", resourceId=(await _built(ground)).video, **media)


async def _resource_list(ground: Ground) -> Tried:
    video = (await (await _desk(ground)).video(slug=_name()))["id"]
    return _given("resource_list", sectionId=(await _built(ground)).section, resourceId=video)


async def _resource_delist(ground: Ground) -> Tried:
    return _given("resource_delist", listingId=(await _built(ground)).listing)


async def _banner_create(_: Ground) -> Tried:
    return _given("banner_create", **BANNER)


async def _banner_update(ground: Ground) -> Tried:
    return _given("banner_update", bannerId=await _banner(ground), version=1, title="改")


async def _banner_move(ground: Ground) -> Tried:
    return _given("banner_move", bannerId=await _banner(ground), version=1, position=1)


async def _banner_withdraw(ground: Ground) -> Tried:
    return _given("banner_withdraw", bannerId=await _banner(ground))


async def _topics(_: Ground) -> Tried:
    return "managed_topics", {}


async def _topic(ground: Ground) -> Tried:
    number = await value(ground.gateway, "SELECT min(id) FROM topic")
    return "managed_topic", {"id": str(global_id("Topic", number))}


async def _banners(_: Ground) -> Tried:
    return "managed_banners", {}


async def _resources(_: Ground) -> Tried:
    return "managed_resources", {}


PLATFORM_ACTS: Final[dict[str, Preparation]] = {
    "create a topic": _topic_create,
    "edit a topic": _topic_update,
    "publish a topic": _topic_publish,
    "unpublish a topic": _topic_unpublish,
    "add a course": _course_add,
    "edit a course": _course_update,
    "add a section": _section_add,
    "edit a section": _section_update,
    "take a course out": _course_remove,
    "take a section out": _section_remove,
    "create a resource": _resource_create,
    "edit a resource": _resource_update,
    "replace media": _media_replace,
    "list a resource": _resource_list,
    "take a resource out": _resource_delist,
    "create a banner": _banner_create,
    "edit a banner": _banner_update,
    "move a banner": _banner_move,
    "withdraw a banner": _banner_withdraw,
    "see all topics": _topics,
    "see a topic's outline as it is edited": _topic,
    "see all banners": _banners,
    "see all resources": _resources,
}
"""For the platform's administrators alone; what else anybody is told is NOT_FOUND."""
