import asyncio
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mobile_gateway import sms

NOW = datetime(2024, 8, 1, 9, 30, tzinfo=UTC)
PHONE = "+8613800000001"


def local(path: Path) -> sms.LocalSms:
    return sms.LocalSms(path, clock=lambda: NOW)


async def test_a_message_is_a_line_of_the_file_and_of_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new" / "sms.jsonl"
    outcome = await local(path).send(PHONE, "SIGN_IN_CODE", {"code": "012345"}, "zh-CN")
    assert isinstance(outcome, sms.Sent)
    (line,) = path.read_text().splitlines()
    assert json.loads(line) == {
        "id": outcome.message_id,
        "at": "2024-08-01T09:30:00+00:00",
        "phone": PHONE,
        "kind": "SIGN_IN_CODE",
        "params": {"code": "012345"},
        "locale": "zh-CN",
    }
    assert "012345" in capsys.readouterr().err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_messages_sent_at_the_same_time_are_all_whole(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    senders = [local(path) for _ in range(4)]
    await asyncio.gather(
        *(senders[n % 4].send(PHONE, "CODE", {"code": f"{n:06d}"}, "en") for n in range(200))
    )
    assert {message["params"]["code"] for message in sms.read(path, 1000)} == {f"{n:06d}" for n in range(200)}


async def test_the_newest_messages_are_read_first_across_blocks(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    padding = "x" * 3000
    path.write_text("".join(f'{{"phone": "{n}", "pad": "{padding}"}}\n' for n in range(100)))
    assert [message["phone"] for message in sms.read(path, 40)] == [str(n) for n in range(99, 59, -1)]
    assert len(sms.read(path, 1000)) == 100


@pytest.mark.parametrize("torn", [b'{"phone": "tor', b"\xff\xfe", b"[1]", b'"phone"', b"\n\n"])
async def test_a_torn_last_line_hides_neither_the_message_before_nor_the_one_after(
    tmp_path: Path, torn: bytes
) -> None:
    path = tmp_path / "sms.jsonl"
    await local(path).send(PHONE, "CODE", {"code": "1"}, "en")
    with path.open("ab") as file:
        file.write(torn)
    assert [message["params"]["code"] for message in sms.read(path, 9)] == ["1"]
    await local(path).send(PHONE, "CODE", {"code": "2"}, "en")
    assert [message["params"]["code"] for message in sms.read(path, 9)] == ["2", "1"]


def test_a_missing_file_has_no_messages_and_a_limit_of_none_reads_none(tmp_path: Path) -> None:
    assert sms.read(tmp_path / "none", 10) == []
    (tmp_path / "some").write_text('{"phone": "1"}\n')
    assert sms.read(tmp_path / "some", 0) == []


async def test_a_file_that_cannot_be_written_is_an_outcome(tmp_path: Path) -> None:
    outcome = await local(tmp_path).send(PHONE, "CODE", {}, "en")
    assert outcome == sms.Unreachable("IsADirectoryError", maybe_sent=False)
