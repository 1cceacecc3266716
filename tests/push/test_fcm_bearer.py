"""Access tokens: renewed off the loop, once for all who wait, and never sent in the clear."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import exceptions

from mobile_gateway.push.bearer import Bearer
from mobile_gateway.push.fcm import FcmProvider
from mobile_gateway.push.firebase import FixedToken, credential_of
from mobile_gateway.push.provider import Accepted, AuthBroken, Message, Outcome, Retry, Scope
from mobile_gateway.push.wire import Route
from mobile_gateway.rules.pushes import CREDENTIALS_SECONDS
from mobile_gateway.standins.fcm import FcmStandIn

Make = Callable[..., Message]
ONE = Route(connections=1)


def google(name: str, text: str, **options: bool) -> Exception:
    kind: Any = getattr(exceptions, name)  # their constructors have no types
    made: Exception = kind(text, **options)
    return made


class Issued(FixedToken):
    """A credential whose issuer hands out t1, t2, … instead of `token`, or fails as told."""

    def __init__(self, token: str | None, *, failing: Exception | None = None) -> None:
        super().__init__("")
        self.token = token
        self.failing = failing
        self.threads: list[int] = []

    def refresh(self, request: Any) -> None:
        self.threads.append(threading.get_ident())
        time.sleep(0.05)
        if self.failing is not None:
            raise self.failing
        self.token = f"t{len(self.threads)}"


def bearer_of(credential: Issued, timeout_seconds: float = 5.0) -> Bearer:
    return Bearer(credential, lambda: credential.refresh(None), timeout_seconds)


async def test_all_who_wait_for_a_token_wait_for_one_renewal_outside_of_the_loop() -> None:
    credential = Issued(None)
    bearer = bearer_of(credential)
    assert await asyncio.gather(*(bearer.ready() for _ in range(20))) == [None] * 20
    assert len(credential.threads) == 1
    assert credential.threads[0] != threading.get_ident()
    assert bearer.applied({"x": "y"}) == {"x": "y", "authorization": "Bearer t1"}


async def test_an_issuer_that_does_not_answer_in_time_is_tried_again_later() -> None:
    assert await bearer_of(Issued(None), timeout_seconds=0.01).ready() == Retry(None)


@pytest.mark.parametrize(
    ("failing", "outcome"),
    [
        (google("RefreshError", "invalid_grant"), AuthBroken(Scope.PROJECT)),
        (google("RefreshError", "try later", retryable=True), Retry(None)),
        (google("TransportError", "no route"), Retry(None)),
        (OSError("no entropy"), Retry(None)),
    ],
    ids=repr,
)
async def test_without_a_token_nothing_is_sent(
    fcm: FcmStandIn, message: Make, failing: Exception, outcome: Outcome
) -> None:
    provider = FcmProvider("training-demo", Issued(None, failing=failing), fcm.endpoint, ONE)
    assert await provider.send([message("ok:1"), message("ok:2")]) == [outcome, outcome]
    assert fcm.requests == 0
    await provider.close()


async def test_a_token_that_was_revoked_early_is_replaced_and_the_message_retried(
    fcm: FcmStandIn, message: Make
) -> None:
    fcm.access_token = "t1"
    provider = FcmProvider("training-demo", Issued("revoked"), fcm.endpoint, ONE)
    assert await provider.send([message("ok:1")]) == [Retry(None)]
    assert isinstance((await provider.send([message("ok:1")]))[0], Accepted)
    await provider.close()


async def test_a_fresh_token_that_is_refused_means_the_credential_is_refused(
    fcm: FcmStandIn, message: Make
) -> None:
    fcm.access_token = "never"
    credential = Issued("revoked")
    provider = FcmProvider("training-demo", credential, fcm.endpoint, ONE)
    assert await provider.send([message("ok:1")]) == [Retry(None)]
    assert await provider.send([message("ok:1")]) == [AuthBroken(Scope.PROJECT)]
    assert len(credential.threads) == 1
    await provider.close()


async def test_a_credential_that_stays_refused_is_said_to_be_each_time_its_lane_is_tried(
    fcm: FcmStandIn, message: Make
) -> None:
    fcm.access_token = "never"
    credential = Issued("revoked")
    provider = FcmProvider("training-demo", credential, fcm.endpoint, ONE)
    assert await provider.send([message("ok:1")]) == [Retry(None)]
    for _ in range(5):
        provider._bearer._renewed_at -= CREDENTIALS_SECONDS * 1.5
        assert await provider.send([message("ok:1")]) == [AuthBroken(Scope.PROJECT)]
    assert len(credential.threads) == 1
    await provider.close()


async def test_a_renewal_that_fails_leaves_the_credential_refused(fcm: FcmStandIn, message: Make) -> None:
    fcm.access_token = "never"
    credential = Issued("revoked", failing=google("TransportError", "no route"))
    provider = FcmProvider("training-demo", credential, fcm.endpoint, ONE)
    assert await provider.send([message("ok:1")]) == [AuthBroken(Scope.PROJECT)]
    await provider.close()


async def test_a_broken_apns_key_renews_no_token_of_ours(fcm: FcmStandIn, message: Make) -> None:
    credential = Issued("invented")
    provider = FcmProvider("training-demo", credential, fcm.endpoint, ONE)
    assert await provider.send([message("third_party_auth:t")]) == [AuthBroken(Scope.IOS)]
    assert credential.threads == []
    await provider.close()


def test_a_real_access_token_is_never_sent_in_the_clear(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    account = {
        "type": "service_account",
        "client_email": "push@training-demo.example",
        "token_uri": "https://127.0.0.1:1/token",
        "private_key": private.decode(),
    }
    key.write_text(json.dumps(account))
    with pytest.raises(ValueError, match="not HTTPS"):
        FcmProvider("training-demo", credential_of(key), "http://127.0.0.1:1")


def test_a_key_file_that_is_none_stops_the_start(tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    with pytest.raises(OSError, match=r"key\.json"):
        credential_of(key)
    key.write_text("{}")
    with pytest.raises(ValueError, match="fields"):
        credential_of(key)
