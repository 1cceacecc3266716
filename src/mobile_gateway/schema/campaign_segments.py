"""Segments as they are written and read: whom a campaign reaches (PRODUCT.md §11)."""

import strawberry

from mobile_gateway.reads.campaigns import Names
from mobile_gateway.rules import credits as hundredths
from mobile_gateway.rules import segments
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.segments import Segment, TopicProgress
from mobile_gateway.rules.words import Identity, SchoolStage
from mobile_gateway.schema.answers import Credits
from mobile_gateway.schema.nodes import global_id, number_of


@strawberry.input(description="How far in which topic.")
class CampaignTopicInput:
    """A part of a segment."""

    topic_id: strawberry.ID = strawberry.field(description="Global id of the topic, published or not.")
    progress: TopicProgress = strawberry.field(description="How far.")
    course_id: strawberry.ID | None = strawberry.field(
        default=None, description="With COURSE_MISSING: only who is below the cap of this course."
    )
    credits_from: Credits | None = strawberry.field(
        default=None,
        description="With CREDITS_BETWEEN: recognised credits at least; no lower end without it.",
    )
    credits_to: Credits | None = strawberry.field(
        default=None, description="With CREDITS_BETWEEN: recognised credits at most; no upper end without it."
    )


@strawberry.input(description="When people used their account last.")
class CampaignLastSeenInput:
    """A part of a segment."""

    days: int = strawberry.field(description="So many days back, 1 to 3650.")
    within: bool = strawberry.field(
        default=True, description="Seen since then; false is not seen since then, or never."
    )


@strawberry.input(
    description="Whom a campaign reaches: every part that is given holds; of none it is everybody. Regions, stages and"
    " schools speak of the school of the primary teaching record, or where a student is registered."
)
class CampaignSegmentInput:
    """A segment."""

    identities: list[Identity] = strawberry.field(
        default_factory=list, description="Any of these; empty is any."
    )
    region_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Global ids of provinces, cities or counties, any of them; at most 500.",
    )
    school_stages: list[SchoolStage] = strawberry.field(
        default_factory=list,
        description="Any of these; empty is any, and no school at all. With all of them it is who has a school.",
    )
    school_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Global ids of schools, any of them; at most 500."
    )
    topic: CampaignTopicInput | None = strawberry.field(default=None, description="How far in which topic.")
    last_seen: CampaignLastSeenInput | None = strawberry.field(default=None, description="Last seen.")


@strawberry.type(description="A region, school, topic or course that a segment names.")
class CampaignPlace:
    """By its name."""

    id: strawberry.ID = strawberry.field(description="Opaque and global.")
    name: str = strawberry.field(description="Name or title.")


@strawberry.type(description="How far in which topic.")
class CampaignTopic:
    """A part of a segment."""

    topic: CampaignPlace = strawberry.field(description="The topic.")
    progress: TopicProgress = strawberry.field(description="How far.")
    course: CampaignPlace | None = strawberry.field(description="The course that is missing; null for any.")
    credits_from: Credits | None = strawberry.field(description="Recognised credits at least.")
    credits_to: Credits | None = strawberry.field(description="Recognised credits at most.")


@strawberry.type(description="When people used their account last.")
class CampaignLastSeen:
    """A part of a segment."""

    days: int = strawberry.field(description="So many days back.")
    within: bool = strawberry.field(description="Seen since then, or not.")


@strawberry.type(description="Whom a campaign reaches; an empty list, or null, asks for nothing.")
class CampaignSegment:
    """A segment as it is kept."""

    identities: list[Identity] = strawberry.field(description="Any of these.")
    regions: list[CampaignPlace] = strawberry.field(description="Any of these.")
    school_stages: list[SchoolStage] = strawberry.field(description="Any of these.")
    schools: list[CampaignPlace] = strawberry.field(description="Any of these.")
    topic: CampaignTopic | None = strawberry.field(description="How far in which topic.")
    last_seen: CampaignLastSeen | None = strawberry.field(description="Last seen.")


def read(given: CampaignSegmentInput) -> Segment | Refusal:
    """A segment as it was given. Refusals: BAD_USER_INPUT."""
    regions = segments.places(
        [number_of(one, "Region") for one in given.region_ids], "segment.regionIds", segments.LARGEST_REGION
    )
    schools = segments.places([number_of(one, "School") for one in given.school_ids], "segment.schoolIds")
    part = _topic(given.topic) if given.topic else None
    seen = (
        segments.last_seen(given.last_seen.days, within=given.last_seen.within) if given.last_seen else None
    )
    for one in (regions, schools, part, seen):
        if isinstance(one, Refusal):
            return one
    assert not isinstance(regions, Refusal)
    assert not isinstance(schools, Refusal)
    assert not isinstance(part, Refusal)
    assert not isinstance(seen, Refusal)
    return Segment(
        segments.identities(given.identities),
        regions,
        segments.each(SchoolStage, given.school_stages),
        schools,
        part,
        seen,
    )


def _topic(given: CampaignTopicInput) -> segments.TopicPart | Refusal:
    course = None if given.course_id is None else number_of(given.course_id, "Course") or 0
    return segments.topic(
        number_of(given.topic_id, "Topic"),
        given.progress,
        course_id=course,
        least=given.credits_from,
        most=given.credits_to,
    )


def shown(kept: Segment, names: Names, locale: str) -> CampaignSegment:
    """A segment as it is read, with the names of what it names."""

    def place(kind: str, number: int) -> CampaignPlace:
        name = names.get((kind, number), ("", ""))[locale.startswith("en")]
        return CampaignPlace(id=global_id(kind, number), name=name)

    part, seen = kept.topic, kept.last_seen
    return CampaignSegment(
        identities=list(kept.identities),
        regions=[place("Region", number) for number in kept.regions],
        school_stages=list(kept.stages),
        schools=[place("School", number) for number in kept.schools],
        topic=CampaignTopic(
            topic=place("Topic", part.topic_id),
            progress=part.progress,
            course=place("Course", part.course_id) if part.course_id is not None else None,
            credits_from=_credits(part.least),
            credits_to=_credits(part.most),
        )
        if part
        else None,
        last_seen=CampaignLastSeen(days=seen.days, within=seen.within) if seen else None,
    )


def _credits(number: int | None) -> Credits | None:
    return None if number is None else Credits(hundredths.shown_hundredths(number))
