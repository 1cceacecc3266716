"""The app's documents are compiled when asked for, or ahead of it; a refused one is told of."""

from __future__ import annotations

import subprocess
import sys

import pytest
from structlog.testing import capture_logs

from execution.bookshop import schema as bookshop
from mobile_gateway.execution import Operations, Plan
from mobile_gateway.schema import operations as trusted
from mobile_gateway.schema import root
from mobile_gateway.web import compiling


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_what_nobody_asked_for_is_compiled_ahead_of_it() -> None:
    heard: list[tuple[str, str]] = []
    operations = Operations(root.build()._schema, on_event=lambda *event: heard.append(event))
    operations.expect(trusted.by_id().values())
    asked = operations.prepare(trusted.by_file()["topic"])
    with capture_logs() as logged:
        await compiling.compile_ahead(operations)
    assert logged == []
    assert operations.prepare(trusted.by_file()["topic"]) is asked
    plans = [operations.prepare(text) for text in trusted.by_file().values()]
    assert all(isinstance(plan, Plan) for plan in plans)
    assert {event for event, _ in heard} == {"hit"}


async def test_a_document_that_the_schema_refuses_is_an_error_in_the_log() -> None:
    strange = Operations(bookshop)
    with capture_logs() as logged:
        await compiling.compile_ahead(strange)
    told = {line["document"]: line["why"] for line in logged if line["event"] == "document_refused"}
    assert told == compiling.refused(strange)
    assert set(told) == set(trusted.by_file())
    assert told["topic"].startswith("Cannot query field 'topic' on type 'Query'")


def test_the_check_of_a_build_names_what_it_checked() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "mobile_gateway", "schema", "check"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == f"All {len(trusted.by_file())} documents keep to the schema.\n"
