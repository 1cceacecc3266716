"""What is written about a fault: its type and where it came from, never what a person sent."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from mobile_gateway import logs
logs.configure(as_json=sys.argv[1] == "json")
def sign_in(phone, code):
    token = "secret-token"
    raise ValueError(f"invalid input for query argument: {phone} {code} {token}")
try:
    sign_in("19912345678", "654321")
except ValueError as fault:
    logs.logger.error("fault", fault="abc", exc_info=fault)
    logs.logger.exception("again")
"""


@pytest.mark.parametrize("kind", ["json", "console"])
def test_a_fault_is_logged_without_its_words_and_values(kind: str) -> None:
    run = subprocess.run([sys.executable, "-c", PROGRAM, kind], capture_output=True, text=True, check=True)
    assert "ValueError" in run.stderr
    assert "sign_in" in run.stderr
    for secret in ("19912345678", "654321", "secret-token"):
        assert secret not in run.stderr + run.stdout
    assert len(run.stderr.splitlines()) == 2
