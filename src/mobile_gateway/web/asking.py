"""What requests, event streams and sockets have in common: what is asked for, the context, how a fault is told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import uuid4

from graphql import GraphQLError

from mobile_gateway import metrics
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.execution import Plan, TooLong
from mobile_gateway.logs import logger
from mobile_gateway.messages import refusals
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.rules.quotas import anonymous
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema import operations as trusted
from mobile_gateway.schema.answers import Refused
from mobile_gateway.schema.context import Context, Viewer
from mobile_gateway.web.bodies import BodyRefused, GraphQLParams


@dataclass(frozen=True, slots=True)
class Policy:
    """What this door lets in: production runs trusted documents and nothing else. 0 a minute is no ceiling."""

    trusted_only: bool
    trusted_proxies: int
    anonymous_per_minute: int = 0


EXECUTION_SECONDS: Final = 10.0
"""How long a request may take, or one event of a subscription."""

FAULT: Final = "FAULT"
"""Code of an error that the log alone explains."""

_NAMES = frozenset(text.split("(")[0].split("{")[0].split()[1] for text in trusted.by_file().values())


def label(plan: Plan) -> str:
    """The operation's name for metrics; that of a document which is not ours is none."""
    return plan.name if plan.name is not None and plan.name in _NAMES else "other"


def document_of(params: GraphQLParams, policy: Policy) -> str | BodyRefused:
    """The text of the document that is asked for, by itself or by its id."""
    if params.document_id is not None:
        text = trusted.by_id().get(params.document_id)
        if text is None or params.query not in {None, text}:
            return BodyRefused(400, "REQUEST_INVALID", "This document is not known here.")
        return text
    if params.query is None:
        return BodyRefused(400, "REQUEST_INVALID", "A request needs a query or a documentId.")
    if policy.trusted_only and trusted.document_id(params.query) not in trusted.by_id():
        return BodyRefused(400, "REQUEST_INVALID", "Only the app's own documents run here.")
    return params.query


async def admitted(resources: Resources, policy: Policy, network: str) -> bool:
    """Count one request of a network that has not said who asks; False over the ceiling."""
    most = policy.anonymous_per_minute
    return most == 0 or await resources.quotas.allow(anonymous(most), network)


def context_of(resources: Resources, viewer: Viewer | None, locale: str, network: str) -> Context:
    """The context of one request: both clocks read once, the catalogue of now."""
    now = real()
    return Context(
        viewer=viewer,
        locale=locale,
        network=network,
        now=resources.clock.at(now),
        real_now=now,
        database=resources.database,
        jobs=resources.jobs,
        keyring=resources.keyring,
        catalogue=resources.catalogue,
        public_url=resources.settings.public_url.rstrip("/"),
        quotas=resources.quotas,
        live=resources.live,
        counts=resources.counts,
    )


def lasting_context_of(resources: Resources, viewer: Viewer | None, locale: str, network: str) -> Context:
    """The context of a subscription, which brings itself up to date for each event. It leaves others connections."""
    context = context_of(resources, viewer, locale, network)
    context.renew = partial(_renew, resources)
    context.database = resources.database.part
    return context


def _renew(resources: Resources, context: Context) -> None:
    now = real()
    context.now, context.real_now, context.catalogue = resources.clock.at(now), now, resources.catalogue


def masked(error: GraphQLError, locale: str) -> GraphQLError:
    """An error as a client may see it: what the product or GraphQL itself says, or an id that the log knows."""
    original = error.original_error
    while isinstance(original, GraphQLError) and not isinstance(original, Refused):
        original = original.original_error
    if isinstance(original, Refused) or (original is None and isinstance(error, Refused)):
        return error
    if original is None:
        return error
    return _fault(original, error, locale)


def unforeseen(why: Exception, locale: str) -> GraphQLError:
    """An exception of a subscription's source as a client may see it."""
    if isinstance(why, GraphQLError):
        return masked(why, locale)
    return _fault(why, GraphQLError(""), locale)


def _fault(original: Exception, error: GraphQLError, locale: str) -> GraphQLError:
    if isinstance(original, DatabaseAway | TooLong):
        away = said(RefusalCode.SERVICE_UNAVAILABLE, locale)
        return GraphQLError(away.message, path=error.path, extensions=away.extensions)
    fault = uuid4().hex
    metrics.faults.labels(type(original).__name__).inc()
    logger.error("fault", fault=fault, path=error.path, exc_info=original)
    return GraphQLError(
        "Something went wrong on our side.", path=error.path, extensions={"code": FAULT, "fault": fault}
    )


def said(code: RefusalCode, locale: str) -> GraphQLError:
    """A refusal of the door's own, in the reader's language."""
    message, hint = refusals.text(Refusal(code), locale)
    return GraphQLError(message, extensions={"code": str(code), "hint": hint})
