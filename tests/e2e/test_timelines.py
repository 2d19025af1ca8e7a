"""What happened to people, pressed and typed by an account, and every draft that a lawyer can make of it.

Against what ``timelines`` has written out. It is half past two at night in Almaty, and still yesterday in UTC.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence

import pytest

from bot import languages
from bot.commands import contents, drafting
from bot.commands.contents import Contents
from bot.drafts import law, plain
from bot.drafts.kinds import KINDS
from bot.drafts.paragraph import Draft, Form, Gap, Paragraph, Said, Sourced, Style
from bot.drafts.sharing import NotShared
from bot.intake import questionnaire
from bot.intake.text import Text
from bot.sandbox.player import place, play
from bot.store.work import Work

from .conftest import Clock, Open, Town
from .timelines import BASE, LAID, NIGHT, NO_FACTS, PERSON, STARTS, TERMS, TIMELINES, WORDS, Ends, Timeline

ASKED, BOOKS, SPOKEN = questionnaire.load(), law.load(), languages.load()


def answered(timeline: Timeline) -> set[str]:
    given = {**BASE, **timeline.steps}
    return {name for name, steps in given.items() if steps[0] != "unknown"} - {"consent", "offer", "review"}


async def lived(town: Town, timeline: Timeline, number: int) -> None:
    person = town.person("ru", number)
    person.start()
    await person.wait(lambda me: me.screen)
    await play(person, {**BASE, **timeline.steps})
    if timeline.later:
        person.write(timeline.later)
        await person.wait(lambda me: place(me.screen) == "stray")
        person.press("stray=pass")


async def test_every_timeline_that_is_entered_becomes_the_drafts_that_it_must(open_town: Open) -> None:
    async with open_town(clock=Clock(NIGHT)) as town:
        numbers = {timeline.name: 1100 + number for number, timeline in enumerate(TIMELINES)}
        await asyncio.gather(*(lived(town, one, numbers[one.name]) for one in TIMELINES))
        await town.settled()

        def stored(work: Work) -> dict[str, Contents]:
            cases = {case.chat: case for case in work.all_cases()}
            chats = work.load_chats(numbers.values())
            opened = {name: contents.within(work, cases[chats[number].id]) for name, number in numbers.items()}
            return {name: one for name, one in opened.items() if one is not None}

        found = await town.app.store.write(stored)
        for timeline in TIMELINES:
            for kind in timeline.kinds.split():
                for code in KINDS[kind].languages:
                    made = _made(kind, code, found[timeline.name], town)
                    laid = LAID[kind]
                    told = answered(timeline) - {*timeline.hidden.split()}
                    facts = told & {*laid.lines.split()} | told - NO_FACTS
                    asks = {*laid.gaps.split()} | {*timeline.asks.split()} & {*laid.lines.split()}
                    clocks = [name for name in laid.clocks.split() if name in timeline.ends]
                    _holds(made, facts, asks, clocks, laid.laws, timeline)
                    _runs(made, timeline.ends, timeline)
            for to in ("lawyer", "un", "embassy", "family"):
                for code in KINDS["handover"].languages:
                    if to not in timeline.tells:
                        with pytest.raises(NotShared, match=timeline.refused):
                            _made("handover", code, found[timeline.name], town, to)
                        continue
                    made = _made("handover", code, found[timeline.name], town, to)
                    answers, clocks = (one.split() for one in timeline.tells[to])
                    _holds(made, {*answers}, {"name", "whereabouts", "documents"}, clocks, (), timeline)
                    _runs(made, {name: timeline.ends[name] for name in clocks}, timeline)


def _made(kind: str, code: str, found: Contents, town: Town, to: str | None = None) -> Draft:
    return drafting.made(KINDS[kind], SPOKEN[code], ASKED, found, to, None, town.clock())


_GAPS = {one.origin: name for name, one in BOOKS.gaps.items()} | {
    Gap(Text(one.another_text)): name for name, one in ASKED.questions.items()
}


def _holds(
    made: Draft, answers: set[str], asks: set[str], clocks: Sequence[str], laws: Iterable[str], timeline: Timeline
) -> None:
    """Each paragraph of the body comes from where the table says, and nothing is missing."""
    place = f"{made.kind}.{made.language}.txt"
    where = f"{timeline.name}, {place}"
    gaps: set[str] = set()
    said: set[str] = set()
    cited, quotes = [], []
    for one in made.body:
        match one.origin:
            case Form():
                assert place == one.origin.place and not one.said and not one.quote, where
            case Gap():
                gaps.add(_GAPS[one.origin])
            case Said(questions, by_staff):
                said |= {*questions}
                assert not by_staff, where
            case Sourced(article, source):
                cited.append(article.message)
                assert source.startswith(("https://", "CCPR/", "CAT/")), where
        quotes += [one.quote] if one.quote else []
    legal = [TERMS[name].article for name in clocks if name not in STARTS]
    assert asks == gaps, where
    assert answers | ({"words"} if timeline.later and made.kind != "handover" else set()) == said, where
    assert sorted([*laws, *legal]) == sorted(cited), where
    wanted = ([WORDS] if "free" in answers else []) + ([timeline.later] if "words" in said else [])
    assert wanted == quotes and PERSON not in str(made), where
    assert {one.origin for one in made.body if isinstance(one.origin, Gap)} <= {one.origin for one in made.cover}
    for name in clocks:
        lines = _lines(made.body, name)
        assert clocks.count(name) == len(lines), where
        for line in lines:
            _says(made.language, line, name, timeline.ends[name], where, counts=False)


def _runs(made: Draft, ends: Mapping[str, Ends], timeline: Timeline) -> None:
    """The first page for the lawyer tells the terms that run and no other, or that there is none, and that no term is a
    promise; it finds no contradiction."""
    where = f"{timeline.name}, {made.kind} in {made.language}"
    parts: dict[str, int] = {}
    for one in made.cover:
        if one.style is Style.HEADING and isinstance(one.label, Text):
            parts[one.label.message] = 0
        elif parts:
            parts[[*parts][-1]] += 1
    assert max(len(ends), 1) + 1 == parts["Deadlines"] and "Answers that do not fit together" not in parts, where
    for name, term in ends.items():
        (line,) = _lines(made.cover, name)
        _says(made.language, line, name, term, where, counts=True)


def _lines(paragraphs: Sequence[Paragraph], name: str) -> list[Paragraph]:
    """A clock's; an answer's line of the same name is another's."""
    origin = (STARTS[name],) if name in STARTS else None
    found = [one for one in paragraphs if isinstance(one.label, Text) and one.label.message == TERMS[name].title]
    return [one for one in found if origin is None or one.origin == Said(origin)]


MONTHS = {
    "en": {8: "Aug {d}, {y}, {t}", 11: "Nov {d}, {y}, {t}"},
    "ru": {8: "{d} авг. {y} г., {t}", 11: "{d} нояб. {y} г., {t}"},
    "kk": {8: "{y} ж. {d} там., {t}", 11: "{y} ж. {d} қар., {t}"},
}
DAY = {"en": "November {d}, {y}", "ru": "{d} ноября {y} г.", "kk": "{y} ж. {d} қараша"}
"""Where no hours are counted to it, a whole day is told as one."""
TODAY = {"en": "act today", "ru": "действуйте сегодня", "kk": "бүгін әрекет етіңіз"}
LEFT = {"en": r" {hours} hours left", "ru": r" оста(?:лось|лся) {hours} час", "kk": r" {hours} сағат қалды"}
STATUS = {
    True: {
        "en": "not verified by a lawyer, an excerpt of the text was seen",
        "ru": "юристом не проверено, видели отрывок текста",
        "kk": "заңгер тексермеген, мәтіннен үзінді көрілген",
    },
    False: {"en": "UNVERIFIED", "ru": "НЕ ПРОВЕРЕНО", "kk": "ТЕКСЕРІЛМЕГЕН"},
}


def _says(code: str, line: Paragraph, name: str, ends: Ends, where: str, *, counts: bool) -> None:
    """The days in the draft's language, its article's source and status, and on the first page the hours left."""
    shown, term = re.sub(r"[\xa0\u202f]", " ", plain.words(line, SPOKEN[code].say)), TERMS[name]
    at = [
        MONTHS[code][month].format(d=day, y=ends.year, t=f"{hour:02}:{minute:02}")
        for month, day, hour, minute in ends.moments
    ]
    times = len(at)
    if not counts and [one[2:] for one in ends.moments] == [(0, 0), (23, 59)]:
        at, times = [DAY[code].format(d=ends.moments[0][1], y=ends.year)], 0
    positions = [shown.find(each) for each in at]
    assert -1 not in positions and positions == sorted(positions), (where, shown)
    assert times == len(re.findall(r"\d\d:\d\d", shown)), (where, shown)
    if name not in STARTS:
        assert f": {term.source} ({STATUS[term.seen][code]})]" in shown, (where, shown)
    if counts:
        left = LEFT[code].format(hours=ends.left) if at else TODAY[code]
        assert re.search(left, re.sub(r"(?<=\d)[, ](?=\d{3} )", "", shown)), (where, shown)
