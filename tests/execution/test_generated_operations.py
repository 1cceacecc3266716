"""Whatever operation is generated from the schema, both executions answer the same."""

import asyncio

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from execution.bookshop import strawberry_schema
from execution.comparing import same

SDL = strawberry_schema.as_str()
DATES = st.dates().map(lambda date: nodes.String(date.isoformat()))
SCALARS = {
    "Date": DATES,
    "DateTime": DATES,
    "JSON": st.just(nodes.String("json")),
    "Price": st.just(nodes.String("1")),
}


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(document=queries(SDL, custom_scalars=SCALARS, allow_null=True))
def test_generated_queries_are_answered_alike(document: str) -> None:
    asyncio.run(same(document, context={"who": "me"}))


FIELDS = [
    "id", "title", "genre", "price", "extra", "raising", "raisingLater", "returned", "holes", "tags",
    "noneForStrict", "notAList", "badQuotes", "quotes", "genres", "grid", "blurb(loud: $b)",
]  # fmt: skip
INNER = [
    "author { @ }", "pages { number }", "pages { broken }", "pages { torn words }", "reviews { stars }",
    "reviews { text strictFailure }", "lentTo { __typename }", "makers { name ...P }", "...B",
    "...B @skip(if: $a)",
]  # fmt: skip
PEOPLE = ["name", "agent", "lost", "rival { lost }", "rival { agent name }", "born", "__typename"]
ROOTS = [
    "book { @ }",
    "books(first: 3) { @ }",
    "pendingBooks { @ }",
    'node(id: "b") { id ... on Book { @ } }',
    "strictNone",
]

# Reads every variable and fragment, so that none is unused, and finds nothing.
USED = 'used: node(id: "0") { id @skip(if: $a) ... on Book { ...B @skip(if: $b) makers { ...P } } }'


def picked(choices: list[str], most: int) -> st.SearchStrategy[str]:
    conditions = st.sampled_from(["", "", "", " @include(if: $a)", " @skip(if: $b)"])
    one = st.tuples(st.sampled_from(choices), conditions)

    def write(parts: list[tuple[str, str]]) -> str:
        return " ".join(
            f"k{number}: {text}{when}" if "..." not in text.split("{")[0] and " {" not in text else text
            for number, (text, when) in enumerate(parts)
        )

    return st.lists(one, min_size=1, max_size=most).map(write)


@st.composite
def failing_operations(draw: st.DrawFn) -> str:
    people = draw(picked(PEOPLE, 3))
    books = draw(picked(FIELDS + INNER, 5)).replace("@ }", f"{people} }}")
    roots = [
        f"r{number}: {root.replace('@ }', f'{books} }}')}"
        for number, root in enumerate(draw(st.lists(st.sampled_from(ROOTS), min_size=1, max_size=3)))
    ]
    return (
        f"query($a: Boolean!, $b: Boolean!) {{ {' '.join(roots)} {USED} }}"
        " fragment B on Book { author { name } title later: raisingLater }"
        " fragment P on Named { initial ... on Author { agent } }"
    )


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(document=failing_operations(), a=st.booleans(), b=st.booleans())
def test_failing_operations_are_answered_alike(document: str, *, a: bool, b: bool) -> None:
    asyncio.run(same(document, {"a": a, "b": b}))
