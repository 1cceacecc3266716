from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.schema.context import Viewer
from mobile_gateway.seals import Keyring, issue_access
from mobile_gateway.web.authentication import BadToken, locale_of, network_of, viewer_of

NOW = datetime(2024, 8, 1, 4, tzinfo=UTC)
SESSION = UUID("0d4f6c1e-5d1c-4d0a-9d5e-2f1b6a7c8d90")
KEYS = Keyring({"k1": b"1" * 32}, current="k1")
STRANGERS = Keyring({"k1": b"2" * 32}, current="k1")


def token(keyring: Keyring = KEYS) -> str:
    return issue_access(
        keyring,
        session_id=SESSION,
        person_id=7,
        identity=Identity.TEACHER,
        wipe_epoch=2,
        client_kind=ClientKind.APP,
        now=NOW,
        strong_at=NOW,
    )


def test_a_good_token_names_its_viewer() -> None:
    viewer = Viewer(
        7, SESSION, Identity.TEACHER, 2, ClientKind.APP, NOW, expires_at=NOW + timedelta(minutes=10)
    )
    for header in (f"Bearer {token()}", f"bearer   {token()}", f" BEARER {token()}\t"):
        assert viewer_of(header, KEYS, NOW) == viewer


@pytest.mark.parametrize("header", [None, "", "   ", "Basic dXNlcjpwYXNz", "Bearers abc", "Digest Bearer x"])
def test_no_token_is_an_anonymous_reader(header: str | None) -> None:
    assert viewer_of(header, KEYS, NOW) is None


def test_an_expired_token_is_told_from_a_wrong_one() -> None:
    header = f"Bearer {token()}"
    assert viewer_of(header, KEYS, NOW + timedelta(minutes=10)) is BadToken.EXPIRED
    assert viewer_of(f"Bearer {token(STRANGERS)}", KEYS, NOW) is BadToken.INVALID
    assert viewer_of(header[:-2], KEYS, NOW) is BadToken.INVALID


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer a b", "Bearer a, Bearer b", "Bearer é", "Bearer ="]
)
def test_a_malformed_bearer_is_refused(header: str) -> None:
    assert viewer_of(header, KEYS, NOW) is BadToken.INVALID


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/64"),
        (None, "unknown"),
        ("", "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_a_network_is_a_24_or_a_64(client: str | None, network: str) -> None:
    assert network_of(client, None, 0) == network


@pytest.mark.parametrize(
    ("forwarded", "proxies", "network"),
    [
        ("203.0.113.9", 0, "192.0.2.0/24"),
        ("203.0.113.9", 1, "203.0.113.0/24"),
        ("1.1.1.1, 203.0.113.9", 1, "203.0.113.0/24"),
        ("1.1.1.1, 203.0.113.9, 198.51.100.4", 2, "203.0.113.0/24"),
        ("203.0.113.9:4711", 1, "203.0.113.0/24"),
        ("[2001:db8::7]:4711", 1, "2001:db8::/64"),
        ("203.0.113.9", 2, "192.0.2.0/24"),
        (None, 1, "192.0.2.0/24"),
        ("evil", 1, "unknown"),
    ],
)
def test_only_what_our_own_proxies_wrote_counts(forwarded: str | None, proxies: int, network: str) -> None:
    assert network_of("192.0.2.1", forwarded, proxies) == network


@pytest.mark.parametrize(
    ("header", "locale"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("fr", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en;q=0.3, zh;q=0.7", "zh-CN"),
    ],
)
def test_the_language_is_chinese_unless_english_weighs_more(header: str | None, locale: str) -> None:
    assert locale_of(header) == locale
