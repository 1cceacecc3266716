"""How a document is refused: an error with a code that a program can read."""

from __future__ import annotations

from collections.abc import Sequence

from graphql import GraphQLError, Node

PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
BAD_VARIABLES = "BAD_USER_INPUT"
NO_SUCH_OPERATION = "OPERATION_RESOLUTION_FAILURE"
NEEDS_A_STREAM = "SUBSCRIPTION_NEEDS_A_STREAM"
TOO_MANY_TOKENS = "TOO_MANY_TOKENS"
TOO_DEEP = "TOO_DEEP"
TOO_MANY_ALIASES = "TOO_MANY_ALIASES"
TOO_MANY_REPEATS = "TOO_MANY_REPEATS"
TOO_MANY_DIRECTIVES = "TOO_MANY_DIRECTIVES"
TOO_MANY_MUTATIONS = "TOO_MANY_MUTATIONS"
TOO_COSTLY = "TOO_COSTLY"
PAGE_TOO_LARGE = "PAGE_TOO_LARGE"
INTROSPECTION_OFF = "INTROSPECTION_OFF"


def refusal(code: str, message: str, nodes: Sequence[Node] | None = None) -> GraphQLError:
    """Make an error whose `extensions` are `{"code": code}`."""
    return GraphQLError(message, list(nodes) if nodes else None, extensions={"code": code})


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """Give an error of graphql-core's the code, unless it brings one; returns the same error."""
    error.extensions = {"code": code, **(error.extensions or {})}
    return error


def released(error: GraphQLError) -> GraphQLError:
    """Let go of the tree and the frames that an error holds, so that it may be kept; locations stay."""
    error.nodes = None
    error.original_error = error.cause = None
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
