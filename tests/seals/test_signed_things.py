from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway import seals
from mobile_gateway.seals import PlaybackClaims, Unreadable

NOW = datetime(2024, 8, 1, 9, 30, tzinfo=UTC)
CLAIMS = PlaybackClaims(person_id=7, wipe_epoch=2, topic_id=1, media_version=12, session_id=90_000_000_001)
RING = seals.Keyring({"k1": bytes(32)}, current="k1")
URL_SAFE = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
bigints = st.integers(-(2**63), 2**63 - 1)


@given(bigints, bigints, bigints, bigints, bigints)
def test_playback_claims_come_back(a: int, b: int, c: int, d: int, e: int) -> None:
    claims = PlaybackClaims(a, b, c, d, e)
    token = seals.issue_playback(RING, claims)
    assert seals.read_playback(RING, token) == claims
    assert set(token) <= URL_SAFE
    assert len(token) <= 94


def test_every_changed_or_missing_character_of_a_playback_token_is_invalid(keyring: seals.Keyring) -> None:
    token = seals.issue_playback(keyring, CLAIMS)
    for place, character in enumerate(token):
        other = "A" if character != "A" else "B"
        for broken in (token[:place] + other + token[place + 1 :], token[:place], token[place + 1 :]):
            assert seals.read_playback(keyring, broken) is Unreadable.INVALID
    for broken in (token + "=", token + "\n", token + ".", token + "A"):
        assert seals.read_playback(keyring, broken) is Unreadable.INVALID


@given(st.text())
def test_any_text_is_no_playback_token_and_no_link(token: str) -> None:
    assert seals.read_playback(RING, token) is Unreadable.INVALID
    assert seals.read_link(RING, token, "qr", NOW) is Unreadable.INVALID


def test_a_strange_or_newer_ring_signs_nothing_for_us(
    keyring: seals.Keyring, rotated: seals.Keyring, strange: seals.Keyring
) -> None:
    assert seals.read_playback(keyring, seals.issue_playback(strange, CLAIMS)) is Unreadable.INVALID
    assert seals.read_playback(rotated, seals.issue_playback(keyring, CLAIMS)) == CLAIMS
    assert seals.read_link(keyring, seals.sign_link(rotated, "x", "qr"), "qr", NOW) is Unreadable.INVALID


def test_a_link_is_no_playback_token_and_the_other_way_round(keyring: seals.Keyring) -> None:
    body = b"\0" * 39
    assert seals.read_playback(keyring, seals.sign_link(keyring, body, "")) is Unreadable.INVALID
    playback = seals.issue_playback(keyring, PlaybackClaims(0, 0, 0, 0, 0))
    assert seals.read_link(keyring, playback, "", NOW) is Unreadable.INVALID


@given(st.binary(max_size=seals.LINK_LIMIT_BYTES), st.text(st.characters(codec="utf-8"), max_size=12))
def test_a_link_gives_back_its_payload_for_its_purpose_only(payload: bytes, purpose: str) -> None:
    link = seals.sign_link(RING, payload, purpose)
    assert set(link) <= URL_SAFE
    assert seals.read_link(RING, link, purpose, NOW) == payload
    assert seals.read_link(RING, link, purpose + "x", NOW) is Unreadable.INVALID


def test_a_link_with_a_time_ends_at_it(keyring: seals.Keyring) -> None:
    link = seals.sign_link(keyring, "渠道", "qr", expires_at=NOW)
    assert seals.read_link(keyring, link, "qr", NOW - timedelta(seconds=1)) == "渠道".encode()
    assert seals.read_link(keyring, link, "qr", NOW) is Unreadable.EXPIRED
    assert seals.read_link(keyring, link, "cursor", NOW) is Unreadable.INVALID


def test_a_link_that_is_too_long_or_has_a_naive_time_is_not_signed(keyring: seals.Keyring) -> None:
    with pytest.raises(ValueError, match="at most"):
        seals.sign_link(keyring, b"x" * (seals.LINK_LIMIT_BYTES + 1), "qr")
    with pytest.raises(ValueError, match="aware"):
        seals.sign_link(keyring, b"x", "qr", expires_at=NOW.replace(tzinfo=None))


def test_a_changed_link_is_invalid(keyring: seals.Keyring) -> None:
    link = seals.sign_link(keyring, "wechat", "qr", expires_at=NOW + timedelta(days=1))
    for place, character in enumerate(link):
        other = "A" if character != "A" else "B"
        assert (
            seals.read_link(keyring, link[:place] + other + link[place + 1 :], "qr", NOW)
            is Unreadable.INVALID
        )


def test_refresh_tokens_are_random_and_found_by_a_hash() -> None:
    tokens = {seals.new_refresh() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {43}
    assert {len(seals.hash_refresh(token)) for token in tokens} == {32}
    assert seals.hash_refresh("\ud800") != seals.hash_refresh("")


def test_a_refresh_token_has_one_successor_and_it_is_another_token(
    keyring: seals.Keyring, strange: seals.Keyring
) -> None:
    chain = [seals.new_refresh()]
    for _ in range(100):
        chain.append(seals.successor(keyring, chain[-1]))
        assert seals.successor(keyring, chain[-2]) == chain[-1]
    assert len(set(chain)) == 101
    assert {len(token) for token in chain} == {43}
    assert seals.successor(strange, chain[0]) != chain[1]


def test_a_successor_is_found_again_after_a_change_of_keys(
    keyring: seals.Keyring, rotated: seals.Keyring
) -> None:
    token = seals.new_refresh()
    assert seals.possible_successors(rotated, token) == [
        seals.successor(rotated, token),
        seals.successor(keyring, token),
    ]
