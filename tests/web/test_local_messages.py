"""Recorded texts and pushes of a local run, as pages and as JSON."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local_run import JSON, OTHER, PHONE, Run
from mobile_gateway.push.recorder import device_of


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/json;q=0.9,*/*;q=0.8", "text/html"),
        ("application/jsonish", "text/html"),
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8, */*;q=0.1", "application/json"),
    ],
)
@pytest.mark.parametrize("path", ["/local/texts", "/local/pushes"])
async def test_json_is_for_who_asks_for_it(run: Run, path: str, accept: str, media: str) -> None:
    answer = await run.ask(path, {"accept": accept})
    assert answer.headers["content-type"].split(";")[0] == media


async def test_files_that_are_not_there_are_empty_answers(run: Run) -> None:
    assert await run.json("/local/texts") == {"texts": []}
    assert await run.json("/local/pushes?after=17") == {"pushes": [], "next": 17}
    assert "还没有短信" in (await run.ask("/local/texts")).text
    assert "还没有推送" in (await run.ask("/local/pushes")).text


async def test_texts_come_newest_first_with_all_their_fields(run: Run) -> None:
    at = datetime(2024, 8, 20, 1, 2, 3, tzinfo=UTC)
    await run.text(PHONE, "111111", at)
    await run.text(OTHER, "222222", at + timedelta(seconds=1))
    texts = (await run.json("/local/texts"))["texts"]
    assert [text["params"]["code"] for text in texts] == ["222222", "111111"]
    assert texts[1] == {
        "id": texts[1]["id"],
        "at": "2024-08-20T01:02:03+00:00",
        "phone": PHONE,
        "kind": "SIGN_IN",
        "params": {"code": "111111"},
        "locale": "zh-CN",
    }
    page = (await run.ask("/local/texts")).text
    assert re.findall(r'<span class="code">(\d+)</span>', page) == ["222222", "111111"]
    assert "2024-08-20 09:02:03" in page


@pytest.mark.parametrize("asked", [PHONE, "%2B8619900000001", "19900000001", "199%200000%200001"])
async def test_texts_of_one_phone_are_found_however_it_is_written(run: Run, asked: str) -> None:
    await run.text(PHONE, "111111")
    await run.text(OTHER, "222222")
    texts = (await run.json(f"/local/texts?phone={asked}"))["texts"]
    assert [text["phone"] for text in texts] == [PHONE]
    page = (await run.ask(f"/local/texts?phone={asked}")).text
    assert "111111" in page
    assert "222222" not in page


async def test_a_phones_text_is_found_behind_those_of_others(run: Run) -> None:
    await run.text(PHONE, "111111")
    for _ in range(5):
        await run.text(OTHER, "222222")
    texts = (await run.json(f"/local/texts?phone={PHONE}&limit=1"))["texts"]
    assert [text["params"]["code"] for text in texts] == ["111111"]


async def test_limit_is_how_many_texts_are_answered(run: Run) -> None:
    for code in ("111111", "222222", "333333"):
        await run.text(PHONE, code)
    texts = (await run.json("/local/texts?limit=2"))["texts"]
    assert [text["params"]["code"] for text in texts] == ["333333", "222222"]
    assert "只显示最近 2 条" in (await run.ask("/local/texts?limit=2")).text


async def test_a_line_that_is_no_whole_text_is_passed_over(run: Run) -> None:
    await run.text(PHONE, "111111")
    with run.resources.settings.recorded_texts.open("a") as file:
        file.write('{"phone": "+8619900000001"}\nnot json\n{"phone": "+86')
    assert len((await run.json("/local/texts"))["texts"]) == 1
    assert (await run.ask("/local/texts")).status_code == 200


async def test_pushes_are_read_on_from_where_the_last_answer_ended(run: Run) -> None:
    for name in ("n1", "n2", "n3"):
        await run.push(name)
    first = await run.json("/local/pushes?limit=2")
    assert [push["notification_id"] for push in first["pushes"]] == ["n1", "n2"]
    assert first["next"] == first["pushes"][-1]["position"]
    second = await run.json(f"/local/pushes?after={first['next']}&limit=2")
    assert [push["notification_id"] for push in second["pushes"]] == ["n3"]
    assert await run.json(f"/local/pushes?after={second['next']}") == {"pushes": [], "next": second["next"]}
    await run.push("n4")
    third = await run.json(f"/local/pushes?after={second['next']}")
    assert [push["notification_id"] for push in third["pushes"]] == ["n4"]


async def test_a_push_has_these_fields_and_not_its_token(run: Run) -> None:
    await run.push("n1", token="secret-token")
    answer = await run.json("/local/pushes")
    assert answer["pushes"] == [
        {
            "position": answer["next"],
            "at": 1_724_115_600.5,
            "notification_id": "n1",
            "device": device_of("secret-token"),
            "platform": "IOS",
            "kind": "TOPIC_COMPLETED",
            "title": "标题 n1",
            "body": "正文",
            "deep_link": "smartedu://topic/1",
        }
    ]


async def test_pushes_of_one_device_fill_the_limit_from_behind_those_of_others(run: Run) -> None:
    for name, token in (("n1", "a"), ("n2", "b"), ("n3", "a"), ("n4", "b"), ("n5", "a")):
        await run.push(name, token)
    of_b = f"/local/pushes?device={device_of('b')}"
    first = await run.json(f"{of_b}&limit=2")
    assert [push["notification_id"] for push in first["pushes"]] == ["n2", "n4"]
    rest = await run.json(f"{of_b}&after={first['next']}")
    assert rest["pushes"] == []
    assert rest["next"] > first["next"]
    page = (await run.ask(of_b)).text
    assert re.findall(r"<h2>标题 (n\d)</h2>", page) == ["n4", "n2"]


async def test_the_page_shows_pushes_as_a_phone_would_newest_first(run: Run) -> None:
    await run.push("n1")
    await run.push("n2")
    page = (await run.ask("/local/pushes")).text
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["标题 n2", "标题 n1"]
    for shown in ("正文", "2024-08-20 09:00:00", "iOS", device_of("a"), "smartedu://topic/1", "icon.svg"):
        assert shown in page


async def test_a_push_that_is_still_being_written_is_answered_later(run: Run) -> None:
    await run.push("n1")
    path = run.resources.settings.recorded_pushes
    line = path.read_bytes()
    with path.open("ab") as file:
        file.write(line[:20])
    first = await run.json("/local/pushes")
    assert len(first["pushes"]) == 1
    with path.open("ab") as file:
        file.write(line[20:])
    assert len((await run.json(f"/local/pushes?after={first['next']}"))["pushes"]) == 1


async def test_what_was_recorded_is_shown_as_text_and_never_as_markup(run: Run) -> None:
    await run.push("n1", body="<script>alert(1)</script>")
    await run.text('"><script>', "<img src=x>")
    for path in ("/local/pushes", "/local/texts"):
        page = (await run.ask(path)).text
        assert "<script" not in page
        assert "<img src=x" not in page
    assert "专题&lt;b&gt;" in (await run.ask("/")).text


@pytest.mark.parametrize(
    "query",
    [
        "texts?phone=123",
        "texts?phone=<script>",
        "texts?limit=0",
        "texts?limit=1001",
        "texts?limit=٣",
        "pushes?limit=x",
        "pushes?after=-1",
        "pushes?after=99999999999999999999",
        "pushes?after=9007199254740992",
        "pushes?device=xyz",
        "pushes?device=0123456789ABCDEF",
    ],
)
@pytest.mark.parametrize("headers", [{}, JSON])
async def test_an_argument_that_cannot_be_read_is_refused_and_named(
    run: Run, query: str, headers: dict[str, str]
) -> None:
    answer = await run.ask(f"/local/{query}", headers)
    assert answer.status_code == 400
    assert answer.text.split(":")[0] in query
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
