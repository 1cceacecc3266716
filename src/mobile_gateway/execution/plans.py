"""A prepared operation: everything that does not depend on the request is already done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from types import CoroutineType
from typing import Any, Literal, TypeAlias

from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution import (
    Executor,
    create_source_event_stream,
    execute,
    execute_subscription_event,
    map_source_to_response_event,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import is_awaitable

from . import refusals
from .answers import Answer
from .compiler import Program
from .costs import Cost
from .limits import Limits, over_cost
from .running import Run
from .survey import survey
from .variables import Variables

Event: TypeAlias = Literal["hit", "prepared", "rejected", "evicted", "compiled", "interpreted"]
Report: TypeAlias = Callable[[Event, str], None]
"""Told of what happens: an event and its detail (a refusal's code, or why a run was interpreted)."""

MAX_PROGRAMS = 8
"""Programs kept for one plan: @skip and @include of n variables have 2 to the n of them."""


class TooLong(Exception):
    """An event took longer than it may."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the plans of one schema have in common."""

    schema: GraphQLSchema
    limits: Limits
    compiled: bool
    report: Report


class Plan:
    """One operation of a validated document, to be run any number of times.

    A plan holds nothing of a request. It belongs to one event loop's thread.
    """

    def __init__(
        self, setting: Setting, document: DocumentNode, operation: OperationDefinitionNode, cost: Cost
    ) -> None:
        self._setting = setting
        self._document = document
        self._operation = operation
        self._cost = cost
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        found = survey(operation, self._fragments)
        self._conditions = found.conditions
        self.obstacle = found.obstacle if setting.compiled else "off"
        """Why every run goes to graphql-core, or None when the plan is compiled."""
        if setting.schema.get_directive("defer") or setting.schema.get_directive("stream"):
            self.obstacle = "incremental"
        self._variables = Variables(
            setting.schema, operation.variable_definitions or (), quiet=not setting.limits.suggestions
        )
        self._programs: dict[tuple[Any, ...], Program] = {}

    @property
    def kind(self) -> Literal["query", "mutation", "subscription"]:
        """The operation's type."""
        return self._operation.operation.value

    @property
    def name(self) -> str | None:
        """The operation's name, if it has one."""
        return self._operation.name.value if self._operation.name else None

    async def run(
        self, variables: Mapping[str, Any] | None = None, context: Any = None, root: Any = None
    ) -> Answer:
        """Run a query or mutation once; never raises what a resolver raises.

        `variables` are as the request brought them, before coercion. A subscription is answered
        with an error: see `subscribe`. Cancelling cancels what is being awaited.
        """
        if self._operation.operation is OperationType.SUBSCRIPTION:
            message = "A subscription is answered over a stream."
            return Answer(None, [refusals.refusal(refusals.NEEDS_A_STREAM, message)], started=False)
        given = dict(variables or {})
        coerced = self._coerce(given)
        if isinstance(coerced, Answer):
            return coerced
        program = self._program(coerced)
        if program is None:
            return await self._interpret(given, context, root)
        return await self._start(program, coerced, context, root)

    async def subscribe(
        self,
        variables: Mapping[str, Any] | None = None,
        context: Any = None,
        root: Any = None,
        *,
        seconds: float | None = None,
    ) -> Answer | AsyncGenerator[Answer, None]:
        """Open a subscription: an answer per event, or one answer with the errors if it cannot open.

        Close it (`aclose`) to release the source. What the source itself raises ends the stream
        and comes out as it is. Events are run by graphql-core; one that takes longer than
        `seconds` is answered with an error whose original is TooLong, and so is the opening.
        """
        given = dict(variables or {})
        coerced = self._coerce(given)
        if isinstance(coerced, Answer):
            return coerced
        try:
            executor = Executor.build(
                self._setting.schema,
                self._document,
                root,
                context,
                given,
                self.name,
                hide_suggestions=not self._setting.limits.suggestions,
            )
            if isinstance(executor, list):
                return Answer(None, executor, started=False)
            async with asyncio.timeout(seconds):
                opened = create_source_event_stream(executor)
                source: Any = await opened if is_awaitable(opened) else opened
        except GraphQLError as error:
            return Answer(None, [error], started=False)
        except TimeoutError:
            return Answer(None, [_too_long()], started=False)
        if isinstance(source, ExecutionResult):
            return Answer(None, list(source.errors or ()), started=False)
        return _answers(map_source_to_response_event(executor, source, partial(_event, seconds)))

    def _coerce(self, given: dict[str, Any]) -> VariableValues | Answer:
        """Judge the cost with these variables and coerce them, or answer with what is wrong."""
        if self._cost.pages and (errors := over_cost(self._cost, given, self._setting.limits)):
            return Answer(None, errors, started=False)
        coerced = self._variables.coerce(given)
        if isinstance(coerced, list):
            errors = [refusals.coded(error, refusals.BAD_VARIABLES) for error in coerced]
            return Answer(None, errors, started=False)
        return coerced

    def _program(self, coerced: VariableValues) -> Program | None:
        """The program for these variables' conditions, compiled when first needed."""
        if self.obstacle is not None:
            self._setting.report("interpreted", self.obstacle)
            return None
        chosen = tuple(coerced.coerced.get(name) for name in self._conditions)
        program = self._programs.get(chosen)
        if program is None:
            program = self._compile(chosen)
        return program

    def _compile(self, chosen: tuple[Any, ...]) -> Program | None:
        # A condition may be null where a nullable variable with a default is given null.
        if not all(isinstance(value, bool) for value in chosen):
            self._setting.report("interpreted", "null condition")
            return None
        if len(self._programs) >= MAX_PROGRAMS:
            self._setting.report("interpreted", "too many conditions")
            return None
        conditions = dict(zip(self._conditions, chosen, strict=True))
        program = Program(
            self._setting.schema,
            self._operation,
            self._fragments,
            conditions,
            quiet=not self._setting.limits.suggestions,
        )
        self._programs[chosen] = program
        self._setting.report("compiled", self.name or "")
        return program

    async def _start(self, program: Program, coerced: VariableValues, context: Any, root: Any) -> Answer:
        run = Run(self._setting.schema, self._fragments, self._operation, coerced, context, root)
        try:
            data = program.start(run, root)
            if type(data) is CoroutineType:
                data = await data
        except GraphQLError as error:
            run.note(error, None)
            data = None
        return Answer(data, list(run.errors))

    async def _interpret(self, given: dict[str, Any], context: Any, root: Any) -> Answer:
        try:
            executing = execute(
                self._setting.schema,
                self._document,
                root,
                context,
                given,
                self.name,
                hide_suggestions=not self._setting.limits.suggestions,
            )
            result: Any = await executing if is_awaitable(executing) else executing
        except GraphQLError as error:
            return Answer(None, [error])
        return Answer(result.data, list(result.errors or ()))


def _too_long() -> GraphQLError:
    return GraphQLError("It took too long.", original_error=TooLong())


async def _event(seconds: float | None, executor: Executor[Any]) -> ExecutionResult:
    try:
        async with asyncio.timeout(seconds):
            running: Any = execute_subscription_event(executor)
            result: ExecutionResult = await running if is_awaitable(running) else running
            return result
    except TimeoutError:
        return ExecutionResult(None, [_too_long()])


async def _answers(stream: Any) -> AsyncGenerator[Answer, None]:
    async with aclosing(stream):
        async for result in stream:
            yield Answer(result.data, list(result.errors or ()))
