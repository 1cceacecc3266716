"""The viewer: who is signed in, as the app's own pages show them."""

from __future__ import annotations

from typing import Annotated

import strawberry

from mobile_gateway.reads.people import Me
from mobile_gateway.rules.words import ClientKind, Identity, RecordState, SchoolStage, StaffRole
from mobile_gateway.schema.answers import MaskedPhone, masked
from mobile_gateway.schema.context import Info
from mobile_gateway.schema.identity_switch import IdentitySwitch, identity_switch
from mobile_gateway.schema.inbox import InboxConnection, inbox
from mobile_gateway.schema.nodes import Node, global_id
from mobile_gateway.schema.trainings import TrainingConnection, trainings


@strawberry.type(description="A school, as a teaching record or a staff role names it.")
class SchoolName:
    """A school's name and, where it is known, stage."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    name: str = strawberry.field(description="Name of the school.")
    stage: SchoolStage | None = strawberry.field(description="学制; null where only the name matters.")


@strawberry.type(description="当前任教信息: where the viewer teaches.")
class TeachingRecord:
    """A current teaching record; its verification state lives here."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    school: SchoolName = strawberry.field(description="The school.")
    state: RecordState = strawberry.field(description="Verification state.")
    is_primary: bool = strawberry.field(description="Used for enrolment and printed on the certificate.")
    subject: str | None = strawberry.field(description="Subject taught.")
    grade: str | None = strawberry.field(description="Grade taught.")
    reason: str | None = strawberry.field(description="Why it was rejected; null otherwise.")


@strawberry.type(description="A staff role with its scope.")
class StaffGrant:
    """A role of the viewer."""

    role: StaffRole = strawberry.field(description="The role.")
    school: SchoolName | None = strawberry.field(description="The school of a SCHOOL_ADMIN.")
    county: str | None = strawberry.field(description="The county of a COUNTY_ADMIN.")


@strawberry.type(description="The person who is signed in.")
class Viewer(Node):
    """Everything here is the viewer's own."""

    me: strawberry.Private[Me]
    client_kind: ClientKind = strawberry.field(description="The client this token was given to.")
    identity: Identity = strawberry.field(description="What the account acts as now.")
    name: str | None = strawberry.field(description="Name.")
    phone: MaskedPhone | None = strawberry.field(description="The account's phone, masked.")
    document_last_four: str | None = strawberry.field(description="Last four characters of the ID document.")
    inbox_unread: int = strawberry.field(description="How many notifications are unread.")

    @strawberry.field(description="Current teaching records, the primary one first.")
    def teaching_records(self) -> list[TeachingRecord]:
        """当前任教信息."""
        return [
            TeachingRecord(
                id=global_id("TeachingRecord", r.id),
                school=SchoolName(id=global_id("School", r.school_id), name=r.school_name, stage=r.stage),
                state=r.state,
                is_primary=r.is_primary,
                subject=r.subject,
                grade=r.grade,
                reason=r.reason,
            )
            for r in self.me.records
        ]

    @strawberry.field(description="Staff roles that hold now; empty for who has none.")
    def staff_grants(self) -> list[StaffGrant]:
        """Granted beside the identity."""
        return [
            StaffGrant(
                role=g.role,
                school=SchoolName(id=global_id("School", g.school_id), name=g.school_name or "", stage=None)
                if g.school_id is not None
                else None,
                county=g.county_name,
            )
            for g in self.me.grants
        ]

    @strawberry.field(
        description="Which identities the account can switch to, and what a student would lose."
    )
    async def identity_switch(self, info: Info) -> IdentitySwitch | None:
        """One statement more for a student."""
        return await identity_switch(info.context, self.me)

    @strawberry.field(description="我的培训: the same set as the workbench's.")
    async def trainings(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 10,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> TrainingConnection | None:
        """None enrolled is an empty list."""
        return await trainings(info.context, first, after)

    @strawberry.field(description="The inbox, newest first.")
    async def inbox(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> InboxConnection | None:
        """Every notification, whether or not a push reached a device."""
        return await inbox(info.context, first, after)


@strawberry.type
class ViewerQuery:
    """The viewer's root."""

    @strawberry.field(description="The person who is signed in; null for anonymous readers.")
    async def viewer(self, info: Info) -> Viewer | None:
        """One statement."""
        return await viewer_of(info)


async def viewer_of(info: Info) -> Viewer | None:
    """The viewer's own person; None when anonymous."""
    me = await info.context.me()
    if me is None:
        return None
    return Viewer(
        id=global_id("Person", me.id),
        me=me,
        client_kind=info.context.signed_in().client_kind,
        identity=me.identity,
        name=me.name,
        phone=masked(me.phone) if me.phone else None,
        document_last_four=me.document_last4,
        inbox_unread=me.unread,
    )
