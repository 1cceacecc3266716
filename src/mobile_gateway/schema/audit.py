"""The audit log, each reader's own scope of it (PRODUCT.md §12)."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.reads import audit as reads
from mobile_gateway.reads import places
from mobile_gateway.reads.audit import Asked
from mobile_gateway.reads.audit import AuditEntry as Row
from mobile_gateway.rules.refusal import RefusalCode
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.rules.words import StaffRole
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import Node, PageInfo, cursor, global_id, page, page_info, row_id
from mobile_gateway.schema.staff import number_given, viewer_grants


@strawberry.type(description="A member of staff who acted.")
class AuditActor:
    """Named, for who may read the entry."""

    id: strawberry.ID = strawberry.field(description="Opaque and global; of the person.")
    name: str | None = strawberry.field(description="Name.")


@strawberry.type(description="What an act was about.")
class AuditSubject:
    """A kind and a global id; what it names may be out of the reader's sight."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    kind: str = strawberry.field(description="What it is, as `TeachingRecord`.")


@strawberry.type(description="A school that an act was about.")
class AuditSchool:
    """Named."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    name: str = strawberry.field(description="Name of the school.")


@strawberry.type(description="Something more about an act: a word or an id under its name.")
class AuditDatum:
    """Never a name, a phone or a document's number."""

    key: str = strawberry.field(description="What it is.")
    value: str = strawberry.field(description="The word or the id.")


@strawberry.type(description="An act of staff, or a view of full personal data; never changed.")
class AuditEntry(Node):
    """One entry."""

    at: datetime = strawberry.field(description="When, by the real clock.")
    act: AuditAct = strawberry.field(description="What was done.")
    role: StaffRole | None = strawberry.field(description="The role acted in; null for a person's own data.")
    actor: AuditActor = strawberry.field(description="Who did it.")
    subject: AuditSubject = strawberry.field(description="What it was about.")
    school: AuditSchool | None = strawberry.field(description="The school whose log it is in.")
    county: str | None = strawberry.field(description="The county whose log it is in.")
    reason: str | None = strawberry.field(description="Why, in the actor's words.")
    data: list[AuditDatum] = strawberry.field(description="What more there is to tell.")


@strawberry.type(description="An entry in a page of the audit log.")
class AuditEdge:
    """An edge of the log."""

    cursor: str = strawberry.field(description="Opaque; the next page's `after`.")
    node: AuditEntry = strawberry.field(description="The entry.")


@strawberry.type(description="A page of the audit log, newest first.")
class AuditConnection:
    """The log."""

    edges: list[AuditEdge] = strawberry.field(description="The entries of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")


@strawberry.type
class AuditQuery:
    """The log's root."""

    @strawberry.field(
        description="The audit log, newest first: of the viewer's school or county, a support agent's own acts,"
        " all of it for the platform's administrators. NOT_FOUND for who has no staff role."
    )
    async def audit_log(
        self,
        info: Info,
        act: Annotated[AuditAct | None, strawberry.argument(description="Only entries of this act.")] = None,
        school_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only entries of this school; NOT_FOUND out of scope."),
        ] = None,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> AuditConnection | None:
        """One statement, and one more within a school."""
        context = info.context
        asked = await _asked(context, act, number_given(context, school_id, "School", "schoolId"))
        wanted = page(first, after, lambda parts: row_id(parts[0]), context.locale)
        async with context.database.connection() as connection:
            rows = await reads.page(connection, asked, first=wanted.size + 1, after=wanted.after)
        here = rows[: wanted.size]
        edges = [AuditEdge(cursor=cursor(row.id), node=_entry(row)) for row in here]
        shown = page_info([edge.cursor for edge in edges], more=len(rows) > len(here), after=after)
        return AuditConnection(edges=edges, page_info=shown)


async def audit_entry_of(context: Context, number: int) -> AuditEntry | None:
    """The entry of a number, within the viewer's scope; None for any other, as for an absent one."""
    grants = await viewer_grants(context)
    asked = Asked(context.signed_in().person_id, grants, tuple(AuditAct), entry_id=number)
    async with context.database.connection() as connection:
        rows = await reads.page(connection, asked, first=1, after=None)
    return _entry(rows[0]) if rows else None


async def _asked(context: Context, act: AuditAct | None, school_id: int | None) -> Asked:
    grants = await viewer_grants(context)
    if not (grants.schools or grants.counties or grants.is_support or grants.is_platform):
        raise context.refuse(RefusalCode.NOT_FOUND)
    if school_id is not None:
        async with context.database.connection() as connection:
            if await places.school(connection, grants, school_id) is None:
                raise context.refuse(RefusalCode.NOT_FOUND, "schoolId")
    acts = tuple(AuditAct) if act is None else (act,)
    return Asked(context.signed_in().person_id, grants, acts, school_id)


def _entry(row: Row) -> AuditEntry:
    school = None
    if row.school_id is not None:
        school = AuditSchool(id=global_id("School", row.school_id), name=row.school_name or "")
    return AuditEntry(
        id=global_id("AuditEntry", row.id),
        at=row.at,
        act=row.act,
        role=row.role,
        actor=AuditActor(id=global_id("Person", row.actor_id), name=row.actor_name),
        subject=AuditSubject(id=global_id(row.subject_kind, row.subject_id), kind=row.subject_kind),
        school=school,
        county=row.county_name,
        reason=row.reason,
        data=[AuditDatum(key=key, value=str(value)) for key, value in sorted(row.data.items())],
    )
