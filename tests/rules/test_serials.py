"""Serials: written, read back from whatever somebody typed, and wrong ones noticed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mobile_gateway.rules import serials
from mobile_gateway.rules.serials import ALPHABET, LENGTH, RANDOM_BITS

BITS = st.integers(0, (1 << RANDOM_BITS) - 1)
WRITTEN = BITS.map(serials.write)
PLACES = st.integers(0, LENGTH - 1)
SPACES = st.sampled_from(["", " ", "  ", "-", " - ", "\t", "\u3000", "\u00a0", "—", "\u2010", "－"])


def full_width(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


def test_the_alphabet_is_crockfords() -> None:
    assert len(set(ALPHABET)) == 32
    assert set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") - set(ALPHABET) == set("ILOU")


@given(BITS, BITS)
def test_other_bits_are_another_serial_and_each_reads_as_itself(one: int, other: int) -> None:
    written = serials.write(one)
    assert (len(written), set(written) <= set(ALPHABET)) == (LENGTH, True)
    assert serials.read(written) == written
    assert (serials.write(other) == written) == (other == one)


@given(BITS)
def test_the_bits_stand_in_the_first_fifteen_characters(bits: int) -> None:
    value = 0
    for one in serials.write(bits)[:-1]:
        value = value * 32 + ALPHABET.index(one)
    assert value == bits


@pytest.mark.parametrize("bits", [-1, 1 << RANDOM_BITS])
def test_a_serial_is_made_of_75_bits(bits: int) -> None:
    with pytest.raises(ValueError, match="75 bits"):
        serials.write(bits)


@given(WRITTEN, PLACES, st.sampled_from(ALPHABET))
def test_any_one_wrong_character_is_noticed(written: str, place: int, wrong: str) -> None:
    assume(wrong != written[place])
    assert serials.read(written[:place] + wrong + written[place + 1 :]) is None


@given(WRITTEN, PLACES, PLACES)
def test_any_two_exchanged_characters_are_noticed(written: str, one: int, other: int) -> None:
    assume(written[one] != written[other])
    typed = list(written)
    typed[one], typed[other] = typed[other], typed[one]
    assert serials.read("".join(typed)) is None


@given(WRITTEN, PLACES, st.sampled_from(ALPHABET))
def test_a_character_too_few_or_too_many_is_noticed(written: str, place: int, more: str) -> None:
    assert serials.read(written[:place] + written[place + 1 :]) is None
    assert serials.read(written[:place] + more + written[place:]) is None


@given(WRITTEN)
def test_a_serial_is_shown_in_groups_of_four_and_reads_as_itself(written: str) -> None:
    shown = serials.shown(written)
    assert [len(group) for group in shown.split("-")] == [4, 4, 4, 4]
    assert serials.read(shown) == written


@given(WRITTEN, st.lists(SPACES, min_size=LENGTH + 1, max_size=LENGTH + 1), st.booleans(), st.booleans())
def test_case_width_spaces_and_hyphens_do_not_matter(
    written: str, between: list[str], small: bool, wide: bool
) -> None:
    text = written.lower() if small else written
    text = full_width(text) if wide else text
    typed = "".join(gap + one for gap, one in zip(between, [*text, ""], strict=True))
    assume(len(typed) <= 64)
    assert serials.read(typed) == written


@given(WRITTEN, st.data())
def test_what_looks_like_one_or_zero_is_read_as_it(written: str, data: st.DataObject) -> None:
    looks = {"1": "1IiLl", "0": "0Oo"}
    typed = "".join(data.draw(st.sampled_from(looks.get(one, one))) for one in written)
    assert serials.read(typed) == written


@given(st.text(max_size=80))
def test_whatever_is_typed_is_no_serial_or_a_whole_one(text: str) -> None:
    found = serials.read(text)
    if found is not None:
        assert serials.read(found) == found
        assert len(unicodedata.normalize("NFKC", text)) >= LENGTH


def test_a_u_is_no_serials_and_not_read_as_a_v() -> None:
    written = next(one for one in map(serials.write, range(1_000_000, 1_001_000)) if "V" in one)
    assert serials.read(written.replace("V", "U")) is None


def test_a_text_that_is_too_long_is_not_even_looked_at() -> None:
    written = serials.write(1)
    assert serials.read(written + " " * 48) == written
    assert serials.read(written + " " * 49) is None
