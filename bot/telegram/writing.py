"""The holder of a case writes to its person: a message or a phrase, seen in full before it goes out.

What is typed stands in a timer of the outbox, under the day's key: when it goes off, after five minutes, it is gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bot.intake import hours, letters
from bot.intake.letters import CALL, Letter
from bot.intake.text import Text, text
from bot.intake.typed import clean
from bot.languages import Language
from bot.store.records import Act, Case, Chat, Priority, Staff
from bot.telegram import address, alerts, person, relay
from bot.telegram.actions import EXPECTED_FOR, HOLDER, CaseAction, expect
from bot.telegram.casework import priority_of, renew
from bot.telegram.desk import Desk, new_id
from bot.telegram.screens import Button, escape

HOURS_SHOWN, IN_A_ROW = 12, 4


@dataclass(frozen=True)
class Draft:
    """What is to be sent, once it is pressed; ids in hex."""

    id: str
    case: str
    slot: str
    words: str = ""
    phrase: str = ""
    hour: int = 0

    @property
    def said(self) -> Text | None:
        return letters.said(self.words, self.phrase, self.hour) if self.words or self.phrase else None

    @property
    def mark(self) -> str:
        """Tells one version of it from another."""
        content = "\0".join((self.id, self.phrase, str(self.hour), self.words))
        return hashlib.sha256(content.encode()).hexdigest()[:8]


def _begin(desk: Desk, one: Staff, case: Case, words: str) -> None:
    """*Write* was pressed: the phrases to choose from, or type. What stands behind the command is typed already."""
    chat = _chat_of(desk, case)
    if chat is None:
        desk.say(one, text("{code}: there is no way to this person any more.", code=case.head["code"]))
        return
    drop(desk, one)
    slot = desk.staff_slot(one, case.id, "draft")
    draft = Draft(new_id().hex(), case.id.hex(), slot.hex())
    desk.change(one, {"writing": draft.id})
    _keep(desk, one, draft, case, _prompt(desk, one, case, chat))
    if words:
        _write(desk, one, case, words)


def _write(desk: Desk, one: Staff, case: Case, words: str) -> None:
    """The words typed, or more of them."""
    found = _current(desk, one, case)
    if found is None:
        return
    draft, chat = found
    words = clean(words)
    written = replace(draft, words=f"{draft.words}\n{words}" if draft.words else words, phrase="", hour=0)
    if letters.too_long(written.words):
        _refuse(desk, one, case)
    elif written.words:
        _keep(desk, one, written, case, _preview(desk, one, written, case, chat))


def _choose(desk: Desk, one: Staff, case: Case, choice: str) -> None:
    """A phrase was pressed, or the hour that it names."""
    phrase, _, hour = choice.partition(".")
    found = _current(desk, one, case)
    if found is None or phrase not in letters.offered(case.head["urgency"], case.head["hours"]):
        return
    draft, chat = found
    if phrase == CALL and not hour:
        _keep(desk, one, draft, case, _hours(desk, one, case))
    elif phrase != CALL or hour in [str(each) for each in _safe(desk, case)]:
        chosen = replace(draft, words="", phrase=phrase, hour=int(hour) if phrase == CALL else 0)
        _keep(desk, one, chosen, case, _preview(desk, one, chosen, case, chat))


def _send(desk: Desk, one: Staff, case: Case, seen: str) -> None:
    """The draft, if it is the one that was seen, becomes a letter, and an entry of the case."""
    found = _current(desk, one, case)
    if found is None:
        return
    draft, chat = found
    if draft.said is None or seen != draft.mark:
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
    drop(desk, one)
    relay.sweep(desk, case, before)
    person.tell(desk, chat, letter)


def _cancel(desk: Desk, one: Staff, case: Case, _: str) -> None:
    if _current(desk, one, case) is not None:
        drop(desk, one)


# The draft -------------------------------------------------------------------------------------------


def _chat_of(desk: Desk, case: Case) -> Chat | None:
    """The chat that the case came from, unless its person has taken it out of there."""
    chat = desk.chat(case.chat) if case.chat is not None else None
    return chat if chat is not None and address.is_of(chat, case) else None


def _current(desk: Desk, one: Staff, case: Case) -> tuple[Draft, Chat] | None:
    """What this member is writing to the person of this case; a short word where it may not be sent any more."""
    known, chat = desk.member(one.id).body.get("writing"), _chat_of(desk, case)
    row = desk.row(bytes.fromhex(known)) if known else None
    if row is None or row.not_before <= desk.unix or row.body["case"] != case.id.hex() or chat is None:
        desk.say(one, text("The time to write is over. Nothing was sent."))
        return None
    return Draft(**{name: value for name, value in row.body.items() if name != "do"}), chat


def _keep(desk: Desk, one: Staff, draft: Draft, case: Case, said: alerts.Message) -> None:
    body, slot = {"do": "draft", **asdict(draft)}, bytes.fromhex(draft.slot)
    desk.put(body, Priority.WAKE, row=bytes.fromhex(draft.id), not_before=desk.unix + EXPECTED_FOR)
    desk.show(slot, one.user, said, priority_of(case.head), case=case.id, fresh=True, protect=True)
    desk.remove(slot, one.user, after=EXPECTED_FOR, case=case.id)
    expect(desk, one, "words", case)


def drop(desk: Desk, one: Staff) -> None:
    """The draft and its message go at once."""
    known = desk.member(one.id).body.get("writing")
    row = desk.row(bytes.fromhex(known)) if known else None
    if row is not None:
        desk.remove(bytes.fromhex(row.body["slot"]), one.user, case=bytes.fromhex(row.body["case"]))
        desk.cancel(row.id)
    desk.change(one, {"writing": None, "expected": None})


def _refuse(desk: Desk, one: Staff, case: Case) -> None:
    """Told before anything is cut: Telegram brings a very long text in pieces, and none of them is a message."""
    drop(desk, one)
    language = desk.house.language(one.body["language"])
    limit = text("That is too long. Longest text, in characters: {limit}", limit=letters.LONGEST_LETTER)
    lines = [text("To: {code}", code=case.head["code"]), limit, text("Nothing was sent.")]
    said = "\n".join(escape(language.say(line)) for line in lines)
    slot = desk.staff_slot(one, case.id, "draft")
    buttons = [[alerts.to_write(case.id, language)]]
    desk.show(slot, one.user, (said, buttons), Priority.REPLY, case=case.id, fresh=True, protect=True)
    desk.remove(slot, one.user, after=EXPECTED_FOR, case=case.id)


# What the coordinator sees ---------------------------------------------------------------------------


def _prompt(desk: Desk, one: Staff, case: Case, chat: Chat) -> alerts.Message:
    language = desk.house.language(one.body["language"])
    phrases = letters.offered(case.head["urgency"], case.head["hours"])
    lines = [
        *_facts(desk, one, case, chat),
        text("Write your message, or choose a phrase. You see it once more before it goes out."),
        text("A phrase goes out in their language; what you write goes out as it is."),
    ]
    labels = [text("A call at an hour to be chosen") if one == CALL else letters.PHRASES[one] for one in phrases]
    listed = [f"{number}. {escape(language.say(label))}" for number, label in enumerate(labels, 1)]
    numbered = [_button("say", case, str(number), phrase) for number, phrase in enumerate(phrases, 1)]
    said = [escape(language.say(line)) for line in lines]
    return "\n".join([f"<b>{said[0]}</b>", *said[1:], "", *listed]), [numbered, [_to_cancel(case, language)]]


def _hours(desk: Desk, one: Staff, case: Case) -> alerts.Message:
    language, zone = desk.house.language(one.body["language"]), desk.house.questionnaire.zone
    buttons = [
        _button("say", case, f"{datetime.fromtimestamp(hour, zone):%H:%M}", f"{CALL}.{hour}")
        for hour in _safe(desk, case)
    ]
    rows = [buttons[start : start + IN_A_ROW] for start in range(0, len(buttons), IN_A_ROW)]
    lines = [text("To: {code}", code=case.head["code"]), text("At which of their safe hours? (Almaty time)")]
    said = [escape(language.say(line)) for line in lines]
    return "\n".join([f"<b>{said[0]}</b>", *said[1:]]), [*rows, [_to_cancel(case, language)]]


def _preview(desk: Desk, one: Staff, draft: Draft, case: Case, chat: Chat) -> alerts.Message:
    language = desk.house.language(one.body["language"])
    assert draft.said is not None
    said = [escape(language.say(line)) for line in _facts(desk, one, case, chat)]
    content = f"<code>{escape(language.say(draft.said))}</code>"
    sending = _button("send", case, language.say(text("Send")), draft.mark)
    return "\n".join([f"<b>{said[0]}</b>", *said[1:], "", content]), [[sending, _to_cancel(case, language)]]


def _facts(desk: Desk, one: Staff, case: Case, chat: Chat) -> list[Text]:
    """To whom it goes, in which language they read, and what it will have to wait for."""
    reads: str = chat.address.get("language") or case.head["language"]
    lines = [
        text("To: {code}", code=case.head["code"]),
        text("They read: {language}", language=alerts.language_name(desk.house.questionnaire, reads)),
    ]
    wait = relay.hindrance(desk, case, chat.address, person.state_of(chat))
    if wait:
        letter = Letter(id="", case=case.id.hex(), at=desk.unix, wait=wait)
        lines.append(text("If it is sent now: {status}", status=relay.status(desk, case.head, letter)))
    return lines


def _safe(desk: Desk, case: Case) -> list[int]:
    local = desk.now.astimezone(desk.house.questionnaire.zone)
    return [int(hour.timestamp()) for hour in hours.following(case.head["hours"], local, HOURS_SHOWN)]


def _button(action: str, case: Case, label: str, argument: str = "") -> Button:
    return {"text": label, "callback_data": f"{action}={case.id.hex()}{'.' if argument else ''}{argument}"}


def _to_cancel(case: Case, language: Language) -> Button:
    return _button("cancel", case, language.say(text("Cancel")))


ACTIONS = (
    CaseAction("write", HOLDER, _begin, typed=True, label=text("Write")),
    CaseAction("words", HOLDER, _write),
    CaseAction("say", HOLDER, _choose),
    CaseAction("send", HOLDER, _send),
    CaseAction("cancel", HOLDER, _cancel),
)
