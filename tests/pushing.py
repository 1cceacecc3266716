"""What the tests of deliveries share: a scripted provider, people with devices, and something to tell them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.actions import devices, notifying
from mobile_gateway.actions.locks import Actor
from mobile_gateway.clock import real
from mobile_gateway.models.database import Database
from mobile_gateway.push import provider as push
from mobile_gateway.rules.words import NotificationKind, Platform, PushProviderName

READY, OTHER = "+8619900000001", "+8619900000008"
TOPIC = {"topic": "专题", "topic_en": "Topic", "topic_id": "1", "credits": "10.00"}


class Scripted:
    """A provider that answers as told and keeps what it was given."""

    carries = tuple(PushProviderName)

    def __init__(self, answer: Callable[[push.Message], push.Outcome]) -> None:
        self.sent: list[push.Message] = []
        self._answer = answer

    async def send(self, batch: Sequence[push.Message]) -> list[push.Outcome]:
        self.sent += batch
        return [self._answer(message) for message in batch]

    async def close(self) -> None:
        """Nothing is held."""


def accepts(_: push.Message) -> push.Outcome:
    return push.Accepted("p1")


async def tell(gateway: Gateway, phone: str = READY, subject: str = "topic:1") -> None:
    person = await gateway.person(phone)
    event = notifying.Event(NotificationKind.TOPIC_COMPLETED, subject, TOPIC, real())
    async with gateway.database.transaction() as connection:
        await notifying.notify(connection, person, [event])


async def actor(gateway: Gateway, phone: str) -> Actor:
    claims = seals.read_access(gateway.resources.keyring, await gateway.token(phone), real())
    assert isinstance(claims, seals.AccessClaims)
    return Actor(claims.person_id, claims.wipe_epoch, claims.session_id)


async def register(gateway: Gateway, token: str, phone: str = READY, locale: str = "zh-CN") -> int:
    device_id = await devices.register(
        gateway.database,
        actor=await actor(gateway, phone),
        platform=Platform.ANDROID,
        token=token,
        locale=locale,
        app_version=None,
        now=real(),
    )
    assert isinstance(device_id, int)
    return device_id


async def only(gateway: Gateway, token: str = "t1", phone: str = READY) -> int:
    """One device and no other for a person."""
    person = await gateway.person(phone)
    async with gateway.database.transaction() as connection:
        await connection.execute("UPDATE device SET state = 'RETIRED' WHERE person_id = $1", person)
    return await register(gateway, token, phone)


CROWD = """
WITH one AS (
  INSERT INTO person (identity, phone, name) SELECT 'TEACHER', '+86187' || lpad(n::text, 8, '0'), '众'
    FROM generate_series(1, $1::int) n RETURNING id, right(phone, 8)::int AS place
), owned AS (
  INSERT INTO device (person_id, provider, platform, token, token_hash, locale, state)
  SELECT o.id, 'FCM', 'ANDROID', t.token, sha256(t.token::bytea), 'zh-CN', 'ACTIVE'
    FROM one o CROSS JOIN generate_series(1, $2::int) n
   CROSS JOIN LATERAL (SELECT 'crowd-' || o.place || '-' || n AS token) t
  RETURNING id, person_id
), item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT id, 'TOPIC_COMPLETED', 'topic:1', 'SERVICE', $3, now() FROM one RETURNING id, person_id
)
INSERT INTO delivery (person_id, inbox_item_id, device_id, message_class, state, due_at)
SELECT i.person_id, i.id, d.id, 'SERVICE', 'DUE', now() - interval '1 s'
  FROM item i JOIN owned d ON d.person_id = i.person_id
"""


async def crowd(gateway: Gateway, people: int, devices: int = 1) -> None:
    """So many people with so many devices each, `crowd-1` and so on, and a notification due to each device."""
    async with gateway.database.transaction() as connection:
        await connection.execute(CROWD, people, devices, TOPIC)


async def rows(database: Database, what: str = "state, outcome, attempts") -> list[tuple[object, ...]]:
    async with database.connection() as connection:
        return [tuple(row) for row in await connection.fetch(f"SELECT {what} FROM delivery ORDER BY id")]


async def make_due(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("DELETE FROM push_lane")
        await connection.execute("UPDATE delivery SET due_at = now() - interval '1 s' WHERE state = 'DUE'")
