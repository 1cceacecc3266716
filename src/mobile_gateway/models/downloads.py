"""Counts of the download QR's scans (PRODUCT.md §9)."""

from __future__ import annotations

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model


class DownloadScan(Model):
    """Scans of the download QR per channel, client and day; nothing personal."""

    id = fields.BigIntField(primary_key=True)
    day = fields.DateField()
    channel = fields.CharField(max_length=40)
    client = fields.CharField(max_length=12)
    scans = fields.BigIntField()

    class Meta:
        """Promises about rows."""

        table = "download_scan"
        constraints = (
            UniqueConstraint(fields=("day", "channel", "client"), name="download_scan_key"),
            CheckConstraint(check="scans > 0", name="download_scan_positive"),
        )
