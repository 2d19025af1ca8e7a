"""What ``qorgan check`` says of the house and of the machine it stands on, beside its parts."""

from __future__ import annotations

import resource
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bot import languages
from bot.intake.questionnaire import Questionnaire
from bot.settings import EVERYWHERE, Settings
from bot.store.work import Work
from bot.telegram import alarms, duty
from bot.telegram.alarms import Cause, Facts

OK, WARNING, FAULT = "ok", "warning", "fault"
AHEAD = timedelta(hours=24)
GIB = 1024**3
ANSWERS_WITHIN, LONGEST = 2.0, 1 << 20


@dataclass(frozen=True)
class Finding:
    level: str
    subject: str
    words: str


def house(work: Work, settings: Settings, asked: Questionnaire | None) -> Iterator[Finding]:
    """By the list that the dead man's alarm goes by; what needs no words here has them elsewhere."""
    facts = alarms.read(work, settings.rotation_days, settings.data_dir, asked)
    amiss = alarms.findings(facts)
    for cause in amiss:
        words = _words(cause, facts)
        if words and (cause is not Cause.DUTY or work.staff()):
            yield Finding(WARNING, *words)
    if Cause.DUTY not in amiss:
        yield from _cover(work)


def _words(cause: Cause, facts: Facts) -> tuple[str, str] | None:
    match cause:
        case Cause.OUTBOX:
            words = "minutes it has waited to be sent: is qorgan run running, does Telegram answer it?"
            return "outbox", f"{facts.waited // 60} {words}"
        case Cause.DUTY:
            return "duty", "no coordinator is on duty: /duty in Telegram shows the hours, /me sets one's own"
        case Cause.ABSENT:
            return "staff", f"the bot can't write to {facts.absent} of them: /staff names them"
        case Cause.KEY:
            return "rotation", "overdue: qorgan keys rotate, or in custody offline: qorgan keys wraps --help"
        case Cause.PAGER:
            return "pager", "it does not answer: look at QORGAN_PAGER_URL"
        case Cause.CONTACTS:
            words = "help lines and legal terms are shown as unverified: let a lawyer look at the questionnaire"
            return "contacts", f"{facts.unverified} {words}"
        case _:
            return None


def _cover(work: Work) -> Iterator[Finding]:
    """Who writes in a language that nobody covers waits for longer."""
    staff = work.staff()
    bare = []
    for language in languages.load():
        spans = duty.gaps(staff, language, work.now, work.now + AHEAD)
        hours = sum((end - start).total_seconds() for start, end in spans) / 3600
        if hours >= 1:
            bare.append(f"{language} for {hours:.0f} hours")
    if bare and any(one.body.get("started") for one in staff):
        yield Finding(WARNING, "duty", f"of the next 24 hours nobody covers: {', '.join(bare)}; /duty shows when")


def machine(settings: Settings) -> Iterator[Finding]:
    """Its disk, the modes of our files, what it would keep of a crash, and where it tells figures."""
    disk = alarms.disk(settings.data_dir)
    if disk is not None:
        level = WARNING if alarms.is_nearly_full(disk) else OK
        yield Finding(level, "disk", f"{disk.free / GIB:.1f} GiB free, {disk.part:.0%}")
    secret = [settings.keyring, settings.day_keys, settings.recovery_key, settings.generated_passphrase]
    for path in (*secret, *sorted(settings.data_dir.glob("qorgan.db*"))):
        if path.exists() and open_to_others(path):
            yield Finding(WARNING, "file modes", f"{path} is open to other users: run: chmod go= {path}")
    if resource.getrlimit(resource.RLIMIT_CORE)[0]:
        words = "a crash here could write keys to disk: ulimit -c 0 before qorgan run, LimitCORE=0 in its unit"
        yield Finding(WARNING, "core dumps", words)
    if settings.pager_url is None:
        yield Finding(OK, "pager", "none: what is amiss is told in Telegram alone (QORGAN_PAGER_URL)")
    if settings.metrics is not None:
        host, port = settings.metrics
        words = ", to everyone who reaches this machine: right in a container alone" if host in EVERYWHERE else ""
        yield Finding(WARNING if words else OK, "metrics", f"told on port {port}{words}")
        if _is_anothers(host, port):
            words = f"another program answers on port {port}, so the bot runs without them: QORGAN_METRICS_LISTEN"
            yield Finding(WARNING, "metrics", words)


def _is_anothers(host: str, port: int) -> bool:
    """Whether it answers, and not as a bot of ours does."""
    try:
        with closing(HTTPConnection(host, port, timeout=ANSWERS_WITHIN)) as connection:
            connection.request("GET", "/metrics")
            return b"qorgan_build" not in connection.getresponse().read(LONGEST)
    except HTTPException:
        return True
    except OSError:
        return False


def open_to_others(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
