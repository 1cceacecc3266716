"""The support agents' desk: the queue of rebind tickets and what a ticket's agent does with it (PRODUCT.md §12).

What is not the viewer's is NOT_FOUND, be it another agent's ticket or the desk itself to who is no agent.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import strawberry

from mobile_gateway.reads import rebinding as reads
from mobile_gateway.reads.rebinding import Slice
from mobile_gateway.rules import documents_of_identity, texts
from mobile_gateway.rules import rebinding as rules
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.rebinding import Claim
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.staff_words import TicketQueue
from mobile_gateway.rules.words import TicketState
from mobile_gateway.schema.answers import MaskedPhone, masked
from mobile_gateway.schema.context import Context, Info, Viewer
from mobile_gateway.schema.nodes import Node, PageInfo, cursor, global_id, page, page_info, row_id

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@strawberry.type(description="A rebind ticket, as support agents see it before they open it.")
class RebindTicket(Node):
    """Nothing personal stands here but the new phone, masked."""

    number: str = strawberry.field(description="The ticket's number.")
    state: TicketState = strawberry.field(description="Where it stands.")
    is_mine: bool = strawberry.field(description="Whether the viewer is its agent.")
    new_phone: MaskedPhone = strawberry.field(description="The new phone, masked.")
    submitted_at: datetime = strawberry.field(description="When it was submitted.")
    taken_at: datetime | None = strawberry.field(description="When an agent took it; null while free.")
    called_back_at: datetime | None = strawberry.field(description="When its holder was called back.")
    closed_at: datetime | None = strawberry.field(description="When it was closed; null while open.")
    reason: str | None = strawberry.field(description="Why it was rejected; null otherwise.")


@strawberry.type(description="What a ticket claims, masked.")
class RebindClaim:
    """Full values need `rebindTicketReveal`."""

    name: str = strawberry.field(description="Name, masked.")
    document_type: DocumentType = strawberry.field(description="Type of the identity document.")
    document_number: str = strawberry.field(description="Number of the identity document, masked.")
    old_phone: MaskedPhone = strawberry.field(description="The phone that the account has, masked.")


@strawberry.type(description="A ticket that the viewer has taken.")
class RebindTicketDetail:
    """The agent's own."""

    ticket: RebindTicket = strawberry.field(description="The ticket.")
    claim: RebindClaim | None = strawberry.field(
        description="What it claims; null once it is closed, when that is forgotten."
    )


@strawberry.type(description="A ticket in a page of the queue.")
class RebindTicketEdge:
    """An edge of the queue."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: RebindTicket = strawberry.field(description="The ticket.")


@strawberry.type(description="A page of the queue, oldest first.")
class RebindTicketConnection:
    """The queue."""

    edges: list[RebindTicketEdge] = strawberry.field(description="The tickets of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


@strawberry.type
class RebindDeskQuery:
    """The desk's roots."""

    @strawberry.field(
        description="Rebind tickets, oldest first: free ones and the viewer's own; the open ones unless a state is"
        " named. For support agents; NOT_FOUND to others."
    )
    async def rebind_tickets(
        self,
        info: Info,
        queue: Annotated[
            TicketQueue | None, strawberry.argument(description="Only free ones, or only the viewer's own.")
        ] = None,
        state: Annotated[TicketState | None, strawberry.argument(description="Only this state.")] = None,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> RebindTicketConnection | None:
        """The open ones are as many as the workbench counts."""
        context = info.context
        viewer = context.signed_in()
        asked = page(first, after, _key, context.locale)
        wanted = Slice(queue is not TicketQueue.MINE, queue is not TicketQueue.FREE, state)
        async with context.database.connection() as connection:
            if not await reads.is_agent(connection, viewer.person_id, viewer.session_id):
                raise context.refuse(RefusalCode.NOT_FOUND)
            rows = await reads.page(
                connection, viewer.person_id, wanted, first=asked.size + 1, after=asked.after
            )
        here = rows[: asked.size]
        edges = [RebindTicketEdge(cursor=_cursor(row), node=ticket(row, viewer.person_id)) for row in here]
        cursors = [edge.cursor for edge in edges]
        return RebindTicketConnection(
            edges=edges, page_info=page_info(cursors, more=len(rows) > len(here), after=after)
        )

    @strawberry.field(description="A ticket that the viewer has taken; NOT_FOUND for any other.")
    async def rebind_ticket(
        self,
        info: Info,
        number: Annotated[str, strawberry.argument(description="The ticket's number.")],
    ) -> RebindTicketDetail | None:
        """Masked, so it needs no second sign-in and leaves no trace."""
        context = info.context
        found = await detail(context, context.signed_in(), rules.number(number) or "")
        if found is None:
            raise context.refuse(RefusalCode.NOT_FOUND)
        return found


async def detail(context: Context, viewer: Viewer, number: str) -> RebindTicketDetail | None:
    """A ticket with its claim for its agent; None for anybody else."""
    async with context.database.connection() as connection:
        if not await reads.is_agent(connection, viewer.person_id, viewer.session_id):
            return None
        found = await reads.of_agent(connection, context.keyring, viewer.person_id, number)
    if found is None:
        return None
    row, claim = found
    return RebindTicketDetail(ticket=ticket(row, viewer.person_id), claim=_claim(claim))


async def ticket_of(context: Context, ticket_id: int) -> RebindTicket | None:
    """The ticket of an id, free or the viewer's own, for a support agent; None for anybody else."""
    viewer = context.signed_in()
    async with context.database.connection() as connection:
        if not await reads.is_agent(connection, viewer.person_id, viewer.session_id):
            return None
        row = await reads.in_reach(connection, viewer.person_id, ticket_id)
    return ticket(row, viewer.person_id) if row else None


def ticket(row: reads.Ticket, viewer_id: int) -> RebindTicket:
    """A row as an agent reads it."""
    return RebindTicket(
        id=global_id("RebindTicket", row.id),
        number=row.number,
        state=row.state,
        is_mine=row.agent_id == viewer_id,
        new_phone=masked(row.new_phone),
        submitted_at=row.created_at,
        taken_at=row.taken_at,
        called_back_at=row.called_back_at,
        closed_at=row.closed_at,
        reason=row.reason,
    )


def _claim(claim: Claim | None) -> RebindClaim | None:
    if claim is None:
        return None
    return RebindClaim(
        name=texts.mask_name(claim.name),
        document_type=claim.document.type,
        document_number=documents_of_identity.mask(claim.document.number),
        old_phone=masked(claim.old_phone),
    )


def _cursor(row: reads.Ticket) -> str:
    return cursor((row.created_at - _EPOCH) // _MICROSECOND, row.id)


def _key(parts: Sequence[str]) -> tuple[datetime, int]:
    try:
        return _EPOCH + row_id(parts[0]) * _MICROSECOND, row_id(parts[1])
    except OverflowError as far:
        raise ValueError(parts[0]) from far
