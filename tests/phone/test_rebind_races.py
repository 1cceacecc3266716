"""What happens to tickets at the same moment: one agent, one outcome, one phone. Each race is run several times."""

from __future__ import annotations

import asyncio

import pytest

from gateway import Gateway
from phoning import (
    NEW,
    OTHER,
    OWNER,
    act,
    again_at_once,
    agent,
    called_back,
    claim_of,
    code,
    codes_of,
    prove_old,
    rows,
    run,
    second_agent,
    submit,
    ticket,
    uploaded,
)

ROUNDS = 5


def fresh(number: int) -> str:
    return f"+861887777000{number}"


async def test_of_two_agents_who_take_a_ticket_at_once_one_gets_it(gateway: Gateway) -> None:
    tokens = [await agent(gateway), await second_agent(gateway)]
    for number in range(ROUNDS):
        found = await ticket(gateway, fresh(number))
        answers = await asyncio.gather(
            *(act(gateway, "rebind_ticket_take", token, number=found.number) for token in tokens)
        )
        assert sorted(codes_of(answer) for answer in answers) == [[], [("ALREADY_DECIDED", ["number"])]]
    assert len(await rows(gateway, "SELECT FROM audit_entry WHERE act = 'TICKET_TAKEN'")) == ROUNDS


async def test_of_two_tickets_for_one_account_that_finish_at_once_one_moves_it(gateway: Gateway) -> None:
    tokens = [await agent(gateway), await second_agent(gateway)]
    account = await gateway.person(OWNER)
    for number in range(ROUNDS):
        phones = [f"+861887778{number}001", f"+861887778{number}002"]
        sent = [await ticket(gateway, phone) for phone in phones]
        for token, one in zip(tokens, sent, strict=True):
            await called_back(gateway, token, one.number)
        answers = await asyncio.gather(
            *(
                act(gateway, "rebind_ticket_finish", token, number=one.number)
                for token, one in zip(tokens, sent, strict=True)
            )
        )
        assert sorted(codes_of(answer) for answer in answers) == [[], [("REBIND_MISMATCH", ["number"])]]
        won = phones[[codes_of(answer) for answer in answers].index([])]
        assert await gateway.person(won) == account
        await run(gateway, "UPDATE person SET phone = $1 WHERE id = $2", OWNER, account)
    assert len(await rows(gateway, "SELECT FROM rebind_ticket WHERE state = 'DONE'")) == ROUNDS


async def test_one_finish_sent_twice_at_once_moves_the_account_once(gateway: Gateway) -> None:
    token, account = await agent(gateway), await gateway.person(OWNER)
    for number in range(ROUNDS):
        found = await ticket(gateway, fresh(number))
        await called_back(gateway, token, found.number)
        answers = await asyncio.gather(
            *(act(gateway, "rebind_ticket_finish", token, number=found.number) for _ in range(3))
        )
        assert [codes_of(answer) for answer in answers] == [[]] * 3
        await run(gateway, "UPDATE person SET phone = $1 WHERE id = $2", OWNER, account)
    assert len(await rows(gateway, "SELECT FROM audit_entry WHERE act = 'TICKET_DONE'")) == ROUNDS
    assert len(await rows(gateway, "SELECT FROM inbox_item WHERE kind = 'REBIND_DECIDED'")) == ROUNDS


@pytest.mark.parametrize("same_phone", [True, False])
async def test_an_owner_who_changes_the_phone_while_a_ticket_finishes(
    gateway: Gateway, same_phone: bool
) -> None:
    agent_token, account = await agent(gateway), await gateway.person(OWNER)
    for number in range(ROUNDS):
        asked = f"+861889{number}100001"
        wanted = asked if same_phone else f"+861889{number}200002"
        found = await ticket(gateway, asked)
        await called_back(gateway, agent_token, found.number)
        await again_at_once(gateway)
        owner = await gateway.token()
        await prove_old(gateway, owner)
        await again_at_once(gateway)
        digits = await code(
            gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", owner, newPhone=wanted
        )
        finished, changed = await asyncio.gather(
            act(gateway, "rebind_ticket_finish", agent_token, number=found.number),
            act(gateway, "phone_change_finish", owner, newPhone=wanted, code=digits),
        )
        outcome = (codes_of(finished), codes_of(changed))
        assert outcome in (
            ([], [("SESSION_INVALID", [])]),
            ([("REBIND_MISMATCH", ["number"])], []),
        )
        assert await gateway.person(asked if outcome[0] == [] else wanted) == account
        await run(gateway, "UPDATE person SET phone = $1 WHERE id = $2", OWNER, account)
        await again_at_once(gateway)


async def test_two_accounts_that_get_one_phone_at_once_by_ticket_and_by_code(gateway: Gateway) -> None:
    agent_token, account = await agent(gateway), await gateway.person(OWNER)
    rival = "+8619900000009"
    rival_id = await gateway.person(rival)
    for number in range(ROUNDS):
        wanted = f"+861886{number}300003"
        found = await ticket(gateway, wanted)
        await called_back(gateway, agent_token, found.number)
        await again_at_once(gateway)
        token = await gateway.token(rival)
        await prove_old(gateway, token)
        digits = await code(
            gateway, "phone_change_new_code_request", "CHANGE_NEW_PHONE", token, newPhone=wanted
        )
        finished, changed = await asyncio.gather(
            act(gateway, "rebind_ticket_finish", agent_token, number=found.number),
            act(gateway, "phone_change_finish", token, newPhone=wanted, code=digits),
        )
        outcome = (codes_of(finished), codes_of(changed))
        assert outcome in (
            ([], [("CODE_WRONG", ["code"])]),  # the ticket closed the live codes of the phone
            ([("PHONE_TAKEN", ["number"])], []),
        )
        assert await gateway.person(wanted) == (account if outcome[0] == [] else rival_id)
        await run(gateway, "UPDATE person SET phone = $1 WHERE id = $2", OWNER, account)
        await run(gateway, "UPDATE person SET phone = $1 WHERE id = $2", rival, rival_id)
        await run(gateway, "UPDATE sms_code SET created_at = created_at - interval '2 days'")


async def test_a_holder_who_cancels_while_the_agent_finishes(gateway: Gateway) -> None:
    token, account = await agent(gateway), await gateway.person(OWNER)
    for number in range(ROUNDS):
        found = await ticket(gateway, fresh(number))
        await called_back(gateway, token, found.number)
        finished, cancelled = await asyncio.gather(
            act(gateway, "rebind_ticket_finish", token, number=found.number),
            act(gateway, "rebind_ticket_cancel", number=found.number, secret=found.secret),
        )
        outcome = (codes_of(finished), codes_of(cancelled))
        assert outcome in (
            ([], [("TICKET_CLOSED", ["number"])]),
            ([("TICKET_CLOSED", ["number"])], []),
        )
        moved = await gateway.person(found.new_phone)
        assert (moved == account) is (outcome[0] == [])
        await run(gateway, "UPDATE person SET phone = $1 WHERE id = $2", OWNER, account)


async def test_two_agents_who_finish_each_others_accounts_do_not_wait_for_each_other(
    gateway: Gateway,
) -> None:
    first, second = "+8619900000014", "+8619900000016"
    tokens = [await agent(gateway), await second_agent(gateway)]
    claims = [claim_of(second), claim_of(first)]
    sent = [await ticket(gateway, phone, **claim) for phone, claim in zip((NEW, OTHER), claims, strict=True)]
    for token, one in zip(tokens, sent, strict=True):
        await called_back(gateway, token, one.number)
    answers = await asyncio.gather(
        *(
            act(gateway, "rebind_ticket_finish", token, number=one.number)
            for token, one in zip(tokens, sent, strict=True)
        )
    )
    # Whoever is first ends the other agent's sign-in.
    assert sorted(codes_of(answer) for answer in answers) == [[], [("SESSION_INVALID", [])]]


async def test_of_two_submissions_with_one_photo_at_once_one_gets_it(gateway: Gateway) -> None:
    for number in range(ROUNDS):
        upload = await uploaded(gateway)
        phones = [f"+861885{number}400004", f"+861885{number}500005"]
        digits = [await code(gateway, "rebind_code_request", "REBIND_PHONE", newPhone=p) for p in phones]
        answers = await asyncio.gather(
            *(
                submit(gateway, phone, code=one, uploadToken=upload)
                for phone, one in zip(phones, digits, strict=True)
            )
        )
        assert sorted(codes_of(answer) for answer in answers) == [
            [],
            [("UPLOAD_MISSING", ["uploadToken"])],
        ]
