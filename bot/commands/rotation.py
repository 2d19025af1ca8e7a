"""Moving what is stored to the active case key: watched where the running bot does it, done here where none runs."""

from __future__ import annotations

import time

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.commands.opening import Opened, Refused
from bot.store.audit import SHELL
from bot.store.records import KeyCount, StaleWrap
from bot.store.rewrapping import Rewrapping
from bot.store.work import Work
from bot.vault import CasePublic, Damaged, Kind, State, key_id

LOOK = 0.25
PATIENCE = 5.0
"""Seconds without progress after which the shell moves the wraps itself."""
SHOWN = 20
"""Entries named one by one."""
REPORTED_WITHIN = 30.0
"""Seconds in which a running bot has said that it took up the newest keyring."""


def rotate(opened: Opened) -> None:
    """A new case key, everything moved to it, the old one destroyed if nothing needs it any more."""
    if not begin(opened):
        click.echo("an earlier rotation is not finished: it goes on now")
    carry_through(opened)
    tell_counts(opened)
    destroy_spent(opened)


def begin(opened: Opened, public: CasePublic | None = None) -> bool:
    """Whether a new key is in use; with ``public`` an unfinished rotation is ended before."""
    begun = opened.do(lambda work: work.begin_rotation(SHELL, public))
    if begun or public is None:
        return begun
    carry_through(opened)
    if not opened.do(lambda work: work.begin_rotation(SHELL, public)):
        raise Refused("another rotation has begun meanwhile", "run the same command again when it is finished")
    return True


def carry_through(opened: Opened) -> None:
    """Until nothing is left to move; on standard error it is shown how far it is."""
    left = total = opened.do(lambda work: work.stale_count())
    rewrapping = Rewrapping(opened.store, opened.vault)
    watching = bool(opened.do(lambda work: work.processes()))
    console = Console(stderr=True)
    columns = (TextColumn("re-wrapping"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    moved = time.monotonic()
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("re-wrapping", total=total)
        while left:
            if watching:
                time.sleep(LOOK)
                now = opened.do(lambda work: work.stale_count())
                moved = time.monotonic() if now < left else moved
                watching, left = time.monotonic() - moved < PATIENCE, now
            else:
                left = rewrapping.step()
            bar.update(task, completed=total - left)
        bar.update(task, completed=total)


def tell_counts(opened: Opened) -> None:
    """How much stands under each case key, and what can't be moved because it doesn't open."""

    def closed(work: Work) -> list[str]:
        stale = work.stale_wraps(0, SHOWN + 1)
        return named(work, [(one.case, one.entry) for one in stale if not _opens(opened, one)])

    for line in opened.do(closed):
        click.echo(line)
    for one in opened.do(lambda work: work.keys()):
        if one.state is None:
            click.echo(f"unknown keys: {wraps(one.wraps)} that nothing here opens")
        elif one.state.kind is Kind.CASE:
            click.echo(f"case key {one.state.id.hex()} ({one.state.state}): {wraps(one.wraps)}")


def destroy_spent(opened: Opened) -> bool:
    """Destroys the old keys that nothing needs; says which of them stay, and why. True if none stays."""
    newest = opened.vault.generation

    def behind(work: Work) -> bool:
        return any(process.generation < newest for process in work.processes())

    def awaited(work: Work) -> bool:
        return behind(work) and any(not one.wraps for one in _retired(work))

    def kept(work: Work) -> list[str]:
        free = "its time comes with the next use of the shell"
        if not work.clock_sure():
            free = "the clock is in doubt; see: qorgan keys confirm-clock --help"
        elif behind(work):
            free = "a running bot has not taken up the new keyring yet; when it has, it destroys the key"
        return [
            f"old case key {one.state.id.hex()} is kept: "
            + (f"{wraps(one.wraps)} under it can't be moved here" if one.wraps else free)
            for one in _retired(work)
            if one.state
        ]

    until = time.monotonic() + REPORTED_WITHIN
    while time.monotonic() < until and opened.do(awaited):
        time.sleep(LOOK)
    destroyed = opened.do(lambda work: work.destroy_spent_keys(SHELL))
    if destroyed:
        click.echo(f"old case keys destroyed: {destroyed}")
    lines = opened.do(kept)
    for line in lines:
        click.echo(line)
    return not lines


def case_keys(work: Work) -> list[KeyCount]:
    counted = work.keys()
    return [one for one in counted if one.state and one.state.kind is Kind.CASE]


def _retired(work: Work) -> list[KeyCount]:
    return [one for one in case_keys(work) if one.state and one.state.state is State.RETIRED]


def named(work: Work, entries: list[tuple[bytes, bytes]]) -> list[str]:
    """A line for each (case, entry) that does not open; the case by its code where its head opens."""
    codes = {case.id: case.head["code"] for case in work.load_cases({case for case, _ in entries}).values()}
    return unopened([(entry, codes.get(case, case.hex())) for case, entry in entries])


def _opens(opened: Opened, one: StaleWrap) -> bool:
    try:
        return bool(opened.vault.rewrap(one.case, one.entry, one.wrap))
    except Damaged:
        return False


def unopened(entries: list[tuple[bytes, str]]) -> list[str]:
    lines = [f"does not open: entry {entry.hex()} of case {case}" for entry, case in entries[:SHOWN]]
    return [*lines, "and more do not open"] if len(entries) > SHOWN else lines


def key_of(wrap: bytes) -> bytes:
    """Empty for what is no wrap."""
    try:
        return key_id(wrap)
    except Damaged:
        return b""


def wraps(count: int) -> str:
    return f"{count} wrap" if count == 1 else f"{count} wraps"
