"""What a coordinator reads: a case's entries as titled lines, and the head that alerts are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.intake import letters
from bot.intake.answers import Answer, written_date
from bot.intake.question import Question
from bot.intake.questionnaire import Questionnaire
from bot.intake.text import Text, text
from bot.intake.triage import Assessment

URGENCIES = (text("Critical"), text("Urgent"), text("Soon"), text("Days"), text("Weeks"))
REASONS = {
    "being_taken": text("being taken"),
    "custody": text("custody"),
    "paper": text("paper"),
    "departure": text("departure"),
    "hearing": text("hearing"),
    "border": text("border"),
    "stay": text("stay"),
    "danger_nearby": text("danger nearby"),
    "other": text("other"),
}


IN_CHAT, CHANNEL = "bot", "channel"
"""The way to reach somebody that is this chat itself; the flag of a case whose person gave another, never which."""


@dataclass(frozen=True, slots=True)
class Line:
    """A title, the answers as messages to translate, and the person's own words, which nobody translates."""

    title: Text
    values: tuple[Text, ...] = ()
    words: str = ""


def latest(entries: Iterable[Mapping[str, Any]]) -> tuple[tuple[Answer, ...], tuple[str, ...]]:
    """The answers that stand after all entries, and the words passed on, in the order of their coming."""
    answers: dict[str, Answer] = {}
    words: list[str] = []
    for entry in entries:
        for question in entry.get("removed", ()):
            answers.pop(question, None)
        for raw in entry.get("answers", ()):
            answer = Answer.from_json(raw)
            answers[answer.question] = answer
        if entry.get("words"):
            words.append(entry["words"])
    return tuple(answers.values()), tuple(words)


def added(entries: Iterable[Mapping[str, Any]]) -> tuple[Answer, ...]:
    """The answers given after sending, all of them in their order, but those the person took back."""
    answers: list[Answer] = []
    for entry in entries:
        for taken_back in entry.get("removed", ()):
            last = next((one for one in reversed(answers) if one.question == taken_back), None)
            if last is not None:
                answers.remove(last)
        answers += [Answer.from_json(raw) for raw in entry.get("answers", ())]
    return tuple(answers)


def summarise(questionnaire: Questionnaire, entries: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    """Every answer in the questionnaire's order, then what came after sending; skipped ones together at the end.

    What came later stands beside what was sent and replaces nothing: a new paper does not undo an old one.
    """
    entries = list(entries)
    answers, words = latest(entry for entry in entries if not entry.get("later"))
    told = [entry for entry in entries if entry.get("later")]
    given = {answer.question: answer for answer in answers}
    self_writes = given.get("who", Answer("who", ("self",))).values == ("self",)
    lines = [
        line_of(question, given[question.id], questionnaire, self_writes)
        for question in questionnaire.questions.values()
        if question.id in given and not given[question.id].skipped
    ]
    theirs = [(answer, False) for answer in added(entry for entry in told if not entry.get("by"))]
    ours = [(answer, True) for answer in added(entry for entry in told if entry.get("by"))]
    for answer, by_staff in sorted((*theirs, *ours), key=lambda one: one[0].at):
        question = questionnaire.questions.get(answer.question)
        if question is not None and not answer.skipped:
            new = line_of(question, answer, questionnaire, self_writes and not by_staff)
            whose = text("From the coordinator: {title}", title=new.title)
            lines.append(replace(new, title=whose if by_staff else text("New: {title}", title=new.title)))
    lines += [Line(text("Passed on"), words=one) for one in words]
    for entry in entries:
        if entry.get("note"):
            written = datetime.fromtimestamp(entry["at"], UTC)
            grounds = _ground(questionnaire, entry)
            lines.append(Line(text("Note, {moment}", moment=written), grounds, entry["note"]))
    lines += [line for entry in entries if (line := _relayed(entry)) is not None]
    skipped = [
        text(question.title)
        for question in questionnaire.questions.values()
        if question.id in given and given[question.id].skipped
    ]
    if skipped:
        lines.append(Line(text("Skipped"), tuple(skipped)))
    return tuple(lines)


def _ground(questionnaire: Questionnaire, entry: Mapping[str, Any]) -> tuple[Text, ...]:
    """Whom the note gives the right to tell of the case, if any."""
    asked = questionnaire.questions.get("share_ok")
    to = asked.option(entry["ground"]) if asked is not None and "ground" in entry else None
    return (text("ground to tell: {recipient}", recipient=text(to.label)),) if to is not None else ()


def _relayed(entry: Mapping[str, Any]) -> Line | None:
    """What went through the relay, with its time: the coordinator's words or phrase, or the person's words."""
    if "to" not in entry and "from" not in entry:
        return None
    at = text("{moment}", moment=datetime.fromtimestamp(entry["at"], UTC))
    if "from" in entry:
        return Line(text("From the person"), (at,), entry["from"])
    phrase = (letters.said("", entry["phrase"], entry["hour"]),) if entry["phrase"] else ()
    return Line(text("To the person"), (at, *phrase), entry["to"])


def line_of(question: Question, answer: Answer, questionnaire: Questionnaire, self_writes: bool) -> Line:
    """One answer, as it is read."""
    values: list[Text] = []
    for value in answer.values:
        option = question.option(value)
        written = written_date(value)
        if option is not None:
            values.append(text(option.another if option.another and not self_writes else option.label))
        elif written is not None and written[1] is not None:
            day, hour = written[0], written[1]
            moment = datetime(day.year, day.month, day.day, hour, tzinfo=questionnaire.zone)
            values.append(text("{moment}", moment=moment))
        elif written is not None:
            values.append(text("{day}", day=written[0]))
    if question.kind == "date" and any(question.option(value) for value in answer.values):
        values.append(text("answered: {moment}", moment=datetime.fromtimestamp(answer.at, UTC)))
    return Line(text(question.title), tuple(values), answer.text)


def head(
    old: Mapping[str, Any] | None,
    answers: Iterable[Answer],
    assessment: Assessment,
    *,
    code: str,
    language: str,
    kind: str,
    now: datetime,
) -> dict[str, Any]:
    """The head after new answers: what alerts, queue and reminders live on. Urgency never falls by itself.

    ``kind``: that of a Record, or ``change`` where a coordinator tells of it: only then deadlines end before their day.
    The flag ``early`` stays for good: when the case began, the person had not sent it.
    """
    given = {answer.question: answer for answer in answers}
    at = int(now.timestamp())
    if old is None:
        fresh: dict[str, Any] = {
            "code": code, "urgency": int(assessment.urgency), "reasons": [], "deadlines": [], "place": {},
            "language": language, "self": True, "hours": [], "holder": None, "state": "waiting",
            "times": {"written": at}, "flags": [], "outcome": None, "handover": None, "rises": [], "links": [],
        }  # fmt: skip
    else:
        fresh = {**old, "times": dict(old["times"]), "place": dict(old["place"])}
    same = old is not None and kind in ("update", "change")
    if assessment.urgency < fresh["urgency"] or (assessment.urgency == fresh["urgency"] and not same):
        fresh["reasons"] = [reason.value for reason in assessment.reasons]
    fresh["urgency"] = min(fresh["urgency"], int(assessment.urgency))
    deadlines = [
        {"clock": one.clock, "starts": _unix(one.starts), "ends": _unix(one.ends)}
        for one in assessment.deadlines
    ]
    rises: list[dict[str, Any]] = [
        {"at": _unix(one.at), "urgency": int(one.urgency), "reason": one.reason.value, "clock": one.clock}
        for one in assessment.rises
    ]
    if same:
        over = set(assessment.over) if kind == "change" else set()
        moved = {one["clock"] for one in deadlines if _dated(one)}
        stand = [rise for rise in fresh["rises"] if rise.get("clock") not in moved | over]
        rises = sorted([*stand, *rises], key=lambda rise: rise["at"])
        deadlines = _merged([one for one in fresh["deadlines"] if one["clock"] not in over], deadlines)
    fresh["deadlines"], fresh["rises"] = deadlines, rises
    for question in ("where", "custody"):
        if question in given:
            fresh["place"][question] = next(iter(given[question].values), "")
    if "who" in given:
        fresh["self"] = given["who"].values == ("self",)
    if "hours" in given:
        fresh["hours"] = list(given["hours"].values)
    if "contact" in given:
        another = given["contact"].values not in ((), (IN_CHAT,))
        fresh["flags"] = sorted({*fresh["flags"]} - {CHANNEL} | ({CHANNEL} if another else set()))
    begun = {"early"} if old is None and kind != "sent" else set()
    fresh["flags"] = sorted({*fresh["flags"], *begun, *(("unfinished",) if kind == "unfinished" else ())})
    fresh["times"]["contact"] = at
    if kind == "sent":
        fresh["flags"] = [flag for flag in fresh["flags"] if flag != "unfinished"]
        fresh["times"]["sent"] = at
    return fresh


def _merged(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A newer day takes the place of an older; one that is not known takes nobody's."""
    known = {one["clock"]: one for one in old}
    for one in new:
        before = known.get(one["clock"])
        if before is None or (_dated(one) and not _same_day(one, before)):
            known[one["clock"]] = one
    return sorted(known.values(), key=lambda one: one["ends"] or one["starts"] or 0)


def _dated(deadline: Mapping[str, Any]) -> bool:
    return deadline["starts"] is not None or deadline["ends"] is not None


def _same_day(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return (one["starts"], one["ends"]) == (other["starts"], other["ends"])


def _unix(moment: datetime | None) -> int | None:
    return int(moment.timestamp()) if moment is not None else None
