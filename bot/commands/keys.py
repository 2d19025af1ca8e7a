"""qorgan keys: what there is, what is new, what is safe elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.commands import custody, elsewhere, files, recovery, rotation
from bot.commands.opening import Opened, Refused, opened
from bot.store.audit import SHELL
from bot.store.records import Act
from bot.store.work import Work
from bot.telegram import alarms
from bot.vault import Custody, Kind

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def keys() -> None:
    """The keys: rotate, copy, recover, keep offline.

    In custody "server" the private case keys are in the bot's keyring. In custody "offline" the coordinators keep
    them in a case keyring on a machine of their own, and the server opens no answer that was sent.
    """


@keys.command()
@click.pass_obj
def status(file: Path | None) -> None:
    """Each key, its age and the wraps under it.

    Also: when the next rotation is due, which copy there is, which keyring each running bot has.
    """
    with opened(file) as house:
        for line in house.do(lambda work: _status(house, work)):
            click.echo(line)


def _status(house: Opened, work: Work) -> list[str]:
    state, today = work.state(), datetime.now(UTC).date()
    lines = [f"custody     {work.custody}", f"generation  {house.vault.generation}"]
    lines.append(f"{'key':<18}{'kind':<12}{'state':<9}{'secret':<9}{'made':<12}{'age':<10}wraps")
    counted = work.keys()
    for one in counted:
        if one.state is None:
            lines.append(f"{'unknown':<70}{one.wraps}")
            continue
        key = one.state
        held = "here" if key.held else "offline"
        age = (today - key.created).days
        under = str(one.wraps) if key.kind is Kind.CASE else ""
        lines.append(
            f"{key.id.hex():<18}{key.kind:<12}{key.state:<9}{held:<9}{key.created!s:<12}{f'{age} days':<10}{under}"
        )
    days = house.settings.rotation_days
    due = alarms.due(counted, days, today)
    how = "by itself while the bot runs" if work.custody is Custody.SERVER else "by: qorgan keys wraps --help"
    when = f"overdue since {due}" if alarms.is_overdue(counted, days, today) else f"next on {due}"
    lines.append(f"rotation    {when}, {how}")
    if left := work.stale_count():
        lines.append(f"            {rotation.wraps(left)} still to be moved to the active key")
    copied = state.get("backed_up")
    lines.append(f"backup      {f'generation {copied}' if copied else 'none'}")
    lines.append("clock       " + ("in doubt: nothing is destroyed" if state.get("doubt") else "sure"))
    for process in work.processes():
        lines.append(f"running     bot {process.id[:4].hex()} has generation {process.generation}")
    return lines


@keys.command()
@click.option("--keyring", type=FILE, help="On the coordinators' machine: the case keyring.")
@click.option("--wraps", type=FILE, help="With --keyring: the file made by qorgan keys wraps.")
@click.option("--out", type=FILE, help="With --keyring: the file to make, for qorgan keys apply.")
@click.option("--to", type=FILE, help="With --keyring: the server's public key, on the way back to custody server.")
@click.pass_obj
def rotate(file: Path | None, keyring: Path | None, wraps: Path | None, out: Path | None, to: Path | None) -> None:
    """A new case key, in use at once.

    Without options: on the server, in custody "server". Everything stored is moved to the new key and the old one is
    destroyed. The bot may run meanwhile, and does the moving then; a
    rotation that was broken off goes on.

    With --keyring, --wraps and --out: on the coordinators' machine, in custody "offline". Makes a new pair in the
    case keyring (asks for its passphrase) and re-wraps to it what stands in the file of wraps. Run it again with the
    wraps that are left over after qorgan keys apply. The earlier pair is destroyed once nothing on the server is under
    it: sealed files saved before then no longer open.
    """
    if keyring is None:
        if wraps or out or to:
            raise Refused("--wraps, --out and --to go with --keyring", "run: qorgan keys rotate --help")
        with opened(file) as house:
            rotation.rotate(house)
    elif wraps is None or out is None:
        raise Refused("with --keyring go --wraps and --out", "run: qorgan keys rotate --help")
    else:
        elsewhere.rewrap(keyring, wraps, out, to)


@keys.command()
@click.argument("copy", metavar="FILE", type=FILE)
@click.pass_obj
def backup(file: Path | None, copy: Path) -> None:
    """Copy the keyring to FILE.

    As it is, sealed by its passphrase and its recovery key. Keep the copy where the database's copies are not.
    The day keys are in no copy, on purpose.
    """
    files.refuse_existing(copy)
    with opened(file) as house:

        def remember(work: Work) -> int:
            # The transaction holds the lock under which rotations happen: the file stays of this generation.
            house.vault.refresh()
            files.write_new(copy, files.read(house.settings.keyring))
            work.save_state(work.state() | {"backed_up": house.vault.generation})
            work.note(SHELL, Act.COPIED)
            return house.vault.generation

        generation = house.do(remember)
        click.echo(f"copied the keyring of generation {generation} to {copy}")


@keys.command("confirm-clock")
@click.pass_obj
def confirm_clock(file: Path | None) -> None:
    """Say that this machine's clock is right.

    While the clock has jumped by more than a day, or differs from Telegram's by more than an hour, no key,
    draft or case is destroyed, until somebody says this, and by its term nothing for another 72 hours.
    """
    with opened(file) as house:
        if not house.do(lambda work: work.state()).get("doubt"):
            click.echo("the clock is not in doubt")
            return
        click.echo(f"this machine says: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC", err=True)
        if not click.confirm("Is that right?", err=True):
            raise Refused("the clock stays in doubt", "set this machine's clock, then run the same command again")
        house.do(lambda work: work.confirm_clock(SHELL))
        click.echo("the clock counts as right from now on; for 72 hours nothing is erased by its term")


for command in (*recovery.COMMANDS, *elsewhere.COMMANDS, *custody.COMMANDS):
    keys.add_command(command)
