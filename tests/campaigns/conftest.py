"""The commands of campaigns, against a served gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from commanding import Commands, commands
from gateway import Gateway
from served import served
from servers import Servers


@pytest.fixture
async def campaign(gateway: Gateway, servers: Servers, tmp_path: Path) -> AsyncIterator[Commands]:
    url = gateway.resources.settings.database_url
    async with served(gateway, url, servers.redis_url, tmp_path / "serve.log") as server:
        yield await commands(server)
