from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hostile
from mobile_gateway.rules import catalogue
from mobile_gateway.rules.refusal import Refusal, RefusalCode

LISTS = st.lists(st.integers(1, 50), unique=True, max_size=12)


@given(LISTS, st.integers(51, 60), st.one_of(st.none(), st.integers(1, 20)))
def test_what_is_put_somewhere_stands_there_and_the_others_keep_their_order(
    ids: list[int], one: int, position: int | None
) -> None:
    found = catalogue.placed(ids, one, position)
    assert [number for number in found if number != one] == ids
    assert found.index(one) == (len(ids) if position is None else min(position - 1, len(ids)))


@given(LISTS.filter(bool), st.data())
def test_putting_something_where_it_stands_changes_nothing(ids: list[int], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(ids) - 1))
    assert catalogue.placed(ids, ids[at], at + 1) == ids


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example.com",
        "https://A.Example.COM/x?y=%E4%B8%AD#z",
        "https://a-b.example.com:8443/",
        "https://xn--fiq228c.example.com/",
        "https://a.example.com/" + "a" * 278,
    ],
)
def test_addresses_of_public_hosts_are_kept_as_they_are(text: str) -> None:
    assert catalogue.address(text, "url") == text


@pytest.mark.parametrize(
    "text",
    [
        *hostile.STRINGS,
        "http://a.example.com",
        "HTTPS//a.example.com",
        "//a.example.com",
        "https:a.example.com",
        "https://",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[a.example.com/",
        "https://u@a.example.com/",
        "https://u:p@a.example.com/",
        "https://a.example.com:0/",
        "https://a.example.com:65536/",
        "https://a.example.com:x/",
        "https://-a.example.com/",
        "https://a..example.com/",
        "https://a.example.com./",
        "https://a.example.com/ b",
        "https://a.example.com/中",
        "https://a.example.com\\@b.example.com/",
        "https://a.example.com/" + "a" * 279,
    ],
)
def test_what_is_no_address_of_a_public_host_is_refused(text: str) -> None:
    found = catalogue.address(text, "imageUrl")
    assert isinstance(found, Refusal)
    assert (found.code, found.path) == (RefusalCode.BAD_USER_INPUT, ("imageUrl",))


@given(st.text(max_size=8))
def test_a_slug_is_of_small_letters_digits_and_single_hyphens(text: str) -> None:
    read = catalogue.slug(8)(text, "slug")
    fits = bool(text) and all(
        part and part.isascii() and part.isalnum() and part == part.lower() for part in text.split("-")
    )
    assert (read == text) is fits
    assert isinstance(read, Refusal) is not fits


@pytest.mark.parametrize(
    "text", ["", "a" * 61, "a--b", "-a", "a-", "A", "a b", "a\n", "a\x00", "é", "１", "../a"]
)
def test_what_is_no_slug_is_refused(text: str) -> None:
    assert isinstance(catalogue.slug(60)(text, "slug"), Refusal)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 8, 1),  # noqa: DTZ001 - what has no offset is refused
        datetime(1999, 12, 31, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=23))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=23))),
    ],
)
def test_moments_without_offset_or_of_other_centuries_are_refused(moment: datetime) -> None:
    assert isinstance(catalogue.moment(moment, "publishStart"), Refusal)


def test_a_moment_is_kept_to_the_millisecond() -> None:
    at = datetime(2024, 8, 1, 0, 0, 0, 123_999, UTC)
    assert catalogue.moment(at, "x") == at.replace(microsecond=123_000)


def test_reading_leaves_out_what_was_not_given_and_names_the_first_fault() -> None:
    readers: dict[str, Any] = {"title_en": catalogue.title(3), "position": catalogue.POSITION}
    assert catalogue.read({"title_en": None, "position": 2}, readers) == {"position": 2}
    wrong = catalogue.read({"title_en": "four", "position": 0}, readers)
    assert isinstance(wrong, Refusal)
    assert (wrong.path, dict(wrong.data)) == (("titleEn",), {"why": "titleEn: 1–3"})
