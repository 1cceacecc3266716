"""What belongs to the transaction that this task holds open: whether there is one, and what it will have changed.

`models.database` marks both, and hands on what was told once it is committed; `jobs` refuses inside of one.
"""

from __future__ import annotations

from contextvars import ContextVar

held: ContextVar[bool] = ContextVar("transaction_held", default=False)
told: ContextVar[set[str] | None] = ContextVar("transaction_told", default=None)


def tell(*names: str) -> None:
    """Let those who listen know of what this transaction changes (`rules.changes`), once it is committed.

    Raises:
        RuntimeError: no transaction is open.
    """
    names_told = told.get()
    if names_told is None:
        raise RuntimeError("outside a transaction there is no commit to tell of")
    names_told.update(names)
