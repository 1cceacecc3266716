"""Structured logging: one event a line, with the request's or job's id on every line.

What is logged is ids and counts; never a token, a code, a name, a phone number or an ID number (HOUSE rule).
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path

import structlog

logger: structlog.stdlib.BoundLogger = structlog.get_logger()


FRAMES = 12


def _frames(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """An exception as its type and where it came from, without its words: drivers quote arguments in them."""
    fault = event.pop("exc_info", None)
    if fault is True:
        fault = sys.exc_info()[1]
    elif isinstance(fault, tuple):
        fault = fault[1]
    if isinstance(fault, BaseException):
        event["raised"] = type(fault).__name__
        found = traceback.extract_tb(fault.__traceback__)[-FRAMES:]
        event["frames"] = [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in found]
        if isinstance(state := getattr(fault, "sqlstate", None), str):
            event["sqlstate"] = state
    return event


def configure(*, as_json: bool, level: int = logging.INFO) -> None:
    """Set up structlog and the standard library's loggers to write one line an event to stderr."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, _frames, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
