"""The stand-in's page: notifications as phones show them, grouped by device."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import jinja2

import mobile_gateway
from mobile_gateway.standins.fcm_project import FcmProject, Shown

ICON = Path(mobile_gateway.__file__).parent / "web" / "static" / "icon.svg"
DEVICES = 50
"""Devices that the page shows at most."""
SHANGHAI = timezone(timedelta(hours=8))
_TEMPLATE = Path(__file__).with_name("fcm_page.html")


def page(project: FcmProject, device: str = "") -> str:
    """The page of all devices, or of the one whose token this is."""
    devices: dict[str, list[Shown]] = {}
    for one in reversed(project.shown.values()):
        if device in {"", one.token}:
            devices.setdefault(one.token, []).append(one)
    template = jinja2.Environment(autoescape=True).from_string(_TEMPLATE.read_text("utf-8"))
    return template.render(
        counters=project.counters(),
        devices=list(devices.items())[:DEVICES],
        device=device,
        project=project.project_id,
        clock=lambda at: datetime.fromtimestamp(at, SHANGHAI).strftime("%H:%M:%S"),
        short=lambda token: token if len(token) <= 28 else f"{token[:14]}…{token[-10:]}",  # noqa: PLR2004 - a line of a phone
    )
