"""The public check of certificates, over HTTP: what it says of each serial, and what it never says."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from certificate_rows import DOCUMENT, NAME, SCHOOL, certificate, erase, serial
from checkpage import PATH, ask, box, counted, facts, marks, words
from faults.faults_running import free_port
from gateway import Gateway
from hostile import BY_NAME
from mobile_gateway.messages import checking as messages
from mobile_gateway.models import database as databases
from mobile_gateway.rules import serials
from mobile_gateway.rules.words import CertificateState
from mobile_gateway.web import checking

STATIC = Path(checking.__file__).parent / "static"
UNKNOWN = "未查询到该证书"


async def test_without_a_serial_it_is_a_form_that_needs_no_script(gateway: Gateway) -> None:
    for typed in (None, "", "   "):
        answer = await ask(gateway, typed)
        assert answer.status_code == 200
        assert re.search(rf'<form[^>]* action="{PATH}" method="get"', answer.text)
        assert 'autocapitalize="characters"' in answer.text
        assert "不含字母 I、L、O、U" in words(answer)
        assert (box(answer), facts(answer), "<h2" in answer.text) == ("", {}, False)


@pytest.mark.parametrize(
    ("state", "verdict", "more"),
    [
        (CertificateState.ISSUED, "证书有效", {}),
        (CertificateState.REISSUE_PENDING, "证书有效，信息更新中", {}),
        (CertificateState.VOID, "证书已作废", {"作废日期": "2024年9月30日"}),
    ],
)
async def test_a_certificate_is_told_with_its_frozen_data(
    gateway: Gateway, state: CertificateState, verdict: str, more: dict[str, str]
) -> None:
    number = await certificate(gateway, state)
    answer = await ask(gateway, serials.shown(number))
    assert answer.status_code == 200
    assert f'<h2 id="outcome">{verdict}</h2>' in answer.text
    assert facts(answer) == {
        "证书编号": serials.shown(number),
        "持证人": "诸**明",
        "培训专题": next(iter(gateway.resources.catalogue.topics.values())).title.within("zh-CN"),
        "认定学时": "10.00",
        "发证日期": "2024年9月1日",
        **more,
    }
    assert box(answer) == serials.shown(number)


async def test_english_readers_get_an_english_page(gateway: Gateway) -> None:
    answer = await ask(
        gateway, await certificate(gateway, CertificateState.VOID), accept_language="en-GB,zh;q=0.5"
    )
    assert answer.headers["content-language"] == "en"
    assert '<html lang="en">' in answer.text
    assert "This certificate is void." in words(answer)
    said = facts(answer)
    assert (said["Issued on"], said["Voided on"]) == ("1 September 2024", "30 September 2024")
    assert said["Training"] == next(iter(gateway.resources.catalogue.topics.values())).title.within("en")
    assert '<dd class="said-holder" lang="zh-CN">诸**明</dd>' in answer.text
    form = await ask(gateway, accept_language="en")
    assert "never I, L, O or U" in words(form)


async def test_what_is_read_is_frozen_and_not_the_live_profile(gateway: Gateway) -> None:
    number = await certificate(gateway)
    before = facts(await ask(gateway, number))
    async with gateway.database.transaction() as connection:
        await connection.execute("UPDATE person SET name = '王五六' WHERE phone = '+8619900000001'")
    assert facts(await ask(gateway, number)) == before


async def test_a_sloppily_typed_serial_is_found(gateway: Gateway) -> None:
    number = await certificate(gateway)
    shown = serials.shown(number)
    confused = number.replace("0", "O").replace("1", "l")
    wide = "".join(chr(ord(one) + 0xFEE0) for one in number)
    sloppy = (
        number,
        number.lower(),
        f"  {shown.replace('-', '  ')} ",
        confused,
        wide,
        shown.replace("-", "—"),
    )
    for typed in sloppy:
        answer = await ask(gateway, typed)
        assert facts(answer)["证书编号"] == shown, typed
        assert box(answer) == shown


async def test_unknown_and_erased_are_the_same_page(gateway: Gateway) -> None:
    never, erased = serial(), await certificate(gateway)
    assert "证书有效" in words(await ask(gateway, erased))
    await erase(gateway, erased)
    for language in ("zh-CN", "en"):
        one, other = [await ask(gateway, number, accept_language=language) for number in (never, erased)]
        assert one.status_code == other.status_code == 200
        assert box(one) == serials.shown(never)
        assert one.text.replace(serials.shown(never), "#") == other.text.replace(serials.shown(erased), "#")
        assert {**one.headers, "x-request-id": ""} == {**other.headers, "x-request-id": ""}
    page = words(await ask(gateway, never))
    assert UNKNOWN in page
    assert "4001910910" in page
    assert messages.mistyped("zh-CN") not in page


async def test_a_mistyped_serial_is_told_as_such_and_looked_up_nowhere(gateway: Gateway) -> None:
    number = await certificate(gateway)
    wrong = ("Z" if number[0] != "Z" else "Y") + number[1:]
    exchanged = next(
        number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        for place in range(15)
        if number[place] != number[place + 1]
    )
    gateway.resources.database = await databases.open_database(f"postgresql://127.0.0.1:{free_port()}/none")
    for typed in (wrong, exchanged, number[:-1], number + "0", "张三的证书"):
        answer = await ask(gateway, typed)
        assert answer.status_code == 200
        assert UNKNOWN in words(answer)
        assert messages.mistyped("zh-CN") in words(answer)
        assert 'aria-invalid="true"' in answer.text
        assert box(answer) == typed


@pytest.mark.parametrize("name", BY_NAME)
async def test_hostile_texts_are_mistyped_and_do_nothing(gateway: Gateway, name: str) -> None:
    raw = BY_NAME[name].encode("utf-8", "surrogatepass")[:10_000]
    query = "".join(f"%{byte:02x}" for byte in raw)
    answer = await gateway.client.get(f"{PATH}?serial={query}")
    assert answer.status_code == 200
    assert len(box(answer)) <= checking.MOST_SHOWN
    assert box(answer).isprintable()
    blank = not raw.decode("utf-8", "replace").strip()
    assert marks(answer) == marks(await ask(gateway, "" if blank else "x"))


async def test_a_query_that_is_no_query_is_answered(gateway: Gateway) -> None:
    number = await certificate(gateway)
    for query in ("serial", "serial=%ff%fe", "serial=%", "&&&", f"Serial={number}", "serial[]=x"):
        assert (await gateway.client.get(f"{PATH}?{query}")).status_code == 200, query
    twice = await gateway.client.get(f"{PATH}?serial=x&serial={number}")
    assert "证书有效" in words(twice)


@pytest.mark.parametrize("state", CertificateState)
async def test_no_personal_data_but_the_masked_name(gateway: Gateway, state: CertificateState) -> None:
    number = await certificate(gateway, state)
    for language in ("zh-CN", "en"):
        text = unescape((await ask(gateway, number, accept_language=language)).text)
        assert "诸**明" in text
        for secret in (NAME, "清明", DOCUMENT, DOCUMENT[-4:], DOCUMENT[:6], SCHOOL, "19900000001", "FRAUD"):
            assert secret not in text


@pytest.mark.parametrize("typed", [None, "x", "0" * 16])
async def test_the_page_is_locked_down_kept_nowhere_and_found_by_no_search_engine(
    gateway: Gateway, typed: str | None
) -> None:
    answer = await ask(gateway, typed)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search("unsafe|script-src|https?:|\\*", policy)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["vary"] == "Accept-Language"
    assert "set-cookie" not in answer.headers
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", answer.text)
    files = re.findall(r'"/static/([^"]+)"', answer.text)
    assert files
    assert [name for name in files if not (STATIC / name).is_file()] == []


async def test_only_reading_is_allowed_and_head_answers_as_get(gateway: Gateway) -> None:
    number = await certificate(gateway)
    for typed in (None, number, "x"):
        head, get = await ask(gateway, typed, "HEAD"), await ask(gateway, typed)
        assert head.status_code == get.status_code == 200
        assert {**head.headers, "x-request-id": ""} == {**get.headers, "x-request-id": ""}
    for method in ("POST", "PUT", "DELETE"):
        assert (await ask(gateway, number, method)).status_code == 405


async def test_each_check_is_counted_by_what_was_said_and_no_serial_is_logged(gateway: Gateway) -> None:
    numbers = [await certificate(gateway, CertificateState.VOID), await certificate(gateway)]
    asked = {"valid": numbers[1], "void": numbers[0], "unknown": serial(), "mistyped": "ZZZZ-ZZZZ"}
    before = {said: counted(said) for said in asked}
    with capture_logs() as logs:
        for typed in asked.values():
            await ask(gateway, typed)
        await ask(gateway)
    assert {said: counted(said) - before[said] for said in asked} == dict.fromkeys(asked, 1)
    assert logs == []


def test_everything_on_the_page_is_said_in_both_languages() -> None:
    for chinese, english in messages.LABELS.values():
        assert re.search("[一-鿿]", chinese)
        assert not re.search("[一-鿿]", english)
