"""Claiming a certificate: preview, confirm, download; and voiding one for fraud (PRODUCT.md §8)."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import claiming, downloading, revoking
from mobile_gateway.actions.claiming import Preview
from mobile_gateway.documents import glyphs
from mobile_gateway.reads import certificate_files
from mobile_gateway.rules import serials, verification
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.schema.answers import URL, UserError, user_errors
from mobile_gateway.schema.certificates import Certificate, PrintedData, certificate_of, printed
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import number_of

_ANONYMOUS = Refusal(RefusalCode.UNAUTHENTICATED)


@strawberry.type(description="What a certificate will say, to be checked before it is confirmed.")
class CertificatePreview:
    """Personal data in asterisks."""

    printed: PrintedData = strawberry.field(description="What will be printed, masked.")
    token: str = strawberry.field(description="Confirms exactly this, once, until `expiresAt`.")
    expires_at: datetime = strawberry.field(description="Until when it can be confirmed.")
    picture_url: URL = strawberry.field(
        description="A masked picture (PNG). It is drawn within seconds: 202 with Retry-After until it is there."
    )


@strawberry.input(description="Of which topic.")
class CertificatePreviewInput:
    """Input of `certificatePreview`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")


@strawberry.type(description="What the certificate will say.")
class CertificatePreviewPayload:
    """Payload of `certificatePreview`."""

    preview: CertificatePreview | None = strawberry.field(
        default=None, description="The preview; null when refused, or when there is a certificate already."
    )
    certificate: Certificate | None = strawberry.field(
        default=None, description="The viewer's certificate, when it was claimed already."
    )
    user_errors: list[UserError] = strawberry.field(description="Everything that is missing.")


@strawberry.input(description="确认正确: what was checked.")
class CertificateConfirmInput:
    """Input of `certificateConfirm`."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic.")
    preview_token: str = strawberry.field(description="The preview's token.")


@strawberry.type(description="What came of confirming.")
class CertificateConfirmPayload:
    """Payload of `certificateConfirm`."""

    certificate: Certificate | None = strawberry.field(
        default=None, description="The certificate; its document is ready seconds later."
    )
    user_errors: list[UserError] = strawberry.field(
        description="Why not; PREVIEW_STALE when the data is no longer what was shown."
    )


@strawberry.input(description="Which certificate.")
class CertificateDownloadInput:
    """Input of `certificateDownload`."""

    certificate_id: strawberry.ID = strawberry.field(description="Global id of the viewer's own certificate.")


@strawberry.type(description="Where the document is.")
class CertificateDownloadPayload:
    """Payload of `certificateDownload`."""

    url: URL | None = strawberry.field(
        default=None, description="The PDF with all data; good while the sign-in stands, until `expiresAt`."
    )
    expires_at: datetime | None = strawberry.field(
        default=None, description="Until when the address is good."
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when there is an address.")


@strawberry.input(description="Which certificate is void, and why.")
class CertificateVoidInput:
    """Input of `certificateVoid`."""

    serial: str = strawberry.field(description="The certificate's number.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the audit log.")


@strawberry.type(description="What came of voiding a certificate.")
class CertificateVoidPayload:
    """Payload of `certificateVoid`."""

    voided: bool = strawberry.field(default=False, description="Whether the certificate is void now.")
    serial: str | None = strawberry.field(
        default=None,
        description="The number that is void now: a superseded one leads to the version that was live.",
    )
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when it is void.")


@strawberry.type
class ClaimingMutation:
    """Acts about certificates."""

    @strawberry.mutation(
        description="What the certificate will say, personal data in asterisks, and a token over exactly that. Check"
        " it: once confirmed it can no longer be changed."
    )
    async def certificate_preview(
        self,
        info: Info,
        input: Annotated[CertificatePreviewInput, strawberry.argument(description="Of which topic.")],  # noqa: A002 - GraphQL's own word
    ) -> CertificatePreviewPayload | None:
        """领取证书: 预览."""
        context = info.context
        if context.viewer is None:
            return CertificatePreviewPayload(user_errors=user_errors(_ANONYMOUS, context.locale))
        found = await claiming.preview(
            context.database,
            context.keyring,
            actor=context.viewer.actor,
            topic_id=number_of(input.topic_id, "Topic") or 0,
            lacking=glyphs.lacking,
            now=context.now,
            real_now=context.real_now,
        )
        if isinstance(found, list):
            return CertificatePreviewPayload(user_errors=_errors(context, found))
        if isinstance(found, int):
            return CertificatePreviewPayload(certificate=await certificate_of(context, found), user_errors=[])
        await context.jobs.render_certificates()
        return CertificatePreviewPayload(preview=_preview(context, found), user_errors=[])

    @strawberry.mutation(
        description="确认正确: issue the certificate that was previewed. Twice, or at once, is one certificate."
    )
    async def certificate_confirm(
        self,
        info: Info,
        input: Annotated[CertificateConfirmInput, strawberry.argument(description="What was checked.")],  # noqa: A002 - GraphQL's own word
    ) -> CertificateConfirmPayload | None:
        """确认正确."""
        context = info.context
        if context.viewer is None:
            return CertificateConfirmPayload(user_errors=user_errors(_ANONYMOUS, context.locale))
        found = await claiming.confirm(
            context.database,
            context.keyring,
            actor=context.viewer.actor,
            topic_id=number_of(input.topic_id, "Topic") or 0,
            token=input.preview_token,
            now=context.now,
            real_now=context.real_now,
        )
        if isinstance(found, list):
            return CertificateConfirmPayload(user_errors=_errors(context, found))
        await context.jobs.render_certificates()
        await context.jobs.deliver()
        return CertificateConfirmPayload(certificate=await certificate_of(context, found), user_errors=[])

    @strawberry.mutation(
        description="An address of the full document (PDF), on the website only. Each is kept in the audit log."
    )
    async def certificate_download(
        self,
        info: Info,
        input: Annotated[CertificateDownloadInput, strawberry.argument(description="Which certificate.")],  # noqa: A002 - GraphQL's own word
    ) -> CertificateDownloadPayload | None:
        """下载证书."""
        context = info.context
        if context.viewer is None:
            return CertificateDownloadPayload(user_errors=user_errors(_ANONYMOUS, context.locale))
        link = await downloading.ask(
            context.database,
            context.keyring,
            actor=context.viewer.actor,
            client_kind=context.viewer.client_kind,
            certificate_id=number_of(input.certificate_id, "Certificate") or 0,
            now=context.real_now,
        )
        if isinstance(link, Refusal):
            return CertificateDownloadPayload(user_errors=user_errors(link, context.locale))
        url = URL(f"{context.public_url}/certificates/document.pdf?token={link.token}")
        return CertificateDownloadPayload(url=url, expires_at=link.expires_at, user_errors=[])

    @strawberry.mutation(
        description="Void a certificate for fraud, for good. Needs a second sign-in; audited. Twice is once."
    )
    async def certificate_void(
        self,
        info: Info,
        input: Annotated[CertificateVoidInput, strawberry.argument(description="Which, and why.")],  # noqa: A002 - GraphQL's own word
    ) -> CertificateVoidPayload | None:
        """作废: the platform's administrators only."""
        context = info.context
        reason = verification.reason(input.reason)
        if context.viewer is None or isinstance(reason, Refusal):
            refused = reason if context.viewer and isinstance(reason, Refusal) else _ANONYMOUS
            return CertificateVoidPayload(user_errors=user_errors(refused, context.locale))
        done = await revoking.revoke(
            context.database,
            actor=context.viewer.actor,
            strong_at=context.viewer.strong_at,
            serial=serials.read(input.serial) or "",
            reason=reason,
            now=context.now,
            real_now=context.real_now,
        )
        if isinstance(done, Refusal):
            return CertificateVoidPayload(user_errors=user_errors(done, context.locale))
        await context.jobs.deliver()
        return CertificateVoidPayload(voided=True, serial=serials.shown(done), user_errors=[])


def _errors(context: Context, refused: list[Refusal]) -> list[UserError]:
    return [error for one in refused for error in user_errors(one, context.locale)]


def _preview(context: Context, found: Preview) -> CertificatePreview:
    token = certificate_files.picture_of_preview(context.keyring, found.picture_id, context.real_now)
    return CertificatePreview(
        printed=printed(found.snapshot, context.locale),
        token=found.token,
        expires_at=found.expires_at,
        picture_url=URL(f"{context.public_url}/certificates/pictures/{token}"),
    )
