"""A served gateway for each test, on rows of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway import Gateway
from served import Served, served
from servers import Servers


@pytest.fixture
async def server(gateway: Gateway, servers: Servers, tmp_path: Path) -> AsyncIterator[Served]:
    settings = gateway.resources.settings
    log = tmp_path / "serve.log"
    async with served(gateway, settings.database_url, servers.redis_url, log) as found:
        yield found
