"""What may stand in a line of the log, whoever writes it."""

from __future__ import annotations

import ast
import json
import logging
import re
from pathlib import Path

import pytest

import bot
from bot import logs

LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
CANARY = "Канарейка 6318246905511 https://api.telegram.org/bot1:secret"


def calls() -> list[tuple[str, ast.Call]]:
    """Every call of a logger in our code, and where it is."""
    found = []
    for path in sorted(Path(bot.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=level)) if level in LEVELS:
                    found.append((f"{path.name}:{node.lineno}", node))
    return found


def test_every_action_has_a_constant_name_and_tells_only_what_is_on_the_list() -> None:
    assert len(calls()) > 20
    for where, call in calls():
        (name,) = [one for one in call.args if not isinstance(one, ast.Name)]
        assert isinstance(name, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z]+", name.value), where
        assert {keyword.arg for keyword in call.keywords} <= logs.FACTS, where


def said(caplog: pytest.LogCaptureFixture, form: str = "json") -> list[str]:
    return [logs.formatter(form).format(record) for record in caplog.records]


@pytest.mark.parametrize("form", logs.FORMS)
def test_what_is_not_on_the_list_or_looks_like_more_than_a_kind_is_withheld(
    caplog: pytest.LogCaptureFixture, form: str
) -> None:
    caplog.set_level("DEBUG")
    log = logs.named("bot.trial")
    log.warning("poll.failed", error=ValueError(CANARY), status=502, user=6318246905511, kind=CANARY, hours=10**12)
    log.info(CANARY)
    log.info("case.opened " + CANARY, role="admin")
    log.error("keeper.failed %s", CANARY, exc_info=True)
    lines = said(caplog, form)
    assert 4 == len(lines)
    for line in lines:
        assert "Канарейка" not in line and "6318246905511" not in line and "secret" not in line
    if form == "json":
        first, second, third, _ = map(json.loads, lines)
        assert first.pop("at")
        expected = {"event": "poll.failed", "error": "ValueError", "status": 502, "withheld": 3}
        assert {**expected, "level": "warning", "logger": "bot.trial"} == first
        assert ("log.unnamed", 1) == (second["event"], second["withheld"])
        assert ("log.unnamed", "admin") == (third["event"], third["role"])


def test_of_an_error_its_type_is_told_and_the_lines_of_ours_that_it_came_through(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        logs.only_place(None, "", {})
    except KeyError as error:
        logs.named("bot.trial").error("keeper.failed", error=error)
    (line,) = map(json.loads, said(caplog))
    assert "KeyError" == line["error"]
    (frame,) = line["frames"]
    assert re.fullmatch(r"logs\.py:\d+", frame)


@pytest.mark.parametrize("form", logs.FORMS)
def test_of_a_library_its_place_is_told_and_none_of_its_words(caplog: pytest.LogCaptureFixture, form: str) -> None:
    library = logging.getLogger("aiohttp.client")
    try:
        raise RuntimeError(CANARY)
    except RuntimeError:
        library.exception("Failed: %s", CANARY, stack_info=True)
        library.warning(CANARY)
    first, second = said(caplog, form)
    for line in (first, second):
        assert logs.LIBRARY in line and "test_logs:" in line
        assert "Канарейка" not in line and "secret" not in line and "Traceback" not in line and "Stack" not in line
    assert "RuntimeError" in first
