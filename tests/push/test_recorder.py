from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from mobile_gateway.push.provider import Accepted, Message, PayloadBad, Retry
from mobile_gateway.push.recorder import Recorder, device_of, latest, read
from mobile_gateway.rules.words import MessageClass, Platform

Make = Callable[..., Message]

APPENDING = """
import asyncio, sys
from pathlib import Path
from mobile_gateway.push.provider import Accepted, Message
from mobile_gateway.push.recorder import Recorder
from mobile_gateway.rules.words import MessageClass, Platform

async def main(path, who):
    recorder = Recorder(Path(path))
    for first in range(0, 500, 50):
        batch = [
            Message(
                notification_id=f"{who}-{n}", token=who, platform=Platform.IOS, title="t", body="学时" * 200,
                deep_link="training://", kind="CAMPAIGN", message_class=MessageClass.MARKETING, ttl_seconds=0,
            )
            for n in range(first, first + 50)
        ]
        assert all(isinstance(outcome, Accepted) for outcome in await recorder.send(batch))
    await recorder.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_what_a_device_would_show_is_kept(tmp_path: Path, message: Make) -> None:
    path = tmp_path / "new" / "pushes.jsonl"
    recorder = Recorder(path, now=lambda: 1_725_120_000.5)
    (outcome,) = await recorder.send([message("a token", body="第一行\n第二行\u2028")])
    await recorder.close()
    (kept,) = read(path)
    assert outcome == Accepted(kept.provider_id)
    assert kept.at == 1_725_120_000.5
    assert kept.body == "第一行\n第二行\u2028"
    assert kept.title == "学时已认定"
    assert kept.deep_link == "training://topics/2024-summer/courses/3"
    assert (kept.kind, kept.platform, kept.message_class) == ("COURSE_CREDIT_REACHED", "ANDROID", "SERVICE")
    assert kept.notification_id == "0d4f6c1e-5d1c-4d0a-9d5e-2f1b6a7c8d90"
    assert kept.device == device_of("a token")
    assert kept.position == path.stat().st_size
    assert b"a token" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600


async def test_outcomes_keep_their_order_and_what_fcm_refuses_is_refused_here(
    tmp_path: Path, message: Make
) -> None:
    recorder = Recorder(tmp_path / "pushes.jsonl")
    outcomes = await recorder.send(
        [message(notification_id="1"), message(ttl_seconds=-1), message(title="x" * 5_000)]
    )
    outcomes += await recorder.send([message(notification_id="2", platform=Platform.IOS)])
    await recorder.close()
    assert [type(outcome) for outcome in outcomes] == [Accepted, PayloadBad, PayloadBad, Accepted]
    assert [kept.notification_id for kept in read(tmp_path / "pushes.jsonl")] == ["1", "2"]


async def test_reading_goes_on_where_it_stopped(tmp_path: Path, message: Make) -> None:
    path = tmp_path / "pushes.jsonl"
    recorder = Recorder(path)
    await recorder.send([message(notification_id=str(n)) for n in range(7)])
    first = read(path, limit=3)
    second = read(path, after=first[-1].position, limit=3)
    rest = read(path, after=second[-1].position)
    assert [kept.notification_id for kept in [*first, *second, *rest]] == list("0123456")
    assert read(path, after=rest[-1].position) == []
    await recorder.send([message(message_class=MessageClass.MARKETING)])
    await recorder.close()
    assert [kept.message_class for kept in read(path, after=rest[-1].position)] == ["MARKETING"]


async def test_the_latest_are_found_without_reading_all(tmp_path: Path, message: Make) -> None:
    path = tmp_path / "pushes.jsonl"
    recorder = Recorder(path)
    await recorder.send([message(notification_id=str(n), body="学" * 1_200) for n in range(100)])
    await recorder.close()
    assert [kept.notification_id for kept in latest(path, limit=3)] == ["97", "98", "99"]
    assert [kept.notification_id for kept in latest(path, limit=1_000)] == [str(n) for n in range(100)]
    assert latest(path, limit=0) == []
    assert latest(path)[-1] == read(path)[-1]


def test_a_file_that_is_not_there_has_no_messages(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == []
    assert latest(tmp_path / "none") == []


async def test_a_torn_last_line_is_left_alone_until_it_is_whole(tmp_path: Path, message: Make) -> None:
    path = tmp_path / "pushes.jsonl"
    recorder = Recorder(path)
    await recorder.send([message(notification_id="1"), message(notification_id="2")])
    await recorder.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    (kept,) = read(path)
    assert kept.notification_id == "1"
    path.write_bytes(whole)
    assert [later.notification_id for later in read(path, after=kept.position)] == ["2"]


async def test_a_line_torn_by_a_crash_costs_no_other_line(tmp_path: Path, message: Make) -> None:
    path = tmp_path / "pushes.jsonl"
    path.write_bytes('{"at": 1.0, "title": "学'.encode()[:-1])
    recorder = Recorder(path)
    await recorder.send([message(notification_id="1")])
    await recorder.close()
    os.truncate(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(b'null\n{"at": 1}\n\n')
    recorder = Recorder(path)
    await recorder.send([message(notification_id="2")])
    await recorder.close()
    assert [kept.notification_id for kept in read(path)] == ["1", "2"]


async def test_a_closed_recorder_keeps_nothing(tmp_path: Path, message: Make) -> None:
    recorder = Recorder(tmp_path / "pushes.jsonl")
    await recorder.close()
    await recorder.close()
    assert await recorder.send([message()]) == [Retry(None)]
    assert read(tmp_path / "pushes.jsonl") == []


def test_two_processes_append_without_tearing_each_other(tmp_path: Path) -> None:
    path = tmp_path / "pushes.jsonl"
    running = [subprocess.Popen([sys.executable, "-c", APPENDING, str(path), who]) for who in ("one", "two")]
    assert [process.wait(60) for process in running] == [0, 0]
    kept = read(path, limit=10_000)
    # A process that starts while the other is inside its line ends that line too: an empty one follows it.
    lines = [line for line in path.read_bytes().splitlines() if line]
    assert len(lines) == len(kept) == 1_000
    for who in ("one", "two"):
        mine = [one.notification_id for one in kept if one.device == device_of(who)]
        assert mine == [f"{who}-{n}" for n in range(500)]
