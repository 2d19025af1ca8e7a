"""qorgan cases erase: a case goes, and the disk is searched for what is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from bot import residue, speaking
from bot.commands.opening import Opened, Refused, find, opened
from bot.setup import database_file
from bot.store.audit import SHELL
from bot.store.work import Work
from bot.telegram import casework
from bot.telegram.casework import Why
from bot.telegram.desk import Desk, House
from bot.telegram.table import TABLE

T = TypeVar("T")
TRIES, PAUSE = 20, 0.5
"""A running bot may hinder the emptying of the database's log for a moment."""


@click.command()
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--prove", is_flag=True, help="Search every file of the data folder for the erased ciphertext.")
@click.pass_obj
def erase(file: Path | None, codes: tuple[str, ...], yes: bool, prove: bool) -> int:
    """Erase cases for good.

    Answers, head, the person's address and what waits to be sent go at once. The running bot deletes the
    messages about them from the staff's chats. Copies made before still hold them. With --prove the exit code
    is 1 if any of the ciphertext is found afterwards. A disk may keep what a file system has freed, and a
    PostgreSQL server what it has not yet vacuumed: that is not searched.
    """
    with opened(file) as house:
        if prove and database_file(house.settings) is None:
            raise Refused("the database's files are on its server and are not searched", "erase without --prove")
        found = house.do(lambda work: {case.id: case for case in (find(work, code) for code in codes)})
        named = ", ".join(case.head["code"] for case in found.values())
        if not yes and not click.confirm(f"Erase {named} for good?", err=True):
            raise Refused("nothing was erased", "name the cases again to erase them")

        def gone(desk: Desk) -> list[bytes]:
            ciphertexts = [one for case in found for one in desk.work.ciphertexts(case)]
            for case in found:
                casework.erase(desk, case, Why.ADMIN, SHELL)
            return ciphertexts

        ciphertexts = at_desk(house, gone)
        click.echo(f"erased: {named}")
        found_left = _prove(house, ciphertexts) if prove else 0
        if house.store.log_emptied:
            return found_left
        click.echo("another program reads the database: its files still hold what was erased", err=True)
        click.echo("end that program; then the running bot clears them within the hour, or any use of qorgan", err=True)
        return 1


def at_desk(house: Opened, act: Callable[[Desk], T]) -> T:
    """One transaction as the bot makes them; what is to be sent is sent by the bot when it runs."""
    given = house.settings
    discreet = given.alert_detail == "discreet"
    rooms = House(
        *speaking.load(given.questionnaire, given.locales),
        discreet,
        given.rotation_days,
        actions=TABLE,
        standby=given.standby,
    )

    def work(work: Work) -> T:
        desk = Desk(rooms, work, work.staff(), {})
        done = act(desk)
        desk.save()
        return done

    return house.do(work)


def _prove(house: Opened, ciphertexts: list[bytes]) -> int:
    base = database_file(house.settings)
    places = [house.settings.data_dir, house.settings.keyring]
    places += [base.with_name(base.name + end) for end in ("", "-wal", "-shm")] if base else []
    for _ in range(TRIES):
        searched, left = residue.search(places, ciphertexts)
        if not any(one.file.name.endswith("-wal") for one in left):
            break
        time.sleep(PAUSE)
        house.do(lambda work: None)  # empties the log where that is still to be done
    total = sum(len(one) for one in ciphertexts)
    found = sum(one.found for one in left)
    click.echo(f"searched {searched} files for {total} bytes of ciphertext: {found} bytes found")
    for one in left:
        click.echo(f"{one.file}: {one.found} bytes")
    return 1 if left else 0
