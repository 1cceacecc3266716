"""The schema: every subject's Query and Mutation in one, and its printed form."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry.printer import print_schema

from mobile_gateway.schema import words
from mobile_gateway.schema.answers import config
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.course import CourseQuery, course_of
from mobile_gateway.schema.identity import IdentityMutation
from mobile_gateway.schema.inbox import InboxMutation, inbox_item_of
from mobile_gateway.schema.nodes import Node, parse_global_id
from mobile_gateway.schema.profile import ViewerQuery, viewer_of
from mobile_gateway.schema.reading import ReadingMutation
from mobile_gateway.schema.resource_home import ResourceHomeQuery
from mobile_gateway.schema.resources import resource
from mobile_gateway.schema.school_changes import SchoolMutation
from mobile_gateway.schema.schools import SchoolQuery, region_of, school_of
from mobile_gateway.schema.topic import TopicMutation, TopicQuery, topic_of
from mobile_gateway.schema.watching import WatchingMutation
from mobile_gateway.schema.workbench import WorkbenchQuery

__all__ = ["build", "printed", "words"]


async def _node(info: Info, text: str) -> Node | None:  # noqa: PLR0911 - one return for each kind
    kind, number = parse_global_id(text) or ("", 0)
    context = info.context
    match kind:
        case "Topic":
            return topic_of(context, number)
        case "Course":
            return await course_of(info, number)
        case "Resource":
            found = context.catalogue.resources.get(number)
            return resource(found, context.locale) if found else None
        case "InboxItem":
            return await inbox_item_of(context, number) if context.viewer else None
        case "School":
            return await school_of(context, number)
        case "Region":
            return await region_of(context, number)
        case "Person":
            mine = context.viewer is not None and context.viewer.person_id == number
            return await viewer_of(info) if mine else None
        case _:
            return None


@strawberry.type(description="Where the app starts reading.")
class Query(ResourceHomeQuery, TopicQuery, CourseQuery, WorkbenchQuery, ViewerQuery, SchoolQuery):
    """The roots of the app's pages."""

    @strawberry.field(description="An object by its global id; somebody else's is the same as absent.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Global id.")],  # noqa: A002 - GraphQL's own word
    ) -> Node | None:
        """Refetch within the viewer's rights."""
        return await _node(info, id)


@strawberry.type(description="One mutation for each act of a person.")
class Mutation(
    IdentityMutation, TopicMutation, WatchingMutation, ReadingMutation, InboxMutation, SchoolMutation
):
    """What people do."""


def build(*, suggestions: bool = False) -> strawberry.Schema:
    """The schema; `suggestions` only where development is."""
    return strawberry.Schema(query=Query, mutation=Mutation, config=config(suggestions=suggestions))


def printed() -> str:
    """The SDL as it is committed in `schema.graphql`."""
    return print_schema(build()) + "\n"
