"""What is written down while the bot runs: an action's name, with counts, times and kinds; never whom or what.

A list says what may stand in a line, and what is not on it goes: nobody has to think of each leak. Libraries quote
URLs, bodies and values, so of theirs only the place is told, and of an exception its type and our own lines.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter, add_log_level, add_logger_name, filter_by_level
from structlog.typing import Processor

FORMS = ("json", "console")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FACTS = frozenset({"action", "damaged", "error", "hours", "kind", "reason", "role", "status"})
"""What may be told of an action, beside its name."""
ENVELOPE = frozenset({"at", "event", "frames", "level", "logger", "where", "withheld"})
"""What is told of each line by itself."""
LIBRARY = "library.said"
MOST = 100_000
"""A greater number could be somebody's."""
FRAMES = 8

_NAME = re.compile(r"[a-z]+\.[a-z]+")
_KIND = re.compile(r"[A-Za-z][A-Za-z_]{0,40}")
_OURS = Path(__file__).parent

Entry = MutableMapping[str, Any]


def named(name: str) -> BoundLogger:
    """The logger of a module: ``log.warning("poll.failed", error=error)``."""
    steps: list[Processor] = [filter_by_level, only_facts, *_DATED, ProcessorFormatter.wrap_for_formatter]
    logger: BoundLogger = structlog.wrap_logger(logging.getLogger(name), processors=steps, wrapper_class=BoundLogger)
    return logger


def configure(level: str, form: str = "") -> None:
    """Our own actions from ``level`` on, libraries' words from warnings on, to stderr; on a terminal for the eye."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form or ("console" if sys.stderr.isatty() else "json")))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.captureWarnings(True)
    logging.getLogger("bot").setLevel(level.upper())


def formatter(form: str) -> ProcessorFormatter:
    last: Processor = structlog.processors.JSONRenderer()
    if form == "console":
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    steps = [ProcessorFormatter.remove_processors_meta, last]
    return ProcessorFormatter(foreign_pre_chain=[only_place, *_DATED], processors=steps)


def only_facts(_: Any, method: str, entry: Entry) -> Entry:
    """What is not on the list, or not of its shape, goes; that something went is told."""
    event, error = str(entry.pop("event", "")), entry.get("error")
    facts = {name: _fact(given) for name, given in entry.items() if name in FACTS}
    told: dict[str, Any] = {"event": event if _NAME.fullmatch(event) else "log.unnamed"}
    told |= {name: fact for name, fact in facts.items() if fact is not None}
    withheld = len(entry) + 1 - len(told) + (told["event"] != event)
    if withheld:
        told["withheld"] = withheld
    if method == "error" and isinstance(error, BaseException):
        told["frames"] = list(_frames(error))
    return told


def only_place(_: Any, __: str, entry: Entry) -> Entry:
    """Of what a library says: where in its code, and the type of its exception."""
    record = entry["_record"]
    told: dict[str, Any] = {"event": LIBRARY, "where": f"{record.module}:{record.lineno}"}
    told |= {name: entry[name] for name in ("_record", "_from_structlog")}
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if error is not None:
        told |= {"error": type(error).__name__, "frames": list(_frames(error))}
    return told


def _fact(given: Any) -> str | int | None:
    if isinstance(given, BaseException):
        return type(given).__name__
    if isinstance(given, str):
        return given if _KIND.fullmatch(given) else None
    return given if isinstance(given, int) and 0 <= given <= MOST else None


def _frames(error: BaseException) -> Iterator[str]:
    """Our own lines that it came through, the innermost last."""
    ours = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    inside = [f"{path.relative_to(_OURS)}:{line}" for path, line in ours if path.is_relative_to(_OURS)]
    yield from inside[-FRAMES:]


_DATED: tuple[Processor, ...] = (
    add_logger_name,
    add_log_level,
    structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True, key="at"),
)
