"""An operation's answer, and its bytes as GraphQL over HTTP has them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from graphql import GraphQLError


class Answer(msgspec.Struct, frozen=True, eq=False):
    """What running an operation came to.

    `errors` are as graphql-core makes them; whatever a resolver raised is their `original_error`,
    and nothing is masked. `started` is False when nothing ran (bad variables, over the cost), and
    the response then has no `data` at all (GraphQL specification, section 7.1).
    """

    data: dict[str, Any] | None
    errors: list[GraphQLError]
    started: bool = True


class Rejected(msgspec.Struct, frozen=True, eq=False):
    """A document that will not run, with at least one error; each carries `extensions.code`."""

    errors: Sequence[GraphQLError]


_encode = msgspec.json.Encoder().encode


def encode(answer: Answer | Rejected) -> bytes:
    """The response's JSON in UTF-8: `{"data": …}`, `{"data": …, "errors": […]}` or `{"errors": […]}`.

    Whitespace is left out. Lone surrogates, which UTF-8 has no bytes for, are escaped. Raises
    TypeError when a custom scalar serialises to something that JSON has not.
    """
    response: dict[str, Any] = {}
    if isinstance(answer, Answer) and answer.started:
        response["data"] = answer.data
    if answer.errors:
        response["errors"] = [error.formatted for error in answer.errors]
    try:
        return _encode(response)
    except UnicodeEncodeError:
        return json.dumps(response, separators=(",", ":")).encode("ascii")
