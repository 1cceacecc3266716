import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.seals import Keyring, KeyringWrong
from mobile_gateway.seals.keyring import Purpose, framed, labelled, unlabelled

SECRET = base64.urlsafe_b64encode(bytes(range(32))).decode()
OTHER = base64.urlsafe_b64encode(bytes(range(223, 255))).decode()


@pytest.mark.parametrize(
    "text", [f"k1:{SECRET}", f"k1:{SECRET.rstrip('=')}", f" k1:{SECRET}\n", f"k1:{SECRET}:index"]
)
def test_one_key_is_current_and_the_index_key(text: str) -> None:
    keyring = Keyring.parse(text)
    assert (keyring.current, keyring.index, keyring.ids) == ("k1", "k1", ("k1",))


def test_the_first_key_is_current_and_the_marked_one_makes_the_index() -> None:
    keyring = Keyring.parse(f"k2:{OTHER}, k1:{SECRET}:index")
    assert (keyring.current, keyring.index, keyring.ids) == ("k2", "k1", ("k2", "k1"))
    assert keyring.key(Purpose.INDEX, "k1") == Keyring.parse(f"k1:{SECRET}").key(Purpose.INDEX, "k1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "k1",
        "k1:",
        f":{SECRET}",
        f"K1:{SECRET}",
        f"k 1:{SECRET}",
        f"{'k' * 17}:{SECRET}",
        "k1:AAAA",
        f"k1:{SECRET}AAAA",
        f"k1:{SECRET[:-4]}!!!",
        f"k1:{SECRET[:-2]}é",
        f"k1:{SECRET}:other",
        f"k1:{SECRET},k1:{OTHER}:index",
        f"k1:{SECRET},k2:{OTHER}",
        f"k1:{SECRET}:index,k2:{OTHER}:index",
        f"k1:{SECRET},",
    ],
)
def test_a_wrong_settings_string_is_refused_without_showing_a_secret(text: str) -> None:
    with pytest.raises(KeyringWrong) as wrong:
        Keyring.parse(text)
    assert SECRET[:20] not in str(wrong.value)
    assert OTHER[:20] not in str(wrong.value)


def test_a_keyring_is_made_fresh_and_reads_back_from_its_text(rotated: Keyring) -> None:
    fresh = Keyring.generate()
    assert fresh.to_text() != Keyring.generate().to_text()
    for keyring in (fresh, rotated):
        again = Keyring.parse(keyring.to_text())
        assert again.to_text() == keyring.to_text()
        assert (again.current, again.index) == (keyring.current, keyring.index)


def test_every_purpose_and_every_key_has_a_subkey_of_its_own(rotated: Keyring) -> None:
    keys = {rotated.key(purpose, key_id) for purpose in Purpose for key_id in rotated.ids}
    assert len(keys) == 2 * len(Purpose)
    assert None not in keys
    assert bytes(range(32)) not in keys
    assert rotated.key(Purpose.ACCESS, "k9") is None


def test_a_keyring_does_not_show_its_secrets(keyring: Keyring) -> None:
    assert repr(keyring) == "Keyring(current='k1', index='k1', keys=1)"


@given(st.lists(st.binary(max_size=9), max_size=4), st.lists(st.binary(max_size=9), max_size=4))
def test_different_parts_are_framed_into_different_bytes(one: list[bytes], other: list[bytes]) -> None:
    assert (framed(*one) == framed(*other)) == (one == other)


@given(st.from_regex(r"[a-z0-9]{1,16}", fullmatch=True), st.binary(min_size=1, max_size=40))
def test_a_label_comes_off_again(key_id: str, body: bytes) -> None:
    assert unlabelled(labelled(key_id, body)) == (key_id, body)


@given(st.binary(max_size=20))
def test_any_bytes_have_a_label_or_none(stored: bytes) -> None:
    named = unlabelled(stored)
    assert named is None or labelled(*named) == stored
