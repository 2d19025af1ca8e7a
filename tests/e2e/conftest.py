"""A whole bot against the sandbox, in one process; the tests speak to it through the Bot API only."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from bot import app, languages
from bot.sandbox import Account, Message, Sandbox
from bot.sandbox.player import play
from bot.settings import Settings
from bot.store.work import Work
from bot.vault import Kdf, create_keyring
from tests.blank import blank
from tests.servers import Server

PERSON = 1001
QUIET = 0.01
ADMIN, SECOND_ADMIN = 3001, 3002
STAFF = {"ru": 2001, "kk": 2002, "en": 2003}
Answers = Mapping[str, Sequence[str]]
WORDS = {"ru": "Брат в Уральске", "kk": "Ағам Оралда", "en": "My brother in Oral"}

BEGIN = {"consent": ("agree",), "safe_now": ("yes",)}
SHORT: Answers = {
    **BEGIN,
    "who": ("self",),
    "custody": ("police",),
    "where": ("almaty",),
    "detained_since": ("today",),
    "papers": ("none", "-done"),
    "event": ("none",),
    "contact": ("bot",),
    "offer": ("send",),
}
TRANSIT: Answers = {**SHORT, "custody": ("airport",)}
"""As urgent, and the chat stays open when its person falls silent."""
_SECOND: Answers = {
    "offer": ("go_on",),
    "category": ("activist", "ukraine", "-done"),
    "russia_wants": ("case", "wanted", "-done"),
    "asylum": ("want",),
    "entered": ("longer",),
    "learned_on": ("days_5",),
    "lawyer": ("own",),
    "attorney": ("no",),
    "family": ("threatened", "-done"),
    "health": ("ill", "-done"),
    "needs": ("lawyer", "shelter", "-done"),
    "languages": ("other", "-done"),
    "hours": ("day", "evening", "-done"),
    "share_ok": ("lawyer", "-done"),
    "review": ("-send",),
}


def full(language: str) -> Answers:
    """Every question of a person at a police station, answered; the words are in their language."""
    words = f'"{WORDS[language]}'
    return {
        **SHORT,
        **_SECOND,
        "papers": ("protocol", "order", "summons", "-done"),
        "date_protocol": ("today",),
        "date_order": ("pick", words_of_day()),
        "event": ("hearing",),
        "event_date": ("tomorrow",),
        "summons_from": ("court",),
        "contact": ("signal", '"+7 701 000 00 00'),
        "trusted": (words,),
        "free": (words,),
    }


def another(language: str) -> Answers:
    """Every question about a relative who is held, answered."""
    return {
        **full(language),
        "who": ("relative",),
        "custody": ("sizo",),
        "where": (f'"{WORDS[language]}',),
        "last_contact": ("yesterday",),
        "knows": ("unable",),
        "relationship": ("sibling",),
    }


def words_of_day() -> str:
    return '"01.03.2026'


class Clock:
    """Time that goes on by itself and can be put forward."""

    def __init__(self, begins: datetime = datetime(2026, 3, 2, 9, tzinfo=UTC)) -> None:
        self._ahead = begins - datetime.now(UTC)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, **step: float) -> None:
        self._ahead += timedelta(**step)


@dataclass
class Town:
    """The bot, its Telegram, and who uses it."""

    sandbox: Sandbox
    clock: Clock
    settings: Settings
    app: app.App = field(init=False)
    staff: dict[str, Account] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def open(self) -> None:
        """The bot starts, on what it finds."""
        clock, ticks = self.clock, lambda: self.sandbox.world.clock().timestamp()
        self.app = await app.build(self.settings, self._stack, migrate=True, clock=clock, ticks=ticks)
        stop = asyncio.Event()
        serving = asyncio.create_task(self.app.serve(stop))

        async def stopped() -> None:
            stop.set()
            await serving

        self._stack.push_async_callback(stopped)

    async def close(self) -> None:
        await self._stack.aclose()

    def person(self, language: str | None = "ru", number: int = PERSON) -> Account:
        return self.sandbox.user(number, "Иван", language)

    async def begun(self, language: str | None = "ru", number: int = PERSON) -> Account:
        """A person who has pressed Start and sees the first screen."""
        person = self.person(language, number)
        person.start()
        await person.wait(lambda me: me.screen)
        await self.settled()
        return person

    async def played(
        self, answers: Answers, language: str = "ru", number: int = PERSON, *, until: str = "home"
    ) -> Account:
        person = await self.begun(language, number)
        await play(person, answers, until=until)
        await self.settled()
        return person

    async def on_duty(self, *codes: str) -> list[Account]:
        """Coordinators who have come and chosen the language of their screens, and who speak all three."""
        for code in codes or STAFF:
            one = self.sandbox.user(STAFF[code], f"Dana-{STAFF[code]}", "de")
            one.start()
            await one.wait(lambda me: me.screen)
            one.press(f"language={code}")
            await self.settled()
            self.staff[code] = one
        await self.app.store.write(partial(_all_languages, {one.id for one in self.staff.values()}))
        return list(self.staff.values())

    async def administrator(self, number: int = ADMIN, language: str = "en") -> Account:
        """One who has come and chosen their language."""
        admin = self.sandbox.user(number, f"Aru-{number}", "de")
        admin.start()
        await admin.wait(lambda me: me.screen)
        admin.press(f"language={language}")
        await self.settled()
        return admin

    async def said(self, account: Account, words: str) -> Message:
        """What the bot shows last after somebody wrote this."""
        account.write(words)
        await self.settled()
        return account.screen

    async def settled(self) -> None:
        """Until nothing is under way: all is in one event loop, so that a moment of silence is enough, twice."""
        for _ in range(2):
            await self.sandbox.settled(QUIET, 10)
            assert await self.app.sender.drain(60)

    async def forward(self, **step: float) -> None:
        """Time passes. What the bot does every second is done at once; the sender sends what has fallen due."""
        self.clock.forward(**step)
        await self.app.ingest.ring()
        await self.app.keeper.tell_queue()
        await self.app.keeper.page()
        await self.settled()


def _all_languages(users: set[int], work: Work) -> None:
    members = [one for one in work.staff() if one.user in users]
    work.save_staff(replace(one, body={**one.body, "speaks": list(STAFF)}) for one in members)


def alerts(account: Account) -> list[Message]:
    return [one for one in account.messages() if any(b.data.startswith("take=") for r in one.buttons for b in r)]


def texts(messages: Sequence[Message]) -> str:
    return "\n".join(one.text for one in messages)


Open = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture
def database_url(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """SQLite's, but for tests that are on both, and for all of them under ``--postgresql``."""
    usual = "postgresql" if request.config.getoption("postgresql") else "sqlite"
    if getattr(request, "param", usual) == "sqlite":
        yield blank(tmp_path / "qorgan.db")
    else:
        server: Server = request.getfixturevalue("postgres")
        with server.database() as url:
            yield url


on_both = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def open_town(tmp_path: Path, database_url: str) -> Open:
    """The bot as it is run, but for a cheap lock on its keyring and a clock that can be put forward.

    Time really passes as ``telegram``'s clock tells it; where that is another, the bot's own is wrong.
    """

    @asynccontextmanager
    async def opened(
        *, clock: Clock | None = None, telegram: Clock | None = None, **changes: Any
    ) -> AsyncIterator[Town]:
        clock = clock or Clock()
        async with Sandbox(clock=telegram or clock) as sandbox:
            settings = Settings(
                file=tmp_path / "settings",
                data_dir=tmp_path,
                keyring=tmp_path / "keyring",
                database_url=database_url,
                token=sandbox.token,
                passphrase="cheap",
                api_url=sandbox.url,
                coordinators=tuple(STAFF.values()),
                send_rate=10_000.0,
                chat_rate=10_000.0,
                **{"person_rate": 10_000.0, **changes},
            )
            create_keyring(settings.keyring, "cheap", kdf=Kdf(8, 1, 1), today=clock().date())
            town = Town(sandbox, clock, settings)
            await town.open()
            try:
                yield town
            finally:
                await town.close()

    return opened


@pytest.fixture
async def town(open_town: Open) -> AsyncIterator[Town]:
    async with open_town() as opened:
        yield opened


def _names() -> list[str]:
    return [language.name for language in languages.load().values()]


class Speech:
    """What one language's catalogue can say: a line is its own if all parts of it are."""

    def __init__(self, code: str, verbatim: Sequence[str] = (), *, own: Path | None = None) -> None:
        self.code = code
        catalogue: list[Any] = []
        for path in filter(None, (languages.catalogue_path(languages.folder(), code), own)):
            with path.open("rb") as file:
                catalogue += read_po(file, locale=code)
        self._verbatim = tuple(verbatim)
        self._plain: set[str] = {*_names(), *verbatim}
        self._patterns: list[re.Pattern[str]] = []
        for message in catalogue:
            for said in message.string if isinstance(message.string, tuple) else (message.string,):
                for line in said.splitlines():
                    pattern = languages.without_placeholders(line).strip()
                    if "{" not in line:
                        self._plain.add(line.strip())
                    elif re.search(r"\w", pattern):
                        parts = re.split(r"\{[a-z_]+\}", line)
                        self._patterns.append(re.compile("(.+)".join(map(re.escape, parts))))
        months = [
            Locale(code).months[use][width] for use in ("format", "stand-alone") for width in ("wide", "abbreviated")
        ]
        days = [Locale(code).days[use]["wide"] for use in ("format", "stand-alone")]
        names = {name for named in (*months, *days) for name in named.values()}
        alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        moments = rf"(?:[\d\s:.,–+-]|{alternatives}|ж\.|г\.)+"
        values = moments, "[2-9A-Z]{6}", "—", "[0-9a-f]{8}", r"\d+:[0-9a-f]{64}", "/[a-z]+"
        self._value = re.compile("|".join(values), re.IGNORECASE)

    def owns(self, line: str) -> bool:
        line = re.sub(r"^(✓ )?(\d+\. )?", "", line.strip())
        if not line or line in self._plain or self._value.fullmatch(line):
            return True
        for pattern in self._patterns:
            found = pattern.fullmatch(line)
            if found and all(self.owns(part) for part in found.groups()):
                return True
        for words in self._verbatim:  # a person's words stand behind what they chose
            if line.endswith(f" {words}") and self.owns(line.removesuffix(words)):
                return True
        for mark in re.finditer(r": |, | · | – ", line):
            if self.owns(line[: mark.start()]) and self.owns(line[mark.end() :]):
                return True
        return False

    def strangers(self, messages: Sequence[Message]) -> set[str]:
        """Lines and labels that are not of this language."""
        lines = {line for one in messages for line in one.text.splitlines()}
        lines |= {button.label for one in messages for row in one.buttons for button in row}
        return {line for line in lines if not self.owns(line)}


def foreign_letters(code: str, messages: Sequence[Message], *known: str) -> set[str]:
    """Latin words on a Russian or Kazakh screen, Cyrillic ones on an English, but for names that keep their letters."""
    allowed = languages.folder().joinpath("allowed.txt").read_text("utf-8").splitlines()
    spared = {*allowed, *_names(), *known}
    lines = [line for one in messages for line in one.text.splitlines()]
    lines += [button.label for one in messages for row in one.buttons for button in row]
    letters = r"[\u0400-\u04ff]+" if code == "en" else r"[A-Za-z]+"
    found = set()
    for line in lines:
        # A case's number first: an allowed word can stand in the middle of one.
        line = re.sub(r"\b[2-9A-Z]{6}\b|(?<=\s)/[a-z]+\b", " ", line)  # and commands, which are the same everywhere
        for spare in sorted(spared, key=len, reverse=True):
            if spare:
                line = line.replace(spare, " ")
        found |= set(re.findall(letters, line))
    return found
