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
    RefusalCode.CAMPAIGN_NO_DEVICE: Text(
        "您没有可接收测试推送的设备。",
        "You have no device that a test could be sent to.",
        "请先在手机客户端登录您的账号，再发送测试。",
        "Sign in on the app of your phone first, then send the test.",
    ),
}
