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
