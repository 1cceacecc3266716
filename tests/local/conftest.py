"""What the tests of the private servers share: fixtures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mobile_gateway.local import Parts
from tests_local import Program


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    with Parts.start(tmp_path / "data", durable=False) as started:
        yield started


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    started: list[Program] = []
    yield started
    for program in started:
        program.close()
