"""Invites: links for somebody new. Each works once, for a day, and can be withdrawn.

Of a link only a keyed hash is kept. What becomes of one that is pressed stands in ``joining``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from bot.intake.text import Text, text
from bot.store.audit import SHELL
from bot.store.records import Act, Staff
from bot.store.work import Work
from bot.telegram import agreement, notices, tidings
from bot.telegram.actions import ADMINS, ROLES, Action, Role
from bot.telegram.desk import Desk
from bot.telegram.profile import NAME
from bot.telegram.screens import Button, escape

LASTS = 24 * 3600
KEPT = 2 * LASTS
"""Seconds for which a link is remembered, so that who made it hears of one that is pressed too late."""
MOST = 5
"""Invites of one administrator, or of the shell, that are open at a time."""
STATE = "invites"
PRESSED = "invite.pressed"
NAMELESS = text("The bot does not know yet by which name Telegram finds it. Try again in a minute.")
FULL = text("Your open invites: {count}. That is the most: withdraw one in /staff.", count=MOST)


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


def hindrance(work: Work, by: Staff | None) -> Text | None:
    """Why there can be no new link now."""
    if NAME not in work.state():
        return NAMELESS
    return FULL if sum(one.by == maker(by) for one in standing(work)) >= MOST else None


def make(desk: Desk, role: Role, by: Staff | None) -> str:
    """A new link, where nothing hinders it. ``by`` nobody: the shell."""
    token = secrets.token_urlsafe(16)
    save(desk.work, [Invite(desk.work.hashes("invite", token)[0], role.value, maker(by), desk.unix)])
    desk.work.note(desk.work.actor(by.user) if by else SHELL, Act.INVITED)
    tidings.invited(desk, notices.administrators(desk), role, by)
    return f"https://t.me/{desk.work.state()[NAME]}?start={token}"


def withdraw(desk: Desk, invite: Invite, by: Staff | None) -> None:
    """Nobody comes in by it any more, at whatever stage it is."""
    end(desk, invite)
    for question in agreement.standing(desk.work):
        if question.about.get("invite") == invite.key:
            agreement.over(desk.work, question)
    desk.work.note(desk.work.actor(by.user) if by else SHELL, Act.WITHDRAWN)
    tidings.withdrawn(desk, notices.administrators(desk), Role(invite.role), by)
    notices.ask(desk)


def call_back(desk: Desk, one: Staff, by: Staff | None) -> None:
    """Who is no administrator any more has invited nobody."""
    for invite in standing(desk.work):
        if invite.by == maker(one):
            withdraw(desk, invite, by)


def end(desk: Desk, invite: Invite) -> None:
    """It is over, and what stands of it in any chat goes."""
    if invite.slot:
        desk.remove(bytes.fromhex(invite.slot), invite.user)
    lift(desk, invite)
    save(desk.work, [invite.ended()])


def lift(desk: Desk, invite: Invite) -> None:
    """Nobody is asked for its digits any more."""
    for one in makers(desk, invite):
        notices.lift(desk, one, PRESSED)


def maker(by: Staff | None) -> str:
    return by.id.hex() if by is not None else SHELL


def maker_of(desk: Desk, invite: Invite) -> Staff | None:
    """The administrator; nobody where it was made at the shell."""
    return next((one for one in desk.staff if one.id.hex() == invite.by), None)


def makers(desk: Desk, invite: Invite) -> list[Staff]:
    """Who hears of it: the administrator; of a link made at the shell all of them."""
    return [one for one in notices.administrators(desk) if invite.by in (one.id.hex(), SHELL)]


# What is kept ------------------------------------------------------------------------------------------


def standing(work: Work) -> list[Invite]:
    """By which somebody can still come in."""
    return [one for one in load(work).values() if one.stage != Stage.OVER]


def load(work: Work) -> dict[str, Invite]:
    """By their keys; one whose time is over says nothing any more of who pressed it."""
    now = int(work.now.timestamp())
    found = [Invite(**body) for body in work.state().get(STATE, ())]
    late = [one.stage != Stage.RIGHT and not 0 <= now - one.at < LASTS for one in found]
    known = [one.ended() if over else one for one, over in zip(found, late, strict=True)]
    return {one.key: one for one in known if abs(now - one.at) < KEPT}


def save(work: Work, changed: Iterable[Invite]) -> None:
    kept = load(work) | {one.key: one for one in changed}
    known = [asdict(one) for one in kept.values()]
    if known != work.state().get(STATE, []):
        work.save_state({**work.state(), STATE: known})


def prune(desk: Desk) -> None:
    """What is over goes."""
    save(desk.work, [])


# What administrators do --------------------------------------------------------------------------------


def _invite(desk: Desk, one: Staff, role: str) -> None:
    language = desk.house.language(one.body["language"])
    if role not in list(Role):
        ask = escape(language.say(text("In which role is the newcomer invited?")))
        rows = [[{"text": language.say(label), "callback_data": f"invite={role}"}] for role, label in ROLES.items()]
        desk.screen(one, (ask, rows))
        return
    if (why := hindrance(desk.work, one)) is not None:
        desk.say(one, why)
        return
    link = make(desk, Role(role), one)
    lines = [
        text("Send this link in a way that only they can read. It works once, within 24 hours."),
        text("They will see six digits. Have them read out by voice, and type them here."),
    ]
    title = escape(language.say(text("An invite. Role: {role}", role=ROLES[Role(role)])))
    said = [f"<b>{title}</b>", f"<code>{escape(link)}</code>", *(escape(language.say(line)) for line in lines)]
    copying: Button = {"text": language.say(text("Copy the link")), "copy_text": {"text": link}}
    desk.screen(one, ("\n".join(said), [[copying]]))


ACTIONS = (Action("invite", ADMINS, _invite, typed=True),)
