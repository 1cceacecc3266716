"""The link of a notification names what the API takes: a client follows it and makes nothing up."""

from __future__ import annotations

import pytest

from gateway import Gateway
from mobile_gateway.actions import notifying
from mobile_gateway.clock import real
from mobile_gateway.rules.words import NotificationKind
from mobile_gateway.schema import operations
from mobile_gateway.workers import pushes
from player import run, value
from pushing import READY, Scripted, accepts, only

FOLLOWED = {
    "topic": "query ($id: ID!) { topic(id: $id) { id } }",
    "course": "query ($id: ID!) { course(id: $id) { id } }",
}


@pytest.mark.parametrize(
    ("kind", "table"),
    [(NotificationKind.TOPIC_COMPLETED, "topic"), (NotificationKind.COURSE_CREDIT_REACHED, "course")],
)
async def test_the_link_of_a_notification_and_of_its_push_leads_to_what_it_tells_of(
    gateway: Gateway, kind: NotificationKind, table: str
) -> None:
    await only(gateway)
    await run(gateway, "DELETE FROM inbox_item")
    number = await value(gateway, f"SELECT max(id) FROM {table}")
    data = {table: "名", f"{table}_en": "Name", f"{table}_id": str(number), "credits": "1.00"}
    person, token = await gateway.person(READY), await gateway.token(READY)
    async with gateway.database.transaction() as connection:
        await notifying.notify(connection, person, [notifying.Event(kind, "one", data, real())])
    provider = Scripted(accepts)
    await pushes.deliver(gateway.database, provider)
    viewer = (await gateway.data_of(operations.by_file()["inbox"], {}, token))["viewer"]
    (shown,) = [edge["node"]["deepLink"] for edge in viewer["inbox"]["edges"]]
    assert [message.deep_link for message in provider.sent] == [shown]
    prefix = f"smartedu://{table}/"
    assert shown.startswith(prefix)
    found = await gateway.data_of(FOLLOWED[table], {"id": shown.removeprefix(prefix)}, token)
    assert found[table] == {"id": shown.removeprefix(prefix)}
