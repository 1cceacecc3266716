"""Addresses that photos are sent to; the photos themselves do not travel in GraphQL (TRUST.md, "The door")."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import uploading
from mobile_gateway.messages import photos
from mobile_gateway.reads import uploads
from mobile_gateway.rules import uploads as limits
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.staff_words import UploadPurpose
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Info

_REFUSED = "Why there is none; empty when there is one."


@strawberry.input(description="What is to be uploaded.")
class UploadRequestInput:
    """Input of `uploadRequest`."""

    purpose: UploadPurpose = strawberry.field(description="What the file is for.")


@strawberry.type(description="Where one file may be sent, once: as the raw body of a POST.")
class UploadAddress:
    """A signed one-use address and its limits."""

    path: str = strawberry.field(
        description="Path and token on this gateway's own address; POST the file's bytes there, Content-Type image/…."
    )
    token: str = strawberry.field(description="Names the upload in what it is attached to.")
    expires_at: datetime = strawberry.field(description="The address takes a file until then.")
    most_bytes: int = strawberry.field(description="The largest file, in bytes.")
    media_types: list[str] = strawberry.field(description="What is read; judged by the content.")
    advice: str = strawberry.field(
        description="How to take the photo and the watermark it may have, in the viewer's language."
    )


@strawberry.type(description="What came of asking for an address.")
class UploadRequestPayload:
    """Payload of `uploadRequest`."""

    upload: UploadAddress | None = strawberry.field(
        default=None, description="The address; null when refused."
    )
    user_errors: list[UserError] = strawberry.field(description=_REFUSED)


@strawberry.type
class UploadMutation:
    """Asking for an address; needs no sign-in."""

    @strawberry.mutation(description="Ask for a one-use address to upload a photo to.")
    async def upload_request(
        self,
        info: Info,
        input: Annotated[UploadRequestInput, strawberry.argument(description="What for.")],  # noqa: A002 - GraphQL's own word
    ) -> UploadRequestPayload | None:
        """RATE_LIMITED when the network asked for too many within a day."""
        context = info.context
        opened = await uploading.open_address(
            context.database, purpose=input.purpose, network=context.network, now=context.real_now
        )
        if isinstance(opened, Refusal):
            return UploadRequestPayload(user_errors=user_errors(opened, context.locale))
        token = uploads.address_of(context.keyring, opened[0])
        address = UploadAddress(
            path=f"/uploads/{token}",
            token=token,
            expires_at=opened[1],
            most_bytes=limits.MOST_BYTES,
            media_types=list(limits.MEDIA_TYPES),
            advice=photos.before_uploading(context.locale),
        )
        return UploadRequestPayload(upload=address, user_errors=[])
