from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.rules import passwords, sign_in, student_numbers
from mobile_gateway.rules.passwords import PasswordFault
from mobile_gateway.rules.refusal import Refusal, RefusalCode

NOW = datetime(2024, 8, 20, 9, tzinfo=UTC)
NUMBER = "2024A001"
PLAIN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=4, max_size=32)


def fault(text: str, number: str = NUMBER) -> str | None:
    answer = passwords.choose(text, number)
    return answer.data["why"] if isinstance(answer, Refusal) else None


@given(st.text(max_size=80))
def test_a_number_that_is_read_is_capitals_and_digits_and_reads_as_itself(text: str) -> None:
    number = student_numbers.parse(text)
    if isinstance(number, str):
        assert re.fullmatch("[0-9A-Z]{4,32}", number)
        assert student_numbers.parse(number) == number
        assert unicodedata.normalize("NFKC", text).strip().upper() == number
    else:
        assert number.code is RefusalCode.STUDENT_NUMBER_INVALID


@given(PLAIN)
def test_capitals_small_letters_and_full_width_forms_are_one_number(text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in text)
    found = {student_numbers.parse(one) for one in (text, text.lower(), text.upper(), wide, f" {text}\t")}
    assert found == {text.upper()}


@pytest.mark.parametrize(
    "text", ["abc", "A" * 33, "ßßßß", "ıııı", "ŀŀŀŀ", "2024-1", "20 24", "٢٠٢٤", "学号2024"]
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert isinstance(student_numbers.parse(text), Refusal)


@given(st.text(max_size=300))
def test_a_password_that_is_chosen_can_be_typed_again_and_keeps_every_rule(text: str) -> None:
    chosen = passwords.choose(text, NUMBER)
    if isinstance(chosen, Refusal):
        assert chosen.data["why"] in set(PasswordFault)
        return
    assert passwords.typed(text) == chosen == passwords.typed(chosen)
    assert 10 <= len(chosen) <= 128
    assert NUMBER.casefold() not in unicodedata.normalize("NFKC", chosen).casefold()
    assert len(set(chosen.casefold())) >= 4
    assert chosen == chosen.strip()


@given(PLAIN, st.text("qwertyzxcv", min_size=6, max_size=20))
def test_a_password_around_the_number_is_refused_however_it_is_written(number: str, rest: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in number)
    for written in (number, number.lower(), number.upper(), wide):
        assert fault(f"{rest}{written}{rest}", number.upper()) == PasswordFault.HOLDS_STUDENT_NUMBER


COMMON = """
1234567890 0987654321 9876543210 234567890123 abcdefghijkl zyxwvutsrqpo 1357913579 PassWord1234 QWERTYUIOP 5201314520
aaaaaaaaaaaa abababababab １２３４５６７８９０
"""


@pytest.mark.parametrize("text", COMMON.split())
def test_a_common_password_is_refused(text: str) -> None:
    assert fault(text) == PasswordFault.COMMON


@pytest.mark.parametrize(
    "text", ["correct horse battery", "Demo-Xuexi-2024", "我爱学习天天向上每日精进", "x7#Kp2!qLm"]
)
def test_a_long_password_that_is_no_guess_is_taken_whatever_its_letters(text: str) -> None:
    assert fault(text) is None


def test_length_is_measured_as_typed_and_as_hashed() -> None:
    assert fault("\ufdfa") == PasswordFault.TOO_SHORT, "one sign that stands for eighteen"
    assert fault("\uffa1\uffc2" * 5) == PasswordFault.TOO_SHORT, "ten signs that are five syllables"
    assert fault("x7#Kp2!qLm" + "é" * 118) is None
    assert fault("x7#Kp2!qLm" + "é" * 119) == PasswordFault.TOO_LONG
    assert fault("x" * 100_000) == PasswordFault.TOO_LONG


def test_five_tries_are_let_through_and_then_the_oldest_is_waited_for() -> None:
    oldest = NOW - timedelta(minutes=4)
    assert sign_in.may_try(NOW, login_tries=4, oldest=oldest, network_tries=99) is None
    locked = sign_in.may_try(NOW, login_tries=5, oldest=oldest, network_tries=99)
    assert locked == Refusal(RefusalCode.SIGN_IN_LOCKED, data={"minutes": "11"})
    limited = sign_in.may_try(NOW, login_tries=0, oldest=None, network_tries=100)
    assert limited == Refusal(RefusalCode.RATE_LIMITED)


@given(st.integers(1, 15 * 60 * 1000 - 1))
def test_the_minutes_to_wait_are_one_to_fifteen_and_enough(gone_ms: int) -> None:
    oldest = NOW - timedelta(milliseconds=gone_ms)
    locked = sign_in.may_try(NOW, login_tries=5, oldest=oldest, network_tries=0)
    assert locked is not None
    minutes = int(locked.data["minutes"])
    assert 1 <= minutes <= 15
    assert NOW + timedelta(minutes=minutes, seconds=1) >= oldest + sign_in.TRY_LIFE


def test_a_network_registers_sixty_numbers() -> None:
    assert sign_in.may_register(registrations=59, network_tries=99) is None
    for registrations, tries in ((60, 0), (0, 100)):
        refused = sign_in.may_register(registrations=registrations, network_tries=tries)
        assert refused == Refusal(RefusalCode.RATE_LIMITED)
