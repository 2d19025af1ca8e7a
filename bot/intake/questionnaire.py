"""Loads and checks a questionnaire file: questions, branches, rules, clocks, help."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.intake.answers import UNKNOWN
from bot.intake.faults import Faults, QuestionnaireError
from bot.intake.letters import LONGEST_LETTER
from bot.intake.lexicon import Lexicon
from bot.intake.question import Option, Question, check_condition, condition
from bot.intake.rules import Clock, Help, Rule, read_clocks, read_help, read_rules
from bot.intake.text import Tongue

BUILT_IN = Path(__file__).with_name("kazakhstan.toml")
LONGEST_CALLBACK = 64 - len("fact=")
"""Bytes of callback data that Telegram carries, less what is put before a coordinator's."""
LONGEST_PRESS = len("=-hour:2026-11-23")
LONGEST_WORDS = 500
"""Characters of a text that is passed on."""
LONGEST_NOTE = 1000
"""Characters of a coordinator's note."""
BEING_TAKEN = "being_taken"
"""The option of ``custody`` that the first screen's button says."""
_ID = re.compile(r"[a-z][a-z0-9_]*")
_PLACES = {
    "consent", "declined", "questions", "offer", "review", "unsafe", "taken", "home", "hidden", "stray",
    "language", "more", "help", "erase", "unreached", "letter", "reading",
}  # fmt: skip
_KINDS = ("choice", "many", "date", "text")
_TOP = {"questionnaire", "groups", "question", "rule", "clock", "help"}
_HEAD = {"name", "time_zone", "update", "news", "enough", "changes"}
_QUESTION = {
    "id", "stage", "kind", "title", "self", "another", "hint", "options", "when", "typed", "limit", "skip", "direction",
}  # fmt: skip
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
    news: tuple[str, ...]
    """Questions whose later answers reach the holder as a new message."""
    enough: str
    """The question with whose answer an intake that breaks off is passed on."""
    changes: dict[str, tuple[str, ...]]
    """What a coordinator may tell of a case later, by the first question of each."""
    rules: tuple[Rule, ...]
    clocks: tuple[Clock, ...]
    help: tuple[Help, ...]
    lexicon: Lexicon = field(default_factory=Lexicon)
    """The words that days are written with; no part of the file."""
    languages: tuple[Tongue, ...] = ()
    """In which it can be answered; no part of the file."""

    def spoken(self, code: str) -> bool:
        return any(one.code == code for one in self.languages)

    def held(self, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether somebody else holds the person, by the file's own group ``held``."""
        return self._among("held", chosen)

    def free(self, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether the person is known to be at liberty, by the file's own group ``free``."""
        return self._among("free", chosen)

    def locks(self, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether a person who writes for themselves may soon have no phone, by the file's own group ``locks``."""
        return self._among("locks", chosen)

    def at_once(self, chosen: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether what is not known yet counts as the worst, by the file's own group ``at_once``."""
        return self._among("at_once", chosen)

    @property
    def takes(self) -> bool:
        """Whether being taken away is among what it is about."""
        custody = self.questions.get("custody")
        return custody is not None and custody.option(BEING_TAKEN) is not None

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
    """The questionnaire of a file. Raises QuestionnaireError with one clear line for each fault."""
    try:
        return _written(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionnaireError("the questionnaire file can't be read") from error


@lru_cache(maxsize=1)  # who checks a house and then runs it asks twice
def _written(text: str) -> Questionnaire:
    try:
        return read(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise QuestionnaireError(f"not TOML: {error}") from error


def read(raw: dict[str, Any]) -> Questionnaire:
    """The questionnaire of a parsed file, checked as a whole."""
    faults = Faults()
    raw = faults.known(raw, _TOP, "top level")
    head = faults.known(raw.get("questionnaire", {}), _HEAD, "questionnaire")
    groups = {name: _group(table, f"groups.{name}", faults) for name, table in raw.get("groups", {}).items()}
    questions = _questions(raw.get("question", []), groups, faults)
    for name, group in groups.items():
        check_condition((tuple(group.items()),), questions, f"groups.{name}", faults)
    for question in questions.values():
        check_condition(question.when, questions, f"question.{question.id}.when", faults)
        check_condition(question.typed or (), questions, f"question.{question.id}.typed", faults)
        _check_order(question, questions, faults)
    if not faults.found:
        # Where conditions name what isn't there, nothing can be said of what they lead to.
        for question in questions.values():
            if not _can_be_asked([question.id], {}, questions):
                faults.add(f"question.{question.id}.when: no answers lead here")
    if "who" in questions and questions["who"].option("self") is None:
        faults.add("question.who.options: one of them must be self, for who writes for themselves")
    first = next((one.id for one in questions.values() if one.stage == 1), "")
    named = {"update": head.get("update", ()), "news": head.get("news", ()), "enough": [head.get("enough", first)]}
    for key, ids in named.items():
        for question_id in ids:
            if not isinstance(question_id, str) or (question_id not in questions and questions):
                faults.add(f"questionnaire.{key}: no question {question_id}")
    changes = _changes(head.get("changes", []), questions, faults)
    rules: tuple[Rule, ...] = ()
    clocks: tuple[Clock, ...] = ()
    help_lines: tuple[Help, ...] = ()
    with faults:
        rules = read_rules(raw.get("rule", []), questions, groups)
    with faults:
        clocks = read_clocks(raw.get("clock", []), questions, groups)
    with faults:
        help_lines = read_help(raw.get("help", []), questions, groups)
    zone = _zone(head, faults)
    faults.raise_any()
    name = head.get("name", "")
    update, news, (enough,) = (tuple(ids) for ids in named.values())
    return Questionnaire(name, zone, questions, groups, update, news, enough, changes, rules, clocks, help_lines)


def _changes(raw: list[Any], questions: dict[str, Question], faults: Faults) -> dict[str, tuple[str, ...]]:
    changes: dict[str, tuple[str, ...]] = {}
    for number, ids in enumerate(raw):
        place = f"questionnaire.changes[{number}]"
        if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
            faults.add(f"{place}: a list of question ids is expected")
            continue
        for one in ids:
            if one not in questions:
                faults.add(f"{place}: no question {one}")
        if ids[0] in changes:
            faults.add(f"{place}: {ids[0]} stands twice")
        changes[ids[0]] = tuple(ids)
    return changes


def _zone(head: Mapping[str, Any], faults: Faults) -> ZoneInfo:
    try:
        return ZoneInfo(head["time_zone"])
    except KeyError:
        known = "not a time zone" if "time_zone" in head else "missing"
        faults.add(f"questionnaire.time_zone: {known}")
    except (ValueError, OSError):
        faults.add("questionnaire.time_zone: not a time zone")
    return ZoneInfo("UTC")


def _group(raw: Any, place: str, faults: Faults) -> dict[str, tuple[str, ...]]:
    ids = list(raw.values()) if isinstance(raw, dict) else [None]
    if not all(isinstance(one, list) and all(isinstance(id, str) for id in one) for one in ids):
        faults.add(f"{place}: a table of lists of option ids is expected")
        return {}
    return {question: tuple(ids) for question, ids in raw.items()}


def _questions(raw: list[Any], groups: dict[str, dict[str, tuple[str, ...]]], faults: Faults) -> dict[str, Question]:
    questions: dict[str, Question] = {}
    for place, table in enumerate(raw):
        question = _question(table, f"question[{place}]", groups, faults)
        if question.id in questions:
            faults.add(f"question.{question.id}: this id stands twice")
        elif question.id:
            questions[question.id] = question
    if not raw:
        faults.add("question: there is none")
    return questions


def _question(raw: Any, place: str, groups: dict[str, dict[str, tuple[str, ...]]], faults: Faults) -> Question:
    """One question, as far as it can be read: with a fault in it, only others' mentions of it are judged by it."""
    given = raw if isinstance(raw, dict) else {}
    raw = faults.known(raw, _QUESTION, place)
    for key in ("id", "kind", "title", "self"):
        if not given.get(key):
            faults.add(f"{place}.{key}: missing")
    name, kind = raw.get("id", ""), raw.get("kind", "")
    place = f"question.{name}" if name else place
    if name and not _ID.fullmatch(name):
        faults.add(f"{place}.id: small letters, digits and _ only")
    if name in _PLACES:
        faults.add(f"{place}.id: a screen of the conversation has this name")
    if len(name) + LONGEST_PRESS > LONGEST_CALLBACK:
        faults.add(f"{place}.id: the press would not fit into {LONGEST_CALLBACK} bytes")
    if raw.get("stage", 1) not in (0, 1, 2):
        faults.add(f"{place}.stage: 0, 1 or 2")
    if kind and kind not in _KINDS:
        faults.add(f"{place}.kind: not one of {', '.join(_KINDS)}")
    if kind == "date" and raw.get("direction") not in ("past", "future"):
        faults.add(f"{place}.direction: past or future")
    options = tuple(
        _option(option, f"{place}.options[{number}]", name, kind, faults)
        for number, option in enumerate(raw.get("options", ()))
    )
    if (kind == "text") == bool(options):
        faults.add(f"{place}.options: a text has none, every other kind has some")
    if len({option.id for option in options}) != len(options):
        faults.add(f"{place}.options: an id stands twice")
    if "limit" not in raw and (kind == "text" or "typed" in raw or any(option.asks for option in options)):
        faults.add(f"{place}.limit: a text needs its longest length")
    skip = tuple(raw["skip"].split()) if "skip" in raw else None
    for value in skip or ():
        if value not in {option.id for option in options}:
            faults.add(f"{place}.skip: no option {value}")
    return Question(
        id=name,
        stage=raw.get("stage", 1),
        kind=kind,
        title=raw.get("title", ""),
        self_text=raw.get("self", ""),
        another_text=raw.get("another", raw.get("self", "")),
        hint=raw.get("hint"),
        options=options,
        when=condition(raw.get("when", []), groups, f"{place}.when", faults),
        typed=condition(raw["typed"], groups, f"{place}.typed", faults) if "typed" in raw else None,
        limit=raw.get("limit", 0),
        skip=skip,
        direction=raw.get("direction"),
    )


def _option(raw: Any, place: str, question: str, kind: str, faults: Faults) -> Option:
    raw = faults.known(raw, _OPTION, place)
    if not _ID.fullmatch(raw.get("id", "")) or not raw.get("label"):
        faults.add(f"{place}: id and label are needed")
    if len(f"{question}={raw.get('id', '')}") > LONGEST_CALLBACK:
        faults.add(f"{place}.id: the press would not fit into {LONGEST_CALLBACK} bytes")
    days = raw.get("days")
    if days is not None and (len(days) != 2 or not all(isinstance(day, int) for day in days) or days[0] > days[1]):
        faults.add(f"{place}.days: first and last day")
    for key, where in _ONLY_IN.items():
        if key in raw and kind != where:
            faults.add(f"{place}.{key}: only in a question of kind {where}")
    for key, values in _VALUES.items():
        if key in raw and raw[key] not in values:
            faults.add(f"{place}.{key}: not one of {', '.join(values)}")
    if kind == "date" and days is None and "pick" not in raw and raw.get("id") != UNKNOWN:
        faults.add(f"{place}: a date is given by days or pick")
    return Option(**{"id": "", "label": "", **raw, "days": tuple(days) if days is not None else None})


def _check_order(question: Question, questions: dict[str, Question], faults: Faults) -> None:
    for name, _ in (part for clause in question.when for part in clause):
        if name in questions and _order(questions, name) >= _order(questions, question.id):
            faults.add(f"question.{question.id}.when: {name} is asked later")


def _order(questions: dict[str, Question], question: str) -> tuple[bool, int]:
    """Stage 2 comes after all the rest."""
    return questions[question].stage == 2, list(questions).index(question)


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
