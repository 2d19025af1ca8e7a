"""What a member of staff says of themselves: the languages they speak, their time zone; their hours and days off."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import date
from functools import cache

from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Staff
from bot.telegram import duty, week
from bot.telegram.actions import DESK, Action, expect
from bot.telegram.desk import Desk
from bot.telegram.screens import Button, escape, fold

ZONES = (
    "Asia/Almaty", "Asia/Bishkek", "Asia/Tashkent", "Asia/Tbilisi", "Asia/Yerevan", "Europe/Istanbul",
    "Europe/Belgrade", "Europe/Berlin", "Europe/Warsaw", "Europe/Vilnius", "Europe/London", "America/New_York",
)  # fmt: skip
"""Those on buttons; any other can be typed."""


def show(desk: Desk, one: Staff, _: str = "") -> None:
    """All of it, and a button for whatever can be changed."""
    one = desk.member(one.id)
    language, spoken, shifts = desk.house.language(one.body["language"]), duty.speaks(one), duty.shifts(one)
    there = duty.zone(one)
    now = desk.now.astimezone(there)
    names = [other.name for code, other in desk.house.languages.items() if code in spoken]
    off = [day for day in duty.days_off(one) if day >= now.date()]
    lines = [
        text("I speak: {languages}", languages=", ".join(names) or "—"),
        *(text("Hours: {hours}", hours=week.said(shift)) for shift in shifts),
        *([] if shifts else [text("Hours: always on duty")]),
        text("Time zone: {city}, {time} there now", city=language.city(there.key), time=f"{now:%H:%M}"),
        *([text("Days off: {days}", days=", ".join(_span(*each) for each in week.spans(off)))] if off else []),
        _status(desk, one),
        text("Alerts go first to who is on duty and speaks the person's language."),
    ]
    dropping = [
        [button(language.say(text("Remove: {hours}", hours=week.said(shift))), "me.drop", str(number))]
        for number, shift in enumerate(shifts)
    ]
    rows = [
        [button(ticked(other.name, code in spoken), "me.speak", code) for code, other in desk.house.languages.items()],
        *dropping,
        [button(language.say(text("Add hours")), "me.hours")],
        [button(language.say(text("Time zone")), "me.zone"), button(language.say(text("Days off")), "me.off")],
    ]
    screen(desk, one, (text("My duty"), *lines), rows, view="me=")


def _status(desk: Desk, one: Staff) -> Text:
    if duty.present(one, desk.now) is not None:
        return text("On duty now")
    ahead = [start for start, _ in duty.periods(one, desk.now, desk.now + duty.AHEAD)]
    return text("On duty from: {moment} (Almaty time)", moment=min(ahead)) if ahead else text("Off duty")


def _span(first: date, last: date) -> str:
    return f"{first:%d.%m}" if first == last else f"{first:%d.%m}–{last:%d.%m}"


def _speak(desk: Desk, one: Staff, code: str) -> None:
    """A language more or less, but one stays."""
    if code in desk.house.languages:
        spoken = {*duty.speaks(one)} ^ {code}
        if spoken:
            desk.change(one, {"speaks": [each for each in desk.house.languages if each in spoken]})
    show(desk, one)


def _zone(desk: Desk, one: Staff, words: str) -> None:
    name = _named(words, desk.house.languages.values()) if words else None
    if name is not None:
        desk.change(one, {"zone": name})
        show(desk, one)
    elif words:
        misread(desk, one, "me.zone", "Europe/Berlin")
    else:
        language = desk.house.language(one.body["language"])
        buttons = [button(language.city(zone), "me.zone", zone) for zone in ZONES]
        ask(desk, one, "me.zone", [text("Where are you? Another city can be typed.")], in_rows(buttons, 3))


def _named(words: str, languages: Iterable[Language]) -> str | None:
    """A time zone by its own name, or by its city in any language."""
    folded = fold(words)
    own = next((zone for zone in _every_zone() if folded == fold(zone)), None)
    if own is not None:
        return own
    cities = [zone for zone in _every_zone() if folded == fold(zone.rpartition("/")[2].replace("_", " "))]
    known = [zone for zone in ZONES if any(fold(language.city(zone)) == folded for language in languages)]
    return next(iter([*known, *cities]), None)


@cache
def _every_zone() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/")))


# Screens of one's own ----------------------------------------------------------------------------------


def screen(
    desk: Desk, one: Staff, lines: Iterable[Text], rows: list[list[Button]], *, view: str = ""
) -> None:
    language = desk.house.language(one.body["language"])
    said = [escape(language.say(line)) for line in lines]
    desk.screen(one, ("\n".join([f"<b>{said[0]}</b>", *said[1:]]), rows), view=view)


def ask(desk: Desk, one: Staff, name: str, lines: Iterable[Text], rows: list[list[Button]]) -> None:
    """A question of ``name``: answered by a button or by typing; below is the way back."""
    language = desk.house.language(one.body["language"])
    screen(desk, one, lines, [*rows, [button(language.say(text("Back")), "me")]])
    expect(desk, one, name)


def misread(desk: Desk, one: Staff, name: str, example: str) -> None:
    desk.say(one, text("This can't be read. Please write it like this: {example}", example=example))
    expect(desk, one, name)


def button(label: str, name: str, argument: str = "") -> Button:
    return {"text": label, "callback_data": f"{name}={argument}"}


def ticked(label: str, chosen: bool) -> str:
    return f"✓ {label}" if chosen else label


def in_rows(buttons: list[Button], columns: int) -> list[list[Button]]:
    return [buttons[start : start + columns] for start in range(0, len(buttons), columns)]


ACTIONS = (
    Action("me", DESK, show, typed=True),
    Action("me.speak", DESK, _speak),
    Action("me.zone", DESK, _zone),
)
