"""How fast a provider may be sent to: never over its quota, warming up, SERVICE kept room for; and the breaker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import pacing
from mobile_gateway.rules.pacing import Pace
from mobile_gateway.rules.words import MessageClass

QUOTA = 600_000
SERVICE, MARKETING = MessageClass.SERVICE, MessageClass.MARKETING


def sent(
    pace: Pace, since: float, seconds: float, step: float = 0.05
) -> tuple[Pace, list[tuple[float, int]]]:
    """Everything that a greedy sender gets, moment by moment."""
    taken = []
    for turn in range(int(seconds / step)):
        now = since + turn * step
        pace, grant = pacing.take(pace, QUOTA, 100_000, SERVICE, now)
        taken.append((now, grant.permits))
    return pace, taken


def test_any_minute_of_a_greedy_sender_stays_below_the_quota() -> None:
    _, taken = sent(pacing.fresh(0.0, QUOTA), 0.0, 300.0)
    for start in range(0, 240, 5):
        assert sum(n for at, n in taken if start <= at < start + 60) <= QUOTA
    assert sum(n for at, n in taken if 200 <= at < 260) > 0.9 * QUOTA, "and the quota is used"


def test_it_warms_up_over_a_minute() -> None:
    _, taken = sent(pacing.fresh(0.0, QUOTA), 0.0, 90.0)
    by_second = [sum(n for at, n in taken if second <= at < second + 1) for second in range(90)]
    assert by_second[0] < QUOTA / 60 * 0.05
    assert by_second[30] < QUOTA / 60 * 0.55
    assert by_second[75] > QUOTA / 60 * 0.9


def test_unused_for_a_minute_it_is_cold_again() -> None:
    pace, _ = sent(pacing.fresh(0.0, QUOTA), 0.0, 90.0)
    _, warm = pacing.take(pace, QUOTA, 100_000, SERVICE, 95.0)
    _, cold = pacing.take(pace, QUOTA, 100_000, SERVICE, 200.0)
    assert warm.permits > 9_000
    assert cold.permits < 200


def test_marketing_leaves_room_that_service_finds() -> None:
    pace, _ = campaign(pacing.fresh(0.0, QUOTA), 0.0, 90.0)
    pace, marketing = pacing.take(pace, QUOTA, 100_000, MARKETING, 95.0)
    _, more = pacing.take(pace, QUOTA, 1, MARKETING, 95.0)
    _, service = pacing.take(pace, QUOTA, 500, SERVICE, 95.0)
    assert marketing.permits > 8_000
    assert more.permits == 0
    assert more.wait_seconds >= pacing.PATIENCE_SECONDS
    assert service.permits == 500


def campaign(
    pace: Pace, since: float, seconds: float, step: float = 0.05
) -> tuple[Pace, list[tuple[float, int]]]:
    """A campaign that always has something due, beside notifications that trickle."""
    taken = []
    for turn in range(int(seconds / step)):
        now = since + turn * step
        pace, _ = pacing.take(pace, QUOTA, 1, SERVICE, now)
        pace, grant = pacing.take(pace, QUOTA, 100_000, MARKETING, now)
        pace = pacing.claimed(pace, MARKETING, used=grant.permits, unused=0, now=now)
        taken.append((now, grant.permits))
    return pace, taken


def test_a_campaign_warms_up_by_itself_however_warm_notifications_are() -> None:
    pace, taken = sent(pacing.fresh(0.0, QUOTA), 0.0, 90.0)
    assert taken[-1][1] > 400, "notifications have the whole rate"
    for turn in range(1200):  # sweeps that ask in vain all night keep it cold
        now = 90.0 + turn
        pace, _ = pacing.take(pace, QUOTA, 1, SERVICE, now)
        pace, grant = pacing.take(pace, QUOTA, 500, MARKETING, now)
        pace = pacing.claimed(pace, MARKETING, used=0, unused=grant.permits, now=now)
    _, taken = campaign(pace, 1300.0, 90.0)
    by_second = [sum(n for at, n in taken if second <= at - 1300.0 < second + 1) for second in range(90)]
    assert by_second[0] < QUOTA / 60 * 0.05
    assert by_second[30] < QUOTA / 60 * 0.55
    assert by_second[75] > QUOTA / 60 * 0.8


def test_a_probe_that_found_fewer_to_send_closes_the_breaker_by_its_answers() -> None:
    pace, probe = pacing.take(opened(), QUOTA, 500, SERVICE, 5.0)
    pace = pacing.claimed(pace, SERVICE, used=2, unused=probe.permits - 2, now=5.0)
    assert pacing.take(pace, QUOTA, 500, SERVICE, 5.1)[1].is_open, "one probe at a time"
    pace = pacing.report(pace, good=2, bad=0, now=6.0)
    assert pace.open_until is None


def test_what_found_nothing_to_send_is_given_back() -> None:
    pace = pacing.fresh(0.0, QUOTA)
    pace, first = pacing.take(pace, QUOTA, 100_000, SERVICE, 0.0)
    pace = pacing.claimed(pace, SERVICE, used=0, unused=first.permits, now=0.0)
    _, again = pacing.take(pace, QUOTA, 100_000, SERVICE, 0.0)
    assert again.permits == first.permits > 100


def test_what_lies_further_ahead_than_a_clock_may_differ_counts_as_none() -> None:
    ahead, _ = pacing.take(opened(120.0), QUOTA, 100_000, SERVICE, 125.0)
    ahead, _ = pacing.take(pacing.report(ahead, good=9, bad=0, now=126.0), QUOTA, 100_000, SERVICE, 126.0)
    for now in (121.0, 126.0, 300.0):
        assert pacing.by_now(ahead, QUOTA, now) == ahead
    for now in (120.9, 6.0):
        assert pacing.by_now(ahead, QUOTA, now) == pacing.fresh(now, QUOTA)
    assert pacing.by_now(opened(120.0), QUOTA, 0.0).open_until is None


def opened(now: float = 0.0) -> Pace:
    return pacing.report(pacing.fresh(now, QUOTA), good=25, bad=25, now=now)


def test_half_of_fifty_answers_failing_opens_the_breaker_and_fewer_do_not() -> None:
    for good, bad in ((26, 25), (24, 25), (1_000, 400)):
        pace = pacing.report(pacing.fresh(0.0, QUOTA), good=good, bad=bad, now=0.0)
        assert (pace.open_until is not None) == (bad * 2 >= good + bad >= 50), (good, bad)
    _, grant = pacing.take(opened(), QUOTA, 500, SERVICE, 4.9)
    assert (grant.permits, grant.is_open) == (0, True)


def test_failures_of_long_ago_do_not_count() -> None:
    pace = pacing.report(pacing.fresh(0.0, QUOTA), good=0, bad=49, now=0.0)
    pace = pacing.report(pace, good=0, bad=49, now=10.1)
    assert pace.open_until is None


def test_after_the_pause_one_asker_probes_with_a_few_messages() -> None:
    pace, probe = pacing.take(opened(), QUOTA, 500, SERVICE, 5.0)
    assert probe.permits == pacing.PROBE
    _, other = pacing.take(pace, QUOTA, 500, SERVICE, 5.1)
    assert (other.permits, other.is_open) == (0, True)
    _, later = pacing.take(pace, QUOTA, 500, SERVICE, 5.0 + pacing.PROBE_SECONDS)
    assert later.permits == pacing.PROBE, "whoever probed died"


def test_a_probe_that_is_answered_closes_the_breaker_and_one_that_fails_doubles_the_pause() -> None:
    pace, _ = pacing.take(opened(), QUOTA, 500, SERVICE, 5.0)
    well = pacing.report(pace, good=10, bad=0, now=6.0)
    assert pacing.take(well, QUOTA, 500, SERVICE, 6.0)[1].permits > pacing.PROBE
    pauses, now = [], 5.0
    for _ in range(6):
        pace = pacing.report(pace, good=4, bad=6, now=now)
        assert pace.open_until is not None
        pauses.append(pace.open_until - now)
        now = pace.open_until
        pace, probe = pacing.take(pace, QUOTA, 500, SERVICE, now)
        assert probe.permits == pacing.PROBE
    assert pauses == [10.0, 20.0, 40.0, 60.0, 60.0, 60.0]


def test_a_probe_that_found_nothing_to_send_lets_another_try() -> None:
    pace, probe = pacing.take(opened(), QUOTA, 500, SERVICE, 5.0)
    pace = pacing.claimed(pace, SERVICE, used=0, unused=probe.permits, now=5.0)
    assert pacing.take(pace, QUOTA, 500, SERVICE, 5.1)[1].permits == pacing.PROBE


def test_answers_that_come_late_neither_open_nor_close_it() -> None:
    pace = opened()
    assert pacing.report(pace, good=500, bad=0, now=1.0).open_until == pace.open_until
    assert pacing.report(pace, good=0, bad=500, now=1.0).open_until == pace.open_until


STEP = st.tuples(
    st.sampled_from(["take", "report"]),
    st.sampled_from([SERVICE, MARKETING]),
    st.integers(0, 20_000),
    st.integers(0, 500),
    st.floats(-5.0, 100.0),
)


@given(st.lists(STEP, max_size=60), st.integers(60, 10_000_000))
def test_whatever_happens_permits_are_never_negative_and_never_more_than_asked_for(
    steps: list[tuple[str, MessageClass, int, int, float]], quota: int
) -> None:
    now, pace, held = 0.0, pacing.fresh(0.0, quota), 0
    for what, message_class, wanted, bad, elapsed in steps:
        now += elapsed
        if what == "take":
            pace, grant = pacing.take(pace, quota, wanted, message_class, now)
            assert 0 <= grant.permits <= wanted
            assert grant.permits or grant.wait_seconds > 0 or not wanted
            held += grant.permits
        else:
            pace = pacing.claimed(pace, message_class, used=held - held // 2, unused=held // 2, now=now)
            pace = pacing.report(pace, good=held - held // 2, bad=bad, now=now)
            held = 0
        assert pace.permits >= 0
        assert pace.marketing_permits >= 0
