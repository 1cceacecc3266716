from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.schema import operations


async def contact(gateway: Gateway, moment: str, language: str = "zh-CN") -> dict[str, Any]:
    await gateway.set_time(datetime.fromisoformat(moment))
    answer = await gateway.execute(operations.by_file()["support_contact"], accept_language=language)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["supportContact"]
    return found


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2024-08-20T09:00:00+08:00", True, "2024-08-21"),
        ("2024-08-20T18:00:00+08:00", False, "2024-08-21"),
        ("2024-09-14T10:00:00+08:00", True, "2024-09-18"),
        ("2024-09-14T18:00:00+08:00", False, "2024-09-18"),
        ("2024-09-29T09:00:00+08:00", True, "2024-09-30"),
        ("2024-09-30T17:00:00+08:00", False, "2024-10-08"),
        ("2024-10-01T02:00:00+00:00", False, "2024-10-08"),
        ("2024-10-12T01:00:00+00:00", True, "2024-10-14"),
    ],
)
async def test_support_follows_the_chinese_calendar_by_the_domains_clock(
    gateway: Gateway, moment: str, is_open: bool, opens: str
) -> None:
    assert await contact(gateway, moment) == {
        "phone": "4001910910",
        "qq": "4001910910",
        "hours": "工作日 8:30–17:00",
        "openNow": is_open,
        "nextOpenAt": f"{opens}T08:30:00.000+08:00",
    }


async def test_hours_are_told_in_the_readers_language(gateway: Gateway) -> None:
    found = await contact(gateway, "2024-08-20T09:00:00+08:00", language="en")
    assert found["hours"] == "Working days 8:30–17:00, Beijing time"
