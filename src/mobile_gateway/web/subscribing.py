"""A subscription's answers, whatever carries them, and how many streams may be open."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, Final

from mobile_gateway import metrics
from mobile_gateway.execution import Answer, Plan
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.schema.context import Context
from mobile_gateway.web.asking import EXECUTION_SECONDS, FAULT, label, masked, unforeseen

KEEP_SECONDS: Final = 15.0
"""How often a word goes over a stream that has nothing to say, so that nobody on the way takes it for dead."""

SEND_SECONDS: Final = 15.0
"""How long a client may leave what is sent to it unread before it is cut off."""

MOST_OF_A_PERSON: Final = 10
"""Sockets and event streams of a person that are open at once in a process; the newest ones."""

MOST_WAITING: Final = 500
MOST_WAITING_OF_A_NETWORK: Final = 100
"""Sockets that have not said who looks on, of a process and in it of a network (/24 or /64).

Each is one for a round trip, and for three seconds at most.
"""


class Crowd:
    """Who has how many streams open in this process. Not for use from several threads at once."""

    def __init__(
        self,
        most: int,
        *,
        waiting: int = MOST_WAITING,
        of_a_network: int = MOST_WAITING_OF_A_NETWORK,
        of_a_person: int = MOST_OF_A_PERSON,
    ) -> None:
        self._most, self._of_a_person = most, of_a_person
        self._most_waiting, self._of_a_network = waiting, of_a_network
        self._open = 0
        self._people: dict[int, list[Callable[[], None]]] = {}
        self._networks: Counter[str] = Counter()

    @property
    def is_full(self) -> bool:
        """Whether there are as many streams as there may be."""
        return self._open >= self._most

    def wait(self, network: str) -> bool:
        """Count a socket that has not said who looks on; False when there are too many, or too many of its network."""
        if self._networks.total() >= self._most_waiting or self._networks[network] >= self._of_a_network:
            return False
        self._networks[network] += 1
        metrics.streams.labels("waiting").inc()
        return True

    def waited(self, network: str) -> None:
        """It has said so, or has left."""
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]
        metrics.streams.labels("waiting").dec()

    def enter(self, kind: str, person_id: int | None, end: Callable[[], None]) -> bool:
        """Count one more; False when there are too many already.

        `end` ends it. It is called when the person has opened too many others since; nobody is turned away for what
        they opened before, as of what was opened before the other end may long be gone.
        """
        if self.is_full:
            return False
        self._open += 1
        metrics.streams.labels(kind).inc()
        if person_id is not None:
            ends = self._people.setdefault(person_id, [])
            ends.append(end)
            if len(ends) > self._of_a_person:
                ends.pop(0)()
        return True

    def leave(self, kind: str, person_id: int | None, end: Callable[[], None]) -> None:
        """One less."""
        self._open -= 1
        metrics.streams.labels(kind).dec()
        ends = self._people.get(person_id, []) if person_id is not None else []
        if end in ends:
            ends.remove(end)
        if person_id is not None and not ends:
            self._people.pop(person_id, None)


async def answers(
    plan: Plan, variables: dict[str, Any] | None, context: Context
) -> AsyncGenerator[Answer, None]:
    """What a subscription answers, masked, until it is closed, or its source ends.

    An answer that is not `started` says why there are no (more) events, and is the last one. Never raises.
    """
    opened = await plan.subscribe(variables, context, seconds=EXECUTION_SECONDS)
    if isinstance(opened, Answer):
        yield _told(plan, opened, context.locale)
        return
    async with aclosing(opened):
        try:
            async for answer in opened:
                told = _told(plan, answer, context.locale)
                context.was_read(well=not _AGAIN & codes(told))
                yield told
        except Exception as why:  # noqa: BLE001 - whatever the source raises is this subscription's alone
            yield _told(plan, Answer(None, [unforeseen(why, context.locale)], started=False), context.locale)


def _told(plan: Plan, answer: Answer, locale: str) -> Answer:
    metrics.streamed.labels(label(plan), "errors" if answer.errors else "data").inc()
    if not answer.errors:
        return answer
    return Answer(answer.data, [masked(error, locale) for error in answer.errors], answer.started)


def is_over(answer: Answer) -> bool:
    """Whether the viewer's sign-in has ended: nothing more may be told."""
    return RefusalCode.SESSION_INVALID in codes(answer)


def codes(answer: Answer) -> set[str]:
    """The codes of an answer's errors."""
    return {str((error.extensions or {}).get("code")) for error in answer.errors}


_AGAIN: Final = {str(RefusalCode.SERVICE_UNAVAILABLE), FAULT}
"""What may be otherwise when it is read again."""
