"""The types of a schema with every kind of type and every way to fail."""

import asyncio
import datetime as dt
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, NewType, TypeVar, cast

import strawberry
from strawberry.scalars import JSON

T = TypeVar("T")
Price = NewType("Price", object)


def price(value: Any) -> str:
    if value == "unpriceable":
        raise ValueError("no price")
    return f"{Decimal(value):.2f}"


async def ticks(count: int) -> None:
    """Let others run so many times."""
    for _ in range(count):
        await asyncio.sleep(0)


@strawberry.enum
class Genre(Enum):
    NOVEL = "novel"
    POEM = strawberry.enum_value("poem", name="VERSE")
    ESSAY = 3


@strawberry.interface
class Node:
    id: strawberry.ID


@strawberry.interface
class Named:
    name: str
    short: str | None = None

    @strawberry.field
    def initial(self) -> str:
        return self.name[0]


@strawberry.type
class Author(Node, Named):
    born: dt.date | None = None
    rival: "Author | None" = None

    @strawberry.field
    async def agent(self) -> str | None:
        await ticks(len(self.name) % 3)
        return f"agent of {self.name}"

    @strawberry.field
    async def lost(self, info: strawberry.Info) -> str:
        await asyncio.sleep(0)
        raise RuntimeError(f"{info.path.key} of {self.name}")


@strawberry.type
class Publisher(Named):
    city: str = "Paris"
    founded: int = 1900


@strawberry.type
class Page:
    number: int
    words: list[str]
    broken: int = cast("int", "many")

    @strawberry.field
    def torn(self) -> str:
        raise ValueError("torn")


@strawberry.type
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    total: int


@strawberry.type
class Book(Node):
    title: str
    genre: Genre | None
    rating: float
    stock: int
    sold: bool
    price: Price
    printed: dt.datetime | None
    extra: JSON
    author: Author
    pages: list[Page]
    genres: list[Genre]
    grid: list[list[int | None]]
    tags: list[str | None] | None
    class_: str = strawberry.field(name="class", default="reserved")
    holes: list[str] = strawberry.field(default_factory=lambda: cast("list[str]", ["a", None, "b"]))
    none_for_strict: str = cast("str", None)
    sequel: "Book | None" = None
    makers: list[Named] = strawberry.field(default_factory=list)

    @strawberry.field
    def blurb(self, length: int = 5, *, loud: bool | None = None) -> str:
        text = (self.title * 3)[:length]
        return text.upper() if loud else text

    @strawberry.field
    def raising(self) -> str | None:
        raise ValueError(f"raising in {self.title}")

    @strawberry.field
    async def raising_later(self) -> str:
        await ticks(self.stock)
        raise ValueError(f"later in {self.title}")

    @strawberry.field
    def returned(self) -> str | None:
        return cast("str", ValueError("returned, not raised"))

    @strawberry.field
    async def reviews(self, first: int = 2) -> list["Review | None"]:
        await asyncio.sleep(0)
        return [Review(text=f"{self.title} {n}", stars=n) if n != 1 else None for n in range(min(first, 4))]

    @strawberry.field
    def quotes(self) -> list[str]:
        return cast("list[str]", [later("q1"), "q2", later("q3")])

    @strawberry.field
    def bad_quotes(self) -> list[str | None]:
        return cast("list[str | None]", [later("q1"), fail("q2"), ValueError("q3"), None])

    @strawberry.field
    def not_a_list(self) -> list[int] | None:
        return cast("list[int]", 7)

    @strawberry.field
    def lent_to(self) -> list[Annotated["Holder", strawberry.lazy("execution.books")]]:
        return [self.author, Publisher(name="P"), cast("Author", "a stranger")]


@strawberry.type
class Review:
    text: str
    stars: int | None

    @strawberry.field
    async def strict_failure(self) -> str:
        await ticks(self.stars or 0)
        raise ValueError("review")


Holder = Annotated[Author | Publisher, strawberry.union("Holder")]


async def later(value: T) -> T:
    await asyncio.sleep(0)
    return value


async def fail(message: str) -> str:
    await asyncio.sleep(0)
    raise ValueError(message)


@strawberry.input
class Range:
    low: int = 1
    high: int | None = None


@strawberry.input
class Filter:
    genres: list[Genre] | None = None
    range: Range = strawberry.field(default_factory=Range)
    name: str | None = strawberry.UNSET
    before: dt.date | None = None
    also: list["Filter"] | None = None


def author(number: int = 1) -> Author:
    rival = Author(id=strawberry.ID("r"), name="Rival") if number == 1 else None
    return Author(
        id=strawberry.ID(str(number)), name=f"Author {number}", born=dt.date(1900, 1, number), rival=rival
    )


def book(number: int = 1, **changes: Any) -> Book:
    values: dict[str, Any] = {
        "id": f"b{number}",
        "title": f"Book {number}",
        "genre": list(Genre)[number % 3],
        "rating": number / 2,
        "stock": number,
        "sold": number % 2 == 0,
        "price": Decimal(number) / 3,
        "printed": dt.datetime(2020, 1, number, tzinfo=dt.UTC) if number % 2 else None,
        "extra": {"b": [1, {"a": None}], "a": "é"},
        "author": author(number),
        "pages": [Page(number=n, words=["w"] * n) for n in range(number)],
        "genres": list(Genre),
        "grid": [[1, None], [], [number]],
        "tags": ["x", None] if number % 2 else None,
        "makers": [author(number), Publisher(name="Maker")],
    }
    return Book(**(values | changes))
