"""Columns, constraints, indexes and migrations of the one database; no decisions."""

TABLES = (
    "mobile_gateway.models.people",
    "mobile_gateway.models.phones",
    "mobile_gateway.models.schools",
    "mobile_gateway.models.catalogue",
    "mobile_gateway.models.enrolments",
    "mobile_gateway.models.watching",
    "mobile_gateway.models.credits",
    "mobile_gateway.models.certificates",
    "mobile_gateway.models.inbox",
    "mobile_gateway.models.devices",
    "mobile_gateway.models.campaigns",
    "mobile_gateway.models.audit",
    "mobile_gateway.models.clock",
    "mobile_gateway.models.downloads",
)
"""The modules whose models Tortoise knows."""
