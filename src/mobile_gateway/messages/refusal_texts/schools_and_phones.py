"""Texts about the school directory and phones (PRODUCT.md §6, §7)."""

from __future__ import annotations

from mobile_gateway.messages.refusal_texts.text import Text
from mobile_gateway.rules.refusal import RefusalCode

TEXTS: dict[RefusalCode, Text] = {
    RefusalCode.SCHOOL_NOT_FOUND: Text(
        "没有找到该学校。",
        "This school was not found.",
        "请联系本校管理员，确认学校在平台里正确的名称及隶属关系；若学校确实不在平台里，请其与县区管理员联系新增学校。",
        "Ask your school administrator for its name and county; the county administrator can add a missing one.",
    ),
    RefusalCode.SCHOOL_DUPLICATE: Text(
        "该县区已有同名学校。",
        "The county already has a school of this name.",
        "请在候选学校中核对；如为同一所学校请勿重复新增。",
        "Look at the candidates; do not add the same school twice.",
    ),
    RefusalCode.SCHOOL_SIMILAR: Text(
        "该县区已有名称相近的学校。",
        "The county already has a school of nearly this name.",
        "请在候选学校中核对；确为另一所学校时，请确认后再次提交。",
        "Look at the candidates; if it is another school, confirm that and send it again.",
    ),
    RefusalCode.SCHOOL_MERGED: Text(
        "该学校已并入其他学校。",
        "This school was merged into another one.",
        "请选择合并后的学校。",
        "Choose its successor.",
    ),
    RefusalCode.SCHOOL_MERGE_IMPOSSIBLE: Text(
        "这两所学校不能合并。",
        "These two schools cannot be merged.",
        "请确认两所学校不同、均未被合并且属于同一县区。",
        "They must be two, both active, and in the same county.",
    ),
    RefusalCode.PHONE_UNCHANGED: Text(
        "新手机号与原手机号相同。",
        "The new number is the old one.",
        "请输入另一个手机号。",
        "Enter another number.",
    ),
    RefusalCode.OLD_PHONE_NOT_PROVEN: Text(
        "尚未验证原手机号，或验证已过期。",
        "The old phone is not proven, or was too long ago.",
        "请先获取并输入原手机号的验证码。",
        "Ask for a code to the old phone and enter it first.",
    ),
    RefusalCode.UPLOAD_UNFIT: Text(
        "照片无法使用：{why}",
        "This photo cannot be used: {why}",
        "请上传不超过 5 MB 的 JPEG、PNG 或 WebP 照片；可加水印“仅限于中小学智慧教育平台账号换绑使用”。",
        "Send a JPEG, PNG or WebP of at most 5 MB; you may watermark it for this use only.",
    ),
    RefusalCode.UPLOAD_MISSING: Text(
        "照片尚未上传，或上传地址已失效。",
        "The photo was not uploaded, or its address has expired.",
        "请重新获取上传地址并上传照片。",
        "Ask for an upload address again and send the photo.",
    ),
    RefusalCode.TICKET_ALREADY_OPEN: Text(
        "该新手机号已有正在处理的换绑申请。",
        "A request for this new phone is already open.",
        "请用申请编号查询进度，或先撤销后再提交。",
        "Look at its state by the ticket number, or cancel it first.",
    ),
    RefusalCode.TICKET_CLOSED: Text(
        "该换绑申请已结束。",
        "This request is closed.",
        "如仍需换绑，请重新提交申请。",
        "Send a new request if you still need it.",
    ),
    RefusalCode.TICKET_STEP_IMPOSSIBLE: Text(
        "该申请当前不能执行此操作。",
        "The request is not at this step.",
        "请刷新后按流程处理：受理、回访、完成或驳回。",
        "Refresh and follow the steps: take, call back, finish or reject.",
    ),
    RefusalCode.REBIND_MISMATCH: Text(
        "申请信息与账号信息不一致。",
        "What was given does not match the account.",
        "请驳回该申请，并请申请人核对全部信息后重新提交。",
        "Reject it and ask the holder to check everything and send it again.",
    ),
}
