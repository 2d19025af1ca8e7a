"""Who covers which language in the next 24 hours, at a glance."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Staff
from bot.telegram import duty
from bot.telegram.actions import DESK, Action
from bot.telegram.alerts import language_name
from bot.telegram.desk import Desk
from bot.telegram.duty import Period
from bot.telegram.screens import escape

SPAN = timedelta(hours=24)


def _show(desk: Desk, one: Staff, _: str) -> None:
    """The gaps first, in bold."""
    language = desk.house.language(one.body["language"])
    title = text("On duty in the next 24 hours (Almaty time)")
    lines = [f"<b>{escape(language.say(title))}</b>"]
    for code in desk.house.languages:
        found = duty.gaps(desk.staff, code, desk.now, desk.now + SPAN)
        said = escape(language.say(_coverage(desk, code, found)))
        lines.append(f"<b>{said}</b>" if found else said)
    lines.append("")
    lines += [escape(language.say(_line(desk, each, language))) for each in duty.crew(desk.staff)]
    desk.screen(one, ("\n".join(lines), []), view="duty=")


def _coverage(desk: Desk, code: str, found: list[Period]) -> Text:
    name = language_name(desk.house.questionnaire, code)
    if not found:
        return text("{language}: somebody at every hour", language=name)
    if found == [(desk.now, desk.now + SPAN)]:
        return text("{language}: nobody at all", language=name)
    spans = ", ".join(f"{_clock(desk, start)}–{_clock(desk, end)}" for start, end in found)
    return text("{language}: nobody {spans}", language=name, spans=spans)


def _line(desk: Desk, one: Staff, language: Language) -> Text:
    name = one.body.get("name") or "—"
    spoken = ", ".join(language.say(language_name(desk.house.questionnaire, code)) for code in duty.speaks(one)) or "—"
    return text("{name}: {languages} · {when}", name=name, languages=spoken, when=_when(desk, one))


def _when(desk: Desk, one: Staff) -> Text:
    if duty.missing(one, desk.now):
        return text("does not answer")
    ahead = duty.periods(one, desk.now, desk.now + duty.AHEAD)
    if not ahead:
        return text("off duty")
    start, end = ahead[0]
    if start > desk.now:
        return text("from {moment}", moment=start)
    return text("until {moment}", moment=end) if end < desk.now + SPAN else text("on duty")


def _clock(desk: Desk, moment: datetime) -> str:
    return f"{moment.astimezone(desk.house.questionnaire.zone):%H:%M}"


ACTIONS = (Action("duty", DESK, _show, typed=True),)
