"""Texts about identities, profiles, teaching records and verification (PRODUCT.md §5, §6)."""

from __future__ import annotations

from mobile_gateway.messages.refusal_texts.text import Text
from mobile_gateway.rules.refusal import RefusalCode

TEXTS: dict[RefusalCode, Text] = {
    RefusalCode.WIPE_CONFIRMATION_REQUIRED: Text(
        "切换为教师身份会清空学生身份的数据，且不可恢复。",
        "Switching to teacher erases everything of the student, for good.",
        "请核对将被清空的内容，确认后再切换。",
        "Look at what will be lost, confirm, and switch then.",
    ),
    RefusalCode.PHONE_REQUIRED: Text(
        "该账号尚未绑定手机号。",
        "This account has no phone yet.",
        "请先绑定手机号，再继续操作。",
        "Bind a phone first, then go on.",
    ),
    RefusalCode.IDENTITY_SWITCH_IMPOSSIBLE: Text(
        "不能切换为该身份。",
        "This identity cannot be switched to.",
        "家长与教师身份可以互相切换；学生身份只能切换为教师身份，且不能切换回来。",
        "Parents and teachers can switch to each other; a student can only become a teacher, and there is no way back.",
    ),
    RefusalCode.PHONE_NOT_EDITABLE: Text(
        "手机号为账号，不可修改。",
        "The phone is the account and cannot be edited.",
        "如需更换手机号，请使用“账号设置”-“绑定手机”。",
        "To change it, use “account settings”, “bind phone”.",
    ),
    RefusalCode.NAME_INVALID: Text(
        "姓名格式不正确：{why}",
        "This name cannot be used: {why}",
        "请输入与证件一致的姓名，最多 50 个字符；少数民族姓名请使用间隔点“·”。",
        "Enter the name as on the document, up to 50 characters; use “·” between the parts of a name.",
    ),
    RefusalCode.EMAIL_INVALID: Text(
        "邮箱格式不正确。",
        "This is not a valid e-mail address.",
        "请核对后重新输入。",
        "Check it and enter it again.",
    ),
    RefusalCode.ID_NUMBER_INVALID: Text(
        "证件号码不正确：{why}",
        "This document number cannot be right: {why}",
        "请核对证件类型和号码后重新输入。",
        "Check the document type and its number.",
    ),
    RefusalCode.ID_NUMBER_IN_USE: Text(
        "该证件号码已被其他教师账号使用。",
        "Another teacher account uses this document number.",
        "请核对证件号码；若确为您本人的证件，请联系客服 4001910910。",
        "Check the number; if the document is yours, call support at 4001910910.",
    ),
    RefusalCode.CONFLICT: Text(
        "信息已被更新，您看到的不是最新内容。",
        "This was changed in the meantime.",
        "请刷新后再修改。",
        "Refresh, then edit again.",
    ),
    RefusalCode.FIELD_LOCKED_VERIFIED: Text(
        "认证状态为“认证通过”的教师不可以直接修改证件号码和所在学校。",
        "A verified teacher cannot edit the document number or the school directly.",
        "请先从学校移除后再修改。",
        "Leave the school first, then edit.",
    ),
    RefusalCode.TEACHING_RECORD_EXISTS: Text(
        "您已添加过该学校的任教信息。",
        "You already teach at this school.",
        "请直接修改已有的任教信息。",
        "Edit the teaching record that is there.",
    ),
    RefusalCode.TEACHING_RECORDS_EXCEEDED: Text(
        "任教信息已达上限（{most} 条）。",
        "You can have at most {most} teaching records.",
        "请先删除不再任教的学校。",
        "Leave a school where you no longer teach first.",
    ),
    RefusalCode.LEAVE_NOT_CONFIRMED: Text(
        "从学校移除需要您确认。",
        "Leaving the school needs your confirmation.",
        "移除学校后请尽快添加正确的任教信息并及时联系学校管理员重新审核通过，以免影响证书发放和学校管理员查看学习情况。",
        "After leaving, add the right teaching information soon and have the school verify it again,"
        " or the certificate may be held up.",
    ),
    RefusalCode.REASON_REQUIRED: Text(
        "请填写原因。",
        "A reason is needed.",
        "请用 1 至 200 个字符说明原因；审核、移除的原因对方会看到。",
        "Say why in 1 to 200 characters; a teacher who is rejected or removed will read it.",
    ),
    RefusalCode.TEACHER_PROFILE_INCOMPLETE: Text(
        "该教师的个人信息不完整，缺少：{missing}。",
        "This teacher's profile is incomplete: {missing}.",
        "请先联系该教师在“个人信息”中补充完整，再审核通过；也可以不通过，并写明原因。",
        "Ask the teacher to complete the personal information, and approve then; or reject it with the reason.",
    ),
    RefusalCode.ALREADY_DECIDED: Text(
        "该申请已由其他管理员处理，或已撤回。",
        "This was decided by somebody else, or withdrawn.",
        "请刷新列表查看结果。",
        "Refresh the list to see the outcome.",
    ),
    RefusalCode.RECORD_NOT_APPROVED: Text(
        "只能移除认证通过的教师。",
        "Only a verified teacher can be removed.",
        "待审核的教师请直接驳回。",
        "Reject the one who waits for review instead.",
    ),
}
