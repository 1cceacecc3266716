import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway import seals
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.seals import AccessClaims, Unreadable
from mobile_gateway.seals.keyring import Purpose

NOW = datetime(2024, 8, 1, 9, 30, 0, 250_000, tzinfo=UTC)
SESSION = UUID("6f9d7c1e-3f6c-4b0e-9a51-0f5f2f6f9d10")
RING = seals.Keyring({"k1": bytes(32)}, current="k1")


def issue(keyring: seals.Keyring, *, now: datetime = NOW, strong_at: datetime | None = None) -> str:
    return seals.issue_access(
        keyring,
        session_id=SESSION,
        person_id=7,
        identity=Identity.TEACHER,
        wipe_epoch=2,
        client_kind=ClientKind.APP,
        now=now,
        strong_at=strong_at,
    )


def forge(keyring: seals.Keyring, header: bytes, claims: bytes) -> str:
    """A token that the ring's own key did sign, whatever stands in it."""
    key = keyring.current_key(Purpose.ACCESS)
    parts = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, claims)]
    mac = hmac.digest(key, b".".join(parts), hashlib.sha256)
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


def test_the_claims_come_back(keyring: seals.Keyring) -> None:
    claims = seals.read_access(keyring, issue(keyring, strong_at=NOW - timedelta(minutes=3)), NOW)
    assert isinstance(claims, AccessClaims)
    assert (claims.person_id, claims.session_id, claims.wipe_epoch) == (7, SESSION, 2)
    assert (claims.identity, claims.client_kind) == (Identity.TEACHER, ClientKind.APP)
    assert claims.strong_at == datetime(2024, 8, 1, 9, 27, tzinfo=UTC)
    assert claims.expires_at == datetime(2024, 8, 1, 9, 40, tzinfo=UTC)


def test_without_a_second_sign_in_there_is_no_time_of_it(keyring: seals.Keyring) -> None:
    claims = seals.read_access(keyring, issue(keyring), NOW)
    assert isinstance(claims, AccessClaims)
    assert claims.strong_at is None


@pytest.mark.parametrize(
    ("after", "good"),
    [
        (timedelta(0), True),
        (timedelta(minutes=9, seconds=59.7), True),
        (timedelta(minutes=10), False),
        (timedelta(days=9), False),
    ],
)
def test_a_token_lives_ten_minutes(keyring: seals.Keyring, after: timedelta, good: bool) -> None:
    found = seals.read_access(keyring, issue(keyring), NOW + after)
    assert isinstance(found, AccessClaims) if good else found is Unreadable.EXPIRED


def test_the_zone_of_a_time_does_not_matter_and_a_naive_one_is_refused(keyring: seals.Keyring) -> None:
    token = issue(keyring, now=NOW.astimezone(ZoneInfo("Asia/Shanghai")))
    assert token == issue(keyring)
    with pytest.raises(ValueError, match="aware"):
        issue(keyring, now=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="aware"):
        seals.read_access(keyring, token, NOW.replace(tzinfo=None))


def test_another_library_reads_the_token_as_a_jwt(keyring: seals.Keyring) -> None:
    token = issue(keyring, strong_at=NOW)
    key = keyring.current_key(Purpose.ACCESS)
    claims = jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": "k1"}
    assert claims == {
        "pid": 7,
        "sid": str(SESSION),
        "idn": "TEACHER",
        "epo": 2,
        "cli": "APP",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
        "str": int(NOW.timestamp()),
    }


def test_the_longest_usual_token_fits_a_header(keyring: seals.Keyring) -> None:
    assert len(issue(keyring, strong_at=NOW)) < 320


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512", "EdDSA"])
def test_another_algorithm_is_invalid_even_with_our_key(keyring: seals.Keyring, algorithm: str) -> None:
    _, body, _ = issue(keyring).split(".")
    header = json.dumps({"alg": algorithm, "kid": "k1", "typ": "JWT"}, separators=(",", ":")).encode()
    claims = base64.urlsafe_b64decode(body + "==")
    forged = forge(keyring, header, claims)
    assert seals.read_access(keyring, forged, NOW) is Unreadable.INVALID
    assert seals.read_access(keyring, forged.rpartition(".")[0] + ".", NOW) is Unreadable.INVALID


@pytest.mark.parametrize(
    "header",
    [
        b'{"typ":"JWT","alg":"HS256","kid":"k1"}',
        b'{"alg":"HS256","kid":"k1","typ":"JWT","crit":["b64"],"b64":false}',
        b'{"alg":"HS256","jku":"https://example.com","kid":"k1","typ":"JWT"}',
        b'{"alg":"HS256","kid":"../../k1","typ":"JWT"}',
        b'{"alg":"HS256","kid":["k1"],"typ":"JWT"}',
        b'{"alg":"HS256","kid":null,"typ":"JWT"}',
        b'{"alg":"HS256","typ":"JWT"}',
        b"[]",
        b"[" * 600,
        b"",
        b"\xff",
    ],
)
def test_a_header_that_we_would_not_write_is_invalid(keyring: seals.Keyring, header: bytes) -> None:
    body = base64.urlsafe_b64decode(issue(keyring).split(".")[1] + "==")
    assert seals.read_access(keyring, forge(keyring, header, body), NOW) is Unreadable.INVALID


@pytest.mark.parametrize(
    "change",
    [
        {"pid": "7"},
        {"pid": None},
        {"pid": True},
        {"idn": "ADMIN"},
        {"cli": "WATCH"},
        {"exp": "9999999999"},
        {"sid": "7"},
        {"epo": 1.5},
    ],
)
def test_claims_of_another_shape_are_invalid(keyring: seals.Keyring, change: dict[str, Any]) -> None:
    head, body, _ = issue(keyring).split(".")
    header = base64.urlsafe_b64decode(head + "==")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert isinstance(
        seals.read_access(keyring, forge(keyring, header, json.dumps(claims).encode()), NOW), AccessClaims
    )
    changed = forge(keyring, header, json.dumps(claims | change).encode())
    assert seals.read_access(keyring, changed, NOW) is Unreadable.INVALID


def test_every_changed_or_missing_character_is_invalid(keyring: seals.Keyring) -> None:
    token = issue(keyring)
    for place, character in enumerate(token):
        other = "A" if character != "A" else "B"
        for broken in (
            token[:place] + other + token[place + 1 :],
            token[:place],
            token[:place] + token[place + 1 :],
        ):
            assert seals.read_access(keyring, broken, NOW) is Unreadable.INVALID
    for broken in (token + "A", token + "=", token + ".", " " + token, token + "\n", "Bearer " + token):
        assert seals.read_access(keyring, broken, NOW) is Unreadable.INVALID


@given(st.one_of(st.text(), st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", fullmatch=True)))
def test_any_text_is_invalid(token: str) -> None:
    assert seals.read_access(RING, token, NOW) is Unreadable.INVALID


def test_a_forged_token_is_invalid_though_its_time_is_over(
    keyring: seals.Keyring, strange: seals.Keyring
) -> None:
    assert seals.read_access(keyring, issue(strange), NOW + timedelta(days=1)) is Unreadable.INVALID
    assert seals.read_access(keyring, "a" * 10_000_000, NOW) is Unreadable.INVALID


def test_a_change_of_keys_signs_nobody_out(keyring: seals.Keyring, rotated: seals.Keyring) -> None:
    assert isinstance(seals.read_access(rotated, issue(keyring), NOW), AccessClaims)
    assert seals.read_access(keyring, issue(rotated), NOW) is Unreadable.INVALID
