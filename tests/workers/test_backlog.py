"""How long work has been due that nobody took, as the sweeper shows it."""

from __future__ import annotations

from datetime import datetime

from prometheus_client import REGISTRY

from campaigning import all_due, crowd, desks, expand
from certifying import OPENING, claim, graduate, topic_number
from gateway import Gateway
from identifying import code_of, new_phone
from mobile_gateway.clock import real
from mobile_gateway.sms import LocalSms
from mobile_gateway.workers import backlog, certificates, sweep
from player import run, value
from pushing import Scripted, accepts, only, tell


def waited(queue: str) -> float:
    found = REGISTRY.get_sample_value("gateway_backlog_seconds", {"queue": queue})
    assert found is not None, queue
    return found


async def sweep_pushes(gateway: Gateway) -> Scripted:
    provider = Scripted(accepts)
    await sweep.sweep_once(gateway.resources, provider, LocalSms(gateway.data / "texts.jsonl", clock=real))
    return provider


async def test_a_push_that_nobody_took_shows_how_long_it_waits(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    await run(gateway, "UPDATE delivery SET due_at = now() - interval '7 minutes'")
    await sweep_pushes(gateway)
    assert 420 <= waited("service_push") < 600
    await sweep_pushes(gateway)
    assert waited("service_push") == 0


async def test_a_push_for_later_does_not_wait(gateway: Gateway) -> None:
    await only(gateway)
    await tell(gateway)
    await run(gateway, "UPDATE delivery SET due_at = now() + interval '7 minutes'")
    assert (await sweep_pushes(gateway)).sent == []
    assert waited("service_push") == 0


async def test_a_campaign_s_pushes_wait_by_day_and_not_in_quiet_hours(gateway: Gateway) -> None:
    await crowd(gateway, 3)
    both = await desks(gateway)
    await both.proven()
    await expand(gateway)
    await all_due(gateway)
    await run(gateway, "UPDATE delivery SET due_at = now() - interval '2 hours' WHERE state = 'DUE'")
    await gateway.set_time(datetime.fromisoformat("2024-08-20T23:00:00+08:00"))
    assert (await sweep_pushes(gateway)).sent == []
    assert waited("marketing_push") == 0
    await gateway.set_time(datetime.fromisoformat("2024-08-21T09:00:00+08:00"))
    assert (await sweep_pushes(gateway)).sent
    assert 7200 <= waited("marketing_push") < 7800


async def test_a_paused_campaign_s_pushes_do_not_wait(gateway: Gateway) -> None:
    await crowd(gateway, 3)
    both = await desks(gateway)
    await both.proven()
    await expand(gateway)
    await run(gateway, "UPDATE delivery SET due_at = now() - interval '2 hours' WHERE state = 'DUE'")
    await run(gateway, "UPDATE campaign SET state = 'PAUSED', pause_reason = 'BY_HAND'")
    assert (await sweep_pushes(gateway)).sent == []
    assert waited("marketing_push") == 0


async def test_a_text_that_nobody_took_shows_how_long_it_waits(gateway: Gateway) -> None:
    await code_of(gateway, "registration_code_request", new_phone(), "REGISTER")
    await run(gateway, "UPDATE sms_outbox SET due_at = now() - interval '40 seconds'")
    await sweep_pushes(gateway)
    assert 40 <= waited("text") < 200
    await sweep_pushes(gateway)
    assert waited("text") == 0


async def test_certificates_wait_until_they_are_drawn(gateway: Gateway) -> None:
    who = await graduate(gateway)
    await claim(who)
    await run(gateway, "UPDATE certificate SET document_due_at = now() - interval '1 hour'")
    await sweep_pushes(gateway)
    assert REGISTRY.get_sample_value("gateway_documents_waiting") == 1
    assert 3600 <= waited("document") < 4200
    while await certificates.render(gateway.resources):
        pass
    await sweep_pushes(gateway)
    assert REGISTRY.get_sample_value("gateway_documents_waiting") == 0
    assert waited("document") == 0


async def test_an_opening_that_does_not_go_on_shows_how_long(gateway: Gateway) -> None:
    await gateway.set_time(OPENING)
    while await certificates.open_claims(gateway.resources):
        pass
    finished = await value(
        gateway, "SELECT count(*) FROM certificate_opening WHERE topic_id = $1", topic_number(gateway)
    )
    assert finished == 1
    await run(
        gateway, "UPDATE certificate_opening SET finished_at = NULL, due_at = now() - interval '1 hour'"
    )
    await backlog.certificates(gateway.database, real())
    assert 3600 <= waited("opening") < 4200
    await run(gateway, "UPDATE certificate_opening SET finished_at = now()")
    await backlog.certificates(gateway.database, real())
    assert waited("opening") == 0
