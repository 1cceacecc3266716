"""What earlier releases stored every later one must read: a value here changes with a migration only."""

from datetime import UTC, datetime

from mobile_gateway import seals
from mobile_gateway.seals import PlaybackClaims


def test_a_sealed_column_still_opens(keyring: seals.Keyring) -> None:
    sealed = bytes.fromhex(
        "01026b31b4745727079ef23861ec72fe14137c434691372c47d3db84c2a28c67edf1801cb946d57cb259cacfbf015764e4c7"
    )
    assert seals.unseal_text(keyring, sealed, column="person.document", owner=7) == "11010519491231002X"


def test_a_blind_index_is_still_the_same(keyring: seals.Keyring) -> None:
    index = seals.blind_index(keyring, "MAINLAND_ID:11010519491231002X", "person.document")
    assert index.hex() == "24755ed4e01d46ab31bd45993230c034f663f63c7f17be61d45a297a38ccf523"


def test_a_code_on_its_way_is_still_good(keyring: seals.Keyring) -> None:
    stored = bytes.fromhex("026b31a7a6050aa523521dbff1720295d3cd6918a75e4c633e1759e7e1d616df2c3ab9")
    assert seals.check_code(keyring, stored, "012345", phone="+8613800000001", purpose="SIGN_IN")


def test_a_refresh_token_still_has_its_successor_and_hash(keyring: seals.Keyring) -> None:
    assert seals.successor(keyring, "A" * 43) == "BOK_RJP3O3S_0OJa8OHxIFw7mMhCzpfMw5Nbkl2auQ0"
    # SHA-256 of the empty message (FIPS 180-4 examples).
    assert seals.hash_refresh("").hex().startswith("e3b0c44298fc1c149afbf4c8996fb924")


def test_playback_tokens_and_printed_links_are_still_read(keyring: seals.Keyring) -> None:
    token = "k1.AAAAAAAAAAcAAAAAAAAAAgAAAAAAAAABAAAAAAAAAAwAAAAAAAAAWg.ChTwj2InVWLKBm8ZUPGsGg"
    assert seals.read_playback(keyring, token) == PlaybackClaims(7, 2, 1, 12, 90)
    link = "k1.AHdlY2hhdA.76RoNqTweIipnX3KJjNfbg"
    assert seals.read_link(keyring, link, "qr", datetime(2034, 1, 1, tzinfo=UTC)) == b"wechat"
