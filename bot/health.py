"""What ``qorgan check`` finds: one line for each part the bot needs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from telegram.error import InvalidToken, TelegramError

from bot import languages, premises, return_words, speaking
from bot import settings as reading
from bot.intake import questionnaire as questionnaires
from bot.intake.faults import QuestionnaireError
from bot.premises import FAULT, OK, WARNING, Finding, open_to_others
from bot.settings import PASSPHRASE, TOKEN, WEBHOOK_SECRET, Settings, SettingsError
from bot.store import schema
from bot.store.engine import make_engine, out_of_reach
from bot.store.records import StoreError
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram import standby
from bot.telegram.actions import DESK, role_of
from bot.telegram.alarms import BACKUP, BACKUP_WITHIN
from bot.telegram.profile import BOT
from bot.telegram.transport import Transport
from bot.vault import KeyringError, Vault, open_vault


def check(environ: Mapping[str, str], file: Path | None) -> list[Finding]:
    """Looks at everything and changes nothing."""
    try:
        settings = reading.load(environ, file)
    except SettingsError as error:
        return [_fault("settings", error, error.hint), *_catalogues(None)]
    vault, found = _keyring(settings)
    asked, read = _questionnaire(settings)
    return [
        *_settings(settings),
        *premises.machine(settings),
        *found,
        *_database(settings, vault, asked),
        *_catalogues(settings),
        read,
        *_continuity(settings),
        *_telegram(settings),
    ]


def questionnaire(settings: Settings) -> questionnaires.Questionnaire:
    """The questionnaire the settings name; SettingsError with one line if it can't be used."""
    path = settings.questionnaire or questionnaires.BUILT_IN
    try:
        return questionnaires.load(path)
    except QuestionnaireError as error:
        words = str(error)
    except (AttributeError, KeyError, TypeError, ValueError):
        words = "it is not built like one"
    raise SettingsError(f"the questionnaire {path} can't be used: {words}", "run: qorgan questionnaire check FILE")


def standing(settings: Settings) -> schema.Standing:
    """Where the database's schema is. StoreError if it can't be read."""
    engine = make_engine(settings.database_url, create=False)
    try:
        with engine.connect() as connection:
            return schema.standing(connection)
    except SQLAlchemyError as error:
        raise out_of_reach(error) or StoreError(
            "the database can't be read", "the file must be a qorgan database on a disk with room"
        ) from None
    finally:
        engine.dispose()


def revision(settings: Settings) -> str:
    """The schema's revision in the database; none where it is empty. StoreError if it can't be read."""
    return standing(settings).revision


def _settings(settings: Settings) -> Iterator[Finding]:
    told = f"from {settings.file}" if settings.file.exists() else "from the environment"
    if settings.file.exists() and open_to_others(settings.file):
        told = f"{settings.file} is open to other users of this machine: run: chmod 600 {settings.file}"
        yield Finding(WARNING, "settings", told)
    else:
        yield Finding(OK, "settings", told)
    parts = urlsplit(settings.api_url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield Finding(WARNING, "settings", "QORGAN_API_URL sends the token unencrypted: use https")
    if settings.data_dir.is_dir() and open_to_others(settings.data_dir):
        words = f"{settings.data_dir} is open to other users: run: chmod 700 {settings.data_dir}"
        yield Finding(WARNING, "data folder", words)


def _keyring(settings: Settings) -> tuple[Vault | None, list[Finding]]:
    if settings.passphrase is None and settings.keyring.exists():
        words = f"the passphrase is missing: set {PASSPHRASE} or {PASSPHRASE}_FILE"
        return None, [Finding(FAULT, "keyring", words)]
    try:
        # The day keys' lock needs their folder; a keyring elsewhere may be fine without it.
        vault = open_vault(settings.keyring, settings.day_keys, settings.passphrase or "")
    except KeyringError as error:
        return None, [_fault("keyring", error, error.hint)]
    found = [Finding(OK, "keyring", f"{settings.keyring}, generation {vault.generation}")]
    if settings.recovery_key.exists():
        words = f"{settings.recovery_key} is still here: move it off this machine"
        found.append(Finding(WARNING, "recovery key", words))
    return vault, found


def _database(settings: Settings, vault: Vault | None, asked: questionnaires.Questionnaire | None) -> Iterator[Finding]:
    try:
        found = standing(settings)
    except StoreError as error:
        yield _fault("database", error, error.hint)
        return
    if found.newer:
        words = "the database was written by a newer version of qorgan: install that version"
        yield Finding(FAULT, "migrations", words)
    elif found.steps:
        yield Finding(FAULT, "migrations", "an older schema: qorgan init brings it up to date")
    else:
        if vault is None:
            yield Finding(WARNING, "database", "can be read; not compared with the keyring")
        else:
            yield from _store(settings, vault, asked)
        yield Finding(OK, "migrations", f"at {found.needed}, the newest")


def _store(settings: Settings, vault: Vault, asked: questionnaires.Questionnaire | None) -> Iterator[Finding]:
    try:
        with Store.open(settings.database_url, vault) as store:
            found = store.write_now(lambda work: _stored(work, settings, vault, asked))
    except StoreError as error:
        yield _fault("database", error, error.hint)
        return
    yield Finding(OK, "database", "opens with the keyring")
    yield from found


def _continuity(settings: Settings) -> Iterator[Finding]:
    """What is ready for the day on which Telegram removes the bot."""
    lacking = [
        *([] if settings.page_url else ["the page where people look for the bot (QORGAN_PAGE_URL)"]),
        *([] if settings.standby else ["a standby bot (QORGAN_STANDBY)"]),
    ]
    if lacking:
        words = f"if Telegram removes the bot, missing: {', '.join(lacking)}; see: qorgan continuity --help"
        yield Finding(WARNING, "continuity", words)
    else:
        yield Finding(OK, "continuity", f"{settings.standby}, {settings.page_url}")


def _stored(work: Work, settings: Settings, vault: Vault, asked: questionnaires.Questionnaire | None) -> list[Finding]:
    parts = _bot(work, settings), _staff(work, settings), _keys(work, vault)
    return [*(one for part in parts for one in part), *premises.house(work, settings, asked)]


def _bot(work: Work, settings: Settings) -> Iterator[Finding]:
    if settings.bot is not None and work.state().get(BOT, settings.bot) != settings.bot:
        words = "the token is another bot's: if the one before is gone: qorgan continuity switch"
        yield Finding(FAULT, "continuity", words)


def _staff(work: Work, settings: Settings) -> Iterator[Finding]:
    """Whom the settings name counts only until the first start, whom the database holds from then on."""
    known, named = work.staff(), settings.admins or settings.coordinators
    if not known and not named:
        yield Finding(WARNING, "staff", "nobody to alert: set QORGAN_COORDINATORS")
    if known and named:
        words = "QORGAN_ADMINS and QORGAN_COORDINATORS have done their work: remove them"
        yield Finding(WARNING, "staff", words)
    if known and not any(role_of(one) in DESK and not one.body.get("removed") for one in known):
        yield Finding(WARNING, "staff", "nobody to alert: qorgan staff invite coordinator")
    name = standby.named(work, settings.standby)
    away = [one for one in known if standby.awaited(one, name)]
    if away:
        words = f"have not confirmed that they pressed Start at {name}: {len(away)}; /staff names them"
        yield Finding(WARNING, "staff", words)


def _keys(work: Work, vault: Vault) -> Iterator[Finding]:
    """What keeps the keys from being new, copied, and destroyed in time."""
    counted, state = work.keys(), work.state()
    if left := work.stale_count():
        words = f"not finished: {left} wraps are under an old key; the running bot goes on, or: qorgan keys rotate"
        yield Finding(WARNING, "rotation", words)
    if unknown := sum(one.wraps for one in counted if one.state is None):
        yield Finding(FAULT, "keys", f"{unknown} wraps are under keys that the keyring lacks: put its newest file back")
    yield from _backup(state, vault.generation)
    if state.get("doubt"):
        yield Finding(WARNING, "clock", "in doubt, nothing is destroyed: qorgan keys confirm-clock")


def _backup(state: Mapping[str, Any], generation: int) -> Iterator[Finding]:
    """One line, of what is worst. A backup holds the keyring, too."""
    known, now = state.get(BACKUP, {}), datetime.now(UTC)
    made = datetime.fromtimestamp(known["at"], UTC) if "at" in known else None
    words = ""
    if made is None:
        words = "none yet: qorgan backup FOLDER, once a day"
    elif not abs((now - made).total_seconds()) < BACKUP_WITHIN:
        words = f"the last good one is of {made:%Y-%m-%d %H:%M} UTC: qorgan backup FOLDER, once a day"
    elif state.get("backed_up") != generation:
        words = f"generation {generation} of the keyring is in none yet: qorgan backup FOLDER"
    if known.get("failed"):
        failed = datetime.fromtimestamp(known["failed"], UTC)
        words = f"failed on {failed:%Y-%m-%d %H:%M} UTC: run qorgan backup FOLDER, it says why; {words}".rstrip("; ")
    if words:
        yield Finding(WARNING, "backup", words)


def _catalogues(settings: Settings | None) -> Iterator[Finding]:
    further = settings.locales if settings is not None else None
    file = settings.questionnaire if settings is not None else None
    try:
        return_words.load(*languages.places(further))
        yield Finding(OK, "catalogues", ", ".join(speaking.say(file, further)))
    except languages.LanguageError as error:
        yield _fault("catalogues", error, error.hint)


def _questionnaire(settings: Settings) -> tuple[questionnaires.Questionnaire | None, Finding]:
    try:
        loaded = questionnaire(settings)
    except SettingsError as error:
        return None, _fault("questionnaire", error, error.hint)
    return loaded, Finding(OK, "questionnaire", f"{len(loaded.questions)} questions")


def _telegram(settings: Settings) -> Iterator[Finding]:
    if settings.webhook_url is not None and settings.webhook_secret is None:
        yield Finding(FAULT, "webhook", f"its secret is missing: openssl rand -hex 32 makes one, set {WEBHOOK_SECRET}")
    if settings.token is None:
        yield Finding(FAULT, "telegram", f"the bot token is missing: @BotFather gives it, set {TOKEN}")
        return
    try:
        known, info = asyncio.run(_asked(settings.api_url, settings.token))
    except InvalidToken:
        yield Finding(FAULT, "telegram", f"does not know the token: copy it from @BotFather into {TOKEN}")
    except TelegramError:
        yield Finding(FAULT, "telegram", "can't be reached: check the network and QORGAN_API_URL")
    else:
        yield Finding(OK, "telegram", f"answers as {known.name}")
        yield from _webhook(settings, info)


def _webhook(settings: Settings, info: Mapping[str, Any]) -> Iterator[Finding]:
    """Whose webhook Telegram knows. A stranger's address is not shown: it may be as good as a password."""
    known = info.get("url", "")
    if known and known != settings.webhook_url:
        words = "Telegram delivers elsewhere: if nobody of yours set that, revoke the token at @BotFather"
        yield Finding(FAULT if settings.webhook_url else WARNING, "webhook", f"{words}; qorgan run puts it right")
    elif settings.webhook_url and not known:
        yield Finding(WARNING, "webhook", "Telegram knows none: qorgan run tells it")
    elif settings.webhook_url:
        waiting, failed = info.get("pending_update_count", 0), info.get("last_error_message")
        if waiting and failed:
            words = f"updates wait there: {waiting}; the last delivery failed: {failed}"
            yield Finding(WARNING, "webhook", words)
        else:
            yield Finding(OK, "webhook", "Telegram delivers to ours")


@dataclass(frozen=True)
class Bot:
    """``groups``: whether anybody may add it to a group."""

    name: str
    groups: bool


async def bot(api_url: str, token: str) -> Bot:
    """As Telegram knows it; TelegramError where it doesn't know the token or can't be reached."""
    return (await _asked(api_url, token))[0]


async def _asked(api_url: str, token: str) -> tuple[Bot, dict[str, Any]]:
    transport = Transport(api_url, token)
    try:
        told = await transport.call("getMe")
        known = Bot(f"@{told.get('username', '')}", bool(told.get("can_join_groups", False)))
        return known, await transport.call("getWebhookInfo")
    finally:
        await transport.shutdown()


def _fault(subject: str, error: Exception, hint: str) -> Finding:
    return Finding(FAULT, subject, f"{error}: {hint}")
