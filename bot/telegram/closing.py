"""The end of a case: closed with an outcome, or erased at once."""

from __future__ import annotations

from bot.intake.text import text
from bot.store.records import Case, Staff
from bot.telegram import card, casework, reports, restraint
from bot.telegram.actions import HOLDER, CaseAction, Relation, Role, relation
from bot.telegram.casework import Why
from bot.telegram.desk import Desk

OUTCOMES = {
    "helped": text("Helped"),
    "moved": text("Moved to safety"),
    "lost": text("Lost contact"),
    "duplicate": text("Duplicate"),
    "not_ours": text("Not ours"),
    "abuse": text("Abuse"),
}


def _close(desk: Desk, one: Staff, case: Case, outcome: str) -> None:
    if outcome not in OUTCOMES:
        question = text("How did it end? The way to the person goes at once, the case in 30 days.")
        card.ask(desk, one, case, question, "close", OUTCOMES)
        return
    casework.close(desk, case, desk.work.actor(one.user), outcome)
    language = desk.house.language(one.body["language"])
    said = text("{code}: closed · {outcome}", code=case.head["code"], outcome=OUTCOMES[outcome])
    desk.screen(one, reports.line(language, said))


def _erase(desk: Desk, one: Staff, case: Case, sure: str) -> None:
    language = desk.house.language(one.body["language"])
    if sure != "yes":
        desk.screen(one, reports.question(desk, language, case))
        return
    if restraint.holds_back(desk, one, case):
        return
    why = Why.HOLDER if relation(one, case) is Relation.MINE else Why.ADMIN
    casework.erase(desk, case.id, why, desk.work.actor(one.user))
    desk.screen(one, reports.line(language, text("{code}: erased", code=case.head["code"])))


ACTIONS = (
    CaseAction("close", HOLDER, _close, typed=True, label=text("Close")),
    CaseAction(
        "card.erase",
        {Role.COORDINATOR: frozenset({Relation.MINE}), Role.ADMIN: frozenset(Relation)},
        _erase,
        label=text("Erase"),
    ),
)
