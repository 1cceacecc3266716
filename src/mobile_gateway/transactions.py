"""Whether this task holds an open transaction: what `models.database` marks and `jobs` refuses in."""

from __future__ import annotations

from contextvars import ContextVar

held: ContextVar[bool] = ContextVar("transaction_held", default=False)
