"""qorgan audit: who did what to the cases and keys, and whether the log is whole."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.commands.opening import Refused, find, opened, plain
from bot.store.records import AuditEntry, Case
from bot.store.work import Work

EVERY_ENTRY = 1_000_000


@click.group()
def audit() -> None:
    """Who did what to cases and keys, and when.

    Reads through this server, takes, exports, erasures, keys and staff stand in the audit log; no answers.

    Write the head down that every command prints at its end, outside this machine: verify --head proves later
    that nothing up to there was altered. Who owns the server can still write a whole new log.
    """


@audit.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many entries.")
@click.option("--before", type=click.IntRange(1), help="Only entries with a smaller number.")
@click.pass_obj
def show(file: Path | None, limit: int, before: int | None) -> None:
    """The newest entries of the log.

    Newest first: number, time (UTC), who, what, which case or key.
    "shell" is whoever used this shell, "house" the bot by itself; staff stand by their names.
    """
    with opened(file) as house:
        for line in house.do(lambda work: [*_lines(work, work.audit(limit=limit, before=before))]):
            click.echo(line)


def _lines(work: Work, entries: list[AuditEntry]) -> list[str]:
    names = {work.actor(one.user): one.body.get("name") or "no name" for one in work.staff()}
    about = {bytes.fromhex(entry.about) for entry in entries if len(entry.about) == 32}
    codes = {case.hex(): found.head["code"] for case, found in work.load_cases(about).items()}
    lines = []
    for entry in entries:
        at = datetime.fromtimestamp(entry.at, UTC)
        who = f"{plain(names[entry.who])} ({entry.who})" if entry.who in names else plain(entry.who)
        what = codes.get(entry.about) or entry.about
        lines.append(f"{entry.number:>7}  {at:%Y-%m-%d %H:%M:%S}  {who:<28}  {plain(entry.what):<16}  {what}".rstrip())
    return lines


@audit.command()
@click.argument("code", metavar="CODE")
@click.pass_obj
def case(file: Path | None, code: str) -> None:
    """What was done with one case.

    Oldest first, as a bundle for a partner carries it: staff stand by their pseudonyms only.
    """
    with opened(file) as house:
        for line in house.do(lambda work: about(work, find(work, code))):
            click.echo(line)


def about(work: Work, case: Case) -> list[str]:
    """Number, time, who and what, oldest first."""
    log = [one for one in work.audit(limit=EVERY_ENTRY) if one.about == case.id.hex()]
    return [f"{one.number}\t{utc(one.at)}\t{plain(one.who)}\t{plain(one.what)}" for one in reversed(log)]


def utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


@audit.command()
@click.option("--head", metavar="NUMBER:HASH", help="A head noted earlier, as the commands print it at their end.")
@click.pass_obj
def verify(file: Path | None, head: str | None) -> int:
    """Whether the log is whole.

    Follows the whole chain; the exit code is 1 if an entry was altered, removed or moved.
    With --head it is also found if the log was cut off behind that entry, or written anew.
    """
    noted = _head(head) if head is not None else None
    with opened(file) as house:
        verdict = house.do(lambda work: work.verify_audit(noted))
        click.echo(f"entries followed: {verdict.entries}")
        if verdict.fault is None:
            click.echo("the log is whole")
            return 0
        click.echo(f"fault at entry {verdict.number}: {verdict.fault}")
        return 1


def _head(noted: str) -> tuple[int, str]:
    found = re.fullmatch(r"([0-9]{1,18})[: ]([0-9a-f]{64})", noted.strip().lower())
    if found is None:
        raise Refused("this is no head of an audit log", "write it as NUMBER:HASH, as it was printed")
    return int(found[1]), found[2]
