"""Documents in a bucket: a real client against a server that checks every signature by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mobile_gateway import boot
from mobile_gateway import settings as settings_of
from mobile_gateway.documents.s3 import TRIES, BucketAccount, S3Store
from mobile_gateway.documents.store import FileStore, StoreAway
from mobile_gateway.settings import PREFIX
from mobile_gateway.standins.s3 import Answer, Kept, S3StandIn

KEY = "certificates/7/3f2a-1.pdf"
PDF = "application/pdf"
REGION = "cn-north-1"
SECRET = "stand-in/secret+key"


@pytest.fixture
async def service() -> AsyncIterator[S3StandIn]:
    async with S3StandIn("documents", "stand-in-id", SECRET, region=REGION) as service:
        yield service


@pytest.fixture
def account(service: S3StandIn) -> BucketAccount:
    return BucketAccount(service.address, "documents", REGION, "stand-in-id", SECRET)


@pytest.fixture
async def store(account: BucketAccount) -> AsyncIterator[S3Store]:
    store = S3Store(account, timeout_seconds=1.0)
    yield store
    await store.close()
    await store.close()


async def test_what_was_put_is_got_and_deleted_once(service: S3StandIn, store: S3Store) -> None:
    assert await store.get(KEY) is None
    await store.put(KEY, b"%PDF one", PDF)
    assert service.objects == {KEY: Kept(b"%PDF one", PDF)}
    assert await store.get(KEY) == b"%PDF one"
    await store.put(KEY, b"", PDF)
    assert await store.get(KEY) == b""
    await store.delete(KEY)
    await store.delete(KEY)
    assert service.objects == {}
    assert await store.get(KEY) is None
    assert service.refused == []
    assert set(service.requests) == {f"{method} /documents/{KEY}" for method in ("PUT", "GET", "DELETE")}


async def test_a_document_of_any_size_goes_in_one_request(service: S3StandIn, store: S3Store) -> None:
    data = bytes(range(256)) * 40_000
    await store.put(KEY, data, PDF)
    assert service.requests == [f"PUT /documents/{KEY}"]
    assert await store.get(KEY) == data


async def test_many_at_once_are_all_kept(service: S3StandIn, store: S3Store) -> None:
    keys = [f"certificates/{number}.pdf" for number in range(50)]
    await asyncio.gather(*(store.put(key, key.encode(), PDF) for key in keys))
    assert {key: kept.data for key, kept in service.objects.items()} == {key: key.encode() for key in keys}
    assert await asyncio.gather(*(store.get(key) for key in keys)) == [key.encode() for key in keys]


async def test_what_is_no_key_is_never_asked_for(service: S3StandIn, store: S3Store) -> None:
    for key in ("../other", "", "A", "a?versions", "证书"):
        with pytest.raises(ValueError, match="a key has"):
            await store.put(key, b"x", PDF)
        with pytest.raises(ValueError, match="a key has"):
            await store.get(key)
        with pytest.raises(ValueError, match="a key has"):
            await store.delete(key)
    assert service.requests == []


async def test_a_busy_store_and_a_cut_connection_are_tried_again(service: S3StandIn, store: S3Store) -> None:
    service.answers += [Answer(503, "SlowDown"), Answer(500, "InternalError")]
    await store.put(KEY, b"x", PDF)
    assert service.objects[KEY].data == b"x"
    service.answers += [Answer(drop=True), Answer(503, "SlowDown")]
    assert await store.get(KEY) == b"x"
    service.answers += [Answer(503, "SlowDown")]
    await store.delete(KEY)
    assert service.objects == {}


async def test_a_store_that_stays_busy_is_away_after_four_tries(service: S3StandIn, store: S3Store) -> None:
    service.answers += [Answer(503, "SlowDown")] * 20
    with pytest.raises(StoreAway):
        await store.put(KEY, b"x", PDF)
    assert len(service.requests) == TRIES


async def test_a_store_that_does_not_answer_is_away_in_time(
    service: S3StandIn, account: BucketAccount
) -> None:
    service.answers += [Answer(delay_seconds=30)] * 20
    store = S3Store(account, timeout_seconds=0.2)
    began = time.monotonic()
    for call in (store.put(KEY, b"x", PDF), store.get(KEY), store.delete(KEY)):
        with pytest.raises(StoreAway):
            await call
    assert time.monotonic() - began < 15


async def test_nobody_listening_is_away(account: BucketAccount) -> None:
    store = S3Store(replace(account, endpoint="http://127.0.0.1:9"), timeout_seconds=0.5)
    with pytest.raises(StoreAway):
        await store.get(KEY)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"access_key_secret": "another"}, "SignatureDoesNotMatch"),
        ({"access_key_id": "another"}, "InvalidAccessKeyId"),
        ({"region": "us-east-1"}, "InvalidAccessKeyId"),
    ],
)
async def test_a_refused_key_is_away_and_told_without_its_secret(
    service: S3StandIn, account: BucketAccount, changed: dict[str, Any], code: str
) -> None:
    store = S3Store(replace(account, **changed))
    for call in (store.put(KEY, b"x", PDF), store.get(KEY), store.delete(KEY)):
        with pytest.raises(StoreAway) as away:
            await call
        assert SECRET not in f"{away.value}{away.value.__context__}"
        assert KEY not in str(away.value)
    assert set(service.refused) == {code}
    assert service.objects == {}
    assert SECRET not in repr(account)


async def test_a_bucket_that_is_not_there_is_no_missing_document(account: BucketAccount) -> None:
    store = S3Store(replace(account, bucket="elsewhere"))
    for call in (store.put(KEY, b"x", PDF), store.get(KEY), store.delete(KEY)):
        with pytest.raises(StoreAway):
            await call


async def test_nothing_is_read_from_the_environment_of_other_tools(
    service: S3StandIn, account: BucketAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "foreign",
        "AWS_SECRET_ACCESS_KEY": "foreign",
        "AWS_SESSION_TOKEN": "foreign",
        "AWS_ENDPOINT": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_UNSIGNED_PAYLOAD": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_BUCKET": "foreign",
    }.items():
        monkeypatch.setenv(name, value)
    store = S3Store(account)
    await store.put(KEY, b"x", PDF)
    assert service.objects[KEY].data == b"x"
    assert service.refused == []


def test_a_bucket_may_be_named_before_the_host() -> None:
    account = BucketAccount(
        "https://s3.oss-cn-hangzhou.aliyuncs.com/", "documents", REGION, "id", SECRET, by_host=True
    )
    assert account.address == "https://documents.s3.oss-cn-hangzhou.aliyuncs.com"
    assert replace(account, by_host=False).address == "https://s3.oss-cn-hangzhou.aliyuncs.com"


async def test_the_settings_choose_the_store(service: S3StandIn, tmp_path: Path) -> None:
    local = {f"{PREFIX}ENVIRONMENT": "local", f"{PREFIX}DATA": str(tmp_path)}
    files = boot.open_store(settings_of.read(local))
    assert isinstance(files, FileStore)
    await files.put(KEY, b"in a file", PDF)
    assert (tmp_path / "documents" / KEY).read_bytes() == b"in a file"
    bucket = boot.open_store(
        settings_of.read(
            local
            | {
                f"{PREFIX}DOCUMENT_STORE": "s3",
                f"{PREFIX}S3_ENDPOINT": service.address,
                f"{PREFIX}S3_BUCKET": "documents",
                f"{PREFIX}S3_REGION": REGION,
                f"{PREFIX}S3_ACCESS_KEY_ID": "stand-in-id",
                f"{PREFIX}S3_ACCESS_KEY_SECRET": SECRET,
            }
        )
    )
    await bucket.put(KEY, b"in a bucket", PDF)
    assert service.objects[KEY].data == b"in a bucket"
