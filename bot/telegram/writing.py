"""A coordinator writes to a person: a message or a phrase, seen in full before it goes out.

What is typed stands in a timer of the outbox, under the day's key: when it goes off, after five minutes, it is gone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bot.intake import hours, letters
from bot.intake.letters import CALL, Letter
from bot.intake.text import Text, text
from bot.intake.typed import clean
from bot.languages import Language
from bot.store.records import Act, Case, Chat, Priority, Staff
from bot.telegram import alerts, person, relay
from bot.telegram.casework import CLOSED, priority_of, renew
from bot.telegram.desk import Desk, new_id
from bot.telegram.screens import Button, escape
from bot.telegram.updates import Other, Wrote

WITHIN = 5 * 60
"""Seconds from one step of writing to the next."""
HOURS_SHOWN, IN_A_ROW = 12, 4
NOT_YOURS = text("No such case, or it is not yours.")
OVER = text("The time to write is over. Nothing was sent.")


@dataclass(frozen=True)
class Draft:
    """What is to be sent, once it is pressed; ids in hex."""

    id: str
    staff: str
    case: str
    slot: str
    words: str = ""
    phrase: str = ""
    hour: int = 0

    @property
    def said(self) -> Text | None:
        return letters.said(self.words, self.phrase, self.hour) if self.words or self.phrase else None


def begin(desk: Desk, one: Staff, case: Case | None) -> None:
    """*Write* was pressed: the phrases to choose from; or type."""
    if case is None or not _holds(one, case):
        desk.say(one, NOT_YOURS)
        return
    chat = _chat_of(desk, case)
    if chat is None:
        desk.say(one, text("{code}: there is no way to this person any more.", code=case.head["code"]))
        return
    _drop(desk, one)
    slot = desk.staff_slot(one, case.id, "draft")
    draft = Draft(new_id().hex(), one.id.hex(), case.id.hex(), slot.hex())
    desk.change(one, {"writing": draft.id})
    _keep(desk, one, draft, case, _prompt(desk, one, draft, case, chat))


def take(desk: Desk, one: Staff, update: Wrote | Other) -> bool:
    """What the coordinator typed, if they are writing; outside of that it goes nowhere."""
    if not desk.member(one.id).body.get("writing") or (isinstance(update, Wrote) and update.text.startswith("/")):
        return False
    if not isinstance(update, Wrote):
        desk.say(one, text("Only text can be sent."))
        return True
    found = _current(desk, one)
    if found is None:
        return True
    draft, case, chat = found
    words = clean(update.text)
    written = replace(draft, words=f"{draft.words}\n{words}" if draft.words else words, phrase="", hour=0)
    if letters.too_long(written.words):
        _refuse(desk, one, draft, case)
    elif words:
        _keep(desk, one, written, case, _preview(desk, one, written, case, chat))
    return True


def choose(desk: Desk, one: Staff, value: str) -> None:
    """A phrase was pressed, or the hour that it names."""
    draft_id, _, choice = value.partition(".")
    phrase, _, hour = choice.partition(".")
    found = _current(desk, one, draft_id)
    if found is None:
        return
    draft, case, chat = found
    if phrase not in letters.offered(case.head["urgency"], case.head["hours"]):
        return
    if phrase != CALL:
        chosen = replace(draft, words="", phrase=phrase, hour=0)
        _keep(desk, one, chosen, case, _preview(desk, one, chosen, case, chat))
    elif not hour:
        _keep(desk, one, draft, case, _hours(desk, one, draft, case))
    elif hour in [str(each) for each in _safe(desk, case)]:
        chosen = replace(draft, words="", phrase=phrase, hour=int(hour))
        _keep(desk, one, chosen, case, _preview(desk, one, chosen, case, chat))


def send(desk: Desk, one: Staff, value: str) -> None:
    """The draft becomes a letter, and an entry of the case."""
    found = _current(desk, one, value)
    if found is None:
        return
    draft, case, chat = found
    if draft.said is None:
        return
    letter = Letter(draft.id, draft.case, desk.unix, draft.words, draft.phrase, draft.hour)
    before = person.state_of(chat).letters
    if letters.unopened(before) >= letters.UNOPENED:
        full = text("Messages that this person has not opened yet: {count}. Please wait.", count=letters.UNOPENED)
        desk.say(one, full)
        return
    body = {"to": letter.words, "phrase": letter.phrase, "hour": letter.hour, "at": letter.at}
    desk.work.append_entry(case.id, body, desk.house.questionnaire.entry_size)
    desk.work.note(desk.work.actor(one.user), Act.WRITE, case.id)
    case = renew(desk, case)
    _drop(desk, one)
    relay.sweep(desk, case, before)
    person.tell(desk, chat, letter)


def cancel(desk: Desk, one: Staff, value: str) -> None:
    if value == desk.member(one.id).body.get("writing"):
        _drop(desk, one)


# The draft -------------------------------------------------------------------------------------------


def _holds(one: Staff, case: Case) -> bool:
    return bool(case.head["holder"] == one.id.hex() and case.head["state"] != CLOSED)


def _chat_of(desk: Desk, case: Case) -> Chat | None:
    """The chat that the case came from, unless its person has erased it or begun anew since."""
    chat = desk.chat(case.chat) if case.chat is not None else None
    return chat if chat is not None and case.id.hex() in chat.address["cases"] else None


def _current(desk: Desk, one: Staff, wanted: str = "") -> tuple[Draft, Case, Chat] | None:
    """What this coordinator is writing, if it still may be sent; a short word where it may not."""
    known = desk.member(one.id).body.get("writing", "")
    row = desk.row(bytes.fromhex(known)) if known and wanted in ("", known) else None
    if row is None or row.not_before <= desk.unix:
        desk.say(one, OVER)
        if not wanted or wanted == known:
            _drop(desk, one)
        return None
    draft = Draft(**{name: value for name, value in row.body.items() if name != "do"})
    case = desk.work.load_cases([bytes.fromhex(draft.case)]).get(bytes.fromhex(draft.case))
    chat = _chat_of(desk, case) if case is not None and _holds(one, case) else None
    if case is None or chat is None:
        _drop(desk, one)
        desk.say(one, NOT_YOURS)
        return None
    return draft, case, chat


def _keep(desk: Desk, one: Staff, draft: Draft, case: Case, said: alerts.Message) -> None:
    body, slot = {"do": "draft", **asdict(draft)}, bytes.fromhex(draft.slot)
    desk.put(body, Priority.WAKE, row=bytes.fromhex(draft.id), not_before=desk.unix + WITHIN)
    desk.show(slot, one.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)
    desk.remove(slot, one.user, after=WITHIN, case=case.id)


def _drop(desk: Desk, one: Staff) -> None:
    """The draft and its message go at once."""
    known = desk.member(one.id).body.get("writing")
    if not known:
        return
    row = desk.row(bytes.fromhex(known))
    if row is not None:
        desk.remove(bytes.fromhex(row.body["slot"]), one.user, case=bytes.fromhex(row.body["case"]))
        desk.cancel(row.id)
    desk.change(one, {"writing": ""})


def _refuse(desk: Desk, one: Staff, draft: Draft, case: Case) -> None:
    """Told before anything is cut: Telegram brings a very long text in pieces, and none of them is a message."""
    _drop(desk, one)
    language = desk.house.language(one.body["language"])
    limit = text("That is too long. Longest text, in characters: {limit}", limit=letters.LONGEST_LETTER)
    lines = [text("To: {code}", code=case.head["code"]), limit, text("Nothing was sent.")]
    said = "\n".join(escape(language.say(line)) for line in lines)
    slot = desk.staff_slot(one, case.id, "draft")
    buttons = [[alerts.to_write(case.id, language)]]
    desk.show(slot, one.user, (said, buttons), Priority.REPLY, case=case.id, fresh=True, protect=True)
    desk.remove(slot, one.user, after=WITHIN, case=case.id)


# What the coordinator sees ---------------------------------------------------------------------------


def _prompt(desk: Desk, one: Staff, draft: Draft, case: Case, chat: Chat) -> alerts.Message:
    language = desk.house.language(one.body["language"])
    phrases = letters.offered(case.head["urgency"], case.head["hours"])
    lines = [
        *_facts(desk, one, case, chat),
        text("Write your message, or choose a phrase. You see it once more before it goes out."),
        text("A phrase goes out in their language; what you write goes out as it is."),
    ]
    labels = [text("A call at an hour to be chosen") if one == CALL else letters.PHRASES[one] for one in phrases]
    listed = [f"{number}. {escape(language.say(label))}" for number, label in enumerate(labels, 1)]
    numbered: list[Button] = [
        {"text": str(number), "callback_data": f"say={draft.id}.{phrase}"} for number, phrase in enumerate(phrases, 1)
    ]
    said = [escape(language.say(line)) for line in lines]
    return "\n".join([f"<b>{said[0]}</b>", *said[1:], "", *listed]), [numbered, [_cancel(draft, language)]]


def _hours(desk: Desk, one: Staff, draft: Draft, case: Case) -> alerts.Message:
    language, zone = desk.house.language(one.body["language"]), desk.house.questionnaire.zone
    buttons: list[Button] = [
        {"text": f"{datetime.fromtimestamp(hour, zone):%H:%M}", "callback_data": f"say={draft.id}.{CALL}.{hour}"}
        for hour in _safe(desk, case)
    ]
    rows = [buttons[start : start + IN_A_ROW] for start in range(0, len(buttons), IN_A_ROW)]
    lines = [text("To: {code}", code=case.head["code"]), text("At which of their safe hours? (Almaty time)")]
    said = [escape(language.say(line)) for line in lines]
    return "\n".join([f"<b>{said[0]}</b>", *said[1:]]), [*rows, [_cancel(draft, language)]]


def _preview(desk: Desk, one: Staff, draft: Draft, case: Case, chat: Chat) -> alerts.Message:
    language = desk.house.language(one.body["language"])
    assert draft.said is not None
    said = [escape(language.say(line)) for line in _facts(desk, one, case, chat)]
    content = f"<code>{escape(language.say(draft.said))}</code>"
    sending: Button = {"text": language.say(text("Send")), "callback_data": f"send={draft.id}"}
    return "\n".join([f"<b>{said[0]}</b>", *said[1:], "", content]), [[sending, _cancel(draft, language)]]


def _facts(desk: Desk, one: Staff, case: Case, chat: Chat) -> list[Text]:
    """To whom it goes, in which language they read, and what it will have to wait for."""
    reads: str = chat.address.get("language") or case.head["language"]
    lines = [
        text("To: {code}", code=case.head["code"]),
        text("They read: {language}", language=alerts.language_name(reads)),
    ]
    wait = relay.hindrance(desk, case.head, chat.address, person.state_of(chat))
    if wait:
        letter = Letter(id="", case=case.id.hex(), at=desk.unix, wait=wait)
        lines.append(text("If it is sent now: {status}", status=relay.status(desk, case.head, letter)))
    return lines


def _safe(desk: Desk, case: Case) -> list[int]:
    local = desk.now.astimezone(desk.house.questionnaire.zone)
    return [int(hour.timestamp()) for hour in hours.following(case.head["hours"], local, HOURS_SHOWN)]


def _cancel(draft: Draft, language: Language) -> Button:
    return {"text": language.say(text("Cancel")), "callback_data": f"cancel={draft.id}"}
