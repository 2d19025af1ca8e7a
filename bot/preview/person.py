"""A person's screens: every question and every way it is put, and whatever else the bot says to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.intake import coming_back, conversation, letters, refusals, word
from bot.intake.answers import Answer
from bot.intake.cover import Cover
from bot.intake.echo import marked
from bot.intake.letters import Letter
from bot.intake.question import Question
from bot.intake.questionnaire import Questionnaire
from bot.intake.state import Phase, Pressed, Screen, State, Wrote
from bot.intake.text import Text, text
from bot.intake.views import BACK, CLEAR, covered, directed
from bot.telegram.person import LEFT
from bot.telegram.profile import COMMANDS, DESCRIPTION

Sample = tuple[str, Screen]
CODE = "K7M2QX"
PAGE = "https://example.org"
_ANY = "en"
"""A state's language: nothing here depends on it."""


def screens(asked: Questionnaire, now: datetime) -> Iterator[Sample]:
    """Each with its title."""
    for part in (_first, _questions, _sent, _above, _notices):
        yield from part(asked, now)


def _first(asked: Questionnaire, now: datetime) -> Iterator[Sample]:
    begun = conversation.view(asked, State(_ANY), now)
    yield "First screen", begun
    yield "First screen, somebody is on duty", covered(begun, Cover(True))
    yield "First screen, somebody comes on duty", covered(begun, Cover(False, now + timedelta(hours=9)))
    yield "First screen, nobody in the coming days", covered(begun, Cover(False))
    more = conversation.view(asked, State(_ANY, menu="more"), now)
    yield "More", directed(more, "", offline=False)
    yield "More, keys elsewhere, with a page", directed(more, PAGE, offline=True)
    yield "Language", conversation.view(asked, State(_ANY, menu="language"), now)
    for phase in (Phase.DECLINED, Phase.UNSAFE, Phase.TAKEN):
        yield f"Phase: {phase.value}", conversation.view(asked, State(_ANY, phase=phase), now)


def _questions(asked: Questionnaire, now: datetime) -> Iterator[Sample]:
    yield "The first question, with how many are left", conversation.view(asked, State(_ANY, Phase.QUESTIONS), now)
    for question in asked.questions.values():
        ways = [("", State(_ANY))]
        if _differs(question):
            ways = [(", for oneself", State(_ANY)), (", for another person", State(_ANY, another=True))]
        for whom, state in ways:
            yield f"{question.id}{whom}", _put(asked, question, state, now)
        for option in question.options:
            if option.asks:
                yield f"{question.id}, after {option.id}", _put(asked, question, State(_ANY, partial=(option.id,)), now)
    yield from _days(asked, now)


def _differs(question: Question) -> bool:
    options = (option.only or option.another for option in question.options)
    return question.self_text != question.another_text or any(options)


def _put(asked: Questionnaire, question: Question, state: State, now: datetime) -> Screen:
    """The question, whatever was answered before it: with its hint and the labels for whoever writes."""
    state = replace(state, phase=Phase.QUESTIONS, changing=question.id)
    screen = conversation.view(asked, state, now)
    hint = text(question.hint) if question.hint else None
    return screen if hint is None or hint in screen.lines else replace(screen, lines=(*screen.lines, hint))


def _days(asked: Questionnaire, now: datetime) -> Iterator[Sample]:
    """A calendar, its hours, and days that wait to be confirmed, of the first question for each direction."""
    day = now.astimezone(asked.zone).date()
    for direction in ("past", "future"):
        question = next((one for one in asked.questions.values() if one.direction == direction), None)
        if question is None:
            continue
        for mark in (f"month:{day:%Y-%m}", f"hour:{day}"):
            yield f"{question.id}, {mark.partition(':')[0]}", _put(asked, question, State(_ANY, partial=(mark,)), now)
        for values in ((str(day),), (str(day), str(day + timedelta(days=1)))):
            state = State(_ANY, partial=marked(values))
            yield f"{question.id}, days as they were understood: {len(values)}", _put(asked, question, state, now)


def _sent(asked: Questionnaire, now: datetime) -> Iterator[Sample]:
    at = int(now.timestamp())
    first = next(iter(asked.questions.values()))
    answered = State(_ANY, phase=Phase.OFFER, answers=(Answer(first.id),))
    yield "What is urgent is answered", conversation.view(asked, answered, now)
    early = replace(answered, recorded=True, code=CODE)
    yield "The same, after an early alert", conversation.view(asked, early, now)
    every = tuple(map(Answer, asked.questions))
    review = replace(answered, phase=Phase.REVIEW, going_on=True, answers=every)
    yield "Review", conversation.view(asked, review, now)
    yield "Review, after a break", conversation.view(asked, replace(review, interrupted=True), now)
    home = State(_ANY, phase=Phase.HOME, recorded=True, code=CODE)
    yield "Home", conversation.view(asked, home, now)
    yield "Home, opened", conversation.view(asked, replace(home, opened=at, guarded=True), now)
    yield "Home, nobody reached", conversation.view(asked, replace(home, unreached=at), now)
    helped = replace(home, helps=tuple(one.id for one in asked.help))
    for menu in ("help", "unreached", "erase"):
        yield f"Home: {menu}", conversation.view(asked, replace(helped, menu=menu), now)
    yield "Home: erase, after an early alert", conversation.view(asked, replace(home, menu="erase", early=True), now)


def _above(asked: Questionnaire, now: datetime) -> Iterator[Sample]:
    """What lies above a conversation."""
    at, home = int(now.timestamp()), State(_ANY, phase=Phase.HOME, recorded=True, code=CODE)
    yield "Neutral line", conversation.view(asked, replace(home, hidden=True), now)
    dated = next((one.id for one in asked.questions.values() if one.kind == "date"), "")
    yield "A text that answers nothing", conversation.view(
        asked, State(_ANY, phase=Phase.QUESTIONS, changing=dated, stray="…"), now
    )
    letter = Letter(id="1", case="", at=at, told=at)
    yield "A letter waits", conversation.view(asked, replace(home, letters=(letter,)), now)
    phrases = [*letters.PHRASES, letters.CALL]
    for phrase in phrases:
        opened = replace(letter, phrase=phrase, hour=at, opened=at)
        state = replace(home, letters=(opened,), reading=at)
        yield f"A letter: {phrase}", conversation.view(asked, state, now)
    for title, state in (
        ("Code word", replace(home, menu=word.WORD)),
        ("Code word, two words", replace(home, menu=word.WORD, partial=(word.DIFFERS,))),
        ("Code word, one is set", replace(home, menu=word.WORD, word=True)),
        ("Code word, once more", replace(home, menu=word.AGAIN)),
        ("Return code, typed", replace(home, menu=coming_back.RETURN)),
        ("Return code, gone from the screen", replace(home, menu=coming_back.CODE)),
    ):
        yield title, conversation.view(asked, state, now)
    code = coming_back.view(replace(home, menu=coming_back.CODE), (BACK, CLEAR), None)
    yield "Return code", coming_back.shown(code, ["…"] * 6)


def _notices(asked: Questionnaire, now: datetime) -> Iterator[Sample]:
    """Single lines: what answers something that can't be taken, what a press has done, the commands."""
    kinds = ("photo", "voice", "location", "contact", "forwarded", "edited", "sticker")
    lines = [refusals.refusal(kind) for kind in kinds]
    lines += [word.refusal("a" * 41) or LEFT, word.refusal("aa") or LEFT, coming_back.REFUSED, LEFT]
    lines += _done(asked, now)
    for line in dict.fromkeys(lines):
        yield "A line above a screen or alone", Screen("notice", (line,))
    for name, label in COMMANDS:
        yield f"Command /{name}, in Telegram's menu", Screen("command", (label,))
    yield "The bot's description", Screen("command", (DESCRIPTION,))


def _done(asked: Questionnaire, now: datetime) -> Iterator[Text]:
    """What the conversation says of a press or a text."""
    home = State(_ANY, phase=Phase.HOME, recorded=True, code=CODE)
    stray = State(_ANY, phase=Phase.QUESTIONS, stray="…", recorded=True, code=CODE)
    tries: list[tuple[State, Pressed | Wrote]] = [
        (home, Pressed("home", "add")),
        (home, Pressed("home", "urgent")),
        (home, Wrote("x" * 501)),
        (stray, Pressed("stray", "pass")),
        (stray, Pressed("stray", "delete")),
    ]
    for question in asked.questions.values():
        at = State(_ANY, phase=Phase.QUESTIONS, changing=question.id)
        tries += [(at, Pressed(question.id, "-done")), (at, Wrote("…")), (at, Wrote("x" * (question.limit + 1)))]
        tries += [(at, Wrote("01.01.1901")), (at, Wrote("31.12.2199"))] if question.kind == "date" else []
    for state, event in tries:
        _, screen, _ = conversation.advance(asked, state, event, now)
        if screen.notice is not None:
            yield screen.notice
