"""How set-up ends: the recovery key in somebody's hands, the passphrase typed once more, and what comes next."""

from __future__ import annotations

import secrets
from pathlib import Path

from bot.commands.recovery import read_seed
from bot.intake.text import text
from bot.settings import PASSPHRASE, TOKEN, Settings
from bot.setup import Made
from bot.vault import open_keyring, split
from bot.vault.files import write_private
from bot.wizard.questions import Answers, new_passphrase
from bot.wizard.terminal import Terminal

SHARES, NEEDED = 5, 3
SHOWN = 8
"""Digits of the recovery key that are read back from its copy."""
STEPS = {
    "made passphrase": text("made: passphrase"),
    "made folder": text("made: folder"),
    "made settings": text("made: settings"),
    "completed settings": text("completed: settings"),
    "kept settings": text("kept: settings"),
    "made keyring": text("made: keyring"),
    "kept keyring": text("kept: keyring"),
    "made recovery key": text("made: recovery key"),
    "made database": text("made: database"),
    "migrated database": text("brought up to date: database"),
    "kept database": text("kept: database"),
    "set aside": text("set aside:"),
}
WAYS = {
    "file": text("as a file, on a stick that goes to a safe place"),
    "shares": text("as words on paper for five people; any three of them open the keys"),
}


def end(terminal: Terminal, known: Settings, made: Made, answers: Answers, recovery: str | None) -> None:
    """Shows what was made; does not return before the recovery key is known to be in somebody's hands."""
    terminal.title(text("Done"))
    for step in (*made.new, *made.kept):
        terminal.line(STEPS[step.label], step.place)
    if known.recovery_key.exists():
        _hand_out(terminal, known, recovery)
    passphrase = answers.passphrase or _shown(terminal, known, made)
    if passphrase:
        _typed_again(terminal, known, passphrase)
    _next(terminal, known, answers)


# The recovery key ---------------------------------------------------------------------------------------


def _hand_out(terminal: Terminal, known: Settings, recovery: str | None) -> None:
    terminal.title(text("The recovery key"))
    terminal.say(
        text("It opens everything without the passphrase: for the day when the passphrase or this server is lost."),
        text("It must not stay here."),
    )
    seed = read_seed(known.recovery_key)
    if (recovery or terminal.choose(text("How do you take it away?"), WAYS)) == "shares":
        _as_shares(terminal, seed)
    else:
        _as_file(terminal, known.recovery_key, seed)
    if terminal.agrees(text("Delete it here?")):
        known.recovery_key.unlink()


def _as_file(terminal: Terminal, path: Path, seed: bytes) -> None:
    terminal.line(text("Copy this file:"), path)
    wanted = seed.hex()[-SHOWN:]
    while terminal.words(text("Its last eight characters, read from the copy")).lower() != wanted:
        terminal.say(text("That is not how it ends. Look at the copy, not at this screen."))


def _as_shares(terminal: Terminal, seed: bytes) -> None:
    """One at a time on an empty screen; two words of each are read back from the paper."""
    shares = split(seed, SHARES, NEEDED)
    for number, share in enumerate(shares, 1):
        words = share.split()
        while True:
            terminal.clear()
            terminal.title(text("Share {number} of {count}. Write it on paper.", number=number, count=SHARES))
            for start in range(0, len(words), 5):
                row = enumerate(words[start : start + 5], start + 1)
                terminal.console.print("".join(f"{place:>4} {word:<10}" for place, word in row), highlight=False)
            terminal.words(text("Enter: it is written"))
            terminal.clear()
            places = sorted(secrets.SystemRandom().sample(range(len(words)), 2))
            if all(_read_back(terminal, place, words[place]) for place in places):
                break
            terminal.say(text("Not the same. The share is shown once more."))
    terminal.say(text("Give each share to another person. Whoever has three of them opens everything."))


def _read_back(terminal: Terminal, place: int, word: str) -> bool:
    return terminal.words(text("From the paper, word number {number}", number=place + 1)).lower() == word


# The passphrase ------------------------------------------------------------------------------------------


def _shown(terminal: Terminal, known: Settings, made: Made) -> str:
    """The passphrase that was made just now."""
    if not any(step.label == "made passphrase" for step in made.new):
        return ""
    passphrase = known.generated_passphrase.read_text(encoding="utf-8").strip()
    terminal.title(text("The passphrase"))
    terminal.line(text("Write it down, too:"), passphrase)
    terminal.line(text("It is kept in this file:"), known.generated_passphrase)
    terminal.words(text("Enter: it is written"))
    terminal.clear()
    return passphrase


def _typed_again(terminal: Terminal, known: Settings, passphrase: str) -> None:
    """A passphrase that nobody can repeat is changed while it is still known."""
    while terminal.words(text("The passphrase once more"), hidden=True) != passphrase:
        terminal.say(text("That is another one."))
        if terminal.agrees(text("Choose a new one?"), otherwise=False):
            fresh = new_passphrase(terminal)
            open_keyring(known.keyring, passphrase).with_passphrase(fresh)
            if known.generated_passphrase.exists():
                known.generated_passphrase.unlink()
                write_private(known.generated_passphrase, f"{fresh}\n".encode())
            passphrase = fresh
    terminal.say(text("Good."))


# What comes next -----------------------------------------------------------------------------------------

TOKEN_MISSING = text("A bot token is still missing: put it into the settings.")
ADMIN_MISSING = text("An administrator is still missing: run this once more when the bot has a token.")
HAND_OVER = text("Before anybody writes to the bot, hand the keys over. This says step by step how.")
STORED_NOWHERE = text("The passphrase is stored nowhere: give it at each start, by a file or the environment.")
CHECK = text("Look whether everything is there.")
RUN = text("Start the bot.")
INVITE = text("In Telegram, as administrator, invite the coordinators.")


def _next(terminal: Terminal, known: Settings, answers: Answers) -> None:
    qorgan = f"qorgan --settings {known.file}"
    steps = [
        (known.token is None, TOKEN_MISSING, f"{TOKEN}=…"),
        (not known.admins, ADMIN_MISSING, f"{qorgan} init"),
        (answers.offline, HAND_OVER, f"{qorgan} keys offline --help"),
        (not known.generated_passphrase.exists(), STORED_NOWHERE, f"{PASSPHRASE}_FILE=…"),
        (True, CHECK, f"{qorgan} check"),
        (True, RUN, f"{qorgan} run"),
        (True, INVITE, "/invite coordinator"),
    ]
    terminal.title(text("Next"))
    for number, (why, how) in enumerate([(why, how) for due, why, how in steps if due], 1):
        terminal.say(text("{number}. {why}", number=number, why=why))
        terminal.show(how)
