"""Documents in a bucket of any S3-compatible store; the only module that imports `obstore` (decision 0013).

Requests are signed by Signature Version 4, their bodies too. A try that failed by a 5xx answer or a broken
connection is made again, three times within 10 s. Nothing is read from the environment's AWS_… variables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from mobile_gateway.documents.store import StoreAway, checked

if TYPE_CHECKING:
    from obstore.store import S3Credential

T = TypeVar("T")

TRIES: Final = 4
WHOLE_SECONDS: Final = 12.0
"""The longest that a call takes, with all its tries."""


@dataclass(frozen=True, slots=True)
class BucketAccount:
    """Where the bucket is and who asks. `by_host` puts the bucket's name before the host, as Aliyun's OSS wants it."""

    endpoint: str
    bucket: str
    region: str
    access_key_id: str
    access_key_secret: str
    by_host: bool = False

    def __repr__(self) -> str:
        return f"BucketAccount({self.bucket!r} at {self.endpoint!r})"

    @property
    def address(self) -> str:
        """What requests are sent to."""
        parts = urlsplit(self.endpoint)
        host = f"{self.bucket}.{parts.netloc}" if self.by_host else parts.netloc
        return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"


class S3Store:
    """One bucket. `timeout_seconds` is for one try."""

    def __init__(self, account: BucketAccount, *, timeout_seconds: float = 5.0) -> None:
        def credential() -> S3Credential:
            return {
                "access_key_id": account.access_key_id,
                "secret_access_key": account.access_key_secret,
                "token": None,
                "expires_at": None,
            }

        self._bucket = Bucket(
            account.bucket,
            endpoint=account.address,
            aws_endpoint_url_s3=account.address,
            region=account.region,
            virtual_hosted_style_request=account.by_host,
            disable_bulk_delete=True,
            skip_signature=False,
            unsigned_payload=False,
            credential_provider=credential,
            client_options={
                "allow_http": account.endpoint.startswith("http://"),
                "timeout": timedelta(seconds=timeout_seconds),
                "connect_timeout": timedelta(seconds=min(2.0, timeout_seconds)),
            },
            retry_config={
                "max_retries": TRIES - 1,
                "retry_timeout": timedelta(seconds=10),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=100),
                    "max_backoff": timedelta(seconds=1),
                    "base": 2,
                },
            },
        )

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        """Keep bytes with their content type."""
        putting = obstore.put_async(
            self._bucket,
            checked(key),
            data,
            attributes={"Content-Type": content_type},
            use_multipart=False,
        )
        try:
            await _asked(putting)
        except FileNotFoundError:
            raise StoreAway("NotFound") from None

    async def get(self, key: str) -> bytes | None:
        """The bytes, or None."""
        try:
            return await _asked(self._read(checked(key)))
        except FileNotFoundError:
            return None

    async def delete(self, key: str) -> None:
        """Forget the bytes."""
        try:
            await _asked(obstore.delete_async(self._bucket, checked(key)))
        except FileNotFoundError:
            return

    async def close(self) -> None:
        """Nothing to do: the connections end with the object."""

    async def _read(self, key: str) -> bytes:
        found = await obstore.get_async(self._bucket, key)
        return bytes(await found.bytes_async())


async def _asked(answer: Awaitable[T]) -> T:
    """The answer; FileNotFoundError when the bucket is there and the key is not, StoreAway for all else."""
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            return await answer
    except FileNotFoundError as missing:
        if "NoSuchBucket" in str(missing):
            raise StoreAway("NoSuchBucket") from None
        raise
    except (BaseError, OSError, TimeoutError) as fault:
        raise StoreAway(type(fault).__name__) from None
