"""Side doors: variables that do not fit, HEAD, redirects, forged cursors, ended sign-ins."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import Gateway
from mobile_gateway.schema import operations
from mobile_gateway.schema.nodes import global_id

JSON = "application/json"
NOWHERE: dict[str, dict[str, Any]] = {
    "missing": {},
    "null": {"input": None},
    "wrong": {"input": 3},
    "unknown": {"input": {"nothing": 1}},
}
MUTATIONS = [
    name for name, text in operations.by_file().items() if text.startswith("mutation") and "$input: " in text
]


@pytest.mark.parametrize("given", NOWHERE.values(), ids=NOWHERE)
async def test_variables_that_do_not_fit_are_the_clients_fault_and_not_ours(
    gateway: Gateway, given: dict[str, Any]
) -> None:
    for name in MUTATIONS:
        answer = await gateway.execute(operations.by_file()[name], given)
        assert "data" not in answer
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}, name


async def test_head_runs_no_mutation(gateway: Gateway) -> None:
    query = 'mutation { signInCodeRequest(input: {phone: "19900000001"}) { phone } }'
    response = await gateway.client.request("HEAD", "/graphql", json={"query": query})
    assert response.status_code in {400, 405}
    async with gateway.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM sms_code") == 0


async def test_no_redirect_leads_where_the_host_header_says(gateway: Gateway) -> None:
    for path in ("/graphql/", "/download/", "/static"):
        response = await gateway.client.get(path, headers={"host": "evil.example"})
        assert (response.status_code, "location" in response.headers) == (404, False), path


@pytest.mark.parametrize("after", ["x", "", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "🎓", "MjAyNA|"])
async def test_a_cursor_that_we_did_not_give_out_is_told(gateway: Gateway, after: str) -> None:
    token = await gateway.token()
    for name in ("my_training", "inbox", "workbench"):
        answer = await gateway.execute(operations.by_file()[name], {"after": after}, token)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"], name


async def test_an_ended_sign_in_reads_and_writes_nothing_through_side_doors(gateway: Gateway) -> None:
    token = await gateway.token()
    person = await gateway.person("+8619900000001")
    async with gateway.database.transaction() as connection:
        item = await connection.fetchval(
            "INSERT INTO inbox_item (person_id, kind, subject, message_class, data, happened_at)"
            " VALUES ($1, 'TEACHER_LEFT', 'x', 'SERVICE', '{}', now()) RETURNING id",
            person,
        )
        held = await connection.fetchval("SELECT token FROM device WHERE person_id = $1 LIMIT 1", person)
    query, variables = "query N($id: ID!) { node(id: $id) { id } }", {"id": global_id("InboxItem", item)}
    assert (await gateway.data_of(query, variables, token))["node"] == variables
    async with gateway.database.transaction() as connection:
        await connection.execute("UPDATE sign_in SET ended_at = now(), end_reason = 'SIGN_OUT'")
    node = await gateway.execute(query, variables, token)
    assert node["errors"][0]["extensions"]["code"] == "SESSION_INVALID"
    assert held is not None
    forgot = await gateway.payload("deviceForget", "DeviceForgetInput", {"token": held}, token, "")
    assert [error["code"] for error in forgot["userErrors"]] == ["SESSION_INVALID"]
    async with gateway.database.connection() as connection:
        assert await connection.fetchval("SELECT state FROM device WHERE token = $1", held) == "ACTIVE"
