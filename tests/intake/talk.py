"""A person who talks with the conversation, and a coordinator's case that keeps what it records."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot import languages
from bot.intake import conversation, lexicon
from bot.intake.answers import Answer
from bot.intake.course import place, settled
from bot.intake.questionnaire import Questionnaire, load
from bot.intake.state import Effect, Erase, Event, Opened, Pass, Pressed, Record, Screen, Silence, State
from bot.intake.summary import latest
from bot.speaking import asked_in

LANGUAGES = languages.load()
WORDS = lexicon.read(language.written.days for language in LANGUAGES.values())
BUILT_IN = asked_in(load(), LANGUAGES)
START = datetime(2026, 3, 20, 7, 0, tzinfo=UTC)
"""Noon in Almaty, a Friday."""


def through_json(state: State) -> State:
    return State.from_json(json.loads(json.dumps(state.to_json())))


def buttons(screen: Screen) -> list[str]:
    return [choice.id for choice in (*screen.choices, *(one for row in screen.controls for one in row))]


@dataclass
class Talk:
    """Every state goes through JSON, and a case gets its number as the border gives it one."""

    questionnaire: Questionnaire
    state: State = field(default_factory=lambda: conversation.begin("ru"))
    now: datetime = START
    entries: list[dict[str, Any]] = field(default_factory=list)
    effects: tuple[Effect, ...] = ()
    cases: int = 0

    def __post_init__(self) -> None:
        self.screen = conversation.view(self.questionnaire, self.state, self.now)

    def feel(self, event: Event, after: float = 5) -> Talk:
        self.now += timedelta(seconds=after)
        state, self.screen, self.effects = conversation.advance(self.questionnaire, self.state, event, self.now)
        for effect in self.effects:
            if isinstance(effect, Record):
                if not state.code:
                    self.cases += 1
                    self.entries = []
                    state = State.from_json({**state.to_json(), "code": f"CODE{self.cases}"})
                raw = [answer.to_json() for answer in effect.answers]
                self.entries.append({"answers": raw, "removed": list(effect.removed)})
            elif isinstance(effect, Pass):
                self.entries.append({"words": effect.words})
            elif isinstance(effect, Erase):
                self.entries = []
        self.state = through_json(state)
        assert self.state == state
        return self

    def press(self, choice: str, words: str = "") -> Talk:
        return self.feel(Pressed(self.place, choice, words))

    def wait(self, seconds: float) -> Talk:
        return self.feel(Silence(), seconds)

    def opened(self) -> Talk:
        return self.feel(Opened(int(self.now.timestamp())))

    def answer(self, **answers: str) -> Talk:
        """The named questions by their buttons, as they come; the keys are the order expected."""
        for question, choices in answers.items():
            assert self.place == question, (self.place, question)
            for choice in choices.split():
                self.press(choice)
            if self.questionnaire.questions[question].kind == "many" and choices != "-skip":
                self.press("-done")
        return self

    def skip_to(self, wanted: str) -> Talk:
        while self.place != wanted:
            self.press("-skip")
        return self

    @property
    def place(self) -> str:
        return place(*settled(self.questionnaire, self.state))

    @property
    def recorded(self) -> dict[str, Answer]:
        return {answer.question: answer for answer in latest(self.entries)[0]}

    @property
    def words(self) -> tuple[str, ...]:
        return latest(self.entries)[1]
