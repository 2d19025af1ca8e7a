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
from bot.telegram.actions import DESK, HOLDER, Action, CaseAction
from bot.telegram.casework import renew
from bot.telegram.desk import Desk
from bot.telegram.screens import escape

NAME, KEEP = "fact", "fact.keep"
TOPICS = "-topics"
_NOT_OFFERED = ("-skip", "-clear")
"""The coordinator says what they know and nothing else; the chat is not theirs to clear."""
_STRAY = text("This text answers no question.")


def _begin(desk: Desk, one: Staff, case: Case, _: str) -> None:
    sitting.end(desk, one)
    _show(desk, one, case, _topics(desk, case))


def _tell(desk: Desk, one: Staff, said: str) -> None:
    """A button of the screen that stands, or words."""
    now = sitting.current(desk, one, NAME)
    if now is None or "answers" in now.kept:
        desk.say(one, sitting.OVER)
        return
    state = State.from_json(now.kept["state"]) if "state" in now.kept else None
    screen = _topics(desk, now.case) if state is None else _offered(_view(desk, state))
    press = screens.pressed(said)
    if press.place != screen.place:
        press = screens.typed(screen, said, desk.house.languages) or Pressed("", "")
    shown = {each.id for row in (screen.choices, *screen.controls) for each in row}
    fits = press.choice in shown or (bool(press.choice) and shown.issuperset(press.choice.split()))
    if state is not None:
        _advance(desk, one, now.case, state, press if fits else Wrote(said))
    elif fits:
        _ask(desk, one, now.case, _begun(desk, one, now.case, press.choice))
    else:
        _show(desk, one, now.case, screen)


def _view(desk: Desk, state: State, notice: Text | None = None) -> Screen:
    return conversation.view(desk.house.questionnaire, state, desk.now, notice)


def _begun(desk: Desk, one: Staff, case: Case, topic: str) -> State:
    return State(
        one.body["language"], Phase.QUESTIONS, update=True, topic=topic, recorded=True, code=case.head["code"],
        touched=desk.unix,
    )  # fmt: skip


def _advance(desk: Desk, one: Staff, case: Case, state: State, event: Event) -> None:
    """One step of the conversation. What it would record at once is kept until all of it has been answered."""
    new, screen, effects = conversation.advance(desk.house.questionnaire, state, event, desk.now)
    if new.stray:
        _ask(desk, one, case, state, _STRAY)
    elif new.phase is not Phase.HOME:
        _ask(desk, one, case, new, screen.notice)
    else:
        record = next((effect for effect in effects if isinstance(effect, Record)), None)
        if record is None:
            _show(desk, one, case, _topics(desk, case))
        else:
            gone = {*record.removed, *(answer.question for answer in record.answers)}
            answers = [*(answer for answer in state.answers if answer.question not in gone), *record.answers]
            _confirm(desk, one, case, answers)


def _ask(desk: Desk, one: Staff, case: Case, state: State, notice: Text | None = None) -> None:
    _show(desk, one, case, _offered(_view(desk, state, notice)), state=state.to_json())


def _offered(screen: Screen) -> Screen:
    rows = [tuple(choice for choice in row if choice.id not in _NOT_OFFERED) for row in screen.controls]
    return replace(screen, controls=tuple(row for row in rows if row))


def _topics(desk: Desk, case: Case) -> Screen:
    questions = desk.house.questionnaire.questions
    choices = tuple(Choice(topic, text(questions[topic].title)) for topic in desk.house.questionnaire.changes)
    return Screen(TOPICS, (text("{code}: what has changed?", code=case.head["code"]),), choices, columns=2)


def _show(desk: Desk, one: Staff, case: Case, screen: Screen, **kept: Any) -> None:
    language = desk.house.language(one.body["language"])
    said, rows = screens.render(screen, language)
    ours = [[{**each, "callback_data": f"{NAME}={each['callback_data']}"} for each in row] for row in rows]
    sitting.stand(desk, one, case, NAME, (said, [*ours, [sitting.leave(language, case)]]), **kept)


def _confirm(desk: Desk, one: Staff, case: Case, answers: list[Answer]) -> None:
    """What was said and what follows from it, before it is kept."""
    language = desk.house.language(one.body["language"])
    questionnaire, code = desk.house.questionnaire, case.head["code"]
    asked = questionnaire.questions
    told = [line_of(asked[each.question], each, questionnaire, False) for each in answers if each.question in asked]
    judged = triage.assess(questionnaire, answers, desk.now)
    after = summary.head(case.head, answers, judged, code=code, language="", kind=facts.CHANGE, now=desk.now)
    lines = [escape(language.say(text("{code}: what has changed", code=code)))]
    lines += [alerts.row(line, language) for line in told]
    lines += [escape(language.say(line)) for line in _follows(questionnaire, case.head, after)]
    row = [sitting.button(language, KEEP, text("Keep"), case), sitting.leave(language, case)]
    kept = [answer.to_json() for answer in answers]
    sitting.stand(desk, one, case, NAME, ("\n".join(lines), [row]), awaits=False, answers=kept)


def _follows(questionnaire: Questionnaire, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Text]:
    """A higher urgency, new days, and those that are off."""
    lines = []
    if after["urgency"] < before["urgency"]:
        lines.append(text("Urgency: {urgency}", urgency=URGENCIES[after["urgency"]]))
    lines += [alerts.deadline(questionnaire, one) for one in after["deadlines"] if one not in before["deadlines"]]
    stand = {one["clock"] for one in after["deadlines"]}
    off = [one for one in before["deadlines"] if one["clock"] not in stand]
    return [*lines, *(text("Off: {deadline}", deadline=alerts.deadline(questionnaire, one)) for one in off)]


def _keep(desk: Desk, one: Staff, case: Case, _: str) -> None:
    now = sitting.current(desk, one, NAME)
    if now is None or now.case.id != case.id or "answers" not in now.kept:
        desk.say(one, sitting.OVER)
        return
    answers = [Answer.from_json(raw) for raw in now.kept["answers"]]
    judged = triage.assess(desk.house.questionnaire, answers, desk.now)
    desk.work.note(desk.work.actor(one.user), Act.CHANGE, case.id)
    facts.add(desk, renew(desk, case), facts.CHANGE, judged, answers)
    sitting.end(desk, one, text("{code}: kept", code=case.head["code"]))


ACTIONS = (
    CaseAction("change", HOLDER, _begin, typed=True, label=text("What has changed")),
    Action(NAME, DESK, _tell),
    CaseAction(KEEP, HOLDER, _keep),
)
