from collections import Counter
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway import seals

PHONE = "+8613800000001"
RING = seals.Keyring({"k1": bytes(32)}, current="k1")


def test_a_code_is_six_digits_and_any_digit_may_lead() -> None:
    codes = [seals.new_code() for _ in range(5000)]
    assert all(len(code) == 6 and code.isascii() and code.isdigit() for code in codes)
    assert set(Counter(code[0] for code in codes)) == set("0123456789")


def test_a_code_is_good_for_its_phone_and_purpose_only(
    keyring: seals.Keyring, strange: seals.Keyring
) -> None:
    stored = seals.hash_code(keyring, "012345", phone=PHONE, purpose="SIGN_IN")
    assert b"012345" not in stored
    assert seals.check_code(keyring, stored, "012345", phone=PHONE, purpose="SIGN_IN")
    assert not seals.check_code(keyring, stored, "012346", phone=PHONE, purpose="SIGN_IN")
    assert not seals.check_code(keyring, stored, "012345", phone="+8613800000002", purpose="SIGN_IN")
    assert not seals.check_code(keyring, stored, "012345", phone=PHONE, purpose="REBIND")
    assert not seals.check_code(strange, stored, "012345", phone=PHONE, purpose="SIGN_IN")


def test_a_code_sent_before_a_change_of_keys_is_good_after_it(
    keyring: seals.Keyring, rotated: seals.Keyring
) -> None:
    stored = seals.hash_code(keyring, "012345", phone=PHONE, purpose="SIGN_IN")
    assert seals.check_code(rotated, stored, "012345", phone=PHONE, purpose="SIGN_IN")


@given(st.one_of(st.text(), st.just("\ud800")), st.binary(max_size=50))
def test_any_other_text_or_store_is_a_wrong_code(code: str, stored: bytes) -> None:
    good = seals.hash_code(RING, "012345", phone=PHONE, purpose="SIGN_IN")
    assert seals.check_code(RING, good, code, phone=PHONE, purpose="SIGN_IN") == (code == "012345")
    assert not seals.check_code(RING, stored, "012345", phone=PHONE, purpose="SIGN_IN")


def test_a_password_is_checked_against_its_stored_text() -> None:
    stored = seals.hash_password("correct é 密码")
    assert stored.startswith("scrypt$ln=15,r=8,p=3$")
    assert "correct" not in stored
    assert seals.check_password(stored, "correct é 密码")
    assert seals.check_password(stored, "correct e\u0301 密码")
    assert not seals.check_password(stored, "correct é 密码 ")
    assert seals.hash_password("correct é 密码") != stored


def test_older_parameters_in_the_stored_text_are_used() -> None:
    # RFC 7914 §12, the second vector's parameters with our length.
    stored = "scrypt$ln=10,r=8,p=16$TmFDbA$_bq-HJ00cgB4VucZDQHp_nxq18vII3gw53N2Y0s3MWI"
    assert seals.check_password(stored, "password")
    assert not seals.check_password(stored, "Password")


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "",
        "plain",
        "scrypt$ln=99,r=8,p=1$AAAA$AAAA",
        "scrypt$ln=30,r=99,p=1$AAAA$AAAA",
        "scrypt$ln=0,r=8,p=1$AAAA$AAAA",
        "scrypt$ln=10,r=0,p=1$AAAA$AAAA",
        "scrypt$ln=10,r=8,p=1$A$AAAA",
        "scrypt$ln=10,r=8,p=1$AAAA$A",
    ],
)
def test_no_password_fits_what_was_never_stored(stored: str | None) -> None:
    assert not seals.check_password(stored, "")
    assert not seals.check_password(stored, "\ud800")


def test_texts_of_one_salt_are_compared_together_and_of_others_so_many() -> None:
    salt = seals.shared_salt(RING, "110108:2024A001")
    assert salt == seals.shared_salt(RING, "110108:2024A001") != seals.shared_salt(RING, "110105:2024A001")
    assert len(salt) == 16
    together = [seals.hash_password(f"of-student-{number % 3}", salt) for number in range(6)]
    assert seals.fitting(together, "of-student-1", most=1) == [1, 4]
    alone = [seals.hash_password("of-student-9") for _ in range(3)]
    assert seals.fitting([*alone, *together], "of-student-9", most=2) == [0, 1]
    assert seals.fitting([*together, *alone], "of-student-9", most=2) == [6]
    assert seals.fitting(["plain", *alone, ""], "of-student-9", most=9) == [1, 2, 3]
    assert seals.fitting([], "of-student-9", most=9) == []


def test_many_texts_of_one_salt_take_the_time_of_one() -> None:
    salt = seals.shared_salt(RING, "110108:2024A001")
    stored = [seals.hash_password(f"of-student-{number}", salt) for number in range(8)]

    def seconds(texts: list[str]) -> float:
        began = perf_counter()
        assert seals.fitting(texts, "nobodys-password", most=4) == []
        return perf_counter() - began

    # Eight hashes take eight times as long; half of that leaves room for a busy machine.
    assert min(seconds(stored) for _ in range(3)) < 4 * min(seconds(stored[:1]) for _ in range(3))
