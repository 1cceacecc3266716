import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_gateway.web import bodies
from mobile_gateway.web.bodies import BodyRefused

JSON = "application/json"
MODERN = "application/graphql-response+json"


@pytest.mark.parametrize(
    "header",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        'application/json;CHARSET="UTF-8"',
        "application/json ; charset=utf8 ",
        "application/json;",
    ],
)
def test_json_in_utf_8_is_accepted(header: str) -> None:
    assert bodies.refuse_content_type(header) is None


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "application",
        "application/",
        "text/plain",
        "application/jsonp",
        "application/graphql",
        "application/graphql-response+json",
        "text/plain; application/json",
        "text/plain; x=application/json",
        "multipart/form-data; boundary=application/json",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; charset=gbk",
        "application/json; charset",
        "application/json; charset=utf-8; charset=utf-8",
        "application/json; charset=utf-8; profile=x",
        'application/json; charset="utf-8',
        "application/json\n",
    ],
)
def test_any_other_content_type_is_415(header: str | None) -> None:
    answer = bodies.refuse_content_type(header)
    assert isinstance(answer, BodyRefused)
    assert (answer.status, answer.code) == (415, "CONTENT_TYPE_UNSUPPORTED")


def test_a_content_type_is_parsed_in_full() -> None:
    media = bodies.parse_content_type('Multipart/Mixed; Boundary="a\\"b;c"; q=0.5')
    assert media is not None
    assert (media.name, dict(media.parameters)) == ("multipart/mixed", {"boundary": 'a"b;c', "q": "0.5"})


@pytest.mark.parametrize(
    ("accept", "answer"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (MODERN, MODERN),
        (f"{MODERN}; charset=utf-8, {JSON}; charset=utf-8", MODERN),
        (f"{JSON}, {MODERN}", MODERN),
        (f"{MODERN};q=0.5, {JSON}", JSON),
        (f"{MODERN};q=0.9, */*;q=0.1", MODERN),
        (f"{JSON};q=0, */*", MODERN),
        (f"*/*;q=0, {JSON}", JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        (f'text/html;x="a,{MODERN}", {JSON}', JSON),
        (f"nonsense,, {MODERN}", MODERN),
        (f"{JSON};charset=gbk", None),
        (f"{JSON};q=2", None),
        (f"{JSON};q=0", None),
        ("text/html", None),
        ("text/event-stream", None),
        ("*", None),
    ],
)
def test_the_answers_type_is_negotiated(accept: str | None, answer: str | None) -> None:
    assert bodies.negotiate(accept) == answer


@pytest.mark.timeout(5)
@pytest.mark.parametrize("unit", ['\\"', '"', ',"', 'a/b;a="\\', ";", "a/b,", " ", 'a/b;q="\\"'])
def test_no_header_is_slow_to_parse(unit: str) -> None:
    header = "a/b;" + unit * (64_000 // len(unit))
    bodies.parse_content_type(header)
    bodies.negotiate(header)


@given(st.text(max_size=80))
def test_no_header_makes_parsing_raise(header: str) -> None:
    bodies.negotiate(header)
    bodies.refuse_content_type(header)
