"""First-time set-up: makes what is missing, keeps what is there, undoes its steps if one of them fails."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot import health, settings, speaking
from bot.settings import GENERATED, PASSPHRASE, TOKEN, Settings, SettingsError
from bot.store import schema
from bot.store.engine import make_engine
from bot.store.records import StoreError
from bot.store.store import Store
from bot.vault import Kdf, KeyringError, create_keyring, open_vault
from bot.vault.erasures import erasures_file
from bot.vault.files import sync_folder, write_private
from bot.vault.keyring import STRONG_KDF

SHORTEST = 12
"""Characters of a passphrase that someone types."""


class Step(NamedTuple):
    """What was done with what; a line for the shell."""

    label: str
    place: object

    def __str__(self) -> str:
        return f"{self.label:<20}{self.place}"


@dataclass(frozen=True)
class Made:
    """What a set-up made, what it found and left alone, and what is left to do; all of it lines for the shell."""

    new: list[Step] = field(default_factory=list)
    kept: list[Step] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)


def make(
    environ: Mapping[str, str],
    file: Path | None,
    answers: Mapping[str, str],
    *,
    beside: bool = False,
    kdf: Kdf = STRONG_KDF,
) -> Made:
    """Sets up what is missing. What stops it leaves the disk as it was.

    ``beside``: what there is can't be opened any more; it is set aside, and everything is made anew.
    """
    place, values = settings.given({**environ, **answers}, file, new=True)
    known = so_far({**environ, **answers}, file, beside)
    health.questionnaire(known)
    speaking.say(known.questionnaire, known.locales)
    made = Made()
    with ExitStack() as undo:
        if beside:
            _refuse_while_it_opens(known)
            _set_aside(known, made, undo)
        first = not os.path.lexists(known.keyring)
        passphrase, generated = _passphrase(known, first)
        if first:
            _refuse_remains(known)
        else:
            open_vault(known.keyring, known.day_keys, passphrase)
        for folder in dict.fromkeys((known.data_dir, known.keyring.parent, place.parent)):
            _folder(folder, made, undo)
        if generated:
            _write(known.generated_passphrase, f"{passphrase}\n", undo)
            made.new.append(Step("made passphrase", known.generated_passphrase))
        if first:
            _keyring(known, passphrase, kdf, made, undo)
        else:
            made.kept.append(Step("kept keyring", known.keyring))
        _database(known, passphrase, made, undo)
        _settings_file(place, values, answers, known, made, undo)
        undo.pop_all()
    made.advice.extend(_advice(known, generated))
    if first:
        away = "the private case keys are on this server; to keep them off it: qorgan keys offline --help"
        made.advice.insert(-1, away)
    return made


def so_far(environ: Mapping[str, str], file: Path | None, beside: bool) -> Settings:
    """The settings. A passphrase that was made here is not the new one's where everything is made anew."""
    place, values = settings.given(environ, file, new=True)
    ours = values.get(f"{PASSPHRASE}_FILE") == str(place.with_name(place.name + GENERATED))
    return settings.load(environ, file, new=True, locked_out=beside and ours)


def _refuse_while_it_opens(known: Settings) -> None:
    try:
        vault = open_vault(known.keyring, known.day_keys, _passphrase(known, first=False)[0])
        Store.open(known.database_url, vault, migrate=bool(health.revision(known))).close()
    except (SettingsError, KeyringError, StoreError):
        return
    raise SettingsError("the keyring and the database open: nothing is lost", "run: qorgan check")


def _set_aside(known: Settings, made: Made, undo: ExitStack) -> None:
    """Moves what can't be opened into a folder of its own; nothing is deleted."""
    base = database_file(known)
    databases = [base.with_name(base.name + end) for end in ("", "-wal", "-shm")] if base else []
    keys = [known.keyring, erasures_file(known.keyring), known.day_keys]
    paths = [*keys, *databases, known.recovery_key, known.generated_passphrase]
    old = [path for path in paths if os.path.lexists(path)]
    if not old:
        raise SettingsError("there is nothing to set aside", "run: qorgan init")
    name = f"aside-{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    aside = known.data_dir / name
    try:
        aside.mkdir(mode=0o700)
        undo.callback(_quietly, aside.rmdir)
        for path in old:
            os.rename(path, aside / path.name)
            undo.callback(_quietly, partial(os.rename, aside / path.name, path))
        for folder in {aside, *(path.parent for path in old)}:
            sync_folder(folder)
    except OSError as error:
        raise SettingsError(
            f"the old files can't be moved to {aside}: {(error.strerror or 'no reason given').lower()}",
            "move keyring, day keys, database and recovery key away yourself, then run: qorgan init",
        ) from None
    made.new.extend(Step("set aside", aside / path.name) for path in old)


def _passphrase(known: Settings, first: bool) -> tuple[str, bool]:
    """The passphrase, and whether it was made here."""
    if known.passphrase is not None:
        return known.passphrase, False
    with suppress(FileNotFoundError):  # left by a set-up that was killed
        return known.generated_passphrase.read_text(encoding="utf-8").strip(), False
    if not first:
        raise SettingsError(
            "the passphrase of the keyring is missing", f"set {PASSPHRASE} or {PASSPHRASE}_FILE"
        )
    return "-".join(secrets.token_hex(3) for _ in range(5)), True


def _refuse_remains(known: Settings) -> None:
    """Never a fresh key in place of a lost one."""
    for path in (database_file(known), known.day_keys):
        if path is not None and path.exists():
            raise SettingsError(
                f"the keyring {known.keyring} is missing, but {path} was made with one",
                "put the keyring back from a backup, or name another QORGAN_DATA_DIR",
            )
    if database_file(known) is None and health.revision(known):
        raise SettingsError(
            f"the keyring {known.keyring} is missing, but the database of QORGAN_DATABASE_URL was made with one",
            "put the keyring back from a backup, or name an empty database",
        )
    if known.recovery_key.exists():
        raise SettingsError(
            f"there is a recovery key at {known.recovery_key} already",
            "it belongs to another keyring: move it away, or name another file with --settings",
        )


def database_file(known: Settings) -> Path | None:
    name = make_url(known.database_url).database if known.database_url.startswith("sqlite") else None
    return Path(name) if name and name != ":memory:" else None


def _folder(folder: Path, made: Made, undo: ExitStack) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        for one in reversed(missing):
            one.mkdir(mode=0o700)
            undo.callback(_quietly, one.rmdir)
    except OSError as error:
        raise SettingsError(
            f"folder {folder} can't be made: {(error.strerror or 'no reason given').lower()}",
            "name another place with QORGAN_DATA_DIR or --settings FILE, or make it yours",
        ) from None
    if missing:
        made.new.append(Step("made folder", folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(
            f"folder {folder} can't be written to",
            "name another place with QORGAN_DATA_DIR or --settings FILE, or make it yours",
        )


def _settings_file(
    place: Path,
    values: Mapping[str, str],
    answers: Mapping[str, str],
    known: Settings,
    made: Made,
    undo: ExitStack,
) -> None:
    fresh = dict(answers)
    if known.passphrase is None and f"{PASSPHRASE}_FILE" not in values:
        fresh[f"{PASSPHRASE}_FILE"] = str(known.generated_passphrase)
    fresh.pop(PASSPHRASE, None)
    if not place.exists():
        lines = {**values, **fresh, "QORGAN_DATA_DIR": str(known.data_dir)}
        lines.pop(PASSPHRASE, None)
        _write(place, _lines(lines), undo)
        made.new.append(Step("made settings", place))
    elif fresh:
        before = place.read_text(encoding="utf-8")
        completed = place.with_name(place.name + ".new")
        completed.unlink(missing_ok=True)
        _write(completed, before.rstrip("\n") + "\n" + _lines(fresh), undo)
        os.replace(completed, place)
        made.new.append(Step("completed settings", place))
    else:
        made.kept.append(Step("kept settings", place))


def _lines(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in sorted(values.items()))


def _keyring(known: Settings, passphrase: str, kdf: Kdf, made: Made, undo: ExitStack) -> None:
    """The keyring appears under its name only once its recovery key is safe."""
    draft = known.keyring.with_name(known.keyring.name + ".made")
    draft.unlink(missing_ok=True)
    undo.callback(_quietly, draft.unlink)
    seed = create_keyring(draft, passphrase, kdf=kdf)
    text = f"# qorgan: this key opens the keyring without its passphrase\n{seed.hex()}\n"
    _write(known.recovery_key, text, undo)
    os.replace(draft, known.keyring)
    undo.callback(_quietly, known.keyring.unlink)
    sync_folder(known.keyring.parent)
    made.new.append(Step("made keyring", known.keyring))
    made.new.append(Step("made recovery key", known.recovery_key))


def _database(known: Settings, passphrase: str, made: Made, undo: ExitStack) -> None:
    path = database_file(known)
    before = "" if path is not None and not path.exists() else health.revision(known)
    if path is not None and not path.exists():
        for end in ("", "-wal", "-shm"):
            undo.callback(_quietly, path.with_name(path.name + end).unlink)
    name = path or f"the tables in {make_url(known.database_url).database}"
    vault = open_vault(known.keyring, known.day_keys, passphrase)
    Store.open(known.database_url, vault, migrate=True).close()
    if path is None and not before:
        undo.callback(_take_down, known.database_url)  # only now is it sure that what stands there is ours
    if not before:
        made.new.append(Step("made database", name))
    elif before != health.revision(known):
        made.new.append(Step("migrated database", name))
    else:
        made.kept.append(Step("kept database", name))


def _take_down(url: str) -> None:
    """What was made on a server goes with the keyring it belongs to."""
    engine = make_engine(url, create=False)
    with suppress(SQLAlchemyError), engine.begin() as connection:
        schema.take_down(connection)
    engine.dispose()


def _advice(known: Settings, generated: bool) -> list[str]:
    lines = []
    if known.recovery_key.exists():
        lines.append(
            f"move {known.recovery_key} off this machine now: it opens everything without the passphrase"
        )
    if generated:
        lines.append(
            f"no passphrase was given, so one was made; who has {known.generated_passphrase} "
            "and the keyring reads everything"
        )
    elif not known.generated_passphrase.exists():
        lines.append(f"the passphrase is written nowhere: give it to qorgan run by {PASSPHRASE} or …_FILE")
    if known.token is None:
        lines.append(f"still missing: a bot token from @BotFather, as {TOKEN}")
    if not known.coordinators:
        lines.append("still missing: someone to alert, as QORGAN_COORDINATORS")
    lines.append(f"next: qorgan --settings {known.file} check, then the same with run")
    return lines


def _write(path: Path, text: str, undo: ExitStack) -> None:
    """A new file of mode 0600, on the disk when this returns; never over one that is there."""
    try:
        write_private(path, text.encode())
        undo.callback(_quietly, path.unlink)
    except OSError as error:
        raise SettingsError(
            f"{path} can't be written: {(error.strerror or 'no reason given').lower()}",
            "free its place or room on the disk, or name another file with --settings FILE",
        ) from None


def _quietly(step: Callable[[], object]) -> None:
    with suppress(OSError):
        step()
