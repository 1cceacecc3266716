"""Devices that pushes reach. A token goes in and never comes out again."""

from datetime import datetime
from typing import Annotated

import strawberry

from mobile_gateway.actions import devices as acts
from mobile_gateway.reads import inbox as reads
from mobile_gateway.reads.inbox import Device as Row
from mobile_gateway.rules import texts
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Platform, PushProviderName
from mobile_gateway.schema.answers import UserError, user_errors
from mobile_gateway.schema.context import Context, Info
from mobile_gateway.schema.nodes import Node, global_id

LONGEST_TOKEN = 4096


@strawberry.type(description="A device of the viewer that pushes reach.")
class Device(Node):
    """Without its token, which is nobody's to read."""

    platform: Platform = strawberry.field(description="The system the device runs.")
    locale: str = strawberry.field(description="The language of its pushes: zh-CN or en.")
    app_version: str | None = strawberry.field(description="Version of the app, as it said itself.")
    registered_at: datetime = strawberry.field(description="When it was registered first, by whomever.")
    last_seen_at: datetime = strawberry.field(
        description="When it registered last, or its sign-in was refreshed, to the day."
    )


def device(row: Row) -> Device:
    """A device as its holder reads it."""
    return Device(
        id=global_id("Device", row.id),
        platform=row.platform,
        locale=row.locale,
        app_version=row.app_version,
        registered_at=row.registered_at,
        last_seen_at=row.last_seen_at,
    )


async def devices(context: Context) -> list[Device]:
    """The viewer's devices, the one seen last first. One statement."""
    viewer = context.signed_in()
    async with context.database.connection() as connection:
        return [device(row) for row in await reads.devices(connection, viewer.person_id)]


async def device_of(context: Context, number: int) -> Device | None:
    """The viewer's own active device of a number; None for somebody else's, as for an absent one."""
    viewer = context.signed_in()
    await context.me()
    async with context.database.connection() as connection:
        rows = await reads.devices(connection, viewer.person_id, number)
    return device(rows[0]) if rows else None


async def _device(context: Context, written: int | Refusal) -> Device | None:
    return None if isinstance(written, Refusal) else await device_of(context, written)


@strawberry.input(description="A device that pushes should reach.")
class DeviceRegisterInput:
    """Input of `deviceRegister`."""

    token: str = strawberry.field(description="The provider's registration token of the device.")
    platform: Platform = strawberry.field(description="The system the device runs.")
    locale: str = strawberry.field(default="zh-CN", description="The device's language: zh-CN or en.")
    app_version: str | None = strawberry.field(default=None, description="Version of the app.")
    provider: PushProviderName = strawberry.field(
        default=PushProviderName.FCM,
        description="Who gave the token out, and carries pushes to the device; HUAWEI to ANDROID alone.",
    )


@strawberry.type(description="What became of a device's registration.")
class DeviceRegisterPayload:
    """Payload of `deviceRegister`."""

    registered: bool | None = strawberry.field(
        description="True: pushes reach the device now; null when refused."
    )
    device: Device | None = strawberry.field(description="The device; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when registered.")


@strawberry.input(description="The token that the provider replaced, and the one it gave instead.")
class DeviceRotateInput:
    """Input of `deviceRotate`."""

    old_token: str = strawberry.field(description="The registration token that the device had.")
    new_token: str = strawberry.field(description="The registration token that it has now.")


@strawberry.type(description="The device after its token was replaced.")
class DeviceRotatePayload:
    """Payload of `deviceRotate`."""

    device: Device | None = strawberry.field(description="The same device; null when refused.")
    user_errors: list[UserError] = strawberry.field(description="Why not; empty when replaced.")


@strawberry.input(description="A device that pushes should no longer reach.")
class DeviceForgetInput:
    """Input of `deviceForget`."""

    token: str = strawberry.field(description="The provider's registration token of the device.")


@strawberry.type(description="What became of forgetting a device.")
class DeviceForgetPayload:
    """Payload of `deviceForget`."""

    user_errors: list[UserError] = strawberry.field(description="Why not; empty when forgotten.")


def _token(text: str, name: str = "token") -> str | Refusal:
    clean = texts.clean(text, longest=LONGEST_TOKEN)
    if isinstance(clean, texts.Unclean) or not clean.isascii():
        return Refusal(RefusalCode.BAD_USER_INPUT, (name,), {"why": name})
    return clean


@strawberry.type
class DeviceMutation:
    """Registering, rotating, forgetting."""

    @strawberry.mutation(
        description="Let pushes reach this device; one that changes hands follows the account."
    )
    async def device_register(
        self,
        info: Info,
        input: Annotated[DeviceRegisterInput, strawberry.argument(description="The device.")],  # noqa: A002 - GraphQL's own word
    ) -> DeviceRegisterPayload | None:
        """Register or take over."""
        context = info.context
        token = _token(input.token)
        version = texts.clean(input.app_version, longest=24) if input.app_version else None
        registered: int | Refusal = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is None:
            pass
        elif isinstance(token, Refusal):
            registered = token
        elif isinstance(version, texts.Unclean):
            registered = Refusal(RefusalCode.BAD_USER_INPUT, ("appVersion",), {"why": "appVersion"})
        else:
            registered = await acts.register(
                context.database,
                actor=context.viewer.actor,
                platform=input.platform,
                token=token,
                locale="en" if input.locale.startswith("en") else "zh-CN",
                app_version=version,
                now=context.real_now,
                provider=input.provider,
            )
        refused = registered if isinstance(registered, Refusal) else None
        return DeviceRegisterPayload(
            registered=None if refused else True,
            device=await _device(context, registered),
            user_errors=user_errors(refused, context.locale),
        )

    @strawberry.mutation(
        description="Give a device of the viewer the token that its provider replaced the old one by. It stays the"
        " same device. Twice is once; NOT_FOUND for an old token that is not the viewer's: register then."
    )
    async def device_rotate(
        self,
        info: Info,
        input: Annotated[DeviceRotateInput, strawberry.argument(description="Both tokens.")],  # noqa: A002 - GraphQL's own word
    ) -> DeviceRotatePayload | None:
        """What waits for the old token goes to the new one."""
        context = info.context
        old, new = _token(input.old_token, "oldToken"), _token(input.new_token, "newToken")
        rotated: int | Refusal = Refusal(RefusalCode.UNAUTHENTICATED)
        if context.viewer is None:
            pass
        elif isinstance(old, Refusal):
            rotated = old
        elif isinstance(new, Refusal):
            rotated = new
        else:
            rotated = await acts.rotate(
                context.database,
                actor=context.viewer.actor,
                old_token=old,
                new_token=new,
                now=context.real_now,
            )
        refused = rotated if isinstance(rotated, Refusal) else None
        return DeviceRotatePayload(
            device=await _device(context, rotated), user_errors=user_errors(refused, context.locale)
        )

    @strawberry.mutation(description="Stop pushes to this device of the viewer.")
    async def device_forget(
        self,
        info: Info,
        input: Annotated[DeviceForgetInput, strawberry.argument(description="The device.")],  # noqa: A002 - GraphQL's own word
    ) -> DeviceForgetPayload | None:
        """Unknown devices are forgotten already."""
        context = info.context
        token = _token(input.token)
        refused = token if isinstance(token, Refusal) else None
        if context.viewer is None:
            refused = Refusal(RefusalCode.UNAUTHENTICATED)
        elif isinstance(token, str):
            refused = await acts.forget(context.database, actor=context.viewer.actor, token=token)
        return DeviceForgetPayload(user_errors=user_errors(refused, context.locale))
