"""How to reach support, and when it answers (manual §六, PRODUCT.md §7)."""

from datetime import datetime

import strawberry

from mobile_gateway.messages import support
from mobile_gateway.rules import calendar
from mobile_gateway.schema.context import Info
from mobile_gateway.workdays import is_workday


@strawberry.type(description="Support for people: its numbers, and whether somebody answers now.")
class SupportContact:
    """客服联系方式."""

    phone: str = strawberry.field(description="Support's telephone.")
    qq: str = strawberry.field(description="Support's QQ number.")
    hours: str = strawberry.field(description="When it answers, in the viewer's language.")
    open_now: bool = strawberry.field(
        description="Whether it answers now: working days of the Chinese calendar, from 8:30 to before 17:00."
    )
    next_open_at: datetime = strawberry.field(
        description="When it opens next, always in the future: while it is open, the next working day's opening."
    )


@strawberry.type
class SupportQuery:
    """Support's root."""

    @strawberry.field(description="How to reach support, and when.")
    def support_contact(self, info: Info) -> SupportContact | None:
        """By the domain's clock."""
        context = info.context
        return SupportContact(
            phone=support.PHONE,
            qq=support.QQ,
            hours=support.hours(context.locale),
            open_now=calendar.open_now(context.now, is_workday),
            next_open_at=calendar.next_open_at(context.now, is_workday),
        )
