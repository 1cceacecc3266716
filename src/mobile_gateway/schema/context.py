"""What a resolver can reach: the viewer, the clocks, and the rooms below. `web` fills it, one a request."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import strawberry

from mobile_gateway.actions.locks import Actor
from mobile_gateway.jobs import Jobs
from mobile_gateway.live import Listener, Live
from mobile_gateway.models.database import Database
from mobile_gateway.quotas import Quotas
from mobile_gateway.reads import people, progress
from mobile_gateway.reads.campaign_counts import Counts
from mobile_gateway.reads.catalogue import Catalogue
from mobile_gateway.reads.people import Me
from mobile_gateway.reads.progress import TopicProgress
from mobile_gateway.rules import changes
from mobile_gateway.rules.quotas import LOOKUPS, LOOKUPS_OF_A_PERSON, Quota
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.schema.answers import Refused
from mobile_gateway.seals import Keyring

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, as the access token says; a write looks at the person's row again."""

    person_id: int
    session_id: UUID
    identity: Identity
    wipe_epoch: int
    client_kind: ClientKind
    strong_at: datetime | None = None
    expires_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """Who acts, as actions want to know it."""
        return Actor(self.person_id, self.wipe_epoch, self.session_id)


def _as_it_is(_: "Context") -> None:
    """Renews nothing: a request is answered from one moment."""


def _never() -> bool:
    """Once looked is enough."""
    return False


@dataclass(slots=True)
class Context:
    """One request's context. `now` is the domain's clock, `real_now` the real one; both are read once.

    `public_url` is where people reach the gateway, without a final slash. A subscription has one context, which is
    renewed for each of its events: `renew` brings clocks and catalogue up to date.
    """

    viewer: Viewer | None
    locale: str
    network: str
    now: datetime
    real_now: datetime
    database: Database
    jobs: Jobs
    keyring: Keyring
    catalogue: Catalogue
    quotas: Quotas
    public_url: str = ""
    live: Live = field(default_factory=Live)
    counts: Counts = field(default_factory=Counts)
    renew: Callable[["Context"], None] = _as_it_is
    _reads: dict[Hashable, asyncio.Future[Any]] = field(default_factory=dict)
    _progress: dict[int, TopicProgress] | None = None
    _listener: Listener | None = None

    async def once(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` answers, read once a request however many fields ask for it under `key`."""
        waiting = self._reads.get(key)
        if waiting is None:
            waiting = asyncio.ensure_future(read())
            self._reads[key] = waiting
        found: T = await waiting
        return found

    def forget(self, key: Hashable) -> None:
        """Read anew what a write of this request may have changed."""
        self._reads.pop(key, None)

    async def changes_of(
        self, *names: str, slowly: Collection[str] = (), again: Callable[[], bool] = _never
    ) -> AsyncGenerator[None, None]:
        """A turn now, and one whenever something named may have changed, with everything read anew.

        What is named in `slowly` gives one every two seconds at most. Where `again` says so behind a turn, another
        one follows as slowly. The end of a sign-in of the viewer counts too: what is read then is refused. Ends
        with the process.
        """
        names = (*names, changes.sign_ins(self.signed_in().person_id))
        with self.live.listening(*names, slowly=slowly) as listener:
            self._listener = listener
            yield
            if again():
                listener.wake_slowly()
            async for _ in listener:
                self._reads.clear()
                self._progress = None
                self.renew(self)
                yield
                if again():
                    listener.wake_slowly()

    def was_read(self, *, well: bool) -> None:
        """What came of a subscription's event: where it could not be read it gets another turn, each time later."""
        if self._listener is not None:
            if well:
                self._listener.succeeded()
            else:
                self._listener.failed()

    def refuse(self, code: RefusalCode, *path: str) -> Refused:
        """An error that tells this viewer, in their language, why a read is not answered."""
        return Refused(Refusal(code, path), self.locale)

    async def within(self, quota: Quota) -> bool:
        """Count one for this request's network; False when the network's quota is used up."""
        return await self.quotas.allow(quota, self.network)

    async def within_own(self, quota: Quota) -> bool:
        """Count one for the viewer, or else for the network; False when the quota is used up."""
        return await self.quotas.allow(quota, str(self.viewer.person_id) if self.viewer else self.network)

    async def count_lookup(self) -> None:
        """Count one lookup, of the viewer or else of the network; raises RATE_LIMITED when there were too many."""
        viewer = self.viewer
        if viewer is not None:
            allowed = await self.quotas.allow(LOOKUPS_OF_A_PERSON, str(viewer.person_id))
        else:
            allowed = await self.within(LOOKUPS)
        if not allowed:
            raise self.refuse(RefusalCode.RATE_LIMITED)

    def signed_in(self) -> Viewer:
        """The viewer; raises UNAUTHENTICATED for an anonymous reader."""
        if self.viewer is None:
            raise self.refuse(RefusalCode.UNAUTHENTICATED)
        return self.viewer

    async def me(self) -> Me | None:
        """The viewer's own person, None when anonymous; raises SESSION_INVALID for a dead sign-in."""
        viewer = self.viewer
        if viewer is None:
            return None

        async def read() -> Me | None:
            async with self.database.connection() as connection:
                return await people.me(connection, viewer.person_id, viewer.session_id)

        found = await self.once("me", read)
        if found is None or not found.alive:
            raise self.refuse(RefusalCode.SESSION_INVALID)
        return found

    def read_progress(self) -> dict[int, TopicProgress] | None:
        """The viewer's progress by topic, if this request has read it already (anonymous: empty); else None."""
        return {} if self.viewer is None else self._progress

    async def progress(self) -> dict[int, TopicProgress]:
        """The viewer's progress in every published topic, in one statement; empty when anonymous.

        Raises SESSION_INVALID for a dead sign-in.
        """
        viewer, topics = self.viewer, list(self.catalogue.topics.values())
        if viewer is None or not topics:
            return {}

        async def read() -> dict[int, TopicProgress]:
            async with self.database.connection() as connection:
                return await progress.of_topics(connection, viewer.person_id, viewer.session_id, topics)

        found = await self.once("progress", read)
        if len(found) != len(topics) or not all(one.alive for one in found.values()):
            raise self.refuse(RefusalCode.SESSION_INVALID)
        self._progress = found
        return found


Info: TypeAlias = strawberry.Info[Context, None]
