"""Walks through a questionnaire in the shell: the answers asked for or read from a file, and what they come to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot import languages
from bot.commands.opening import Refused
from bot.intake.question import Question
from bot.intake.questionnaire import Questionnaire
from bot.intake.summary import REASONS, Line
from bot.intake.text import Text
from bot.intake.triage import Deadline
from bot.intake.walk import Outcome, Walk, replay
from bot.languages import Language
from bot.speaking import asked_in


def begun(questionnaire: Questionnaire, at: datetime) -> Walk:
    """Nothing answered yet; days can be written in words, as in a chat."""
    return Walk(asked_in(questionnaire, languages.load()), at)


def from_file(walk: Walk, file: Path, language: Language) -> Walk:
    """The walk to its end, by a file of ``question = "answer"`` lines."""
    walk, wrong = replay(walk, _given(file))
    if wrong:
        said = "; ".join(f"{name}: {_words(why, language)}" for name, why in wrong)
        raise Refused(f"these answers lead to no end: {said}", "run: qorgan questionnaire show FILE")
    return walk


def _given(file: Path) -> Mapping[str, Sequence[str]]:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refused(f"{file} is no file of answers: {error}", 'write lines like: custody = "liberty"') from None
    given = {name: (value,) if isinstance(value, str) else value for name, value in raw.items()}
    for name, value in given.items():
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise Refused(f"{file}: {name}: a text or a list of texts is expected", 'a day is written "2026-03-20"')
    return {name: tuple(one for one in value if one) for name, value in given.items()}


def in_terminal(walk: Walk, language: Language) -> Walk:
    """The walk to its end, question by question; an empty line skips."""
    while (question := walk.question) is not None:
        _show(walk, question, language)
        said = str(click.prompt(">", default="", show_default=False, prompt_suffix=" ")).strip()
        if not said and question.skip is None:
            click.echo("this question can't be skipped")
        elif not said:
            walk = walk.skipped(question)
        else:
            after = walk.answered(question, _meant(walk, said))
            if isinstance(after, Walk):
                walk = after
            else:
                click.echo(_words(after, language))
    return walk


def _show(walk: Walk, question: Question, language: Language) -> None:
    own = walk.state.chosen.get("who", ("self",)) == ("self",)
    click.echo(f"\n{question.id}: {language.say(Text(question.self_text if own else question.another_text))}")
    if question.hint:
        click.echo(language.say(Text(question.hint)))
    for number, option in enumerate(walk.options, 1):
        label = option.label if own or not option.another else option.another
        click.echo(f"{number:>4} {language.say(Text(label))}")
    ways = {"many": "numbers", "date": "a number or a day", "text": "a text"}
    skip = "" if question.skip is None else "; an empty line skips"
    click.echo(f"     ({ways.get(question.kind, 'a number')}{skip})")


def _meant(walk: Walk, said: str) -> tuple[str, ...]:
    """The options of these numbers; anything else as it stands."""
    numbers = said.replace(",", " ").split()
    options = walk.options
    if options and all(one.isdecimal() and 0 < int(one) <= len(options) for one in numbers):
        return tuple(options[int(one) - 1].id for one in numbers)
    return (said,)


def _words(why: Text | str, language: Language) -> str:
    return why if isinstance(why, str) else language.say(why)


def report(found: Outcome, language: Language, zone: ZoneInfo) -> Iterator[str]:
    """What a walk comes to, line by line."""
    assessment = found.assessment
    reasons = ", ".join(language.say(REASONS[one.value]) for one in assessment.reasons)
    yield f"urgency: {assessment.urgency.name.lower()} ({reasons})"
    for rule in found.fired:
        mark = "decides" if rule.id in assessment.deciding else rule.kind if rule.kind == "raises" else "fired"
        yield f"  {rule.id}: {mark}, {rule.urgency.name.lower()}; protects from {rule.protects}"
    yield f"deadlines (times of {zone.key}):"
    yield from (f"  {_deadline(one, language, zone)}" for one in assessment.deadlines)
    yield "rises by itself:"
    for rise in assessment.rises:
        reason = language.say(REASONS[rise.reason.value])
        yield f"  {_moment(rise.at, zone)}: {rise.urgency.name.lower()} ({reason})"
    for title, lines in (("who writes sees", found.person), ("the coordinator reads", found.coordinator)):
        yield f"{title}:"
        yield from (f"  {_line(one, language)}" for one in lines)
    yield "help:"
    yield from (f"  {language.say(Text(one.text))}" for one in found.helps)


def _deadline(one: Deadline, language: Language, zone: ZoneInfo) -> str:
    span = " to ".join(_moment(at, zone) for at in (one.starts, one.ends) if at is not None)
    verified = "verified" if one.verified else "unverified"
    return f"{one.clock}: {language.say(Text(one.title))}: {span or 'no day is known'} ({one.article}; {verified})"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _line(line: Line, language: Language) -> str:
    said = "; ".join([*(language.say(value) for value in line.values), *([line.words] if line.words else [])])
    return f"{language.say(line.title)}: {said}"
