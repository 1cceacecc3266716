"""The download page of the app, its QR code, and the address the code leads to (PRODUCT.md §9; manual §一).

The QR code holds `…/download/go`, with `?c=` and a signed channel where a campaign has one. Where a scan
leads is chosen by the client among `DownloadTargets` alone; nothing in a request can name a target.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial
from typing import Final, Literal
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from mobile_gateway.logs import logger
from mobile_gateway.web.pages import Language, headers, language_of

ChannelOf = Callable[[str], str | None]
"""Checks a signed channel token: the channel it names, or None if it is unknown or was tampered with."""

Count = Callable[[str | None, str], Awaitable[None]]
"""Counts one scan: the channel, if any, and the client (a value of `Client`)."""

COUNT_SECONDS: Final = 2.0
MAX_TOKEN: Final = 256
PNG_MODULE_PIXELS: Final = 12


TEXTS: Final[dict[Language, dict[str, str]]] = {
    "zh-CN": {
        "title": "下载智慧中小学",
        "tagline": "国家中小学智慧教育平台手机客户端",
        "developer": "开发者",
        "check": "安装前请核对：应用的开发者应与以上全称一致。",
        "scan": "扫码下载",
        "scan_how": "用手机相机、浏览器或微信扫一扫。",
        "qr": "下载智慧中小学的二维码",
        "phones": "手机 · 平板",
        "desktop": "电脑桌面端",
        "wechat": "微信内无法直接下载。请点击右上角“…”，选择“在浏览器打开”。",
        "guide_title": "请在浏览器中打开",
        "guide_why": "微信内无法直接下载应用。",
        "guide_menu": "点击右上角的“…”",
        "guide_open": "选择“在浏览器打开”",
        "guide_else": "也可以在手机浏览器中输入：",
    },
    "en": {
        "title": "Download 智慧中小学",
        "tagline": "The app of Smart Education of China for schools",
        "developer": "Developer",
        "check": "Before you install, check that the developer's name is exactly the one above.",
        "scan": "Scan to download",
        "scan_how": "Use your phone's camera, its browser or WeChat.",
        "qr": "QR code that leads to the app 智慧中小学",
        "phones": "phones · tablets",
        "desktop": "Desktop",
        "wechat": "WeChat cannot download apps. Tap “…” at the top right, then “Open in browser”.",
        "guide_title": "Please open in your browser",
        "guide_why": "WeChat cannot download apps.",
        "guide_menu": "Tap “…” at the top right",
        "guide_open": "Choose “Open in browser”",
        "guide_else": "Or type this into your phone's browser:",
    },
}


class Client(StrEnum):
    """What asks, by its User-Agent: a hint that anyone can forge, good enough to choose a shop by."""

    BOT = "bot"
    WECHAT = "wechat"
    IOS = "ios"
    ANDROID = "android"
    DESKTOP = "desktop"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DownloadTargets:
    """The only addresses that the pages link and lead to; all absolute, `public_url` without a final slash.

    `public_url` is where people reach this service: the QR code holds it, followed by `/download/go`.

    Raises:
        ValueError: an address is not absolute HTTP(S), or `public_url` has a query or a fragment.
    """

    public_url: str
    app_store_url: str
    android_url: str
    desktop_url: str

    def __post_init__(self) -> None:
        for url in (self.public_url, self.app_store_url, self.android_url, self.desktop_url):
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
                raise ValueError(f"not an absolute http or https address: {url}")
        if self.public_url.endswith("/") or set(self.public_url) & set("?#"):
            raise ValueError("public_url ends with neither a slash nor a query nor a fragment")

    def scan_address(self, token: str | None = None) -> str:
        """Give the address that a QR code holds, with a signed channel token if there is one."""
        return f"{self.public_url}/download/go{_query(token)}"


_BOT = re.compile(
    r"(?<!cu)bot(?![a-z])|spider|crawl|slurp|headless|lighthouse|facebookexternalhit|embedly|preview|monitor"
    r"|^(curl|wget|python|java|go-http|okhttp|libwww|httpx|axios|node|ruby|php|perl)\b",
    re.IGNORECASE,
)
"""Robots by their names; the phones of the brand CUBOT are not robots."""


def client_of(user_agent: str) -> Client:
    """Tell the kind of client from a User-Agent; an absent one is a bot's, an unknown device is OTHER."""
    if not user_agent or _BOT.search(user_agent):
        return Client.BOT
    for sign, client in (
        ("MicroMessenger", Client.WECHAT),  # before the systems it runs on
        ("iPhone", Client.IOS),
        ("iPad", Client.IOS),
        ("iPod", Client.IOS),
        ("Android", Client.ANDROID),  # before the Linux it names too
        ("Windows NT", Client.DESKTOP),
        ("Macintosh", Client.DESKTOP),
        ("X11", Client.DESKTOP),
    ):
        if sign in user_agent:
            return client
    return Client.OTHER


def routes(
    targets: DownloadTargets, *, channel_of: ChannelOf, count: Count, templates: Jinja2Templates
) -> list[Route]:
    """Build the routes of the download pages; `templates` holds this package's own `templates/` folder.

    `GET /download`, the page; `/download/qr.svg` and `/download/qr.png`, the code; `/download/go`, where it
    leads: 302 to a target, or 200 with the guide (WeChat) or the plain page (bots, unknown devices, tokens
    that do not check). All take `?c=`; a token that does not check counts as none. A scan is counted after
    its answer was sent, within `COUNT_SECONDS`; a failure is logged and forgotten. A scan inside WeChat is
    counted as `wechat`, and once more as what it is if it goes on in a browser.
    """
    pages = _Pages(targets, channel_of, count, templates)
    return [
        Route("/download", pages.page, name="download"),
        Route("/download/go", pages.go, name="download-go"),
        Route("/download/qr.svg", partial(pages.image, "svg"), name="download-qr-svg"),
        Route("/download/qr.png", partial(pages.image, "png"), name="download-qr-png"),
    ]


@dataclass(frozen=True, slots=True)
class _Pages:
    targets: DownloadTargets
    channel_of: ChannelOf
    count: Count
    templates: Jinja2Templates

    async def page(self, request: Request) -> Response:
        token, _ = self._channel(request)
        return self._render(request, "download.html", token, cache="public, max-age=300")

    async def go(self, request: Request) -> Response:
        client = _client(request)
        token, channel = self._channel(request)
        sound = token is not None or "c" not in request.query_params
        counted = None
        if sound and client is not Client.BOT and request.method == "GET" and not _asks_ahead(request):
            counted = BackgroundTask(_count_quietly, self.count, channel, client)
        leads_to = {
            Client.IOS: self.targets.app_store_url,
            Client.ANDROID: self.targets.android_url,
            Client.DESKTOP: self.targets.desktop_url,
        }.get(client)
        if sound and leads_to is not None:
            return RedirectResponse(leads_to, 302, _headers("no-store", noindex=True), background=counted)
        name = "download_guide.html" if sound and client is Client.WECHAT else "download.html"
        return self._render(request, name, token, cache="no-store", background=counted)

    async def image(self, kind: Literal["svg", "png"], request: Request) -> Response:
        token, _ = self._channel(request)
        image, etag = await to_thread.run_sync(_image, kind, self.targets.scan_address(token))
        sent = {
            "cache-control": "public, max-age=86400",
            "etag": etag,
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
        }
        known = {
            tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")
        }
        if etag in known or "*" in known:
            return Response(status_code=304, headers=sent)
        return Response(image, media_type="image/svg+xml" if kind == "svg" else "image/png", headers=sent)

    def _channel(self, request: Request) -> tuple[str | None, str | None]:
        """Give the token of the request and its channel, or neither unless the token checks."""
        token = request.query_params.get("c", "")
        channel = self.channel_of(token) if 0 < len(token) <= MAX_TOKEN else None
        return (None, None) if channel is None else (token, channel)

    def _render(
        self,
        request: Request,
        name: str,
        token: str | None,
        *,
        cache: str,
        background: BackgroundTask | None = None,
    ) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        context = {
            "t": TEXTS[language],
            "language": language,
            "client": _client(request).value,
            "targets": self.targets,
            "qr_query": _query(token),
            "address": f"{self.targets.public_url}/download",
        }
        sent = _headers(cache, noindex=cache == "no-store") | {"content-language": language}
        return self.templates.TemplateResponse(request, name, context, headers=sent, background=background)


def _client(request: Request) -> Client:
    return client_of(request.headers.get("user-agent", ""))


def _asks_ahead(request: Request) -> bool:
    """Tell if a browser only loads the address ahead of a person's choice: that is no scan."""
    purpose = request.headers.get("sec-purpose", "") or request.headers.get("purpose", "")
    return "prefetch" in purpose or "preview" in purpose


def _query(token: str | None) -> str:
    return "" if token is None else f"?c={quote(token, safe='')}"


def _headers(cache: str, *, noindex: bool) -> dict[str, str]:
    return headers(cache, vary="User-Agent, Accept-Language", noindex=noindex)


@lru_cache(maxsize=256)
def _image(kind: Literal["svg", "png"], address: str) -> tuple[bytes, str]:
    """The code and its tag. To be called in a thread, which loads what draws when the first code is asked for."""
    from mobile_gateway.documents import qr  # noqa: PLC0415 - Pillow is 6 MB, and most processes draw nothing

    image = qr.svg(address) if kind == "svg" else qr.png(address, pixels_per_module=PNG_MODULE_PIXELS)
    return image, f'"{hashlib.sha256(image).hexdigest()[:32]}"'


async def _count_quietly(count: Count, channel: str | None, client: Client) -> None:
    try:
        async with asyncio.timeout(COUNT_SECONDS):
            await count(channel, client.value)
    except Exception as error:  # noqa: BLE001 - whatever fails in counting, the scan has its answer already
        logger.warning("scan_not_counted", client=client.value, error=type(error).__name__)
