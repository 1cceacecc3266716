"""Kinds of columns and indexes that Tortoise does not bring, and the words that constraints are made of."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.fields import Field
from tortoise.fields.db_defaults import Now
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint


class MultirangeField(Field[Any]):
    """`int4multirange`: a set of half-open spans of media time in milliseconds."""

    SQL_TYPE = "INT4MULTIRANGE"
    field_type = object


class TextArrayField(Field[Any]):
    """`text[]`."""

    SQL_TYPE = "TEXT[]"
    field_type = object


class IntArrayField(Field[Any]):
    """`int4[]`."""

    SQL_TYPE = "INT4[]"
    field_type = object


class Where(Index):
    """An index over the rows that a condition holds for."""

    def __init__(self, *, fields: Sequence[str], name: str, condition: str) -> None:
        super().__init__(fields=list(fields), name=name)
        self.condition = condition
        self.extra = f" WHERE {condition}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Path, arguments and keywords that make it again in a migration."""
        path, arguments, keywords = super().deconstruct()
        return path, arguments, {**keywords, "condition": self.condition}


def one_of(table: str, column: str, words: type[StrEnum]) -> CheckConstraint:
    """A check that a column holds one of the words (or is NULL where it may be)."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(check=f"{column} IN ({listed})", name=f"{table}_{column}_known")


def word(words: type[StrEnum], *, null: bool = False, otherwise: StrEnum | None = None) -> Field[Any]:
    """A column for one of `words`; its check stands in the model's constraints. `otherwise` is its default."""
    given: dict[str, Any] = {"max_length": max(24, *(len(one) for one in words))}
    if null:
        given["null"] = True
    if otherwise is not None:
        given["db_default"] = otherwise.value
    column: Field[Any] = fields.CharField(**given)
    return column


def to(model: str, *, null: bool = False, cascade: bool = False) -> Any:
    """A foreign key to another model; what is referred to cannot be deleted, unless `cascade`."""
    on_delete = fields.CASCADE if cascade else fields.RESTRICT
    more: dict[str, Any] = {"null": null, "related_name": False, "on_delete": on_delete}
    return fields.ForeignKeyField(f"mobile_gateway.{model}", **more)


def created() -> fields.DatetimeField[Any]:
    """When the row was written, by the database's real clock."""
    return fields.DatetimeField(db_default=Now())
