"""A member's hours on duty and days off, set by buttons or typed."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.intake.text import Text, text
from bot.store.records import Staff
from bot.telegram import duty, me, week
from bot.telegram.actions import DESK, Action
from bot.telegram.desk import Desk
from bot.telegram.duty import ALL_DAYS, Shift
from bot.telegram.me import button, in_rows, ticked

MOST = 10
AHEAD = 14
"""Days that are offered as days off."""
EXAMPLE = "1-5 9-18"
NONE, WHICH = "none", "-"
_MADE = re.compile(r"([0-9]{1,3})(?:\.(-|[0-9]{1,2})(?:\.([0-9]{1,2}))?)?")
"""Days as the bits of a number, the first hour (``-``: to be asked), the last."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _add(desk: Desk, one: Staff, words: str) -> None:
    """The days, then the first hour, then the last; or all of it typed."""
    made = _MADE.fullmatch(words) if words else _MADE.fullmatch("0")
    if made is None:
        shift = week.shift_of(words, desk.house.languages)
        if shift is None:
            me.misread(desk, one, "me.hours", EXAMPLE)
        else:
            _keep(desk, one, shift)
        return
    mask, first, last = int(made[1]), made[2], made[3]
    days = tuple(day for day in ALL_DAYS if mask >> day & 1)
    if not days or first is None:
        _ask_days(desk, one, days)
    elif first == WHICH:
        _ask_hour(desk, one, f"{mask}", text("From which hour?"), 0)
    elif last is None:
        _ask_hour(desk, one, f"{mask}.{first}", text("Until which hour? An earlier one is on the day after."), 1)
    elif int(first) < 24 and 0 < int(last) <= 24:
        _keep(desk, one, Shift(days, int(first), int(last)))
    else:
        me.show(desk, one)


def _keep(desk: Desk, one: Staff, shift: Shift) -> None:
    known = duty.shifts(one)
    if len(known) < MOST:
        desk.change(one, {"shifts": [each.to_json() for each in dict.fromkeys((*known, shift))]})
    else:
        desk.say(one, text("These are too many. Please remove one first."))
    me.show(desk, one)


def _drop(desk: Desk, one: Staff, number: str) -> None:
    known = list(duty.shifts(one))
    if re.fullmatch("[0-9]", number) and int(number) < len(known):
        del known[int(number)]
        desk.change(one, {"shifts": [each.to_json() for each in known]})
    me.show(desk, one)


def _ask_days(desk: Desk, one: Staff, days: tuple[int, ...]) -> None:
    language = desk.house.language(one.body["language"])
    mask = sum(1 << day for day in days)
    toggles = [
        button(ticked(language.say(name), day in days), "me.hours", str(mask ^ 1 << day))
        for day, name in enumerate(week.DAYS)
    ]
    lines = [text("On which days?"), text("All of it can be typed: {example}", example=EXAMPLE)]
    rows = in_rows(toggles, 4)
    if days:
        rows.append([button(language.say(text("Next")), "me.hours", f"{mask}.{WHICH}")])
    me.ask(desk, one, "me.hours", lines, rows)


def _ask_hour(desk: Desk, one: Staff, chosen: str, question: Text, first: int) -> None:
    hours = [button(week.hour(hour), "me.hours", f"{chosen}.{hour}") for hour in range(first, first + 24)]
    me.ask(desk, one, "me.hours", [question], in_rows(hours, 6))


def _off(desk: Desk, one: Staff, words: str) -> None:
    """A day more or less by its button, a span of days by typing."""
    today = desk.now.astimezone(duty.zone(one)).date()
    before = {day for day in duty.days_off(one) if day >= today}
    ahead = {str(day): day for day in (today + timedelta(days=step) for step in range(AHEAD))}
    typed = frozenset() if words in ahead or words in ("", NONE) else week.days_of(words, today)
    if words in ahead:
        off = before ^ {ahead[words]}
    elif words == NONE:
        off = set()
    else:
        off = before | typed
    if words and off == before and not typed:
        example = f"{today:%d.%m}-{today + timedelta(days=2):%d.%m}"
        me.misread(desk, one, "me.off", example)
        return
    if off != before:
        one = desk.change(one, {"off": sorted(map(str, off))})
    _ask_off(desk, one, list(ahead.values()), off)


def _ask_off(desk: Desk, one: Staff, ahead: list[date], off: set[date]) -> None:
    language = desk.house.language(one.body["language"])
    toggles = [
        button(ticked(f"{language.say(week.DAYS[day.weekday()])} {day:%d.%m}", day in off), "me.off", str(day))
        for day in ahead
    ]
    rows = in_rows(toggles, 3)
    if off:
        rows.append([button(language.say(text("No days off")), "me.off", NONE)])
    example = f"{ahead[0]:%d.%m}-{ahead[2]:%d.%m}"
    lines = [text("Which days are free?"), text("A span of days can be typed: {example}", example=example)]
    me.ask(desk, one, "me.off", lines, rows)


ACTIONS = (
    Action("me.hours", DESK, _add),
    Action("me.drop", DESK, _drop),
    Action("me.off", DESK, _off),
)
