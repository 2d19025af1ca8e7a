"""qorgan staff: who is on the staff, and the same from the shell as administrators do in their chats."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.commands import asking, erasure
from bot.commands.opening import Refused, opened, plain
from bot.store.audit import SHELL
from bot.store.records import Staff
from bot.telegram import agreement, invites, joining, staffroom
from bot.telegram.actions import Role, role_of
from bot.telegram.desk import Desk
from bot.telegram.invites import Invite, Stage

ROLE = click.Choice([role.value for role in Role])
STAGES = {
    Stage.OPEN: "not opened yet",
    Stage.SHOWN: "opened, the digits are awaited",
    Stage.RIGHT: "another administrator has to agree",
}


@click.group()
def staff() -> None:
    """The staff: list, invite, confirm, withdraw an invite, remove, restore, give another role.

    All administrators read in their chats what is done here. A member is named by the pseudonym under which the audit
    log knows them; its first characters are enough.
    """


@staff.command("list")
@click.pass_obj
def listed(file: Path | None) -> None:
    """Everybody by pseudonym, with name, role, state and the day they were last seen; no Telegram id."""
    with opened(file) as house:
        members = house.do(lambda work: [(work.actor(each.user), each) for each in work.staff()])
        for actor, one in members:
            name = plain(one.body.get("name") or "-")
            seen = f", last seen {one.body['seen']}" if "seen" in one.body else ""
            click.echo(f"{actor}  {name:<20}{one.body['role']:<13}{_state(one)}{seen}")


def _state(one: Staff) -> str:
    if one.body.get("removed"):
        return "removed"
    if not one.body.get("reachable", True):
        return "can't be written to"
    return "here" if one.body.get("started") else "has not come yet"


@staff.command()
@click.argument("role", type=ROLE)
@click.pass_obj
def invite(file: Path | None, role: str) -> None:
    """Make a link for one newcomer.

    Good once, for 24 hours, while the bot runs. They see six digits: have them read out by voice, then type them at
    qorgan staff confirm.
    """
    with opened(file) as house:

        def make(desk: Desk) -> str:
            why = invites.hindrance(desk.work, None)
            if why == invites.NAMELESS:
                raise Refused("the bot's name at Telegram is not known yet", "start it once with qorgan run")
            if why is not None:
                raise Refused(f"{invites.MOST} invites made here are open", "see: qorgan staff invites, staff withdraw")
            return invites.make(desk, Role(role), None)

        click.echo(erasure.at_desk(house, make))
        click.echo("when the digits are read out to you: qorgan staff confirm", err=True)


@staff.command("invites")
@click.pass_obj
def open_invites(file: Path | None) -> None:
    """The invites that are open: number, role, who made it, until when, how far it is. Not the links."""
    with opened(file) as house:
        for line in erasure.at_desk(house, lambda desk: [_told(desk, one) for one in invites.standing(desk.work)]):
            click.echo(line)


def _told(desk: Desk, invite: Invite) -> str:
    by = invites.maker_of(desk, invite)
    until = datetime.fromtimestamp(invite.at + invites.LASTS, UTC)
    who = desk.work.actor(by.user) if by is not None else SHELL
    return f"{invite.key[:8]}  {invite.role:<13}{who:<18}{until:%Y-%m-%d %H:%M} UTC  {STAGES[Stage(invite.stage)]}"


@staff.command()
@click.argument("number")
@click.pass_obj
def withdraw(file: Path | None, number: str) -> None:
    """Withdraw an invite, whoever made it: nobody comes in by it any more. NUMBER: see qorgan staff invites."""
    with opened(file) as house:

        def gone(desk: Desk) -> None:
            found = [one for one in invites.standing(desk.work) if one.key.startswith(number.lower())]
            if len(found) != 1:
                what = "no open invite" if not found else "more than one open invite"
                raise Refused(f"{plain(number)} names {what}", "see: qorgan staff invites")
            invites.withdraw(desk, found[0], None)

        erasure.at_desk(house, gone)
        click.echo("withdrawn")


@staff.command()
@click.pass_obj
def confirm(file: Path | None) -> None:
    """Type the six digits that a newcomer invited from here has read out. Asks for them."""
    said = asking.words("Digits", 20)
    with opened(file) as house:
        click.echo(erasure.at_desk(house, lambda desk: _said(desk, said)))


def _said(desk: Desk, said: str) -> str:
    return desk.house.language("en").say(joining.confirm(desk, None, said))


@staff.command()
@click.argument("pseudonym")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(file: Path | None, pseudonym: str, yes: bool) -> None:
    """Remove a member: their cases wait for others at once, the running bot clears their chat."""
    if not yes and not click.confirm(f"Remove {plain(pseudonym)} from the staff?", err=True):
        raise Refused("nobody was removed", "name the member again to remove them")
    with opened(file) as house:

        def gone(desk: Desk) -> None:
            one = _find(desk, pseudonym)
            _refuse_last(desk, one)
            staffroom.remove(desk, one, None)

        erasure.at_desk(house, gone)
        click.echo("removed")


@staff.command()
@click.argument("pseudonym")
@click.pass_obj
def restore(file: Path | None, pseudonym: str) -> None:
    """Make an administrator again whom another one removed less than a day ago.

    For when a stolen account did it: then remove that one. Nobody has to agree; all administrators are told.
    """
    with opened(file) as house:

        def back(desk: Desk) -> None:
            left = [one for one in desk.staff if agreement.left_lately(desk.work, one)]
            staffroom.restore(desk, _named(desk, left, pseudonym, "nobody whom an administrator removed today"))

        erasure.at_desk(house, back)
        click.echo("administrator again")


@staff.command()
@click.argument("pseudonym")
@click.argument("role", type=ROLE)
@click.pass_obj
def role(file: Path | None, pseudonym: str, role: str) -> None:
    """Give a member another role.

    Where there are two administrators, they have to agree to a new one in their chats.
    """
    with opened(file) as house:

        def change(desk: Desk) -> str:
            one = _find(desk, pseudonym)
            if role_of(one) == role:
                return f"{role} already"
            if role == Role.ADMIN and staffroom.ask_for_admin(desk, one):
                return "the administrators are asked in their chats; it is done when two have agreed, within 24 hours"
            _refuse_last(desk, one)
            staffroom.change_role(desk, one, Role(role), None)
            return f"{role} from now on"

        click.echo(erasure.at_desk(house, change))


def _find(desk: Desk, pseudonym: str) -> Staff:
    return _named(desk, staffroom.here(desk.staff), pseudonym, "no member of the staff")


def _named(desk: Desk, members: list[Staff], pseudonym: str, nobody: str) -> Staff:
    found = [one for one in members if desk.work.actor(one.user).startswith(pseudonym.lower())]
    if len(found) != 1:
        what = nobody if not found else "more than one member of the staff"
        raise Refused(f"{plain(pseudonym)} names {what}", "see: qorgan staff list")
    return found[0]


def _refuse_last(desk: Desk, one: Staff) -> None:
    if staffroom.is_last(desk, one):
        words = "the last administrator who has written to the bot stays"
        raise Refused(words, "invite another one first: qorgan staff invite admin")
