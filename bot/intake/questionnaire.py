"""Loads and checks a questionnaire file: questions, branches, rules, clocks, help."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.intake.answers import UNKNOWN
from bot.intake.letters import LONGEST_LETTER
from bot.intake.lexicon import Lexicon
from bot.intake.question import Condition, Option, Question, QuestionnaireError, condition
from bot.intake.rules import Clock, Help, Rule, read_clocks, read_help, read_rules

BUILT_IN = Path(__file__).with_name("kazakhstan.toml")
LONGEST_CALLBACK = 64 - len("fact=")
"""Bytes of callback data that Telegram carries, less what is put before a coordinator's."""
LONGEST_PRESS = len("=-hour:2026-11-23")
LONGEST_WORDS = 500
"""Characters of a text that is passed on."""
LONGEST_NOTE = 1000
"""Characters of a coordinator's note."""
_ID = re.compile(r"[a-z][a-z0-9_]*")
_PLACES = {
    "consent", "declined", "questions", "offer", "review", "unsafe", "taken", "home", "hidden", "stray",
    "language", "more", "help", "erase", "unreached", "letter", "reading",
}  # fmt: skip
_KINDS = ("choice", "many", "date", "text")
_TOP = {"questionnaire", "groups", "question", "rule", "clock", "help"}
_HEAD = {"name", "time_zone", "update", "changes"}
_QUESTION = {
    "id", "stage", "kind", "title", "self", "another", "hint", "options", "when", "typed", "limit", "skip", "direction",
}  # fmt: skip
_TYPES: dict[type, set[str]] = {
    list: {"question", "rule", "clock", "help", "update", "changes", "options", "when", "typed", "days"},
    dict: {"questionnaire", "groups"},
    int: {"stage", "limit"},
    bool: {"alone"},
}
_TYPE_NAMES = {str: "a text", list: "a list", dict: "a table", int: "a whole number", bool: "true or false"}
_ONLY_IN = {"days": "date", "pick": "date", "alone": "many", "asks": "choice"}
_VALUES = {"pick": ("day", "hour"), "only": ("self", "another")}
_OPTION = {"id", "label", "another", "days", "pick", "alone", "only", "asks"}


@dataclass(frozen=True)
class Questionnaire:
    name: str
    zone: ZoneInfo
    questions: dict[str, Question]
    groups: dict[str, dict[str, tuple[str, ...]]]
    update: tuple[str, ...]
    changes: dict[str, tuple[str, ...]]
    """What a coordinator may tell of a case later, by the first question of each."""
    rules: tuple[Rule, ...]
    clocks: tuple[Clock, ...]
    help: tuple[Help, ...]
    lexicon: Lexicon = field(default_factory=Lexicon)
    """The words that days are written with; no part of the file."""

    def held(self, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether somebody else holds the person, by the file's own group ``held``."""
        return self._among("held", chosen)

    def free(self, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether the person is known to be at liberty, by the file's own group ``free``."""
        return self._among("free", chosen)

    def locks(self, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether a person who writes for themselves may soon have no phone, by the file's own group ``locks``."""
        return self._among("locks", chosen)

    def _among(self, name: str, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        group = self.groups.get(name, {})
        return any(set(chosen.get(question, ())) & set(ids) for question, ids in group.items())

    @property
    def entry_size(self) -> int:
        """Bytes that hold every answer this questionnaire allows at once, whatever is typed into it, and any letter."""
        size = 512
        for question in self.questions.values():
            ids = sum(len(option.id) + 4 for option in question.options)
            size += 96 + len(question.id) + max(ids, 16) + 4 * question.limit
        return -(-max(size, 512 + 4 * max(LONGEST_NOTE, LONGEST_LETTER)) // 1024) * 1024


def load(path: Path = BUILT_IN) -> Questionnaire:
    """The questionnaire of a file. Raises QuestionnaireError with one clear line."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionnaireError("the questionnaire file can't be read") from error
    except tomllib.TOMLDecodeError as error:
        raise QuestionnaireError(f"not TOML: {error}") from error
    return read(raw)


def read(raw: dict[str, Any]) -> Questionnaire:
    """The questionnaire of a parsed file, checked as a whole."""
    _known(raw, _TOP, "top level")
    head = raw.get("questionnaire", {})
    _known(head, _HEAD, "questionnaire")
    groups = {
        name: {question: tuple(ids) for question, ids in _group(table, f"groups.{name}").items()}
        for name, table in raw.get("groups", {}).items()
    }
    questions: dict[str, Question] = {}
    for place, table in enumerate(raw.get("question", ())):
        question = _question(table, f"question[{place}]", groups)
        if question.id in questions:
            raise QuestionnaireError(f"question.{question.id}: this id stands twice")
        questions[question.id] = question
    if not questions:
        raise QuestionnaireError("question: there is none")
    for name, group in groups.items():
        _check_condition((tuple(group.items()),), questions, f"groups.{name}")
    for question in questions.values():
        _check_condition(question.when, questions, f"question.{question.id}.when", before=question.id)
        if question.typed:
            _check_condition(question.typed, questions, f"question.{question.id}.typed")
        _check_reachable(question, questions)
    update = tuple(head.get("update", ()))
    for question_id in update:
        if question_id not in questions:
            raise QuestionnaireError(f"questionnaire.update: no question {question_id}")
    changes = _changes(head.get("changes", []), questions)
    try:
        rules = read_rules(raw.get("rule", []), questions, groups)
        clocks = read_clocks(raw.get("clock", []), questions, groups)
        help_lines = read_help(raw.get("help", []), questions, groups)
    except ValueError as error:
        raise QuestionnaireError(str(error)) from error
    name = head.get("name", "")
    return Questionnaire(name, _zone(head), questions, groups, update, changes, rules, clocks, help_lines)


def _changes(raw: Any, questions: dict[str, Question]) -> dict[str, tuple[str, ...]]:
    changes: dict[str, tuple[str, ...]] = {}
    for number, ids in enumerate(raw):
        place = f"questionnaire.changes[{number}]"
        if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
            raise QuestionnaireError(f"{place}: a list of question ids is expected")
        for one in ids:
            if one not in questions:
                raise QuestionnaireError(f"{place}: no question {one}")
        if ids[0] in changes:
            raise QuestionnaireError(f"{place}: {ids[0]} stands twice")
        changes[ids[0]] = tuple(ids)
    return changes


def _zone(head: Mapping[str, Any]) -> ZoneInfo:
    if "time_zone" not in head:
        raise QuestionnaireError("questionnaire.time_zone: missing")
    try:
        return ZoneInfo(head["time_zone"])
    except (KeyError, ValueError, OSError) as error:
        raise QuestionnaireError("questionnaire.time_zone: not a time zone") from error


def _group(raw: Any, place: str) -> dict[str, list[str]]:
    ids = list(raw.values()) if isinstance(raw, dict) else [None]
    if not all(isinstance(one, list) and all(isinstance(id, str) for id in one) for one in ids):
        raise QuestionnaireError(f"{place}: a table of lists of option ids is expected")
    group: dict[str, list[str]] = raw
    return group


def _question(raw: dict[str, Any], place: str, groups: dict[str, dict[str, tuple[str, ...]]]) -> Question:
    _known(raw, _QUESTION, place)
    for key in ("id", "kind", "title", "self"):
        if not isinstance(raw.get(key), str) or not raw[key]:
            raise QuestionnaireError(f"{place}.{key}: missing")
    place = f"question.{raw['id']}"
    if not _ID.fullmatch(raw["id"]):
        raise QuestionnaireError(f"{place}.id: small letters, digits and _ only")
    if raw["id"] in _PLACES:
        raise QuestionnaireError(f"{place}.id: a screen of the conversation has this name")
    if len(raw["id"]) + LONGEST_PRESS > LONGEST_CALLBACK:
        raise QuestionnaireError(f"{place}.id: the press would not fit into {LONGEST_CALLBACK} bytes")
    if raw.get("stage", 1) not in (0, 1, 2):
        raise QuestionnaireError(f"{place}.stage: 0, 1 or 2")
    if raw["kind"] not in _KINDS:
        raise QuestionnaireError(f"{place}.kind: not one of {', '.join(_KINDS)}")
    if raw["kind"] == "date" and raw.get("direction") not in ("past", "future"):
        raise QuestionnaireError(f"{place}.direction: past or future")
    options = tuple(
        _option(option, f"{place}.options[{number}]", raw["id"], raw["kind"])
        for number, option in enumerate(raw.get("options", ()))
    )
    if (raw["kind"] == "text") == bool(options):
        raise QuestionnaireError(f"{place}.options: a text has none, every other kind has some")
    if len({option.id for option in options}) != len(options):
        raise QuestionnaireError(f"{place}.options: an id stands twice")
    if "limit" not in raw and (
        raw["kind"] == "text" or "typed" in raw or any(option.asks for option in options)
    ):
        raise QuestionnaireError(f"{place}.limit: a text needs its longest length")
    skip = tuple(raw["skip"].split()) if "skip" in raw else None
    for value in skip or ():
        if value not in {option.id for option in options}:
            raise QuestionnaireError(f"{place}.skip: no option {value}")
    return Question(
        id=raw["id"],
        stage=int(raw.get("stage", 1)),
        kind=raw["kind"],
        title=raw["title"],
        self_text=raw["self"],
        another_text=raw.get("another", raw["self"]),
        hint=raw.get("hint"),
        options=options,
        when=condition(raw.get("when", []), groups, f"{place}.when"),
        typed=condition(raw["typed"], groups, f"{place}.typed") if "typed" in raw else None,
        limit=int(raw.get("limit", 0)),
        skip=skip,
        direction=raw.get("direction"),
    )


def _option(raw: dict[str, Any], place: str, question: str, kind: str) -> Option:
    _known(raw, _OPTION, place)
    if not _ID.fullmatch(raw.get("id", "")) or not raw.get("label"):
        raise QuestionnaireError(f"{place}: id and label are needed")
    if len(f"{question}={raw['id']}") > LONGEST_CALLBACK:
        raise QuestionnaireError(f"{place}.id: the press would not fit into {LONGEST_CALLBACK} bytes")
    days = raw.get("days")
    if days is not None and (
        len(days) != 2 or not all(isinstance(day, int) for day in days) or days[0] > days[1]
    ):
        raise QuestionnaireError(f"{place}.days: first and last day")
    for key, where in _ONLY_IN.items():
        if key in raw and kind != where:
            raise QuestionnaireError(f"{place}.{key}: only in a question of kind {where}")
    for key, values in _VALUES.items():
        if key in raw and raw[key] not in values:
            raise QuestionnaireError(f"{place}.{key}: not one of {', '.join(values)}")
    if kind == "date" and days is None and "pick" not in raw and raw["id"] != UNKNOWN:
        raise QuestionnaireError(f"{place}: a date is given by days or pick")
    return Option(**{**raw, "days": tuple(days) if days is not None else None})


def _known(raw: Mapping[str, Any], known: set[str], place: str) -> None:
    if not isinstance(raw, dict):
        raise QuestionnaireError(f"{place}: a table is expected")
    for key, value in raw.items():
        if key not in known:
            raise QuestionnaireError(f"{place}.{key}: not a key of this file")
        wanted = next((kind for kind, keys in _TYPES.items() if key in keys), str)
        if not isinstance(value, wanted):
            raise QuestionnaireError(f"{place}.{key}: {_TYPE_NAMES[wanted]} is expected")


def _check_condition(
    wanted: Condition, questions: dict[str, Question], place: str, before: str | None = None
) -> None:
    for clause in wanted:
        for question, accepted in clause:
            if question not in questions:
                raise QuestionnaireError(f"{place}: no question {question}")
            if before is not None and _order(questions, question) >= _order(questions, before):
                raise QuestionnaireError(f"{place}: {question} is asked later")
            for one in accepted:
                if questions[question].option(one.removeprefix("!")) is None:
                    raise QuestionnaireError(f"{place}: {question} has no option {one.removeprefix('!')}")


def _order(questions: dict[str, Question], question: str) -> tuple[bool, int]:
    """Stage 2 comes after all the rest."""
    return questions[question].stage == 2, list(questions).index(question)


def _check_reachable(question: Question, questions: dict[str, Question]) -> None:
    if not _can_be_asked([question.id], {}, questions):
        raise QuestionnaireError(f"question.{question.id}.when: no answers lead here")


def _can_be_asked(wanted: list[str], allowed: dict[str, set[str]], questions: dict[str, Question]) -> bool:
    """Whether some answers, each with one of its allowed options, lead to all the wanted questions."""
    if not wanted:
        return True
    question, *others = wanted
    for clause in questions[question].when or ((),):
        narrowed = dict(allowed)
        for name, accepted in clause:
            options = _meeting(questions[name], accepted)
            # Several choices of one question can meet several clauses at once.
            if questions[name].kind != "many":
                options &= allowed.get(name, options)
            narrowed[name] = options
        if all(narrowed.values()) and _can_be_asked([*others, *dict(clause)], narrowed, questions):
            return True
    return False


def _meeting(question: Question, accepted: tuple[str, ...]) -> set[str]:
    """The options any of which meets a part of a condition."""
    return {
        option.id
        for option in question.options
        if any(one[1:] != option.id if one.startswith("!") else one == option.id for one in accepted)
    }
