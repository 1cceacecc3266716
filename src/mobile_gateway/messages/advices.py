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
