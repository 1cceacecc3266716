import re
from html import unescape
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from mobile_gateway.web import graphiql

STATIC = Path(graphiql.__file__).parent / "static"


async def ask(route: Route, path: str = "/graphiql") -> httpx.Response:
    app = Starlette(routes=[route])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        return await client.get(path)


def data(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'data-([a-z-]+)="([^"]*)"', page)}


async def test_the_page_carries_its_endpoint_and_default_query() -> None:
    query = 'query A($id: ID! = "<&>") {\n  topic(id: $id) { title }\n}\n'
    answer = await ask(graphiql.graphiql("/api/graphql", default_query=query))
    assert answer.status_code == 200
    assert data(answer.text) == {
        "endpoint": "/api/graphql",
        "subscriptions": "/api/graphql",
        "default-query": query,
    }


async def test_subscriptions_can_have_their_own_path() -> None:
    answer = await ask(graphiql.graphiql(subscriptions="/graphql/live"))
    assert data(answer.text)["subscriptions"] == "/graphql/live"


async def test_the_pages_own_query_is_left_to_its_script() -> None:
    route = graphiql.graphiql()
    plain = await ask(route)
    assert (await ask(route, "/graphiql?query=%3Cscript%3E&variables=%7B%7D")).text == plain.text


async def test_everything_the_page_loads_is_a_file_of_ours() -> None:
    page = (await ask(graphiql.graphiql())).text
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(loaded) == 7
    assert [url for url in loaded if not (STATIC / url.removeprefix("/static/")).is_file()] == []
    assert not re.search(r"<script>|<style|\sstyle=|\son\w+=", page)


async def test_its_policy_allows_scripts_of_this_origin_only() -> None:
    policy = (await ask(graphiql.graphiql())).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert "http" not in policy


@pytest.mark.parametrize("path", ["https://evil.example/graphql", "//evil.example/graphql", "graphql", ""])
def test_an_endpoint_elsewhere_is_a_value_error(path: str) -> None:
    with pytest.raises(ValueError, match="own origin"):
        graphiql.graphiql(path)


def test_vendored_files_have_their_licences_and_versions_beside_them() -> None:
    readme = (STATIC / "graphiql" / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"`((?:LICENSE|[a-z.-]+\.(?:js|css))[\w.-]*)`", readme):
        assert (STATIC / "graphiql" / name).is_file(), name
    assert "GraphQL Contributors" in (STATIC / "graphiql" / "LICENSE-graphiql").read_text(encoding="utf-8")
    react = (STATIC / "graphiql" / "react-dom.production.min.js").read_text(encoding="utf-8")
    assert 'version="18.3.1' in react
    assert "@font-face" not in (STATIC / "graphiql" / "graphiql.min.css").read_text(encoding="utf-8")
