import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway import seals

COLUMN = "person.document"
NUMBER = "11010519491231002X"
RING = seals.Keyring({"k1": bytes(32)}, current="k1")


def test_a_sealed_value_opens_for_its_owner_and_column_only(keyring: seals.Keyring) -> None:
    sealed = seals.seal(keyring, NUMBER, column=COLUMN, owner=7)
    assert seals.unseal_text(keyring, sealed, column=COLUMN, owner=7) == NUMBER
    assert seals.unseal(keyring, sealed, column=COLUMN, owner=7) == NUMBER.encode()
    for column, owner in ((COLUMN, 8), ("ticket.document", 7), (COLUMN, "7")):
        with pytest.raises(seals.SealBroken):
            seals.unseal(keyring, sealed, column=column, owner=owner)


def test_the_same_value_sealed_twice_is_not_seen_to_be_the_same(keyring: seals.Keyring) -> None:
    assert len({seals.seal(keyring, NUMBER, column=COLUMN, owner=7) for _ in range(100)}) == 100


def test_the_number_does_not_stand_in_the_sealed_bytes(keyring: seals.Keyring) -> None:
    sealed = seals.seal(keyring, NUMBER, column=COLUMN, owner=7)
    assert NUMBER.encode() not in sealed
    assert len(sealed) == len(NUMBER) + 30 + len("k1")


def test_every_changed_cut_or_added_byte_is_noticed(keyring: seals.Keyring) -> None:
    sealed = seals.seal(keyring, NUMBER, column=COLUMN, owner=7)
    changed = [sealed[:n] + bytes((sealed[n] ^ 1,)) + sealed[n + 1 :] for n in range(len(sealed))]
    cut = [sealed[:n] for n in range(len(sealed))]
    for broken in (*changed, *cut, sealed + b"\0"):
        with pytest.raises(seals.SealBroken) as fault:
            seals.unseal(keyring, broken, column=COLUMN, owner=7)
        assert NUMBER not in str(fault.value)


@given(st.binary(max_size=80))
def test_any_bytes_are_refused_as_broken(data: bytes) -> None:
    with pytest.raises(seals.SealBroken):
        seals.unseal(RING, data, column=COLUMN, owner=7)


@given(st.binary(max_size=200), st.integers(), st.text(st.characters(codec="utf-8"), max_size=20))
def test_any_value_of_any_owner_opens_again(plain: bytes, owner: int, column: str) -> None:
    sealed = seals.seal(RING, plain, column=column, owner=owner)
    assert seals.unseal(RING, sealed, column=column, owner=owner) == plain


def test_bytes_that_are_no_text_do_not_open_as_text(keyring: seals.Keyring) -> None:
    sealed = seals.seal(keyring, b"\xff", column=COLUMN, owner=7)
    with pytest.raises(seals.SealBroken, match="no text"):
        seals.unseal_text(keyring, sealed, column=COLUMN, owner=7)


def test_after_a_change_of_keys_old_values_open_and_new_ones_have_the_new_key(
    keyring: seals.Keyring, rotated: seals.Keyring
) -> None:
    old = seals.seal(keyring, NUMBER, column=COLUMN, owner=7)
    new = seals.seal(rotated, NUMBER, column=COLUMN, owner=7)
    assert seals.unseal_text(rotated, old, column=COLUMN, owner=7) == NUMBER
    with pytest.raises(seals.SealBroken):
        seals.unseal(keyring, new, column=COLUMN, owner=7)


def test_a_strange_key_of_the_same_id_opens_nothing(keyring: seals.Keyring, strange: seals.Keyring) -> None:
    with pytest.raises(seals.SealBroken):
        seals.unseal(strange, seals.seal(keyring, NUMBER, column=COLUMN, owner=7), column=COLUMN, owner=7)


def test_a_blind_index_is_the_same_for_the_same_value_and_survives_a_change_of_keys(
    keyring: seals.Keyring, rotated: seals.Keyring, strange: seals.Keyring
) -> None:
    index = seals.blind_index(keyring, NUMBER, COLUMN)
    assert len(index) == 32
    assert seals.blind_index(rotated, NUMBER.encode(), COLUMN) == index
    others = {
        seals.blind_index(keyring, NUMBER[:-1] + "0", COLUMN),
        seals.blind_index(keyring, NUMBER, "other.column"),
        seals.blind_index(keyring, NUMBER[1:], COLUMN + NUMBER[:1]),
        seals.blind_index(strange, NUMBER, COLUMN),
    }
    assert len(others | {index}) == 5
