"""The app's operations, compiled when they are first asked for, or ahead of that."""

from __future__ import annotations

import asyncio
import functools
from typing import Final

from mobile_gateway.execution import Limits, Operations, Rejected
from mobile_gateway.logs import logger
from mobile_gateway.schema import operations as trusted
from mobile_gateway.schema import root

PAUSE_SECONDS: Final = 0.005
"""Between two documents that are compiled ahead; one takes 1 to 5 ms, which is how long a request waits for it."""


@functools.cache
def operations_of(*, is_local: bool) -> Operations:
    """The schema's operations, which keep the trusted documents for good; once in a process, whoever asks again.

    Introspection and suggestions are on in development alone.
    """
    schema = root.build(suggestions=is_local)
    limits = Limits(introspection=is_local, suggestions=is_local)
    operations = Operations(schema._schema, limits)  # noqa: SLF001 - Strawberry gives its graphql-core schema no other way
    operations.expect(trusted.by_id().values())
    return operations


async def compile_ahead(operations: Operations) -> None:
    """Compile each trusted document that nobody asked for yet, beside the requests."""
    for name, text in trusted.by_file().items():
        if why := _refused(operations, text):
            logger.error("document_refused", document=name, why=why)
        await asyncio.sleep(PAUSE_SECONDS)


def refused(operations: Operations) -> dict[str, str]:
    """The trusted documents that will not run, by the names of their files, and why. A sound build has none."""
    said = {name: _refused(operations, text) for name, text in trusted.by_file().items()}
    return {name: why for name, why in said.items() if why}


def _refused(operations: Operations, text: str) -> str:
    outcome = operations.prepare(text)
    return outcome.errors[0].message if isinstance(outcome, Rejected) else ""
