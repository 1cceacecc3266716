"""Opens what a process needs, and closes it in reverse. Refuses a moved clock in production."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from arq.connections import ArqRedis

from mobile_gateway import jobs, metrics
from mobile_gateway.clock import DomainClock, real
from mobile_gateway.documents.store import FileStore, Store
from mobile_gateway.jobs import Jobs
from mobile_gateway.keys import keyring_of
from mobile_gateway.live import Live
from mobile_gateway.logs import logger
from mobile_gateway.models import database as databases
from mobile_gateway.models.database import Database, DatabaseAway
from mobile_gateway.push.pacer import Pacer
from mobile_gateway.quotas import Quotas
from mobile_gateway.reads import catalogue
from mobile_gateway.reads.campaign_counts import Counts
from mobile_gateway.reads.catalogue import Catalogue
from mobile_gateway.reads.push_lanes import Marks
from mobile_gateway.seals import Keyring
from mobile_gateway.settings import BucketAddress, DocumentChoice, Settings, SettingWrong, variable_of

FOLLOW_SECONDS = 1.0
"""How often a process looks whether the catalogue or the clock changed; the promise is 5 s."""

STALE = timedelta(seconds=15)
"""After this long without a look at catalogue and clock a process is not ready."""


@dataclass
class Resources:
    """What a process holds open. `catalogue` and `clock` are replaced whole when they change."""

    settings: Settings
    keyring: Keyring
    database: Database
    queue: ArqRedis
    jobs: Jobs
    store: Store
    catalogue: Catalogue = catalogue.NOT_READ
    clock: DomainClock = field(default_factory=DomainClock)
    followed_at: datetime | None = None
    quotas: Quotas = field(default_factory=Quotas)
    pacer: Pacer = field(default_factory=Pacer)
    live: Live = field(default_factory=Live)
    counts: Counts = field(default_factory=Counts)
    marks: Marks = field(default_factory=Marks)
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def follow_once(self) -> None:
        """Read the catalogue, if its revision changed, and the clock; `SettingWrong` when production's is moved."""
        # One look at a time: one that began earlier must not undo what a later one saw.
        async with self._looking, self.database.connection() as connection:
            clock = await databases.read_clock(connection)
            if await catalogue.revision(connection) != self.catalogue.revision:
                self.catalogue = await catalogue.read(connection)
                metrics.catalogue_age.set(real().timestamp())
                logger.info("catalogue_loaded", revision=self.catalogue.revision)
        if clock.is_moved and not self.settings.is_local:
            raise SettingWrong(
                "the domain's clock is moved, which production refuses: empty table domain_clock"
            )
        self.clock = clock
        self.followed_at = real()
        metrics.ready.set(1)

    async def follow(self) -> None:
        """Keep following until cancelled; a database that is away is tried again.

        A clock that somebody moves under a running production is not followed: it is told, and the process is no
        longer ready until the row is gone.
        """
        while True:
            try:
                await self.follow_once()
            except DatabaseAway:
                metrics.ready.set(0)
                logger.warning("database_away")
            except SettingWrong as why:
                metrics.ready.set(0)
                logger.error("clock_refused", why=str(why))
            except Exception:  # noqa: BLE001 - one bad look is one bad look; a later one may find what it can read
                metrics.ready.set(0)
                logger.exception("follow_failed")
            await asyncio.sleep(FOLLOW_SECONDS)

    async def ready(self) -> bool:
        """Whether the database answers, and catalogue and clock were read within the last seconds."""
        try:
            async with asyncio.timeout(2), self.database.connection() as connection:
                await connection.fetchval("SELECT 1")
        except (DatabaseAway, TimeoutError):
            return False
        return self.followed_at is not None and real() - self.followed_at < STALE

    async def close(self) -> None:
        """Close in reverse."""
        with contextlib.suppress(OSError, TimeoutError):
            await self.live.close()
        with contextlib.suppress(OSError, TimeoutError):
            await self.queue.aclose(close_connection_pool=True)
        with contextlib.suppress(OSError, TimeoutError):
            await self.quotas.close()
        with contextlib.suppress(OSError, TimeoutError):
            await self.pacer.close()
        with contextlib.suppress(OSError, TimeoutError):
            await self.store.close()
        await self.database.close()


def open_store(settings: Settings) -> Store:
    """The store of documents that the settings choose. Opens nothing yet; made inside the process's event loop."""
    if settings.document_store is DocumentChoice.FILES:
        return FileStore(settings.documents)
    from mobile_gateway.documents.s3 import BucketAccount, S3Store  # noqa: PLC0415 - only who has a bucket needs it

    return S3Store(
        BucketAccount(
            endpoint=settings.s3_endpoint,
            bucket=settings.s3_bucket,
            region=settings.s3_region,
            access_key_id=settings.s3_access_key_id,
            access_key_secret=settings.s3_access_key_secret,
            by_host=settings.s3_address is BucketAddress.HOST,
        )
    )


async def open_resources(settings: Settings) -> Resources:
    """Open the database's pool, the queue and the keyring. Starts too while the database is away."""
    for name in ("database_url", "redis_url", "keys"):
        if not getattr(settings, name):
            raise SettingWrong(f"{variable_of(name)} is missing; `mobile-gateway run` brings its own")
    keyring = keyring_of(settings)
    database = await databases.open_database(settings.database_url, connections=settings.database_connections)
    queue = jobs.open_queue(settings.redis_url)
    quotas, live = Quotas(settings.redis_url), Live(settings.redis_url)
    database.on_commit = live.tell
    resources = Resources(
        settings, keyring, database, queue, Jobs(queue), open_store(settings), quotas=quotas, live=live
    )
    try:
        await resources.follow_once()
    except DatabaseAway:
        logger.warning("database_away")
    except SettingWrong:
        await resources.close()
        raise
    return resources
