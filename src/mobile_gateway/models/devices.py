"""Devices, and the deliveries of inbox rows to them."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from mobile_gateway.models.columns import Where, created, one_of, to, word
from mobile_gateway.rules.words import (
    DeliveryState,
    DeviceState,
    MessageClass,
    Platform,
    PushProviderName,
)


class Device(Model):
    """A device that follows the account it is signed in to; its token is unique, whoever holds it.

    `sign_in_id` is the sign-in that registered it last: while that is refreshed, the device is in use.
    """

    id = fields.BigIntField(primary_key=True)
    person = to("Person")
    provider = word(PushProviderName)
    platform = word(Platform)
    token = fields.TextField()
    token_hash = fields.BinaryField()
    locale = fields.CharField(max_length=8)
    app_version = fields.CharField(max_length=24, null=True)
    state = word(DeviceState)
    registered_at = created()
    last_seen_at = created()
    sign_in_id = fields.UUIDField(null=True)

    class Meta:
        """Promises about rows."""

        table = "device"
        constraints = (
            one_of("device", "provider", PushProviderName),
            one_of("device", "platform", Platform),
            one_of("device", "state", DeviceState),
            UniqueConstraint(fields=("token_hash",), name="device_token_key"),
            CheckConstraint(check="provider <> 'HUAWEI' OR platform = 'ANDROID'", name="device_is_carried"),
        )
        indexes = (
            Where(fields=("person_id",), name="device_active_idx", condition="state = 'ACTIVE'"),
            Index(fields=("person_id",), name="device_person_idx"),
        )


class Delivery(Model):
    """One inbox row on its way to one device. Claimed with a lease and an attempt id, settled with both.

    `provider` and `platform` are its lane, the device's, so that each is claimed by an index of its own. A message goes
    by its device's provider; the defaults are for who does not know the columns yet, while a release is rolled out.
    """

    id = fields.BigIntField(primary_key=True)
    person_id = fields.BigIntField()
    inbox_item_id = fields.BigIntField()
    device = to("Device", cascade=True)
    provider = word(PushProviderName, otherwise=PushProviderName.FCM)
    platform = word(Platform, otherwise=Platform.ANDROID)
    campaign = to("Campaign", null=True)
    message_class = word(MessageClass)
    state = word(DeliveryState)
    due_at = fields.DatetimeField()
    lease_until = fields.DatetimeField(null=True)
    attempt_id = fields.UUIDField(null=True)
    attempts = fields.IntField(db_default=0)
    outcome = fields.CharField(max_length=40, null=True)
    provider_message_id = fields.CharField(max_length=200, null=True)
    created_at = created()
    settled_at = fields.DatetimeField(null=True)

    class Meta:
        """Promises about rows."""

        table = "delivery"
        constraints = (
            one_of("delivery", "message_class", MessageClass),
            one_of("delivery", "provider", PushProviderName),
            one_of("delivery", "platform", Platform),
            one_of("delivery", "state", DeliveryState),
            UniqueConstraint(fields=("person_id", "inbox_item_id", "device_id"), name="delivery_key"),
            CheckConstraint(
                check="(state = 'LEASED') = (lease_until IS NOT NULL)"
                " AND (lease_until IS NULL OR attempt_id IS NOT NULL)",
                name="delivery_lease",
            ),
            CheckConstraint(
                check="(state IN ('DUE', 'LEASED')) = (settled_at IS NULL)", name="delivery_settled"
            ),
        )
        indexes = (
            Where(
                fields=("message_class", "provider", "platform", "due_at"),
                name="delivery_due_idx",
                condition="state = 'DUE' AND campaign_id IS NULL",
            ),
            Where(
                fields=("campaign_id", "provider", "platform", "due_at"),
                name="delivery_campaign_due_idx",
                condition="state = 'DUE' AND campaign_id IS NOT NULL",
            ),
            Where(fields=("lease_until",), name="delivery_leased_idx", condition="state = 'LEASED'"),
            Where(
                fields=("campaign_id", "state", "outcome", "person_id", "id"),
                name="delivery_campaign_idx",
                condition="campaign_id IS NOT NULL",
            ),
            Index(fields=("device_id",), name="delivery_of_device_idx"),
        )


class PushLane(Model):
    """A lane that stands still: deliveries to a platform through a provider wait until `halted_until`."""

    id = fields.BigIntField(primary_key=True)
    provider = word(PushProviderName)
    platform = word(Platform)
    halted_until = fields.DatetimeField()
    reason = fields.CharField(max_length=40)

    class Meta:
        """Promises about rows."""

        table = "push_lane"
        constraints = (
            one_of("push_lane", "provider", PushProviderName),
            one_of("push_lane", "platform", Platform),
            UniqueConstraint(fields=("provider", "platform"), name="push_lane_key"),
        )
