"""Campaigns: their life as one table, what may be written into them, when they begin, and when they stop themselves.

DRAFT → APPROVED (by a second administrator) → SCHEDULED → SENDING ⇄ PAUSED → SENT; CANCELLED from any state but SENT
(PRODUCT.md §11).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from mobile_gateway.rules import catalogue, quiet_hours
from mobile_gateway.rules.catalogue import Reader, unfit
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CampaignState

APP_SCHEME: Final = "smartedu"
HOSTS: Final = ("smartedu.cn",)
"""Where links of campaigns lead: the app, and by https these hosts with what is below them."""

PAYLOAD_BYTES: Final = 4096
LONGEST_LINK: Final = 300
LONGEST_REASON: Final = 60

PROBE: Final = 100
"""So many deliveries go first; when each of them fails for a reason of ours the campaign pauses itself."""

RAMP_SECONDS: Final = 60.0
"""Pushes of a chunk are spread over this long: the rate grows for a minute before it is full."""

WORTH_SENDING: Final = timedelta(hours=24)
"""For so long a push may wait while its campaign is SENDING; then it is news no more."""

LONGEST_NIGHT: Final = timedelta(hours=10)
"""So much later than it is written a push is due at the latest: quiet hours and the morning's spread."""

PAYLOAD, CREDENTIALS = "PAYLOAD", "CREDENTIALS"
"""Reasons for which a campaign pauses itself."""

MENDED_BY_PEOPLE: Final = ("AUTH_BROKEN:IOS", "AUTH_BROKEN:PROJECT", "PROJECT_WRONG")
"""Outcomes that put a delivery back and count as tried: another try alone mends nothing."""

SAY_NOTHING: Final = ("RETRY", "THROTTLED", "MAYBE_SENT")
"""Outcomes that prove neither that the way is good nor that it is bad."""

_APP_LINK = re.compile(rf"{APP_SCHEME}://[A-Za-z0-9._~/?#@!$&()*+,;=:%-]+")
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_QUARTER: Final = timedelta(minutes=15)
_JUST_NOW: Final = timedelta(minutes=1)
_CLEAR: Final = timedelta(seconds=90)
_LATEST: Final = timedelta(seconds=240)


class CampaignStep(StrEnum):
    """What happens to a campaign: BEGIN and FINISH by a worker, PAUSE by both, the others by administrators."""

    EDIT = "EDIT"
    APPROVE = "APPROVE"
    SCHEDULE = "SCHEDULE"
    BEGIN = "BEGIN"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    FINISH = "FINISH"
    CANCEL = "CANCEL"


_S = CampaignState
STEPS: Final[Mapping[tuple[CampaignState, CampaignStep], CampaignState]] = MappingProxyType(
    {
        (_S.DRAFT, CampaignStep.EDIT): _S.DRAFT,
        (_S.APPROVED, CampaignStep.EDIT): _S.DRAFT,
        (_S.SCHEDULED, CampaignStep.EDIT): _S.DRAFT,
        (_S.DRAFT, CampaignStep.APPROVE): _S.APPROVED,
        (_S.APPROVED, CampaignStep.SCHEDULE): _S.SCHEDULED,
        (_S.SCHEDULED, CampaignStep.SCHEDULE): _S.SCHEDULED,
        (_S.SCHEDULED, CampaignStep.BEGIN): _S.SENDING,
        (_S.SENDING, CampaignStep.PAUSE): _S.PAUSED,
        (_S.PAUSED, CampaignStep.RESUME): _S.SENDING,
        (_S.SENDING, CampaignStep.FINISH): _S.SENT,
        (_S.DRAFT, CampaignStep.CANCEL): _S.CANCELLED,
        (_S.APPROVED, CampaignStep.CANCEL): _S.CANCELLED,
        (_S.SCHEDULED, CampaignStep.CANCEL): _S.CANCELLED,
        (_S.SENDING, CampaignStep.CANCEL): _S.CANCELLED,
        (_S.PAUSED, CampaignStep.CANCEL): _S.CANCELLED,
    }
)
"""Every step that can be taken, and where it leads."""

_TWICE_IS_ONCE: Final = MappingProxyType(
    {
        CampaignStep.APPROVE: _S.APPROVED,
        CampaignStep.PAUSE: _S.PAUSED,
        CampaignStep.RESUME: _S.SENDING,
        CampaignStep.CANCEL: _S.CANCELLED,
    }
)
BY_ADMINISTRATORS: Final = tuple(
    step for step in CampaignStep if step not in {CampaignStep.BEGIN, CampaignStep.FINISH}
)


def after(state: CampaignState, step: CampaignStep) -> CampaignState | Refusal:
    """The state that a step leads to; one that was taken already leaves it where it is: twice is once.

    Refusals: CAMPAIGN_STEP_IMPOSSIBLE.
    """
    reached = STEPS.get((state, step))
    if reached is not None:
        return reached
    if state is _TWICE_IS_ONCE.get(step):
        return state
    return Refusal(RefusalCode.CAMPAIGN_STEP_IMPOSSIBLE, ("campaignId",), {"state": state.value})


def _link(text: str, field: str) -> str | Refusal:
    if len(text) <= LONGEST_LINK and (_APP_LINK.fullmatch(text) or _leads_home(text)):
        return text
    return unfit(field, f"{field}: {APP_SCHEME}://… / https://*.{HOSTS[0]}/…")


def _leads_home(text: str) -> bool:
    if isinstance(catalogue.address(text, ""), Refusal):
        return False
    host = (urlsplit(text).hostname or "").lower()
    return any(host == one or host.endswith(f".{one}") for one in HOSTS)


CAMPAIGN: Final[Mapping[str, Reader]] = MappingProxyType(
    {
        "title": catalogue.title(60),
        "title_en": catalogue.title(120),
        "body": catalogue.title(300),
        "body_en": catalogue.title(600),
        "deep_link": _link,
    }
)
"""How each text of an input is read."""


def texts(given: Mapping[str, Any]) -> dict[str, Any] | Refusal:
    """A campaign's texts as far as they were given."""
    return catalogue.read(given, CAMPAIGN)


def payload_bytes(row: Mapping[str, Any]) -> int:
    """The larger of the two languages' payloads, in bytes of UTF-8, with room for what every message carries."""
    return (
        max(
            len(
                json.dumps(
                    [row[f"title{end}"], row[f"body{end}"], row["deep_link"]], ensure_ascii=False
                ).encode()
            )
            for end in ("", "_en")
        )
        + len('{"notification":{"title":,"body":},"data":{"notificationId":"n9223372036854775807",')
        + len('"kind":"CAMPAIGN","class":"MARKETING","deepLink":}}')
    )


def fits(row: Mapping[str, Any]) -> Refusal | None:
    """Whether each language's payload is one that providers take."""
    if payload_bytes(row) > PAYLOAD_BYTES:
        return unfit("body", f"payload: ≤ {PAYLOAD_BYTES}")
    return None


def may_approve(actor: int, created_by: int, *, has_edited: bool) -> Refusal | None:
    """Whether an administrator approves what others wrote: neither its creator nor who ever edited it."""
    return Refusal(RefusalCode.CAMPAIGN_SECOND_ADMIN) if actor == created_by or has_edited else None


def to_come(asked: datetime, now: datetime, field: str) -> datetime | Refusal:
    """A moment that is not over by more than a minute. Refusals: BAD_USER_INPUT, CAMPAIGN_START_PAST."""
    read = catalogue.moment(asked, field)
    if isinstance(read, Refusal) or asked >= now - _JUST_NOW:
        return read
    return Refusal(RefusalCode.CAMPAIGN_START_PAST, (field,))


def agreed(planned: datetime | None, asked: datetime | None, now: datetime) -> datetime | Refusal:
    """When to schedule a campaign for: as was approved with it, or as asked where nothing was planned.

    Refusals: CAMPAIGN_PLAN_PAST; CAMPAIGN_START_APPROVED for another moment than the approved one;
    CAMPAIGN_START_NEEDED where there is none at all; BAD_USER_INPUT.
    """
    if planned is None:
        return Refusal(RefusalCode.CAMPAIGN_START_NEEDED, ("startsAt",)) if asked is None else asked
    past = plan_past(planned, now)
    if past is not None or asked is None:
        return past or planned
    read = catalogue.moment(asked, "startsAt")
    if isinstance(read, Refusal) or planned == read:
        return read
    return Refusal(RefusalCode.CAMPAIGN_START_APPROVED, ("startsAt",), _told(planned))


def plan_past(planned: datetime | None, now: datetime) -> Refusal | None:
    """CAMPAIGN_PLAN_PAST for a plan that is over."""
    if planned is None or planned >= now - _JUST_NOW:
        return None
    return Refusal(RefusalCode.CAMPAIGN_PLAN_PAST, (), _told(planned))


def _told(planned: datetime) -> dict[str, str]:
    return {"plannedFor": f"{planned.astimezone(_ZONE):%Y-%m-%d %H:%M:%S}"}


def starts(asked: datetime, now: datetime, jitter: float) -> datetime | Refusal:
    """When a campaign really begins, in Beijing's zone: as asked, or 90 to 240 s after a quarter hour that is near.

    Everybody's jobs begin at quarter hours. Who asked for the evening or the day gets it: not moved over 22:00 or
    midnight, but to 90 to 240 s before, as far as that is to come. A moment of the last minute counts as now. `jitter`
    is in [0, 1).
    Refusals: BAD_USER_INPUT, CAMPAIGN_START_PAST.
    """
    read = to_come(asked, now, "startsAt")
    if isinstance(read, Refusal):
        return read
    at, now = max(asked, now).astimezone(_ZONE), now.astimezone(_ZONE)
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    if _CLEAR <= past <= _QUARTER - _CLEAR:
        return at
    quarter = at - past + (_QUARTER if past > _CLEAR else timedelta())
    moved = _CLEAR + (_LATEST - _CLEAR) * jitter
    if quarter > at and quarter.time() in {quiet_hours.BEGIN, time()} and now <= quarter - _CLEAR:
        return max(quarter - moved, now)
    return quarter + moved


def of_ours(outcome: str) -> str | None:
    """Whether an outcome is a fault of ours: PAYLOAD or CREDENTIALS; None when it is not."""
    word = outcome.removeprefix("MAYBE_SENT:").partition(":")[0]
    if word in {"PAYLOAD_BAD", "PAYLOAD"}:
        return PAYLOAD
    return CREDENTIALS if word in {"AUTH_BROKEN", "PROJECT_WRONG"} else None


def judged(tried: Sequence[str], *, whole: bool) -> str | bool:
    """What the deliveries tried first say: the reason to pause for, True that they prove the way, False to wait.

    `tried` are outcomes of deliveries that are SENT or FAILED, or put back until people mend something. An
    answer that was no fault of ours proves the way; that a provider was busy, or cut off, says nothing. `whole`:
    there will be no others. All of the first 100 (or of all) that say something must have failed by a fault of ours.
    """
    telling = [outcome for outcome in tried if outcome not in SAY_NOTHING]
    reasons = [of_ours(outcome) for outcome in telling]
    if any(reason is None for reason in reasons):
        return True
    if len(reasons) < PROBE and not (whole and reasons):
        return False
    return CREDENTIALS if CREDENTIALS in reasons else PAYLOAD
