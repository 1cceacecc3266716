"""Pages of the platform's administrators make a fixed number of statements, however much they show."""

from __future__ import annotations

import pytest

from counting import Counting, statements
from gateway import Gateway
from platforming import desk

EXPECTED = {
    "managed_banners": 2,  # who asks, the page
    "managed_topics": 5,  # who asks, the page, all outlines in three
    "managed_resources": 2,  # who asks, the page
}


@pytest.mark.parametrize("page", EXPECTED)
async def test_a_page_of_the_desk_makes_as_many_statements_as_it_says(gateway: Gateway, page: str) -> None:
    admin = await desk(gateway)
    whole = gateway.resources.database
    gateway.resources.database = Counting(whole._pool)
    before = await statements(gateway, page, admin.token)
    gateway.resources.database = whole
    for number in range(3):
        built = await admin.built(slug=f"topic-{number}")
        await admin.banner(url=None, topicId=built.topic)
        await admin.section((await admin.course(built.topic))["id"])
    gateway.resources.database = Counting(whole._pool)
    after = await statements(gateway, page, admin.token)
    gateway.resources.database = whole
    assert (len(before), len(after)) == (EXPECTED[page], EXPECTED[page]), after
