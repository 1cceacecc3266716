"""What a hostile document costs: it is refused with a code, after work linear in its size."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from graphql import get_introspection_query, parse

from execution.bookshop import schema
from mobile_gateway.execution import Limits, Operations, Plan, Rejected
from mobile_gateway.execution.limits import weigh

PROMPT_SECONDS = 2.0
"""Generous for a shared machine; the exponential forms of these documents would take hours."""


@contextmanager
def promptly() -> Iterator[None]:
    started = time.process_time()
    yield
    assert time.process_time() - started < PROMPT_SECONDS


def codes(document: str, limits: Limits | None = None, name: str | None = None) -> list[str]:
    outcome = Operations(schema, limits or Limits()).prepare(document, name)
    if isinstance(outcome, Plan):
        return []
    return [str((error.extensions or {})["code"]) for error in outcome.errors]


def lines_run(document: str) -> int:
    """How many lines of Python weighing a document runs: its work, on any machine."""
    parsed = parse(document)
    count = 0

    def tracer(_frame: Any, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        weigh(parsed, schema, Limits())
    finally:
        sys.settrace(before)
    return count


def doubling(levels: int) -> str:
    fragments = "".join(
        f"fragment f{n} on Book {{ sequel {{ ...f{n + 1} }} x{n}: sequel {{ ...f{n + 1} ...f{n + 1} }} }} "
        for n in range(levels)
    )
    return f"{{ book {{ ...f0 }} }} {fragments} fragment f{levels} on Book {{ id }}"


def test_doubling_fragments_cost_linear_work() -> None:
    small, large = lines_run(doubling(10)), lines_run(doubling(40))
    assert large < 5 * small


@pytest.mark.parametrize("levels", [9, 20, 40])
def test_doubling_fragments_are_refused(levels: int) -> None:
    with promptly():
        found = codes(doubling(levels))
    assert "TOO_MANY_ALIASES" in found or "TOO_DEEP" in found


def test_spreading_the_same_fragment_twice_at_every_level_is_refused() -> None:
    fragments = "".join(f"fragment f{n} on Book {{ ...f{n + 1} ...f{n + 1} }} " for n in range(60))
    with promptly():
        found = codes(f"{{ book {{ ...f0 }} }} {fragments} fragment f60 on Book {{ id title }}")
    assert "TOO_MANY_REPEATS" in found


def test_two_fields_of_every_level_are_too_costly() -> None:
    fragments = "".join(
        f"fragment f{n} on Author {{ rival {{ ...f{n + 1} }} name }} "
        f"fragment g{n} on Book {{ sequel {{ ...g{n + 1} }} author {{ ...f{n} }} }} "
        for n in range(8)
    )
    document = (
        f"{{ book {{ ...g0 }} }} {fragments} fragment f8 on Author {{ id }} fragment g8 on Book {{ id }}"
    )
    assert codes(document, Limits(max_cost=50, max_depth=40)) == ["TOO_COSTLY"]
    assert codes(document, Limits(max_cost=100, max_depth=40)) == []


def test_cycles_of_fragments_are_left_to_validation() -> None:
    document = (
        "{ book { ...a } } fragment a on Book { sequel { ...b } } fragment b on Book { sequel { ...a } }"
    )
    assert set(codes(document)) == {"GRAPHQL_VALIDATION_FAILED"}
    assert "GRAPHQL_VALIDATION_FAILED" in codes("{ ...s } fragment s on Query { ...s }")


def test_unknown_fragments_are_left_to_validation() -> None:
    assert codes("{ book { id ...nowhere } }") == ["GRAPHQL_VALIDATION_FAILED"]
    assert codes("{ missing { ... on Nothing { a } } }")[0] == "GRAPHQL_VALIDATION_FAILED"


def test_a_long_chain_of_fragments_does_not_exhaust_the_stack() -> None:
    chain = "".join(f"fragment f{n} on Query {{ ...f{n + 1} }} " for n in range(1_500))
    document = f"{{ ...f0 }} {chain} fragment f1500 on Query {{ __typename }}"
    found = codes(document, Limits(max_tokens=100_000))
    assert found == [] or set(found) == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    ("start", "unit"),
    [
        ("", "{"),
        ("", "{a"),
        ("{a(x:", "["),
        ("{a(x:", "{y:"),
        ("query($a:", "["),
        ("", "{...{"),
        ("{a@b(x:", "["),
    ],
)
def test_100_000_levels_of_anything_are_refused(start: str, unit: str) -> None:
    with promptly():
        assert codes(start + unit * 100_000) == ["TOO_DEEP"]


def test_brackets_inside_strings_and_comments_do_not_nest() -> None:
    brackets = "{[(" * 100
    document = f'{{ book {{ id }} # {brackets}\n }} query B {{ priced(text: "{brackets}\\"") }}'
    assert codes(document, name="B") == ["GRAPHQL_VALIDATION_FAILED"]  # an anonymous one beside a named one
    assert codes(f'{{ priced(text: """{brackets} \\""" " """) }}') == []
    assert codes(f'{{ priced(text: "{brackets}\\\\") }} # {brackets}') == []


def test_fields_deeper_than_the_limit_are_refused_also_through_fragments() -> None:
    def nested(levels: int) -> str:
        return "{ book { " + "sequel { " * levels + "id" + " }" * levels + " } }"

    assert codes(nested(10)) == []
    assert codes(nested(11)) == ["TOO_DEEP"]
    half = "fragment h on Book { " + "sequel { " * 5 + "id" + " }" * 5 + " } "
    assert codes("{ book { " + "sequel { " * 6 + "... on Book { ...h }" + " }" * 6 + " } } " + half) == [
        "TOO_DEEP"
    ]
    assert codes("{ book { " + "sequel { " * 5 + "... on Book { ...h }" + " }" * 5 + " } } " + half) == []


def test_5_000_aliases_are_refused() -> None:
    document = "{" + "".join(f"a{n}: __typename " for n in range(5_000)) + "}"
    with promptly():
        assert codes(document) == ["TOO_MANY_TOKENS"]
    with promptly():
        assert codes(document, Limits(max_tokens=20_000)) == ["TOO_MANY_ALIASES"]


def test_aliases_count_wherever_their_fragment_is_spread() -> None:
    fragment = "fragment f on Book { a: id b: title } "
    books = " ".join(f"b{n}: book {{ ...f }}" for n in range(10))
    assert codes(f"{{ {books} }} {fragment}") == []
    assert codes(f"{{ {books} k: book {{ ...f }} }} {fragment}") == ["TOO_MANY_ALIASES"]


def test_repeated_fields_are_refused_before_they_are_compared() -> None:
    with promptly():
        assert codes("{" + "count " * 1_900 + "}") == ["TOO_MANY_REPEATS"]
    nested = "{" + ("book { " + "sequel { id id id id } " * 4 + "} ") * 20 + "}"
    with promptly():
        assert codes(nested) == ["TOO_MANY_REPEATS"]
    assert codes("{" + "count " * 101 + "}") == []


@pytest.mark.parametrize(
    "document",
    [
        "{ book { " + "".join(f"...f{n} " for n in range(95)) + "} } "
        + "".join(f"fragment f{n} on Book {{ id title stock }} " for n in range(95)),
        "{" + "book { id title author { name } } " * 100 + "}",
        "{ book { " + "... on Book { id title stock genre } " * 25 + "} }",
        "{ " + "nowhere " * 1_900 + "}",
        "{ echo(filter: {genres: [" + "NOVEL " * 1_900 + "]}) }",
    ],
)  # fmt: skip
def test_whatever_is_within_the_limits_is_validated_promptly(document: str) -> None:
    with promptly():
        codes(document)


def test_many_operations_over_the_same_fragments_are_prompt() -> None:
    operations = "".join(f"query q{n} {{ ...f }} " for n in range(200))
    with promptly():
        assert codes(f"{operations} fragment f on Query {{ book {{ id }} }}", name="q7") == []


def test_directives_at_one_place_are_capped() -> None:
    ten, eleven = "@include(if: true) " * 10, "@include(if: true) " * 11
    assert codes(f"{{ count {ten} }}") == ["GRAPHQL_VALIDATION_FAILED"] * 9
    for document in (
        f"{{ count {eleven} }}",
        f"{{ ... {eleven} {{ count }} }}",
        f"{{ ...f {eleven} }} fragment f on Query {{ count }}",
        f"query {eleven} {{ count }}",
        f"query($a: Int {eleven}) {{ count }}",
        f"{{ ...f }} fragment f on Query {eleven} {{ count }}",
    ):
        assert codes(document) == ["TOO_MANY_DIRECTIVES"], document


def test_root_fields_of_a_mutation_are_capped_also_through_fragments() -> None:
    five = " ".join(f'a{n}: append(word: "w")' for n in range(5))
    document = f"mutation {{ ...f ...f x: failSoftly }} fragment f on Mutation {{ {five} }}"
    assert codes(document) == ["TOO_MANY_MUTATIONS"]
    assert codes(document, Limits(max_mutations=11)) == []


def test_page_sizes_multiply_the_cost() -> None:
    # shelf 1, and 10 × (edges 1, node 1, title 1, reviews 1, 3 × text 1).
    document = "{ shelf(first: 10) { edges { node { title reviews(first: 3) { text } } } } }"
    assert codes(document, Limits(max_cost=71)) == []
    assert codes(document, Limits(max_cost=70)) == ["TOO_COSTLY"]


def test_a_page_without_a_size_costs_the_default_or_the_largest() -> None:
    assert codes("{ shelf { total } }", Limits(max_cost=101)) == []
    assert codes("{ shelf { total } }", Limits(max_cost=100)) == ["TOO_COSTLY"]
    assert codes("{ books { id } }", Limits(max_cost=3)) == []
    assert codes("{ books { id } }", Limits(max_cost=2)) == ["TOO_COSTLY"]


def test_pages_are_bounded() -> None:
    assert codes("{ shelf(first: 101) { total } }") == ["PAGE_TOO_LARGE"]
    assert codes("{ shelf(last: 99999999999999999999) { total } }") == ["TOO_COSTLY", "PAGE_TOO_LARGE"]
    assert codes("{ shelf(first: -5) { total } }") == []


async def run(document: str, variables: dict[str, Any], limits: Limits) -> list[str]:
    plan = Operations(schema, limits).prepare(document)
    assert isinstance(plan, Plan), plan
    answer = await plan.run(variables)
    assert answer.started is not bool(answer.errors)
    return [str((error.extensions or {})["code"]) for error in answer.errors]


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"n": 1}, []),
        ({"n": 2}, ["TOO_COSTLY"]),
        ({}, ["TOO_COSTLY"]),
        ({"n": None}, ["TOO_COSTLY"]),
        ({"n": -9}, []),
        ({"n": 101}, ["PAGE_TOO_LARGE"]),
        ({"n": "many"}, ["TOO_COSTLY"]),
    ],
)
async def test_a_variable_page_is_judged_when_it_is_known(
    variables: dict[str, Any], found: list[str]
) -> None:
    document = "query($n: Int) { shelf(first: $n) { edges { node { title reviews(first: 3) { text } } } } }"
    assert await run(document, variables, Limits(max_cost=10)) == found


async def test_a_variable_page_may_come_from_its_default_and_from_a_fragment() -> None:
    document = """query($n: Int! = 2) { ...s } fragment s on Query { books(first: $n) { ...b } }
    fragment b on Book { id reviews(first: $n) { text } }"""
    assert await run(document, {}, Limits(max_cost=9)) == []
    assert await run(document, {}, Limits(max_cost=8)) == ["TOO_COSTLY"]
    assert await run(document, {"n": 3}, Limits(max_cost=16)) == []
    assert await run(document, {"n": 3}, Limits(max_cost=15)) == ["TOO_COSTLY"]


def test_doubling_variable_pages_are_added_up_once() -> None:
    fragments = "".join(
        f"fragment f{n} on Book {{ reviews(first: $a) {{ text }} sequel {{ ...f{n + 1} }}"
        f" ... on Book {{ sequel {{ ...f{n + 1} }} }} }} "
        for n in range(30)
    )
    document = f"query($a: Int!) {{ book {{ ...f0 }} }} {fragments} fragment f30 on Book {{ id }}"
    limits = Limits(max_depth=99, max_repeats=10**12)
    cost = weigh(parse(document), schema, limits).costs[None]
    with promptly():
        total = cost.total(cost.sizes({"a": 1}, 100))
    assert total > 2**30


def test_introspection_is_off_unless_allowed() -> None:
    for document in ("{ __schema { queryType { name } } }", '{ __type(name: "Book") { name } }'):
        assert codes(document) == ["INTROSPECTION_OFF"]
        assert codes(document, Limits(introspection=True)) == []
    assert codes(get_introspection_query(), Limits(introspection=True)) == []
    assert codes("{ __typename book { __typename } }") == []


def test_suggestions_are_off_unless_allowed() -> None:
    for suggestions, said in ((False, False), (True, True)):
        outcome = Operations(schema, Limits(suggestions=suggestions)).prepare("{ book { titel } }")
        assert isinstance(outcome, Rejected)
        assert ("Did you mean" in outcome.errors[0].message) is said
