"""Documents as files: whole or not there, for nobody else to read, never outside their directory."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mobile_gateway.documents.store import LONGEST_KEY, FileStore, Store, StoreAway, checked

KEY = "certificates/7/3f2a-1.pdf"
PDF = "application/pdf"


def files_below(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data" / "documents"


@pytest.fixture
def store(directory: Path) -> Store:
    return FileStore(directory)


async def test_what_was_put_is_got_and_deleted_once(store: Store) -> None:
    assert await store.get(KEY) is None
    await store.put(KEY, b"%PDF one", PDF)
    assert await store.get(KEY) == b"%PDF one"
    await store.put(KEY, b"", PDF)
    assert await store.get(KEY) == b""
    await store.delete(KEY)
    await store.delete(KEY)
    assert await store.get(KEY) is None
    await store.close()
    await store.close()


async def test_files_and_directories_are_the_owners_alone(store: Store, directory: Path) -> None:
    before = os.umask(0)
    try:
        await store.put(KEY, b"x", PDF)
    finally:
        os.umask(before)
    assert (directory / KEY).stat().st_mode & 0o777 == 0o600
    for one in (directory, directory / "certificates", directory / "certificates/7"):
        assert one.stat().st_mode & 0o777 == 0o700


NO_KEYS = [
    "",
    "/",
    "/etc/passwd",
    "..",
    "../a",
    "a/../b",
    "a/./b",
    ".hidden",
    "a/.hidden",
    "a//b",
    "a/",
    "a\\b",
    "A",
    "a b",
    "a\n",
    "a\0",
    "证书",
    "a%2fb",
    "٣",
    "a" * (LONGEST_KEY + 1),
]


@pytest.mark.parametrize("key", NO_KEYS)
async def test_what_is_no_key_is_refused_by_every_call(store: Store, directory: Path, key: str) -> None:
    with pytest.raises(ValueError, match="a key has"):
        await store.put(key, b"x", PDF)
    with pytest.raises(ValueError, match="a key has"):
        await store.get(key)
    with pytest.raises(ValueError, match="a key has"):
        await store.delete(key)
    assert not files_below(directory)


def test_the_longest_key_is_one() -> None:
    assert checked("a" * LONGEST_KEY) == "a" * LONGEST_KEY
    assert checked("certificates/a..b/c_-.pdf")


async def test_who_reads_meanwhile_sees_one_whole_document(store: Store, directory: Path) -> None:
    versions = [bytes([letter]) * 300_000 for letter in b"abcd"]
    await store.put(KEY, versions[0], PDF)
    seen: set[bytes] = set()

    async def look() -> None:
        for _ in range(100):
            found = await store.get(KEY)
            assert found is not None
            seen.add(found)

    await asyncio.gather(look(), *(store.put(KEY, version, PDF) for version in versions * 5))
    assert seen <= set(versions)
    assert files_below(directory) == {KEY}


async def test_a_writer_killed_halfway_leaves_the_document_as_it_was(store: Store, directory: Path) -> None:
    await store.put(KEY, b"before", PDF)
    # The process dies where the file beside is written, and has not taken the place.
    program = """
import asyncio, os, signal, sys
from pathlib import Path
from mobile_gateway.documents.store import FileStore
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(FileStore(Path(sys.argv[1])).put(sys.argv[2], b"after", "application/pdf"))
"""
    killed = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", program, str(directory), KEY], check=False, timeout=60
    )
    assert killed.returncode == -9
    assert await store.get(KEY) == b"before"
    (left,) = files_below(directory) - {KEY}
    with pytest.raises(ValueError, match="a key has"):
        checked(left)


async def test_a_disk_that_does_not_do_it_is_a_store_away(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    store = FileStore(blocked)
    with pytest.raises(StoreAway, match=r"Not a directory|File exists"):
        await store.put(KEY, b"x", PDF)
    with pytest.raises(StoreAway, match="Not a directory"):
        await store.get(KEY)
    with pytest.raises(StoreAway, match="Not a directory"):
        await store.delete(KEY)


async def test_a_key_below_another_document_is_a_store_away_that_leaves_nothing(
    store: Store, directory: Path
) -> None:
    await store.put("a", b"x", PDF)
    with pytest.raises(StoreAway):
        await store.put("a/b", b"y", PDF)
    await store.put("c/d", b"x", PDF)
    with pytest.raises(StoreAway):
        await store.put("c", b"y", PDF)
    assert files_below(directory) == {"a", "c/d"}
