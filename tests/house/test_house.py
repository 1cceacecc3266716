"""What holds of the house itself."""

from __future__ import annotations

import ast
import re
import string
from dataclasses import fields
from inspect import getmembers, isfunction
from pathlib import Path
from typing import Any, cast

import pytest

from mobile_gateway import settings as settings_of
from mobile_gateway.execution import Limits, Operations, Plan, Rejected
from mobile_gateway.jobs import Jobs
from mobile_gateway.messages import notifications, refusals
from mobile_gateway.rules import verification
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import DeliveryState, NotificationKind
from mobile_gateway.schema import operations, root
from mobile_gateway.workers import settings as workers

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "mobile_gateway"
WRITES = re.compile(r"\b(INSERT INTO|UPDATE \w+( AS)? ?\w* SET|DELETE FROM|TRUNCATE|copy_records_to_table)\b")
MAY_WRITE = ("actions", "demo", "models", "simulate", "benches")


def test_the_committed_sdl_is_the_schema() -> None:
    assert (ROOT / "schema.graphql").read_text("utf-8") == root.printed()


def test_every_job_has_a_function_and_every_function_a_job() -> None:
    nudged = {name for name, _ in getmembers(Jobs, isfunction) if not name.startswith("_")}
    unused = cast("Any", None)
    assert {function.name for function in workers.functions(unused, unused, unused, unused)} == nudged


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_only_actions_write(path: Path) -> None:
    if path.relative_to(SOURCE).parts[0] in MAY_WRITE:
        return
    written = [
        node.value
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and WRITES.search(node.value)
    ]
    assert written == []


def test_every_refusal_has_its_texts_in_both_languages() -> None:
    assert set(refusals.TEXTS) == set(RefusalCode)
    for text in refusals.TEXTS.values():
        assert all((text.zh, text.en, text.hint_zh, text.hint_en))
        names = {tuple(sorted(_names(one))) for one in (text.zh + text.hint_zh, text.en + text.hint_en)}
        assert len(names) == 1


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_refusal_speaks_the_viewers_language() -> None:
    refusal = Refusal(RefusalCode.PROFILE_INCOMPLETE, data={"missing": "name,identityDocument"})
    assert refusals.text(refusal, "zh-CN")[0] == "个人信息不完整，缺少：姓名、证件号码。"
    assert refusals.text(refusal, "en")[0] == "Your profile is incomplete: name, identity document."


def test_notification_templates_need_the_same_data_in_both_languages_but_for_names() -> None:
    for template in (*notifications.TEMPLATES.values(), *notifications.OUTCOMES.values()):
        chinese = {name.removesuffix("_en") for name in _names("".join(template.zh))}
        english = {name.removesuffix("_en") for name in _names("".join(template.en))}
        assert english <= chinese | {"credits"}


@pytest.mark.parametrize("kind", NotificationKind)
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_kind_of_notification_has_its_text_in_both_languages(
    kind: NotificationKind, locale: str
) -> None:
    given = {
        name: f"«{name}»"
        for template in (*notifications.TEMPLATES.values(), *notifications.OUTCOMES.values())
        for name in _names("".join((*template.zh, *template.en, template.deep_link)))
    }
    outcomes = [outcome for known, outcome in notifications.OUTCOMES if known is kind] or [""]
    for outcome in outcomes:
        shown = notifications.render(kind, {**given, "outcome": outcome}, locale)
        assert shown.title
        assert shown.body
        assert kind is NotificationKind.CAMPAIGN or shown.deep_link.startswith("smartedu://")


def test_the_words_of_a_campaign_are_its_authors() -> None:
    row = {
        "title": "标题 {x}",
        "title_en": "Title",
        "body": "正文",
        "body_en": "Body",
        "deep_link": "smartedu://topic/1",
    }
    chinese = notifications.render(NotificationKind.CAMPAIGN, row, "zh-CN")
    english = notifications.render(NotificationKind.CAMPAIGN, row, "en")
    assert (chinese.title, chinese.body, chinese.deep_link) == ("标题 {x}", "正文", "smartedu://topic/1")
    assert (english.title, english.body) == ("Title", "Body")


def test_every_trusted_document_is_a_valid_operation_of_the_schema() -> None:
    checked = Operations(root.build()._schema, Limits(introspection=False, suggestions=False))
    for name, text in operations.by_file().items():
        pinned = checked.pin(text)
        assert not isinstance(pinned, Rejected), (name, pinned)
        for plan in pinned:
            assert isinstance(plan, Plan), name
            # Events are run by graphql-core.
            assert plan.obstacle == ("subscription" if plan.kind == "subscription" else None), name


def test_strawberry_reads_annotations_not_texts() -> None:
    files = [*(ROOT / "src" / "mobile_gateway" / "schema").glob("*.py")]
    assert len(files) > 50
    assert [
        file.name for file in files if "from __future__ import annotations" in file.read_text("utf-8")
    ] == []


def test_every_setting_is_described() -> None:
    described = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for setting in fields(settings_of.Settings):
        assert f"`{settings_of.variable_of(setting.name)}`" in described


def test_no_file_of_the_source_is_longer_than_three_hundred_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for folder in ("src", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {name: lines for name, lines in long.items() if lines > 300} == {}


def test_the_delivery_table_of_the_docs_has_every_state_and_no_other() -> None:
    text = (ROOT / "docs" / "lifecycles.md").read_text("utf-8")
    table = text.partition("## Delivery")[2].partition("##")[0]
    assert set(re.findall(r"\b[A-Z]{3,}\b", table)) - {"SERVICE", "MARKETING"} == set(DeliveryState)


def test_the_teaching_record_table_of_the_docs_is_the_rule() -> None:
    text = (ROOT / "docs" / "lifecycles.md").read_text("utf-8")
    table = text.partition("## Teaching record")[2].partition("##")[0]
    rows = re.findall(r"^\| ([A-Z]+) \| ([a-z ]+) \| ([A-Z]+) \|$", table, re.MULTILINE)
    stated = {(start, event): end for start, event, end in rows}
    assert len(rows) == len(stated)
    assert stated == {(start, event): end for (start, event), end in verification.TRANSITIONS.items()}
