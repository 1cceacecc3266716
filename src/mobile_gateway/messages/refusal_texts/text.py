"""What a refusal's text is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A message and a hint in two languages; `{names}` are filled from the refusal's data."""

    zh: str
    en: str
    hint_zh: str
    hint_en: str
