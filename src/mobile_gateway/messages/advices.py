"""Advice and notices that are never a block, in zh-CN and en."""

from __future__ import annotations


def update_client(locale: str) -> str:
    """For a client that cannot choose a playback rate (manual §三, rule 4)."""
    return (
        "Please update the client to the latest version."
        if locale.startswith("en")
        else "请将客户端更新到最新版本"
    )


def before_enrolling(locale: str) -> str:
    """Shown beside the personal information that is to be confirmed before enrolling (manual §四, way 1)."""
    if locale.startswith("en"):
        return "Please check your personal information: it is used to record credits and to issue the certificate."
    return "请核实个人信息，该信息将用于记录学时和发放电子学习证书。"


def after_leaving(locale: str) -> str:
    """Goes with the answer to leaving a school (manual, question 6)."""
    if locale.startswith("en"):
        return (
            "Now that you have left the school, add the right teaching information soon and ask the school's"
            " administrator to verify it again, or the certificate may be held up and the administrator will not"
            " see your learning."
        )
    return (
        "移除学校后请尽快添加正确的任教信息并及时联系学校管理员重新审核通过，"
        "以免影响证书发放和学校管理员查看学习情况。"
    )


def school_not_found(locale: str) -> str:
    """Shown where a search finds no school (manual, question 1, in its words; there is no cache to be cleared)."""
    if locale.startswith("en"):
        return (
            "If your school is not in the list, ask your school's administrator for its right name on the platform and"
            " the county it belongs to, and check the school you chose. If it is really missing, ask the administrator"
            " to have the county's administrator add it. Once it is added, you can choose it in"
            " 'Personal center/Me' - 'Personal information' - 'Current teaching information'."
        )
    return (
        "若您所在的学校不在列表中，请联系本校管理员，确认学校在平台里正确的名称及隶属关系，核实选择的学校是否正确。"
        "若学校确实不在平台里，请联系本校管理员，请其与县区管理员联系新增学校。"
        "新增学校后，您可以在“个人中心/我”-“个人信息”-“当前任教信息”里选择正确的学校。"
    )
