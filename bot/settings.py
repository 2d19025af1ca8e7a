"""Every QORGAN_ setting, from the environment or a settings file of NAME=value lines; the environment wins.

Where a secret may stand in a file of its own, ``NAME_FILE`` names it, or systemd hands it over as a
credential called NAME. Errors name a setting and where it stands, never its value.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

API_URL = "https://api.telegram.org"
TOKEN, PASSPHRASE, WEBHOOK_SECRET = "QORGAN_BOT_TOKEN", "QORGAN_KEYRING_PASSPHRASE", "QORGAN_WEBHOOK_SECRET"
SECRETS = (TOKEN, PASSPHRASE, WEBHOOK_SECRET)
PATHS = (
    "QORGAN_DATA_DIR",
    "QORGAN_KEYRING",
    "QORGAN_QUESTIONNAIRE",
    "QORGAN_LOCALES",
    "QORGAN_TEMPLATES",
    *(f"{name}_FILE" for name in SECRETS),
)
GENERATED = ".passphrase"
"""What the file of a passphrase that nobody gave is called, after the settings file."""
KNOWN = (
    *SECRETS,
    *PATHS,
    "QORGAN_API_URL",
    "QORGAN_DATABASE_URL",
    "QORGAN_ADMINS",
    "QORGAN_COORDINATORS",
    "QORGAN_ALERT_DETAIL",
    "QORGAN_SEND_RATE",
    "QORGAN_CHAT_RATE",
    "QORGAN_PERSON_RATE",
    "QORGAN_FLOOD_FROM",
    "QORGAN_ROTATION_DAYS",
    "QORGAN_SUMMARY_MINUTES",
    "QORGAN_DRAFTS_IN_CHAT",
    "QORGAN_WEBHOOK_URL",
    "QORGAN_WEBHOOK_LISTEN",
    "QORGAN_PAGER_URL",
    "QORGAN_PAGE_URL",
    "QORGAN_STANDBY",
    "QORGAN_LOG_FORMAT",
    "QORGAN_METRICS_LISTEN",
)
ALERT_DETAILS = ("standard", "discreet")
LOG_FORMATS = ("json", "console")
LISTEN = ("127.0.0.1", 8080)
"""Where webhooks are taken in if nothing else is said: whoever speaks TLS with Telegram is on the same machine."""
HERE, EVERYWHERE = ("127.0.0.1", "::1", "localhost"), ("0.0.0.0", "::")
"""Hosts of this machine alone, and of a container's every network."""

_LARGEST_FILE = 64 * 1024
_NAME = re.compile(r"QORGAN_[A-Z0-9_]{1,40}")


class SettingsError(Exception):
    """A setting that can't be used; ``hint`` says how to mend it. Neither holds a value."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Settings:
    """What the bot is told from outside. ``file`` is the settings file, whether or not it is there."""

    file: Path
    data_dir: Path
    keyring: Path
    database_url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)
    api_url: str = field(default=API_URL, repr=False)
    admins: tuple[int, ...] = field(default=(), repr=False)
    coordinators: tuple[int, ...] = field(default=(), repr=False)
    questionnaire: Path | None = None
    locales: Path | None = None
    """A folder of languages beside those that come with the bot, or in place of them."""
    templates: Path | None = None
    """The organisation's own templates of drafts."""
    drafts_in_chat: bool = False
    alert_detail: str = "standard"
    send_rate: float = 30.0
    chat_rate: float = 1.0
    person_rate: float = 60.0
    flood_from: int = 10
    rotation_days: int = 30
    summary_minutes: int = 15
    webhook_url: str | None = field(default=None, repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    listen: tuple[str, int] | None = None
    """Host and port of the way in for webhooks and for questions about health; None: there is none."""
    pager_url: str | None = field(default=None, repr=False)
    page_url: str = ""
    """Where people look if the bot is gone."""
    standby: str = ""
    """The public name of the bot that takes its place, with @."""
    log_format: str = ""
    """Empty: for the eye on a terminal, JSON elsewhere."""
    metrics: tuple[str, int] | None = None
    """Host and port at which figures are told; None: nowhere."""

    @property
    def bot(self) -> int | None:
        """Telegram's number of the bot, with which its token begins."""
        return int(self.token.partition(":")[0]) if self.token is not None else None

    @property
    def day_keys(self) -> Path:
        return self.data_dir / "day-keys"

    @property
    def recovery_key(self) -> Path:
        """Where init puts the recovery key, to be taken away from there."""
        return self.file.with_name(self.file.name + ".recovery-key")

    @property
    def generated_passphrase(self) -> Path:
        """Where init puts a passphrase that nobody gave."""
        return self.file.with_name(self.file.name + GENERATED)


def load(
    environ: Mapping[str, str], settings_file: Path | None = None, *, new: bool = False, locked_out: bool = False
) -> Settings:
    """The settings, checked. A file that was named must be there, unless it is about to be made (``new``).

    ``locked_out``: the passphrase is lost, so it is not looked for.
    """
    file, values = given(environ, settings_file, new=new)
    data_dir = Path(values.get("QORGAN_DATA_DIR") or _default_folder(environ))
    questionnaire = values.get("QORGAN_QUESTIONNAIRE")
    templates = values.get("QORGAN_TEMPLATES")
    webhook_url = _webhook_url(values)
    token = _secret(values, environ, TOKEN)
    if token is not None and not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
        raise SettingsError(
            f"{TOKEN} is not a bot token", "it is digits, a colon and a key, as @BotFather gives it"
        )
    return Settings(
        file=file,
        data_dir=data_dir,
        keyring=Path(values.get("QORGAN_KEYRING") or data_dir / "keyring"),
        database_url=_database_url(values, data_dir),
        token=token,
        passphrase=None if locked_out else _secret(values, environ, PASSPHRASE),
        api_url=_api_url(values),
        admins=_ids(values, "QORGAN_ADMINS"),
        coordinators=_ids(values, "QORGAN_COORDINATORS"),
        questionnaire=Path(questionnaire) if questionnaire else None,
        templates=Path(templates) if templates else None,
        locales=_folder(values, "QORGAN_LOCALES"),
        alert_detail=_one_of(values, "QORGAN_ALERT_DETAIL", ALERT_DETAILS, ALERT_DETAILS[0]),
        send_rate=_rate(values, "QORGAN_SEND_RATE", Settings.send_rate),
        chat_rate=_rate(values, "QORGAN_CHAT_RATE", Settings.chat_rate),
        person_rate=_rate(values, "QORGAN_PERSON_RATE", Settings.person_rate, "a minute", "usual is"),
        flood_from=_flood_from(values),
        rotation_days=_days(values, "QORGAN_ROTATION_DAYS", Settings.rotation_days),
        summary_minutes=_summary_minutes(values),
        webhook_url=webhook_url,
        webhook_secret=_webhook_secret(values, environ),
        listen=_listen(values, "QORGAN_WEBHOOK_LISTEN", LISTEN if webhook_url else None),
        pager_url=_pager_url(values),
        page_url=_page_url(values),
        standby=_standby(values),
        log_format=_one_of(values, "QORGAN_LOG_FORMAT", LOG_FORMATS, ""),
        metrics=_metrics(values),
        drafts_in_chat=_switch(values, "QORGAN_DRAFTS_IN_CHAT"),
    )


def given(
    environ: Mapping[str, str], settings_file: Path | None = None, *, new: bool = False
) -> tuple[Path, dict[str, str]]:
    """The settings file's place and every setting that was given, by name; paths in them are absolute."""
    from_environment = {name: value for name, value in environ.items() if name.startswith("QORGAN_")}
    for name in sorted(from_environment):
        _check_name(name, "the environment")
    from_environment = _resolved(from_environment, Path.cwd(), environ)
    file = _expand(str(settings_file), Path.cwd(), environ) if settings_file else _default_file(environ)
    from_file: dict[str, str] = {}
    if file.exists() or (settings_file and not new):
        from_file = _resolved(read_file(file), file.parent, environ)
    for secret in SECRETS:
        for values in (from_environment, from_file):
            if secret in values and f"{secret}_FILE" in values:
                raise SettingsError(f"{secret} and {secret}_FILE are both set", "keep one of them")
        if secret in from_environment or f"{secret}_FILE" in from_environment:
            from_file.pop(secret, None)
            from_file.pop(f"{secret}_FILE", None)
    return file, from_file | from_environment


def read_file(path: Path) -> dict[str, str]:
    """NAME=value lines, as systemd's EnvironmentFile and Docker read them; # begins a comment line."""
    values: dict[str, str] = {}
    for number, line in enumerate(_text(path, "the settings file").splitlines(), 1):
        where = f"line {number} of {path}"
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not _NAME.fullmatch(name):
            raise SettingsError(f"{where} is no setting", "write QORGAN_NAME=value, one on a line")
        _check_name(name, where)
        if name in values:
            raise SettingsError(f"{where} sets {name} for the second time", "keep one of the lines")
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name] = value
    return values


def _check_name(name: str, where: str) -> None:
    if name not in KNOWN:
        shown = name if _NAME.fullmatch(name) else "a QORGAN_ variable"
        nearest = difflib.get_close_matches(name, KNOWN, n=1, cutoff=0)[0]
        raise SettingsError(f"{shown} in {where} is not a setting", f"the nearest known one is {nearest}")


def _resolved(values: dict[str, str], base: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Without what is empty, which counts as not set; with paths from ``base`` on."""
    kept = {name: value.strip() for name, value in values.items() if value.strip()}
    for name in PATHS:
        if name in kept:
            kept[name] = str(_expand(kept[name], base, environ))
    url = re.fullmatch(r"(sqlite(?:\+\w+)?):///([^/:?][^?]*)(.*)", kept.get("QORGAN_DATABASE_URL", ""))
    if url:
        kept["QORGAN_DATABASE_URL"] = f"{url[1]}:///{_expand(url[2], base, environ)}{url[3]}"
    return kept


def _expand(path: str, base: Path, environ: Mapping[str, str]) -> Path:
    if path == "~" or path.startswith("~/"):
        return _home(environ) / path[2:]
    return base.absolute() / path


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or Path.home())


def _default_folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_DATA_HOME") or _home(environ) / ".local" / "share") / "qorgan"


def _default_file(environ: Mapping[str, str]) -> Path:
    """Beside the data folder that the environment names, so that each folder has settings of its own."""
    folder = environ.get("QORGAN_DATA_DIR", "").strip()
    if folder:
        data_dir = _expand(folder, Path.cwd(), environ)
        return data_dir.with_name(data_dir.name + ".settings")
    return Path(environ.get("XDG_CONFIG_HOME") or _home(environ) / ".config") / "qorgan" / "settings"


def _secret(values: Mapping[str, str], environ: Mapping[str, str], name: str) -> str | None:
    if name in values:
        return values[name]
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    handed_over = Path(credentials) / name if credentials else None
    if f"{name}_FILE" in values:
        path, what = Path(values[f"{name}_FILE"]), f"the file of {name}_FILE,"
    elif handed_over and handed_over.exists():
        path, what = handed_over, f"the credential {name},"
    else:
        return None
    secret = _text(path, what).strip()
    if not secret or "\n" in secret:
        raise SettingsError(f"{what} {path}, does not hold one line", "write nothing but the secret into it")
    return secret


def _text(path: Path, what: str) -> str:
    hint = "check the name, and that the user who runs qorgan may read it"
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise SettingsError(f"{what} {path} can't be read: {reason}", hint) from None
    try:
        if len(content) <= _LARGEST_FILE and b"\0" not in content:
            return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    raise SettingsError(f"{what} {path} is not a short text in UTF-8", "check that it is the right file")


def _database_url(values: Mapping[str, str], data_dir: Path) -> str:
    url = values.get("QORGAN_DATABASE_URL")
    if url is None:
        return f"sqlite:///{data_dir / 'qorgan.db'}"
    if not re.match(r"(sqlite|postgresql)(\+\w+)?://", url):
        raise SettingsError("QORGAN_DATABASE_URL is no database URL", "write it as sqlite:////path/to/file")
    return url


def _api_url(values: Mapping[str, str]) -> str:
    url = values.get("QORGAN_API_URL", API_URL)
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise SettingsError("QORGAN_API_URL is no address of a Bot API", f"Telegram's own is {API_URL}")
    return url.rstrip("/")


def _webhook_url(values: Mapping[str, str]) -> str | None:
    """Characters that need no escaping, so that the path arrives as it stands here."""
    url = values.get("QORGAN_WEBHOOK_URL")
    if url is None:
        return None
    local = r"http://(127\.0\.0\.1|localhost|\[::1\])"
    if not re.fullmatch(rf"(https://[A-Za-z0-9.-]+|{local})(:[0-9]{{1,5}})?(/[A-Za-z0-9/._~-]*)?", url):
        hint = "write it as https://host/path, with letters, digits and ./_~- in its path"
        raise SettingsError("QORGAN_WEBHOOK_URL is no address that Telegram could deliver to", hint)
    return url


def _pager_url(values: Mapping[str, str]) -> str | None:
    """Encrypted, unless it stays on this machine."""
    url = values.get("QORGAN_PAGER_URL")
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        local = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        good = (parts.scheme == "https" or local) and parts.hostname and (parts.port or 1) and not parts.fragment
    except ValueError:
        good = False
    if not good or not re.fullmatch(r"[!-~]{1,2000}", url):
        raise SettingsError("QORGAN_PAGER_URL is no address to call", "write it as https://host/path")
    return url


def _page_url(values: Mapping[str, str]) -> str:
    """It is shown to people, in a chat and in signed statements: plain letters only."""
    url = values.get("QORGAN_PAGE_URL", "")
    plain = re.fullmatch(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9/._~-]*)?", url)
    if url and (not plain or len(url) > 200):
        hint = "write it as https://host/path, with letters, digits and ./_~- in its path"
        raise SettingsError("QORGAN_PAGE_URL is no address of a page", hint)
    return url


def _standby(values: Mapping[str, str]) -> str:
    name = values.get("QORGAN_STANDBY", "").removeprefix("@")
    if name and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{3,31}", name):
        hint = "write its @name; the token stays off this machine until it is needed"
        raise SettingsError("QORGAN_STANDBY is no name of a bot", hint)
    return f"@{name}" if name else ""


def _webhook_secret(values: Mapping[str, str], environ: Mapping[str, str]) -> str | None:
    secret = _secret(values, environ, WEBHOOK_SECRET)
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        hint = "use 1 to 256 of A-Z, a-z, 0-9, _ and -"
        raise SettingsError(f"{WEBHOOK_SECRET} is no secret that Telegram takes", hint)
    return secret


def _listen(values: Mapping[str, str], name: str, usual: tuple[str, int] | None) -> tuple[str, int] | None:
    given = values.get(name)
    if given is None:
        return usual
    found = re.fullmatch(r"\[?([0-9A-Za-z.:-]+?)\]?:([0-9]{1,5})", given)
    if not found or not 0 < int(found[2]) < 65536 or (":" in found[1]) != given.startswith("["):
        raise SettingsError(f"{name} is no host:port", f"write it as {LISTEN[0]}:{LISTEN[1]}")
    return found[1], int(found[2])


def _metrics(values: Mapping[str, str]) -> tuple[str, int] | None:
    """Nobody is asked who they are there, so it is this machine's alone, unless every network is meant."""
    listen = _listen(values, "QORGAN_METRICS_LISTEN", None)
    if listen is not None and listen[0] not in (*HERE, *EVERYWHERE):
        hint = f"write {HERE[0]}:PORT and scrape through a tunnel; in a container of its own {EVERYWHERE[0]}:PORT"
        raise SettingsError("QORGAN_METRICS_LISTEN is no address of this machine alone", hint)
    return listen


def _ids(values: Mapping[str, str], name: str) -> tuple[int, ...]:
    ids = [part.strip() for part in values.get(name, "").split(",") if part.strip()]
    if not all(re.fullmatch(r"[0-9]{1,15}", each) and int(each) for each in ids):
        raise SettingsError(
            f"{name} is no list of Telegram user ids", "write numbers with commas between them, no @names"
        )
    return tuple(dict.fromkeys(int(each) for each in ids))


def _folder(values: Mapping[str, str], name: str) -> Path | None:
    if not values.get(name):
        return None
    if not Path(values[name]).is_dir():
        raise SettingsError(f"{name} names no folder", "name a folder that is there, or leave it out")
    return Path(values[name])


def _one_of(values: Mapping[str, str], name: str, known: tuple[str, ...], usual: str) -> str:
    chosen = values.get(name, usual).lower()
    if chosen not in (*known, usual):
        raise SettingsError(f"{name} has an unknown value", f"write {' or '.join(known)}")
    return chosen


def _rate(
    values: Mapping[str, str], name: str, usual: float, span: str = "a second", hint: str = "Telegram allows"
) -> float:
    try:
        rate = float(values.get(name, usual))
    except ValueError:
        rate = math.nan
    if not 0 < rate <= 100_000:
        raise SettingsError(f"{name} is no number of messages {span}", f"{hint} {usual:g}")
    return rate


def _flood_from(values: Mapping[str, str]) -> int:
    given = values.get("QORGAN_FLOOD_FROM", str(Settings.flood_from))
    if not re.fullmatch(r"[0-9]{1,4}", given) or not 1 <= int(given) <= 1000:
        hint = f"write a whole number from 1 to 1000; usual is {Settings.flood_from}"
        raise SettingsError("QORGAN_FLOOD_FROM is no number of cases", hint)
    return int(given)


def _switch(values: Mapping[str, str], name: str) -> bool:
    if (given := values.get(name, "off")) not in ("on", "off"):
        raise SettingsError(f"{name} is neither on nor off", "write on or off; usual is off")
    return given == "on"


def _summary_minutes(values: Mapping[str, str]) -> int:
    given = values.get("QORGAN_SUMMARY_MINUTES", str(Settings.summary_minutes))
    if not re.fullmatch(r"[0-9]{1,3}", given) or not 1 <= int(given) <= 240:
        hint = f"write a whole number from 1 to 240; usual is {Settings.summary_minutes}"
        raise SettingsError("QORGAN_SUMMARY_MINUTES is no number of minutes", hint)
    return int(given)


def _days(values: Mapping[str, str], name: str, usual: int) -> int:
    days = values.get(name, str(usual))
    if not re.fullmatch(r"[0-9]{1,4}", days) or not int(days):
        raise SettingsError(f"{name} is no number of days", f"write a whole number from 1 on; usual is {usual}")
    return int(days)
