"""How somebody comes onto the staff: a link that they press, and six digits, read out by voice, that let them in.

Whoever presses a link that is unknown, used or late is a stranger like any other.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import replace

from bot.intake.text import Text, text
from bot.languages import guess
from bot.store.audit import SHELL
from bot.store.records import Act, Priority, Staff
from bot.telegram import agreement, invites, notices, staffroom, tidings, updates
from bot.telegram.actions import ADMINS, ROLES, Action, Role, expect
from bot.telegram.agreement import Matter, Question
from bot.telegram.desk import Desk, new_id
from bot.telegram.invites import Invite, Stage
from bot.telegram.screens import Button, escape

TRIES = 5
SPENT = "invite.spent"
_LINK = re.compile(r"/start(?:@\w+)?\s+([A-Za-z0-9_-]{22})\s*")
TYPE = text("Type the six digits that they read out to you.")

# The newcomer ------------------------------------------------------------------------------------------


def opened(desk: Desk, update: updates.Wrote | updates.Pressed | updates.Other) -> bool:
    """Somebody who is not staff has pressed a link that is good: they see digits instead of the first screen."""
    found = _LINK.fullmatch(update.text) if isinstance(update, updates.Wrote) else None
    if not isinstance(update, updates.Wrote) or found is None:
        return False
    known = invites.load(desk.work)
    invite = next((known[key] for key in desk.work.hashes("invite", found[1]) if key in known), None)
    if invite is None:
        return False
    theirs = invite.stage in (Stage.SHOWN, Stage.RIGHT) and invite.user == update.user
    if not (theirs or invite.stage == Stage.OPEN):
        _tell_spent(desk, invite)
        return False
    desk.delete(update.user, update.message_id)
    if not theirs:
        digits, language = f"{secrets.randbelow(10**6):06}", guess(desk.house.languages, update.language_code)
        invite = replace(
            invite, stage=Stage.SHOWN, user=update.user, name=update.first_name, language=language, digits=digits
        )
        _tell_pressed(desk, invite)
    invites.save(desk.work, [_shown(desk, invite)])
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
    desk.remove(slot, invite.user, after=invites.LASTS)
    return replace(invite, slot=slot.hex())


def _tell_pressed(desk: Desk, invite: Invite) -> None:
    """Who made the link is asked for the digits; words they type next are taken for them, unless others are awaited."""
    for one in invites.makers(desk, invite):
        language = desk.house.language(one.body["language"])
        lines = [
            text("Your invite was opened. Role: {role}", role=ROLES[Role(invite.role)]),
            text("Call them, have the six digits read out by voice, and type them here."),
            text("Type them only if you know the voice."),
        ]
        button: Button = {"text": language.say(text("Type the digits")), "callback_data": "confirm="}
        said = "\n".join(escape(language.say(line)) for line in lines)
        notices.post(desk, one, invites.PRESSED, (said, [[button]] if invite.by != SHELL else []))
        expected = desk.member(one.id).body.get("expected")
        if invite.by != SHELL and (expected is None or expected["until"] <= desk.unix):
            expect(desk, one, "confirm")


def _tell_spent(desk: Desk, invite: Invite) -> None:
    """Once for each link."""
    if invite.told:
        return
    invites.save(desk.work, [replace(invite, told=True)])
    second = invite.stage in (Stage.SHOWN, Stage.RIGHT)
    line = (
        text("A link of yours was pressed by a second account. Type digits only if you know the voice that reads them.")
        if second
        else text("Somebody pressed a link of yours that is used or too old. Nothing was shown to them.")
    )
    for one in invites.makers(desk, invite):
        said = escape(desk.house.language(one.body["language"]).say(line))
        notices.post(desk, one, SPENT, (said, []))


# The digits --------------------------------------------------------------------------------------------


def confirm(desk: Desk, by: Staff | None, said: str) -> Text:
    """The digits as typed by who made the link; gives what came of it."""
    digits = re.sub(r"[\s-]", "", said)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return TYPE
    shown = [one for one in invites.standing(desk.work) if one.by == invites.maker(by) and one.stage == Stage.SHOWN]
    if not shown:
        return text("No link of yours waits for digits.")
    found = next((one for one in shown if hmac.compare_digest(one.digits, digits)), None)
    if found is None:
        return _wrong(desk, shown)
    if found.role != Role.ADMIN or not agreement.takes_two(desk.work, desk.staff):
        one = _admit(desk, found)
        return text("{name} is on the staff now.", name=one.body["name"] or "—")
    about = {"invite": found.key, "name": found.name or "—", "by": (by.body.get("name") or "—") if by else ""}
    agreement.ask(desk.work, Matter.ADMIN, about, [desk.work.actor(by.user)] if by else [])
    invites.save(desk.work, [_shown(desk, replace(found, stage=Stage.RIGHT))])
    invites.lift(desk, found)
    notices.ask(desk)
    return text("The digits are right. Now another administrator has to agree, in their chat.")


def _wrong(desk: Desk, shown: list[Invite]) -> Text:
    """Nobody can tell which link was meant: it counts against each that waits."""
    tried = [replace(one, tries=one.tries + 1) for one in shown]
    left = [TRIES - one.tries for one in tried]
    for one in tried:
        if one.tries >= TRIES:
            invites.end(desk, one)
        else:
            invites.save(desk.work, [one])
    if max(left) > 0:
        return text("These are not the digits. Tries left: {count}", count=max(left))
    return text("Wrong too often: the invite is over. Make a new one.")


def agreed(desk: Desk, question: Question) -> None:
    """Two administrators want them as a third."""
    invite = invites.load(desk.work).get(question.about["invite"])
    if invite is not None and invite.stage == Stage.RIGHT:
        _admit(desk, invite)


def _admit(desk: Desk, invite: Invite) -> Staff:
    """They are staff from now on, and a person no more."""
    known, by = next((one for one in desk.staff if one.user == invite.user), None), invites.maker_of(desk, invite)
    body = {"role": invite.role, "language": invite.language, "name": invite.name, "reachable": True, "started": True}
    one = Staff(known.id if known else new_id(), invite.user, body)
    for other in [each for each in invites.load(desk.work).values() if each.user == invite.user]:
        invites.end(desk, other)
    desk.work.note(desk.work.actor(by.user) if by else SHELL, Act.STAFF, one.id)
    tidings.joined(desk, notices.administrators(desk), one, by)
    staffroom.seat(desk, one)
    return one


# What administrators do --------------------------------------------------------------------------------


def _confirm(desk: Desk, one: Staff, said: str) -> None:
    answer = confirm(desk, one, said)
    if answer == TYPE:
        expect(desk, one, "confirm")
    desk.say(one, answer)


ACTIONS = (Action("confirm", ADMINS, _confirm, typed=True),)
