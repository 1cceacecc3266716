"""The pages of a local run: who is answered, in which language, and the start page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from graphql import build_schema, parse, validate

from local_run import ADDRESSES, END, JSON, PAGES, PHONE, START, WEB, Run, showing
from mobile_gateway.clock import DomainClock, real
from mobile_gateway.demo import table
from mobile_gateway.reads.catalogue import NOT_READ
from mobile_gateway.schema import root
from mobile_gateway.schema.nodes import global_id


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_is_answered(run: Run, path: str, host: str) -> None:
    assert (await run.ask(path, host=host)).status_code == 200


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize(
    "host", ["192.168.1.7", "10.0.0.1", "0.0.0.0", "::ffff:10.0.0.1", "2001:db8::1", "localhost", "", None]
)
async def test_others_find_nothing_whatever_they_claim(run: Run, path: str, host: str | None) -> None:
    await run.text(PHONE, "482913")
    claims = {"host": "127.0.0.1", "x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1"}
    answer = await run.ask(path, claims, host)
    assert (answer.status_code, answer.text) == (404, "Not Found")


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("headers", [{}, JSON])
async def test_every_answer_is_kept_by_nobody_and_locked_down(
    run: Run, path: str, headers: dict[str, str]
) -> None:
    await run.text(PHONE, "482913")
    await run.push("n1")
    answer = await run.ask(path, headers)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", answer.text)


@pytest.mark.parametrize("path", PAGES)
async def test_every_file_that_a_page_asks_for_exists(run: Run, path: str) -> None:
    files = re.findall(r'"/static/([^"]+)"', (await run.ask(path)).text)
    assert "local.css" in files
    assert [name for name in files if not (WEB / "static" / name).is_file()] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("accepted", "language", "said"), [("", "zh-CN", "刷新"), ("en-US,en;q=0.9", "en", "Refresh")]
)
async def test_pages_are_chinese_unless_english_is_preferred(
    run: Run, path: str, accepted: str, language: str, said: str
) -> None:
    answer = await run.ask(path, {"accept-language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert answer.headers["content-language"] == language
    assert f">{said}</a>" in answer.text


async def test_an_english_start_has_chinese_in_marked_places_only(run: Run) -> None:
    page = (await run.ask("/", {"accept-language": "en"})).text
    page = re.sub(r'<(\w+)[^>]* lang="zh-CN">.*?</\1>', "", page)
    page = re.sub(r'<span class="by-number">.*?</span>|<td lang="en">.*?</td>', "", page)
    assert re.findall(r"[\u3400-\u9fff]+", page) == []


async def test_the_clock_is_the_domains_in_shanghais_zone(run: Run) -> None:
    at = datetime(2024, 8, 20, 1, tzinfo=UTC)
    run.resources.clock = showing(at, 600)
    answer = await run.json("/local/clock")
    assert answer["now"].startswith("2024-08-20T09:")
    assert answer["now"].endswith("+08:00")
    assert (answer["speed"], answer["moved"]) == (600.0, True)
    run.resources.clock = DomainClock()
    again = await run.json("/local/clock")
    assert (again["speed"], again["moved"]) == (1.0, False)
    assert abs(datetime.fromisoformat(again["now"]) - real()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (START - timedelta(days=1), "not started"),
        (START, "open for learning"),
        (END - timedelta(hours=1), "open for learning"),
        (END, "learning is over"),
    ],
)
async def test_the_start_tells_whether_the_window_is_open(run: Run, at: datetime, said: str) -> None:
    run.resources.clock = showing(at)
    page = (await run.ask("/", {"accept-language": "en"})).text
    assert re.findall(r">(not started|open for learning|learning is over)<", page) == [said]
    assert at.strftime("%Y-%m-%d %H:") in page


async def test_the_start_lists_every_demo_person_and_place(run: Run) -> None:
    page = unescape((await run.ask("/")).text)
    for one in table.named():
        for shown in (one.key, one.signs_in_with, one.shows):
            assert shown in page
    links = set(re.findall(r'href="(/[^"?]*)', page))
    assert {
        "/graphiql",
        "/certificates/check",
        "/download",
        "/local/texts",
        "/local/pushes",
        "/health/ready",
        "/metrics",
    } <= links
    assert "mobile-gateway journey teacher" in page


async def by_hand(run: Run) -> dict[str, tuple[str, Any]]:
    """Query and variables of every operation that the start links, by the operation's name."""
    page = unescape((await run.ask("/")).text)
    found = {}
    for link, name in re.findall(r'href="(/graphiql\?[^"]+)"[^>]*>(\w+)</a>', page):
        asked = parse_qs(urlsplit(link).query, strict_parsing=True)
        found[name] = (asked["query"][0], json.loads(asked["variables"][0]))
    return found


async def test_the_way_by_hand_has_its_operations_filled_for_the_shortest_video(run: Run) -> None:
    way = await by_hand(run)
    assert list(way) == [
        "signInCodeRequest",
        "signIn",
        "topic",
        "topicEnrol",
        "playbackOpen",
        "watchRecord",
        "inbox",
    ]
    topic_id = global_id("Topic", 5)
    assert topic_id in (await run.ask("/")).text
    assert way["signInCodeRequest"][1] == {"input": {"phone": PHONE}}
    assert way["topic"][1] == {"id": topic_id}
    assert way["playbackOpen"][1] == {"input": {"topicId": topic_id, "resourceId": global_id("Resource", 9)}}
    assert way["watchRecord"][1]["input"]["beats"][0]["spans"] == [
        {"fromMs": 0, "toMs": 300_000, "rate": 1.0}
    ]


async def test_the_way_by_hand_is_valid_in_our_schema(run: Run) -> None:
    schema = build_schema(root.build(suggestions=False).as_str())
    for name, (query, _) in (await by_hand(run)).items():
        assert name in query
        assert validate(schema, parse(query)) == []


async def test_the_start_stands_without_a_catalogue(run: Run) -> None:
    run.resources.catalogue = NOT_READ
    answer = await run.ask("/")
    assert answer.status_code == 200
    assert "mobile-gateway demo" in answer.text
    assert (await by_hand(run))["topic"][1] == {"id": ""}
