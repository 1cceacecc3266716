from __future__ import annotations

import re
from typing import Any

import pytest

from gateway import Gateway
from hostile import STRINGS
from hostile import body as hostile_body
from mobile_gateway.messages import help as articles
from mobile_gateway.rules.refusal import Refusal, RefusalCode
from mobile_gateway.rules.words import Identity
from mobile_gateway.schema import operations
from mobile_gateway.schema.answers import Refused
from mobile_gateway.schema.nodes import global_id

JSON = {"content-type": "application/json"}
ENROL = """
mutation ($input: TopicEnrolInput!) {
  topicEnrol(input: $input) { userErrors { code helpArticle { number slug question } } }
}
"""


def test_the_manuals_thirteen_questions_are_there_in_both_languages() -> None:
    assert list(articles.ARTICLES) == list(range(1, 14))
    assert len(articles.BY_SLUG) == 13
    for one in articles.ARTICLES.values():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.slug)
        assert all((one.zh, one.en, one.answer_zh, one.answer_en))
        assert all(part.strip() == part != "" for part in (*one.answer_zh, *one.answer_en))
        assert one.links
        assert all(link.zh and link.en and link.deep_link.startswith("smartedu://") for link in one.links)


def test_questions_refer_to_one_another_by_words_that_exist() -> None:
    whole = {one.zh for one in articles.ARTICLES.values()}
    for one in articles.ARTICLES.values():
        for named in re.findall(r"“([^”]*？)”", "".join(one.answer_zh)):
            assert named in whole, (one.slug, named)


def test_each_refusal_is_explained_by_one_article_at_most() -> None:
    claimed = [code for one in articles.ARTICLES.values() for code in one.concerns]
    assert len(claimed) == len(set(claimed))
    assert set(claimed) <= set(RefusalCode)
    for code in RefusalCode:
        found = articles.about(code)
        assert (found is not None) == (code in claimed)
        assert found is None or code in found.concerns


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (RefusalCode.SCHOOL_NOT_FOUND, 1),
        (RefusalCode.SCHOOL_NOT_BASIC_EDUCATION, 2),
        (RefusalCode.PHONE_NOT_EDITABLE, 3),
        (RefusalCode.WIPE_CONFIRMATION_REQUIRED, 4),
        (RefusalCode.IDENTITY_NOT_TEACHER, 5),
        (RefusalCode.LEAVE_NOT_CONFIRMED, 6),
        (RefusalCode.FIELD_LOCKED_VERIFIED, 7),
    ],
)
def test_a_refusal_leads_to_the_question_of_the_manual_about_it(code: RefusalCode, number: int) -> None:
    assert articles.about(code) is articles.ARTICLES[number]


def test_who_is_no_teacher_is_sent_to_the_question_of_their_own_identity() -> None:
    code = RefusalCode.IDENTITY_NOT_TEACHER
    found = {one: articles.about(code, one) for one in (Identity.STUDENT, Identity.PARENT)}
    assert found == {Identity.STUDENT: articles.ARTICLES[4], Identity.PARENT: articles.ARTICLES[5]}


async def ask(
    gateway: Gateway, document: str, variables: dict[str, Any] | None = None, **headers: str
) -> Any:
    answer = await gateway.execute(operations.by_file()[document], variables, **headers)
    assert "errors" not in answer, answer
    (found,) = answer["data"].values()
    return found


async def test_help_is_read_in_the_manuals_order_and_each_article_by_its_slug(gateway: Gateway) -> None:
    for language in ("zh-CN", "en"):
        found = await ask(gateway, "help_articles", accept_language=language)
        assert [one["number"] for one in found] == list(range(1, 14))
        for one in found:
            whole = await ask(gateway, "help_article", {"slug": one["slug"]}, accept_language=language)
            assert whole["question"] == one["question"]
            assert whole["answer"]
            assert bool(re.search("[\u4e00-\u9fff]", whole["question"])) is (language == "zh-CN")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("找不到学校", [1]),
        ("手机号 更换", [3, 7]),
        ("４００１９１０９１０", [3]),
        ("  ", list(range(1, 14))),
        ("没有这样的话", []),
    ],
)
async def test_a_search_finds_the_questions_with_every_word(
    gateway: Gateway, text: str, numbers: list[int]
) -> None:
    found = await ask(gateway, "help_articles", {"search": text})
    assert [one["number"] for one in found] == numbers


async def test_a_search_is_of_the_readers_language(gateway: Gateway) -> None:
    found = await ask(gateway, "help_articles", {"search": "VERIFIED teacher"}, accept_language="en")
    assert [one["number"] for one in found] == [7]
    assert await ask(gateway, "help_articles", {"search": "VERIFIED teacher"}) == []


async def test_no_search_and_no_slug_is_a_fault(gateway: Gateway) -> None:
    for text in STRINGS:
        for document, name in (("help_articles", "search"), ("help_article", "slug")):
            body = {"query": operations.by_file()[document], "variables": {name: text}}
            response = await gateway.client.post("/graphql", content=hostile_body(body), headers=JSON)
            assert response.status_code in {200, 400, 413}
            assert "FAULT" not in response.text


def test_a_refused_read_names_the_article_too() -> None:
    found = Refused(Refusal(RefusalCode.SCHOOL_NOT_FOUND), "zh-CN")
    assert found.extensions is not None
    assert found.extensions["helpArticle"] == "school-missing"
    assert "helpArticle" not in (Refused(Refusal(RefusalCode.NOT_FOUND), "en").extensions or {})


async def test_an_article_is_a_node_and_an_unknown_one_is_null(gateway: Gateway) -> None:
    query = "query ($id: ID!) { node(id: $id) { id ... on HelpArticle { slug concerns } } }"
    found = await gateway.data_of(query, {"id": global_id("HelpArticle", 2)})
    assert found["node"]["slug"] == "not-basic-education"
    assert found["node"]["concerns"] == ["SCHOOL_NOT_BASIC_EDUCATION"]
    assert (await gateway.data_of(query, {"id": global_id("HelpArticle", 14)}))["node"] is None
    assert await ask(gateway, "help_article", {"slug": "nothing"}) is None


async def enrol(gateway: Gateway, phone: str) -> Any:
    given = {"input": {"topicId": await gateway.topic_id()}}
    found = await gateway.data_of(ENROL, given, await gateway.token(phone))
    (error,) = found["topicEnrol"]["userErrors"]
    return error


async def test_a_refused_mutation_links_the_article_that_explains_it(gateway: Gateway) -> None:
    async with gateway.database.connection() as connection:
        teacher = await connection.fetchrow(
            "SELECT p.id, p.phone FROM person p JOIN teaching_record r ON r.person_id = p.id"
            " JOIN school s ON s.id = r.school_id WHERE p.identity = 'TEACHER' AND r.is_primary"
            " AND s.stage IN ('SECONDARY_VOCATIONAL', 'HIGHER_VOCATIONAL') AND p.phone IS NOT NULL LIMIT 1"
        )
    found = await enrol(gateway, teacher["phone"])
    assert found["code"] == "SCHOOL_NOT_BASIC_EDUCATION"
    assert found["helpArticle"]["number"] == 2
    assert "本平台为基础教育教师学习平台" in found["helpArticle"]["question"]
    for identity, number in (("PARENT", 5), ("STUDENT", 4)):
        async with gateway.database.transaction() as connection:
            await connection.execute("UPDATE person SET identity = $2 WHERE id = $1", teacher["id"], identity)
        refused = await enrol(gateway, teacher["phone"])
        assert refused["code"] == "IDENTITY_NOT_TEACHER"
        assert refused["helpArticle"]["number"] == number


async def test_a_refusal_that_no_question_is_about_links_nothing(gateway: Gateway) -> None:
    given = {"input": {"topicId": "x"}}
    found = await gateway.data_of(ENROL, given)
    assert found["topicEnrol"]["userErrors"] == [{"code": "UNAUTHENTICATED", "helpArticle": None}]
