"""What the pages of staff share: roles that hold now, a teacher as staff see one, and how far that teacher is."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import strawberry

from mobile_gateway.reads import roster
from mobile_gateway.reads.people import Me
from mobile_gateway.reads.roster import TeacherTraining as Training
from mobile_gateway.reads.verification import StaffRecord
from mobile_gateway.rules import texts, verification
from mobile_gateway.rules.documents_of_identity import DocumentType
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.scopes import Grants
from mobile_gateway.rules.words import (
    CertificateState,
    Gender,
    RecordState,
    SchoolStage,
    StaffRole,
    TeachingStage,
)
from mobile_gateway.schema.answers import MaskedPhone, Refused, masked
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.figures import CreditProgress, credit_progress
from mobile_gateway.schema.nodes import Node, global_id, number_of
from mobile_gateway.schema.topic import Topic, topic


@strawberry.type(description="A school where somebody teaches, as staff see it.")
class SchoolOfRecord:
    """A school's name and stage."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    name: str = strawberry.field(description="Name of the school.")
    stage: SchoolStage = strawberry.field(description="学制.")


@strawberry.type(description="A teacher as staff see one: document and phone are masked.")
class MaskedTeacher:
    """Nothing here is shown in full."""

    id: strawberry.ID = strawberry.field(description="Opaque and global; of the person.")
    name: str | None = strawberry.field(description="Name.")
    gender: Gender | None = strawberry.field(description="As the identity document has it.")
    document_type: DocumentType | None = strawberry.field(
        description="Which identity document; null without one."
    )
    document_last_four: str | None = strawberry.field(description="Its last four characters.")
    phone: MaskedPhone | None = strawberry.field(description="The account's phone, masked.")


@strawberry.type(description="How far a teacher is in a topic: the figures of the teacher's own page.")
class TeacherTraining:
    """One of a teacher's topics."""

    topic: Topic = strawberry.field(description="The topic; what is the viewer's in it is the viewer's own.")
    enrolled_at: datetime | None = strawberry.field(description="When the teacher enrolled; null when not.")
    completed_at: datetime | None = strawberry.field(description="When every course had reached its cap.")
    complete: bool = strawberry.field(description="Whether every course is at its cap.")
    progress: CreditProgress | None = strawberry.field(
        description="The teacher's figures; null when not enrolled."
    )
    certificate_state: CertificateState | None = strawberry.field(
        description="State of the teacher's certificate; null when there is none."
    )


@dataclass
class PageOfTeachers:
    """The teachers of one page, whose progress is read together, once, if a field asks for it."""

    context: Context
    person_ids: tuple[int, ...]
    _reading: asyncio.Future[dict[tuple[int, int], Training]] | None = field(default=None, repr=False)

    async def trainings(self) -> dict[tuple[int, int], Training]:
        """What they learned in every published topic. One statement a page."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read())
        return await self._reading

    async def _read(self) -> dict[tuple[int, int], Training]:
        async with self.context.database.connection() as connection:
            return await roster.trainings(connection, self.person_ids, list(self.context.catalogue.topics))


@strawberry.type(
    description="A teacher at a school, as its staff see it: the teaching record with its verification."
)
class SchoolTeacher(Node):
    """A teaching record that is somebody else's. Its id is the record's."""

    row: strawberry.Private[StaffRecord]
    page: strawberry.Private[PageOfTeachers]
    grants: strawberry.Private[Grants]
    version: int = strawberry.field(description="What `verificationDecide` wants to have been seen.")
    state: RecordState = strawberry.field(description="Verification state.")
    is_primary: bool = strawberry.field(description="Whether it is the teacher's primary record.")
    submitted_at: datetime = strawberry.field(description="When it was submitted, or submitted again.")
    decided_at: datetime | None = strawberry.field(description="When it was decided last.")
    reason: str | None = strawberry.field(description="Why it was rejected or removed; null otherwise.")
    teaching_stage: TeachingStage | None = strawberry.field(description="学段: what the teacher teaches.")
    subject: str | None = strawberry.field(description="Subject taught.")
    grade: str | None = strawberry.field(description="Grade taught.")

    @strawberry.field(description="The school.")
    def school(self) -> SchoolOfRecord:
        """Where the teacher teaches."""
        number = self.row.standing.school_id
        return SchoolOfRecord(
            id=global_id("School", number), name=self.row.school_name, stage=self.row.school_stage
        )

    @strawberry.field(description="The teacher.")
    def teacher(self) -> MaskedTeacher:
        """Masked."""
        row = self.row
        return MaskedTeacher(
            id=global_id("Person", row.standing.person_id),
            name=row.name,
            gender=row.gender,
            document_type=DocumentType(row.document_type) if row.document_type else None,
            document_last_four=row.document_last4,
            phone=masked(row.phone) if row.phone else None,
        )

    @strawberry.field(description="Whether the viewer may approve or reject it now.")
    def may_decide(self, info: Info) -> bool:
        """It is PENDING, and the viewer's to decide."""
        viewer = info.context.signed_in().person_id
        role = verification.may_decide(self.grants, viewer, self.row.standing)
        return role is not None and self.row.state is RecordState.PENDING

    @strawberry.field(description="Whether the viewer may remove the teacher from the school now.")
    def may_remove(self, info: Info) -> bool:
        """It is APPROVED, at the viewer's own school, and not the viewer's own."""
        viewer = info.context.signed_in().person_id
        role = verification.may_remove(self.grants, viewer, self.row.standing)
        return role is not None and self.row.state is RecordState.APPROVED

    @strawberry.field(
        description="How far the teacher is in every published topic; empty unless the record is APPROVED."
    )
    async def trainings(self, info: Info) -> list[TeacherTraining]:
        """One statement for all teachers of the page."""
        if self.row.state is not RecordState.APPROVED:
            return []
        found = await self.page.trainings()
        return [
            training(
                info.context, number, found.get((self.row.standing.person_id, number), roster.NOT_ENROLLED)
            )
            for number in info.context.catalogue.topics
        ]


def training(context: Context, topic_id: int, found: Training) -> TeacherTraining:
    """A teacher in a published topic as staff read it."""
    subject = context.catalogue.topics[topic_id]
    figures, enrolled = found.learned.topic(subject), found.enrolment
    return TeacherTraining(
        topic=topic(subject, context.locale),
        enrolled_at=enrolled.enrolled_at if enrolled else None,
        completed_at=enrolled.completed_at if enrolled else None,
        complete=enrolled is not None and enrolled.completed_at is not None,
        progress=credit_progress(figures, subject.ms_per_credit, of_course=False) if enrolled else None,
        certificate_state=found.certificate,
    )


def teachers(context: Context, grants: Grants, rows: list[StaffRecord]) -> list[SchoolTeacher]:
    """The records of one page as staff read them."""
    page = PageOfTeachers(context, tuple({row.standing.person_id for row in rows}))
    return [
        SchoolTeacher(
            id=global_id("TeachingRecord", row.id),
            row=row,
            page=page,
            grants=grants,
            version=row.version,
            state=row.state,
            is_primary=row.is_primary,
            submitted_at=row.submitted_at,
            decided_at=row.decided_at,
            reason=row.reason,
            teaching_stage=row.teaching_stage,
            subject=row.subject,
            grade=row.grade,
        )
        for row in rows
    ]


def grants_of(me: Me) -> Grants:
    """A person's staff roles, as rules want to know them."""
    roles = {grant.role for grant in me.grants}
    return Grants(
        frozenset(grant.school_id for grant in me.grants if grant.school_id is not None),
        frozenset(grant.county_id for grant in me.grants if grant.county_id is not None),
        is_support=StaffRole.SUPPORT_AGENT in roles,
        is_platform=StaffRole.PLATFORM_ADMIN in roles,
    )


async def viewer_grants(context: Context) -> Grants:
    """The viewer's roles that hold now; raises UNAUTHENTICATED or SESSION_INVALID."""
    context.signed_in()
    me = await context.me()
    if me is None:
        raise context.refuse(RefusalCode.UNAUTHENTICATED)
    return grants_of(me)


def number_given(context: Context, text: str | None, kind: str, argument: str) -> int | None:
    """The number of a global id that may be left out; raises NOT_FOUND for the id of anything else."""
    if text is None:
        return None
    number = number_of(text, kind)
    if number is None:
        raise context.refuse(RefusalCode.NOT_FOUND, argument)
    return number


def name_part(context: Context, text: str | None) -> str | None:
    """A part of a name to look for; None for none or only spaces. Raises BAD_USER_INPUT for what no name has."""
    found = texts.clean(text or "", longest=texts.NAME_LIMIT, shortest=0)
    if isinstance(found, texts.Unclean):
        raise wrong(context, "name", f"name: 1–{texts.NAME_LIMIT}")
    return found or None


def wrong(context: Context, argument: str, why: str) -> Refused:
    """BAD_USER_INPUT about an argument."""
    return Refused(Refusal(RefusalCode.BAD_USER_INPUT, (argument,), {"why": why}), context.locale)
