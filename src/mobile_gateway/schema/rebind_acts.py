"""What a support agent does with a rebind ticket: take, reveal, look at the photo, call back, finish, reject."""

from datetime import datetime
from typing import Annotated
from uuid import uuid4

import strawberry

from mobile_gateway.actions import rebind_desk as acts
from mobile_gateway.reads import uploads
from mobile_gateway.reads.uploads import View
from mobile_gateway.rules import rebinding as rules
from mobile_gateway.rules import sign_in
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema import entered, rebind_desk
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Context, Info, Viewer
from mobile_gateway.schema.rebind_desk import RebindTicket

_REFUSED = "Why it was not done; empty when it was."


@strawberry.input(description="Which ticket.")
class RebindTicketInput:
    """Input of the acts that need nothing but the ticket."""

    number: str = strawberry.field(description="The ticket's number.")


@strawberry.input(description="Whose photo, and why it is looked at.")
class RebindPhotoViewInput:
    """Input of `rebindPhotoView`."""

    number: str = strawberry.field(description="The ticket's number.")
    reason: str = strawberry.field(description="Kept in the audit log; 1 to 200 characters.")


@strawberry.input(description="Which ticket, and what was spoken.")
class RebindTicketCallBackInput:
    """Input of `rebindTicketCallBack`."""

    number: str = strawberry.field(description="The ticket's number.")
    note: str = strawberry.field(description="What came of the call, 1 to 200 characters; for the audit log.")


@strawberry.input(description="Which ticket, and why.")
class RebindTicketReasonInput:
    """Input of `rebindTicketReject` and `rebindTicketReveal`."""

    number: str = strawberry.field(description="The ticket's number.")
    reason: str = strawberry.field(
        description="Why, 1 to 200 characters: for the audit log, and for the holder of a rejected ticket."
    )


@strawberry.type(description="The ticket after an act.")
class RebindTicketPayload:
    """Payload of the acts that move a ticket on."""

    ticket: RebindTicket | None = strawberry.field(default=None, description="The ticket; null when refused.")
    user_errors: list[UserError] = strawberry.field(description=_REFUSED)


@strawberry.type(description="What a ticket claims, in full: for its agent, for this once.")
class RebindClaimInFull:
    """To be shown, and kept nowhere."""

    name: str = strawberry.field(description="Name.")
    document_type: DocumentType = strawberry.field(description="Type of the identity document.")
    document_number: str = strawberry.field(description="Number of the identity document.")
    old_phone: str = strawberry.field(description="The phone that the account has, eleven digits with +86.")
    new_phone: str = strawberry.field(description="The phone to call back, eleven digits with +86.")


@strawberry.type(description="What came of revealing.")
class RebindTicketRevealPayload:
    """Payload of `rebindTicketReveal`."""

    claim: RebindClaimInFull | None = strawberry.field(default=None, description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description=_REFUSED)


@strawberry.type(description="A link to a ticket's photo, for its agent, for 60 s.")
class RebindPhotoLink:
    """GET the path on this gateway's own address."""

    path: str = strawberry.field(description="Path and token on this gateway's own address.")
    expires_at: datetime = strawberry.field(description="The link is good until then.")


@strawberry.type(description="What came of asking for the photo.")
class RebindPhotoViewPayload:
    """Payload of `rebindPhotoView`."""

    link: RebindPhotoLink | None = strawberry.field(default=None, description="Null when refused.")
    user_errors: list[UserError] = strawberry.field(description=_REFUSED)


Which = Annotated[RebindTicketInput, strawberry.argument(description="The ticket.")]
Why = Annotated[RebindTicketReasonInput, strawberry.argument(description="The ticket and the reason.")]


@strawberry.type
class RebindDeskMutation:
    """The acts of a ticket's agent; each is in the audit log."""

    @strawberry.mutation(description="Take a free ticket; it is the viewer's from here on.")
    async def rebind_ticket_take(self, info: Info, input: Which) -> RebindTicketPayload | None:  # noqa: A002 - GraphQL's own word
        """受理: of two agents at once one gets it, the other ALREADY_DECIDED."""
        context = info.context
        asked = _asked(context, input.number)
        if isinstance(asked, Refusal):
            return _refused(context, asked)
        viewer, number = asked
        refused = await acts.take(context.database, actor=viewer.actor, number=number, now=context.real_now)
        return await _moved(context, viewer, number, refused)

    @strawberry.mutation(
        description="Show in full what a ticket claims. Needs a second sign-in of the last 5 minutes and a reason."
    )
    async def rebind_ticket_reveal(self, info: Info, input: Why) -> RebindTicketRevealPayload | None:  # noqa: A002 - GraphQL's own word
        """Each time is in the audit log."""
        context = info.context
        asked, reason = _asked(context, input.number), rules.reason(input.reason, "reason")
        revealed: acts.Revealed | Refusal
        if isinstance(asked, Refusal) or isinstance(reason, Refusal):
            revealed = (
                asked if isinstance(asked, Refusal) else Refusal(RefusalCode.REASON_REQUIRED, ("reason",))
            )
        else:
            viewer, number = asked
            strong = sign_in.is_strong(viewer.strong_at, context.real_now)
            revealed = await acts.reveal(
                context.database,
                context.keyring,
                actor=viewer.actor,
                number=number,
                reason=reason,
                strong=strong,
            )
        if isinstance(revealed, Refusal):
            return RebindTicketRevealPayload(user_errors=user_errors(revealed, context.locale))
        claim = RebindClaimInFull(
            name=revealed.claim.name,
            document_type=revealed.claim.document.type,
            document_number=revealed.claim.document.number,
            old_phone=revealed.claim.old_phone,
            new_phone=revealed.new_phone,
        )
        return RebindTicketRevealPayload(claim=claim, user_errors=[])

    @strawberry.mutation(
        description="A link that shows the photo once, within 60 s. Needs a second sign-in of the last 5 minutes and a"
        " reason: the photo shows the document."
    )
    async def rebind_photo_view(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            RebindPhotoViewInput, strawberry.argument(description="The ticket and the reason.")
        ],
    ) -> RebindPhotoViewPayload | None:
        """Asking and looking are each in the audit log; what the link shows is checked again when it is fetched."""
        context = info.context
        asked = _asked(context, input.number)
        view = asked if isinstance(asked, Refusal) else await _view(context, *asked, input.reason)
        if isinstance(view, Refusal):
            return RebindPhotoViewPayload(user_errors=user_errors(view, context.locale))
        token, expires_at = uploads.view_link(context.keyring, view, context.real_now)
        link = RebindPhotoLink(path=f"/uploads/photo/{token}", expires_at=expires_at)
        return RebindPhotoViewPayload(link=link, user_errors=[])

    @strawberry.mutation(description="Note that the holder was called back on the new phone. Twice is once.")
    async def rebind_ticket_call_back(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - GraphQL's own word
            RebindTicketCallBackInput, strawberry.argument(description="The ticket and a note.")
        ],
    ) -> RebindTicketPayload | None:
        """回访: before it a ticket cannot be finished."""
        context = info.context
        asked, note = _asked(context, input.number), rules.reason(input.note, "note")
        if isinstance(asked, Refusal):
            return _refused(context, asked)
        if isinstance(note, Refusal):
            return _refused(context, note)
        viewer, number = asked
        refused = await acts.call_back(
            context.database, actor=viewer.actor, number=number, note=note, now=context.real_now
        )
        return await _moved(context, viewer, number, refused)

    @strawberry.mutation(
        description="Move the account to the new phone and close the ticket. REBIND_MISMATCH does not tell which field"
        " differs. Twice is once."
    )
    async def rebind_ticket_finish(self, info: Info, input: Which) -> RebindTicketPayload | None:  # noqa: A002 - GraphQL's own word
        """完成: all sign-ins of the account end, both numbers are told by a text."""
        context = info.context
        asked = _asked(context, input.number)
        if isinstance(asked, Refusal):
            return _refused(context, asked)
        viewer, number = asked
        refused = await acts.finish(
            context.database, context.keyring, actor=viewer.actor, number=number, now=context.real_now
        )
        return await _moved(context, viewer, number, refused)

    @strawberry.mutation(
        description="Close a ticket without moving anything. The new phone is told by a text; its holder reads the"
        " reason."
    )
    async def rebind_ticket_reject(self, info: Info, input: Why) -> RebindTicketPayload | None:  # noqa: A002 - GraphQL's own word
        """驳回: twice is once."""
        context = info.context
        asked, reason = _asked(context, input.number), rules.reason(input.reason, "reason")
        if isinstance(asked, Refusal):
            return _refused(context, asked)
        if isinstance(reason, Refusal):
            return _refused(context, reason)
        viewer, number = asked
        refused = await acts.reject(
            context.database,
            context.keyring,
            actor=viewer.actor,
            number=number,
            reason=reason,
            now=context.real_now,
        )
        return await _moved(context, viewer, number, refused)


async def _view(context: Context, viewer: Viewer, number: str, why: str) -> View | Refusal:
    reason, link = rules.reason(why, "reason"), uuid4().hex
    if isinstance(reason, Refusal):
        return Refusal(RefusalCode.REASON_REQUIRED, ("reason",))
    strong = sign_in.is_strong(viewer.strong_at, context.real_now)
    seen = await acts.view_photo(
        context.database, actor=viewer.actor, number=number, reason=reason, link=link, strong=strong
    )
    return seen if isinstance(seen, Refusal) else View(seen, viewer.person_id, viewer.session_id, link)


def _asked(context: Context, number: str) -> tuple[Viewer, str] | Refusal:
    """Who asks about which ticket. Refusals: UNAUTHENTICATED, NOT_FOUND for what can be no number."""
    read = entered.ticket_number(number)
    if context.viewer is None:
        return Refusal(RefusalCode.UNAUTHENTICATED)
    return read if isinstance(read, Refusal) else (context.viewer, read)


def _refused(context: Context, refused: Refusal) -> RebindTicketPayload:
    return RebindTicketPayload(user_errors=user_errors(refused, context.locale))


async def _moved(
    context: Context, viewer: Viewer, number: str, refused: Refusal | None
) -> RebindTicketPayload:
    """The ticket after an act, once texts and pushes that follow from it are nudged."""
    if refused is not None:
        return _refused(context, refused)
    await context.jobs.send_sms()
    await context.jobs.deliver()
    found = await rebind_desk.detail(context, viewer, number)
    return RebindTicketPayload(ticket=found.ticket if found else None, user_errors=[])
