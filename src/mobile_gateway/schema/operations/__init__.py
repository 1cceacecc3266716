"""The app's operations, one document a screen: its trusted documents (SCHEMA.md, 12).

A document is named by `sha256:` and the hex digest of its text. Production runs these and nothing else.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


def document_id(text: str) -> str:
    """The name of a document."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


@cache
def by_file() -> dict[str, str]:
    """Every trusted document by the name of its file, without the ending."""
    folder = Path(__file__).parent
    return {path.stem: path.read_text("utf-8") for path in sorted(folder.glob("*.graphql"))}


@cache
def by_id() -> dict[str, str]:
    """Every trusted document by its id."""
    return {document_id(text): text for text in by_file().values()}
