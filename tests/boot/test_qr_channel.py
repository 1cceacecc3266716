"""A campaign's channel, from the command that draws its code to the count of its scans."""

from __future__ import annotations

from gateway import Gateway
from mobile_gateway import seals
from mobile_gateway.web.app import CHANNEL

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
)


async def scans(gateway: Gateway) -> list[tuple[str, str, int]]:
    async with gateway.database.connection() as connection:
        rows = await connection.fetch("SELECT channel, client, scans FROM download_scan ORDER BY channel")
    return [tuple(row) for row in rows]


async def test_scans_are_counted_under_a_signed_channel_and_lead_to_the_store(gateway: Gateway) -> None:
    token = seals.sign_link(gateway.resources.keyring, "poster", CHANNEL)
    for _ in range(2):
        led = await gateway.client.get(f"/download/go?c={token}", headers={"user-agent": IPHONE})
        assert led.status_code == 302
        assert led.headers["location"].startswith("https://apps.apple.com/")
    await gateway.client.get("/download/go", headers={"user-agent": IPHONE})
    assert await scans(gateway) == [("", "ios", 1), ("poster", "ios", 2)]


async def test_a_tampered_channel_leads_to_the_plain_page_and_is_not_counted(gateway: Gateway) -> None:
    token = seals.sign_link(gateway.resources.keyring, "poster", "another purpose")
    plain = await gateway.client.get(f"/download/go?c={token}", headers={"user-agent": IPHONE})
    assert (plain.status_code, "location" in plain.headers) == (200, False)
    assert await scans(gateway) == []
