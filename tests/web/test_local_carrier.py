"""`/local/carrier`, and what the pages say when a stand-in for FCM has the pushes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local_run import Run
from mobile_gateway.settings import PushChoice

AT = "https://127.0.0.1:8443"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


def through_fcm(run: Run, **more: Any) -> None:
    """Let the run's settings lead to a stand-in."""
    settings = run.resources.settings
    run.resources.settings = replace(settings, push_provider=PushChoice.FCM, fcm_endpoint=AT, **more)


async def test_a_run_that_records_says_so(run: Run) -> None:
    assert await run.json("/local/carrier") == {"carrier": "recorder"}


async def test_a_run_with_a_stand_in_says_where_it_is_and_what_vouches_for_it(run: Run) -> None:
    through_fcm(run)
    assert await run.json("/local/carrier") == {"carrier": "fcm", "url": AT, "authority": None}
    through_fcm(run, push_authority=run.data / "own.pem")
    told = await run.json("/local/carrier")
    assert told == {"carrier": "fcm", "url": AT, "authority": str(run.data.resolve() / "own.pem")}


async def test_who_sends_through_fcm_itself_has_no_stand_in(run: Run) -> None:
    through_fcm(run, fcm_credentials=run.data / "service.json")
    assert (await run.json("/local/carrier"))["url"] is None
    assert AT not in (await run.ask("/")).text + (await run.ask("/local/pushes")).text


async def test_the_pages_lead_to_the_stand_in(run: Run) -> None:
    assert AT not in (await run.ask("/")).text + (await run.ask("/local/pushes")).text
    through_fcm(run)
    for path in ("/", "/local/pushes"):
        assert f'<a class="{"button" if path == "/" else "mono"}" href="{AT}">' in (await run.ask(path)).text
    await run.push("n1")
    assert "标题 n1" in (await run.ask("/local/pushes")).text, "what was recorded before stays"
