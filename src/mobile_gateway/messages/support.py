"""How to reach support (manual §六), in zh-CN and en. When it answers is decided by `rules.calendar`."""

from __future__ import annotations

from typing import Final

PHONE: Final = "4001910910"
QQ: Final = "4001910910"


def hours(locale: str) -> str:
    """咨询时间, as the manual has it."""
    return "Working days 8:30–17:00, Beijing time" if locale.startswith("en") else "工作日 8:30–17:00"
