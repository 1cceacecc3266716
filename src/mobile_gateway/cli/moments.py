"""Moments, spans and speeds as they are typed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import typer

from mobile_gateway.clock import SHANGHAI

_SPAN = re.compile(r"(\d+)([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
SLOWEST, FASTEST = 1.0, 3600.0


def moment(text: str) -> datetime:
    """An ISO 8601 moment; without an offset it is Shanghai's."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("a moment such as 2024-08-20T09:00+08:00") from None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def span(text: str) -> timedelta:
    """A span such as 90m, 12h or 3d."""
    parts = _SPAN.findall(text)
    if not parts or "".join(n + u for n, u in parts) != text:
        raise typer.BadParameter("a span such as 90m, 12h, 3d or 1d12h")
    return sum((timedelta(**{_UNITS[u]: int(n)}) for n, u in parts), timedelta())


def speed_of(value: float) -> float:
    """A speed from 1 to 3600."""
    if not SLOWEST <= value <= FASTEST:
        raise typer.BadParameter("a speed from 1 to 3600")
    return value
