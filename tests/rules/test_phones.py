import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import phones
from mobile_gateway.rules.phones import Malformed, PhoneFault

nationals = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).filter(str.isascii)


@pytest.mark.parametrize(
    "text",
    [
        "13812341234",
        "138 1234 1234",
        " 138-1234-1234 ",
        "+8613812341234",
        "+86 138 1234 1234",
        "+86-138‑1234—1234",
        "008613812341234",
        "8613812341234",
        "１３８１２３４１２３４",
        "＋86　138\u00a01234\t1234",
    ],
)
def test_the_spellings_of_a_number_are_one_number(text: str) -> None:
    assert phones.parse(text) == "+8613812341234"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", PhoneFault.EMPTY),
        (" - ", PhoneFault.EMPTY),
        ("1381234123", PhoneFault.BAD_LENGTH),
        ("138123412345", PhoneFault.BAD_LENGTH),
        ("+86138123412345", PhoneFault.BAD_LENGTH),
        ("861381234123", PhoneFault.BAD_LENGTH),
        ("12812341234", PhoneFault.NOT_MOBILE),
        ("03812341234", PhoneFault.NOT_MOBILE),
        ("+8602112345678", PhoneFault.NOT_MOBILE),
        ("+85251234567", PhoneFault.NOT_MAINLAND),
        ("0085251234567", PhoneFault.NOT_MAINLAND),
        ("13812341234x", PhoneFault.BAD_CHARACTER),
        ("138\x0012341234", PhoneFault.BAD_CHARACTER),
        ("138\u202e12341234", PhoneFault.BAD_CHARACTER),
        ("138\ud80012341234", PhoneFault.BAD_CHARACTER),
        ("١٣٨١٢٣٤١٢٣٤", PhoneFault.BAD_CHARACTER),
        ("1²812341234", PhoneFault.BAD_CHARACTER),
        ("1+3812341234", PhoneFault.BAD_CHARACTER),
        ("++8613812341234", PhoneFault.BAD_CHARACTER),
        ("13812341234; DROP TABLE person", PhoneFault.BAD_CHARACTER),
        ("+86+8613812341234", PhoneFault.BAD_CHARACTER),
        ("9" * 100_000, PhoneFault.BAD_LENGTH),
    ],
)
def test_what_is_no_mainland_mobile_number_says_why(text: str, reason: PhoneFault) -> None:
    assert phones.parse(text) == Malformed(reason)


@given(nationals)
def test_a_number_survives_its_own_spelling(digits: str) -> None:
    phone = phones.parse(digits)
    assert phone == f"+86{digits}"
    assert phones.parse(phone) == phone
    assert phones.national(phone) == digits


@given(nationals)
def test_a_mask_shows_the_first_three_and_the_last_four(digits: str) -> None:
    assert phones.mask(f"+86{digits}") == f"{digits[:3]}****{digits[7:]}"


@given(st.text())
def test_any_text_is_a_number_or_a_reason(text: str) -> None:
    found = phones.parse(text)
    assert isinstance(found, Malformed) or phones.parse(found) == found


@pytest.mark.parametrize(
    "phone", ["13812341234", "+85251234567", "", "+8613812341234\n", "+86１３８１２３４１２３４"]
)
def test_only_a_read_number_is_masked(phone: str) -> None:
    with pytest.raises(ValueError, match=r"E\.164"):
        phones.mask(phone)
