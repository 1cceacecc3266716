"""The floor: the same pages as routes written by hand, with the product's sign-in check, reads and bytes.

It takes the request that the product takes and reads of it what a route needs: which page, and its id. No
validation, no limits, no metrics: what a careful person would write for speed alone, dictionaries in the answer's
order, encoded once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobile_gateway.benches.ground import Given
from mobile_gateway.benches.stage import Stage, ready
from mobile_gateway.clock import SHANGHAI, real
from mobile_gateway.messages import advices
from mobile_gateway.reads import catalogue, people, progress
from mobile_gateway.reads.catalogue import Topic
from mobile_gateway.reads.progress import TopicProgress
from mobile_gateway.rules import credits, enrolment
from mobile_gateway.rules.credits import Figures
from mobile_gateway.rules.words import ClientKind, Tab
from mobile_gateway.schema import operations as trusted
from mobile_gateway.schema.course import shown
from mobile_gateway.schema.nodes import cursor, global_id, number_of

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
Json = dict[str, Any]


def application(given: Given) -> Starlette:
    """The four pages behind one route, told apart by the document's id."""
    pages = Pages(Stage(given))
    by_id = {
        trusted.document_id(trusted.by_file()[name]): page
        for name, page in (
            ("resource_home", pages.home),
            ("topic", pages.topic),
            ("course", pages.course),
            ("workbench", pages.workbench),
        )
    }

    async def answer(request: Request) -> Response:
        asked = _decode(await request.body())
        data = await by_id[asked["documentId"]](request, asked["variables"])
        return Response(_encode({"data": data}), media_type="application/json")

    routes = [Route("/health/ready", ready), Route("/graphql", answer, methods=["POST"])]
    return Starlette(routes=routes, lifespan=pages.stage.lifespan)


class Pages:
    """A method a page."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def home(self, request: Request, variables: Json) -> Json:
        """Carousel and shelves, from memory."""
        self.stage.viewer(request)
        tab, shows = Tab(variables["tab"]), self.stage.catalogue
        now = self.stage.clock.at(real())
        carousel = shows.carousel(tab, now, catalogue.ANONYMOUS, ClientKind.APP)
        return {
            "resourceHome": {
                "banners": [
                    {
                        "id": global_id("Banner", one.id),
                        "title": one.title.zh,
                        "imageUrl": one.image_url,
                        "target": _target(one, shows),
                    }
                    for one in list(carousel)[:20]
                ],
                "shelves": [
                    {
                        "id": global_id("Shelf", one.id),
                        "title": one.title.zh,
                        "items": [_item(item, shows) for item in one.items],
                    }
                    for one in shows.shelves
                    if one.tab is tab
                ],
            }
        }

    async def _mine(self, request: Request, topic: Topic) -> TopicProgress:
        viewer = self.stage.signed_in(request)
        async with self.stage.database.connection() as connection:
            found = await progress.of_topics(connection, viewer.person_id, viewer.session_id, [topic])
        mine = found[topic.id]
        if not mine.alive:
            raise PermissionError("the sign-in ended")
        return mine

    async def topic(self, request: Request, variables: Json) -> Json:
        """The topic with the viewer's figures."""
        topic = self.stage.catalogue.topics[number_of(variables["id"], "Topic") or 0]
        mine = await self._mine(request, topic)
        seen, enrolled = shown(mine), mine.enrolment
        step = enrolment.next_step(
            mine.candidate,
            topic.window,
            self.stage.clock.at(real()),
            enrolled=enrolled is not None,
            complete=enrolled is not None and enrolled.completed_at is not None,
            certificate=mine.certificate,
        )
        return {
            "topic": {
                "id": global_id("Topic", topic.id),
                "title": topic.title.zh,
                "learningStart": _moment(topic.window.start),
                "learningEnd": _moment(topic.window.end),
                "certificatesOpenAt": _moment(topic.window.certificates_open_at),
                "requiredCredits": credits.shown(topic.required_ms, topic.ms_per_credit),
                "secondsPerCredit": topic.ms_per_credit // 1000,
                "nextStep": step,
                "enrolmentNotice": advices.before_enrolling("zh-CN"),
                "certificateState": seen.certificate if seen else None,
                "enrolment": _enrolment(seen),
                "progress": _figures(seen.learned.topic(topic), topic.ms_per_credit) if seen else None,
                "courses": [
                    {
                        "id": global_id("Course", one.id),
                        "title": one.title.zh,
                        "requiredCredits": credits.shown(one.required_ms, one.ms_per_credit),
                        "progress": _figures(seen.learned.course(one), one.ms_per_credit, of_course=True)
                        if seen
                        else None,
                    }
                    for one in topic.courses
                ],
            }
        }

    async def course(self, request: Request, variables: Json) -> Json:
        """The course's outline with the viewer's states."""
        course = self.stage.catalogue.courses[number_of(variables["id"], "Course") or 0]
        mine = await self._mine(request, self.stage.catalogue.topics[course.topic_id])
        seen = shown(mine)
        return {
            "course": {
                "id": global_id("Course", course.id),
                "title": course.title.zh,
                "requiredCredits": credits.shown(course.required_ms, course.ms_per_credit),
                "progress": _figures(seen.learned.course(course), course.ms_per_credit, of_course=True)
                if seen
                else None,
                "outline": [
                    {
                        "title": section.title.zh,
                        "entries": [_entry(one, seen) for one in section.resources],
                    }
                    for section in course.sections
                ],
            }
        }

    async def workbench(self, request: Request, variables: Json) -> Json:
        """The viewer's trainings; this peer serves no staff."""
        viewer, size = self.stage.signed_in(request), variables["first"]
        async with self.stage.database.connection() as connection:
            me = await people.me(connection, viewer.person_id, viewer.session_id)
        if me is None or not me.alive or me.grants:
            raise PermissionError("the sign-in ended, or is a member of staff's")
        async with self.stage.database.connection() as connection:
            found = await progress.trainings(connection, viewer.person_id, first=size + 1, after=None)
        edges = [_edge(one, self.stage.catalogue.topics[one.topic_id]) for one in found[:size]]
        page = {"hasNextPage": len(found) > size, "endCursor": edges[-1]["cursor"] if edges else None}
        return {"workbench": {"trainings": {"edges": edges, "pageInfo": page}, "workQueue": None}}


def _moment(value: datetime) -> str:
    return value.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def _target(banner: catalogue.Banner, shows: catalogue.Catalogue) -> Json | None:
    if banner.url:
        return {"__typename": "ExternalLink", "url": banner.url}
    topic = shows.topics.get(banner.topic_id or 0)
    return (
        {"__typename": "Topic", "id": global_id("Topic", topic.id), "title": topic.title.zh}
        if topic
        else None
    )


def _item(item: tuple[int | None, int | None], shows: catalogue.Catalogue) -> Json:
    topic_id, resource_id = item
    if topic_id is not None:
        topic = shows.topics[topic_id]
        return {"__typename": "Topic", "id": global_id("Topic", topic.id), "title": topic.title.zh}
    found = _resource(shows.resources[resource_id or 0])
    found.pop("url", None)
    return found


def _resource(one: catalogue.Resource) -> Json:
    found: Json = {
        "__typename": "Video" if one.media else "Document",
        "id": global_id("Resource", one.id),
        "title": one.title.zh,
    }
    if one.media:
        found["durationMs"] = one.media.duration_ms
    else:
        found["url"] = one.document_url
    return found


def _entry(one: catalogue.Resource, seen: TopicProgress | None) -> Json:
    mine = seen.resource(one) if seen else None
    return {
        "resource": _resource(one),
        "state": mine.state if mine else None,
        "resumePositionMs": mine.resume_ms if mine else None,
        "missingSpans": [{"fromMs": a, "toMs": b} for a, b in mine.missing] if mine else [],
    }


def _enrolment(seen: TopicProgress | None) -> Json | None:
    if seen is None or seen.enrolment is None:
        return None
    done = seen.enrolment.completed_at
    return {
        "enrolledAt": _moment(seen.enrolment.enrolled_at),
        "completedAt": _moment(done) if done else None,
    }


def _figures(figures: Figures, unit: int, *, of_course: bool = False) -> Json:
    return {
        "learned": credits.shown(figures.learned_ms, unit),
        "recognised": credits.shown(figures.recognised_ms, unit),
        "required": credits.shown(figures.required_ms, unit),
        "learnedMs": figures.learned_ms,
        "recognisedMs": figures.recognised_ms,
        "requiredMs": figures.required_ms,
        "standing": figures.standing,
        "notices": ["COURSE_CAP_REACHED"] if of_course and figures.cap_reached else [],
    }


def _edge(one: progress.Training, topic: Topic) -> Json:
    figures = one.learned.topic(topic)
    unit = topic.ms_per_credit
    return {
        "cursor": cursor(one.enrolled_at.isoformat(), one.topic_id),
        "enrolledAt": _moment(one.enrolled_at),
        "completedAt": _moment(one.completed_at) if one.completed_at else None,
        "node": {"id": global_id("Topic", topic.id), "title": topic.title.zh},
        "progress": {
            "learned": credits.shown(figures.learned_ms, unit),
            "recognised": credits.shown(figures.recognised_ms, unit),
            "required": credits.shown(figures.required_ms, unit),
            "standing": figures.standing,
        },
    }
