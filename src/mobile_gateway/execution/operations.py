"""From a document's text to a plan: read, limited, validated and compiled once, then remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, validate

from . import refusals
from .answers import Rejected
from .costs import Cost
from .limits import Limits, read, weigh
from .plans import Plan, Report, Setting

Key: TypeAlias = tuple[str, str | None]

MAX_VALIDATION_ERRORS = 20

# What a prepared document keeps alive: its tree 500 to 1,700 bytes a token, each of its programs
# 600 more (measured with tracemalloc on documents of 140 to 10,000 tokens).
_BYTES_PER_TOKEN = 2_000
_BYTES_PER_DOCUMENT = 4_000


def _nobody(_event: str, _detail: str) -> None:
    """Hears of events when nobody else does."""


@dataclass(slots=True)
class _Entry:
    plan: Plan | Rejected
    size: int


@dataclass(slots=True)
class _Remembered:
    """Least recently used first; bounded by entries and by an estimate of their bytes."""

    capacity: int
    max_bytes: int
    report: Report
    size: int = 0
    entries: OrderedDict[Key, _Entry] = field(default_factory=OrderedDict)

    def get(self, key: Key) -> Plan | Rejected | None:
        entry = self.entries.get(key)
        if entry is None:
            return None
        self.entries.move_to_end(key)
        return entry.plan

    def put(self, key: Key, plan: Plan | Rejected, size: int) -> None:
        if size > self.max_bytes:
            return
        self.entries[key] = _Entry(plan, size)
        self.size += size
        while len(self.entries) > self.capacity or self.size > self.max_bytes:
            _, dropped = self.entries.popitem(last=False)
            self.size -= dropped.size
            self.report("evicted", "")


class Operations:
    """The operations of one schema, prepared once and kept.

    `capacity` bounds how many unpinned outcomes are remembered and `max_bytes` their estimated
    memory; refusals count too, so that a refused document is not weighed again. What is pinned is
    never evicted and takes none of that room. `compiled=False` sends every run to graphql-core.
    `on_event` hears what happens; it must not raise. Not for use from several threads at once.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits | None = None,
        *,
        capacity: int = 500,
        max_bytes: int = 64 * 1024 * 1024,
        compiled: bool = True,
        on_event: Report = _nobody,
    ) -> None:
        self.limits = limits or Limits()
        self._setting = Setting(schema, self.limits, compiled, on_event)
        self._report = on_event
        self._expected: set[str] = set()
        self._pinned: dict[Key, Plan] = {}
        self._remembered = _Remembered(capacity, max_bytes, on_event)

    def prepare(self, document: str, operation_name: str | None = None) -> Plan | Rejected:
        """The plan for an operation of a document, or why it is refused.

        `operation_name` may be left out when the document has one operation. Costs milliseconds
        of the CPU at the first sight of a document and microseconds after that.
        """
        key = (document, operation_name)
        found = self._pinned.get(key) or self._remembered.get(key)
        if found is not None:
            self._report("hit", "")
            return found
        if document in self._expected:
            self._expected.remove(document)
            self.pin(document)
            if key in self._pinned:
                return self._pinned[key]
        outcome, size = self._prepare(document, operation_name)
        self._remembered.put(key, outcome, size)
        return outcome

    def expect(self, documents: Iterable[str]) -> None:
        """Pin these documents, each when it is first prepared. One that is refused stays refused."""
        self._expected.update(documents)

    def pin(self, document: str) -> tuple[Plan, ...] | Rejected:
        """Prepare every operation of a trusted document and keep it for good.

        Returns a plan for each operation, or the first refusal, and then nothing is pinned.
        """
        checked = self._check(document)
        if isinstance(checked, Rejected):
            return self._reject(checked.errors)
        plans = {plan.name: plan for plan in (self._plan(checked, node) for node in checked.operations)}
        self._pinned.update({(document, name): plan for name, plan in plans.items()})
        if len(plans) == 1:
            self._pinned[document, None] = next(iter(plans.values()))
        return tuple(plans.values())

    def _prepare(self, document: str, operation_name: str | None) -> tuple[Plan | Rejected, int]:
        """The outcome for one operation, and its size in (estimated) bytes."""
        checked = self._check(document)
        if isinstance(checked, Rejected):
            return self._reject(checked.errors), _BYTES_PER_DOCUMENT + len(document)
        size = _BYTES_PER_DOCUMENT + _BYTES_PER_TOKEN * getattr(
            checked.document, "token_count", len(document)
        )
        chosen = [node for node in checked.operations if operation_name in {None, _name(node)}]
        if len(chosen) == 1:
            self._report("prepared", operation_name or "")
            return self._plan(checked, chosen[0]), size
        if chosen:
            message = "Must provide operation name if query contains multiple operations."
        elif operation_name is None:
            message = "Must provide an operation."
        else:
            message = f"Unknown operation named '{operation_name}'."
        return self._reject([refusals.refusal(refusals.NO_SUCH_OPERATION, message)]), size

    def _check(self, text: str) -> _Checked | Rejected:
        """Parse, limit and validate a document."""
        document = read(text, self.limits)
        if isinstance(document, GraphQLError):
            return Rejected([document])
        verdict = weigh(document, self._setting.schema, self.limits)
        if verdict.errors:
            return Rejected(verdict.errors)
        errors = validate(
            self._setting.schema,
            document,
            max_errors=MAX_VALIDATION_ERRORS,
            hide_suggestions=not self.limits.suggestions,
        )
        if errors:
            return Rejected([refusals.coded(error, refusals.VALIDATION_FAILED) for error in errors])
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        return _Checked(document, operations, verdict.costs)

    def _plan(self, checked: _Checked, node: OperationDefinitionNode) -> Plan:
        return Plan(self._setting, checked.document, node, checked.costs[_name(node)])

    def _reject(self, errors: Sequence[GraphQLError]) -> Rejected:
        self._report("rejected", str((errors[0].extensions or {}).get("code", "")))
        return Rejected([refusals.released(error) for error in errors])


@dataclass(frozen=True, slots=True)
class _Checked:
    """A document that is within the limits and valid."""

    document: DocumentNode
    operations: list[OperationDefinitionNode]
    costs: Mapping[str | None, Cost]


def _name(node: OperationDefinitionNode) -> str | None:
    return node.name.value if node.name else None
