"""The check page of certificates as its readers and their browsers see it."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import httpx

from gateway import Gateway
from mobile_gateway import metrics

PATH = "/certificates/check"


async def ask(
    gateway: Gateway, typed: str | None = None, method: str = "GET", **headers: str
) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    params = {} if typed is None else {"serial": typed}
    return await gateway.client.request(method, PATH, params=params, headers=sent)


def words(answer: httpx.Response) -> str:
    """What a reader sees, in one line."""
    return re.sub(r"\s+", " ", unescape(re.sub("<.*?>", " ", answer.text, flags=re.DOTALL)))


def facts(answer: httpx.Response) -> dict[str, str]:
    """The lines of the result but for the time of the check, which is now."""
    found = re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", answer.text)
    return {unescape(name): unescape(text) for name, text in found if "<time>" not in text}


def box(answer: httpx.Response) -> str:
    """What stands in the form."""
    (found,) = re.findall(r'name="serial"[^>]*? value="([^"]*)"', answer.text)
    return unescape(found)


class _Marks(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [(name, value) for name, value in attrs if name != "value"]))


def marks(answer: httpx.Response) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Every element of a page as a browser reads it, with its attributes but for what stands in the form."""
    parser = _Marks()
    parser.feed(answer.text)
    return parser.found


def counted(said: str) -> float:
    return float(metrics.certificate_checks.labels(said)._value.get())
