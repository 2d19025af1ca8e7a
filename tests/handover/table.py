"""The table of what could be handed over, made by trying; ``TOLD`` says what each thing is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tests.handover.house import Seized
from tests.handover.seizure import Column, Keys, Reading, read

BEGIN, END = "<!-- handover: made by python -m tests.handover -->", "<!-- end of handover -->"

FILES = {
    "settings": "the settings file: bot token, Telegram ids of the first staff",
    "keyring": "the keyring: every lasting key, case keys among them",
    "keyring.erasures": "keyed hashes of erased cases and their expiry days: how many were erased, and when",
    "day-keys": "the day-key file: draft and outbox keys of the last days",
    "qorgan.db": "the database: the tables below",
    "qorgan.db-wal": "its write-ahead log: newer rows of the tables, and what they replaced since it was last emptied",
    "qorgan.db-shm": "an index of that log: page numbers",
}

TOLD: dict[Column, str] = {
    ("alembic_version", "version_num"): "the schema's revision: which version of the program runs",
    ("audit", "number"): "counter: how much was done",
    ("audit", "sealed"): "who of the staff did what, to which case id, when",
    ("audit", "hash"): "hash chain",
    ("cases", "id"): "random id: how many cases",
    ("cases", "chat"): "random id of the person's row: which cases are one person's",
    ("cases", "code"): "blind index of the case code",
    ("cases", "code_key"): "key id",
    ("cases", "finder"): "blind index of a return code's first two words: which open cases have one",
    ("cases", "finder_key"): "key id",
    ("cases", "head"): "code, urgency, reasons, deadlines, city, kind of custody, language, self or another, "
    "safe hours, holder, state, times, whether the person can be written to and whether another way to reach them "
    "was given (not which), linked cases",
    ("cases", "expires"): "expiry day: which cases are closed, and when",
    ("chats", "id"): "random id: how many people",
    ("chats", "person"): "blind index of the Telegram id",
    ("chats", "person_key"): "key id",
    ("chats", "address"): "Telegram id, language, which cases, which one wrote last, what the home screen shows,"
    " what is locked away, what verifies its word and return codes, when codes were tried, the account a case came back"
    " from",
    ("chats", "draft"): "an intake that is not finished, with its answers; letters that the person may still read",
    ("chats", "expires"): "expiry day: who has written, or been written to, in the last two days",
    ("entries", "id"): "random id",
    ("entries", "case"): "random id: how many entries a case has",
    ("entries", "number"): "counter",
    ("lease", "number"): "the lead of all processes; there is one",
    ("lease", "holder"): "which process has it: hashed machine, process number and start",
    ("lease", "ends"): "until when, on PostgreSQL by its clock, else in milliseconds since the machine's start",
    ("entries", "ciphertext"): "the answers that were sent, the words passed on, and what went through the relay",
    ("messages", "id"): "random id: how many messages stand in staff chats",
    ("messages", "case"): "random id: which case a message is about",
    ("messages", "sealed"): "chat and message id of a message of ours; what one of the staff is typing of a case",
    ("messages", "expires"): "expiry day",
    ("meta", "instance"): "random id of the installation",
    ("meta", "generation"): "how often the keyring was changed",
    ("meta", "state"): "what the house remembers: the bot's number and name, clock, refusals, last digest, last "
    "backup, what is amiss with the house, when the latest cases came, "
    "invites and agreements of the last two days",
    ("outbox", "id"): "random id: how much waits to be sent",
    ("outbox", "priority"): "priority: whether a critical alert waits",
    ("outbox", "not_before"): "when something is due: the second someone last wrote can be told from timers",
    ("outbox", "turn"): "the microsecond it was written",
    ("outbox", "sealed"): "what waits to be sent: chat, text; timers; what a coordinator is typing to a person",
    ("processes", "id"): "random id",
    ("processes", "generation"): "which keyring it has",
    ("processes", "ends"): "that the bot ran until then",
    ("seen", "update_id"): "Telegram's number of an update: how much is written to the bot",
    ("seen", "day"): "on which day",
    ("staff", "id"): "random id: how many staff",
    ("staff", "person"): "blind index of the Telegram id",
    ("staff", "person_key"): "key id",
    ("staff", "sealed"): "Telegram id, role, name, language, whether they can be written to, on which day they last "
    "wrote",
    ("tombstones", "hash"): "keyed hash of an erased case's id: how many were erased",
    ("tombstones", "expires"): "expiry day: when it was erased",
    ("wraps", "entry"): "random id",
    ("wraps", "case_key"): "key id: since when a case waits for its rotation",
    ("wraps", "number"): "counter: in which order all entries were made",
    ("wraps", "wrap"): "the data key of an entry",
}


def table(server: Seized, offline: Seized) -> str:
    """Three readings of two folders, side by side."""
    tries = ((server, None), (server, server.passphrase), (offline, offline.passphrase))
    keys = [Keys.found(seized.files, passphrase) for seized, passphrase in tries]
    readings = [read(seized.files, each) for (seized, _), each in zip(tries, keys, strict=True)]
    lines = [
        "| where | what it is | the disk alone | disk and passphrase, `server` custody | … `offline` custody |",
        "|---|---|---|---|---|",
    ]
    for name in sorted({one.name for seized in (server, offline) for one in seized.files.iterdir()}):
        cells = [_file(seized.files / name, each) for (seized, _), each in zip(tries, keys, strict=True)]
        lines.append(_line(f"`{name}`", FILES[name], *cells))
    for place in columns(server.files / "qorgan.db"):
        lines.append(_line(f"`{'.'.join(place)}`", TOLD[place], *(_cell(each, place) for each in readings)))
    return "\n".join(lines)


def columns(database: Path) -> Iterator[Column]:
    with closing(sqlite3.connect(database)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        for name in names:
            for row in connection.execute(f'PRAGMA table_info("{name}")').fetchall():
                yield name, row[1]


def _file(file: Path, keys: Keys) -> str:
    if file.name.startswith("qorgan.db"):
        return "clear" if file.name.endswith("-shm") else "as the tables"
    if file.name == "settings":
        return "clear" if b"QORGAN_BOT_TOKEN=" in file.read_bytes() else "—"
    if file.name == "keyring.erasures":
        return "clear"
    if keys.opened is None:
        return "sealed"
    return "opens" if file.name == "day-keys" or keys.opened.case else "opens; of case keys the public halves only"


def _cell(reading: Reading, place: Column) -> str:
    if place in reading.clear:
        return "clear"
    outcomes = {opened for (where, _), opened in reading.tried.items() if where == place}
    # One that opens is enough; what the log still holds of half-written pages opens for nobody.
    return "opens" if True in outcomes else "sealed" if outcomes else "never seen"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
