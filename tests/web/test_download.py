import re
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.templating import Jinja2Templates
from structlog.testing import capture_logs

from mobile_gateway.documents import qr
from mobile_gateway.web import download
from mobile_gateway.web.download import Client, DownloadTargets

WEB = Path(download.__file__).parent
DEVELOPER = "教育部教育技术与资源发展中心(中央电化教育馆)"
TARGETS = DownloadTargets(
    public_url="https://gateway.example.cn",
    app_store_url="https://apps.example.com/cn/app/id1",
    android_url="https://packages.example.cn/app.apk",
    desktop_url="https://desktop.example.cn/",
)
CHANNELS = {"c2lnbmVk.poster": "poster"}
TOKEN = "c2lnbmVk.poster"

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1"
)
IPAD = "Mozilla/5.0 (iPad; CPU OS 15_8 like Mac OS X) AppleWebKit/605.1.15 Version/15.6 Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 14; V2301A) AppleWebKit/537.36 Chrome/116.0.0.0 Mobile Safari/537.36"
CUBOT = "Mozilla/5.0 (Linux; Android 11; CUBOT X30) AppleWebKit/537.36 Chrome/116.0.0.0 Mobile Safari/537.36"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15"
LINUX = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
HARMONY = "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0.0.0 ArkWeb/4.1 Mobile"
WECHAT_ANDROID = f"{ANDROID} MicroMessenger/8.0.49.2600(0x28003133) NetType/WIFI Language/zh_CN"
WECHAT_IPHONE = f"{IPHONE} MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/zh_CN"
BAIDU = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
GOOGLE_PHONE = f"{ANDROID} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


class Door:
    """The routes behind a client, with the counting that they did."""

    def __init__(self, fail: Callable[[], None] = lambda: None) -> None:
        self.counted: list[tuple[str | None, str]] = []
        self.fail = fail

    async def count(self, channel: str | None, client: str) -> None:
        self.fail()
        self.counted.append((channel, client))

    async def ask(self, path: str, agent: str, method: str = "GET", **headers: str) -> httpx.Response:
        app = Starlette(
            routes=download.routes(
                TARGETS,
                channel_of=CHANNELS.get,
                count=self.count,
                templates=Jinja2Templates(WEB / "templates"),
            )
        )
        sent = {"user-agent": agent} | {name.replace("_", "-"): value for name, value in headers.items()}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://evil.example") as client:
            return await client.request(method, path, headers=sent)


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        (IPHONE, Client.IOS),
        (IPAD, Client.IOS),
        (ANDROID, Client.ANDROID),
        (CUBOT, Client.ANDROID),
        (WINDOWS, Client.DESKTOP),
        (MAC, Client.DESKTOP),
        (LINUX, Client.DESKTOP),
        (HARMONY, Client.OTHER),
        (WECHAT_ANDROID, Client.WECHAT),
        (WECHAT_IPHONE, Client.WECHAT),
        (BAIDU, Client.BOT),
        (GOOGLE_PHONE, Client.BOT),
        ("curl/8.8.0", Client.BOT),
        ("python-httpx/0.28", Client.BOT),
        ("", Client.BOT),
    ],
)
def test_a_client_is_told_by_its_user_agent(agent: str, client: Client) -> None:
    assert download.client_of(agent) is client


@pytest.mark.parametrize(
    ("agent", "target"),
    [
        (IPHONE, TARGETS.app_store_url),
        (ANDROID, TARGETS.android_url),
        (WINDOWS, TARGETS.desktop_url),
        (MAC, TARGETS.desktop_url),
    ],
)
async def test_a_scan_leads_to_the_clients_own_target_and_is_counted(agent: str, target: str) -> None:
    door = Door()
    answer = await door.ask(f"/download/go?c={TOKEN}", agent)
    assert (answer.status_code, answer.headers["location"]) == (302, target)
    assert answer.headers["cache-control"] == "no-store"
    assert door.counted == [("poster", download.client_of(agent).value)]


async def test_a_scan_without_a_channel_is_counted_without_one() -> None:
    door = Door()
    assert (await door.ask("/download/go", IPHONE)).status_code == 302
    assert door.counted == [(None, "ios")]


@pytest.mark.parametrize("agent", [WECHAT_ANDROID, WECHAT_IPHONE])
async def test_inside_wechat_a_scan_shows_how_to_open_a_browser(agent: str) -> None:
    door = Door()
    answer = await door.ask(f"/download/go?c={TOKEN}", agent)
    assert answer.status_code == 200
    assert "在浏览器打开" in answer.text
    assert "https://gateway.example.cn/download" in answer.text
    assert door.counted == [("poster", "wechat")]


@pytest.mark.parametrize("token", ["forged", f"{TOKEN}x", "", "x" * 257, "https://evil.example/"])
@pytest.mark.parametrize("agent", [IPHONE, WINDOWS, WECHAT_IPHONE])
async def test_a_token_that_does_not_check_gives_the_plain_page(token: str, agent: str) -> None:
    door = Door()
    answer = await door.ask(f"/download/go?c={token}", agent)
    assert answer.status_code == 200
    assert DEVELOPER in re.sub("<.*?>", "", answer.text)
    assert 'src="/download/qr.svg"' in answer.text
    assert door.counted == []


@pytest.mark.parametrize("agent", [BAIDU, GOOGLE_PHONE, ""])
async def test_a_bot_gets_the_plain_page_and_is_not_counted(agent: str) -> None:
    door = Door()
    answer = await door.ask(f"/download/go?c={TOKEN}", agent)
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex"
    assert door.counted == []


async def test_an_unknown_device_gets_the_plain_page_and_is_counted() -> None:
    door = Door()
    assert (await door.ask("/download/go", HARMONY)).status_code == 200
    assert door.counted == [(None, "other")]


async def test_loading_ahead_and_asking_for_headers_are_no_scans() -> None:
    door = Door()
    await door.ask("/download/go", IPHONE, sec_purpose="prefetch;prerender")
    await door.ask("/download/go", IPHONE, purpose="prefetch")
    assert (await door.ask("/download/go", IPHONE, "HEAD")).status_code == 302
    assert door.counted == []


def _break() -> None:
    raise ConnectionError("the database is away")


async def test_a_failure_of_counting_breaks_nothing() -> None:
    with capture_logs() as logs:
        answer = await Door(fail=_break).ask(f"/download/go?c={TOKEN}", IPHONE)
    assert answer.headers["location"] == TARGETS.app_store_url
    assert logs == [
        {"event": "scan_not_counted", "log_level": "warning", "client": "ios", "error": "ConnectionError"}
    ]


@pytest.mark.parametrize("name", ["url", "to", "next", "target", "redirect", "app_store_url"])
async def test_nothing_in_a_request_names_a_target(name: str) -> None:
    evil = "https://evil.example/"
    answer = await Door().ask(f"/download/go?{name}={evil}", IPHONE, host="evil.example", referer=evil)
    assert answer.headers["location"] == TARGETS.app_store_url
    page = await Door().ask(f"/download?{name}={evil}", WINDOWS, x_forwarded_host="evil.example")
    assert "evil.example" not in page.text


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "扫码下载"), ("en", "Scan to download")])
async def test_the_page_shows_app_developer_code_and_targets(language: str, words: str) -> None:
    door = Door()
    answer = await door.ask(f"/download?c={TOKEN}", WINDOWS, accept_language=language)
    text = re.sub("<.*?>", "", answer.text)
    assert "智慧中小学" in text
    assert DEVELOPER in text
    assert words in text
    assert f'src="/download/qr.svg?c={TOKEN}"' in answer.text
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language
    links = set(re.findall(r'href="(https?://[^"]+)"', answer.text))
    assert links == {TARGETS.app_store_url, TARGETS.android_url, TARGETS.desktop_url}
    assert door.counted == []


@pytest.mark.parametrize("path", ["/download", "/download/go"])
@pytest.mark.parametrize("agent", [WINDOWS, IPHONE, WECHAT_IPHONE, BAIDU])
async def test_pages_and_redirects_are_locked_down_and_need_no_script(path: str, agent: str) -> None:
    answer = await Door().ask(path, agent)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["vary"] == "User-Agent, Accept-Language"
    assert "set-cookie" not in answer.headers
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", answer.text)


@pytest.mark.parametrize("agent", [WINDOWS, WECHAT_IPHONE])
async def test_every_file_that_a_page_asks_for_exists(agent: str) -> None:
    answer = await Door().ask("/download/go?c=forged" if agent == WINDOWS else "/download/go", agent)
    files = re.findall(r'"/static/([^"]+)"', answer.text)
    assert files
    assert [name for name in files if not (WEB / "static" / name).is_file()] == []


@pytest.mark.parametrize(
    ("query", "address"),
    [
        ("", "https://gateway.example.cn/download/go"),
        (f"?c={TOKEN}", f"https://gateway.example.cn/download/go?c={TOKEN}"),
        ("?c=forged", "https://gateway.example.cn/download/go"),
    ],
)
async def test_the_images_hold_the_public_address_and_only_sound_channels(query: str, address: str) -> None:
    svg = await Door().ask(f"/download/qr.svg{query}", WINDOWS)
    png = await Door().ask(f"/download/qr.png{query}", WINDOWS)
    assert svg.content == qr.svg(address)
    assert png.content == qr.png(address, pixels_per_module=download.PNG_MODULE_PIXELS)
    assert (svg.headers["content-type"], png.headers["content-type"]) == ("image/svg+xml", "image/png")


@pytest.mark.parametrize("path", ["/download/qr.svg", "/download/qr.png"])
async def test_an_image_is_cached_and_not_sent_twice(path: str) -> None:
    first = await Door().ask(path, WINDOWS)
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "public, max-age=86400"
    assert first.headers["content-security-policy"] == "default-src 'none'; sandbox"
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await Door().ask(path, WINDOWS, if_none_match=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (await Door().ask(path, WINDOWS, if_none_match='"other"')).status_code == 200


async def test_only_reading_is_allowed() -> None:
    assert (await Door().ask("/download/go", IPHONE, "POST")).status_code == 405


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//x.example", "ftp://x.example", "https://a@b.example"]
)
def test_a_target_must_be_an_absolute_web_address(url: str) -> None:
    with pytest.raises(ValueError, match="not an absolute"):
        DownloadTargets(TARGETS.public_url, url, TARGETS.android_url, TARGETS.desktop_url)


@pytest.mark.parametrize("url", ["https://a.example/", "https://a.example?x", "https://a.example#x"])
def test_the_public_address_is_a_bare_base(url: str) -> None:
    with pytest.raises(ValueError, match="public_url"):
        DownloadTargets(url, TARGETS.app_store_url, TARGETS.android_url, TARGETS.desktop_url)


def test_the_targets_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        TARGETS.android_url = "https://evil.example/"  # type: ignore[misc]  # frozen is what is tested


def test_a_token_is_quoted_into_the_address() -> None:
    assert TARGETS.scan_address("a&b=c/#") == "https://gateway.example.cn/download/go?c=a%26b%3Dc%2F%23"


def test_both_languages_have_the_same_texts() -> None:
    assert download.TEXTS["zh-CN"].keys() == download.TEXTS["en"].keys()
