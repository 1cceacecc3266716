"""Where the tests' servers lie: a folder in memory that outlives nobody."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

import places

HOLDER = (
    "import sys, time; from pathlib import Path; import places\n"
    "with places.in_memory(Path(sys.argv[1])) as folder:\n"
    "    (folder / 'rows').write_text('many'); print(folder, flush=True); time.sleep(60)"
)


def test_two_processes_of_tests_have_folders_of_their_own_and_leave_none(tmp_path: Path) -> None:
    with places.in_memory(tmp_path) as first, places.in_memory(tmp_path) as second:
        assert first != second
        assert first.is_dir()
        assert second.is_dir()
    assert not list(tmp_path.iterdir())


def test_the_next_process_removes_what_a_killed_one_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(places.__file__).parent))
    holder = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(holder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        left = Path(process.stdout.readline().strip())
        with places.in_memory(tmp_path):
            assert (left / "rows").exists()
        process.send_signal(signal.SIGKILL)
    assert (left / "rows").exists()
    with places.in_memory(tmp_path):
        assert not left.exists()


def test_what_bears_another_name_stays(tmp_path: Path) -> None:
    (tmp_path / "somebodys").mkdir()
    with places.in_memory(tmp_path):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["somebodys"]


def test_there_is_no_place_without_memory_or_without_room(tmp_path: Path) -> None:
    assert places.roomy(tmp_path, room=1)
    assert not places.roomy(tmp_path, room=1 << 60)
    assert not places.roomy(tmp_path / "missing")
