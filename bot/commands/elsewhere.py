"""qorgan keys offline-init, public, prove, and rotate with --keyring: on the coordinators' machine.

Never on the server, and without its settings and database.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from bot.commands import asking, files, rotation
from bot.vault import (
    CasePublic,
    Challenge,
    Keyring,
    Kind,
    WrapsFile,
    create_case_keyring,
    fresh_pair,
    open_keyring,
    read_public,
    rewrap_file,
    write_public,
)

FILE = click.Path(path_type=Path, dir_okay=False)
WHOSE = "Passphrase of the case keyring"


@click.command("offline-init")
@click.option("--keyring", required=True, type=FILE, help="The case keyring to make.")
@click.option("--public", required=True, type=FILE, help="Where to write its public key, for the server.")
def offline_init(keyring: Path, public: Path) -> None:
    """Make the case keyring, not on the server.

    On the coordinators' machine: makes the keyring, its recovery key, and a public key for the server. Never on
    the server. Asks for a passphrase. Needs no settings and no network.
    """
    recovery_key = keyring.with_name(keyring.name + ".recovery-key")
    for path in (keyring, public, recovery_key):
        files.refuse_existing(path)
    passphrase = asking.new_passphrase("case keyring")
    seed = create_case_keyring(keyring, passphrase)
    try:
        text = f"# qorgan: this key opens the case keyring without its passphrase\n{seed.hex()}\n"
        files.write_new(recovery_key, text.encode())
        made = _public(open_keyring(keyring, passphrase))
        write_public(public, made)
    except BaseException:
        for path in (keyring, recovery_key):
            path.unlink(missing_ok=True)
        raise
    click.echo(f"made case keyring   {keyring}")
    click.echo(f"made recovery key   {recovery_key}")
    click.echo(f"made public key     {public}")
    click.echo(f"fingerprint         {made.fingerprint}")
    click.echo(f"move {recovery_key} to another place, or split it: qorgan keys split --keyring … --recovery-key …")
    click.echo(_onward(public))


@click.command()
@click.option("--keyring", required=True, type=FILE, help="The case keyring.")
@click.option("--new", is_flag=True, help="Make a new pair first.")
@click.argument("out", metavar="FILE", type=FILE)
def public(keyring: Path, new: bool, out: Path) -> None:
    """Write the public key again.

    On the coordinators' machine: the public half of the case keyring's active pair goes to FILE, for keys offline
    on the server; its fingerprint is printed. A server refuses a key that was in use there before and is gone: give
    it a new one. Asks for the passphrase.
    """
    files.refuse_existing(out)
    opened = open_keyring(keyring, asking.secret(WHOSE))
    if new:
        files.refuse_unwritable(out)
        opened = fresh_pair(opened, datetime.now(UTC).date())
    made = _public(opened)
    write_public(out, made)
    click.echo(f"made public key     {out}")
    click.echo(f"fingerprint         {made.fingerprint}")
    click.echo(_onward(out))


@click.command()
@click.option("--keyring", required=True, type=FILE, help="The case keyring.")
@click.argument("challenge", metavar="FILE", type=FILE)
def prove(keyring: Path, challenge: Path) -> None:
    """Show that the private key is here.

    On the coordinators' machine: opens the FILE that keys offline made on the server, and prints the proof, to be
    typed there. From then on this keyring serves that server and no other. Asks for the passphrase.
    """
    asked = Challenge.read(files.read(challenge))
    click.echo(f"proof               {asked.answer(open_keyring(keyring, asking.secret(WHOSE)))}")
    click.echo("on the server: qorgan keys offline --public … --proof CODE")


def rewrap(keyring: Path, wraps_file: Path, out: Path, to: Path | None) -> None:
    """On the coordinators' machine: the new wraps, to the server's key where ``to`` names it."""
    files.refuse_existing(out)
    collected = WrapsFile.read(files.read(wraps_file))
    public = read_public(to) if to else None
    if public is not None:
        asking.require_same_key(public, None, "administrator")
    opened_keyring = open_keyring(keyring, asking.secret(WHOSE))
    began = time.monotonic()
    with Console(stderr=True).status(f"re-wrapping {len(collected.wraps)}"):
        done = rewrap_file(opened_keyring, collected, datetime.now(UTC).date(), public)
    files.write_new(out, done.write())
    total = len(done.wraps) + len(done.unopened)
    click.echo(f"re-wrapped {len(done.wraps)} of {total} in {time.monotonic() - began:.0f} s: {out}")
    click.echo(f"fingerprint         {done.public.fingerprint}")
    cases = {entry: case for case, entry, _ in collected.wraps}
    for line in rotation.unopened([(entry, cases[entry].hex()) for entry in done.unopened]):
        click.echo(line)
    click.echo(f"on the server: qorgan keys apply {out.name}")


def _public(keyring: Keyring) -> CasePublic:
    active = keyring.keys.active(Kind.CASE)
    return CasePublic(active.known.id, active.public)


def _onward(public: Path) -> str:
    return (
        f"on the server: qorgan keys offline --public {public.name} --challenge FILE;"
        " read the fingerprint out when it asks"
    )


COMMANDS = (offline_init, public, prove)
