"""The viewer: who is signed in, as the app's own pages show them."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.reads import teaching
from mobile_gateway.reads.inbox import Wanted
from mobile_gateway.reads.people import Me
from mobile_gateway.rules import documents_of_identity, profile
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.words import (
    ClientKind,
    Gender,
    Identity,
    NotificationKind,
    ProfileField,
    RecordState,
    SchoolStage,
    StaffRole,
    TeachingStage,
)
from mobile_gateway.schema.answers import MaskedPhone, masked
from mobile_gateway.schema.certificates import CertificateConnection, connection_of
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.devices import Device, devices
from mobile_gateway.schema.identity_switch import IdentitySwitch, identity_switch
from mobile_gateway.schema.inbox import InboxConnection, inbox
from mobile_gateway.schema.nodes import Node, global_id
from mobile_gateway.schema.preferences import NotificationPreference, preferences
from mobile_gateway.schema.trainings import TrainingConnection, trainings


@strawberry.type(description="A school, as a teaching record or a staff role names it.")
class SchoolName:
    """A school's name and, where they matter, stage and county."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    name: str = strawberry.field(description="Name of the school.")
    stage: SchoolStage | None = strawberry.field(description="学制; null where only the name matters.")
    county: str | None = strawberry.field(
        default=None, description="Name of the county; null where only the school's name matters."
    )


@strawberry.type(description="当前任教信息: where the viewer teaches, or taught.")
class TeachingRecord(Node):
    """A teaching record; its verification state lives here."""

    version: int = strawberry.field(
        description="Grows with every change, also of what is decided about; sent along with an edit."
    )
    school: SchoolName = strawberry.field(description="The school.")
    state: RecordState = strawberry.field(description="Verification state.")
    is_primary: bool = strawberry.field(description="Used for enrolment and printed on the certificate.")
    school_locked: bool = strawberry.field(
        description="Whether the school cannot be edited: true while APPROVED. Leave the school first."
    )
    teaching_stage: TeachingStage | None = strawberry.field(description="学段 taught.")
    subject: str | None = strawberry.field(description="Subject taught.")
    grade: str | None = strawberry.field(description="Grade taught.")
    reason: str | None = strawberry.field(
        description="Why an administrator rejected it or removed the viewer; null otherwise."
    )
    submitted_at: datetime = strawberry.field(description="When it was handed in, last.")
    decided_at: datetime | None = strawberry.field(
        description="When it was approved or rejected; null while it waits."
    )
    left_at: datetime | None = strawberry.field(
        description="When the viewer left the school; null while current."
    )


def school_name(school: teaching.School) -> SchoolName:
    """A school as a client reads it beside a teaching record."""
    return SchoolName(
        id=global_id("School", school.id), name=school.name, stage=school.stage, county=school.county
    )


def teaching_record(record: teaching.TeachingRecord) -> TeachingRecord:
    """A teaching record as its owner reads it."""
    return TeachingRecord(
        id=global_id("TeachingRecord", record.id),
        version=record.version,
        school=school_name(record.school),
        state=record.state,
        is_primary=record.is_primary,
        school_locked=record.state is RecordState.APPROVED,
        teaching_stage=record.teaching_stage,
        subject=record.subject,
        grade=record.grade,
        reason=record.reason,
        submitted_at=record.submitted_at,
        decided_at=record.decided_at,
        left_at=record.left_at,
    )


async def teaching_record_of(context: Context, number: int) -> TeachingRecord | None:
    """The viewer's own record of a number, current or past; None for somebody else's, as for an absent one."""
    viewer = context.signed_in()
    await context.me()
    async with context.database.connection() as connection:
        found = await teaching.one(connection, viewer.person_id, number)
    return teaching_record(found) if found else None


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
    gender: Gender | None = strawberry.field(description="As the identity document has it.")
    email: str | None = strawberry.field(description="E-mail address, in full: it is the viewer's own.")
    document_type: DocumentType | None = strawberry.field(description="Type of the ID document.")
    document_number: str | None = strawberry.field(
        description="The ID document's number in asterisks but for its last four; in full by `documentReveal`."
    )
    document_last_four: str | None = strawberry.field(description="Last four characters of the ID document.")
    version: int = strawberry.field(description="Grows with every edit of the profile; sent along with one.")
    locked_fields: list[ProfileField] = strawberry.field(
        description="What `profileUpdate` refuses now: PHONE always, IDENTITY_DOCUMENT while a teaching record is"
        " APPROVED."
    )
    missing_for_enrolment: list[ProfileField] = strawberry.field(
        description="What enrolling in a training still needs; empty when nothing is missing."
    )
    inbox_unread: int = strawberry.field(description="How many notifications are unread.")

    @strawberry.field(description="Current teaching records, the primary one first.")
    def teaching_records(self) -> list[TeachingRecord]:
        """当前任教信息."""
        return [teaching_record(one) for one in self.me.records]

    @strawberry.field(description="The teaching records that were left last, at most 20, the newest first.")
    async def past_teaching_records(self, info: Info) -> list[TeachingRecord] | None:
        """WITHDRAWN and REMOVED ones."""
        async with info.context.database.connection() as connection:
            return [teaching_record(one) for one in await teaching.past(connection, self.me.id)]

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

    @strawberry.field(
        description="The viewer's certificates, every version, newest first; empty while not a teacher."
    )
    async def certificates(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 10,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
    ) -> CertificateConnection | None:
        """证书记录."""
        return await connection_of(info.context, first, after)

    @strawberry.field(description="The inbox, newest first.")
    async def inbox(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many, 1 to 50.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
        unread_only: Annotated[bool, strawberry.argument(description="Leave out what was read.")] = False,
        kinds: Annotated[
            list[NotificationKind] | None,
            strawberry.argument(description="Only these kinds; null for every kind."),
        ] = None,
    ) -> InboxConnection | None:
        """Every notification, whether or not a push reached a device."""
        wanted = Wanted(None if kinds is None else frozenset(kinds), unread_only)
        return await inbox(info.context, wanted, first, after)

    @strawberry.field(description="The devices that pushes reach, at most 20, the one seen last first.")
    async def devices(self, info: Info) -> list[Device] | None:
        """One statement."""
        return await devices(info.context)

    @strawberry.field(
        description="Every kind of notification that the viewer can be told of, and whether it is pushed."
    )
    async def notification_preferences(self, info: Info) -> list[NotificationPreference] | None:
        """One statement; kinds of staff for staff alone."""
        return await preferences(info.context, self.me)


@strawberry.type
class ViewerQuery:
    """The viewer's root."""

    @strawberry.field(description="The person who is signed in; null for anonymous readers.")
    async def viewer(self, info: Info) -> Viewer | None:
        """One statement."""
        return await viewer_of(info)


async def changed_viewer(info: Info) -> Viewer | None:
    """The viewer after a write of this request."""
    info.context.forget("me")
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
        gender=me.gender,
        email=me.email,
        document_type=me.document_type,
        document_number=documents_of_identity.masked(me.document_type, me.document_last4)
        if me.document_type and me.document_last4
        else None,
        document_last_four=me.document_last4,
        version=me.version,
        locked_fields=list(profile.locked({one.state for one in me.records})),
        missing_for_enrolment=list(profile.missing(me.candidate)),
        inbox_unread=me.unread,
    )
