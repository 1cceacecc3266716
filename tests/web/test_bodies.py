import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive

from mobile_gateway.web import bodies
from mobile_gateway.web.bodies import BodyRefused, GraphQLParams


def receives(*messages: Message, pause_seconds: float = 0.0) -> Receive:
    left = list(messages)

    async def receive() -> Message:
        await asyncio.sleep(pause_seconds if left else 60)
        return left.pop(0)

    return receive


def chunk(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def refused(value: object) -> tuple[int, str]:
    assert isinstance(value, BodyRefused), value
    return value.status, value.code


async def post(content: bytes | AsyncIterator[bytes], *, limit: int = 10) -> httpx.Response:
    async def echo(request: Request) -> PlainTextResponse:
        body = await bodies.read_body(request, limit=limit)
        if isinstance(body, BodyRefused):
            return PlainTextResponse(body.code, body.status, body.headers)
        return PlainTextResponse(body)

    app = Starlette(routes=[Route("/", echo, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.post("/", content=content)


async def test_a_body_up_to_the_limit_is_read_whole() -> None:
    assert (await post(b"0123456789")).content == b"0123456789"
    assert (await post(b"")).content == b""


async def test_a_body_over_the_limit_is_413_and_ends_the_connection() -> None:
    answer = await post(b"0123456789a")
    assert (answer.status_code, answer.text) == (413, "BODY_TOO_LARGE")
    assert answer.headers["connection"] == "close"


async def test_a_chunked_body_is_counted() -> None:
    async def parts(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"12345"

    assert (await post(parts(2))).content == b"1234512345"
    assert (await post(parts(3))).status_code == 413


async def test_an_announced_length_over_the_limit_is_refused_before_reading() -> None:
    read = []

    async def receive() -> Message:
        read.append(1)
        return chunk(b"", more=False)

    for announced in ("11", "9" * 5000):
        answer = await bodies.read_body(receive, limit=10, content_length=announced)
        assert refused(answer) == (413, "BODY_TOO_LARGE")
    assert read == []


@pytest.mark.parametrize("announced", ["-1", "+1", " 1", "1_0", "0x1", "ten", "", "１"])
async def test_a_length_that_is_not_digits_is_400(announced: str) -> None:
    answer = await bodies.read_body(receives(), limit=10, content_length=announced)
    assert refused(answer) == (400, "CONTENT_LENGTH_INVALID")


async def test_a_length_that_lies_low_does_not_lift_the_limit() -> None:
    receive = receives(chunk(b"x" * 11, more=False))
    assert refused(await bodies.read_body(receive, limit=10, content_length="1"))[0] == 413


async def test_reading_stops_at_the_chunk_that_goes_over() -> None:
    receive = receives(chunk(b"x" * 11, more=True))  # the next receive would take a minute
    async with asyncio.timeout(1):
        assert refused(await bodies.read_body(receive, limit=10))[0] == 413


async def test_a_silent_client_is_408() -> None:
    receive = receives(chunk(b"{", more=True))
    answer = await bodies.read_body(receive, limit=10, timeout_seconds=0.05)
    assert refused(answer) == (408, "BODY_TOO_SLOW")
    assert isinstance(answer, BodyRefused)
    assert answer.headers == {"connection": "close"}


async def test_the_time_is_for_the_whole_body_not_for_each_chunk() -> None:
    drops = [chunk(b"x", more=True) for _ in range(1000)]
    async with asyncio.timeout(2):
        answer = await bodies.read_body(receives(*drops, pause_seconds=0.02), limit=5000, timeout_seconds=0.1)
    assert refused(answer)[0] == 408


async def test_a_client_that_leaves_is_an_answer_not_an_exception() -> None:
    receive = receives(chunk(b"{", more=True), {"type": "http.disconnect"})
    assert refused(await bodies.read_body(receive, limit=10)) == (400, "CLIENT_DISCONNECTED")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{} x",
        b"{}\x00",
        b"\x00{}",
        b'"\x00"',
        b'"\x1f"',
        b'"\xff"',
        b'{"\xff": 1}',
        b'"\xed\xa0\x80"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b'"\\ud800"',
        b'"\\ud800\\u0041 and more"',
        b'"\\ud800\\ud800"',
        b'"\\udc00"',
        b'{"\\ud800": 1}',
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"[NaN]",
        b"1e999",
        b"-1e999",
        b"1" * 5000,
        b"-" + b"1" * 5000,
        b"01",
        b"1.",
        b"'x'",
        b"[1,]",
        b"{'a': 1}",
        b"// c\n{}",
    ],
)
def test_what_is_not_strict_json_is_400(body: bytes) -> None:
    assert refused(bodies.parse_json(body)) == (400, "JSON_INVALID")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 100_000,
        b'[{"a":' * 50_000,
        b"[" * 900 + b"]" * 900,
        b"[" * 65 + b"]" * 65,
        b'{"query": "{a}", "variables": {"x": ' + b"[" * 63 + b"]" * 63 + b"}}",
    ],
)
def test_deep_json_is_400(body: bytes) -> None:
    assert refused(bodies.parse_json(body)) == (400, "JSON_TOO_DEEP")


def test_json_at_the_depth_limit_and_wide_json_pass() -> None:
    deep = b"[" * bodies.MAX_DEPTH + b"]" * bodies.MAX_DEPTH
    wide = b"[" + b"{}," * 1000 + b"[1]]"
    braces_in_text = json.dumps({"query": "{" * 1000}).encode()
    for body in (deep, wide, braces_in_text):
        assert bodies.parse_json(body) == json.loads(body)


def test_of_a_key_given_twice_the_last_holds() -> None:
    assert bodies.parse_json(b'{"a": 1, "a": 2}') == {"a": 2}


def test_surrogate_pairs_and_escaped_nul_are_valid_json() -> None:
    assert bodies.parse_json(b'"\\ud83d\\ude00"') == "😀"
    assert bodies.parse_json(b'"\\u0000"') == "\0"


@given(st.binary(max_size=200))
def test_no_bytes_make_parsing_raise(body: bytes) -> None:
    value = bodies.parse_json(body)
    if not isinstance(value, BodyRefused):
        assert value == json.loads(body)
        bodies.parse_request(value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ).filter(lambda value: "Infinity" not in json.dumps(value))
)
def test_valid_json_parses_as_the_standard_library_does(value: object) -> None:
    body = json.dumps(value, ensure_ascii=False).encode()
    assert bodies.parse_json(body) == json.loads(body)


def test_a_full_request_is_taken_apart() -> None:
    request = {
        "query": "query A { a }",
        "operationName": "A",
        "variables": {"x": [1]},
        "extensions": {"trace": True},
        "somethingElse": 1,
    }
    assert bodies.parse_request(request) == GraphQLParams(
        "query A { a }", "A", {"x": [1]}, {"trace": True}, None
    )


def test_null_stands_for_absent() -> None:
    request = {
        "query": "{a}",
        "operationName": None,
        "variables": None,
        "extensions": None,
        "documentId": None,
    }
    assert bodies.parse_request(request) == GraphQLParams("{a}", None, None, None, None)


@pytest.mark.parametrize("value", [None, True, 3, 1.5, "x", [], [{"query": "{a}"}], {}, {"query": None}])
def test_what_is_no_request_is_400(value: object) -> None:
    assert refused(bodies.parse_request(value)) == (400, "REQUEST_INVALID")


@pytest.mark.parametrize("name", ["query", "operationName", "variables", "extensions", "documentId"])
@pytest.mark.parametrize("value", [True, 3, 1.5, ["x"]])
def test_a_parameter_of_the_wrong_type_is_400(name: str, value: object) -> None:
    assert refused(bodies.parse_request({"query": "{a}"} | {name: value})) == (400, "REQUEST_INVALID")


@pytest.mark.parametrize("name", ["variables", "extensions"])
def test_variables_and_extensions_as_text_are_400(name: str) -> None:
    assert refused(bodies.parse_request({"query": "{a}", name: "{}"}))[0] == 400


@pytest.mark.parametrize("name", ["query", "operationName", "documentId"])
def test_texts_as_objects_are_400(name: str) -> None:
    assert refused(bodies.parse_request({"query": "{a}"} | {name: {}}))[0] == 400


def test_a_refusal_never_repeats_what_was_sent() -> None:
    answer = bodies.parse_request({"query": "{a}", "variables": "13800000000"})
    assert isinstance(answer, BodyRefused)
    assert "$.variables" in answer.message
    assert "13800000000" not in answer.message


def test_a_document_id_stands_for_the_query() -> None:
    params = bodies.parse_request({"documentId": "sha256:ab", "variables": {"x": 1}})
    assert params == GraphQLParams(None, None, {"x": 1}, None, "sha256:ab")


def test_a_persisted_query_becomes_a_document_id() -> None:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "ab"}}
    assert bodies.parse_request({"extensions": extensions}) == GraphQLParams(
        None, None, None, extensions, "sha256:ab"
    )


@pytest.mark.parametrize("persisted", [True, "ab", [], {}, {"sha256Hash": 3}, {"sha256Hash": "h" * 256}])
def test_a_malformed_persisted_query_is_400(persisted: object) -> None:
    assert refused(bodies.parse_request({"extensions": {"persistedQuery": persisted}}))[0] == 400


@pytest.mark.parametrize("document_id", ["", "x" * 257, "哈希"])
def test_a_document_id_out_of_bounds_is_400(document_id: str) -> None:
    assert refused(bodies.parse_request({"documentId": document_id}))[0] == 400
