"""Failures by cause as a file: once, for who may, without tokens, names or formulas."""

from __future__ import annotations

import csv
import io
from urllib.parse import urlsplit

from campaigning import Answering, Desk, at_school, crowd, desks, send
from gateway import Gateway
from mobile_gateway.push import provider as push
from mobile_gateway.schema.nodes import number_of
from platforming import audited
from player import run
from staffing import PLATFORM

PEOPLE = 2_300
"""More than two pages of the file."""


async def _address(desk: Desk, campaign: str) -> str:
    payload = await desk.act("campaign_failures_export", campaignId=campaign)
    assert payload["userErrors"] == []
    parts = urlsplit(payload["url"])
    return f"{parts.path}?{parts.query}"


async def _failed(gateway: Gateway) -> tuple[Desk, str]:
    await crowd(gateway, PEOPLE)
    await run(gateway, "UPDATE device SET app_version = '=1+1' WHERE token LIKE 'token-%'")
    both = await desks(gateway)
    campaign = await both.proven(segment=await at_school(gateway))
    await send(gateway, Answering(push.TokenDead()))
    return both.first, campaign


async def test_every_failure_stands_in_the_file_with_its_cause_and_nothing_personal(gateway: Gateway) -> None:
    desk, campaign = await _failed(gateway)
    progress = (await desk.read(campaign))["progress"]
    assert progress["failed"] >= PEOPLE
    assert progress["causes"] == [
        {"state": "FAILED", "cause": "TOKEN_DEAD", "deliveries": progress["failed"]}
    ]
    address = await _address(desk, campaign)
    assert (await gateway.client.head(address)).status_code == 405
    response = await gateway.client.get(address)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert "no-store" in response.headers["cache-control"]
    assert response.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    assert len(rows) == progress["failed"]
    assert len({row["person"] for row in rows}) > PEOPLE
    assert all(number_of(row["person"], "Person") for row in rows)
    assert {(row["state"], row["cause"]) for row in rows} == {("FAILED", "TOKEN_DEAD")}
    assert "'=1+1" in {row["appVersion"] for row in rows}
    for secret in ("token-", "demo-android", "+86", "众", "\n="):
        assert secret not in response.text


async def test_a_link_is_good_once_and_dies_with_the_sign_in(gateway: Gateway) -> None:
    desk, campaign = await _failed(gateway)
    first, second = await _address(desk, campaign), await _address(desk, campaign)
    assert (await gateway.client.get(first)).status_code == 200
    assert (await gateway.client.get(first)).status_code == 404
    assert (await gateway.client.get(second[:-3] + "abc")).status_code == 404
    assert (await gateway.client.get("/exports/campaign-failures.csv")).status_code == 404
    steps = [data["step"] for act, _, data in await audited(gateway, "Campaign", campaign) if "step" in data]
    assert steps == ["asked", "asked", "fetched"]
    await run(
        gateway,
        "UPDATE staff_grant SET revoked_at = now() WHERE person_id = $1",
        await gateway.person(PLATFORM),
    )
    assert (await gateway.client.get(second)).status_code == 404
