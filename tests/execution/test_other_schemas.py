"""Schemas not written as usual: graphql-core's own resolvers, and Strawberry's rarer fields."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, cast

import pytest
import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema
from strawberry.annotation import StrawberryAnnotation
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.types.field import StrawberryField

from execution.books import Author
from execution.bookshop import schema as bookshop
from execution.comparing import same
from mobile_gateway.execution import shortcuts

SDL = """
directive @loud on FIELD
interface Pet { name: String!, friend: Pet }
type Cat implements Pet { name: String!, friend: Pet, lives: Int }
type Dog implements Pet { name: String!, friend: Pet, barks: Boolean! }
union Any = Cat | Dog
enum Size { SMALL LARGE }
type Query {
  pets: [Pet]
  any: [Any!]
  strict: [Dog!]!
  stream: [Dog]
  size: Size
  number(of: Int, in: [Int!] = [1, 2]): Float
  text: String
  nested: [[String!]]
}
"""


class Later:
    """An awaitable that is not a coroutine."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Any:
        return asyncio.sleep(0, self.value).__await__()


async def failing(message: str) -> None:
    await asyncio.sleep(0)
    raise ValueError(message)


async def stream(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        await asyncio.sleep(0)
        if value == "broken":
            raise ValueError(value)
        yield value


class Shelf:
    text = "plain"
    size = "LARGE"

    @property
    def nested(self) -> Any:
        return (["a"], iter("b"), None)

    def number(self, _info: Any, **given: Any) -> Any:
        return given.get("of", len(given["in"]))


CAT = {"name": "Tom", "lives": 9, "friend": {"name": "Rex", "barks": True}}
DOG = {"name": "Rex", "barks": True, "friend": CAT}


def fresh(**makers: Callable[[], Any]) -> dict[str, Any]:
    """A root whose values are made anew for each run, since streams and coroutines serve one."""
    return {name: lambda _info, make=make, **_given: make() for name, make in makers.items()}


ROOTS = [
    Shelf(),
    fresh(text=lambda: Later("later"), size=lambda: "MEDIUM", nested=lambda: [["a", None], "no list"]),
    fresh(
        pets=lambda: [CAT, DOG, None, {"name": "?"}], any=lambda: [CAT, Later(DOG)], strict=lambda: [DOG, DOG]
    ),
    fresh(pets=lambda: Later([Later(CAT), failing("pet"), DOG]), any=lambda: [{}], strict=lambda: [DOG, CAT]),
    fresh(
        pets=lambda: ValueError("pets"), any=lambda: stream(CAT, DOG), strict=lambda: stream(DOG, Later(DOG))
    ),
    fresh(
        pets=lambda: stream(CAT, Later(DOG), "broken"), any=lambda: 5, strict=lambda: stream(Later(DOG), None)
    ),
    fresh(strict=lambda: [Later(DOG), failing("dog"), Later({})], stream=lambda: stream(failing("a"), DOG)),
    fresh(strict=lambda: [failing("one"), None, failing("never told")], stream=stream),
    fresh(strict=lambda: {"not": "a list"}, stream=lambda: "neither", number=lambda: float("inf")),
    None,
]
DOCUMENT = """query($in: [Int!], $of: Int) {
  text size nested number(in: $in, of: $of) fixed: number(in: [3, 4, 5])
  pets { __typename name ... on Cat { lives friend { name } } ...D }
  any { ...D ... on Pet { friend { name ... on Cat { lives } } } }
  stream { name }
  STRICT
}
fragment D on Dog { barks name }"""


@pytest.mark.parametrize("awaiting", [False, True])
@pytest.mark.parametrize("strict", ["", "strict { name barks friend { name } }"])
@pytest.mark.parametrize("root", ROOTS)
async def test_plain_schemas_are_answered_alike(root: Any, *, strict: str, awaiting: bool) -> None:
    def kind(name: str) -> Any:
        def is_type_of(value: Any, _info: Any) -> Any:
            found = isinstance(value, dict) and name in value
            return Later(found) if awaiting else found

        return is_type_of

    schema = build_schema(SDL)
    cast("GraphQLObjectType", schema.type_map["Cat"]).is_type_of = kind("lives")
    cast("GraphQLObjectType", schema.type_map["Dog"]).is_type_of = kind("barks")
    for variables in ({}, {"in": [7], "of": 2}, {"of": None}):
        await same(DOCUMENT.replace("STRICT", strict), variables, schema=schema, root=root)


@pytest.mark.parametrize("name", ["Dog", "Query", "Size", "Nothing", 7, None, ValueError("kind")])
async def test_a_wrong_runtime_type_is_reported_alike(name: object) -> None:
    def resolve_type(_value: Any, _info: Any, _type: Any) -> Any:
        if isinstance(name, Exception):
            raise name
        return name

    schema = build_schema(SDL)
    cast("GraphQLInterfaceType", schema.type_map["Pet"]).resolve_type = resolve_type
    answer = await same("{ pets { name } }", schema=schema, root={"pets": [CAT]})
    assert bool(answer.errors) is (name != "Dog")


async def test_other_directives_go_to_graphql_core() -> None:
    await same("{ text @loud }", schema=build_schema(SDL), root={"text": "x"}, compiled=False)


class Forbidden(BasePermission):
    message = "forbidden"

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return kwargs.get("key") == "open"


class Shouting(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        return str(next_(source, info, **kwargs)).upper()


class Field(StrawberryField):
    """A field class of somebody's own, which may do anything."""

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        return f"own {super().get_result(source, info, args, kwargs)}"


def by_root(root: Any) -> str:
    return f"root {root.plain}"


def by_parent(up: strawberry.Parent[Any]) -> str:
    return f"parent {up.plain}"


def shouted(root: Any) -> str:
    return f"{root.plain}"


def kept(key: str = "shut") -> str | None:
    return f"kept by {key}"


@strawberry.input
class Point:
    x: int = 1
    y: int = 2


@strawberry.type
class Odd:
    plain: str = "p"
    own: str = cast("str", Field(python_name="own", type_annotation=StrawberryAnnotation(str), default="o"))
    hushed: str = strawberry.field(default="h", permission_classes=[Forbidden])
    shouted: str = strawberry.field(resolver=shouted, extensions=[Shouting()])
    kept: str | None = strawberry.field(resolver=kept, permission_classes=[Forbidden])
    from_root: str = strawberry.field(resolver=by_root)
    from_parent: str = strawberry.field(resolver=by_parent)

    @strawberry.field
    @staticmethod
    def still() -> str:
        return "static"

    @strawberry.field
    @classmethod
    def classy(cls) -> str:
        return cls.__name__

    @strawberry.field
    def sum_up(self, info: strawberry.Info, first_number: int, other: int | None = 5) -> str:
        return f"{info.field_name} {info.python_name} {first_number} {other}"

    @strawberry.field
    def renamed(
        self, told: strawberry.Info, word: Annotated[str, strawberry.argument(name="class")] = "w"
    ) -> str:
        return f"{told.path.key} {word}"

    @strawberry.field
    def point(self, at: Point, maybe: strawberry.Maybe[int] = None) -> str:
        return f"{at} {maybe}"

    @strawberry.field
    def by_id(self, ids: list[strawberry.ID], when: dt.date | None = None) -> str:
        ids.append(strawberry.ID("changed"))
        return f"{ids} {when!r}"

    @strawberry.field
    async def failing(self, word: str) -> str:
        raise KeyError(word)


@strawberry.type
class OddQuery:
    @strawberry.field
    def odd(self) -> Odd:
        return Odd()

    @strawberry.field
    def none_of_it(self, number: int) -> list[Odd | None]:
        return [Odd(), None][:number]


ODD = strawberry.Schema(OddQuery)._schema
ODD_DOCUMENT = """query($n: Int!, $o: Int, $k: String!, $ids: [ID!]!, $w: String = "v") {
  odd { ...F own shouted kept(key: $k) still classy hushed }
  second: odd { ...F plain }
  noneOfIt(number: $n) { plain fromRoot fromParent }
}
fragment F on Odd {
  fromRoot fromParent
  sumUp(firstNumber: $n, other: $o) fixed: sumUp(firstNumber: 3)
  renamed(class: $w) again: renamed
  point(at: {x: $n}, maybe: $o) there: point(at: {})
  byId(ids: $ids) those: byId(ids: ["a", "b"], when: "2020-01-01")
}"""


@pytest.mark.parametrize(
    "variables",
    [
        {"n": 1, "k": "open", "ids": ["x"]},
        {"n": 2, "k": "shut", "ids": "y", "o": None, "w": None},
        {"n": 0, "k": "", "ids": [], "o": 7, "w": "word"},
        {"n": 2**31, "k": 1, "ids": [1.5], "o": True},
        {"n": True, "k": "", "ids": [True]},
        {"n": 1.0, "k": "", "ids": ["x"], "o": 2.5},
    ],
)
async def test_rarer_strawberry_fields_are_answered_alike(variables: dict[str, Any]) -> None:
    await same(ODD_DOCUMENT, variables, schema=ODD)
    await same('{ odd { failing(word: "w") plain } noneOfIt(number: 2) { failing(word: "w") } }', schema=ODD)


def test_strawberry_is_still_recognised() -> None:
    fields = cast("GraphQLObjectType", ODD.type_map["Odd"]).fields
    assert [name for name, field in fields.items() if shortcuts.attribute(field)] == ["plain"]
    assert [name for name, field in fields.items() if shortcuts.method(field)] == [
        "fromRoot", "fromParent", "still", "classy", "sumUp", "renamed", "failing"
    ]  # fmt: skip
    author = cast("GraphQLObjectType", bookshop.type_map["Author"])
    assert shortcuts.accepts_by_class(author)
    assert author.is_type_of
    for name in ("Node", "Named", "Holder"):
        abstract = cast("GraphQLInterfaceType", bookshop.type_map[name])
        assert shortcuts.resolves_by_class(abstract, author, Author)
