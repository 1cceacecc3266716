"""How long work has been due that nobody took: the measure of whether the workers keep up.

It is the age of the oldest in each queue, not their number: that is read off an index, costs the same on the night
of an opening, and is what people feel.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from mobile_gateway import metrics
from mobile_gateway.models.database import Database
from mobile_gateway.reads import due

DOCUMENTS_COUNTED: Final = 1_000


def shown(queue: str, oldest: datetime | None, now: datetime) -> bool:
    """Show how long a queue's oldest has been due; answers whether anything is. Both times are the real clock's."""
    seconds = (now - oldest).total_seconds() if oldest else 0.0
    metrics.backlog.labels(queue).set(max(seconds, 0.0))
    return oldest is not None and oldest <= now


async def certificates(database: Database, now: datetime) -> None:
    """Show what waits to be drawn, and how long the night of an opening goes on."""
    async with database.connection() as connection:
        documents = await due.documents(connection, DOCUMENTS_COUNTED)
        opening = await due.opening(connection)
    metrics.documents_waiting.set(documents.many)
    shown("document", documents.oldest, now)
    shown("opening", opening, now)
