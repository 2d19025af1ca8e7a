"""What staff are told of a case, in their own language: alerts, the holder's card, the summary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.intake.questionnaire import Questionnaire
from bot.intake.summary import REASONS, URGENCIES, Line, latest, summarise
from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.records import Case
from bot.telegram import spans
from bot.telegram.desk import House
from bot.telegram.screens import Button, escape, pages

Message = tuple[str, list[list[Button]]]
LONGEST_COPY = 256
"""Characters that Telegram copies at a press; a number cut short would be a wrong one."""
NO_ADVICE = text("For the coordinator only, not legal advice.")


def alert(questionnaire: Questionnaire, head: Mapping[str, Any], case: bytes, language: Language, now: int) -> Message:
    """The standard alert: urgency, reason, deadlines, place, language, hours and number."""
    lines = [f"<b>{escape(language.say(urgency(head)))}</b>"]
    deadlines = [_running(questionnaire, one, now) for one in spans.nearest(head["deadlines"], now)]
    lines += [escape(language.say(line)) for line in facts(questionnaire, head, deadlines)]
    return "\n".join(lines), [[{"text": language.say(text("Take")), "callback_data": f"take={case.hex()}"}]]


def urgency(head: Mapping[str, Any]) -> Text:
    """With its reasons."""
    reasons: Text | str = ""
    for reason in head["reasons"]:
        reasons = text("{one} · {other}", one=reasons, other=REASONS[reason]) if reasons else REASONS[reason]
    return text("{urgency}: {reasons}", urgency=URGENCIES[head["urgency"]], reasons=reasons)


def facts(questionnaire: Questionnaire, head: Mapping[str, Any], deadlines: Iterable[Text]) -> list[Text]:
    """What an alert says of a case, its deadlines first, its number last."""
    lines = [*deadlines]
    lines.append(text("Written: {moment}", moment=moment(head["times"]["written"])))
    if "unfinished" in head["flags"]:
        lines.append(text("The intake is unfinished"))
    if "erase" in head["times"]:
        lines += _erasing(head)
    if "coerced" in head["flags"]:
        lines.append(text("Kept: the writer may have been forced to erase it"))
    if "unreachable" in head["flags"]:
        lines.append(text("The bot can't write to this person"))
    lines.append(text("Place: {place}", place=place(questionnaire, head["place"])))
    lines.append(text("Language: {language}", language=language_name(questionnaire, head["language"])))
    writes = text("for themselves") if head["self"] else text("for another person")
    lines.append(text("Writes: {who}", who=writes))
    lines += safe_hours(questionnaire, head)
    lines.append(text("Case: {code}", code=head["code"]))
    return lines


def safe_hours(questionnaire: Questionnaire, head: Mapping[str, Any]) -> list[Text]:
    """When the person may be reached; nothing where they chose none."""
    hours = questionnaire.questions.get("hours")
    labels = [option.label for option in (hours.options if hours else ()) if option.id in head["hours"]]
    return [text("Safe hours: {hours}", hours=text(label)) for label in labels]


def deadline(questionnaire: Questionnaire, one: Mapping[str, Any]) -> Text:
    clock = next((clock for clock in questionnaire.clocks if clock.id == one["clock"]), None)
    title = text(clock.title) if clock else text("Deadline")
    starts, ends = one["starts"], one["ends"]
    if starts and ends:
        return text("{title}: {starts} – {ends}", title=title, starts=moment(starts), ends=moment(ends))
    if starts or ends:
        return text("{title}: {moment}", title=title, moment=moment(starts or ends))
    return title


def _running(questionnaire: Questionnaire, one: Mapping[str, Any], now: int) -> Text:
    """A deadline; of one that is past it is said."""
    said = deadline(questionnaire, one)
    return text("{deadline} · over", deadline=said) if spans.is_over(one, now) else said


def place(questionnaire: Questionnaire, place: Mapping[str, str]) -> Text:
    """The city, or the kind of custody where no city was chosen."""
    for question in ("where", "custody"):
        asked = questionnaire.questions.get(question)
        option = asked.option(place.get(question, "")) if asked is not None else None
        if option is not None:
            return text(option.label)
    return text("not known")


def language_name(questionnaire: Questionnaire, code: str) -> Text:
    """A language by the name that the reader calls it."""
    return next((one.called for one in questionnaire.languages if one.code == code), text("{code}", code=code))


def moment(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


def discreet(language: Language) -> Message:
    """The one constant text with its one constant button."""
    return language.say(text("Something new has come in.")), [
        [{"text": language.say(text("Open")), "callback_data": "next=-"}]
    ]


def waiting(house: House, case: Case, language: Language, now: int) -> Message:
    """The alert of a case that nobody holds, in as much detail as the house gives."""
    return discreet(language) if house.discreet else alert(house.questionnaire, case.head, case.id, language, now)


def taken(head: Mapping[str, Any], name: str, language: Language) -> Message:
    """What the others are told."""
    line = text(
        "{code}: taken by {name}, {moment}",
        code=head["code"],
        name=name,
        moment=moment(head["times"]["taken"]),
    )
    return escape(language.say(line)), []


def card(
    questionnaire: Questionnaire,
    head: Mapping[str, Any],
    case: bytes,
    language: Language,
    now: int,
    linked: Sequence[str] = (),
) -> Message:
    """What the holder keeps. ``linked``: numbers of cases that are held to be about the same person."""
    said, _ = alert(questionnaire, head, case, language, now)
    lines = [escape(language.say(line)) for line in (*links_of(linked), text("This case is yours."))]
    return "\n\n".join([said, *lines]), to_act(head, case, language)


def links_of(codes: Sequence[str]) -> list[Text]:
    return [text("Linked cases: {codes}", codes=" · ".join(codes))] if codes else []


def news(head: Mapping[str, Any], case: bytes, language: Language) -> Message:
    """A new place, paper, date or message, for the holder."""
    said = escape(language.say(text("{code}: there is something new", code=head["code"])))
    return said, to_act(head, case, language)


def offer(case: Case, name: str, language: Language) -> Message:
    """A colleague asks whether one takes a case from them; its card says the rest."""
    lines = [text("Case: {code}", code=case.head["code"]), text("Offered to you by: {name}", name=name)]
    answers = {"accept": text("Accept"), "decline": text("Decline"), "case": text("Case card")}
    buttons = [
        {"text": language.say(label), "callback_data": f"{answer}={case.id.hex()}"} for answer, label in answers.items()
    ]
    return "\n".join(escape(language.say(line)) for line in lines), [buttons[:2], buttons[2:]]


def erasing(head: Mapping[str, Any], case: bytes, language: Language) -> Message:
    """The writer asked to erase the case: the holder may stop it."""
    lines = [text("Case: {code}", code=head["code"]), *_erasing(head)]
    lines.append(text("If somebody else may have pressed it, keep the case."))
    return "\n".join(escape(language.say(line)) for line in lines), to_act(head, case, language)


def silent(head: Mapping[str, Any], case: bytes, goes: int, language: Language) -> Message:
    """Asks whether a case without contact is still needed."""
    lines = [
        text("Case: {code}", code=head["code"]),
        text("Nothing has been heard of it for a long time."),
        text("It will be erased: {moment}", moment=moment(goes)),
    ]
    answers = {"stay": text("Keep it"), "gone": text("Let it go")}
    buttons = [
        {"text": language.say(label), "callback_data": f"{answer}={case.hex()}"} for answer, label in answers.items()
    ]
    return "\n".join(escape(language.say(line)) for line in lines), [buttons]


def _erasing(head: Mapping[str, Any]) -> list[Text]:
    return [
        text("The writer asked to erase it"),
        text("It will be erased: {moment}", moment=moment(head["times"]["erase"])),
    ]


def to_act(head: Mapping[str, Any], case: bytes, language: Language) -> list[list[Button]]:
    rows = [[*_open(case, language), to_write(case, language)]]
    if "erase" in head["times"]:
        forced = language.say(text("They may have been forced"))
        rows.append([{"text": forced, "callback_data": f"coerced={case.hex()}"}])
    return rows


def to_write(case: bytes, language: Language) -> Button:
    return {"text": language.say(text("Write")), "callback_data": f"write={case.hex()}"}


def _open(case: bytes, language: Language) -> list[Button]:
    return [
        {"text": language.say(text("Open")), "callback_data": f"open={case.hex()}"},
        to_card(case, language),
    ]


def to_card(case: bytes, language: Language) -> Button:
    return {"text": language.say(text("Case card")), "callback_data": f"case={case.hex()}"}


def summary(
    questionnaire: Questionnaire,
    case: Case,
    entries: Iterable[Mapping[str, Any]],
    language: Language,
    unopened: int = 0,
    linked: Sequence[str] = (),
) -> list[str]:
    """The whole case as one or more messages; the person's own words stand as code, so that nothing in them acts.

    ``unopened``: how many entries are missing from it, because they do not open here.
    """
    head = case.head
    first = [f"<b>{escape(language.say(text('Case: {code}', code=head['code'])))}</b>"]
    first += [escape(language.say(line)) for line in (*_known(questionnaire, head), *links_of(linked))]
    if unopened:
        first.append(escape(language.say(text("Parts that do not open here and are missing: {count}", count=unopened))))
    first.append(escape(language.say(NO_ADVICE)))
    return pages([*first, "", *(row(line, language) for line in summarise(questionnaire, entries))])


def contact(entries: Iterable[Mapping[str, Any]], language: Language) -> list[list[Button]]:
    """How to reach them, to be copied at a press."""
    given = {answer.question: answer.text for answer in latest(entries)[0]}
    labels = {"contact": text("Copy the contact"), "trusted": text("Copy the trusted contact")}
    return [
        [{"text": language.say(label), "copy_text": {"text": given[question]}}]
        for question, label in labels.items()
        if 0 < len(given.get(question, "")) <= LONGEST_COPY
    ]


def outline(questionnaire: Questionnaire, head: Mapping[str, Any]) -> list[Text]:
    """What stands above the answers of a case where they are printed."""
    lines = [text("{title}: {value}", title=text("Urgency"), value=URGENCIES[head["urgency"]])]
    lines += [text("{title}: {value}", title=text("Reason"), value=REASONS[one]) for one in head["reasons"]]
    return [*lines, *_known(questionnaire, head), NO_ADVICE]


def _known(questionnaire: Questionnaire, head: Mapping[str, Any]) -> list[Text]:
    """All that the head tells, but the number of the case; then on what its legal clocks rest."""
    deadlines = [deadline(questionnaire, one) for one in head["deadlines"]]
    named = {one["clock"] for one in head["deadlines"]}
    return facts(questionnaire, head, deadlines)[:-1] + [
        text(
            "{title}: {article}, {mark}",
            title=text(clock.title),
            article=text(clock.article),
            mark=text("verified") if clock.verified else text("unverified"),
        )
        for clock in questionnaire.clocks
        if clock.id in named
    ]


def row(line: Line, language: Language) -> str:
    said = ", ".join(escape(language.say(value)) for value in line.values)
    words = f"<code>{escape(line.words)}</code>" if line.words else ""
    return f"<b>{escape(language.say(line.title))}:</b> {' '.join(part for part in (said, words) if part)}"
