"""Videos and documents, as a shelf and a course's outline show them."""

from typing import assert_never

import strawberry

from mobile_gateway.reads import catalogue
from mobile_gateway.rules.words import ResourceKind
from mobile_gateway.schema.answers import URL
from mobile_gateway.schema.nodes import Node, global_id


@strawberry.interface(description="Something to learn from: a video or a document.")
class Resource(Node):
    """What both kinds share."""

    title: str = strawberry.field(description="Title in the viewer's language.")


@strawberry.type(description="A video; it earns its duration once it was watched in full.")
class Video(Resource):
    """A video with the newest version of its media."""

    duration_ms: int = strawberry.field(description="Duration in milliseconds, taken from the media.")


@strawberry.type(description="A document; it earns nothing and is completed when opened.")
class Document(Resource):
    """A document."""

    url: URL = strawberry.field(description="Where the document is read.")


def resource(subject: catalogue.Resource, locale: str) -> Video | Document:
    """A resource of the catalogue as a client reads it."""
    node_id, title = global_id("Resource", subject.id), subject.title.within(locale)
    match subject.kind:
        case ResourceKind.VIDEO:
            return Video(
                id=node_id, title=title, duration_ms=subject.media.duration_ms if subject.media else 0
            )
        case ResourceKind.DOCUMENT:
            return Document(id=node_id, title=title, url=URL(subject.document_url or ""))
        case _:
            assert_never(subject.kind)
