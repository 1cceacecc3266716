"""What the processes of a gateway load: what only others need costs each start time, and each process memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

WATCHING = "import mobile_gateway.cli.serving"
SERVING = "import mobile_gateway.cli.serving, mobile_gateway.web.app"

OF_OTHERS = {
    "PIL",
    "firebase_admin",
    "httpx",
    "mobile_gateway.demo",
    "mobile_gateway.models.people",
    "mobile_gateway.web.local_pages",
    "mobile_gateway.workers",
    "obstore",
    "pydantic",
    "pypinyin",
    "pyreqwest",
    "qrcode",
    "tortoise",
    "typst",
}
OF_WHO_SERVES = {
    "arq",
    "asyncpg",
    "graphql",
    "jinja2",
    "mobile_gateway.boot",
    "redis",
    "starlette",
    "strawberry",
}


def _loaded(program: str) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport json, sys\nprint(json.dumps([*sys.modules]))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(run.stdout))


@pytest.mark.parametrize(
    ("program", "without", "with_"),
    [(SERVING, OF_OTHERS, OF_WHO_SERVES), (WATCHING, OF_OTHERS | OF_WHO_SERVES, {"granian"})],
    ids=["who serves", "who watches"],
)
def test_a_gateway_loads_what_it_needs(program: str, without: set[str], with_: set[str]) -> None:
    loaded = _loaded(program)
    assert loaded & without == set()
    assert loaded >= with_
