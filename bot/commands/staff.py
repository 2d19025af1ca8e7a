"""qorgan staff: who is on the staff, and the same from the shell as administrators do in their chats."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands import asking, erasure
from bot.commands.opening import Refused, opened, plain
from bot.store.audit import SHELL
from bot.store.records import Staff
from bot.telegram import invites, staffroom
from bot.telegram.actions import Role, role_of
from bot.telegram.desk import Desk

ROLE = click.Choice([role.value for role in Role])


@click.group()
def staff() -> None:
    """The staff: list, invite, confirm, remove, give another role.

    A member is named by the pseudonym under which the audit log knows them; its first characters are enough.
    """


@staff.command("list")
@click.pass_obj
def listed(file: Path | None) -> None:
    """Everybody by pseudonym, with name, role and state; no Telegram id."""
    with opened(file) as house:
        members = house.do(lambda work: [(work.actor(each.user), each) for each in work.staff()])
        for actor, one in members:
            name = plain(one.body.get("name") or "-")
            click.echo(f"{actor}  {name:<20}{one.body['role']:<13}{_state(one)}")


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
        link = house.do(lambda work: invites.make(work, Role(role), None))
        if link is None:
            raise Refused("the bot's name at Telegram is not known yet", "start it once with qorgan run")
        click.echo(link)
        click.echo("when the digits are read out to you: qorgan staff confirm", err=True)


@staff.command()
@click.pass_obj
def confirm(file: Path | None) -> None:
    """Type the six digits that a newcomer invited from here has read out. Asks for them."""
    said = asking.words("Digits", 20)
    with opened(file) as house:
        click.echo(erasure.at_desk(house, lambda desk: _said(desk, said)))


def _said(desk: Desk, said: str) -> str:
    return desk.house.language("en").say(invites.confirm(desk, None, said))


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
            staffroom.remove(desk, one, SHELL)

        erasure.at_desk(house, gone)
        click.echo("removed")


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
            staffroom.change_role(desk, one, Role(role), SHELL)
            return f"{role} from now on"

        click.echo(erasure.at_desk(house, change))


def _find(desk: Desk, pseudonym: str) -> Staff:
    found = [one for one in staffroom.here(desk.staff) if desk.work.actor(one.user).startswith(pseudonym.lower())]
    if len(found) != 1:
        what = "no member of the staff" if not found else "more than one member of the staff"
        raise Refused(f"{plain(pseudonym)} names {what}", "see: qorgan staff list")
    return found[0]


def _refuse_last(desk: Desk, one: Staff) -> None:
    if staffroom.is_last(desk, one):
        raise Refused("the last administrator stays", "invite another one first: qorgan staff invite admin")
