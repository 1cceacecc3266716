"""The app's operations, compiled before the first request."""

from __future__ import annotations

import functools

from mobile_gateway.execution import Limits, Operations, Rejected
from mobile_gateway.schema import operations as trusted
from mobile_gateway.schema import root


@functools.cache
def compiled(*, is_local: bool) -> Operations:
    """The schema's operations with the trusted documents compiled; once in a process, whoever asks again.

    Introspection and suggestions are on in development alone. Raises RuntimeError for a document that is refused.
    """
    schema = root.build(suggestions=is_local)
    limits = Limits(introspection=is_local, suggestions=is_local)
    operations = Operations(schema._schema, limits)  # noqa: SLF001 - Strawberry gives its graphql-core schema no other way
    for text in trusted.by_id().values():
        pinned = operations.pin(text)
        if isinstance(pinned, Rejected):
            raise RuntimeError(  # noqa: TRY004 - a refused document is a broken build, not a wrong type
                f"a trusted document is refused: {pinned.errors[0].message}"
            )
    return operations
