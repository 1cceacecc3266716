"""Every place of the schema that takes a text is given hostile ones, over HTTP. None may be a fault of ours.

The schema itself is walked, so a new mutation is covered without a line here. Which texts a place gets is drawn by
its number, the same in every run; together they take about `REQUESTS` requests, and never fewer than ten a place.
"""

from __future__ import annotations

import time
from typing import Any

import pytest
from structlog.testing import capture_logs

import hostile
from gateway import Gateway
from mobile_gateway.schema import root
from schema_walk import Place, places

REQUESTS = 3_000
ALWAYS = ("nul", "lone_high_surrogate", "controls", "five_thousand_digits", "long", "beyond_bigint")
JSON = {"content-type": "application/json"}
PLACES = places(root.build()._schema)
EACH = max(REQUESTS // 4 // len(PLACES), len(ALWAYS) + 4)
NEVER_SAID = {"FAULT", "SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR"}
STAFF = {"school admin": "SCHOOL_ADMIN", "platform admin": "PLATFORM_ADMIN"}
HOLDER = "SELECT p.phone FROM staff_grant g JOIN person p ON p.id = g.person_id WHERE g.role = $1"


def test_the_walk_finds_the_places_of_mutations_of_queries_and_of_fields_below_them() -> None:
    names = {place.name for place in PLACES}
    assert len(names) == len(PLACES)
    assert {
        "signIn(input.phone)",
        "topicEnrol(input.topicId)",
        "bannerCreate(input.imageUrl)",
        "topicUpdate(input.learningEnd)",
        "managedResources(search)",
        "watchRecord(input.sessionToken)",
        "topic(id)",
        "helpArticles(search)",
        "node(id)",
        "viewer.inbox(after)",
    } <= names


def drawn(number: int) -> list[str]:
    """The names of the texts for a place: those for all, and others in turn."""
    others = [name for name in hostile.BY_NAME if name not in ALWAYS]
    start = number * 7
    return [*ALWAYS, *(others[(start + n) % len(others)] for n in range(EACH - len(ALWAYS)))]


def test_all_texts_are_used() -> None:
    used = {name for number in range(len(PLACES)) for name in drawn(number)}
    assert used == set(hostile.BY_NAME)


async def send(gateway: Gateway, place: Place, name: str, token: str | None) -> str | None:
    """What is wrong with the answer to a text at a place; None when nothing is."""
    text = hostile.BY_NAME[name]
    body = hostile.body({"query": place.document, "variables": place.holding(text)})
    headers = {**JSON, "authorization": f"Bearer {token}"} if token else JSON
    started = time.monotonic()
    response = await gateway.client.post("/graphql", content=body, headers=headers)
    took = time.monotonic() - started
    allowed = {413} if len(body) > 64 * 1024 else {200, 400}
    if response.status_code not in allowed:
        return f"status {response.status_code}"
    if took > 1 and took > _slowed():
        return f"took {took:.1f} s"
    said = codes(response.json())
    return f"said {sorted(said & NEVER_SAID)}" if said & NEVER_SAID else None


def _slowed() -> float:
    """How many times longer work takes now because others use the machine; 1 when nobody does."""
    wall, own = time.monotonic(), time.thread_time()
    while (worked := time.thread_time() - own) < 0.2:
        pass
    return (time.monotonic() - wall) / worked


def codes(answer: dict[str, Any]) -> set[str]:
    found = {error.get("extensions", {}).get("code") for error in answer.get("errors") or []}
    for payload in (answer.get("data") or {}).values():
        if isinstance(payload, dict):
            found |= {error["code"] for error in payload.get("userErrors") or []}
    return found


@pytest.mark.parametrize("who", ["anonymous", "teacher", "school admin", "platform admin"])
async def test_no_text_at_any_place_is_a_fault(gateway: Gateway, who: str) -> None:
    token = None
    if who == "teacher":
        token = await gateway.token()
    elif who in STAFF:
        async with gateway.database.connection() as connection:
            token = await gateway.token(await connection.fetchval(HOLDER, STAFF[who]))
    wrong = {}
    with capture_logs() as lines:
        for number, place in enumerate(PLACES):
            for name in drawn(number):
                if what := await send(gateway, place, name, token):
                    wrong[f"{place.name} {name}"] = what
    assert wrong == {}
    assert [line for line in lines if line["log_level"] in {"error", "critical"}] == []
    assert (await gateway.client.get("/health/ready")).status_code == 200


async def test_the_inputs_around_a_hostile_text_are_no_nonsense(gateway: Gateway) -> None:
    """GraphQL itself refuses none of them: each request gets as far as our own code."""
    for place in PLACES:
        answer = await gateway.execute(place.document, place.variables)
        assert answer.get("data") is not None or codes(answer) == {"UNAUTHENTICATED"}, (place.name, answer)
