"""Triage: answers -> urgency, the reasons for it, deadlines, and how it will rise by itself.

A coarse date fires a rule if any hour in it would; a rule's ``unless`` holds only where every hour does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import chain

from bot.intake.answers import UNKNOWN, Answer, interval
from bot.intake.question import holds
from bot.intake.questionnaire import Questionnaire
from bot.intake.rules import Clock, DateTest, Reason, Rule, RuleClause, Urgency

Interval = tuple[datetime, datetime]
AFTER = timedelta(seconds=1)
"""The last moment of a range is still in it."""
FARTHEST_RISE = timedelta(days=400)
OPEN_ENDED = timedelta(days=60)
"""Kinds of custody in which a question not yet reached counts as unknown at once."""


@dataclass(frozen=True, slots=True)
class Deadline:
    clock: str
    title: str
    starts: datetime | None
    ends: datetime | None
    article: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Rise:
    at: datetime
    urgency: Urgency
    reason: Reason
    clock: str = ""
    """Of the deadline it comes with and moves with; empty where there is none, or not only one."""


@dataclass(frozen=True, slots=True)
class Assessment:
    urgency: Urgency
    reasons: tuple[Reason, ...]
    fired: tuple[str, ...]
    deciding: tuple[str, ...]
    deadlines: tuple[Deadline, ...] = ()
    rises: tuple[Rise, ...] = ()
    over: tuple[str, ...] = ()
    """Clocks that by these answers run no more, whoever set them going."""


@dataclass(frozen=True, slots=True)
class _Facts:
    chosen: dict[str, tuple[str, ...]]
    dated: dict[str, Interval]
    held: bool
    pressed: bool
    questionnaire: Questionnaire


def assess(
    questionnaire: Questionnaire,
    answers: Sequence[Answer],
    now: datetime,
    *,
    silent: bool = False,
    pressed_urgent: bool = False,
) -> Assessment:
    """The urgency of these answers at ``now``. ``silent``: what stage 1 has not reached counts as unknown."""
    known = _facts(questionnaire, answers, pressed_urgent)
    facts = _feared(known, silent)
    present = _judged(facts, now)
    if facts.chosen != known.chosen:
        said = _judged(known, now)
        if said.urgency == present.urgency:
            # What was said explains the urgency: an alert does not name what is only feared.
            present = replace(present, reasons=said.reasons, deciding=said.deciding)
    rises: list[Rise] = []
    worst = present.urgency
    for moment, turning in sorted(_turning_points(facts, now).items()):
        later = _judged(facts, moment)
        if later.urgency < worst:
            worst = later.urgency
            rises.append(Rise(moment, later.urgency, later.reasons[0], _clock_of(turning, facts, now)))
    return replace(present, deadlines=_deadlines(facts, now), rises=tuple(rises), over=_over(known, now))


def urgency(questionnaire: Questionnaire, answers: Sequence[Answer], now: datetime, *, silent: bool = False) -> Urgency:
    """That of the assessment, for whoever needs no more of it."""
    return _judged(_feared(_facts(questionnaire, answers, False), silent), now).urgency


def _facts(questionnaire: Questionnaire, answers: Iterable[Answer], pressed: bool) -> _Facts:
    given = {answer.question: answer for answer in answers}
    chosen = {name: answer.values for name, answer in given.items()}
    dated: dict[str, Interval] = {}
    for name, answer in given.items():
        question = questionnaire.questions.get(name)
        if question is not None and question.kind == "date":
            found = interval(question, answer, questionnaire.zone)
            if found is not None:
                dated[name] = found
    return _Facts(chosen, dated, questionnaire.held(chosen), pressed, questionnaire)


def _feared(known: _Facts, silent: bool) -> _Facts:
    """The same, or what stage 1 has not reached taken for unknown."""
    if not silent and not known.questionnaire.at_once(known.chosen):
        return known
    chosen = dict(known.chosen)
    for question in known.questionnaire.questions.values():
        open_to = question.stage == 1 and question.id not in chosen and question.option(UNKNOWN) is not None
        if open_to and holds(question.when, chosen):
            chosen[question.id] = (UNKNOWN,)
    return replace(known, chosen=chosen)


def _judged(facts: _Facts, now: datetime) -> Assessment:
    rules = facts.questionnaire.rules
    fired = [rule for rule in rules if rule.kind in ("plain", "pressed") and _fires(rule, facts, now)]
    best = min((rule.urgency for rule in fired), default=None)
    for rule in rules:
        if rule.kind == "floor" and (best is None or rule.urgency < best) and _fires(rule, facts, now):
            fired.append(rule)
            best = rule.urgency
    if best is None:
        first = next((rule for rule in rules if rule.kind == "fallback" and _fires(rule, facts, now)), None)
        assert first is not None, "the loader refuses a file without a last rule"
        fired, best = [first], first.urgency
    deciding = [rule for rule in fired if rule.urgency == best]
    raising = [rule for rule in rules if rule.kind == "raises" and _fires(rule, facts, now)]
    urgency = best
    if raising and urgency > Urgency.CRITICAL and (facts.held or urgency > Urgency.URGENT):
        urgency = Urgency(urgency - 1)
    reasons = {rule.reason for rule in deciding}
    return Assessment(
        urgency,
        tuple(reason for reason in Reason if reason in reasons),
        tuple(rule.id for rule in (*fired, *raising)),
        tuple(rule.id for rule in deciding),
    )


def _fires(rule: Rule, facts: _Facts, now: datetime) -> bool:
    if rule.kind == "pressed" and not facts.pressed:
        return False
    return _applies(rule, facts, now)


def _applies(one: Rule | Clock, facts: _Facts, now: datetime) -> bool:
    met = not one.when or _any_met(one.when, facts, now, certain=False)
    return met and not _any_met(one.unless, facts, now, certain=True)


def _any_met(clauses: tuple[RuleClause, ...], facts: _Facts, now: datetime, *, certain: bool) -> bool:
    for clause in clauses:
        for name, test in clause:
            if isinstance(test, DateTest):
                if not _dated(name, test, facts, now, certain=certain):
                    break
            elif not _chosen(facts.chosen.get(name, ()), test):
                break
        else:
            return True
    return False


def _chosen(values: tuple[str, ...], accepted: tuple[str, ...]) -> bool:
    if not values:
        return "~" in accepted
    for one in accepted:
        if one in values:
            return True
        if one.startswith("=") and values == (one[1:],):
            return True
        if one.startswith("!") and one[1:] not in values:
            return True
    return False


def _dated(name: str, test: DateTest, facts: _Facts, now: datetime, *, certain: bool) -> bool:
    if UNKNOWN in facts.chosen.get(name, ()):
        return test.unknown and not certain
    found = facts.dated.get(name)
    if found is None:
        return False
    start, end = found
    zone = facts.questionnaire.zone
    if test.day is not None:
        today = now.astimezone(zone).date()
        last = max(start, end - timedelta(seconds=1)).astimezone(zone).date()
        spread = ((today - last).days + 1, (today - start.astimezone(zone).date()).days + 1)
        return _overlap(spread, test.day, certain)
    hour = timedelta(hours=1)
    if test.hours_ago is not None:
        return _overlap(((now - end) / hour, (now - start) / hour), test.hours_ago, certain)
    if test.hours_left is not None:
        return _overlap(((start - now) / hour, (end - now) / hour), test.hours_left, certain)
    return True


def _overlap(spread: tuple[float, float], wanted: tuple[int, int], certain: bool) -> bool:
    if certain:
        return wanted[0] <= spread[0] and spread[1] <= wanted[1]
    return spread[0] <= wanted[1] and wanted[0] <= spread[1]


def _turning_points(facts: _Facts, now: datetime) -> dict[datetime, set[str]]:
    """Every later moment at which a date test of a rule can begin to hold, or holds no more, and the questions whose
    dates it reads: where the rule that kept it low ends, urgency rises, too."""
    zone = facts.questionnaire.zone
    points: dict[datetime, set[str]] = {}
    for rule in facts.questionnaire.rules:
        for clause in chain(rule.when, rule.unless):
            for name, test in clause:
                if not isinstance(test, DateTest) or name not in facts.dated:
                    continue
                for edge in facts.dated[name]:
                    first = edge.astimezone(zone).date()
                    found = [_shifted(edge, -hours) for hours in test.hours_left or ()]
                    found += [_shifted(edge, hours) for hours in test.hours_ago or ()]
                    found += [_midnight(first, min(day - 1, 4000), facts) for day in test.day or ()]
                    found += [_shifted(edge, -test.hours_left[0]) + AFTER] if test.hours_left else []
                    found += [_shifted(edge, test.hours_ago[1]) + AFTER] if test.hours_ago else []
                    found += [_midnight(first, min(test.day[1], 4000), facts)] if test.day else []
                    for point in found:
                        if now < point <= now + FARTHEST_RISE:
                            points.setdefault(point, set()).add(name)
    return points


def _clock_of(turning: set[str], facts: _Facts, now: datetime) -> str:
    clocks = [one for one in facts.questionnaire.clocks if one.start in turning and _applies(one, facts, now)]
    return clocks[0].id if len(turning) == len(clocks) == 1 else ""


def _over(facts: _Facts, now: datetime) -> tuple[str, ...]:
    clocks = facts.questionnaire.clocks
    return tuple(one.id for one in clocks if _any_met(one.unless, facts, now, certain=True))


def _shifted(edge: datetime, hours: int) -> datetime:
    return edge + timedelta(hours=max(min(hours, 50_000), -50_000))


def _midnight(first: date, days: int, facts: _Facts) -> datetime:
    return datetime.combine(first + timedelta(days=days), time(), facts.questionnaire.zone)


def _deadlines(facts: _Facts, now: datetime) -> tuple[Deadline, ...]:
    found = [_deadline(clock, facts) for clock in facts.questionnaire.clocks if _applies(clock, facts, now)]
    shown = [one for one in found if one is not None]
    never = datetime.max.replace(tzinfo=facts.questionnaire.zone)
    return tuple(sorted(shown, key=lambda one: one.ends or one.starts or never))


def _deadline(clock: Clock, facts: _Facts) -> Deadline | None:
    starts: datetime | None = None
    ends: datetime | None = None
    if clock.start is not None:
        if clock.start not in facts.chosen:
            return None
        dated = facts.dated.get(clock.start)
        open_ended = dated is not None and dated[1] - dated[0] >= OPEN_ENDED
        if open_ended and facts.questionnaire.questions[clock.start].direction == "future":
            return None  # "later than in 30 days" is no term that may have come
        # An open-ended answer ("longer ago") gives no day to count from.
        if dated is not None and not open_ended:
            earliest = dated[0].astimezone(facts.questionnaire.zone)
            starts, ends = _moments(clock, earliest, dated[1])
    return Deadline(clock.id, clock.title, starts, ends, clock.article, clock.source, clock.verified)


def _moments(clock: Clock, earliest: datetime, latest: datetime) -> tuple[datetime | None, datetime | None]:
    if clock.hours is not None:
        first, last = clock.hours
        return (earliest + timedelta(hours=first) if first else None), earliest + timedelta(hours=last)
    if clock.day is not None:
        last_day = earliest.date() + timedelta(days=clock.day)
        return None, datetime.combine(last_day, time(), earliest.tzinfo) - timedelta(minutes=1)
    if clock.months is not None:
        month = earliest.month - 1 + clock.months
        year, month = earliest.year + month // 12, month % 12 + 1
        day = min(earliest.day, 28)
        return None, earliest.replace(year=year, month=month, day=day)
    return earliest, (None if latest - earliest <= timedelta(hours=1) else latest - timedelta(minutes=1))
