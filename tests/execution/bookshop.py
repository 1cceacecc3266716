"""A schema with every kind of type and every way to fail, for comparing executions."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any, cast

import strawberry
from graphql import GraphQLSchema
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from execution.books import (
    Author,
    Book,
    Connection,
    Edge,
    Filter,
    Genre,
    Holder,
    Named,
    Node,
    Price,
    Publisher,
    author,
    book,
    fail,
    later,
    price,
    ticks,
)


@strawberry.type
class Query:
    @strawberry.field
    def book(self, number: int = 1) -> Book | None:
        return book(number) if 0 < number < 9 else None

    @strawberry.field
    async def books(self, first: int = 2) -> list[Book]:
        await asyncio.sleep(0)
        return [book(n + 1) for n in range(min(max(first, 0), 4))]

    @strawberry.field
    def pending_books(self) -> list[Book | None]:
        return cast("list[Book | None]", [later(book(1)), book(2), fail("gone"), ValueError("v"), None])

    @strawberry.field
    def node(self, id: strawberry.ID) -> Node | None:  # noqa: A002 -- the argument is named id
        found: dict[str, Any] = {"a": author(), "b": book(2), "p": Publisher(name="x"), "e": ValueError("e")}
        return cast("Node | None", found.get(str(id)))

    @strawberry.field
    async def holders(self) -> list[Holder]:
        await asyncio.sleep(0)
        return [author(2), Publisher(name="Holding")]

    @strawberry.field
    def shelf(self, first: int | None = None, last: int | None = None) -> Connection[Book]:
        return Connection(edges=[Edge(cursor="c", node=book(3))], total=first or last or 1)

    @strawberry.field
    def cast_named(self) -> Named:
        return strawberry.cast(Publisher, cast("Publisher", _Loose()))

    @strawberry.field
    def echo(
        self,
        wanted: Annotated[Filter, strawberry.argument(name="filter")],
        number: float = 1.5,
        words: list[str] | None = None,
    ) -> str:
        return repr((wanted, number, words))

    @strawberry.field
    def count(self, by: Genre = Genre.POEM, *, ids: list[strawberry.ID] | None = None) -> int:
        return len(by.name) + len(ids or ())

    @strawberry.field
    def strict_none(self) -> str:
        return cast("str", None)

    @strawberry.field
    def priced(self, text: str = "1") -> Price | None:
        return cast("Price", text)

    @strawberry.field
    def awaitable(self) -> str:
        return cast("str", later("later"))

    @strawberry.field
    def told(self, info: strawberry.Info) -> JSON:
        return cast("JSON", _told(info))

    @strawberry.field
    def seen(self, info: strawberry.Info[dict[str, str], Any], loud: bool | None = None) -> str | None:
        return f"{info.context['who']} {loud}"


class _Loose:
    name = "loose"
    short = None
    city = "nowhere"
    founded = True


def _told(info: strawberry.Info) -> dict[str, Any]:
    raw = info._raw_info
    return {
        "field": info.field_name,
        "path": info.path.as_list(),
        "type": str(raw.return_type),
        "parent": raw.parent_type.name,
        "nodes": [node.name.value for node in raw.field_nodes],
        "fragments": list(raw.fragments),
        "variables": info.variable_values,
        "selected": repr(info.selected_fields),
        "operation": raw.operation.operation.value,
        "root": repr(raw.root_value),
    }


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def append(
        self, info: strawberry.Info[dict[str, Any], Any], word: str, pause: int = 0
    ) -> list[str]:
        await ticks(pause)
        info.context["words"].append(word)
        return list(info.context["words"])

    @strawberry.mutation
    def fail_strictly(self, info: strawberry.Info[dict[str, Any], Any]) -> str:
        info.context["words"].append("failed")
        raise ValueError("strict")

    @strawberry.mutation
    async def fail_softly(self) -> str | None:
        await asyncio.sleep(0)
        raise ValueError("soft")


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, upto: int = 2) -> AsyncGenerator[int, None]:
        for number in range(upto):
            await asyncio.sleep(0)
            yield number

    @strawberry.subscription
    async def refused(self, after: int = 0) -> AsyncGenerator[int, None]:
        for number in range(after):
            yield number
        raise ValueError("refused")


def core(schema: strawberry.Schema) -> GraphQLSchema:
    return schema._schema


strawberry_schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Author, Publisher],
    config=StrawberryConfig(scalar_map={Price: strawberry.scalar(name="Price", serialize=price)}),
)
schema = core(strawberry_schema)
