"""The topic, its courses and resources, and the pages around it, as rows of their tables."""

from collections.abc import Iterator
from datetime import UTC, datetime

from mobile_gateway.demo.catalogue import Banner, Catalogue, Link, Section
from mobile_gateway.demo.rows import Numbers, Row
from mobile_gateway.rules.banners import BannerTarget
from mobile_gateway.rules.words import ClientKind, Identity, ResourceKind

OPEN_END = datetime(2099, 12, 31, tzinfo=UTC)
"""Until when a banner without an end is shown."""

ANONYMOUS = "ANONYMOUS"
"""What a banner's audience calls a reader without an account."""

PICTURES = "/static/demo"
"""Where clients find the files of `demo/pictures`."""

MEDIA = "https://media.example.com"
"""An invented host of a reserved domain (RFC 2606): nothing can be played or read there."""


def topic(shown: Catalogue, topics: Numbers) -> list[Row]:
    """The one row of `topic`."""
    one = shown.topic
    return [
        {
            "id": topics[one.key],
            "slug": one.key,
            "title": one.title,
            "title_en": one.title_en,
            "learning_start": one.learning_from,
            "learning_end": one.learning_until,
            "certificates_open_at": one.certificates_from,
            "ms_per_credit": one.seconds_per_credit * 1000,
            "published": True,
        }
    ]


def course(shown: Catalogue, topics: Numbers, courses: Numbers) -> list[Row]:
    """Rows of `course`; their positions count from 1, as all positions of the demo do."""
    return [
        {
            "id": courses[one.key],
            "topic_id": topics[shown.topic.key],
            "slug": one.key,
            "title": one.title,
            "title_en": one.title_en,
            "required_credits": one.cap_credits,
            "position": position,
        }
        for position, one in enumerate(shown.topic.courses, start=1)
    ]


def outline(shown: Catalogue) -> Iterator[Section]:
    """Every section of every course."""
    for one in shown.topic.courses:
        yield from one.sections


def section(shown: Catalogue, courses: Numbers, sections: Numbers) -> list[Row]:
    """Rows of `section`."""
    return [
        {
            "id": sections[part.key],
            "course_id": courses[one.key],
            "title": part.title,
            "title_en": part.title_en,
            "position": position,
        }
        for one in shown.topic.courses
        for position, part in enumerate(one.sections, start=1)
    ]


def resource(shown: Catalogue, resources: Numbers) -> list[Row]:
    """Rows of `resource`; a document's address is invented."""
    return [
        {
            "id": resources[one.key],
            "slug": one.key,
            "kind": one.kind,
            "title": one.title,
            "title_en": one.title_en,
            "document_url": f"{MEDIA}/documents/{one.key}.pdf" if one.kind is ResourceKind.DOCUMENT else None,
        }
        for one in shown.resources
    ]


def media_version(shown: Catalogue, resources: Numbers) -> list[Row]:
    """Rows of `media_version`: the first one of every video, at an invented address."""
    return [
        {
            "resource_id": resources[one.key],
            "version": 1,
            "duration_ms": one.duration_ms,
            "url": f"{MEDIA}/videos/{one.key}/1.mp4",
        }
        for one in shown.resources
        if one.kind is ResourceKind.VIDEO
    ]


def listing(shown: Catalogue, sections: Numbers, resources: Numbers) -> list[Row]:
    """Rows of `listing`."""
    return [
        {"section_id": sections[part.key], "resource_id": resources[key], "position": position}
        for part in outline(shown)
        for position, key in enumerate(part.resources, start=1)
    ]


def banner(shown: Catalogue, topics: Numbers) -> list[Row]:
    """Rows of `banner`, one for each of a banner's tabs; an empty audience is written out as everybody."""
    return [row for one in shown.banners for row in _slides(one, topics)]


def _slides(one: Banner, topics: Numbers) -> Iterator[Row]:
    target = BannerTarget(one.link.kind)
    for tab in one.tabs:
        yield {
            "tab": tab,
            "position": one.order,
            "title": one.title,
            "title_en": one.title_en,
            "image_url": f"{PICTURES}/{one.image}",
            "target": target,
            "topic_id": topics[one.link.to] if target is BannerTarget.TOPIC else None,
            "url": one.link.to if target is BannerTarget.URL else None,
            "publish_start": one.published_from,
            "publish_end": one.published_until or OPEN_END,
            "identities": list(one.identities) or [*Identity, ANONYMOUS],
            "client_kinds": list(one.clients) or list(ClientKind),
        }


def shelf(shown: Catalogue, shelves: Numbers) -> list[Row]:
    """Rows of `shelf`."""
    return [
        {
            "id": shelves[one.key],
            "tab": one.tab,
            "title": one.title,
            "title_en": one.title_en,
            "position": one.order,
        }
        for one in shown.shelves
    ]


def shelf_item(shown: Catalogue, shelves: Numbers, topics: Numbers, resources: Numbers) -> list[Row]:
    """Rows of `shelf_item`."""
    return [
        {
            "shelf_id": shelves[one.key],
            "topic_id": _target(link, "TOPIC", topics),
            "resource_id": _target(link, "RESOURCE", resources),
            "position": position,
        }
        for one in shown.shelves
        for position, link in enumerate(one.items, start=1)
    ]


def public_link(shown: Catalogue, topics: Numbers) -> list[Row]:
    """Rows of `public_link`: one link, named like the topic, with a row for each segment."""
    return [
        {
            "slug": shown.topic.key,
            "segment": one.segment,
            "topic_id": _target(one.link, "TOPIC", topics),
            "url": one.link.to if one.link.kind == "URL" else None,
        }
        for one in shown.public_links
    ]


def _target(link: Link, kind: str, ids: Numbers) -> int | None:
    return ids[link.to] if link.kind == kind else None
