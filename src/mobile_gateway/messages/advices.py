"""Advice that is never a block, in zh-CN and en."""

from __future__ import annotations


def update_client(locale: str) -> str:
    """For a client that cannot choose a playback rate (manual §三, rule 4)."""
    return (
        "Please update the client to the latest version."
        if locale.startswith("en")
        else "请将客户端更新到最新版本"
    )
