"""Certificates: drawing documents and previews, making edited ones anew, and the night on which they open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta

from mobile_gateway import metrics, seals
from mobile_gateway.actions import opening, reissuing, rendering
from mobile_gateway.actions.reissuing import Reissue
from mobile_gateway.actions.rendering import Document, Picture
from mobile_gateway.boot import Resources
from mobile_gateway.clock import SHANGHAI, DomainClock, real
from mobile_gateway.documents import certificate as paper
from mobile_gateway.documents import glyphs
from mobile_gateway.documents.certificate import Printed
from mobile_gateway.documents.store import StoreAway
from mobile_gateway.logs import logger
from mobile_gateway.messages import certificates as messages
from mobile_gateway.models.database import DatabaseAway
from mobile_gateway.reads import due
from mobile_gateway.reads.certificate_files import PDF, PNG
from mobile_gateway.rules import serials
from mobile_gateway.rules.certificates import Snapshot

BATCH = 4
LOOK_SECONDS = 2.0
AWAY_SECONDS = 10.0
AGAIN_SECONDS = 60.0
REISSUES = 200
CHUNKS_A_SWEEP = 20
"""A sweep walks so many chunks of an opening, then looks at other work."""

SAID_EVERY = 100_000


async def render(resources: Resources) -> bool:
    """Draw a few documents and pictures that are due; whether more may be. A store that is away: StoreAway.

    A handful at a time: what is claimed is drawn well within its lease, and several workers share the rest.
    """
    now = real()
    pictures = await rendering.claim_pictures(resources.database, most=BATCH, now=now)
    for picture in pictures:
        await _each("picture", _draw(resources, picture), _picture_failed(resources, picture))
    documents = await rendering.claim_documents(resources.database, most=BATCH, now=now)
    for place, document in enumerate(documents):
        try:
            await _each("document", _store(resources, document), _document_failed(resources, document))
        except StoreAway:
            later = real() + timedelta(seconds=AWAY_SECONDS)
            await rendering.documents_given_back(resources.database, documents[place:], later)
            raise
    return max(len(pictures), len(documents)) == BATCH


class Drawing:
    """Draws what is due, in one loop a process, beside all other work. A nudge wakes it; it looks by itself too."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._wanted = asyncio.Event()

    async def wake(self) -> None:
        """There may be something to draw."""
        self._wanted.set()

    async def keep(self, stop: asyncio.Event) -> None:
        """Draw until told to stop. While the store or the database is away it waits and tries again."""
        while not stop.is_set():
            self._wanted.clear()
            wait = LOOK_SECONDS
            try:
                if await render(self._resources):
                    continue
            except (DatabaseAway, StoreAway) as why:
                logger.warning("drawing_waits", why=type(why).__name__)
                wait = AWAY_SECONDS
            except Exception:  # noqa: BLE001 - it outlives every fault; it is logged and the next look comes
                logger.exception("drawing_failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), wait)


async def reissue(resources: Resources) -> int:
    """Make anew what may be; answers how many were issued. One that fails is tried at the next sweep."""
    now = resources.clock.now()
    async with resources.database.connection() as connection:
        metrics.reissues_overdue.set(await due.overdue_reissues(connection, now))
        ready = await due.reissues(connection, now, REISSUES)
    issued = 0
    for person_id, certificate_id in ready:
        try:
            done = await reissuing.reissue(
                resources.database,
                resources.keyring,
                person_id=person_id,
                certificate_id=certificate_id,
                lacking=glyphs.lacking,
                now=now,
            )
        except DatabaseAway:
            raise
        except Exception:  # noqa: BLE001 - one bad item is one bad item; the next sweep sees it again
            logger.exception("reissue_failed", person=person_id, certificate=certificate_id)
            metrics.reissues.labels("failed").inc()
            later = now + timedelta(seconds=AGAIN_SECONDS)
            await reissuing.put_off(
                resources.database, person_id=person_id, certificate_id=certificate_id, until=later
            )
            continue
        metrics.reissues.labels(done.lower()).inc()
        issued += done is Reissue.REISSUED
        if done is Reissue.UNPRINTABLE:
            logger.error("reissue_unprintable", person=person_id, certificate=certificate_id)
    if issued:
        await resources.jobs.render_certificates()
        await resources.jobs.deliver()
    return issued


async def open_claims(resources: Resources) -> bool:
    """Go on with the nights on which certificates open; whether there is more to do at once."""
    real_now = real()
    clock = resources.clock
    await opening.begin(resources.database, now=clock.at(real_now), real_now=real_now)
    push_from, spread = pushes_from(clock, real_now)
    for _ in range(CHUNKS_A_SWEEP):
        walked = await opening.walk(
            resources.database, real_now=real_now, push_from=push_from, spread_seconds=spread
        )
        if walked is None:
            return False
        metrics.opening_looked_at.labels(str(walked.topic_id)).set(walked.looked_at)
        metrics.opening_told.labels(str(walked.topic_id)).set(walked.told)
        if walked.finished or walked.looked_at % SAID_EVERY < opening.CHUNK:
            logger.info(
                "certificates_opening",
                topic=walked.topic_id,
                round=walked.round,
                looked_at=walked.looked_at,
                told=walked.told,
                finished=walked.finished,
            )
    return True


def pushes_from(clock: DomainClock, real_now: datetime) -> tuple[datetime, float]:
    """From when on, by the real clock, an opening's pushes may go out, and over how many seconds."""
    now = clock.at(real_now)
    morning = datetime.combine(now.date(), time(opening.PUSH_HOUR), SHANGHAI)
    wait = max(morning - now, timedelta())
    return real_now + wait / clock.speed, opening.SPREAD_SECONDS / clock.speed


def printed(snapshot: Snapshot, resources: Resources, *, of: Document | None, masked: bool) -> Printed:
    """A snapshot as it is drawn; of no document it is a preview, which has neither serial nor QR code."""
    holder = snapshot.holder
    serial = of.serial if of else ""
    public = resources.settings.public_url.rstrip("/")
    return Printed(
        name=holder.name,
        document_label=messages.document_label(holder.document_type),
        document_number=holder.document_number,
        school=holder.school_name or "",
        topic=snapshot.topic,
        learned_from=snapshot.learned_from,
        learned_to=snapshot.learned_to,
        credits=snapshot.credits,
        serial=serial,
        issued_on=of.issued_on if of else resources.clock.now().date(),
        check_url=f"{public}/certificates/check?serial={serials.shown(serial)}" if serial else "",
        masked=masked,
    )


async def _store(resources: Resources, one: Document) -> None:
    """The document and its masked picture, sealed: nobody reads personal data from the store alone."""
    snapshot = one.snapshot(resources.keyring)
    whole = printed(snapshot, resources, of=one, masked=False)
    masked = printed(snapshot.masked(), resources, of=one, masked=True)
    pdf, png = await asyncio.to_thread(paper.pdf, whole), await asyncio.to_thread(paper.png, masked)
    for file, data in ((PNG, png), (PDF, pdf)):
        sealed = seals.seal(resources.keyring, data, column=file.column, owner=one.serial)
        await resources.store.put(file.key(one.serial), sealed, "application/octet-stream")
    await rendering.document_stored(resources.database, one, PDF.key(one.serial))


async def _draw(resources: Resources, one: Picture) -> None:
    preview = printed(one.snapshot, resources, of=None, masked=True)
    picture = await asyncio.to_thread(paper.png, preview)
    await rendering.picture_drawn(resources.database, one, picture)


def _document_failed(resources: Resources, one: Document) -> Callable[[], Awaitable[None]]:
    return lambda: rendering.document_failed(resources.database, one, real())


def _picture_failed(resources: Resources, one: Picture) -> Callable[[], Awaitable[None]]:
    return lambda: rendering.picture_failed(resources.database, one, real())


async def _each(what: str, work: Awaitable[None], failed: Callable[[], Awaitable[None]]) -> None:
    """Draw one; what fails is one that fails, and is due again later."""
    try:
        await work
    except (DatabaseAway, StoreAway):
        raise
    except Exception:  # noqa: BLE001 - one bad item is one bad item
        logger.exception("render_failed", what=what)
        metrics.rendered.labels(what, "failed").inc()
        await failed()
    else:
        metrics.rendered.labels(what, "done").inc()
