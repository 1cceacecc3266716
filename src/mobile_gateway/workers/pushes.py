"""Deliveries: claim, send, settle. The provider is called outside any transaction."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import assert_never
from uuid import uuid4

from mobile_gateway import metrics
from mobile_gateway.actions import delivering
from mobile_gateway.actions.delivering import Due, Halt, Settlement
from mobile_gateway.clock import real
from mobile_gateway.logs import logger
from mobile_gateway.messages import notifications
from mobile_gateway.models.database import Database
from mobile_gateway.push import provider as push
from mobile_gateway.rules import pushes
from mobile_gateway.rules.words import DeliveryState, DeviceState, MessageClass

BATCH = 500
BATCHES = 4
TTL_SECONDS = 86_400


async def deliver(database: Database, provider: push.PushProvider, *, batches: int = BATCHES) -> bool:
    """Send what is due, at most so many batches; answers whether more may be due.

    Bounded, so that a job ends within its time and a sweep goes on to other work. One message that cannot be made
    is one delivery that fails.
    """
    for _ in range(batches):
        due = await delivering.claim(database, attempt := uuid4(), real(), BATCH)
        if not due:
            return False
        made = [(item, _made(item)) for item in due]
        messages = [message for _, message in made if message is not None]
        outcomes = iter(await provider.send(messages))
        now = real()
        judged = [
            (item, push.PayloadBad("UNRENDERABLE") if message is None else next(outcomes))
            for item, message in made
        ]
        settlements = [settlement(item, outcome, now) for item, outcome in judged]
        halts = [halt for item, outcome in judged if (halt := halted(item, outcome, now))]
        await delivering.settle(database, attempt, settlements, now, halts)
        for one in settlements:
            metrics.deliveries.labels(one.outcome.partition(":")[0]).inc()
        for reason in {halt.reason for halt in halts}:
            logger.error("push_lane_halted", reason=reason)
    return True


def _made(due: Due) -> push.Message | None:
    try:
        return message_of(due)
    except LookupError:
        logger.exception("push_unrenderable", delivery=due.delivery_id, kind=due.kind)
        return None


def message_of(due: Due) -> push.Message:
    """The message of a delivery, in the device's language; nothing personal is in it.

    LookupError when the kind has no text, or the row lacks what its text needs.
    """
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


def halted(due: Due, outcome: push.Outcome, now: datetime) -> Halt | None:
    """The lane that an outcome brings to a stand: 429 as long as asked, the others until people mended it."""
    match outcome:
        case push.Throttled(seconds):
            return Halt(due.platform, now + timedelta(seconds=max(seconds, 1.0)), "THROTTLED")
        case push.AuthBroken(scope):
            return Halt(due.platform, now + timedelta(seconds=pushes.CREDENTIALS_SECONDS), f"AUTH_{scope}")
        case push.ProjectWrong():
            return Halt(due.platform, now + timedelta(seconds=pushes.CREDENTIALS_SECONDS), "PROJECT_WRONG")
        case _:
            return None


def settlement(due: Due, outcome: push.Outcome, now: datetime) -> Settlement:  # noqa: C901, PLR0911 - one return an outcome
    """What an outcome makes of a delivery: PUSH.md's table, line by line."""

    def final(state: DeliveryState, text: str, **more: object) -> Settlement:
        if due.maybe_sent and state is not DeliveryState.SENT:
            text = f"{pushes.MAYBE_SENT}:{text}"
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
            return again("THROTTLED", seconds, counts=False)
        case push.AuthBroken(scope):
            return again(f"AUTH_BROKEN:{scope}", pushes.CREDENTIALS_SECONDS, counts=False)
        case push.ProjectWrong():
            return again("PROJECT_WRONG", pushes.CREDENTIALS_SECONDS, counts=False)
        case push.Ambiguous():
            if due.message_class is MessageClass.MARKETING or due.maybe_sent:
                return final(DeliveryState.UNKNOWN, pushes.MAYBE_SENT)
            return again(pushes.MAYBE_SENT, None, counts=True)
        case _:
            assert_never(outcome)
