"""GraphQL over HTTP: what the door lets in and what it refuses (TRUST.md, "The door")."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from gateway import Gateway
from mobile_gateway.schema import operations
from mobile_gateway.web.asking import Policy
from mobile_gateway.web.compiling import operations_of
from mobile_gateway.web.graphql import GraphQL

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
NAME = "{ __typename }"


async def send(gateway: Gateway, body: bytes, **headers: str) -> httpx.Response:
    sent = {"content-type": JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await gateway.client.post("/graphql", content=body, headers=sent)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"3",
        b'"x"',
        b"[]",
        b'[{"query":"{ __typename }"}]',
        b"{}",
        b'{"query":3}',
        b'{"query":null}',
        b'{"query":"{ __typename }","variables":[]}',
        b'{"query":"{ __typename }","operationName":1}',
        b"\xff\xfe{}",
        b"[" * 60_000,
        b'{"query":' + b"[" * 50_000,
        b'{"query":"{ __typename }","variables":{"a":' + b"9" * 5000 + b"}}",
        b'{"query":"{ __typename }","variables":{"a":NaN}}',
        b'{"query":"\\ud800"}',
    ],
    ids=range(17),
)
async def test_a_body_that_is_no_request_is_refused_with_400(gateway: Gateway, body: bytes) -> None:
    response = await send(gateway, body)
    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["extensions"]["code"]
    assert "data" not in response.json()


async def test_a_body_over_64_kib_is_refused_with_413(gateway: Gateway) -> None:
    body = json.dumps({"query": NAME + " " * 70_000}).encode()
    assert (await send(gateway, body)).status_code == 413


async def test_a_large_body_is_taken_where_the_address_names_the_beats_document(gateway: Gateway) -> None:
    named = operations.document_id(operations.by_file()["watch_record"])
    beats = [{"seq": n, "spans": [{"fromMs": 0, "toMs": 1}] * 60} for n in range(50)]
    given = {"sessionToken": "x", "beats": beats}
    body = {"documentId": named, "variables": {"input": given}}
    assert 65_536 < len(json.dumps(body)) < 262_144
    plain = await gateway.client.post("/graphql", json=body)
    assert plain.status_code == 413
    taken = await gateway.client.post(f"/graphql?documentId={named}", json=body)
    assert taken.json()["data"]["watchRecord"]["userErrors"][0]["code"] == "UNAUTHENTICATED"
    deep = b'{"documentId":' + b"[" * 100_000
    content = {"content-type": JSON}
    refused = await gateway.client.post(f"/graphql?documentId={named}", content=deep, headers=content)
    assert refused.status_code == 400
    other = await gateway.client.post(f"/graphql?documentId={named}", json={"documentId": "sha256:0"})
    assert other.status_code == 400


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "x-application/json",
    ],
)
async def test_forms_and_other_types_are_refused_with_415(gateway: Gateway, kind: str) -> None:
    assert (await send(gateway, b'{"query":"{ __typename }"}', content_type=kind)).status_code == 415


@pytest.mark.parametrize(
    ("accept", "status", "media"),
    [
        ("*/*", 200, JSON),
        (RESPONSE, 400, RESPONSE),
        (JSON, 200, JSON),
    ],
)
async def test_a_document_that_does_not_parse_has_the_status_of_its_media_type(
    gateway: Gateway, accept: str, status: int, media: str
) -> None:
    response = await send(gateway, b'{"query":"{"}', accept=accept)
    assert response.headers["content-type"].startswith(media)
    assert response.status_code == status
    assert response.json()["errors"]


async def test_an_answer_that_no_one_accepts_is_406(gateway: Gateway) -> None:
    assert (await send(gateway, b'{"query":"{ __typename }"}', accept="image/png")).status_code == 406


async def test_mutations_are_not_sent_by_get(gateway: Gateway) -> None:
    named = operations.document_id(operations.by_file()["sign_out"])
    response = await gateway.client.get(
        "/graphql", params={"documentId": named, "variables": '{"input":{"refreshToken":"x"}}'}
    )
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_a_public_read_by_get_may_be_cached_and_a_viewers_may_not(gateway: Gateway) -> None:
    named = operations.document_id(operations.by_file()["topic"])
    asked = {"documentId": named, "variables": json.dumps({"id": await gateway.topic_id()})}
    public = await gateway.client.get("/graphql", params=asked)
    assert public.headers["cache-control"] == "public, max-age=5"
    again = await gateway.client.get(
        "/graphql", params=asked, headers={"if-none-match": public.headers["etag"]}
    )
    assert again.status_code == 304
    mine = await gateway.client.get(
        "/graphql", params=asked, headers={"authorization": f"Bearer {await gateway.token()}"}
    )
    assert mine.headers["cache-control"] == "private, no-store"
    assert "etag" not in mine.headers


@pytest.mark.parametrize("bearer", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
async def test_a_bad_bearer_is_told_by_401(gateway: Gateway, bearer: str) -> None:
    response = await gateway.post({"query": NAME}, bearer)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.json()["errors"][0]["extensions"]["code"] == "SESSION_INVALID"


async def test_production_runs_the_apps_own_documents_and_nothing_else(gateway: Gateway) -> None:
    policy = Policy(trusted_only=True, trusted_proxies=0)
    door = GraphQL(gateway.resources, operations_of(is_local=False), policy)
    ours = operations.by_file()["public_entrance"]

    async def ask(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        app = Starlette(routes=[Route("/graphql", door.__call__, methods=["GET", "POST"])])
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
            response = await client.post("/graphql", json=body)
            return response.status_code, response.json()

    variables = {"slug": "summer-2024", "segment": "BASIC"}
    assert (await ask({"documentId": operations.document_id(ours), "variables": variables}))[0] == 200
    assert (await ask({"query": ours, "variables": variables}))[0] == 200
    for body in (
        {"query": NAME},
        {"query": "{ __schema { types { name } } }"},
        {"documentId": "sha256:" + "0" * 64},
    ):
        status, answer = await ask(body)
        assert status == 400
        assert "data" not in answer


async def test_a_database_that_is_away_is_a_clear_error_and_comes_back_by_itself(gateway: Gateway) -> None:
    token = await gateway.token()
    query = operations.by_file()["viewer"]
    assert (await gateway.client.get("/health/ready")).status_code == 200
    pool, gateway.resources.database._pool = gateway.resources.database._pool, _Away()
    answer = await gateway.execute(query, None, token)
    assert answer["errors"][0]["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert (await gateway.client.get("/health/ready")).status_code == 503
    home = await gateway.data_of(operations.by_file()["resource_home"], {"tab": "HOME"})
    assert home["resourceHome"]["banners"], "anonymous pages go on from memory"
    gateway.resources.database._pool = pool
    assert (await gateway.data_of(query, None, token))["viewer"]["identity"] == "TEACHER"
    assert (await gateway.client.get("/health/ready")).status_code == 200


class _Away:
    """A pool whose server is gone."""

    async def acquire(self, **_: float) -> None:
        raise ConnectionRefusedError


@pytest.mark.parametrize(
    "query",
    [
        "{ a" * 13 + "}" * 13,
        "{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }",
        "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...C ...C } fragment C on Query { ...A }",
        "{ ...Unknown }",
        "{ __typename " + "@skip(if: false) " * 11 + "}",
    ],
)
async def test_a_costly_document_is_refused_before_it_runs(gateway: Gateway, query: str) -> None:
    answer = await gateway.execute(query)
    assert "data" not in answer
    assert answer["errors"]


async def test_unknown_faults_are_masked_behind_an_id(gateway: Gateway) -> None:
    gateway.resources.catalogue = None  # type: ignore[assignment]  # a fault of ours, on purpose
    answer = await gateway.execute(operations.by_file()["topic"], {"id": "VG9waWM6MQ"})
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "FAULT"
    assert "NoneType" not in json.dumps(answer)
    assert len(error["extensions"]["fault"]) == 32
