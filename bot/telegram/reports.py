"""What administrators are told of the keys, the clock and the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from bot.intake.text import Text, Value, text
from bot.languages import Language
from bot.store.audit import HOUSE, SHELL
from bot.store.records import Act, Case, KeyCount
from bot.telegram import alarms
from bot.telegram.alerts import Message
from bot.telegram.casework import PERSON
from bot.telegram.desk import Desk
from bot.telegram.screens import Button, escape
from bot.vault import Custody, Kind, State

AUDIT_SHOWN = 15
KINDS = {
    Kind.CASE: text("case key"),
    Kind.SERVER: text("server key"),
    Kind.INDEX: text("index key"),
    Kind.DAY_FILE: text("day-file key"),
    Kind.RETURN: text("return key"),
}
STATES = {State.ACTIVE: text("active"), State.RETIRED: text("retired")}
ACTS = {
    Act.READ: text("case opened"),
    Act.TAKE: text("case taken"),
    Act.NOTE: text("note added"),
    Act.CHANGE: text("change told"),
    Act.LINK: text("case linked"),
    Act.UNLINK: text("case unlinked"),
    Act.WRITE: text("written to the person"),
    Act.EXPORT: text("case exported"),
    Act.BUNDLE: text("case bundled for a lawyer"),
    Act.DRAFT_HANDOVER: text("case note drafted"),
    Act.DRAFT_HRC: text("complaint to the Human Rights Committee drafted"),
    Act.DRAFT_APPEAL: text("appeal to the Supreme Court drafted"),
    Act.DRAFT_CAT: text("complaint to the Committee against Torture drafted"),
    Act.DRAFT_SPECIAL: text("urgent appeal to the UN drafted"),
    Act.DRAFT_ASYLUM: text("asylum application drafted"),
    Act.COUNT: text("answers counted"),
    Act.CLOSE: text("case closed"),
    Act.RELEASE: text("case released"),
    Act.HAND_OVER: text("case handed over"),
    Act.TAKE_OVER: text("case taken over"),
    Act.URGENCY: text("urgency set"),
    Act.ERASE: text("case erased"),
    Act.RETURNED: text("person came back"),
    Act.VERIFIED: text("person verified"),
    Act.DISOWNED: text("new account turned away"),
    Act.ERASE_ASKED: text("erasure asked for"),
    Act.ERASE_STOPPED: text("erasure stopped"),
    Act.KEY_MADE: text("key made"),
    Act.KEY_DESTROYED: text("key destroyed"),
    Act.CUSTODY: text("custody changed"),
    Act.AGREED: text("agreed to what takes two"),
    Act.PASSPHRASE: text("passphrase changed"),
    Act.STAFF: text("staff changed"),
    Act.INVITED: text("invited to the staff"),
    Act.WITHDRAWN: text("invite withdrawn"),
    Act.REFUSED: text("refused"),
    Act.CLOCK_DOUBT: text("clock in doubt"),
    Act.CLOCK_CONFIRMED: text("clock confirmed"),
    Act.CHECKPOINT: text("oldest entries removed"),
    Act.COPIED: text("copied"),
    Act.BACKED_UP: text("backed up"),
    Act.RESTORED: text("restored from a backup"),
    Act.SWITCHED: text("another bot has taken over"),
}
DOUBTS = {
    "telegram": text("It differs from Telegram's by more than an hour."),
    "jump": text("It has moved by more than a day at once."),
}
NOTHING_DESTROYED = text("Until an administrator confirms it, nothing is erased by its term and no key is destroyed.")


def keys(desk: Desk, language: Language) -> Message:
    """Every key with its wraps, what is due, who has which generation, and what is amiss."""
    counts = desk.work.keys()
    at_home = desk.work.custody is Custody.SERVER
    lines = [
        *(_key(one, desk.now.date()) for one in counts),
        text("Custody: the case keys are on this server")
        if at_home
        else text("Custody: the case keys are with the coordinators"),
        text("Next rotation: {day}", day=alarms.due(counts, desk.house.rotation_days, desk.now.date())),
        *(
            text("Process: {id} · generation: {generation}", id=one.id.hex()[:8], generation=one.generation)
            for one in desk.work.processes()
        ),
    ]
    return _message(language, text("Keys"), lines, warnings(desk, counts))


def warnings(desk: Desk, counts: list[KeyCount]) -> list[Text]:
    state = desk.work.state()
    found = []
    if state.get("doubt"):
        found += [text("The clock of this server is in doubt."), NOTHING_DESTROYED]
    elif alarms.is_overdue(counts, desk.house.rotation_days, desk.now.date()):
        found.append(text("The rotation of the case keys is overdue."))
    newest = max((one.generation for one in desk.work.processes()), default=0)
    if state.get("backed_up", 0) < newest:
        found.append(text("The newest keys are in no backup yet."))
    never = sum(
        not (one.body.get("started") or one.body.get("reachable", True) or one.body.get("removed"))
        for one in desk.staff
    )
    if never:
        found.append(text("Staff who never wrote to the bot, so that no alert reaches them: {count}", count=never))
    if state.get("unsent"):
        found.append(_unsent(state["unsent"]))
    return found


def _key(one: KeyCount, today: date) -> Text:
    if one.state is None:
        return text("Under unknown keys: {count}", count=one.wraps)
    values: dict[str, Value] = {
        "id": one.state.id.hex()[:8],
        "kind": KINDS[one.state.kind],
        "state": STATES[one.state.state],
        "days": max((today - one.state.created).days, 0),
    }
    if one.state.kind is not Kind.CASE:
        return text("Key: {id} · {kind} · {state} · days: {days}", **values)
    return text("Key: {id} · {kind} · {state} · days: {days} · wraps: {wraps}", **values, wraps=one.wraps)


def progress(language: Language, title: Text, total: int, left: int) -> Message:
    """How far a rotation is."""
    done = total - left
    percent = 100 * done // total if total else 100
    lines = [
        text("Re-wrapped: {done} of {total} ({percent} %)", done=done, total=total, percent=percent),
        text("It goes on by itself."),
    ]
    return _message(language, title, lines)


def finished(desk: Desk, language: Language) -> Message:
    """How many wraps stand under each case key at a rotation's end."""
    every = desk.work.keys()
    counts = [one for one in every if one.state is None or one.state.kind is Kind.CASE]
    earlier = [one for one in counts if one.state is None or one.state.state is State.RETIRED]
    damaged = sum(one.wraps for one in earlier if one.state is not None and one.state.held)
    elsewhere = sum(one.wraps for one in earlier if one.state is not None and not one.state.held)
    lines = [_key(one, desk.now.date()) for one in counts]
    lines.append(text("Under earlier keys: {count}", count=sum(one.wraps for one in earlier)))
    if damaged:
        lines.append(text("Damaged, left as they are: {count}", count=damaged))
    if elsewhere:
        lines.append(text("To be re-wrapped by the coordinators: {count}", count=elsewhere))
    return _message(language, text("The rotation is finished."), lines)


def audit(desk: Desk, language: Language) -> Message:
    """The newest entries of the audit log."""
    names = {desk.work.actor(one.user): one.body.get("name") or "—" for one in desk.staff}
    lines = []
    for one in desk.work.audit(limit=AUDIT_SHOWN):
        values: dict[str, Value] = {
            "moment": datetime.fromtimestamp(one.at, UTC),
            "who": _who(one.who, names),
            "what": ACTS[Act(one.what)] if one.what in ACTS else one.what,
        }
        if one.about:
            lines.append(text("{moment} · {who} · {what} · {id}", **values, id=one.about[:8]))
        else:
            lines.append(text("{moment} · {who} · {what}", **values))
    return _message(language, text("Audit log"), [*lines, *_head(desk)])


def _who(actor: str, names: dict[str, str]) -> Text | str:
    if actor == SHELL:
        return text("the shell")
    if actor == HOUSE:
        return text("by itself")
    if actor == PERSON:
        return text("a person")
    return names.get(actor) or text("former staff {id}", id=actor[:8])


def _head(desk: Desk) -> list[Text]:
    number, value = desk.work.audit_head()
    return [
        text("Head: {head}", head=f"{number}:{value}"),
        text("Refused to people who are not staff: {count}", count=desk.work.state().get("refused", 0)),
    ]


def digest(desk: Desk, language: Language) -> Message:
    """Once a week: what to note down outside this server, and what is amiss."""
    lines = [
        *_head(desk),
        text("Keep the head outside this server: qorgan audit verify then finds whatever was changed before it."),
    ]
    return _message(language, text("The audit log this week"), lines, warnings(desk, desk.work.keys()))


def clock(desk: Desk, language: Language, why: str) -> Message:
    """Asks whether the clock is right."""
    lines = [
        *([DOUBTS[why]] if why in DOUBTS else []),
        NOTHING_DESTROYED,
        text("For 72 hours after that nothing is erased by its term."),
        text("When this was sent it said: {moment}", moment=desk.now),
    ]
    button: Button = {"text": language.say(text("The clock is right")), "callback_data": "admin.clock=-"}
    return _message(language, text("The clock of this server is in doubt."), lines, buttons=[[button]])


def silence(desk: Desk, language: Language, since: int) -> Message:
    """From when on messages may be missing."""
    lines = [
        text("Telegram keeps what people write to the bot for 24 hours, and the bot was away about as long."),
        text("From: {moment}", moment=datetime.fromtimestamp(since, UTC)),
        text("Until: {moment}", moment=desk.now),
        text("Whoever wrote in that time and got no answer has to write again."),
    ]
    return _message(language, text("Messages may have been lost."), lines)


def absent(language: Language, names: Iterable[str]) -> Message:
    """Says whom of the staff no alert reaches."""
    lines = [text("Name: {name}", name=name) for name in names]
    lines.append(text("They have blocked it or left Telegram. It goes on as soon as they write to the bot."))
    return _message(language, text("The bot can't write to these coordinators or administrators."), lines)


def restrained(language: Language, name: str, moment: datetime) -> Message:
    """Says that one account does too much to the cases of others."""
    lines = [
        text("Name: {name}", name=name),
        text("Since: {moment}", moment=moment),
        text("Ask them, by another way than Telegram, whether it is really them: the account may be in other hands."),
    ]
    return _message(language, text("Somebody takes over or erases many cases of others; it is held back."), lines)


def unsent(language: Language, count: int) -> Message:
    """Says that Telegram has refused messages."""
    lines = [_unsent(count), text("Alerts among them were sent once more as a plain line. The log names the actions.")]
    return _message(language, text("Telegram has refused messages of the bot."), lines)


def _unsent(count: int) -> Text:
    return text("Messages refused by Telegram: {count}", count=count)


def overdue(desk: Desk, language: Language) -> Message:
    """Reminds of a rotation that doesn't come about by itself."""
    offline = desk.work.custody is Custody.OFFLINE
    why = OFFLINE if offline else text("It has not begun by itself; qorgan check says why.")
    return _message(language, text("The rotation of the case keys is overdue."), [why])


OFFLINE = text("The case keys are with the coordinators: rotate there, with qorgan keys rotate --keyring.")


def question(desk: Desk, language: Language, case: Case) -> Message:
    """Asks whether a case is to be erased."""
    holder = next((one for one in desk.staff if one.id.hex() == case.head["holder"]), None)
    lines = [
        text("Case: {code}", code=case.head["code"]),
        text("Written: {moment}", moment=datetime.fromtimestamp(case.head["times"]["written"], UTC)),
        text("Taken by: {name}", name=(holder.body.get("name") or "—") if holder else "—"),
        text("Nobody can bring it back."),
    ]
    back: Button = {"text": language.say(text("Back")), "callback_data": f"case={case.id.hex()}"}
    return _erasing(language, lines, f"card.erase={case.id.hex()}.yes", back)


def question_of_damaged(language: Language, code: str) -> Message:
    """The same of a case whose head does not open."""
    lines = [
        text("Case: {code}", code=code),
        text("It is damaged and can't be shown."),
        text("Nobody can bring it back."),
    ]
    return _erasing(language, lines, f"admin.damaged={code}")


def _erasing(language: Language, lines: list[Text], data: str, *others: Button) -> Message:
    button: Button = {"text": language.say(text("Erase")), "callback_data": data}
    return _message(language, text("Erase this case?"), lines, buttons=[[button, *others]])


def line(language: Language, said: Text) -> Message:
    return escape(language.say(said)), []


def _message(
    language: Language,
    title: Text,
    lines: Iterable[Text],
    amiss: Iterable[Text] = (),
    *,
    buttons: list[list[Button]] | None = None,
) -> Message:
    said = [f"<b>{escape(language.say(title))}</b>", *(escape(language.say(one)) for one in lines)]
    said += [f"<b>{escape(language.say(one))}</b>" for one in amiss]
    return "\n".join(said), buttons or []
