"""qorgan keys offline, online, wraps, apply: who keeps the private case keys. The server's part.

Two places take part: the server, with the bot's keyring, and the coordinators' machine (``elsewhere``), with a case
keyring of its own. What travels between them are files: a public key, a challenge, a list of wraps, a list of new
wraps. None of them opens anything; a public key that someone exchanged on the way would, so its fingerprint is
compared aloud. One whose private half nobody has would close everything for ever, so that is shown first.
"""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands import asking, files, possession, rotation
from bot.commands.opening import Opened, Refused, opened
from bot.store.audit import SHELL
from bot.store.records import Act
from bot.store.rotation import refuse_spent
from bot.store.work import Work
from bot.telegram import agreement
from bot.telegram.agreement import Matter
from bot.vault import (
    Custody,
    Holder,
    Rewrapped,
    WrapsFile,
    read_public,
    write_public,
)

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--public", required=True, type=FILE, help="The public key that keys offline-init made.")
@click.option("--fingerprint", help="What the coordinators read out; compared without asking.")
@click.option("--challenge", type=FILE, help="First: where to write what their machine has to open.")
@click.option("--proof", help="Then: what keys prove printed there.")
@click.pass_obj
def offline(
    file: Path | None, public: Path, fingerprint: str | None, challenge: Path | None, proof: str | None
) -> None:
    """Give the case keys to the coordinators.

    On the server, in two steps. With --challenge it compares the fingerprint and writes a file that only the
    private half of that key opens: keys prove, on the coordinators' machine. With --proof, within 24 hours,
    everything stored is re-wrapped to their public key, then the server's own private case keys are destroyed.
    From then on no answer that was sent can be read here. Copies of the keyring made before still open what was
    stored before: destroy them too.
    """
    theirs = read_public(public)
    with opened(file) as house:
        if house.vault.custody is Custody.OFFLINE and house.vault.case_public != theirs:
            raise Refused(
                "the case keys are in the coordinators' hands already",
                "another pair of theirs comes by qorgan keys wraps, keys rotate --keyring, keys apply",
            )
        if house.vault.custody is Custody.SERVER:
            house.do(lambda work: refuse_spent(work.state(), theirs))
            if proof is None:
                possession.ask(house, public, theirs, fingerprint, challenge)
                return
            house.do(lambda work: possession.check(work, theirs, proof))
            rotation.begin(house, theirs)
            house.do(_given_away)
        rotation.carry_through(house)
        rotation.tell_counts(house)
        if rotation.destroy_spent(house):
            click.echo("custody offline: this server opens no answer that was sent")
        else:
            click.echo("custody offline for what comes from now on; run the same command again for the rest")


def _given_away(work: Work) -> None:
    work.note(SHELL, Act.CUSTODY)
    possession.forget(work)


@click.command()
@click.option("--public-out", type=FILE, help="Where to write the server's new public key.")
@click.pass_obj
def online(file: Path | None, public_out: Path | None) -> None:
    """Take the case keys back to the server.

    On the server. The first call asks the administrators in their chats. Once two of them have agreed (or the
    only one there is), within 24 hours, the second call makes a new key here and writes its public half; new
    answers are sealed to it. What is stored is re-wrapped by the coordinators: qorgan keys wraps here, keys
    rotate --keyring … --to PUBLIC there, keys apply here. Until that is done, the same command writes the public
    half again.
    """
    with opened(file) as house:
        here = house.vault.custody is Custody.SERVER
        if here and not house.do(_elsewhere):
            raise Refused("the case keys are here already", "see: qorgan keys status")
        if public_out is not None:
            files.refuse_unwritable(public_out)
        if here:
            if public_out is None:
                raise Refused("a place for the server's public key is missing", "add --public-out FILE")
            _hand_out(house, public_out)
            return
        if not asking.agreed(house, Matter.COMEBACK):
            return
        if public_out is None:
            raise Refused("a place for the server's public key is missing", "they have agreed: add --public-out FILE")
        house.do(lambda work: _take_back(house, work))
        _hand_out(house, public_out)


def _elsewhere(work: Work) -> bool:
    """Whether something stands under a key of the coordinators."""
    return any(one.wraps and one.state and not one.state.held for one in rotation.case_keys(work))


def _hand_out(house: Opened, out: Path) -> None:
    made = house.vault.case_public
    write_public(out, made)
    click.echo(f"made public key     {out}")
    click.echo(f"fingerprint         {made.fingerprint}")
    click.echo("new answers can be read here; for the others, go on with: qorgan keys wraps FILE, and on the")
    click.echo(f"coordinators' machine: qorgan keys rotate --keyring … --wraps … --out … --to {out.name}")


def _take_back(house: Opened, work: Work) -> None:
    """An ordinary new key with its private half here, made in offline custody, under the writer's lock."""
    house.vault.refresh()
    made = house.vault.rotate(work.now.date())
    work.note(SHELL, Act.KEY_MADE, made)
    work.note(SHELL, Act.CUSTODY)
    agreement.over(work, agreement.ask(work, Matter.COMEBACK))


@click.command()
@click.argument("out", metavar="FILE", type=FILE)
@click.pass_obj
def wraps(file: Path | None, out: Path) -> None:
    """Write the wraps to FILE, to be re-wrapped.

    On the server, for keys rotate --keyring on the coordinators' machine: all of them; on the way back those that
    are not under the server's key. The file opens nothing.
    """
    files.refuse_existing(out)
    with opened(file) as house:

        def collect(work: Work) -> WrapsFile:
            counts = {one.state.id: one.wraps for one in rotation.case_keys(work) if one.state}
            return WrapsFile(house.vault.instance, house.vault.entry_key_id, counts, tuple(work.all_wraps()))

        collected = house.do(collect)
        files.write_new(out, collected.write())
        click.echo(f"wrote {rotation.wraps(len(collected.wraps))} to {out}")


@click.command()
@click.argument("made", metavar="FILE", type=FILE)
@click.option("--fingerprint", help="What the coordinators read out; compared without asking.")
@click.pass_obj
def apply(file: Path | None, made: Path, fingerprint: str | None) -> None:
    """Put re-wrapped wraps in place.

    On the server, with the FILE that keys rotate --keyring made. A new public key in FILE is taken into use
    first, once its fingerprint is confirmed. What was sealed meanwhile to the earlier key is left over: then
    the round is made once more.
    """
    done = Rewrapped.read(files.read(made))
    with opened(file) as house:
        if done.instance != house.vault.instance:
            raise Refused(f"{made} was made for another bot", "give the file made from this server's wraps")
        if done.to is Holder.SERVER:
            if house.vault.custody is Custody.OFFLINE or done.public != house.vault.case_public:
                raise Refused(
                    f"{made} is for a key of this server that is not in use",
                    "on the way back write the key and the wraps again: keys online --public-out, keys wraps",
                )
        elif house.vault.custody is Custody.SERVER:
            raise Refused(
                "the case keys are here, and this file brings the coordinators' key",
                "on the way back make it again with --to PUBLIC; else see: qorgan keys offline --help",
            )
        elif done.public != house.vault.case_public:
            house.do(lambda work: refuse_spent(work.state(), done.public))
            if done.public.id in {key.id for key in house.vault.keys()}:
                raise Refused(f"{made} is of an earlier rotation", "make the round again: qorgan keys wraps FILE")
            asking.require_same_key(done.public, fingerprint)
            rotation.begin(house, done.public)
        replaced = house.do(lambda work: work.replace_wraps(done.wraps))
        click.echo(f"put in place: {rotation.wraps(replaced)}")
        rotation.tell_counts(house)
        ended = rotation.destroy_spent(house)
        left, closed = house.do(lambda work: _left(work, done))
        for line in closed:
            click.echo(line)
        if left:
            click.echo(f"left over: {rotation.wraps(left)}; run: qorgan keys wraps FILE, and make the round once more")
        elif ended or closed:
            what = "everything that opens" if closed else "everything"
            click.echo(f"custody {house.vault.custody}: {what} stands under the active key")


def _left(work: Work, done: Rewrapped) -> tuple[int, list[str]]:
    """How many wraps are under other keys than the active one, and those among them that opened nowhere."""
    left = sum(one.wraps for one in work.keys() if one.state is None or one.state.id != work.case_public.id)
    if not left or not done.unopened:
        return left, []
    wanted = set(done.unopened)
    standing = [(case, entry, wrap) for case, entry, wrap in work.all_wraps() if entry in wanted]
    closed = [(case, entry) for case, entry, wrap in standing if rotation.key_of(wrap) != work.case_public.id]
    return left - len(closed), rotation.named(work, closed)


COMMANDS = (offline, online, wraps, apply)
