"""Huawei's access tokens are bought over TLS, from whom the public authorities or the one of the settings vouch for."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import certifi
import httpx
import pytest

from mobile_gateway.clock import real
from mobile_gateway.push.huawei import AppCredential, HuaweiProvider
from mobile_gateway.push.wire import Route
from mobile_gateway.seals import tls
from mobile_gateway.standins.huawei import HuaweiStandIn


class Encrypted(HuaweiStandIn):
    """The stand-in over TLS, with a certificate of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        folder.mkdir()
        self.certificate, key = folder / "certificate.pem", folder / "key.pem"
        for path, pem in zip((key, self.certificate), tls.self_signed(real()), strict=True):
            path.write_text(pem)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, key)

    @property
    def address(self) -> str:
        return f"{self.endpoint.replace('http://', 'https://')}/oauth2/v3/token"

    async def start(self, port: int = 0) -> None:
        self._connections: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", port, ssl=self._context)


async def bought(standin: Encrypted, authority: Path | None) -> str | None:
    credential = AppCredential("100001", "invented", standin.address, Route(authority=authority))
    await asyncio.to_thread(credential.renew)
    return credential.token


async def test_the_authority_of_the_settings_is_trusted_beside_the_public_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real_ones = Path(certifi.where())
    async with Encrypted(tmp_path / "standin") as standin:
        with pytest.raises(httpx.ConnectError):
            await bought(standin, None)
        assert await bought(standin, standin.certificate) == "t1"
        monkeypatch.setattr(certifi, "where", lambda: str(standin.certificate))  # as if it were public
        assert await bought(standin, None) == "t2"
        assert await bought(standin, real_ones) == "t3"


def test_neither_secret_nor_access_token_is_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="the secret"):
        AppCredential("1", "s", "http://oauth.example/token")
    with pytest.raises(ValueError, match="access token"):
        HuaweiProvider("1", AppCredential("1", "s"), "http://push.example")
