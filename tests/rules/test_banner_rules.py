from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.models.catalogue import Banner as Table
from mobile_gateway.reads.catalogue import ANONYMOUS, Banner, Title
from mobile_gateway.rules import banners
from mobile_gateway.rules.banners import Audience, BannerState
from mobile_gateway.rules.refusal import Refusal
from mobile_gateway.rules.words import ClientKind, Identity, Tab

START = datetime(2024, 8, 1, tzinfo=UTC)
HOURS = st.integers(-50, 50).map(lambda hours: START + timedelta(hours=hours))


@given(HOURS, st.integers(1, 50), HOURS)
def test_a_banner_is_showing_exactly_when_the_carousel_shows_it(
    start: datetime, hours: int, now: datetime
) -> None:
    end = start + timedelta(hours=hours)
    everybody, everywhere = frozenset(map(str, Audience)), frozenset(map(str, ClientKind))
    title = Title("a", "a")
    shown = Banner(1, Tab.HOME, title, "i", None, "u", start, end, everybody, everywhere)
    state = banners.state(start, end, None, now)
    assert (state is BannerState.SHOWING) is shown.shows(now, Identity.TEACHER, ClientKind.WEB)
    assert (state is BannerState.COMING) is (now < start)
    assert banners.state(start, end, START, now) is BannerState.PAST


def test_audiences_are_the_identities_and_nobody() -> None:
    assert list(map(str, Audience)) == [*Identity, ANONYMOUS]
    (known,) = [one.check for one in Table.Meta.constraints if one.name == "banner_audience_known"]
    assert all(f"'{one}'" in known for one in Audience)


@given(st.lists(st.sampled_from(Audience), min_size=1))
def test_an_audience_is_kept_once_each_in_one_order(given: list[Audience]) -> None:
    read = banners.banner({"identities": given})
    assert read == {"identities": [one for one in Audience if one in given]}


def test_an_empty_audience_is_refused() -> None:
    for field in ("identities", "client_kinds"):
        assert isinstance(banners.banner({field: []}), Refusal)


@pytest.mark.parametrize(("topic", "url"), [(True, True), (True, False), (False, True), (False, False)])
def test_a_banner_leads_to_one_thing(topic: bool, url: bool) -> None:
    assert (banners.target(topic=topic, url=url) is None) is (topic != url)


@given(HOURS, HOURS)
def test_a_banner_shows_for_a_while(start: datetime, end: datetime) -> None:
    assert (banners.window(start, end) is None) is (start < end)
