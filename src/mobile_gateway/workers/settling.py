"""What a delivery says, and what an answer makes of it and of its lane: PUSH.md's table, line by line."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from mobile_gateway.actions.delivering import Due
from mobile_gateway.actions.delivery_expiry import EXPIRED
from mobile_gateway.actions.settling_deliveries import Halt, Settlement
from mobile_gateway.messages import notifications
from mobile_gateway.push import provider as push
from mobile_gateway.rules import pushes
from mobile_gateway.rules.words import DeliveryState, DeviceState, MessageClass, Platform

Judged: TypeAlias = Sequence[tuple[Due, push.Outcome]]
"""A batch and what was answered."""

OUTCOME_CHARACTERS = 40
PROVIDER_ID_CHARACTERS = 200
"""What the columns hold (`models.devices`)."""


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
        ttl_seconds=pushes.TTL_SECONDS,
        provider=due.provider,
    )


def believed(judged: Judged) -> list[tuple[Due, push.Outcome]]:
    """A batch's answers, save that a lane whose tokens are foreign to it by the half has the wrong project.

    Wrong credentials must not quarantine every device.
    """
    people: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    foreign: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for due, outcome in judged:
        lane = due.provider, due.platform
        people[lane].add(due.person_id)
        if isinstance(outcome, push.TokenForeign):
            foreign[lane].add(due.person_id)
    wrong = {lane for lane in foreign if pushes.is_project_foreign(len(people[lane]), len(foreign[lane]))}

    def one(due: Due, outcome: push.Outcome) -> push.Outcome:
        is_ours = isinstance(outcome, push.TokenForeign) and (due.provider, due.platform) in wrong
        return push.ProjectWrong() if is_ours else outcome

    return [(due, one(due, outcome)) for due, outcome in judged]


def halts(judged: Judged, now: datetime) -> list[Halt]:
    """The lanes that a batch's answers bring to a stand, each once, for the longest that is asked.

    429 to one person alone is a quota of their device's and delays their pushes; to several people it is the lane's.
    """
    throttled: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for due, outcome in judged:
        if isinstance(outcome, push.Throttled):
            throttled[due.provider, due.platform].add(due.person_id)
    found: dict[tuple[str, str], Halt] = {}
    for due, outcome in judged:
        if (halt := _halted(due, outcome, now)) is None:
            continue
        lane = halt.provider, halt.platform
        if isinstance(outcome, push.Throttled) and len(throttled[lane]) < pushes.THROTTLED_PEOPLE:
            continue
        if lane not in found or found[lane].until < halt.until:
            found[lane] = halt
    return list(found.values())


def _halted(due: Due, outcome: push.Outcome, now: datetime) -> Halt | None:
    """429 stops a lane as long as asked, the others until people mended it."""
    mended = now + timedelta(seconds=pushes.CREDENTIALS_SECONDS)
    match outcome:
        case push.Throttled(seconds):
            until = now + timedelta(seconds=max(seconds, 1.0))
            return Halt(due.provider, due.platform, until, "THROTTLED")
        case push.AuthBroken(push.Scope.IOS):
            return Halt(due.provider, Platform.IOS, mended, "AUTH_IOS")
        case push.AuthBroken(scope):
            return Halt(due.provider, due.platform, mended, f"AUTH_{scope}")
        case push.ProjectWrong():
            return Halt(due.provider, due.platform, mended, "PROJECT_WRONG")
        case _:
            return None


def settlement(due: Due, outcome: push.Outcome, now: datetime) -> Settlement:  # noqa: C901, PLR0911 - one return an outcome
    """What an outcome makes of a delivery: PUSH.md's table, line by line."""

    def final(state: DeliveryState, text: str, **more: object) -> Settlement:
        if due.maybe_sent and state is not DeliveryState.SENT:
            text = f"{pushes.MAYBE_SENT}:{text}"
        more["campaign_id"] = due.campaign_id
        return Settlement(due.person_id, due.delivery_id, state, _fitting(text, OUTCOME_CHARACTERS), **more)  # type: ignore[arg-type]  # the fields of a Settlement

    def again(text: str, seconds: float | None, *, counts: bool) -> Settlement:
        if due.campaign_id is None and now - due.written_at > pushes.NEWS:
            return final(DeliveryState.DROPPED, EXPIRED)
        if counts and due.attempts >= pushes.MOST_TRIES[due.message_class]:
            return final(DeliveryState.FAILED, text)
        jitter = random.uniform(0.5, 1.5)  # noqa: S311 - spreads retries, guards nothing
        at = pushes.next_try(now, due.attempts, seconds, jitter)
        return final(DeliveryState.DUE, text, retry_at=at, counts=counts)

    match outcome:
        case push.Accepted(provider_id):
            kept = _fitting(provider_id, PROVIDER_ID_CHARACTERS)
            return final(DeliveryState.SENT, "ACCEPTED", provider_message_id=kept)
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


def _fitting(text: str, most: int) -> str:
    """What a column of so many characters can hold of another's text: no NUL, no half of a character."""
    return text.replace("\0", "").encode(errors="ignore").decode()[:most]
