"""Invites: a link that somebody new presses once, and six digits, read out by voice, that let them in.

Of a link only a keyed hash is kept. Whoever presses one that is unknown, used or late is a stranger like any other.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from bot.intake.text import Text, text
from bot.languages import guess
from bot.store.audit import SHELL
from bot.store.records import Act, Priority, Staff
from bot.store.work import Work
from bot.telegram import address, agreement, coordinator, notices, standby, updates
from bot.telegram.actions import ADMINS, Action, Role, expect
from bot.telegram.agreement import Matter, Question
from bot.telegram.desk import Desk, new_id
from bot.telegram.profile import NAME
from bot.telegram.screens import Button, escape

LASTS = 24 * 3600
KEPT = 2 * LASTS
"""Seconds for which a link is remembered, so that who made it hears of one that is pressed too late."""
TRIES = 5
STATE = "invites"
PRESSED, SPENT = "invite.pressed", "invite.spent"
_LINK = re.compile(r"/start(?:@\w+)?\s+([A-Za-z0-9_-]{22})\s*")
ROLES = {
    Role.COORDINATOR: text("coordinator"),
    Role.ADMIN: text("administrator"),
    Role.AUDITOR: text("auditor"),
}
NAMELESS = text("The bot does not know yet by which name Telegram finds it. Try again in a minute.")
TYPE = text("Type the six digits that they read out to you.")


class Stage(StrEnum):
    OPEN = "open"
    SHOWN = "shown"  # somebody has pressed it and sees the digits
    RIGHT = "right"  # the digits were right; another administrator has to agree
    OVER = "over"


@dataclass(frozen=True)
class Invite:
    """``key``: the hash of its link. ``by``: the row of the administrator, or the shell. ``user``: who pressed it."""

    key: str
    role: str
    by: str
    at: int
    stage: str = Stage.OPEN
    user: int = 0
    name: str = ""
    language: str = ""
    digits: str = ""
    slot: str = ""
    tries: int = 0
    told: bool = False

    def ended(self) -> Invite:
        """Nothing is left of who pressed it."""
        return Invite(self.key, self.role, self.by, self.at, Stage.OVER, told=self.told)


def make(work: Work, role: Role, by: Staff | None) -> str | None:
    """A new link; None where the bot does not know its own name. ``by`` nobody: the shell."""
    name = work.state().get(NAME)
    if name is None:
        return None
    token = secrets.token_urlsafe(16)
    key = work.hashes("invite", token)[0]
    _save(work, [Invite(key, role.value, by.id.hex() if by else SHELL, int(work.now.timestamp()))])
    work.note(work.actor(by.user) if by else SHELL, Act.INVITED)
    return f"https://t.me/{name}?start={token}"


def prune(desk: Desk) -> None:
    """What is over goes."""
    _save(desk.work, [])


# The newcomer ------------------------------------------------------------------------------------------


def opened(desk: Desk, update: updates.Wrote | updates.Pressed | updates.Other) -> bool:
    """Somebody who is not staff has pressed a link that is good: they see digits instead of the first screen."""
    found = _LINK.fullmatch(update.text) if isinstance(update, updates.Wrote) else None
    if not isinstance(update, updates.Wrote) or found is None:
        return False
    invites = _load(desk.work)
    invite = next((invites[key] for key in desk.work.hashes("invite", found[1]) if key in invites), None)
    if invite is None:
        return False
    theirs = invite.stage in (Stage.SHOWN, Stage.RIGHT) and invite.user == update.user
    if not (theirs or invite.stage == Stage.OPEN):
        _tell_spent(desk, invite)
        return False
    desk.delete(update.user, update.message_id)
    if not theirs:
        digits, language = f"{secrets.randbelow(10**6):06}", guess(update.language_code)
        invite = replace(
            invite, stage=Stage.SHOWN, user=update.user, name=update.first_name, language=language, digits=digits
        )
        _tell_pressed(desk, invite)
    _save(desk.work, [_shown(desk, invite)])
    return True


def _shown(desk: Desk, invite: Invite) -> Invite:
    """What the newcomer is to see stands in their chat, sent anew."""
    if invite.slot:
        desk.remove(bytes.fromhex(invite.slot), invite.user)
    language, slot = desk.house.language(invite.language), new_id()
    if invite.stage == Stage.RIGHT:
        said = language.say(text("The digits were right. Please wait: another administrator has to agree."))
    else:
        ask = text("Read these digits out by voice to who invited you. Do not write them to anybody.")
        said = f"{language.say(ask)}\n\n<b>{invite.digits[:3]} {invite.digits[3:]}</b>"
    desk.show(slot, invite.user, (said, []), Priority.REPLY, fresh=True, protect=True)
    desk.remove(slot, invite.user, after=LASTS)
    return replace(invite, slot=slot.hex())


def _tell_pressed(desk: Desk, invite: Invite) -> None:
    """Who made the link is asked for the digits; words they type next are taken for them, unless others are awaited."""
    for one in _makers(desk, invite):
        language = desk.house.language(one.body["language"])
        lines = [
            text("Your invite was opened. Role: {role}", role=ROLES[Role(invite.role)]),
            text("Call them, have the six digits read out by voice, and type them here."),
            text("Type them only if you know the voice."),
        ]
        button: Button = {"text": language.say(text("Type the digits")), "callback_data": "confirm="}
        said = "\n".join(escape(language.say(line)) for line in lines)
        notices.post(desk, one, PRESSED, (said, [[button]] if invite.by != SHELL else []))
        expected = desk.member(one.id).body.get("expected")
        if invite.by != SHELL and (expected is None or expected["until"] <= desk.unix):
            expect(desk, one, "confirm")


def _tell_spent(desk: Desk, invite: Invite) -> None:
    """Once for each link."""
    if invite.told:
        return
    _save(desk.work, [replace(invite, told=True)])
    second = invite.stage in (Stage.SHOWN, Stage.RIGHT)
    line = (
        text("A link of yours was pressed by a second account. Type digits only if you know the voice that reads them.")
        if second
        else text("Somebody pressed a link of yours that is used or too old. Nothing was shown to them.")
    )
    for one in _makers(desk, invite):
        said = escape(desk.house.language(one.body["language"]).say(line))
        notices.post(desk, one, SPENT, (said, []))


def _makers(desk: Desk, invite: Invite) -> list[Staff]:
    """The administrator; of a link made at the shell all of them."""
    return [one for one in notices.administrators(desk) if invite.by in (one.id.hex(), SHELL)]


# The digits --------------------------------------------------------------------------------------------


def confirm(desk: Desk, by: Staff | None, said: str) -> Text:
    """The digits as typed by who made the link; gives what came of it."""
    digits = re.sub(r"[\s-]", "", said)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return TYPE
    maker = by.id.hex() if by else SHELL
    shown = [one for one in _load(desk.work).values() if one.by == maker and one.stage == Stage.SHOWN]
    if not shown:
        return text("No link of yours waits for digits.")
    found = next((one for one in shown if hmac.compare_digest(one.digits, digits)), None)
    if found is None:
        return _wrong(desk, shown)
    if found.role != Role.ADMIN or len(agreement.administrators(desk.staff)) < agreement.ENOUGH:
        one = _admit(desk, found)
        return text("{name} is on the staff now.", name=one.body["name"] or "—")
    about = {"invite": found.key, "name": found.name or "—", "by": (by.body.get("name") or "—") if by else ""}
    agreement.ask(desk.work, Matter.ADMIN, about, [desk.work.actor(by.user)] if by else [])
    _save(desk.work, [_shown(desk, replace(found, stage=Stage.RIGHT))])
    _lift(desk, found)
    notices.ask(desk)
    return text("The digits are right. Now another administrator has to agree, in their chat.")


def _wrong(desk: Desk, shown: list[Invite]) -> Text:
    """Nobody can tell which link was meant: it counts against each that waits."""
    tried = [replace(one, tries=one.tries + 1) for one in shown]
    left = [TRIES - one.tries for one in tried]
    for one in tried:
        if one.tries >= TRIES:
            _end(desk, one)
        else:
            _save(desk.work, [one])
    if max(left) > 0:
        return text("These are not the digits. Tries left: {count}", count=max(left))
    return text("Wrong too often: the invite is over. Make a new one.")


def agreed(desk: Desk, question: Question) -> None:
    """Two administrators want them as a third."""
    invite = _load(desk.work).get(question.about["invite"])
    if invite is not None and invite.stage == Stage.RIGHT:
        _admit(desk, invite)


def _admit(desk: Desk, invite: Invite) -> Staff:
    """They are staff from now on, and a person no more."""
    known = next((one for one in desk.staff if one.user == invite.user), None)
    body = {"role": invite.role, "language": invite.language, "name": invite.name, "reachable": True, "started": True}
    one = Staff(known.id if known else new_id(), invite.user, body)
    desk.staff[:] = [*(other for other in desk.staff if other.id != one.id), one]
    desk.work.save_staff([one])
    desk.work.note(_actor(desk, invite.by), Act.STAFF, one.id)
    for other in [each for each in _load(desk.work).values() if each.user == invite.user]:
        _end(desk, other)
    chat = desk.chats.get(invite.user) or desk.work.load_chats([invite.user]).get(invite.user)
    if chat is not None:
        address.leave(desk, chat)
    coordinator.catch_up(desk, one, desk.work.all_cases())
    coordinator.menu(desk, desk.member(one.id))
    notices.ask(desk)
    standby.ask(desk)
    return one


def _actor(desk: Desk, by: str) -> str:
    return next((desk.work.actor(one.user) for one in desk.staff if one.id.hex() == by), SHELL)


def _end(desk: Desk, invite: Invite) -> None:
    if invite.slot:
        desk.remove(bytes.fromhex(invite.slot), invite.user)
    _lift(desk, invite)
    _save(desk.work, [invite.ended()])


def _lift(desk: Desk, invite: Invite) -> None:
    for one in _makers(desk, invite):
        notices.lift(desk, one, PRESSED)


def call_back(desk: Desk, one: Staff) -> None:
    """Who is no administrator any more has invited nobody."""
    mine = [each for each in _load(desk.work).values() if each.by == one.id.hex() and each.stage != Stage.OVER]
    for invite in mine:
        _end(desk, invite)
    keys = {invite.key for invite in mine}
    for question in agreement.standing(desk.work):
        if question.about.get("invite") in keys:
            agreement.over(desk.work, question)


# What is kept ------------------------------------------------------------------------------------------


def _load(work: Work) -> dict[str, Invite]:
    """By their keys; one whose time is over says nothing any more of who pressed it."""
    now = int(work.now.timestamp())
    found = [Invite(**body) for body in work.state().get(STATE, ())]
    late = [one.stage != Stage.RIGHT and not 0 <= now - one.at < LASTS for one in found]
    known = [one.ended() if over else one for one, over in zip(found, late, strict=True)]
    return {one.key: one for one in known if abs(now - one.at) < KEPT}


def _save(work: Work, changed: Iterable[Invite]) -> None:
    kept = _load(work) | {one.key: one for one in changed}
    known = [asdict(one) for one in kept.values()]
    if known != work.state().get(STATE, []):
        work.save_state({**work.state(), STATE: known})


# What administrators do --------------------------------------------------------------------------------


def _invite(desk: Desk, one: Staff, role: str) -> None:
    language = desk.house.language(one.body["language"])
    if role not in list(Role):
        ask = escape(language.say(text("As what is the newcomer invited?")))
        rows = [[{"text": language.say(label), "callback_data": f"invite={role}"}] for role, label in ROLES.items()]
        desk.screen(one, (ask, rows))
        return
    link = make(desk.work, Role(role), one)
    if link is None:
        desk.say(one, NAMELESS)
        return
    lines = [
        text("Send this link on a way that only they can read. It works once, within 24 hours."),
        text("They will see six digits. Have them read out by voice, and type them here."),
    ]
    title = escape(language.say(text("An invite. Role: {role}", role=ROLES[Role(role)])))
    said = [f"<b>{title}</b>", f"<code>{escape(link)}</code>", *(escape(language.say(line)) for line in lines)]
    copying: Button = {"text": language.say(text("Copy the link")), "copy_text": {"text": link}}
    desk.screen(one, ("\n".join(said), [[copying]]))


def _confirm(desk: Desk, one: Staff, said: str) -> None:
    answer = confirm(desk, one, said)
    if answer == TYPE:
        expect(desk, one, "confirm")
    desk.say(one, answer)


ACTIONS = (
    Action("invite", ADMINS, _invite, typed=True),
    Action("confirm", ADMINS, _confirm, typed=True),
)
