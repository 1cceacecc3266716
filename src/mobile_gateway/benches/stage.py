"""What every peer opens and checks as the product does: database, catalogue, clock, and who asks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mobile_gateway.benches.ground import Given
from mobile_gateway.clock import DomainClock, real
from mobile_gateway.models import database as databases
from mobile_gateway.models.database import Database
from mobile_gateway.reads import catalogue
from mobile_gateway.reads.catalogue import Catalogue
from mobile_gateway.schema.context import Viewer
from mobile_gateway.seals import Keyring
from mobile_gateway.web.authentication import viewer_of

CONNECTIONS = 10
"""As many as the product opens unless told otherwise."""


@dataclass
class Stage:
    """What a peer's routes share; filled by its lifespan."""

    given: Given
    keyring: Keyring = field(init=False)
    catalogue: Catalogue = catalogue.NOT_READ
    clock: DomainClock = field(default_factory=DomainClock)
    _database: Database | None = None

    def __post_init__(self) -> None:
        self.keyring = Keyring.parse(self.given.keys)

    @property
    def database(self) -> Database:
        """The open database."""
        assert self._database is not None
        return self._database

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Open the database and read the catalogue and the clock once."""
        self._database = await databases.open_database(self.given.database_url, connections=CONNECTIONS)
        async with self.database.connection() as connection:
            self.catalogue = await catalogue.read(connection)
            self.clock = await databases.read_clock(connection)
        yield
        await self.database.close()

    def viewer(self, request: Request) -> Any:
        """The viewer, None, or why the token is bad: the product's own check."""
        return viewer_of(request.headers.get("authorization"), self.keyring, real())

    def signed_in(self, request: Request) -> Viewer:
        """The viewer of a page that needs one."""
        viewer = self.viewer(request)
        if not isinstance(viewer, Viewer):
            raise PermissionError("this peer's page needs a sign-in")
        return viewer


async def ready(_: Request) -> Response:
    """Tell the bench that the lifespan has started."""
    return JSONResponse({"ready": True})
