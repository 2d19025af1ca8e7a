"""What the shell asks: secrets never stand among a command's words, where other users could read them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from bot.commands.opening import Opened, Refused
from bot.setup import SHORTEST
from bot.store.work import Work
from bot.telegram import agreement
from bot.telegram.agreement import Matter
from bot.vault import CasePublic


def secret(question: str) -> str:
    """One line, not shown while it is typed."""
    return _line(question, hidden=True)


def share() -> str:
    """The words of one share, shown while they are typed: nobody types 33 words unseen. Their numbers may stand."""
    return " ".join(word for word in _line("Next share", hidden=False).split() if not word.isdigit())


def words(question: str, longest: int) -> str:
    """Some words, shown while they are typed: a line from the terminal, all there is from a pipe."""
    said = (_line(question, hidden=False) if sys.stdin.isatty() else sys.stdin.read()).strip()
    if not said:
        raise Refused("there are no words", "type them when asked, or send them through a pipe")
    if len(said) > longest:
        raise Refused(f"these are {len(said)} characters, {longest} is the most", "make two of it")
    return said


def _line(question: str, *, hidden: bool) -> str:
    """From the terminal, or from a pipe as it comes."""
    if sys.stdin.isatty():
        return str(click.prompt(question, hide_input=hidden, err=True)).strip()
    click.echo(f"{question}:", err=True)
    line = sys.stdin.readline()
    if not line:
        raise click.Abort
    return line.strip()


def new_passphrase(what: str) -> str:
    while True:
        passphrase = secret(f"New passphrase for the {what}")
        if len(passphrase) < SHORTEST:
            click.echo(f"at least {SHORTEST} characters; several words are best", err=True)
        elif secret("The same again") != passphrase:
            click.echo("the two differ", err=True)
        else:
            return passphrase


def require_same_key(public: CasePublic, fingerprint: str | None, who: str = "coordinators") -> None:
    """That this public key is the one its makers hold, by what they read out."""
    if fingerprint is None:
        click.echo(f"fingerprint: {public.fingerprint}", err=True)
        same = click.confirm(f"Is this the fingerprint that the {who} read out to you?", err=True)
    else:
        same = "".join(fingerprint.split()).lower() == "".join(public.fingerprint.split())
    if not same:
        raise Refused(
            f"this is not the key of the {who}: nothing was changed",
            "get the file again on a way nobody else can write to, and compare aloud",
        )


def agreed(house: Opened, matter: Matter, about: Mapping[str, Any] | None = None) -> bool:
    """Whether two administrators have agreed, or the only one there is; where not, they are asked, and that is said."""

    def ask(work: Work) -> tuple[int, int, int]:
        question = agreement.ask(work, matter, about)
        return (*agreement.tally(work, question, work.staff()), question.at)

    agreed, needed, at = house.do(ask)
    if agreed < needed:
        until = datetime.fromtimestamp(at + agreement.WITHIN, UTC)
        click.echo(f"the administrators are asked in their chats: {agreed} of {needed} have agreed")
        click.echo(f"run the same command again when they have, before {until:%Y-%m-%d %H:%M} UTC")
    return agreed >= needed
