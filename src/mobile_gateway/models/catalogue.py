"""Topics, courses, their outlines, resources and the pages' banners and shelves."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import TextArrayField, created, one_of, to, word
from mobile_gateway.rules.banners import BannerTarget
from mobile_gateway.rules.words import ResourceKind, Segment, Tab


class Topic(Model):
    """专题: a learning window, a certificate opening, milliseconds of video per credit."""

    id = fields.BigIntField(primary_key=True)
    slug = fields.CharField(max_length=60)
    title = fields.CharField(max_length=100)
    title_en = fields.CharField(max_length=100)
    learning_start = fields.DatetimeField()
    learning_end = fields.DatetimeField()
    certificates_open_at = fields.DatetimeField()
    ms_per_credit = fields.IntField()
    published = fields.BooleanField(db_default=True)
    version = fields.IntField(db_default=1)

    class Meta:
        """Promises about rows."""

        table = "topic"
        constraints = (
            UniqueConstraint(fields=("slug",), name="topic_slug_key"),
            CheckConstraint(check="learning_start < learning_end", name="topic_window"),
            CheckConstraint(check="ms_per_credit > 0", name="topic_credit"),
        )


class Course(Model):
    """A course of a topic. Its required credits are also its cap."""

    id = fields.BigIntField(primary_key=True)
    topic = to("Topic")
    slug = fields.CharField(max_length=60)
    title = fields.CharField(max_length=100)
    title_en = fields.CharField(max_length=100)
    required_credits = fields.IntField()
    position = fields.IntField()
    version = fields.IntField(db_default=1)

    class Meta:
        """Promises about rows."""

        table = "course"
        constraints = (
            UniqueConstraint(fields=("topic_id", "slug"), name="course_slug_key"),
            UniqueConstraint(fields=("topic_id", "position"), name="course_position_key"),
            CheckConstraint(check="required_credits BETWEEN 1 AND 1000", name="course_required"),
        )


class Section(Model):
    """A part of a course's outline; for course 7 a sub-course."""

    id = fields.BigIntField(primary_key=True)
    course = to("Course")
    title = fields.CharField(max_length=100)
    title_en = fields.CharField(max_length=160)
    position = fields.IntField()
    version = fields.IntField(db_default=1)

    class Meta:
        """Promises about rows."""

        table = "section"
        constraints = (UniqueConstraint(fields=("course_id", "position"), name="section_position_key"),)


class Resource(Model):
    """A video or a document; the same one can be listed in two courses."""

    id = fields.BigIntField(primary_key=True)
    slug = fields.CharField(max_length=80)
    kind = word(ResourceKind)
    title = fields.CharField(max_length=120)
    title_en = fields.CharField(max_length=200)
    document_url = fields.CharField(max_length=300, null=True)
    version = fields.IntField(db_default=1)

    class Meta:
        """Promises about rows."""

        table = "resource"
        constraints = (
            one_of("resource", "kind", ResourceKind),
            UniqueConstraint(fields=("slug",), name="resource_slug_key"),
            CheckConstraint(
                check="(kind = 'DOCUMENT') = (document_url IS NOT NULL)", name="resource_document_has_url"
            ),
        )


class MediaVersion(Model):
    """One encoding of a video; replaced media is a new version. The newest one is played."""

    id = fields.BigIntField(primary_key=True)
    resource = to("Resource")
    version = fields.IntField()
    duration_ms = fields.IntField()
    url = fields.CharField(max_length=300)
    created_at = created()

    class Meta:
        """Promises about rows."""

        table = "media_version"
        constraints = (
            UniqueConstraint(fields=("resource_id", "version"), name="media_version_key"),
            CheckConstraint(check="duration_ms BETWEEN 1000 AND 86400000", name="media_version_duration"),
        )


class Listing(Model):
    """A resource in a section of a course; taken out by `removed_at`, which keeps what it earned."""

    id = fields.BigIntField(primary_key=True)
    section = to("Section")
    resource = to("Resource")
    position = fields.IntField()
    removed_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "listing"
        constraints = (
            UniqueConstraint(
                fields=("section_id", "resource_id"), name="listing_key", condition="removed_at IS NULL"
            ),
        )
        indexes = (Index(fields=("resource_id",), name="listing_resource_idx"),)


class Banner(Model):
    """A slide of the carousel: where, when and to whom it shows, and where it leads."""

    id = fields.BigIntField(primary_key=True)
    tab = word(Tab)
    position = fields.IntField()
    title = fields.CharField(max_length=100)
    title_en = fields.CharField(max_length=100)
    image_url = fields.CharField(max_length=300)
    target = word(BannerTarget)
    topic = to("Topic", null=True)
    url = fields.CharField(max_length=300, null=True)
    publish_start = fields.DatetimeField()
    publish_end = fields.DatetimeField()
    identities = TextArrayField()
    client_kinds = TextArrayField()
    withdrawn_at = fields.DatetimeField(null=True)
    version = fields.IntField(db_default=1)

    class Meta:
        """Promises about rows."""

        table = "banner"
        constraints = (
            one_of("banner", "tab", Tab),
            one_of("banner", "target", BannerTarget),
            CheckConstraint(
                check="(target = 'TOPIC') = (topic_id IS NOT NULL) AND (target = 'URL') = (url IS NOT NULL)",
                name="banner_leads_somewhere",
            ),
            CheckConstraint(check="publish_start < publish_end", name="banner_window"),
            CheckConstraint(
                check="identities <@ ARRAY['TEACHER','STUDENT','PARENT','ANONYMOUS']::text[]"
                " AND client_kinds <@ ARRAY['WEB','APP','DESKTOP']::text[]",
                name="banner_audience_known",
            ),
        )


class Shelf(Model):
    """A titled row of topics and resources on the resource home."""

    id = fields.BigIntField(primary_key=True)
    tab = word(Tab)
    title = fields.CharField(max_length=60)
    title_en = fields.CharField(max_length=60)
    position = fields.IntField()

    class Meta:
        """Promises about rows."""

        table = "shelf"
        constraints = (
            one_of("shelf", "tab", Tab),
            UniqueConstraint(fields=("tab", "position"), name="shelf_position_key"),
        )


class ShelfItem(Model):
    """A topic or a resource on a shelf."""

    id = fields.BigIntField(primary_key=True)
    shelf = to("Shelf", cascade=True)
    topic = to("Topic", null=True)
    resource = to("Resource", null=True)
    position = fields.IntField()

    class Meta:
        """Promises about rows."""

        table = "shelf_item"
        constraints = (
            UniqueConstraint(fields=("shelf_id", "position"), name="shelf_item_position_key"),
            CheckConstraint(check="num_nonnulls(topic_id, resource_id) = 1", name="shelf_item_is_one_thing"),
        )


class PublicLink(Model):
    """An entrance of the public platform's page: BASIC leads to a topic, the others to an external link."""

    id = fields.BigIntField(primary_key=True)
    slug = fields.CharField(max_length=60)
    segment = word(Segment)
    topic = to("Topic", null=True)
    url = fields.CharField(max_length=300, null=True)

    class Meta:
        """Promises about rows."""

        table = "public_link"
        constraints = (
            one_of("public_link", "segment", Segment),
            UniqueConstraint(fields=("slug", "segment"), name="public_link_key"),
            CheckConstraint(
                check="(segment = 'BASIC') = (topic_id IS NOT NULL) AND (topic_id IS NULL) = (url IS NOT NULL)",
                name="public_link_target",
            ),
        )
