"""A job that fails is a line of our log, without the words of what it raised, and the worker picks the next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import Gateway
from mobile_gateway.clock import real
from mobile_gateway.models import database as databases
from mobile_gateway.push import provider as push
from mobile_gateway.push.recorder import Recorder
from mobile_gateway.rules.words import PushProviderName
from mobile_gateway.sms import LocalSms
from mobile_gateway.workers import settings
from mobile_gateway.workers.certificates import Drawing
from pushing import only, tell

SAID = "Key (phone)=(+8619900000001) already exists."


class Failing:
    """A provider with a fault that says too much."""

    carries = tuple(PushProviderName)

    async def send(self, batch: Sequence[push.Message]) -> list[push.Outcome]:
        raise ValueError(SAID)

    async def close(self) -> None:
        """Nothing is held."""


async def run(gateway: Gateway, name: str, provider: push.PushProvider) -> list[Any]:
    """What a job logs."""
    sms = LocalSms(gateway.data / "texts.jsonl", clock=real)
    jobs = settings.functions(gateway.resources, provider, sms, Drawing(gateway.resources))
    (job,) = (one for one in jobs if one.name == name)
    with capture_logs() as lines:
        await job.coroutine({})
    return lines


async def test_a_fault_is_told_by_its_kind_alone(gateway: Gateway, capfd: pytest.CaptureFixture[str]) -> None:
    await only(gateway)
    await tell(gateway)
    (line,) = await run(gateway, "deliver", Failing())
    assert (line["event"], line["name"], line["log_level"]) == ("job_failed", "deliver", "error")
    assert SAID not in "".join(capfd.readouterr())


async def test_a_database_that_is_away_is_a_line_and_no_fault(gateway: Gateway) -> None:
    there = gateway.resources.database
    gateway.resources.database = await databases.open_database("postgresql://nobody@127.0.0.1:1/nothing")
    recorder = Recorder(gateway.data / "pushes.jsonl")
    lines = await run(gateway, "deliver", recorder)
    await recorder.close()
    await gateway.resources.database.close()
    gateway.resources.database = there
    assert lines == [{"event": "database_away", "log_level": "warning"}]
