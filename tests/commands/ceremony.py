"""The steps of offline custody, typed on the server and on the coordinators' machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from click.testing import Result

from bot.vault import Custody, Kind, open_keyring, open_vault
from tests.commands.machine import CHEAP, PASSPHRASE, Machine

THEIRS = "a passphrase that only coordinators know"


def begun(far: Machine, keyring: str = "keyring", public: str = "public") -> str:
    """Makes the case keyring; gives the fingerprint."""
    words = ["keys", "offline-init", "--keyring", far.file(keyring), "--public", far.file(public)]
    done = far.does(*words, answers=f"{THEIRS}\n{THEIRS}\n")
    assert THEIRS not in done.output
    # It was made to be slow to open, at each of the many steps that follow.
    open_keyring(Path(far.file(keyring)), THEIRS).with_passphrase(THEIRS, CHEAP)
    return said(done, "fingerprint")


def said(done: Result, name: str) -> str:
    return next(line for line in done.stdout.splitlines() if line.startswith(name)).split(None, 1)[1]


def carried(source: Machine, name: str, to: Machine) -> str:
    """A file goes from one machine to the other."""
    shutil.move(source.file(name), to.file(name))
    return to.file(name)


def proof(machine: Machine, far: Machine, name: str = "public", keyring: str = "keyring") -> str:
    """The challenge goes there, the code comes back; the public file is on the server by then."""
    asked = ["keys", "offline", "--public", machine.file(name), "--challenge", machine.file("challenge")]
    machine.does(*asked, answers="y\n")
    there = carried(machine, "challenge", far)
    done = far.does("keys", "prove", "--keyring", far.file(keyring), there, answers=THEIRS)
    Path(there).unlink()
    return said(done, "proof")


def offline(machine: Machine, far: Machine) -> None:
    begun(far)
    carried(far, "public", machine)
    given(machine, far)


def given(machine: Machine, far: Machine, name: str = "public", keyring: str = "keyring") -> Result:
    """The case keys go to the holder of a public file that is on the server."""
    code = proof(machine, far, name, keyring)
    return machine.does("keys", "offline", "--public", machine.file(name), "--proof", code)


def rewrapped(machine: Machine, far: Machine, name: str, *to: str, keyring: str = "keyring") -> tuple[str, Result]:
    """The wraps go there, the answer comes back: its file on the server, and what was said there."""
    machine.does("keys", "wraps", machine.file(f"{name}.wraps"))
    words = ["keys", "rotate", "--keyring", far.file(keyring), "--wraps", carried(machine, f"{name}.wraps", far)]
    done = far.does(*words, "--out", far.file(name), *to, answers=("y\n" if to else "") + THEIRS)
    return carried(far, name, machine), done


def round_(machine: Machine, far: Machine, name: str, *to: str, keyring: str = "keyring") -> tuple[Result, Result]:
    """The same, applied: what was said there and here."""
    file, done = rewrapped(machine, far, name, *to, keyring=keyring)
    return done, machine.does("keys", "apply", file, "--fingerprint", said(done, "fingerprint"))


def read_there(machine: Machine, far: Machine, code: str, keyring: str = "keyring") -> Result:
    machine.does("cases", "export", code, machine.file("sealed"))
    sealed = carried(machine, "sealed", far)
    shown = far.type("cases", "show", sealed, "--keyring", far.file(keyring), "--language", "en", answers=THEIRS)
    Path(sealed).unlink()
    return shown


def custody(machine: Machine) -> tuple[Custody, set[bool]]:
    vault = open_vault(machine.data / "keyring", machine.data / "day-keys", PASSPHRASE)
    known = vault.keys()
    return vault.custody, {key.held for key in known if key.kind is Kind.CASE}
