"""The movable clock of a local run, shared by its processes."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class DomainClockRow(Model):
    """The one row that moves the domain's clock; no row is the real clock. Production refuses to start on one."""

    id = fields.SmallIntField(primary_key=True, generated=False)
    real_anchor = fields.DatetimeField()
    domain_anchor = fields.DatetimeField()
    speed = fields.FloatField()

    class Meta:
        """Promises about rows."""

        table = "domain_clock"
        constraints = (
            CheckConstraint(check="id = 1", name="domain_clock_is_one_row"),
            CheckConstraint(check="speed BETWEEN 1 AND 3600", name="domain_clock_speed"),
        )
