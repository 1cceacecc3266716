"""Regions, schools, and who teaches where."""

from __future__ import annotations

from tortoise import fields
from tortoise.contrib.postgres.indexes import GinIndex
from tortoise.fields.db_defaults import SqlDefault
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import (
    IntArrayField,
    TextArrayField,
    Where,
    created,
    one_of,
    to,
    word,
)
from mobile_gateway.rules.words import RecordState, RegionLevel, SchoolStage, TeachingStage


class Region(Model):
    """A province, city or county, by its GB/T 2260 code."""

    id = fields.IntField(primary_key=True, generated=False)
    level = word(RegionLevel)
    name = fields.CharField(max_length=60)
    parent = to("Region", null=True)

    class Meta:
        """Promises about rows."""

        table = "region"
        constraints = (
            one_of("region", "level", RegionLevel),
            CheckConstraint(check="(level = 'PROVINCE') = (parent_id IS NULL)", name="region_has_parent"),
        )
        indexes = (Index(fields=("parent_id",), name="region_parent_idx"),)


class School(Model):
    """A school of a county. Merged ones point at their successor."""

    id = fields.BigIntField(primary_key=True)
    county = to("Region")
    name = fields.CharField(max_length=100)
    normalised_name = fields.CharField(max_length=100)
    aliases = TextArrayField(db_default=SqlDefault("'{}'"))
    stage = word(SchoolStage)
    successor = to("School", null=True)
    merged_at = fields.DatetimeField(null=True)
    created_at = created()
    spelled_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "school"
        constraints = (
            one_of("school", "stage", SchoolStage),
            UniqueConstraint(
                fields=("county_id", "normalised_name"),
                name="school_name_key",
                condition="merged_at IS NULL",
            ),
            CheckConstraint(
                check="(merged_at IS NULL) = (successor_id IS NULL) AND successor_id <> id",
                name="school_merged_has_successor",
            ),
        )
        indexes = (
            Where(
                fields=("id",),
                name="school_unspelled_idx",
                condition="spelled_at IS NULL AND merged_at IS NULL",
            ),
            Where(fields=("successor_id",), name="school_successor_idx", condition="merged_at IS NOT NULL"),
        )


class SchoolSearch(Model):
    """An active school as it is sought: its lines and its grams (rules.school_search); made of `school` at any time."""

    # Tortoise forgets a foreign key that is the primary key; migration 0007 gives the database its own.
    school_id = fields.BigIntField(primary_key=True, generated=False)
    province = to("Region")
    length = fields.IntField()
    names = fields.TextField()
    initials = fields.TextField(db_default="")
    spellings = fields.TextField(db_default="")
    grams = IntArrayField()

    class Meta:
        """Promises about rows."""

        table = "school_search"
        indexes = (
            GinIndex(fields=("grams",), name="school_search_grams_idx"),
            Index(fields=("length", "school_id"), name="school_search_length_idx"),
            Index(fields=("province_id", "length", "school_id"), name="school_search_province_idx"),
        )


class TeachingRecord(Model):
    """当前任教信息: a person at a school; the verification state lives here."""

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    school = to("School")
    state = word(RecordState)
    is_primary = fields.BooleanField()
    teaching_stage = word(TeachingStage, null=True)
    subject = fields.CharField(max_length=40, null=True)
    grade = fields.CharField(max_length=40, null=True)
    reason = fields.CharField(max_length=200, null=True)
    decided_by = to("Person", null=True)
    decided_at = fields.DatetimeField(null=True)
    submitted_at = created()
    left_at = fields.DatetimeField(null=True)
    version = fields.IntField(db_default=1)

    class Meta:
        """Promises about rows."""

        table = "teaching_record"
        constraints = (
            one_of("teaching_record", "state", RecordState),
            one_of("teaching_record", "teaching_stage", TeachingStage),
            UniqueConstraint(
                fields=("person_id", "school_id"),
                name="teaching_record_active_key",
                condition="left_at IS NULL",
            ),
            UniqueConstraint(
                fields=("person_id",),
                name="teaching_record_primary_key",
                condition="is_primary AND left_at IS NULL",
            ),
            CheckConstraint(
                check="(left_at IS NOT NULL) = (state IN ('WITHDRAWN', 'REMOVED'))",
                name="teaching_record_left",
            ),
            CheckConstraint(
                check="left_at IS NULL OR NOT is_primary", name="teaching_record_left_not_primary"
            ),
            CheckConstraint(
                check="state NOT IN ('APPROVED', 'REJECTED') OR decided_at IS NOT NULL",
                name="teaching_record_decided",
            ),
            CheckConstraint(
                check="state <> 'REJECTED' OR reason IS NOT NULL", name="teaching_record_rejected_reason"
            ),
        )
        indexes = (
            Where(
                fields=("school_id", "state", "submitted_at"),
                name="teaching_record_roster_idx",
                condition="left_at IS NULL",
            ),
            Where(
                fields=("school_id", "person_id"),
                name="teaching_record_primary_idx",
                condition="is_primary AND left_at IS NULL",
            ),
            Index(fields=("person_id",), name="teaching_record_person_idx"),
        )


class Revision(Model):
    """A counter that grows with every change of what processes keep in memory: catalogue, directory."""

    name = fields.CharField(max_length=24, primary_key=True)
    value = fields.BigIntField(db_default=1)
    changed_at = created()

    class Meta:
        """Table."""

        table = "revision"
