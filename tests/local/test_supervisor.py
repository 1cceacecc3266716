"""The supervisor: restarts, stops, and no orphan whatever dies."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from mobile_gateway.local import processes
from tests_local import Program, all_gone, runs

SUPERVISE = """
import json, os, sys
from pathlib import Path
from mobile_gateway.local import Child, Parts, Supervisor
directory, told, part = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3] == "redis"
children = [Child(name, [sys.executable, "-c", code], dict(os.environ)) for name, code in told.items()]
if part:
    with Parts.start(directory, postgres=False, durable=False) as parts:
        sys.exit(Supervisor(directory, children, parts=parts).run())
sys.exit(Supervisor(directory, children).run())
"""
LIVES = "import signal; print('here', flush=True); signal.pause()"
FORKS = """
import signal, subprocess, sys
forked = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
print(forked.pid, flush=True)
signal.pause()
"""
DEAF = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
)
DEAF += "\nwhile True: signal.pause()"
WRONG = "import sys, time; time.sleep(0.3); print('DATABASE_URL is no URL', file=sys.stderr); sys.exit(2)"
POLITE = """
import signal, sys
def leave(*_):
    print("finished what was in flight", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, leave)
print("here", flush=True)
signal.pause()
"""


def supervise(directory: Path, part: str = "-", **children: str) -> Program:
    return Program(SUPERVISE, str(directory), json.dumps(children), part)


def pids(directory: Path, *names: str, other_than: tuple[int, ...] = ()) -> dict[str, int]:
    """Wait until all these names run, by other processes than these."""
    told: dict[str, int] = {}

    def there() -> bool:
        nonlocal told
        try:
            told = json.loads((directory / "run.json").read_text())["pids"]
        except FileNotFoundError:
            return False
        return all(name in told and told[name] not in other_than for name in names)

    assert processes.until(there, 10)
    return told


def test_a_killed_child_runs_again_and_its_lines_bear_its_name(
    tmp_path: Path, programs: list[Program]
) -> None:
    supervisor = supervise(tmp_path, gateway=LIVES)
    programs.append(supervisor)
    assert supervisor.line() == "gateway | here"
    first = pids(tmp_path, "gateway")
    assert first["supervisor"] == supervisor.process.pid
    os.kill(first["gateway"], signal.SIGKILL)
    assert supervisor.line() == "supervisor | gateway ended with signal 9; again in 0.2 s"
    assert supervisor.line() == "gateway | here"
    assert runs(pids(tmp_path, "gateway", other_than=(first["gateway"],))["gateway"])


def test_the_pause_doubles_while_a_child_keeps_failing(tmp_path: Path, programs: list[Program]) -> None:
    supervisor = supervise(tmp_path, worker="raise SystemExit(1)")
    programs.append(supervisor)
    told = [supervisor.line() for _ in range(4)]
    assert told == [
        f"supervisor | worker ended with code 1; again in {s} s" for s in ("0.2", "0.4", "0.8", "1.6")
    ]


@pytest.mark.parametrize("victim", ["supervisor", "gateway"])
def test_what_a_killed_process_forked_does_not_stay(
    tmp_path: Path, programs: list[Program], victim: str
) -> None:
    supervisor = supervise(tmp_path, gateway=FORKS)
    programs.append(supervisor)
    forked = int(supervisor.line().removeprefix("gateway | "))
    running = pids(tmp_path, "gateway")
    os.kill(running[victim], signal.SIGKILL)
    if victim == "supervisor":
        supervisor.process.wait()
    assert all_gone(running["gateway"], forked, seconds=3)


def test_code_2_of_one_child_stops_all_with_its_last_line(tmp_path: Path, programs: list[Program]) -> None:
    supervisor = supervise(tmp_path, gateway=WRONG, worker=LIVES)
    programs.append(supervisor)
    running = pids(tmp_path, "gateway", "worker")
    _, errors = supervisor.process.communicate(timeout=10)
    assert supervisor.process.returncode == 2
    assert errors == "gateway has a wrong setting: DATABASE_URL is no URL\n"
    assert all_gone(*running.values(), seconds=0)
    assert not (tmp_path / "run.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_the_children_finish(
    tmp_path: Path, programs: list[Program], number: signal.Signals
) -> None:
    supervisor = supervise(tmp_path, gateway=POLITE)
    programs.append(supervisor)
    assert supervisor.line() == "gateway | here"
    supervisor.process.send_signal(number)
    assert supervisor.line() == "gateway | finished what was in flight"
    output, errors = supervisor.process.communicate(timeout=10)
    assert (supervisor.process.returncode, output, errors) == (0, "", "")


def test_a_second_signal_does_not_wait_for_a_deaf_child(tmp_path: Path, programs: list[Program]) -> None:
    supervisor = supervise(tmp_path, worker=DEAF)
    programs.append(supervisor)
    assert supervisor.line() == "worker | deaf"
    running = pids(tmp_path, "worker")
    supervisor.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert runs(running["worker"])
    supervisor.process.send_signal(signal.SIGTERM)
    assert supervisor.process.wait(timeout=5) == 1
    assert all_gone(*running.values(), seconds=0)


def test_a_part_that_dies_beside_the_children_runs_again(tmp_path: Path, programs: list[Program]) -> None:
    supervisor = supervise(tmp_path, "redis", gateway=LIVES)
    programs.append(supervisor)
    first = pids(tmp_path, "gateway", "redis")
    os.kill(first["redis"], signal.SIGKILL)
    then = pids(tmp_path, "redis", other_than=(first["redis"],))
    assert then["gateway"] == first["gateway"]
    supervisor.process.terminate()
    assert supervisor.process.wait(timeout=10) == 0
    assert all_gone(*then.values(), seconds=0)
