"""Certificates: the viewer's own, why one cannot be claimed yet, and the public check (PRODUCT.md §8)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from mobile_gateway.documents import glyphs
from mobile_gateway.messages import certificates as messages
from mobile_gateway.messages import refusals
from mobile_gateway.reads import certificate_files
from mobile_gateway.reads import certificates as reads
from mobile_gateway.reads.certificates import Asked
from mobile_gateway.rules import certificates as rules
from mobile_gateway.rules import serials
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CertificateState, VoidReason
from mobile_gateway.schema.answers import URL, Credits
from mobile_gateway.schema.context import Context
from mobile_gateway.schema.nodes import (
    Node,
    PageInfo,
    cursor,
    global_id,
    number_of,
    page,
    page_info,
    row_id,
)

if TYPE_CHECKING:
    from mobile_gateway.schema.topic import Topic

LazyTopic: TypeAlias = Annotated["Topic", strawberry.lazy("mobile_gateway.schema.topic")]


@strawberry.type(description="What is printed on a certificate, personal data in asterisks.")
class PrintedData:
    """As the preview shows it."""

    name: str = strawberry.field(description="Name, masked.")
    document_type: DocumentType = strawberry.field(description="Type of the ID document.")
    document_number: str = strawberry.field(
        description="Number of the ID document, masked but for its last four."
    )
    school: str | None = strawberry.field(description="The primary school's name at that time.")
    topic: str = strawberry.field(description="The topic's title, in the viewer's language.")
    credits: Credits = strawberry.field(description="Recognised credits.")


@strawberry.type(description="One version of the viewer's certificate for a topic. A version never changes.")
class Certificate(Node):
    """ISSUED, then perhaps REISSUE_PENDING, then VOID; the next version supersedes it."""

    topic: LazyTopic | None = strawberry.field(description="The topic; null when it is published no more.")
    version: int = strawberry.field(description="1, and one more with each that supersedes the one before.")
    serial: str = strawberry.field(description="The number, in groups of four: 0123-4567-89AB-CDEF.")
    state: CertificateState = strawberry.field(description="Where this version stands.")
    printed: PrintedData | None = strawberry.field(
        description="What it says, masked; null when it cannot be read now."
    )
    ready: bool = strawberry.field(description="Whether its document is there to be downloaded.")
    first_issued_at: datetime = strawberry.field(description="When the first version was issued.")
    issued_at: datetime = strawberry.field(description="When this version was issued.")
    reissue_due_at: datetime | None = strawberry.field(
        description="Until when the next version is promised, once the viewer is verified again; null unless"
        " REISSUE_PENDING."
    )
    reissue_hint: str | None = strawberry.field(
        description="What hinders the next version, in the viewer's language; null when nothing does."
    )
    voided_at: datetime | None = strawberry.field(description="When it became void.")
    void_reason: VoidReason | None = strawberry.field(description="Why it is void, for programs.")
    void_message: str | None = strawberry.field(description="Why it is void, in the viewer's language.")
    picture_url: URL | None = strawberry.field(
        description="A masked picture (PNG), good for 30 minutes; null until it is drawn."
    )
    check_url: URL = strawberry.field(description="Where anybody can check this version.")


@strawberry.type(description="A version in a page of the viewer's certificates.")
class CertificateEdge:
    """An edge."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: Certificate = strawberry.field(description="The version.")


@strawberry.type(
    description="A page of the viewer's certificates, every version of every topic, newest first."
)
class CertificateConnection:
    """证书记录."""

    edges: list[CertificateEdge] = strawberry.field(description="The versions of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


def printed(snapshot: rules.Snapshot, locale: str) -> PrintedData:
    """A snapshot as it may leave the product, whether or not it is masked already."""
    holder = snapshot.masked().holder
    return PrintedData(
        name=holder.name,
        document_type=holder.document_type,
        document_number=holder.document_number,
        school=holder.school_name,
        topic=snapshot.topic_en if locale.startswith("en") else snapshot.topic,
        credits=Credits(snapshot.credits),
    )


async def _hint(context: Context, one: reads.Certificate) -> str | None:
    """What a holder whose new name cannot be printed is to do."""
    me = await context.me()
    lacking = glyphs.lacking(me.name or "") if me and one.state is CertificateState.REISSUE_PENDING else ""
    if not lacking:
        return None
    refusal = Refusal(RefusalCode.NAME_NOT_PRINTABLE, data={"characters": " ".join(lacking)})
    return " ".join(refusals.text(refusal, context.locale))


async def certificate(context: Context, one: reads.Certificate) -> Certificate:
    """A version as its holder reads it."""
    from mobile_gateway.schema.topic import topic_of  # noqa: PLC0415 - a topic has its certificate

    picture = None
    if one.document_key is not None:
        token = certificate_files.picture_of_certificate(context.keyring, one.serial, context.real_now)
        picture = URL(f"{context.public_url}/certificates/pictures/{token}")
    return Certificate(
        id=global_id("Certificate", one.id),
        topic=topic_of(context, one.topic_id),
        version=one.version,
        serial=serials.shown(one.serial),
        state=one.state,
        printed=printed(one.snapshot, context.locale) if one.snapshot else None,
        ready=one.document_key is not None,
        first_issued_at=one.first_issued_at,
        issued_at=one.issued_at,
        reissue_due_at=one.reissue_due_at,
        reissue_hint=await _hint(context, one),
        voided_at=one.voided_at,
        void_reason=one.void_reason,
        void_message=messages.void_reason(one.void_reason, context.locale) if one.void_reason else None,
        picture_url=picture,
        check_url=URL(f"{context.public_url}/certificates/check?serial={serials.shown(one.serial)}"),
    )


async def certificates_of(context: Context, asked: Asked, first: int = 1) -> list[Certificate]:
    """The viewer's own versions, newest first; raises SESSION_INVALID for a dead sign-in."""
    viewer = context.signed_in()
    await context.me()
    async with context.database.connection() as connection:
        found = await reads.of_person(connection, context.keyring, viewer.person_id, asked, first=first)
    return [await certificate(context, one) for one in found]


async def newest_of(context: Context, topic_id: int) -> Certificate | None:
    """The viewer's newest version of a topic; raises SESSION_INVALID for a dead sign-in."""
    viewer = context.signed_in()
    await context.me()

    async def read() -> dict[int, reads.Certificate]:
        async with context.database.connection() as connection:
            return await reads.newest(connection, context.keyring, viewer.person_id)

    found = (await context.once("newest certificates", read)).get(topic_id)
    return await certificate(context, found) if found else None


async def certificate_of(context: Context, number: int) -> Certificate | None:
    """The viewer's own version of a number; None for somebody else's, as for an absent one."""
    found = await certificates_of(context, Asked(certificate_id=number))
    return found[0] if found else None


async def connection_of(context: Context, first: int, after: str | None) -> CertificateConnection:
    """A page of the viewer's versions; raises BAD_USER_INPUT for a wrong page."""
    asked = page(first, after, _key, context.locale)
    found = await certificates_of(context, Asked(before=asked.after), asked.size + 1)
    here = found[: asked.size]
    edges = [CertificateEdge(cursor=cursor(number_of(one.id, "Certificate") or 0), node=one) for one in here]
    return CertificateConnection(
        edges=edges,
        page_info=page_info([edge.cursor for edge in edges], more=len(found) > len(here), after=after),
    )


def _key(parts: Sequence[str]) -> int:
    return row_id(parts[0])
