"""The pages, as the app reads them."""

from __future__ import annotations

from gateway import Gateway
from mobile_gateway.schema import operations


async def test_an_anonymous_reader_sees_the_catalogue_and_is_asked_to_sign_in(gateway: Gateway) -> None:
    topic_id = await gateway.topic_id()
    page = await gateway.data_of(operations.by_file()["topic"], {"id": topic_id})
    assert page["topic"]["nextStep"] == "LOGIN"
    assert page["topic"]["requiredCredits"] == "10.00"
    assert [c["requiredCredits"] for c in page["topic"]["courses"]] == [
        "2.00",
        "1.00",
        "1.00",
        "1.00",
        "1.00",
        "1.00",
        "3.00",
    ]
    assert page["topic"]["progress"] is None
