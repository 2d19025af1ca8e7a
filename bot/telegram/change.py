"""A coordinator tells what has changed in a case: by the questions its person has, answered as the person answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.intake import conversation, summary, triage
from bot.intake.answers import Answer
from bot.intake.questionnaire import Questionnaire
from bot.intake.state import Choice, Event, Phase, Pressed, Record, Screen, State, Wrote
from bot.intake.summary import URGENCIES, line_of
from bot.intake.text import Text, text
from bot.store.records import Act, Case, Staff
from bot.telegram import alerts, facts, screens, sitting
from bot.telegram.casework import attend
from bot.telegram.desk import Desk
from bot.telegram.screens import escape
from bot.telegram.sitting import LEAVE, SAVE, Said, Sitting, button

WHAT = "fact"
TOPICS = "-topics"
_NOT_OFFERED = ("-skip", "-clear")
"""The coordinator says what they know and nothing else; the chat is not theirs to clear."""
_STRAY = text("This text answers no question.")


def begin(desk: Desk, one: Staff, case: Case) -> None:
    sitting.begin(desk, one, case, WHAT, _rendered(desk, one, _topics(desk, case)))


def wrote(desk: Desk, one: Staff, now: Sitting, words: str) -> None:
    if "answers" in now.kept:
        return
    state = _state(now)
    screen = _topics(desk, now.case) if state is None else _offered(_view(desk, state))
    named = screens.typed(screen, words, desk.house.languages)
    if named is not None:
        pressed(desk, one, now, named.place, named.choice)
    elif state is not None:
        _advance(desk, one, now, state, Wrote(words))


def pressed(desk: Desk, one: Staff, now: Sitting, place: str, choice: str) -> None:
    state = _state(now)
    if state is not None:
        screen = _offered(_view(desk, state))
        if any(each.id == choice for row in (screen.choices, *screen.controls) for each in row):
            _advance(desk, one, now, state, Pressed(place, choice))
    elif choice == SAVE and "answers" in now.kept:
        _save(desk, one, now)
    elif place == TOPICS and choice in desk.house.questionnaire.changes:
        _ask(desk, one, now, _begun(desk, one, now.case, choice))


def _view(desk: Desk, state: State, notice: Text | None = None) -> Screen:
    return conversation.view(desk.house.questionnaire, state, desk.now, notice)


def _begun(desk: Desk, one: Staff, case: Case, topic: str) -> State:
    return State(
        one.body["language"], Phase.QUESTIONS, update=True, topic=topic, recorded=True, code=case.head["code"],
        touched=desk.unix,
    )  # fmt: skip


def _state(now: Sitting) -> State | None:
    return State.from_json(now.kept["state"]) if "state" in now.kept else None


def _advance(desk: Desk, one: Staff, now: Sitting, state: State, event: Event) -> None:
    """One step of the conversation. What it would record at once is kept until all of it has been answered."""
    questionnaire = desk.house.questionnaire
    new, screen, effects = conversation.advance(questionnaire, state, event, desk.now)
    if new.stray:
        _ask(desk, one, now, state, _STRAY)
    elif new.phase is not Phase.HOME:
        _ask(desk, one, now, new, screen.notice)
    else:
        record = next((effect for effect in effects if isinstance(effect, Record)), None)
        if record is None:
            sitting.go_on(desk, one, now, _rendered(desk, one, _topics(desk, now.case)))
        else:
            gone = {*record.removed, *(answer.question for answer in record.answers)}
            answers = [*(answer for answer in state.answers if answer.question not in gone), *record.answers]
            kept = [answer.to_json() for answer in answers]
            sitting.go_on(desk, one, now, _confirm(desk, one, now.case, answers), answers=kept)


def _ask(desk: Desk, one: Staff, now: Sitting, state: State, notice: Text | None = None) -> None:
    said = _rendered(desk, one, _offered(_view(desk, state, notice)))
    sitting.go_on(desk, one, now, said, state=state.to_json())


def _offered(screen: Screen) -> Screen:
    rows = [tuple(choice for choice in row if choice.id not in _NOT_OFFERED) for row in screen.controls]
    return replace(screen, controls=tuple(row for row in rows if row))


def _rendered(desk: Desk, one: Staff, screen: Screen) -> Said:
    language = desk.house.language(one.body["language"])
    said, rows = screens.render(screen, language)
    ours = [[{**each, "callback_data": f"{sitting.PREFIX}{each['callback_data']}"} for each in row] for row in rows]
    return said, [*ours, [button(language, WHAT, LEAVE)]]


def _topics(desk: Desk, case: Case) -> Screen:
    questions = desk.house.questionnaire.questions
    choices = tuple(Choice(topic, text(questions[topic].title)) for topic in desk.house.questionnaire.changes)
    lines = (text("{code}: what has changed?", code=case.head["code"]),)
    return Screen(TOPICS, lines, choices, columns=2)


def _confirm(desk: Desk, one: Staff, case: Case, answers: list[Answer]) -> Said:
    """What was said and what follows from it, before it is kept."""
    language = desk.house.language(one.body["language"])
    questionnaire, code = desk.house.questionnaire, case.head["code"]
    asked = questionnaire.questions
    told = [line_of(asked[one.question], one, questionnaire, False) for one in answers if one.question in asked]
    judged = triage.assess(questionnaire, answers, desk.now)
    after = summary.head(case.head, answers, judged, code=code, language="", kind=facts.CHANGE, now=desk.now)
    lines = [escape(language.say(text("{code}: what has changed", code=code)))]
    lines += [alerts.row(line, language) for line in told]
    lines += [escape(language.say(line)) for line in _follows(questionnaire, case.head, after)]
    return "\n".join(lines), [[button(language, WHAT, SAVE), button(language, WHAT, LEAVE)]]


def _follows(questionnaire: Questionnaire, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Text]:
    """A higher urgency, new days, and those that are off."""
    lines = []
    if after["urgency"] < before["urgency"]:
        lines.append(text("Urgency: {urgency}", urgency=URGENCIES[after["urgency"]]))
    lines += [alerts.deadline(questionnaire, one) for one in after["deadlines"] if one not in before["deadlines"]]
    stand = {one["clock"] for one in after["deadlines"]}
    off = [one for one in before["deadlines"] if one["clock"] not in stand]
    return [*lines, *(text("Off: {deadline}", deadline=alerts.deadline(questionnaire, one)) for one in off)]


def _save(desk: Desk, one: Staff, now: Sitting) -> None:
    answers = [Answer.from_json(raw) for raw in now.kept["answers"]]
    judged = triage.assess(desk.house.questionnaire, answers, desk.now)
    desk.work.note(desk.work.actor(one.user), Act.CHANGE, now.case.id)
    facts.add(desk, attend(desk, now.case), facts.CHANGE, judged, answers)
    said = text("{code}: kept", code=now.case.head["code"])
    sitting.end(desk, one, (escape(desk.house.language(one.body["language"]).say(said)), []))
