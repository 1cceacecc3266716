"""A subscription's answers, whatever carries them, and how many streams may be open."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

from mobile_gateway import metrics
from mobile_gateway.execution import Answer, Plan
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.schema.context import Context
from mobile_gateway.web.asking import label, masked, unforeseen

KEEP_SECONDS: Final = 15.0
"""How often a word goes over a stream that has nothing to say, so that nobody on the way takes it for dead."""

SEND_SECONDS: Final = 15.0
"""How long a client may leave what is sent to it unread before it is cut off."""

MOST_STREAMS: Final = 10_000
MOST_OF_A_PERSON: Final = 10
"""Sockets and event streams open at once, of a process and in it of a person."""


class Crowd:
    """Who has how many streams open in this process. Not for use from several threads at once."""

    def __init__(self, most: int = MOST_STREAMS, of_a_person: int = MOST_OF_A_PERSON) -> None:
        self._most, self._of_a_person = most, of_a_person
        self._open = 0
        self._people: Counter[int] = Counter()

    def enter(self, kind: str) -> bool:
        """Count one more; False when there are too many already."""
        if self._open >= self._most:
            return False
        self._open += 1
        metrics.streams.labels(kind).inc()
        return True

    def leave(self, kind: str) -> None:
        """One less."""
        self._open -= 1
        metrics.streams.labels(kind).dec()

    def enter_person(self, person_id: int) -> bool:
        """Count one more of a person; False when the person has too many already."""
        if self._people[person_id] >= self._of_a_person:
            return False
        self._people[person_id] += 1
        return True

    def leave_person(self, person_id: int) -> None:
        """One less of a person."""
        self._people[person_id] -= 1
        if not self._people[person_id]:
            del self._people[person_id]


async def answers(
    plan: Plan, variables: dict[str, Any] | None, context: Context
) -> AsyncGenerator[Answer, None]:
    """What a subscription answers, masked, until it is closed, or its source ends.

    An answer that is not `started` says why there are no (more) events, and is the last one. Never raises.
    """
    opened = await plan.subscribe(variables, context)
    if isinstance(opened, Answer):
        yield _told(plan, opened, context.locale)
        return
    async with aclosing(opened):
        try:
            async for answer in opened:
                yield _told(plan, answer, context.locale)
        except Exception as why:  # noqa: BLE001 - whatever the source raises is this subscription's alone
            yield _told(plan, Answer(None, [unforeseen(why, context.locale)], started=False), context.locale)


def _told(plan: Plan, answer: Answer, locale: str) -> Answer:
    metrics.streamed.labels(label(plan), "errors" if answer.errors else "data").inc()
    if not answer.errors:
        return answer
    return Answer(answer.data, [masked(error, locale) for error in answer.errors], answer.started)


def is_over(answer: Answer) -> bool:
    """Whether the viewer's sign-in has ended: nothing more may be told."""
    return any((error.extensions or {}).get("code") == RefusalCode.SESSION_INVALID for error in answer.errors)
