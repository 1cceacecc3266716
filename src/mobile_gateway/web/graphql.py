"""GraphQL over HTTP: one operation a request, refused with a reason before it runs, its faults masked.

https://graphql.github.io/graphql-over-http/draft/ for statuses and media types; TRUST.md, "The door", for the rest.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from time import perf_counter, time
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from mobile_gateway import metrics
from mobile_gateway.boot import Resources
from mobile_gateway.clock import DomainClock, real
from mobile_gateway.execution import Answer, Operations, Plan, Rejected, encode
from mobile_gateway.rules.quotas import ANONYMOUS_SECONDS
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.schema import operations as trusted
from mobile_gateway.schema.context import Context, Viewer
from mobile_gateway.web import bodies, events
from mobile_gateway.web.asking import (
    EXECUTION_SECONDS,
    Policy,
    admitted,
    context_of,
    document_of,
    label,
    lasting_context_of,
    masked,
    said,
)
from mobile_gateway.web.authentication import BadToken, locale_of, network_of_request, viewer_of
from mobile_gateway.web.bodies import BodyRefused, GraphQLParams
from mobile_gateway.web.subscribing import Crowd, answers

BODY_LIMIT = 64 * 1024
BEATS_BODY_LIMIT = 256 * 1024
PUBLIC_SECONDS = 5
MOST_KEPT = 256
LONGEST_KEPT = 1024
"""Pages kept for a second, and bytes of the variables of one that may be kept."""
JSON = "application/json"
RESPONSE_JSON = "application/graphql-response+json"


class GraphQL:
    """The endpoint. `operations` compiles once and runs many times; trusted documents stand in it: `compiled`.

    `crowd` counts the event streams that are open.
    """

    def __init__(
        self, resources: Resources, operations: Operations, policy: Policy, crowd: Crowd | None = None
    ) -> None:
        self._crowd = crowd or Crowd(resources.settings.most_streams)
        self._resources = resources
        self._operations = operations
        self._policy = policy
        self._second = 0
        self._pages: dict[tuple[str, bytes, str, int, DomainClock], tuple[Answer, bytes]] = {}
        self._beats_id = trusted.document_id(trusted.by_file()["watch_record"])

    async def __call__(self, request: Request) -> Response:  # noqa: PLR0911 - one return for each way to refuse
        """Answer one request."""
        accept = request.headers.get("accept")
        chosen, streams = bodies.negotiate(accept), bodies.wants_events(accept)
        if chosen is None and not streams:
            return _refuse(JSON, 406, "NOT_ACCEPTABLE", f"This endpoint answers {RESPONSE_JSON} or {JSON}.")
        media = chosen or JSON
        params = await self._params(request)
        if isinstance(params, BodyRefused):
            return _refuse(media, params.status, params.code, params.message, params.headers)
        document = document_of(params, self._policy)
        if isinstance(document, BodyRefused):
            return _refuse(media, document.status, document.code, document.message)
        viewer = viewer_of(request.headers.get("authorization"), self._resources.keyring, real())
        locale = locale_of(request.headers.get("accept-language"))
        if isinstance(viewer, BadToken):
            return _unauthenticated(media, viewer, locale)
        if viewer is None and not await admitted(self._resources, self._policy, self._network(request)):
            wait = {"retry-after": str(ANONYMOUS_SECONDS)}
            return _tell(media, RefusalCode.RATE_LIMITED, locale, 429, wait)
        plan = self._operations.prepare(document, params.operation_name)
        if isinstance(plan, Rejected):
            return _rejected(plan, chosen, malformed=_malformed(params))
        if plan.kind == "subscription":
            return self._stream(media, request, plan, params, viewer) if streams else _needs_a_stream(media)
        if request.method != "POST" and plan.kind != "query":
            return _refuse(media, 405, "MUTATION_BY_GET", "Mutations are sent by POST.", {"allow": "POST"})
        answer, body = await self._page(plan, document, params, request, viewer)
        if chosen is None:
            return events.once(answer)
        return self._respond(request, media, viewer, answer, body, kept=_kept(document))

    async def _params(self, request: Request) -> GraphQLParams | BodyRefused:
        if request.method != "POST":
            return _from_address(request)
        refused = bodies.refuse_content_type(request.headers.get("content-type"))
        if refused is not None:
            return refused
        named = request.query_params.get("documentId")
        limit = BEATS_BODY_LIMIT if named == self._beats_id else BODY_LIMIT
        body = await bodies.read_body(request, limit=limit)
        if isinstance(body, BodyRefused):
            return body
        value = bodies.parse_json(body)
        if isinstance(value, BodyRefused):
            return value
        params = bodies.parse_request(value)
        if (
            isinstance(params, GraphQLParams)
            and named is not None
            and params.document_id not in {None, named}
        ):
            return BodyRefused(400, "REQUEST_INVALID", "The address and the body name different documents.")
        return params

    def _network(self, request: Request) -> str:
        return network_of_request(request, self._policy.trusted_proxies)

    def _context(self, request: Request, viewer: Viewer | None) -> Context:
        locale = locale_of(request.headers.get("accept-language"))
        return context_of(self._resources, viewer, locale, self._network(request))

    def _stream(
        self, media: str, request: Request, plan: Plan, params: GraphQLParams, viewer: Viewer | None
    ) -> Response:
        """A subscription as an event stream; who is not signed in is told so in it."""
        locale = locale_of(request.headers.get("accept-language"))
        context = lasting_context_of(self._resources, viewer, locale, self._network(request))
        stream = events.EventStream(answers(plan, params.variables, context), context, self._crowd)
        if not stream.enter():
            return _tell(media, RefusalCode.RATE_LIMITED, locale, 429, {"retry-after": "30"})
        return stream

    async def _page(
        self, plan: Plan, document: str, params: GraphQLParams, request: Request, viewer: Viewer | None
    ) -> tuple[Answer, bytes]:
        """The answer and its bytes. A page that is the same for every anonymous reader is made once a second."""
        if viewer is not None or document not in _FROM_THE_CATALOGUE:
            answer = await self._run(plan, params, self._context(request, viewer))
            return answer, encode(answer)
        second, resources = int(time()), self._resources
        if second != self._second:
            self._second, self._pages = second, {}
        pages = self._pages
        locale = locale_of(request.headers.get("accept-language"))
        given = msgspec.json.encode(params.variables)
        key = (document, given, locale, resources.catalogue.revision, resources.clock)
        found = pages.get(key)
        if found is not None:
            metrics.request_seconds.labels(plan.name).observe(0)
            metrics.requests.labels(plan.name, "data").inc()
            return found
        answer = await self._run(plan, params, self._context(request, viewer))
        body = encode(answer)
        if not answer.errors and len(given) <= LONGEST_KEPT and len(pages) < MOST_KEPT:
            pages[key] = answer, body
        return answer, body

    async def _run(self, plan: Plan, params: GraphQLParams, context: Context) -> Answer:
        started = perf_counter()
        name = label(plan)
        try:
            async with asyncio.timeout(EXECUTION_SECONDS):
                answer = await plan.run(params.variables, context)
        except TimeoutError:
            answer = Answer(None, [said(RefusalCode.SERVICE_UNAVAILABLE, context.locale)])
        if answer.errors and answer.started:
            answer = Answer(
                answer.data, [masked(error, context.locale) for error in answer.errors], answer.started
            )
        metrics.request_seconds.labels(name).observe(perf_counter() - started)
        metrics.requests.labels(name, "errors" if answer.errors else "data").inc()
        return answer

    def _respond(
        self, request: Request, media: str, viewer: Viewer | None, answer: Answer, body: bytes, *, kept: str
    ) -> Response:
        status = 200 if answer.started or media == JSON else 400
        if request.method == "POST" or viewer is not None or answer.errors or not kept:
            return _answer(media, body, status)
        etag = '"' + hashlib.blake2b(body, digest_size=16).hexdigest() + '"'
        headers = {
            "cache-control": f"public, {kept}",
            "etag": etag,
            "vary": "Accept, Accept-Language, Authorization",
        }
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=headers)
        return _answer(media, body, status, headers)


def _kept(document: str) -> str:
    """How long caches keep what touches no viewer; empty where they keep nothing."""
    if document == _OF_A_CERTIFICATE:
        return ""
    return "no-cache" if document in _OF_THE_DIRECTORY else f"max-age={PUBLIC_SECONDS}"


_OF_A_CERTIFICATE = trusted.by_file()["certificate_check"]
"""A certificate may become void at any moment."""

_FROM_THE_CATALOGUE = frozenset(trusted.by_file()[name] for name in ("resource_home", "public_entrance"))
"""Documents whose answer to an anonymous reader depends on catalogue, clock, language and variables alone."""

_OF_THE_DIRECTORY = frozenset(trusted.by_file()[name] for name in ("schools", "school"))
"""Documents whose kept answers are asked about again each time, by their ETag: a new school is found at once."""


def _from_address(request: Request) -> GraphQLParams | BodyRefused:
    asked = request.query_params
    given: dict[str, Any] = {
        name: asked[name] for name in ("query", "operationName", "documentId") if name in asked
    }
    for name in ("variables", "extensions"):
        if name in asked:
            value = bodies.parse_json(asked[name].encode("utf-8", "surrogatepass"))
            if isinstance(value, BodyRefused):
                return value
            given[name] = value
    return bodies.parse_request(given)


def _malformed(params: GraphQLParams) -> bool:
    """Whether there is no document at all, which no media type answers 200."""
    return params.query is None and params.document_id is None


def _rejected(plan: Rejected, chosen: str | None, *, malformed: bool) -> Response:
    """Why a document does not run; who reads events alone reads it as one."""
    if chosen is None:
        return events.once(Answer(None, list(plan.errors), started=False))
    return _answer(chosen, encode(plan), 400 if chosen == RESPONSE_JSON or malformed else 200)


def _needs_a_stream(media: str) -> Response:
    return _refuse(
        media, 400, "NEEDS_A_STREAM", "Subscriptions are answered as text/event-stream, or over a socket."
    )


def _unauthenticated(media: str, bad: BadToken, locale: str) -> Response:
    code = RefusalCode.UNAUTHENTICATED if bad is BadToken.EXPIRED else RefusalCode.SESSION_INVALID
    challenge = f'Bearer error="invalid_token", error_description="{bad.value.lower()}"'
    return _tell(media, code, locale, 401, {"www-authenticate": challenge})


def _tell(media: str, code: RefusalCode, locale: str, status: int, headers: dict[str, str]) -> Response:
    body = json.dumps({"errors": [said(code, locale).formatted]}, ensure_ascii=False).encode()
    return _answer(media, body, status, headers)


def _refuse(
    media: str, status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> Response:
    body = json.dumps({"errors": [{"message": message, "extensions": {"code": code}}]}).encode()
    return _answer(media, body, status, headers)


def _answer(media: str, body: bytes, status: int, headers: dict[str, str] | None = None) -> Response:
    cache = {"cache-control": "private, no-store", "x-content-type-options": "nosniff"}
    return Response(body, status, {**cache, **(headers or {})}, media_type=f"{media}; charset=utf-8")
