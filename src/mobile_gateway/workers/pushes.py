"""Deliveries: claim, send, settle. The provider is called outside any transaction."""

from __future__ import annotations

import random
from datetime import datetime
from typing import assert_never
from uuid import uuid4

from mobile_gateway import metrics
from mobile_gateway.actions import delivering
from mobile_gateway.actions.delivering import Due, Settlement
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.messages import notifications
from mobile_gateway.models.database import Database
from mobile_gateway.push import provider as push
from mobile_gateway.rules import pushes
from mobile_gateway.rules.words import DeliveryState, DeviceState, MessageClass

BATCH = 500
TTL_SECONDS = 86_400


async def deliver(database: Database, provider: push.PushProvider) -> int:
    """Send what is due, a batch at a time, until nothing is; answers how many were settled."""
    settled = 0
    while due := await delivering.claim(database, attempt := uuid4(), real(), BATCH):
        outcomes = await provider.send([message_of(item) for item in due])
        now = real()
        settlements = [settlement(item, outcome, now) for item, outcome in zip(due, outcomes, strict=True)]
        await delivering.settle(database, attempt, settlements, now)
        for one in settlements:
            metrics.deliveries.labels(one.outcome.partition(":")[0]).inc()
        settled += len(settlements)
        if any(isinstance(o, push.AuthBroken | push.ProjectWrong | push.Throttled) for o in outcomes):
            logger.error("push_lane_halted", outcomes=sorted({type(o).__name__ for o in outcomes}))
            break
    return settled


def message_of(due: Due) -> push.Message:
    """The message of a delivery, in the device's language; nothing personal is in it."""
    rendered = notifications.render(due.kind, due.data, due.locale)
    return push.Message(
        notification_id=f"n{due.inbox_item_id}",
        token=due.token,
        platform=due.platform,
        title=rendered.title,
        body=rendered.body,
        deep_link=rendered.deep_link,
        kind=due.kind,
        message_class=due.message_class,
        ttl_seconds=TTL_SECONDS,
    )


def settlement(due: Due, outcome: push.Outcome, now: datetime) -> Settlement:  # noqa: C901, PLR0911 - one return an outcome
    """What an outcome makes of a delivery: PUSH.md's table, line by line."""

    def final(state: DeliveryState, text: str, **more: object) -> Settlement:
        return Settlement(due.person_id, due.delivery_id, state, text[:40], **more)  # type: ignore[arg-type]  # the fields of a Settlement

    def again(text: str, seconds: float | None, *, counts: bool) -> Settlement:
        if counts and due.attempts >= pushes.MAX_ATTEMPTS:
            return final(DeliveryState.FAILED, text)
        jitter = random.uniform(0.5, 1.5)  # noqa: S311 - spreads retries, guards nothing
        at = pushes.next_try(now, due.attempts, seconds, jitter)
        return final(DeliveryState.DUE, text, retry_at=at, counts=counts)

    match outcome:
        case push.Accepted(provider_id):
            return final(DeliveryState.SENT, "ACCEPTED", provider_message_id=provider_id)
        case push.TokenDead():
            return final(
                DeliveryState.FAILED,
                "TOKEN_DEAD",
                device_id=due.device_id,
                device_state=DeviceState.RETIRED,
                token=due.token,
            )
        case push.TokenForeign():
            return final(
                DeliveryState.FAILED,
                "TOKEN_FOREIGN",
                device_id=due.device_id,
                device_state=DeviceState.QUARANTINED,
                token=due.token,
            )
        case push.PayloadBad(reason):
            return final(DeliveryState.FAILED, f"PAYLOAD_BAD:{reason}")
        case push.Retry(seconds):
            return again("RETRY", seconds, counts=True)
        case push.Throttled(seconds):
            return again("THROTTLED", max(seconds, pushes.THROTTLED_SECONDS), counts=False)
        case push.AuthBroken(scope):
            return again(f"AUTH_BROKEN:{scope}", pushes.THROTTLED_SECONDS, counts=False)
        case push.ProjectWrong():
            return again("PROJECT_WRONG", pushes.THROTTLED_SECONDS, counts=False)
        case push.Ambiguous():
            if due.message_class is MessageClass.MARKETING:
                return final(DeliveryState.UNKNOWN, "AMBIGUOUS")
            return again("AMBIGUOUS", None, counts=True)
        case _:
            assert_never(outcome)
