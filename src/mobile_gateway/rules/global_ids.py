"""Global ids: how the API names an object, also where a deep link does (SCHEMA.md, 2)."""

from __future__ import annotations

import base64


def of(kind: str, number: int | str) -> str:
    """The opaque id of an object of a kind."""
    return base64.urlsafe_b64encode(f"{kind}:{number}".encode()).decode().rstrip("=")
