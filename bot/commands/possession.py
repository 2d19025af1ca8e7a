"""The proof that the coordinators' machine opens what is sealed to its public key: asked for, and checked."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands import asking, files
from bot.commands.opening import Opened, Refused
from bot.store.work import Work
from bot.vault import CasePublic, Challenge, proves

LASTS = 24 * 3600
"""Seconds in which a challenge may be answered."""


def ask(house: Opened, public: Path, theirs: CasePublic, fingerprint: str | None, out: Path | None) -> None:
    if out is None:
        raise Refused(
            "it is not shown yet that the coordinators' machine has the private half of this key",
            f"run: qorgan keys offline --public {public} --challenge FILE",
        )
    files.refuse_existing(out)
    asking.require_same_key(theirs, fingerprint)
    made, digest = Challenge.make(house.vault.instance, theirs)

    def remember(work: Work) -> None:
        work.save_state(work.state() | {"proof": {"digest": digest, "at": int(work.now.timestamp())}})

    files.write_new(out, made.write())
    house.do(remember)
    click.echo(f"made challenge      {out}")
    click.echo(f"on the coordinators' machine: qorgan keys prove --keyring … {out.name}")
    click.echo(f"then here: qorgan keys offline --public {public} --proof CODE")


def check(work: Work, theirs: CasePublic, proof: str) -> None:
    """The proof is for this key: its fingerprint was compared when the challenge was made."""
    asked, now = work.state().get("proof"), int(work.now.timestamp())
    fresh = asked is not None and 0 <= now - asked["at"] < LASTS
    if asked is None or not fresh or not proves(asked["digest"], work.instance, theirs, proof):
        raise Refused(
            "this does not prove that the coordinators' machine has the private half of this key",
            "compare the proof; after a day, or for another key, make a new one with --challenge FILE",
        )


def forget(work: Work) -> None:
    work.save_state({name: value for name, value in work.state().items() if name != "proof"})
