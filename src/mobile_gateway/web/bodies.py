"""Reads a request's body, and what it says, without trusting any of it.

Everything here answers with a value or a `BodyRefused`; nothing a client sends makes it raise. The rules are
those of GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/) and RFC 9110 for the headers.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final, Literal

import msgspec
from starlette.requests import Request
from starlette.types import Receive

MAX_DEPTH: Final = 64
"""Levels of nested lists and objects: far above any input of the schema, far below Python's own limit."""

MAX_DOCUMENT_ID: Final = 256
"""Characters of a trusted document's id."""

_MAX_LENGTH_DIGITS: Final = 18

Code = Literal[
    "BODY_TOO_LARGE",
    "BODY_TOO_SLOW",
    "CLIENT_DISCONNECTED",
    "CONTENT_LENGTH_INVALID",
    "CONTENT_TYPE_UNSUPPORTED",
    "JSON_INVALID",
    "JSON_TOO_DEEP",
    "REQUEST_INVALID",
]


@dataclass(frozen=True, slots=True)
class BodyRefused:
    """Why a body is not taken: an HTTP status, a stable code, and a sentence for developers in English."""

    status: int
    code: Code
    message: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers the answer needs: a body left unread ends its connection (RFC 9110 §15.5)."""
        return {"connection": "close"} if self.status in {408, 413} else {}


@dataclass(frozen=True, slots=True)
class MediaType:
    """A media type or range: the name in lower case, parameters by lower-case name, without quotes."""

    name: str
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GraphQLParams:
    """One GraphQL request; at least one of `query` and `document_id` is there.

    `document_id` is the top-level `documentId`, or `sha256:` with the hash of `extensions.persistedQuery`.
    """

    query: str | None
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None
    document_id: str | None


_BAD_JSON = BodyRefused(400, "JSON_INVALID", "The body is not valid JSON in UTF-8.")
_TOO_DEEP = BodyRefused(400, "JSON_TOO_DEEP", f"The body is nested more than {MAX_DEPTH} levels deep.")


Answer = Literal["application/graphql-response+json", "application/json"]

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t\x20-\x7e])*+"'
_NAME = re.compile(rf"[ \t]*({_WORD}/{_WORD})[ \t]*")
_PARAMETER = re.compile(rf";[ \t]*(?:({_WORD})=({_WORD}|{_QUOTED}))?[ \t]*")
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.?)*+"?)++', re.DOTALL)
"""One element of a list; an unclosed quote takes the rest, so no text is read twice (no slow headers)."""
_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)


async def read_body(
    source: Request | Receive,
    *,
    limit: int,
    timeout_seconds: float = 15.0,
    content_length: str | None = None,
) -> bytes | BodyRefused:
    """Read the whole body, at most `limit` bytes of it, within `timeout_seconds` for all of it together.

    A `Request` brings its Content-Length along; with a bare ASGI `receive` the header's value can be given.
    Refused are: a length over the limit, announced (before reading) or counted (chunked too), 413; a body not
    complete in time, 408; a Content-Length that is not digits, and a client that left, 400.
    """
    if isinstance(source, Request):
        receive, content_length = source.receive, source.headers.get("content-length")
    else:
        receive = source
    refused = _refuse_length(content_length, limit)
    if refused is not None:
        return refused
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _count(receive, limit)
    except TimeoutError:
        return BodyRefused(408, "BODY_TOO_SLOW", "The body did not arrive in time.")


async def _count(receive: Receive, limit: int) -> bytes | BodyRefused:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return BodyRefused(400, "CLIENT_DISCONNECTED", "The client left before its body was complete.")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            return _too_large(limit)
        if part:
            parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _refuse_length(announced: str | None, limit: int) -> BodyRefused | None:
    if announced is None:
        return None
    if not (announced.isascii() and announced.isdigit()):
        return BodyRefused(400, "CONTENT_LENGTH_INVALID", "Content-Length is not a number.")
    if len(announced) > _MAX_LENGTH_DIGITS or int(announced) > limit:
        return _too_large(limit)
    return None


def _too_large(limit: int) -> BodyRefused:
    return BodyRefused(413, "BODY_TOO_LARGE", f"The body is larger than {limit} bytes.")


def parse_json(body: bytes) -> object | BodyRefused:
    """Parse strict JSON (RFC 8259) in UTF-8: dict, list, str, int, float, bool or None.

    Refused with 400: bad UTF-8, raw NUL and control characters, a byte order mark, lone surrogates (raw or
    escaped), NaN and Infinity, numbers beyond a float, integers of thousands of digits, and more than
    `MAX_DEPTH` levels. Of a key given twice the last one holds. An escaped NUL is valid JSON and passes:
    fields refuse it where they are read.
    """
    try:
        value: object = msgspec.json.decode(body)
    except RecursionError:
        return _TOO_DEEP
    except (msgspec.MsgspecError, ValueError):
        return _BAD_JSON
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _deeper_than(MAX_DEPTH, value):
        return _TOO_DEEP
    return value


def parse_request(value: object) -> GraphQLParams | BodyRefused:
    """Take a parsed JSON value as one GraphQL request; null stands for absent in every optional parameter.

    Refused with 400: anything but an object (an array is batching), parameters of the wrong type, a request
    with neither a query nor a document's id. Unknown parameters are ignored, as the specification asks.
    """
    if isinstance(value, list):
        return _refused("Batching is not supported: send one request, not an array.")
    try:
        sent = msgspec.convert(value, _Sent)
    except msgspec.ValidationError as error:
        return _refused(f"{error}.")  # names the parameter and the types, never the value
    document_id = sent.document_id
    if document_id is None and sent.extensions and sent.extensions.get("persistedQuery") is not None:
        persisted = sent.extensions["persistedQuery"]
        digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        if not isinstance(digest, str):
            return _refused("`extensions.persistedQuery` must be an object with a `sha256Hash`.")
        document_id = f"sha256:{digest}"
    if document_id is None and sent.query is None:
        return _refused("`query` is missing.")
    if document_id is not None and not (0 < len(document_id) <= MAX_DOCUMENT_ID and document_id.isascii()):
        return _refused(f"A document's id has 1 to {MAX_DOCUMENT_ID} ASCII characters.")
    return GraphQLParams(sent.query, sent.operation_name, sent.variables, sent.extensions, document_id)


class _Sent(msgspec.Struct, rename="camel"):
    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None


def _refused(message: str) -> BodyRefused:
    return BodyRefused(400, "REQUEST_INVALID", message)


def _deeper_than(limit: int, value: object) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for holder in level
            if isinstance(holder, dict | list)
            for child in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


@lru_cache(maxsize=256)
def parse_content_type(header: str | None) -> MediaType | None:
    """Parse a Content-Type (RFC 9110 §8.3) in full; None if absent, malformed or with a parameter twice."""
    if header is None or (name := _NAME.match(header)) is None:
        return None
    parameters: dict[str, str] = {}
    end = name.end()
    while end < len(header):
        parameter = _PARAMETER.match(header, end)
        if parameter is None:
            return None
        end = parameter.end()
        key, text = parameter[1], parameter[2]
        if key is None:  # RFC 9110 §5.6.6 allows an empty parameter
            continue
        if key.lower() in parameters:
            return None
        parameters[key.lower()] = re.sub(r"\\(.)", r"\1", text[1:-1]) if text[0] == '"' else text
    return MediaType(name[1].lower(), MappingProxyType(parameters))


def refuse_content_type(header: str | None) -> BodyRefused | None:
    """Refuse with 415 what is not `application/json`, alone or with `charset=utf-8` and nothing else.

    A form or a text can be posted from any site without asking first; JSON cannot. So this also keeps
    requests forged by other sites out.
    """
    media = parse_content_type(header)
    if media is not None and media.name == "application/json" and _is_utf8(media.parameters):
        return None
    return BodyRefused(415, "CONTENT_TYPE_UNSUPPORTED", "Send application/json in UTF-8.")


@lru_cache(maxsize=256)
def negotiate(accept: str | None) -> Answer | None:
    """Choose the answer's media type from an Accept header; None (answer 406) if it allows neither.

    At equal weight `application/graphql-response+json` is chosen if it is named; an absent header and
    wildcards give `application/json`, as older clients expect. Malformed elements are left out.
    """
    if accept is None or not accept.strip():
        return "application/json"
    ranges = [media for element in _ELEMENT.findall(accept) if (media := parse_content_type(element))]
    modern, named = _weight("application/graphql-response+json", ranges)
    legacy, _ = _weight("application/json", ranges)
    if modern and (modern > legacy or (named and modern == legacy)):
        return "application/graphql-response+json"
    return "application/json" if legacy else None


def wants_events(accept: str | None) -> bool:
    """Whether an Accept header names `text/event-stream`: a wildcard alone does not ask for a stream."""
    if accept is None or "event-stream" not in accept.lower():
        return False
    ranges = [media for element in _ELEMENT.findall(accept) if (media := parse_content_type(element))]
    weight, named = _weight("text/event-stream", ranges)
    return named and weight > 0


def _weight(name: str, ranges: list[MediaType]) -> tuple[float, bool]:
    """Give the weight of the most specific range that covers `name` (RFC 9110 §12.5), and if it is exact."""
    for pattern in (name, name.partition("/")[0] + "/*", "*/*"):
        found: float | None = None
        for media in ranges:
            parameters = dict(media.parameters)
            weight = parameters.pop("q", "1")
            if media.name == pattern and _is_utf8(parameters) and _WEIGHT.fullmatch(weight):
                found = max(found or 0.0, float(weight))
        if found is not None:
            return found, pattern == name
    return 0.0, False


def _is_utf8(parameters: Mapping[str, str]) -> bool:
    return not parameters or (
        parameters.keys() == {"charset"} and parameters["charset"].lower() in {"utf-8", "utf8"}
    )
