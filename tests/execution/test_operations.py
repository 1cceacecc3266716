"""Preparing, remembering and running operations."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLIncludeDirective, GraphQLSchema
from graphql.type import specified_directives

from execution.bookshop import schema
from execution.comparing import OPEN, by_core, flat, prepared, same
from mobile_gateway.execution import Answer, Limits, Operations, Plan, Rejected, encode
from mobile_gateway.execution.plans import MAX_PROGRAMS

TWO = "query A { count } mutation B { failSoftly }"


def codes(outcome: object) -> list[str]:
    assert isinstance(outcome, Rejected | Answer)
    return [str((error.extensions or {}).get("code")) for error in outcome.errors]


def listening(**options: Any) -> tuple[Operations, list[tuple[str, str]]]:
    heard: list[tuple[str, str]] = []
    return Operations(schema, on_event=lambda *event: heard.append(event), **options), heard


def test_a_document_is_prepared_once() -> None:
    operations, heard = listening()
    first = operations.prepare("{ count }")
    assert isinstance(first, Plan)
    assert operations.prepare("{ count }") is first
    assert heard == [("prepared", ""), ("hit", "")]
    assert (first.kind, first.name) == ("query", None)


def test_a_refusal_is_remembered_too() -> None:
    operations, heard = listening()
    first = operations.prepare("{ nowhere }")
    assert operations.prepare("{ nowhere }") is first
    assert heard == [("rejected", "GRAPHQL_VALIDATION_FAILED"), ("hit", "")]


@pytest.mark.parametrize(
    "document", ["{ book { titel ...none } }", "{ book { id }", "{ count " + "@a " * 11 + "}"]
)
def test_a_refusal_keeps_locations_but_not_the_tree(document: str) -> None:
    outcome = Operations(schema).prepare(document)
    assert isinstance(outcome, Rejected)
    for error in outcome.errors:
        assert error.locations
        assert (error.nodes, error.__traceback__, error.__context__, error.__cause__) == (None,) * 4


def test_the_operation_is_chosen_by_its_name() -> None:
    operations = Operations(schema)
    kinds = [plan.kind for name in "AB" if isinstance(plan := operations.prepare(TWO, name), Plan)]
    assert kinds == ["query", "mutation"]
    for document, name in ((TWO, None), (TWO, "C"), ("{ count }", "C"), (TWO, "")):
        assert codes(operations.prepare(document, name)) == ["OPERATION_RESOLUTION_FAILURE"]
    only_fragment = "fragment f on Query { count }"
    assert codes(operations.prepare(only_fragment)) == ["GRAPHQL_VALIDATION_FAILED"]


@pytest.mark.parametrize(
    "document", ["", " ", "{", "}", "{ a(", "nonsense", "{ count }}", '{ a(b: "', "\0", "\ud800"]
)
def test_text_that_is_not_graphql_is_refused(document: str) -> None:
    assert codes(Operations(schema).prepare(document)) == ["GRAPHQL_PARSE_FAILED"]


def test_definitions_of_types_are_refused() -> None:
    assert codes(Operations(schema).prepare("{ count } type Query { a: Int }")) == [
        "GRAPHQL_VALIDATION_FAILED"
    ]


def test_the_oldest_are_forgotten_first() -> None:
    operations, heard = listening(capacity=2)
    a, b = operations.prepare("{ a: count }"), operations.prepare("{ b: count }")
    assert operations.prepare("{ a: count }") is a
    operations.prepare("{ c: count }")
    assert operations.prepare("{ a: count }") is a
    assert operations.prepare("{ b: count }") is not b
    assert heard.count(("evicted", "")) == 2


def test_memory_bounds_what_is_remembered() -> None:
    operations, heard = listening(max_bytes=40_000)
    small = operations.prepare("{ count }")
    large = "{" + " ".join(f"a{n}: count" for n in range(29)) + "}"
    assert operations.prepare(large) is not operations.prepare(large)
    assert operations.prepare("{ count }") is small
    operations.prepare("{" + " ".join(f"a{n}: count" for n in range(4)) + "}")
    assert heard[-1] == ("evicted", "")


def test_pinned_documents_are_never_evicted() -> None:
    operations, _ = listening(capacity=1)
    pinned = operations.pin(TWO)
    assert isinstance(pinned, tuple)
    single = operations.pin("query Only { count }")
    assert isinstance(single, tuple)
    for number in range(10):
        operations.prepare(f"{{ a{number}: count }}")
    assert [operations.prepare(TWO, name) for name in "AB"] == list(pinned)
    assert operations.prepare("query Only { count }") is operations.prepare("query Only { count }", "Only")
    assert operations.prepare("query Only { count }") is single[0]
    assert isinstance(operations.prepare(TWO), Rejected)


def test_an_expected_document_is_pinned_when_it_is_first_asked_for() -> None:
    operations, heard = listening(capacity=1)
    operations.expect([TWO, "{ nowhere }"])
    assert heard == []
    first = operations.prepare(TWO, "B")
    assert isinstance(first, Plan)
    assert (first.kind, first.name) == ("mutation", "B")
    for number in range(10):
        operations.prepare(f"{{ a{number}: count }}")
    assert operations.prepare(TWO, "B") is first
    assert codes(operations.prepare(TWO)) == ["OPERATION_RESOLUTION_FAILURE"]
    assert codes(operations.prepare("{ nowhere }")) == ["GRAPHQL_VALIDATION_FAILED"]


def test_an_invalid_document_is_not_pinned() -> None:
    assert codes(Operations(schema).pin("{ nowhere }")) == ["GRAPHQL_VALIDATION_FAILED"]


async def test_bad_variables_are_an_answer_without_data() -> None:
    document = "query($a: Genre!, $b: Int!) { count(by: $a) books(first: $b) { id } }"
    answer = await prepared(document).run({"a": "NOVLE", "b": "x"})
    assert codes(answer) == ["BAD_USER_INPUT", "BAD_USER_INPUT"]
    assert "data" not in json.loads(encode(answer))
    assert flat(answer.errors) == flat((await by_core(document, {"a": "NOVLE", "b": "x"})).errors)


async def test_suggestions_stay_out_of_coercion_errors() -> None:
    document = "query($a: Genre!) { count(by: $a) }"
    for limits, said in ((Limits(), False), (Limits(suggestions=True), True)):
        plan = Operations(schema, limits).prepare(document)
        assert isinstance(plan, Plan)
        assert ("Did you mean" in (await plan.run({"a": "NOVLE"})).errors[0].message) is said


async def test_compiling_can_be_switched_off() -> None:
    operations, heard = listening(compiled=False)
    plan = operations.prepare("{ count }")
    assert isinstance(plan, Plan)
    assert (await plan.run()).data == {"count": 4}
    assert heard[-1] == ("interpreted", "off")


async def test_a_plan_compiles_once_for_each_assignment_of_its_conditions() -> None:
    operations, heard = listening()
    plan = operations.prepare("query C($a: Boolean!) { count @skip(if: $a) __typename @include(if: $a) }")
    assert isinstance(plan, Plan)
    answers = [(await plan.run({"a": a})).data for a in (True, False, True, False)]
    assert answers == [{"__typename": "Query"}, {"count": 4}] * 2
    assert heard.count(("compiled", "C")) == 2


async def test_too_many_assignments_go_to_graphql_core() -> None:
    names = [f"a{n}" for n in range(5)]
    fields = " ".join(f"{name}: count @skip(if: ${name})" for name in names)
    document = f"query({', '.join(f'${name}: Boolean!' for name in names)}) {{ {fields} }}"
    operations, heard = listening()
    plan = operations.prepare(document)
    assert isinstance(plan, Plan)
    for number in range(2 ** len(names)):
        given = {name: bool(number >> bit & 1) for bit, name in enumerate(names)}
        answer = await plan.run(given)
        assert answer.data == {name: 4 for name in names if not given[name]}
    assert heard.count(("compiled", "")) == MAX_PROGRAMS
    assert heard[-1] == ("interpreted", "too many conditions")


MUTATIONS = [
    'mutation { a: append(word: "a", pause: 3) b: append(word: "b") c: append(word: "c", pause: 1) }',
    'mutation { a: append(word: "a", pause: 2) failSoftly b: append(word: "b") }',
    'mutation { a: append(word: "a", pause: 2) failStrictly b: append(word: "b") }',
    'mutation { a: append(word: "a") ...F } fragment F on Mutation { b: append(word: "b", pause: 1) }',
    "mutation { __typename failSoftly }",
    "mutation { failStrictly }",
    'mutation { one: append(word: "a") @skip(if: true) }',
]


@pytest.mark.parametrize("document", MUTATIONS)
async def test_mutations_run_their_root_fields_one_after_another(document: str) -> None:
    plan = prepared(document)
    assert plan.kind == "mutation"
    expected_context: dict[str, list[str]] = {"words": []}
    expected = await by_core(document, context=expected_context)
    context: dict[str, list[str]] = {"words": []}
    answer = await plan.run(context=context)
    assert json.dumps(answer.data) == json.dumps(expected.data)
    assert flat(answer.errors) == flat(expected.errors)
    assert context == expected_context


async def collected(stream: Answer | AsyncIterator[Answer]) -> list[object]:
    assert not isinstance(stream, Answer)
    return [answer.data async for answer in stream]


async def test_a_subscription_answers_each_event() -> None:
    plan = prepared("subscription($n: Int!) { ticks(upto: $n) }")
    assert plan.kind == "subscription"
    assert await collected(await plan.subscribe({"n": 3})) == [{"ticks": 0}, {"ticks": 1}, {"ticks": 2}]


async def test_a_subscription_that_cannot_open_is_one_answer() -> None:
    plan = prepared("subscription($n: Int!) { ticks(upto: $n) }")
    assert codes(await plan.subscribe({"n": "x"})) == ["BAD_USER_INPUT"]
    assert codes(await plan.run({"n": 1})) == ["SUBSCRIPTION_NEEDS_A_STREAM"]


async def test_closing_a_subscription_closes_its_source() -> None:
    stream = await prepared("subscription { ticks(upto: 100) }").subscribe()
    assert not isinstance(stream, Answer)
    async for _ in stream:
        break
    await stream.aclose()
    assert [answer async for answer in stream] == []


async def test_a_query_is_not_subscribed_to() -> None:
    answer = await prepared("{ count }").subscribe()
    assert isinstance(answer, Answer)
    assert not answer.started


async def test_what_a_source_raises_ends_the_stream() -> None:
    opened = await prepared("subscription { refused }").subscribe()
    with pytest.raises(ValueError, match="refused"):
        await collected(opened)


@pytest.mark.parametrize("document", ["{ book { title extra raising } }", "{ strictNone }", "{ count }"])
async def test_bytes_are_those_of_the_response(document: str) -> None:
    answer = await prepared(document).run()
    response: dict[str, object] = {"data": answer.data}
    if answer.errors:
        response["errors"] = [error.formatted for error in answer.errors]
    expected = json.dumps(response, ensure_ascii=False, separators=(",", ":"))
    assert encode(answer).decode() == expected


def test_a_rejection_has_bytes_too() -> None:
    outcome = Operations(schema).prepare("{ nowhere }")
    assert isinstance(outcome, Rejected)
    response = json.loads(encode(outcome))
    assert list(response) == ["errors"]
    assert response["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


def test_lone_surrogates_are_escaped() -> None:
    assert encode(Answer({"a": "\ud800é"}, [])) == b'{"data":{"a":"\\ud800\\u00e9"}}'
    assert encode(Answer(None, [GraphQLError("x")], started=False)) == b'{"errors":[{"message":"x"}]}'


async def test_schemas_with_incremental_delivery_are_left_to_graphql_core() -> None:
    kwargs = schema.to_kwargs()
    defer = type(GraphQLIncludeDirective)("defer", GraphQLIncludeDirective.locations)
    kwargs["directives"] = (*specified_directives, defer)
    plan = Operations(GraphQLSchema(**kwargs), OPEN).prepare("{ count }")
    assert isinstance(plan, Plan)
    assert plan.obstacle == "incremental"
    assert (await plan.run()).errors


async def test_runs_of_one_plan_do_not_mix() -> None:
    plan = prepared("query($n: Int!) { book(number: $n) { title raising } }")
    for number in (1, 2, 77):
        await same("query($n: Int!) { book(number: $n) { title raising } }", {"n": number}, plan=plan)
