"""`mobile-gateway campaign watch`: in a pipe, on a terminal, interrupted, and beside other commands."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import subprocess

import pytest

from campaigning import Answering, at_school, expand, send, state_of
from commanding import Commands
from faults.faults_running import PROGRAM, environment
from staffing import PLATFORM, strong

pytestmark = pytest.mark.timeout(300)


async def test_in_a_pipe_it_says_each_state_once_and_draws_nothing(campaign: Commands) -> None:
    gateway = campaign.gateway
    one = await campaign.desks.scheduled(segment=await at_school(gateway))
    async with campaign.running("watch", one) as watched:
        await watched.until("SCHEDULED, begins 2024-08-20 09:0")
        await gateway.advance(minutes=6)
        await expand(gateway)
        await watched.until("SENDING")
        await campaign.done("pause", one, "--reason", "再看一遍")
        await watched.until("PAUSED (再看一遍), `campaign resume`")
        await campaign.done("resume", one)
        await send(gateway, Answering())
        came = await watched.came()
    assert came.code == 0
    assert came.out.startswith("SENT: ")
    assert len(came.out.splitlines()) == 1
    said = [line.split()[0].strip(",;") for line in came.err.splitlines()]
    assert said in (
        ["SCHEDULED", "SENDING", "PAUSED", "SENDING"],
        ["SCHEDULED", "SENDING", "PAUSED"],  # sent between two looks
    )
    assert "\x1b" not in came.err + came.out


async def test_at_night_it_says_what_it_waits_for(campaign: Commands) -> None:
    gateway = campaign.gateway
    one = await campaign.desks.sending(segment=await at_school(gateway))
    await expand(gateway)
    await gateway.advance(hours=14)
    async with campaign.running("watch", one) as watched:
        await watched.until("SENDING, no pushes until 07:00 by the run's clock")


async def test_a_reader_that_leaves_the_pipe_ends_it_without_a_word(campaign: Commands) -> None:
    one = await campaign.desks.first.draft()
    await campaign.done("cancel", one)
    reading, writing = os.pipe()
    os.close(reading)
    command = [*PROGRAM, "campaign", "watch", one, "--data", str(campaign.data)]
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            command,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


async def test_on_a_terminal_it_draws_bars_and_gives_the_outcome_to_stdout(campaign: Commands) -> None:
    one = await campaign.desks.proven(segment=await at_school(campaign.gateway))
    await expand(campaign.gateway)
    ours, its = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *("campaign", "watch", one, "--data", str(campaign.data)),
        env={**environment(), "TERM": "xterm-256color"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=its,
    )
    os.close(its)
    drawn = bytearray()
    reading = asyncio.create_task(asyncio.to_thread(_read_all, ours, drawn))
    async with asyncio.timeout(60):
        while b"deliveries" not in drawn:  # noqa: ASYNC110 - a thread reads, and tells nobody
            await asyncio.sleep(0.05)
        await campaign.done("cancel", one)
        assert process.stdout is not None
        out = await process.stdout.read()
        assert await process.wait() == 0
        await reading
    os.close(ours)
    assert out.startswith(b"CANCELLED: ")
    assert b"\x1b" not in out
    assert b"SENDING" in drawn
    assert "━".encode() in drawn
    assert drawn.rfind(b"\x1b[?25h") > drawn.rfind(b"\x1b[?25l"), "the cursor is shown again"


def _read_all(terminal: int, into: bytearray) -> None:
    while True:
        try:
            into += os.read(terminal, 1024)
        except OSError:  # what Linux answers when the other side is closed
            return


async def test_ctrl_c_ends_the_watching_and_not_the_campaign(campaign: Commands) -> None:
    one = await campaign.desks.proven()
    for more in ((), ("--json",)):
        async with campaign.running("watch", one, *more) as watched:
            await watched.until("SENDING")
            watched.interrupt()
            came = await watched.came()
        assert came.code == 130
        assert came.err.splitlines() == ["SENDING", "not watched any more; the campaign is as it was"]
        state = came.json["state"] if more else came.out.partition(":")[0]
        assert state == "SENDING"
    assert await state_of(campaign.gateway, one) == "SENDING"


async def test_the_sign_in_of_another_command_meanwhile_is_taken_up_and_kept(campaign: Commands) -> None:
    one = await campaign.desks.first.draft()
    async with campaign.running("watch", one) as watched:
        await watched.until("DRAFT, waits for `campaign approve`")
        fresh = {PLATFORM: [await strong(campaign.gateway, PLATFORM), "another"]}
        campaign.kept.write_text(json.dumps(fresh))
        await asyncio.sleep(1.5)
        await campaign.done("cancel", one)
        came = await watched.came()
    assert (came.code, came.out) == (0, "CANCELLED\n")
    assert json.loads(campaign.kept.read_text()) == fresh
