"""The whole gateway in the test's own loop: a client over HTTP, a movable clock, a worker that runs when told to."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from arq.connections import ArqRedis

from mobile_gateway import seals
from mobile_gateway.actions import moving_time
from mobile_gateway.boot import Resources
from mobile_gateway.clock import real
from mobile_gateway.documents.store import StoreAway
from mobile_gateway.jobs import Jobs
from mobile_gateway.models.database import Database
from mobile_gateway.push.recorder import Recorder
from mobile_gateway.rules.words import ClientKind, Identity
from mobile_gateway.schema.nodes import global_id
from mobile_gateway.seals import Keyring
from mobile_gateway.settings import Environment, Settings
from mobile_gateway.sms import LocalSms
from mobile_gateway.web.app import application
from mobile_gateway.workers import certificates, sweep

START = datetime.fromisoformat("2024-08-20T09:00:00+08:00")


@dataclass
class Gateway:
    """A gateway under test. Time stands still (almost: real time at speed 1) until `advance`."""

    client: httpx.AsyncClient
    resources: Resources
    data: Path
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        return self.resources.database

    async def execute(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        token: str | None = None,
        **headers: str,
    ) -> dict[str, Any]:
        """The response's JSON."""
        response = await self.post({"query": query, "variables": variables}, token, **headers)
        found: dict[str, Any] = response.json()
        return found

    async def post(self, body: Any, token: str | None = None, **headers: str) -> httpx.Response:
        """The response to a JSON body."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["authorization"] = f"Bearer {token}"
        return await self.client.post("/graphql", json=body, headers=sent)

    async def data_of(
        self, query: str, variables: dict[str, Any] | None = None, token: str | None = None
    ) -> dict[str, Any]:
        """The response's data; fails on errors."""
        answer = await self.execute(query, variables, token)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found

    async def payload(
        self, field_name: str, type_name: str, given: dict[str, Any], token: str | None, wanted: str
    ) -> dict[str, Any]:
        """A mutation's payload with `wanted` and its userErrors."""
        query = (
            f"mutation M($input: {type_name}!) {{ {field_name}(input: $input)"
            f" {{ {wanted} userErrors {{ code path message hint }} }} }}"
        )
        found: dict[str, Any] = (await self.data_of(query, {"input": given}, token))[field_name]
        return found

    async def person(self, phone: str) -> int:
        async with self.database.connection() as connection:
            found: int = await connection.fetchval("SELECT id FROM person WHERE phone = $1", phone)
        return found

    async def token(self, phone: str = "+8619900000001", kind: ClientKind = ClientKind.APP) -> str:
        """An access token of a demo person, as a sign-in would give it."""
        async with self.database.transaction() as connection:
            row = await connection.fetchrow(
                "SELECT id, identity, wipe_epoch FROM person WHERE phone = $1", phone
            )
            assert row is not None, phone
            session = uuid4()
            await connection.execute(
                "INSERT INTO sign_in (id, person_id, client_kind, wipe_epoch) VALUES ($1, $2, $3, $4)",
                session,
                row["id"],
                kind,
                row["wipe_epoch"],
            )
        return self.token_of(session, row["id"], Identity(row["identity"]), row["wipe_epoch"], kind)

    def token_of(
        self, session: UUID, person_id: int, identity: Identity, wipe_epoch: int, kind: ClientKind
    ) -> str:
        return seals.issue_access(
            self.resources.keyring,
            session_id=session,
            person_id=person_id,
            identity=identity,
            wipe_epoch=wipe_epoch,
            client_kind=kind,
            now=real(),
        )

    async def set_time(self, moment: datetime) -> None:
        """Move the domain's clock; it goes on at the real one's pace."""
        await moving_time.set_clock(self.database, real_now=real(), domain_now=moment, speed=1)
        await self.resources.follow_once()

    async def advance(self, **span: float) -> None:
        """Let domain time pass. None of it slips away meanwhile, however slow the machine is."""
        now = real()
        moment = self.resources.clock.at(now) + timedelta(**span)
        await moving_time.set_clock(self.database, real_now=now, domain_now=moment, speed=1)
        await self.resources.follow_once()

    async def sweep(self) -> None:
        """What a worker would do now, jobs lost."""
        push = Recorder(self.data / "pushes.jsonl")
        sms = LocalSms(self.data / "texts.jsonl", clock=real)
        await sweep.sweep_once(self.resources, push, sms)
        with contextlib.suppress(StoreAway):
            while await certificates.render(self.resources):
                pass
        await push.close()
        await sms.close()

    async def topic_id(self, slug: str = "summer-2024") -> str:
        found = next(t for t in self.resources.catalogue.topics.values() if t.slug == slug)
        return str(global_id("Topic", found.id))


@contextlib.asynccontextmanager
async def serving(
    database_url: str, redis_url: str, queue: ArqRedis, keyring: Keyring, data: Path
) -> AsyncIterator[Gateway]:
    """A gateway on a database with demo data, at 2024-08-20 09:00."""
    settings = Settings(
        environment=Environment.LOCAL,
        database_url=database_url,
        redis_url=redis_url,
        keys=keyring.to_text(),
        data=data,
    )
    app = application(settings)
    async with app.router.lifespan_context(app):
        resources: Resources = app.state.resources
        resources.jobs = Jobs(queue)
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
            gateway = Gateway(client, resources, data)
            await gateway.set_time(START)
            yield gateway
