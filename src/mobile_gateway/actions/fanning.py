"""A campaign on its way: begun when it is due, walked over its audience, judged by its first deliveries, finished.

The walk goes by the people's key, a stretch a transaction, and the place, the counters, the inbox rows and the
deliveries of a stretch are written together, in one statement: a crash or a second worker leaves nobody out and tells
nobody twice, and no worker holds a list of people. The campaign's row is held by who walks, pauses or cancels, so a
pause comes before or after a stretch. Until the first deliveries have proved the way no more than those are written by
day; by night all are, for the inbox, and the claims of the morning hold the others back (`actions.marketing`).

Behind each commit who looks on is told: the people of a stretch that their inbox changed, a stretch's number of names
at most, and the administrators how far the campaign is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from mobile_gateway import transactions
from mobile_gateway.actions import campaign_rows, campaigns
from mobile_gateway.models.database import Database
from mobile_gateway.reads import audience
from mobile_gateway.rules import campaigns as rules
from mobile_gateway.rules import changes, segments
from mobile_gateway.rules.words import CampaignState, PushProviderName

STRETCH: Final = 5_000
"""People looked at in one transaction."""

STRETCH_SECONDS: Final = 10
"""A stretch that takes longer is given up, and tried again by the next look."""

DROPPED_AT_ONCE: Final = 20_000

_BEGIN = """
UPDATE campaign SET state = 'SENDING', begun_at = $1, sending_since = $2
 WHERE state = 'SCHEDULED' AND starts_at <= $1 RETURNING id
"""

_UNDER_WAY = """
SELECT id, state, sending_since FROM campaign
 WHERE finished_at IS NULL AND state IN ('SENDING', 'CANCELLED') ORDER BY id
"""

_HOLD = "SELECT * FROM campaign WHERE id = $1 AND state = $2 FOR NO KEY UPDATE SKIP LOCKED"

# The first by an index, for each state: a guess at how many there are can lead nowhere else (the table has millions).
_FIRST = """
(SELECT id FROM delivery WHERE campaign_id = $1 AND state = '{state}'{also}
  ORDER BY outcome, person_id, id LIMIT 1) IS NOT NULL
"""
UNSETTLED: Final = f"SELECT {_FIRST.format(state='DUE', also='')} OR {_FIRST.format(state='LEASED', also='')}"

# A plan for each stretch, of look-ups by key: a join that begins where a table begins would be as long as the cursor
# is far. One that takes too long all the same is that campaign's fault, and no sign of a database that is away.
BY_KEY = """
SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_mergejoin = off; SET LOCAL enable_hashjoin = off;
SET LOCAL statement_timeout = '{seconds}s'
"""

# Each person is looked up by the stretch's key, whatever the planner thinks of the segment: OFFSET keeps it from
# beginning with those whom the segment means and looking through the stretch for each.
_EXPAND = """
WITH stretch AS MATERIALIZED (
  SELECT id FROM ({source}) x WHERE id > $2 ORDER BY id LIMIT {stretch}
), item AS (
  INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)
  SELECT p.id, 'CAMPAIGN', $3, 'MARKETING', $4::jsonb, $5
    FROM stretch CROSS JOIN LATERAL (
      SELECT p.id FROM person p WHERE p.id = stretch.id AND {predicate} OFFSET 0) p
   ORDER BY p.id
  ON CONFLICT (person_id, kind, subject) DO NOTHING
  RETURNING id, person_id
), wanted AS MATERIALIZED (
  SELECT i.id, i.person_id, EXISTS (SELECT FROM notification_preference n
          WHERE n.person_id = i.person_id AND n.kind = 'CAMPAIGN' AND NOT n.push) AS out FROM item i
), sent AS (
  INSERT INTO delivery (person_id, inbox_item_id, device_id, provider, platform, campaign_id, message_class, state,
                        due_at)
  SELECT w.person_id, w.id, d.id, d.provider, d.platform, $1, 'MARKETING', 'DUE',
         $6::timestamptz + ($7::float8 * row_number() OVER (ORDER BY w.person_id, d.id) / count(*) OVER ())
                         * interval '1 second'
    FROM wanted w JOIN device d ON d.person_id = w.person_id AND d.state = 'ACTIVE' AND d.provider = ANY($8)
   WHERE NOT w.out
   ORDER BY w.person_id, d.id
  ON CONFLICT ON CONSTRAINT delivery_key DO NOTHING
  RETURNING person_id
)
UPDATE campaign c
   SET cursor = coalesce((SELECT max(id) FROM stretch), c.cursor),
       looked_at = c.looked_at + (SELECT count(*) FROM stretch),
       people = c.people + (SELECT count(*) FROM wanted),
       opted_out = c.opted_out + (SELECT count(*) FROM wanted WHERE out),
       without_device = c.without_device + (SELECT count(*) FROM wanted WHERE NOT out)
                                         - (SELECT count(DISTINCT person_id) FROM sent),
       deliveries = c.deliveries + (SELECT count(*) FROM sent),
       expanded_at = CASE WHEN EXISTS (SELECT FROM stretch) THEN c.expanded_at ELSE $5 END
 WHERE c.id = $1
RETURNING c.looked_at, c.people, c.deliveries, c.expanded_at IS NOT NULL AS whole,
          (SELECT count(*) FROM sent) AS written, (SELECT coalesce(array_agg(person_id), '{{}}') FROM wanted) AS told
"""

# What was tried in this spell of sending. What only people can mend was put back, with its outcome.
_TRIED = """
(SELECT outcome FROM delivery WHERE campaign_id = $1 AND state = 'DUE' AND outcome = ANY($3) LIMIT 1000)
UNION ALL
(SELECT outcome FROM delivery
  WHERE campaign_id = $1 AND state IN ('SENT', 'FAILED') AND outcome <> ALL($4) AND settled_at >= $2
  LIMIT 1000)
"""
UNTRIED: Final = f"""
SELECT {_FIRST.format(state="LEASED", also="")}
    OR {_FIRST.format(state="DUE", also=" AND outcome IS NULL")}
    OR {_FIRST.format(state="DUE", also=" AND outcome = ANY($2)")}
"""
_PROVEN = "UPDATE campaign SET proven_at = $2 WHERE id = $1"
_PAUSE = "UPDATE campaign SET state = 'PAUSED', pause_reason = $2 WHERE id = $1"
_FINISH = "UPDATE campaign SET state = 'SENT', finished_at = $2 WHERE id = $1"

_DROP = """
WITH queued AS (
  SELECT person_id, id FROM delivery WHERE campaign_id = $1 AND state = 'DUE' LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE delivery d SET state = 'DROPPED', settled_at = $3, outcome = 'CANCELLED'
  FROM queued q WHERE d.person_id = q.person_id AND d.id = q.id
"""
_OVER = "UPDATE campaign SET finished_at = $2 WHERE id = $1"


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A campaign that a worker has something to do for."""

    id: int
    state: CampaignState
    sending_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """Where a campaign's walk stands after a stretch. `written` deliveries are of that stretch."""

    looked_at: int
    people: int
    deliveries: int
    written: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """When a stretch is walked: both clocks, from when on its pushes may go out, and over how many seconds."""

    now: datetime
    real_now: datetime
    push_from: datetime
    ramp_seconds: float

    @property
    def is_quiet(self) -> bool:
        """Whether what is written now waits for the morning."""
        return self.push_from > self.real_now


async def begin(database: Database, *, now: datetime, real_now: datetime) -> list[UnderWay]:
    """Begin what is due by the domain's clock; answers every campaign that is under way. Twice is once."""
    async with database.transaction() as connection:
        begun = await connection.fetch(_BEGIN, now, real_now)
        transactions.tell(*(changes.campaign(row["id"]) for row in begun))
        rows = await connection.fetch(_UNDER_WAY)
    return [UnderWay(row["id"], CampaignState(row["state"]), row["sending_since"]) for row in rows]


async def walk(
    database: Database,
    campaign_id: int,
    moment: Moment,
    carries: Collection[PushProviderName] = tuple(PushProviderName),
) -> Walked | None:
    """Tell the next stretch of people; None when there is nothing to do: walked, not SENDING, held, or not proven.

    In quiet hours nothing is sent, so nothing can be proven: the walk goes on all the same. Only to devices of
    providers that carry a push is written: what nobody sends would neither prove the way nor let the campaign end.
    """
    async with database.transaction() as connection:
        row = await connection.fetchrow(_HOLD, campaign_id, CampaignState.SENDING)
        if row is None or row["expanded_at"] is not None:
            return None
        free = row["proven_at"] is not None or moment.is_quiet
        if (
            not free
            and row["deliveries"] >= rules.PROBE
            and await connection.fetchval(UNSETTLED, campaign_id)
        ):
            return None
        return await _stretch(connection, row, moment, STRETCH if free else rules.PROBE, carries)


async def _stretch(
    connection: asyncpg.Connection,
    row: asyncpg.Record,
    moment: Moment,
    stretch: int,
    carries: Collection[PushProviderName],
) -> Walked:
    await connection.execute(BY_KEY.format(seconds=STRETCH_SECONDS))
    expand, arguments = await expansion(connection, row, moment, stretch, carries)
    done = await connection.fetchrow(expand, *arguments)
    transactions.tell(*(changes.inbox(person_id) for person_id in done["told"]))
    campaign_rows.moved([row["id"]])
    return Walked(done["looked_at"], done["people"], done["deliveries"], done["written"], done["whole"])


async def expansion(
    connection: asyncpg.Connection,
    row: asyncpg.Record,
    moment: Moment,
    stretch: int,
    carries: Collection[PushProviderName] = tuple(PushProviderName),
) -> tuple[str, tuple[Any, ...]]:
    """The statement that tells the next so many people, and its arguments."""
    segment = segments.of(row["segment"])
    whom = await audience.compiled(connection, segment, real_now=moment.real_now, first=9)
    return _EXPAND.format(source=whom.source, predicate=whom.predicate, stretch=stretch), (
        row["id"],
        row["cursor"],
        f"campaign:{row['id']}",
        campaigns.data_of(row),
        moment.now,
        moment.push_from,
        moment.ramp_seconds,
        list(carries),
        *whom.arguments,
    )


async def judge(database: Database, campaign_id: int, *, now: datetime, real_now: datetime) -> CampaignState:
    """Pause a campaign whose first deliveries all failed by a fault of ours; finish one that is sent.

    Answers its state. `now` is the domain's clock, `real_now` the one that deliveries are settled by.
    """
    async with database.transaction() as connection:
        row = await connection.fetchrow(_HOLD, campaign_id, CampaignState.SENDING)
        if row is None:
            return CampaignState.SENDING
        whole = row["expanded_at"] is not None
        if row["proven_at"] is None:
            enough = whole or row["deliveries"] >= rules.PROBE
            untried = await connection.fetchval(UNTRIED, campaign_id, rules.SAY_NOTHING)
            tried = await connection.fetch(
                _TRIED, campaign_id, row["sending_since"], rules.MENDED_BY_PEOPLE, rules.SAY_NOTHING
            )
            verdict = rules.judged([one["outcome"] for one in tried], whole=enough and not untried)
            if isinstance(verdict, str):
                await connection.execute(_PAUSE, campaign_id, verdict)
                transactions.tell(changes.campaign(campaign_id))
                return CampaignState.PAUSED
            if verdict:
                await connection.execute(_PROVEN, campaign_id, real_now)
        if whole and not await connection.fetchval(UNSETTLED, campaign_id):
            await connection.execute(_FINISH, campaign_id, now)
            transactions.tell(changes.campaign(campaign_id))
            return CampaignState.SENT
        return CampaignState.SENDING


async def drop(database: Database, campaign_id: int, *, now: datetime, real_now: datetime) -> int:
    """Drop some of what a CANCELLED campaign has queued; at 0 nothing is left, and it is over."""
    async with database.transaction() as connection:
        row = await connection.fetchrow(_HOLD, campaign_id, CampaignState.CANCELLED)
        if row is None:
            return 0
        said: str = await connection.execute(_DROP, campaign_id, DROPPED_AT_ONCE, real_now)
        dropped = int(said.rsplit(maxsplit=1)[-1])
        if not dropped and not await connection.fetchval(UNSETTLED, campaign_id):
            await connection.execute(_OVER, campaign_id, now)
            transactions.tell(changes.campaign(campaign_id))
        if dropped:
            campaign_rows.moved([campaign_id])
        return dropped
