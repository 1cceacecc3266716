"""Pictures and the full document, fetched over HTTP; who may, from where and how long."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from certifying import claim, graduate, page, preview
from gateway import Gateway
from mobile_gateway.actions import downloading, rendering
from mobile_gateway.clock import real
from mobile_gateway.documents.store import StoreAway
from mobile_gateway.rules.words import ClientKind
from player import codes, run, value
from staffing import PLATFORM, ask, nodes
from teachers import Teacher, change, newcomer

NUMBER = "11010519491231002X"


async def fetch(gateway: Gateway, url: str) -> httpx.Response:
    parts = urlsplit(url)
    return await gateway.client.get(f"{parts.path}?{parts.query}" if parts.query else parts.path)


async def claimed(gateway: Gateway, kind: ClientKind = ClientKind.WEB) -> tuple[Teacher, str]:
    """A teacher whose certificate is drawn, and its id."""
    who = await graduate(gateway, kind=kind)
    number = (await claim(who))["id"]
    await gateway.sweep()
    return who, number


async def address(who: Teacher, number: str) -> str:
    payload = await who.act("certificate_download", certificateId=number)
    assert payload["userErrors"] == [], payload
    return str(payload["url"])


async def test_the_document_has_full_name_number_and_serial_as_text(gateway: Gateway) -> None:
    who, number = await claimed(gateway)
    profile = await who.profile()
    found = await fetch(gateway, await address(who, number))
    assert (found.status_code, found.headers["content-type"]) == (200, "application/pdf")
    assert found.headers["cache-control"] == "private, no-store"
    assert found.headers["content-disposition"].startswith("attachment;")
    (sheet,) = PdfReader(io.BytesIO(found.content)).pages
    text = sheet.extract_text()
    serial = (await page(who))["certificate"]["serial"].replace("-", " ")
    assert profile["name"] in text
    assert serial in text
    whole = await value(gateway, "SELECT document_last4 FROM person WHERE id = $1", who.id)
    assert whole in text
    assert "***" not in text


async def test_only_the_website_downloads(gateway: Gateway) -> None:
    who, number = await claimed(gateway, ClientKind.APP)
    payload = await who.act("certificate_download", certificateId=number)
    assert codes(payload) == ["DOWNLOAD_WEB_ONLY"]
    assert payload["userErrors"][0]["message"] == "目前只有网页端支持证书下载"
    assert payload["url"] is None


async def test_somebody_else_s_certificate_is_not_found(gateway: Gateway) -> None:
    _, number = await claimed(gateway)
    other = await newcomer(gateway)
    assert codes(await other.act("certificate_download", certificateId=number)) == ["NOT_FOUND"]
    assert (await other.gateway.data_of(f'{{ node(id: "{number}") {{ id }} }}', None, other.token))[
        "node"
    ] is None


async def test_a_document_that_is_not_drawn_yet_says_so(gateway: Gateway) -> None:
    who = await graduate(gateway)
    number = (await claim(who))["id"]
    assert codes(await who.act("certificate_download", certificateId=number)) == ["CERTIFICATE_NOT_RENDERED"]
    assert not (await page(who))["certificate"]["ready"]
    await gateway.sweep()
    assert (await page(who))["certificate"]["ready"]


async def test_a_void_certificate_is_not_downloaded(gateway: Gateway) -> None:
    who, number = await claimed(gateway)
    before = await address(who, number)
    await change(gateway, "UPDATE certificate SET state = 'VOID', voided_at = now(), void_reason = 'FRAUD'")
    assert codes(await who.act("certificate_download", certificateId=number)) == ["CERTIFICATE_VOID"]
    assert (await fetch(gateway, before)).status_code == 404


async def test_an_address_ends_with_its_sign_in_and_cannot_be_changed(gateway: Gateway) -> None:
    who, number = await claimed(gateway)
    url = await address(who, number)
    assert (await fetch(gateway, url)).status_code == 200
    assert (await fetch(gateway, url[:-3] + "xyz")).status_code == 404
    assert (await fetch(gateway, "/certificates/document.pdf")).status_code == 404
    await change(
        gateway, "UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT' WHERE person_id = $1", who.id
    )
    gone = await fetch(gateway, url)
    assert (gone.status_code, gone.text) == (404, "Not found.\n")


async def test_an_address_ends_after_two_minutes(gateway: Gateway) -> None:
    who, number = await claimed(gateway)
    url = await address(who, number)
    token = urlsplit(url).query.removeprefix("token=")
    held = gateway.resources
    late = real() + timedelta(minutes=2, seconds=1)
    assert await downloading.begin(held.database, held.keyring, token=token, now=late) is None
    assert await downloading.begin(held.database, held.keyring, token=token, now=real()) is not None


async def test_each_address_is_in_the_audit_log(gateway: Gateway) -> None:
    who, number = await claimed(gateway)
    await address(who, number)
    (entry,) = nodes(await ask(gateway, "audit_log", await gateway.token(PLATFORM)))
    assert (entry["act"], entry["role"], entry["subject"]["id"]) == ("CERTIFICATE_DOWNLOADED", None, number)


async def test_the_store_holds_nothing_that_can_be_read(gateway: Gateway) -> None:
    who, _ = await claimed(gateway)
    files = [path for path in (gateway.data / "documents").rglob("*") if path.is_file()]
    assert len(files) == 2
    for path in files:
        data = path.read_bytes()
        assert not data.startswith((b"%PDF", b"\x89PNG"))
        assert (await who.profile())["name"].encode() not in data


async def test_a_picture_is_masked_and_open_to_who_holds_its_address(gateway: Gateway) -> None:
    who, _ = await claimed(gateway)
    url = (await page(who))["certificate"]["pictureUrl"]
    found = await fetch(gateway, url)
    assert (found.status_code, found.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(found.content)).size[0] == 1600
    assert (await fetch(gateway, url[:-2] + "xx")).status_code == 404


async def test_a_preview_s_picture_is_drawn_within_a_sweep_and_forgotten_after_an_hour(
    gateway: Gateway,
) -> None:
    who = await graduate(gateway)
    url = (await preview(who))["preview"]["pictureUrl"]
    waiting = await fetch(gateway, url)
    assert (waiting.status_code, waiting.headers["retry-after"]) == (202, "2")
    await gateway.sweep()
    assert (await fetch(gateway, url)).headers["content-type"] == "image/png"
    drawn_once = "SELECT tries FROM certificate_preview"
    again = (await preview(who))["preview"]["pictureUrl"]
    assert (await fetch(gateway, again)).status_code == 200
    assert await value(gateway, drawn_once) == 0
    await who.edit(name="温若禾")
    newer = (await preview(who))["preview"]["pictureUrl"]
    assert (await fetch(gateway, url)).status_code == 404
    await gateway.sweep()
    assert (await fetch(gateway, newer)).status_code == 200
    assert await rendering.forget_pictures(gateway.database, real() + timedelta(minutes=59), 10) == 0
    assert await rendering.forget_pictures(gateway.database, real() + timedelta(minutes=61), 10) == 1
    assert (await fetch(gateway, newer)).status_code == 404


class BrokenStore:
    """A store that is away."""

    async def put(self, key: str, data: bytes, content_type: str) -> None:
        raise StoreAway("away")

    async def get(self, key: str) -> bytes | None:
        raise StoreAway("away")

    async def delete(self, key: str) -> None:
        raise StoreAway("away")

    async def close(self) -> None:
        """Nothing is open."""


async def test_while_the_store_is_away_nothing_is_lost(gateway: Gateway) -> None:
    who = await graduate(gateway)
    number = (await claim(who))["id"]
    good, gateway.resources.store = gateway.resources.store, BrokenStore()
    await gateway.sweep()
    assert not (await page(who))["certificate"]["ready"]
    due = await value(gateway, "SELECT document_due_at > now() FROM certificate")
    assert due
    gateway.resources.store = good
    await run(gateway, "UPDATE certificate SET document_due_at = now()")
    await gateway.sweep()
    url = await address(who, number)
    gateway.resources.store = BrokenStore()
    away = await fetch(gateway, url)
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")


def drawn(data: Path) -> list[Path]:
    """The documents in the store."""
    return sorted((data / "documents").rglob("*.pdf"))


async def test_drawing_twice_is_once(gateway: Gateway) -> None:
    who, _ = await claimed(gateway)
    files = drawn(gateway.data)
    await run(gateway, "UPDATE certificate SET document_key = NULL, document_due_at = now()")
    await gateway.sweep()
    assert drawn(gateway.data) == files
    assert (await page(who))["certificate"]["ready"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_files_are_only_read(gateway: Gateway, method: str) -> None:
    for path in ("/certificates/document.pdf", "/certificates/pictures/x"):
        assert (await gateway.client.request(method, path)).status_code == 405
