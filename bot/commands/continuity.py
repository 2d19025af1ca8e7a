"""qorgan continuity: Telegram removes bots without a word; what is made ready for that day, and done on it.

key, statement and verify need no settings, no database and no network: the key never is on the server.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot.commands import asking, files, switching
from bot.commands.opening import Refused, opened
from bot.vault import statement as signing
from bot.vault.statement import Statement

FILE = click.Path(path_type=Path, dir_okay=False)
WHOSE = "Passphrase of the continuity key"


@click.group()
def continuity() -> None:
    """For the day on which Telegram removes the bot.

    Before: a standby bot of another Telegram account, its name in QORGAN_STANDBY, its token not on the server; the
    organisation's page in QORGAN_PAGE_URL, with a signed statement of the bots' names on it.
    """


@continuity.command()
@click.argument("file", metavar="FILE", type=FILE)
def key(file: Path) -> None:
    """Make the signing key, not on the server.

    Print the public half and its fingerprint wherever people can compare them: on paper, at partners. Asks for a
    passphrase.
    """
    files.refuse_existing(file)
    made = signing.create_signing_key(file, asking.new_passphrase("continuity key"))
    click.echo(f"made continuity key {file}")
    click.echo(f"public              {made.public.hex()}")
    click.echo(f"fingerprint         {signing.fingerprint(made.public)}")


@continuity.command()
@click.option("--key", "file", required=True, type=FILE, help="The file that continuity key made.")
@click.option("--bot", "bots", required=True, multiple=True, help="@name of the bot; again for a standby.")
@click.option("--page", default="", help="Address of the organisation's page.")
@click.option("--valid-until", type=click.DateTime(["%Y-%m-%d"]), help="Last day on which it counts.")
def statement(file: Path, bots: tuple[str, ...], page: str, valid_until: datetime | None) -> None:
    """Print a signed statement of the bots' names, for the organisation's page.

    Not on the server. Of two statements the later counts: make a new one whenever a bot changes. Asks for the
    passphrase.
    """
    issued = datetime.now(UTC).replace(microsecond=0)
    names = tuple(f"@{name.removeprefix('@')}" for name in bots)
    said = Statement(issued, names, page, valid_until.date() if valid_until else None)
    signing.refuse_stale(said, issued)
    click.echo(signing.open_signing_key(file, asking.secret(WHOSE)).sign(said), nl=False)


@continuity.command()
@click.argument("published", metavar="STATEMENT", type=FILE)
@click.option("--public", required=True, help="The public half that continuity key printed.")
@click.option("--after", type=FILE, help="The statement known so far: an older one than it is refused.")
def verify(published: Path, public: str, after: Path | None) -> None:
    """Say whether a statement counts, and what it says."""
    half = _public(public)
    before = signing.read(_text(after), half) if after is not None else None
    said = signing.read(_text(published), half)
    signing.refuse_stale(said, datetime.now(UTC), before)
    click.echo(f"signed by   {signing.fingerprint(half)}")
    click.echo(f"issued      {said.issued:%Y-%m-%d %H:%M:%S} UTC")
    click.echo(f"until       {said.until or 'a later one is published'}")
    for number, bot in enumerate(said.bots):
        click.echo(f"{'standby' if number else 'bot':<12}{bot}")
    if said.page:
        click.echo(f"page        {said.page}")


@continuity.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def switch(file: Path | None, yes: bool) -> None:
    """Let another bot take the place of one that is gone.

    On the server, with the bot stopped and the token of the other bot in QORGAN_BOT_TOKEN. What waits for people is
    dropped: the other bot can't write to them before they write to it. Staff who pressed Start there get a line and
    the critical and urgent cases, first those whose person gave another way to reach them, and the alerts anew.
    """

    def sure(name: str) -> bool:
        return yes or click.confirm(f"Let @{name} take the place of the bot before?", err=True)

    with opened(file) as house:
        for line in switching.switch(house, sure):
            click.echo(line)


@continuity.command()
def drill() -> int:
    """Rehearse it all here: no token, no account, no network; nothing of yours is touched.

    Exit code 0 only if everything held.
    """
    from bot.drill import drill as rehearse

    return rehearse()


def _public(said: str) -> bytes:
    try:
        half = bytes.fromhex("".join(said.split()))
    except ValueError:
        half = b""
    if len(half) != 32:
        raise Refused("this is no public half of a continuity key", "it is 64 hexadecimal digits")
    return half


def _text(path: Path) -> str:
    try:
        return files.read(path).decode()
    except UnicodeDecodeError:
        raise Refused(f"{path} is no text", "check which file was given") from None
