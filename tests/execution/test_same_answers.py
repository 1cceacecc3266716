"""Compiled operations answer as graphql-core does: values, key order, nulls and errors."""

import pytest

from execution.bookshop import schema
from execution.comparing import same

BOOKS = """
query Books($first: Int = 3, $loud: Boolean, $with: Boolean!) {
  books(first: $first) {
    __typename
    ...Card
    author { ...Person rival { ...Person } }
    pages @include(if: $with) { number words }
    title
    kind: genre
    genres
    grid
    tags
    class
    blurb(length: 7, loud: $loud)
    sequel { id }
    makers { __typename initial ... on Author { agent } ... on Publisher { city founded } }
  }
}
fragment Card on Book { id title price printed extra rating stock sold genre @skip(if: $with) }
fragment Person on Author { born name initial agent }
"""


@pytest.mark.parametrize("with_pages", [True, False])
@pytest.mark.parametrize("extra", [{}, {"first": 1}, {"first": 0}, {"loud": True}, {"loud": None}])
async def test_every_kind_of_type_is_completed_alike(with_pages: bool, extra: dict[str, object]) -> None:
    answer = await same(BOOKS, {"with": with_pages, **extra})
    assert answer.errors == []


FAILING = [
    "{ book { title raising stock } }",
    "{ book { title returned pages { number torn } } }",
    "{ book { pages { number broken } title } sibling: book { title } }",
    "{ book { noneForStrict title } }",
    "{ book { title noneForStrict raising } }",
    "{ book { raising noneForStrict } }",
    "{ book { raising raisingLater noneForStrict } }",
    "{ book { raisingLater title } other: book { raisingLater raising } }",
    "{ books { title raisingLater } }",
    "{ books { holes } }",
    "{ book { holes tags } }",
    "{ books(first: 3) { reviews(first: 3) { text strictFailure } title } }",
    "{ book { badQuotes } }",
    "{ book { notAList } }",
    "{ book { lentTo { __typename } } }",
    "{ book { author { lost } reviews { text } } }",
    "{ book { author { rival { lost agent } name agent } reviews { strictFailure } } }",
    "{ pendingBooks { title } }",
    "{ pendingBooks { title raisingLater } }",
    "{ pendingBooks { noneForStrict } }",
    "{ strictNone }",
    "{ book { title } strictNone }",
    "{ books { author { lost } } awaitable strictNone }",
    "{ awaitable books { reviews { strictFailure } raisingLater } }",
    '{ priced(text: "unpriceable") ok: priced }',
    '{ node(id: "e") { id } }',
    '{ node(id: "p") { id } }',
    '{ node(id: "a") { id ... on Author { name lost } } }',
]


@pytest.mark.parametrize("document", FAILING)
async def test_failures_null_the_same_places_and_are_reported_alike(document: str) -> None:
    answer = await same(document)
    assert answer.errors


@pytest.mark.parametrize(
    "document",
    [
        '{ node(id: "a") { __typename id ... on Node { id } ... on Author { born } } }',
        '{ node(id: "b") { ... on Book { title author { name } } ...F } } fragment F on Node { id }',
        '{ node(id: "none") { id } }',
        "{ holders { __typename ... on Named { name initial } ... on Publisher { city } } }",
        "{ shelf(first: 2) { total edges { cursor node { id title } } } }",
        "{ awaitable __typename }",
        "{ books(first: 3) { reviews(first: 3) { text stars } quotes } }",
        "{ castNamed { name __typename ... on Publisher { city founded } } }",
        "{ book(number: 77) { title } }",
        "{ count(by: VERSE, ids: [1, 2]) other: count(by: ESSAY) none: count(ids: []) }",
        "{ book { title } book { stock title } book { price } ...Q } fragment Q on Query { book { id } }",
        "{ a: book { b: title a: stock } b: __typename }",
        "query($a: Boolean!, $b: Boolean!) { x: count @skip(if: $a) book @include(if: $b) { id } x: count }",
    ],
)
async def test_shapes_are_merged_and_resolved_alike(document: str) -> None:
    for a in (True, False):
        for b in (True, False):
            answer = await same(document, {"a": a, "b": b})
            assert answer.errors == []


ECHO = """query($f: Filter!, $n: Float = 2.5, $w: [String!], $g: Genre! = NOVEL, $ids: [ID!]) {
  echo(filter: $f, number: $n, words: $w)
  inline: echo(filter: {genres: [$g, VERSE], range: {low: 3}, also: [{before: "2020-02-03"}]}, words: "one")
  count(by: $g, ids: $ids)
}"""


@pytest.mark.parametrize(
    "variables",
    [
        {"f": {}},
        {"f": {"genres": ["VERSE"], "name": None, "range": {"high": 9}}, "n": 1, "w": ["a", "b"]},
        {"f": {"also": [{"also": [{"before": "2001-01-01"}]}]}, "w": None, "g": "ESSAY", "ids": [1, "b"]},
        {"f": {"genres": None}, "ids": None, "unknown": 1},
        {"f": None},
        {"f": {"genres": ["X"]}},
        {"f": {"range": {"low": "x", "more": 1}}, "g": None},
        {"f": {"before": "never"}, "n": None, "w": [None]},
        {},
    ],
)
async def test_variables_are_coerced_alike(variables: dict[str, object]) -> None:
    await same(ECHO, variables)


@pytest.mark.parametrize(("variables", "errors"), [({}, 0), ({"by": "VERSE"}, 0), ({"by": None}, 1)])
async def test_null_for_a_strict_argument_fails_its_field(variables: dict[str, object], errors: int) -> None:
    answer = await same("query($by: Genre = ESSAY) { book { id } count(by: $by) }", variables)
    assert len(answer.errors) == errors


async def test_null_for_a_condition_is_answered_as_by_graphql_core() -> None:
    document = "query($c: Boolean = true) { book { id title @include(if: $c) } }"
    assert (await same(document, {})).errors == []
    assert (await same(document, {"c": None})).errors


async def test_a_resolver_is_told_what_graphql_core_tells_it() -> None:
    document = """query T($x: Boolean = true, $s: Int) { told again: told ...F shelf(first: $s) { total } }
    fragment F on Query { told @include(if: $x) }"""
    answer = await same(document, {"s": 2}, root={"the": "root"})
    assert answer.data
    assert answer.data["told"]["variables"] == {"x": True, "s": 2}


async def test_the_context_reaches_resolvers() -> None:
    answer = await same("{ seen(loud: true) }", context={"who": "me"})
    assert answer.data == {"seen": "me True"}


async def test_a_failure_keeps_what_was_raised() -> None:
    answer = await same("{ book { raising } }")
    assert isinstance(answer.errors[0].original_error, ValueError)


@pytest.mark.parametrize(
    "document",
    ["{ __schema { queryType { name } } }", '{ __type(name: "Book") { fields { name } } book { id } }'],
)
async def test_introspection_goes_to_graphql_core(document: str) -> None:
    await same(document, compiled=False)


def test_the_schema_under_test_is_valid() -> None:
    assert schema.query_type
