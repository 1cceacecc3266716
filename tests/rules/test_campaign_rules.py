"""Campaigns' life, links, beginnings and the judgement on their first deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.clock import SHANGHAI
from mobile_gateway.push import provider as push
from mobile_gateway.rules import campaigns
from mobile_gateway.rules.campaigns import PROBE, STEPS, CampaignStep
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import CampaignState

MOMENTS = st.timedeltas(timedelta(), timedelta(days=700)).map(
    lambda span: datetime(2024, 1, 1, tzinfo=SHANGHAI) + span
)
JITTERS = st.floats(0, 1, exclude_max=True)
OVER = {CampaignState.SENT, CampaignState.CANCELLED}


def test_nothing_leads_out_of_what_is_over_and_everything_leads_there() -> None:
    assert not {state for state, _ in STEPS} & OVER
    for state in {*CampaignState} - OVER:
        assert STEPS[state, CampaignStep.CANCEL] is CampaignState.CANCELLED
    assert {reached for (_, step), reached in STEPS.items() if step is CampaignStep.APPROVE} == {
        CampaignState.APPROVED
    }
    assert [state for state, step in STEPS if step is CampaignStep.BEGIN] == [CampaignState.SCHEDULED]


@pytest.mark.parametrize("state", CampaignState)
@pytest.mark.parametrize("step", CampaignStep)
def test_a_step_is_in_the_table_or_was_taken_already_or_is_refused(
    state: CampaignState, step: CampaignStep
) -> None:
    reached = campaigns.after(state, step)
    if (state, step) in STEPS:
        assert reached is STEPS[state, step]
    elif isinstance(reached, Refusal):
        assert reached.code is RefusalCode.CAMPAIGN_STEP_IMPOSSIBLE
    else:
        assert reached is state
        assert state in {to for (_, one), to in STEPS.items() if one is step}


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=400)), JITTERS)
def test_a_campaign_begins_off_the_quarter_hours_and_on_the_evening_that_was_asked_for(
    now: datetime, wait: timedelta, jitter: float
) -> None:
    begins = campaigns.starts(now + wait, now, jitter)
    assert isinstance(begins, datetime)
    moved = begins - (now + wait)
    assert abs(moved) <= timedelta(seconds=90 + 240)
    assert begins >= now
    stays = {begins.date(), (now + wait).date()} == {begins.date()} and (begins.hour >= 22) == (
        (now + wait).hour >= 22
    )
    assert stays or wait < timedelta(seconds=90), "moved over 22:00 or midnight with time to begin before"
    assert moved >= timedelta() or (now + wait + timedelta(seconds=90)).hour in {22, 0}
    past = timedelta(minutes=begins.minute % 15, seconds=begins.second, microseconds=begins.microsecond)
    assert timedelta(seconds=90) <= past <= timedelta(minutes=15) - timedelta(seconds=90)


@given(MOMENTS, st.timedeltas(timedelta(seconds=61), timedelta(days=400)), JITTERS)
def test_a_campaign_never_begins_in_the_past(now: datetime, ago: timedelta, jitter: float) -> None:
    refused = campaigns.starts(now - ago, now, jitter)
    assert isinstance(refused, Refusal)
    begins = campaigns.starts(now - timedelta(seconds=59), now, jitter)
    assert isinstance(begins, datetime)
    assert begins >= now


@given(st.text("长𠮷", min_size=1, max_size=60), st.text('\\\\"x𠮷', min_size=1, max_size=600))
def test_what_the_columns_hold_fits_a_payload(title: str, body: str) -> None:
    link = "smartedu://" + "x" * 289
    row = {"title": title, "title_en": title, "body": body[:300], "body_en": body, "deep_link": link}
    assert campaigns.payload_bytes(row) <= campaigns.PAYLOAD_BYTES
    assert campaigns.fits(row) is None
    assert campaigns.fits({**row, "body": "长" * 1400}) is not None


def test_the_first_hundred_must_all_fail_by_our_fault() -> None:
    bad, broken = "PAYLOAD_BAD:INVALID", "AUTH_BROKEN:IOS"
    assert campaigns.judged([bad] * PROBE, whole=False) == campaigns.PAYLOAD
    assert campaigns.judged([bad] * (PROBE - 1) + [broken], whole=False) == campaigns.CREDENTIALS
    assert campaigns.judged([bad] * (PROBE - 1), whole=False) is False
    assert campaigns.judged([bad] * (PROBE - 1), whole=True) == campaigns.PAYLOAD
    assert campaigns.judged([bad] * PROBE + ["ACCEPTED"], whole=False) is True
    assert campaigns.judged(["TOKEN_DEAD"], whole=False) is True
    assert campaigns.judged([], whole=True) is False


@pytest.mark.parametrize("nothing", campaigns.SAY_NOTHING)
def test_who_is_busy_or_cut_off_says_nothing_about_the_way(nothing: str) -> None:
    bad = "PAYLOAD_BAD:INVALID"
    assert campaigns.judged([nothing] * PROBE, whole=True) is False
    assert campaigns.judged([nothing] + [bad] * (PROBE - 1), whole=False) is False
    assert campaigns.judged([nothing] + [bad] * PROBE, whole=False) == campaigns.PAYLOAD
    assert campaigns.judged([nothing, "ACCEPTED"], whole=False) is True


def test_whatever_halts_a_lane_until_people_mend_it_counts_as_tried() -> None:
    halting = {f"AUTH_BROKEN:{scope}" for scope in push.Scope} | {"PROJECT_WRONG"}
    assert {*campaigns.MENDED_BY_PEOPLE} == halting
    assert all(campaigns.of_ours(one) == campaigns.CREDENTIALS for one in halting)


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [
        ("PAYLOAD_BAD:the payload has 5000 bytes", campaigns.PAYLOAD),
        ("MAYBE_SENT:PAYLOAD_BAD:X", campaigns.PAYLOAD),
        ("PROJECT_WRONG", campaigns.CREDENTIALS),
        ("AUTH_BROKEN:PROJECT", campaigns.CREDENTIALS),
        ("THROTTLED", None),
        ("TOKEN_DEAD", None),
        ("MAYBE_SENT", None),
    ],
)
def test_what_is_a_fault_of_ours(outcome: str, fault: str | None) -> None:
    assert campaigns.of_ours(outcome) == fault


@pytest.mark.parametrize(
    ("asked", "earliest", "latest"),
    [
        ("2024-08-20T21:58:31+08:00", "2024-08-20T21:56:00+08:00", "2024-08-20T21:58:30+08:00"),
        ("2024-08-20T13:59:59+00:00", "2024-08-20T21:56:00+08:00", "2024-08-20T21:58:30+08:00"),
        ("2024-08-20T23:59:00+08:00", "2024-08-20T23:56:00+08:00", "2024-08-20T23:58:30+08:00"),
        ("2024-08-20T22:00:10+08:00", "2024-08-20T22:01:30+08:00", "2024-08-20T22:04:00+08:00"),
        ("2024-08-20T10:00:00+00:05", "2024-08-20T17:55:00+08:00", "2024-08-20T17:55:00+08:00"),
        ("2024-08-20T09:55:00+00:10", "2024-08-20T17:46:30+08:00", "2024-08-20T17:49:00+08:00"),
    ],
)
def test_where_a_start_is_moved_to(asked: str, earliest: str, latest: str) -> None:
    moment = datetime.fromisoformat(asked)
    for jitter in (0, 0.5, 0.999):
        begins = campaigns.starts(moment, moment - timedelta(hours=1), jitter)
        assert isinstance(begins, datetime)
        assert datetime.fromisoformat(earliest) <= begins <= datetime.fromisoformat(latest)


def test_what_begins_at_once_right_before_the_night_is_not_moved_into_the_past() -> None:
    now = datetime.fromisoformat("2024-08-20T21:59:00+08:00")
    begins = campaigns.starts(now, now, 0)
    assert begins == datetime.fromisoformat("2024-08-20T22:01:30+08:00")
