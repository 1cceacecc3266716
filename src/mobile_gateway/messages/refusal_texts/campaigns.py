"""Texts about campaigns, for the platform's administrators (PRODUCT.md §11)."""

from __future__ import annotations

from mobile_gateway.messages.refusal_texts.text import Text
from mobile_gateway.rules.refusal import RefusalCode

TEXTS: dict[RefusalCode, Text] = {
    RefusalCode.CAMPAIGN_STEP_IMPOSSIBLE: Text(
        "推送活动当前状态为 {state}，不能进行此操作。",
        "The campaign is {state}: this cannot be done now.",
        "请刷新后查看活动的当前状态和可进行的操作。",
        "Read the campaign again: it says what can be done with it.",
    ),
    RefusalCode.CAMPAIGN_SECOND_ADMIN: Text(
        "推送活动须由另一位管理员批准。",
        "A campaign is approved by another administrator.",
        "请让既未创建也从未修改过该活动的平台管理员批准。",
        "Ask a platform administrator who neither created nor ever edited it.",
    ),
    RefusalCode.CAMPAIGN_START_PAST: Text(
        "开始时间已过。",
        "The start is in the past.",
        "请选择将来的时间；要立即开始，请填写当前时间。",
        "Choose a moment to come; give the present one to begin at once.",
    ),
    RefusalCode.CAMPAIGN_START_NEEDED: Text(
        "该活动没有计划的开始时间。",
        "The campaign has no planned start.",
        "请选择开始时间；要立即开始，请填写当前时间。",
        "Choose when it begins; give the present moment to begin at once.",
    ),
    RefusalCode.CAMPAIGN_PLAN_PAST: Text(
        "该活动计划的开始时间 {plannedFor} 已过。",
        "The campaign was planned for {plannedFor}, which is over.",
        "请修改计划时间，并由另一位管理员批准。",
        "Edit plannedFor, and have it approved by another administrator.",
    ),
    RefusalCode.CAMPAIGN_START_APPROVED: Text(
        "该活动获批的开始时间是 {plannedFor}。",
        "The campaign was approved for {plannedFor}.",
        "请按获批的时间安排；要改时间，请修改活动并由另一位管理员重新批准。",
        "Schedule it for that moment; for another one, edit the campaign and have it approved again.",
    ),
    RefusalCode.CAMPAIGN_NO_DEVICE: Text(
        "您没有可接收测试推送的设备。",
        "You have no device that a test could be sent to.",
        "请先在手机客户端登录您的账号，再发送测试。",
        "Sign in on the app of your phone first, then send the test.",
    ),
}
