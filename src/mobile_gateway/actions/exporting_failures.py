"""A campaign's failures as a file: asked for with a second sign-in, fetched once by a signed link, both audited.

As with exports of progress (`actions.exporting`): a link names its asker and sign-in, is good for five minutes and one
download, which the audit log itself tells, and only while the sign-in and the role still stand.
"""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID, uuid4

from mobile_gateway import seals
from mobile_gateway.actions import campaign_rows, locks
from mobile_gateway.actions.campaigns import By
from mobile_gateway.actions.exporting import LINK_LIFE, Link
from mobile_gateway.actions.locks import Actor
from mobile_gateway.models.database import Database
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.staff_words import AuditAct
from mobile_gateway.seals import Keyring, Unreadable

_PURPOSE = "campaign-failures"

_USED = """
SELECT EXISTS (SELECT FROM audit_entry WHERE actor_id = $1 AND act = 'CAMPAIGN_FAILURES_EXPORTED'
   AND at > now() - interval '1 hour' AND data ->> 'link' = $2 AND data ->> 'step' = 'fetched')
"""


async def ask(database: Database, keyring: Keyring, by: By, *, campaign_id: int) -> Link | Refusal:
    """A link to the failures of a campaign. Refusals: SESSION_INVALID, NOT_FOUND, SECOND_SIGN_IN_REQUIRED."""
    async with database.transaction() as connection:
        refused = await campaign_rows.administer(connection, by.actor, by.strong_at, by.real_now)
        found = refused or await campaign_rows.held(connection, campaign_id)
        if isinstance(found, Refusal):
            return found
        number, expires_at = uuid4().hex, by.real_now + LINK_LIFE
        data = {"step": "asked", "link": number}
        act = AuditAct.CAMPAIGN_FAILURES_EXPORTED
        await campaign_rows.tell(connection, by.actor, act, campaign_id, data=data)
        said = {
            "person": by.actor.person_id,
            "epoch": by.actor.wipe_epoch,
            "sign_in": str(by.actor.sign_in_id),
            "link": number,
            "campaign": campaign_id,
        }
        payload = json.dumps(said, separators=(",", ":"))
        return Link(seals.sign_link(keyring, payload, _PURPOSE, expires_at=expires_at), expires_at)


async def begin(database: Database, keyring: Keyring, *, token: str, now: datetime) -> int | None:
    """Use a link up and audit the download; the campaign, or None when the link is not good, used, or not allowed."""
    payload = seals.read_link(keyring, token, _PURPOSE, now)
    if isinstance(payload, Unreadable):
        return None
    said = json.loads(payload)
    actor = Actor(said["person"], said["epoch"], UUID(said["sign_in"]))
    async with database.transaction() as connection:
        grants = await locks.staff(connection, actor)
        if isinstance(grants, Refusal) or not grants.is_platform:
            return None
        if await connection.fetchval(_USED, actor.person_id, said["link"]):
            return None
        data = {"step": "fetched", "link": said["link"]}
        act = AuditAct.CAMPAIGN_FAILURES_EXPORTED
        await campaign_rows.tell(connection, actor, act, said["campaign"], data=data)
        number: int = said["campaign"]
        return number
