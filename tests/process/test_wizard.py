"""`qorgan init` at a real terminal, as a volunteer meets it: in three languages, with their mistakes."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from bot import languages
from bot.intake.text import Text, text
from bot.sandbox import Sandbox
from bot.vault import open_keyring

from .conftest import environment
from .typist import Typist, typist

ADMIN = 3001
PASSPHRASE = "ten quiet words of nobody at all"
YES = {"ru": "да", "kk": "иә", "en": "y"}


def home(folder: Path, sandbox: Sandbox) -> dict[str, str]:
    data = {"QORGAN_DATA_DIR": str(folder / "data"), "LANG": "ru_RU.UTF-8"}
    return environment() | data | {"QORGAN_API_URL": sandbox.url}


def settings(folder: Path) -> dict[str, str]:
    lines = (folder / "data.settings").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


class Speaker:
    """Reads and types in one language."""

    def __init__(self, at: Typist, code: str) -> None:
        self.at, self._language = at, languages.load()[code]

    async def answers(self, question: Text, line: str) -> None:
        """Once it is really asked: as a title it may stand alone."""
        await self.at.reads(re.escape(self._language.say(question)) + r"(?: \[[^]]*\])?(?:: |\n)")
        self.at.types(line)

    async def reads(self, words: Text) -> None:
        await self.at.reads(re.escape(self._language.say(words)))


@pytest.mark.parametrize("code", ["ru", "kk"])  # the other test is in English
async def test_a_volunteer_is_led_from_nothing_to_a_bot_that_can_start(tmp_path: Path, code: str) -> None:
    """A token that is none, a bot open to groups, a code that has not come, a passphrase too short and mistyped, a
    recovery key not copied: each is said, and asked for again. Nothing secret is shown."""
    async with Sandbox() as sandbox:
        sandbox.world.bot["can_join_groups"] = True
        admin = sandbox.user(ADMIN, "Dana", code, username="dana")
        with typist("init", env=home(tmp_path, sandbox), cwd=tmp_path) as at:
            speaker = Speaker(at, code)
            await at.reads("English")
            numbers = {found[2]: found[1] for found in re.finditer(r"(\d)  (\S+)", at.shown)}
            at.types(numbers[languages.load()[code].name])
            await speaker.answers(text("Token"), "my token")
            await speaker.reads(text("This is no token: it looks like 123456789:AbC… and is copied whole."))
            await speaker.answers(text("Token"), sandbox.token)
            await speaker.reads(text("Write /setjoingroups to @BotFather, choose the bot, press Disable."))
            sandbox.world.bot["can_join_groups"] = False
            await speaker.answers(text("Done? Then it is looked at again."), "")
            sent = (await at.reads(r"start=(\d{8})"))[1]
            await speaker.answers(text("Sent? No: later."), "")
            await speaker.reads(text("The code has not come yet."))
            admin.start(sent)
            at.types()
            await at.reads("Dana @dana")
            await speaker.answers(text("Is that the administrator?"), YES[code])
            await speaker.answers(text("Where are the keys that open what people have sent?"), "1")
            await speaker.answers(text("The passphrase that opens the keys"), "1")
            await speaker.answers(text("New passphrase"), "short")
            await speaker.answers(text("New passphrase"), "something with a slip in it")
            assert not (tmp_path / "data").exists()
            await speaker.answers(text("How do you take it away?"), "1")
            await speaker.answers(text("Its last eight characters, read from the copy"), "")
            key = (tmp_path / "data.settings.recovery-key").read_text().split()[-1]
            await speaker.answers(text("Its last eight characters, read from the copy"), key[-8:])
            await speaker.answers(text("Delete it here?"), "")
            await speaker.answers(text("The passphrase once more"), PASSPHRASE)
            await speaker.answers(text("Choose a new one?"), YES[code])
            await speaker.answers(text("New passphrase"), PASSPHRASE)
            await speaker.answers(text("The passphrase once more"), PASSPHRASE)
            await speaker.reads(text("In Telegram, as administrator, invite the coordinators."))
            assert await at.ends() == 0
        assert sandbox.world.owed() == 1  # the administrator's message is the bot's yet
    kept = settings(tmp_path)
    assert (str(ADMIN), sandbox.token) == (kept["QORGAN_ADMINS"], kept["QORGAN_BOT_TOKEN"])
    open_keyring(tmp_path / "data/keyring", PASSPHRASE)
    assert not (tmp_path / "data.settings.recovery-key").exists()
    for secret in (sandbox.token, PASSPHRASE, "something with a slip", key[:-8]):
        assert secret not in at.shown
    assert PASSPHRASE not in str(kept)


async def test_shares_go_one_by_one_and_are_read_back_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """The passphrase was made here, shown once and kept; whoever stops in between is asked for the rest again."""
    async with Sandbox() as sandbox:
        env = home(tmp_path, sandbox) | {"QORGAN_BOT_TOKEN": sandbox.token, "QORGAN_ADMINS": str(ADMIN)}
        words = ("init", "--language", "en", "--recovery", "shares")
        with typist(*words, "--custody", "offline", env=env, cwd=tmp_path) as at:
            await at.reads("The passphrase that opens the keys")
            at.types("2")
            await at.reads("Share 1 of 5")
        with typist(*words, env=env, cwd=tmp_path) as at:
            shares = []
            for number in (1, 2, 2, 3, 4, 5):  # the second is written down wrongly at first
                shown = (await at.reads(rf"(?s)Share {number} of 5.*?Enter: it is written"))[0]
                listed = dict(re.findall(r"(\d+) ([a-z]+)", shown.partition("paper.")[2]))
                wrong = number == 2 and len(shares) == 1
                shares.append(listed)
                at.types()
                for _ in range(1 if wrong else 2):
                    place = (await at.reads(r"word number (\d+)"))[1]
                    at.types("elbow" if wrong else listed[place])
            await at.reads("Delete it here")
            at.types()
            await at.reads("Next")
            assert await at.ends() == 0
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        with typist("init", "--language", "en", env=env, cwd=tmp_path) as at:
            assert await at.ends() == 0
        assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert shares[1] == shares[2] and len({str(one) for one in shares}) == 5
    assert not (tmp_path / "data.settings.recovery-key").exists()
    passphrase = (tmp_path / "data.settings.passphrase").read_text().strip()
    await asyncio.to_thread(open_keyring, tmp_path / "data/keyring", passphrase)
