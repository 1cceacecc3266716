"""`POST /uploads/{token}`: what is taken, once, and what an attacker sends (TRUST.md, "The door")."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
from PIL import Image

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.clock import real
from mobile_gateway.web import uploads as web
from phoning import act, address, codes_of, rows, run
from pictures import picture, png_that_claims

LIMIT = 5 * 1024 * 1024


async def send(gateway: Gateway, path: str, data: bytes, kind: str = "image/jpeg") -> httpx.Response:
    return await gateway.client.post(path, content=data, headers={"content-type": kind})


def error_of(response: httpx.Response) -> str:
    code: str = response.json()["error"]["code"]
    return code


async def kept(gateway: Gateway) -> list[bytes]:
    """The photos in the rows, unsealed."""
    found = await rows(gateway, "SELECT id, sealed FROM upload WHERE sealed IS NOT NULL")
    return [
        seals.unseal(gateway.resources.keyring, row["sealed"], column="upload.photo", owner=str(row["id"]))
        for row in found
    ]


async def test_an_address_tells_its_limits_and_the_manuals_advice(gateway: Gateway) -> None:
    found = await address(gateway)
    assert found["path"] == f"/uploads/{found['token']}"
    assert found["mostBytes"] == LIMIT
    assert found["mediaTypes"] == ["image/jpeg", "image/png", "image/webp"]
    assert "仅限于中小学智慧教育平台账号换绑使用" in found["advice"]
    left = (datetime.fromisoformat(found["expiresAt"]) - real()).total_seconds()
    assert 890 < left <= 900


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_photo_is_kept_sealed_and_as_a_jpeg(gateway: Gateway, kind: str) -> None:
    where = await address(gateway)
    response = await send(gateway, where["path"], picture(kind))
    assert (response.status_code, response.json()) == (201, {"uploaded": True})
    assert response.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in response.headers
    (photo,) = await kept(gateway)
    assert photo.startswith(b"\xff\xd8\xff")
    (row,) = await rows(gateway, "SELECT sealed, media_type FROM upload")
    assert row["media_type"] == "image/jpeg"
    assert b"JFIF" not in row["sealed"]


async def test_the_place_where_a_photo_was_taken_is_not_kept(gateway: Gateway) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "NORTH-OF-HERE"
    dirty = picture(exif=exif.tobytes())
    assert b"NORTH-OF-HERE" in dirty
    await send(gateway, (await address(gateway))["path"], dirty)
    (photo,) = await kept(gateway)
    assert b"NORTH-OF-HERE" not in photo
    assert b"Exif" not in photo


async def test_a_picture_that_is_an_archive_too_loses_the_archive(gateway: Gateway) -> None:
    await send(gateway, (await address(gateway))["path"], picture() + b"PK\x03\x04payload.exe")
    (photo,) = await kept(gateway)
    assert b"PK\x03\x04" not in photo
    assert b"payload" not in photo


CUT = picture(size=(640, 480))[:-400]
REFUSED: dict[str, tuple[bytes, str, int]] = {
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", 415),
    "gif": (picture("GIF"), "image/gif", 415),
    "html as jpeg": (b"<!doctype html><script>1</script>", "image/jpeg", 415),
    "jpeg as html": (picture(), "text/html", 415),
    "jpeg in a form": (picture(), "multipart/form-data; boundary=x", 415),
    "pdf": (b"%PDF-1.7", "image/png", 415),
    "png bomb": (png_that_claims(50_000, 50_000), "image/png", 415),
    "truncated": (CUT, "image/jpeg", 415),
    "magic alone": (b"\xff\xd8\xff", "image/jpeg", 415),
    "a byte too many": (picture() + b"\0" * (LIMIT + 1 - len(picture())), "image/jpeg", 413),
    "empty": (b"", "image/jpeg", 400),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_photo_is_refused_with_a_reason(gateway: Gateway, name: str) -> None:
    data, kind, status = REFUSED[name]
    response = await send(gateway, (await address(gateway))["path"], data, kind)
    assert (response.status_code, error_of(response)) == (status, "UPLOAD_UNFIT")
    error = response.json()["error"]
    assert error["message"].startswith("照片无法使用：")
    assert "{" not in error["message"] + error["hint"]
    assert await kept(gateway) == []


async def test_exactly_five_megabytes_are_taken(gateway: Gateway) -> None:
    data = picture()
    response = await send(gateway, (await address(gateway))["path"], data + b"\0" * (LIMIT - len(data)))
    assert response.status_code == 201


async def test_a_body_without_length_is_counted_as_it_comes(gateway: Gateway) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield picture()
        while True:
            yield b"\0" * 65_536

    async def short() -> AsyncIterator[bytes]:
        data = picture()
        yield data[:100]
        yield data[100:]

    path, headers = (await address(gateway))["path"], {"content-type": "image/jpeg"}
    response = await gateway.client.post(path, content=endless(), headers=headers)
    assert (response.status_code, error_of(response)) == (413, "UPLOAD_UNFIT")
    assert response.headers["connection"] == "close"
    response = await gateway.client.post(path, content=short(), headers=headers)
    assert response.status_code == 201


async def test_a_length_that_is_announced_too_large_is_refused_unread(gateway: Gateway) -> None:
    path = (await address(gateway))["path"]
    headers = {"content-type": "image/jpeg", "content-length": str(LIMIT + 1)}
    response = await gateway.client.post(path, content=b"x", headers=headers)
    assert response.status_code == 413


async def test_an_address_takes_one_file(gateway: Gateway) -> None:
    path = (await address(gateway))["path"]
    assert (await send(gateway, path, picture())).status_code == 201
    second = await send(gateway, path, picture("PNG"))
    assert (second.status_code, error_of(second)) == (409, "UPLOAD_MISSING")
    assert len(await kept(gateway)) == 1


async def test_a_file_that_had_to_be_decoded_uses_the_address_up_and_others_do_not(gateway: Gateway) -> None:
    path = (await address(gateway))["path"]
    for data in (b"", b"<svg/>", picture("GIF")):
        assert (await send(gateway, path, data)).status_code in {400, 415}
    assert (await send(gateway, path, CUT)).status_code == 415
    assert (await send(gateway, path, picture())).status_code == 409


async def test_of_many_files_to_one_address_at_once_one_is_kept(gateway: Gateway) -> None:
    for _ in range(5):
        path = (await address(gateway))["path"]
        answers = await asyncio.gather(*(send(gateway, path, picture()) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert len(await kept(gateway)) == 5


@pytest.mark.parametrize(
    ("room", "networks"),
    [
        pytest.param(web.ROOM_OF_A_NETWORK, 1, id="of a network"),
        pytest.param(web.BODIES_AT_ONCE, web.BODIES_AT_ONCE, id="of all"),
    ],
)
async def test_a_file_too_many_at_once_is_asked_to_come_back(
    gateway: Gateway, room: int, networks: int
) -> None:
    paths = [(await address(gateway))["path"] for _ in range(room + 1)]
    go = asyncio.Event()
    app = gateway.client._transport.app  # type: ignore[attr-defined]  # the fixture's own transport
    clients = [
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, client=(f"10.0.{place}.1", 1)), base_url="http://gateway.test"
        )
        for place in range(networks)
    ]

    async def waiting() -> AsyncIterator[bytes]:
        yield picture()[:50]
        await go.wait()
        yield picture()[50:]

    def slow(place: int, path: str) -> asyncio.Future[httpx.Response]:
        headers = {"content-type": "image/jpeg"}
        sent = clients[place % networks].post(path, content=waiting(), headers=headers)
        return asyncio.ensure_future(sent)

    first = [slow(place, path) for place, path in enumerate(paths[:-1])]
    await asyncio.sleep(1)
    late = await clients[0].post(paths[-1], content=picture(), headers={"content-type": "image/jpeg"})
    assert (late.status_code, late.headers["retry-after"]) == (503, "5")
    go.set()
    assert {(await one).status_code for one in first} == {201}
    assert (await send(gateway, paths[-1], picture())).status_code == 201


async def test_a_small_file_of_a_large_picture_is_refused_undecoded(gateway: Gateway) -> None:
    for kind, size in (("PNG", (8000, 2100)), ("WEBP", (8000, 2100))):
        bomb = picture(kind, size)
        assert len(bomb) < 300_000
        answer = await send(gateway, (await address(gateway))["path"], bomb)
        assert (answer.status_code, error_of(answer)) == (415, "UPLOAD_UNFIT")
        assert "像素" in answer.json()["error"]["message"]


async def test_a_jpeg_of_more_scans_than_a_camera_writes_is_refused_unread(gateway: Gateway) -> None:
    honest = picture("JPEG", (640, 480), progressive=True)
    bomb = honest[:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x01\x3f\x10\x00" * 200 + honest[-2:]
    path = (await address(gateway))["path"]
    assert (await send(gateway, path, bomb)).status_code == 415
    assert (await send(gateway, path, honest)).status_code == 201


async def test_addresses_that_are_not_ours_or_late_are_not_there(gateway: Gateway) -> None:
    where = await address(gateway)
    token = where["token"]
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    channel = seals.sign_link(gateway.resources.keyring, b"\0" * 16, "download-channel")
    absent = seals.sign_link(gateway.resources.keyring, b"\0" * 16, "upload")
    for bad in (forged, channel, absent, "x", "%00", token + "." + token):
        response = await send(gateway, f"/uploads/{bad}", picture())
        assert (response.status_code, error_of(response)) == (404, "UPLOAD_MISSING")
    await run(
        gateway,
        "UPDATE upload SET created_at = created_at - interval '15 min', expires_at = expires_at - interval '15 min'",
    )
    response = await send(gateway, where["path"], picture())
    assert (response.status_code, error_of(response)) == (404, "UPLOAD_MISSING")
    assert (await gateway.client.get(where["path"])).status_code == 405


async def test_a_network_gets_so_many_addresses_a_day(gateway: Gateway) -> None:
    await run(
        gateway,
        "INSERT INTO upload (id, purpose, network, created_at, expires_at) SELECT gen_random_uuid(),"
        " 'REBIND_PHOTO', '127.0.0.0/24', now() - interval '1 h', now() - interval '45 min'"
        " FROM generate_series(1, 45)",
    )
    answers = await asyncio.gather(
        *(act(gateway, "upload_request", purpose="REBIND_PHOTO") for _ in range(8))
    )
    refused = [codes_of(answer) for answer in answers if answer["upload"] is None]
    assert refused == [[("RATE_LIMITED", [])]] * 3
    await gateway.sweep()
    assert codes_of(await act(gateway, "upload_request", purpose="REBIND_PHOTO")) == [("RATE_LIMITED", [])]
    await run(gateway, "UPDATE upload SET created_at = created_at - interval '23 h'")
    assert codes_of(await act(gateway, "upload_request", purpose="REBIND_PHOTO")) == []


async def test_a_photo_that_no_ticket_comes_for_is_erased(gateway: Gateway) -> None:
    await send(gateway, (await address(gateway))["path"], picture())
    await gateway.sweep()
    assert len(await kept(gateway)) == 1
    await run(gateway, "UPDATE upload SET expires_at = now()")
    await gateway.sweep()
    assert await kept(gateway) == []
    assert len(await rows(gateway, "SELECT FROM upload")) == 1
    await run(gateway, "UPDATE upload SET expires_at = now() - interval '1 day'")
    await gateway.sweep()
    assert await rows(gateway, "SELECT FROM upload") == []
