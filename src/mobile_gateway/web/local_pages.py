"""Pages of a local run: where to begin, the text messages and the pushes that nobody carried, and the clock.

Mounted by local runs only, since sign-in codes stand on them; in production these routes do not exist
(TRUST.md, "The door"). Every one answers 404 to clients that are not on this machine.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache, partial
from ipaddress import IPv6Address, ip_address
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from mobile_gateway.boot import Resources
from mobile_gateway.clock import SHANGHAI
from mobile_gateway.demo import table
from mobile_gateway.demo.table import Named
from mobile_gateway.push import recorder
from mobile_gateway.push.recorder import Recorded
from mobile_gateway.reads.catalogue import Topic
from mobile_gateway.rules import phones
from mobile_gateway.rules.phones import Malformed
from mobile_gateway.schema import operations as trusted
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.settings import Settings
from mobile_gateway.sms import local
from mobile_gateway.web.pages import Language, headers, language_of

SHOWN: Final = 100
"""How many texts or pushes are answered unless `limit` says otherwise."""

MOST: Final = 1000
TEXTS_REACH: Final = 10_000
"""How many of the last texts a `phone` is looked for in."""

PUSHES_REACH: Final = 1000
"""How many of the last pushes the HTML page looks for a `device` in."""

FARTHEST: Final = 2**53 - 1
PUSH_FIELDS: Final = (
    "position",
    "at",
    "notification_id",
    "device",
    "platform",
    "kind",
    "title",
    "body",
    "deep_link",
)

_TEXT_FIELDS: Final = ("id", "at", "phone", "kind", "params", "locale")
_HEADERS: Final = headers("no-store", vary="Accept, Accept-Language", noindex=True)

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(data: Path, resources: Callable[[], Resources], templates: Jinja2Templates) -> list[Route]:
    """Build the routes of a local run; `data` is the folder that its workers record into, `resources` are asked anew.

    `GET /`, where to begin. `GET /local/texts?phone=&limit=`, newest first, and
    `GET /local/pushes?after=&limit=&device=`: HTML, or JSON to who accepts `application/json` and not
    `text/html`. `GET /local/clock`, JSON. An argument that cannot be read is 400; `limit` is 1 to `MOST`.

    JSON of texts: `{"texts": [{id, at, phone, kind, params, locale}]}`, newest first, `at` in ISO 8601;
    a `phone` is looked for in the last `TEXTS_REACH` of them.

    JSON of pushes: `{"pushes": [{position, at, notification_id, device, platform, kind, title, body,
    deep_link}], "next": position}`, oldest first, `at` in seconds since 1970; ask again with `after` = `next`.
    The HTML page shows the last ones, the newest first.

    A file that is not there yet is an empty answer. Files are read in threads.
    """
    pages = _Pages(Settings(data=data), resources, templates)
    return [
        Route("/", loopback_only(pages.home), name="local"),
        Route("/local/texts", loopback_only(pages.texts), name="local-texts"),
        Route("/local/pushes", loopback_only(pages.pushes), name="local-pushes"),
        Route("/local/clock", loopback_only(pages.clock), name="local-clock"),
    ]


@dataclass(frozen=True, slots=True)
class _Pages:
    settings: Settings
    resources: Callable[[], Resources]
    templates: Jinja2Templates

    async def home(self, request: Request) -> Response:
        resources = self.resources()
        people = await to_thread.run_sync(_people)
        topics = list(resources.catalogue.topics.values())
        phone = phones.COUNTRY + next(one.phone for one in people if one.phone)
        context = {
            "clock": resources.clock,
            "now": resources.clock.now(),
            "topics": topics,
            "topic_id": global_id("Topic", topics[0].id) if topics else "",
            "people": people,
            "phone": phone,
            "by_hand": _by_hand(phone, topics[0] if topics else None),
            "data": self.settings.data.resolve(),
            "stand_in": resources.settings.fcm_stand_in,
        }
        return self._render(request, "local_home.html", context)

    async def texts(self, request: Request) -> Response:
        phone = _phone(request)
        limit = _number(request, "limit", SHOWN, 1, MOST)
        found = await to_thread.run_sync(_texts, self.settings.recorded_texts, phone, limit)
        if _wants_json(request):
            return JSONResponse({"texts": found}, headers=_HEADERS)
        rows = [{**text, "at": datetime.fromisoformat(text["at"])} for text in found]
        return self._render(request, "local_texts.html", {"texts": rows, "phone": phone, "limit": limit})

    async def pushes(self, request: Request) -> Response:
        device = _device(request)
        after = _number(request, "after", 0, 0, FARTHEST)
        limit = _number(request, "limit", SHOWN, 1, MOST)
        path = self.settings.recorded_pushes
        if _wants_json(request):
            found, following = await to_thread.run_sync(_pushes_after, path, after, limit, device)
            answer = {"pushes": [_push(one) for one in found], "next": following}
            return JSONResponse(answer, headers=_HEADERS)
        last = await to_thread.run_sync(_last_pushes, path, limit, device)
        rows = [{**_push(one), "at": datetime.fromtimestamp(one.at, SHANGHAI)} for one in last]
        context = {"pushes": rows, "device": device, "limit": limit}
        context["stand_in"] = self.resources().settings.fcm_stand_in
        return self._render(request, "local_pushes.html", context)

    async def clock(self, _: Request) -> Response:
        clock = self.resources().clock
        answer = {"now": clock.now().isoformat(), "speed": float(clock.speed), "moved": clock.is_moved}
        return JSONResponse(answer, headers=_HEADERS)

    def _render(self, request: Request, name: str, context: dict[str, Any]) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        shared = {"language": language, "say": partial(_say, language), "moment": _moment}
        sent = _HEADERS | {"content-language": language}
        return self.templates.TemplateResponse(request, name, shared | context, headers=sent)


def loopback_only(endpoint: Endpoint) -> Endpoint:
    """Let the endpoint answer to this machine; to others the address does not exist."""

    async def guarded(request: Request) -> Response:
        here = _is_loopback(request.client.host if request.client else "")
        named = request.url.hostname == "localhost" or _is_loopback(request.url.hostname or "")
        # A rebound name or a proxy on this machine looks like this machine; its headers tell it.
        if not (here and named) or "forwarded" in request.headers or "x-forwarded-for" in request.headers:
            raise HTTPException(404)
        return await endpoint(request)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _wants_json(request: Request) -> bool:
    """Whether JSON is accepted and HTML is not named; weights are not compared."""
    accepted = ",".join(request.headers.getlist("accept")).lower().split(",")
    types = {one.split(";")[0].strip() for one in accepted}
    return "application/json" in types and "text/html" not in types


def _phone(request: Request) -> str | None:
    """The number asked for, in E.164. A plus that the address decoded to a space is read as well."""
    text = request.query_params.get("phone")
    if not text:
        return None
    phone = phones.parse(text)
    if isinstance(phone, Malformed):
        raise HTTPException(400, "phone: a mobile number such as 19900000001", _HEADERS)
    return phone


def _device(request: Request) -> str | None:
    device = request.query_params.get("device")
    if device and not re.fullmatch(r"[0-9a-f]{16}", device):
        raise HTTPException(400, "device: 16 hexadecimal digits", _HEADERS)
    return device or None


def _number(request: Request, name: str, default: int, low: int, high: int) -> int:
    text = request.query_params.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,16}", text) or not low <= int(text) <= high:
        raise HTTPException(400, f"{name}: a whole number from {low} to {high}", _HEADERS)
    return int(text)


def _texts(path: Path, phone: str | None, limit: int) -> list[dict[str, Any]]:
    """The last texts, of one phone if one is given, newest first; a line that lacks a field is passed over."""
    found: list[dict[str, Any]] = []
    for reach in (limit, TEXTS_REACH):  # most who look for a phone look for what was just sent
        read = local.read(path, reach)
        whole = (text for text in read if all(field in text for field in _TEXT_FIELDS))
        found = list(islice((text for text in whole if phone in {None, text["phone"]}), limit))
        if len(found) == limit or len(read) < reach:
            break
    return found


def _pushes_after(path: Path, after: int, limit: int, device: str | None) -> tuple[list[Recorded], int]:
    """At most `limit` pushes of the device behind `after`, oldest first, and where to go on reading."""
    found: list[Recorded] = []
    while page := recorder.read(path, after=after, limit=MOST):
        for one in page:
            after = one.position
            if device in {None, one.device}:
                found.append(one)
            if len(found) == limit:
                return found, after
    return found, after


def _last_pushes(path: Path, limit: int, device: str | None) -> list[Recorded]:
    """The last pushes, of one device if one is given, newest first."""
    last = recorder.latest(path, limit=limit if device is None else PUSHES_REACH)
    return [one for one in reversed(last) if device in {None, one.device}][:limit]


def _push(one: Recorded) -> dict[str, Any]:
    fields = asdict(one)
    return {name: fields[name] for name in PUSH_FIELDS}


@cache
def _people() -> list[Named]:
    return table.named()


def _by_hand(phone: str, topic: Topic | None) -> dict[str, str]:
    """Addresses of GraphiQL by the operation's file, filled for this phone, the topic and its shortest video.

    What only an earlier answer tells (code, session token) is left for the reader to paste.
    """
    resources = [one for course in topic.courses for one in course.resources] if topic else []
    videos = [(one.media.duration_ms, one.id) for one in resources if one.media is not None]
    duration_ms, video_id = min(videos, default=(0, 0))
    topic_id = global_id("Topic", topic.id) if topic else ""
    resource_id = global_id("Resource", video_id) if videos else ""
    beat = {"seq": 1, "spans": [{"fromMs": 0, "toMs": duration_ms, "rate": 1.0}]}
    variables: dict[str, dict[str, Any]] = {
        "sign_in_code_request": {"input": {"phone": phone}},
        "sign_in": {"input": {"phone": phone, "code": "", "clientKind": "APP"}},
        "topic": {"id": topic_id},
        "topic_enrol": {"input": {"topicId": topic_id}},
        "playback_open": {"input": {"topicId": topic_id, "resourceId": resource_id}},
        "watch_record": {"input": {"sessionToken": "", "beats": [beat], "positionMs": duration_ms}},
        "inbox": {"first": 20},
    }
    documents = trusted.by_file()
    return {
        name: "/graphiql?" + urlencode({"query": documents[name], "variables": json.dumps(given)})
        for name, given in variables.items()
    }


def _say(language: Language, zh: str, en: str) -> str:
    return en if language == "en" else zh


def _moment(at: datetime) -> str:
    """A moment as these pages show it: Shanghai's time, to the second."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
