"""A fourth language is a folder of data; and in one that nobody speaks, whatever escapes the catalogues shows."""

from __future__ import annotations

import re
from pathlib import Path

from bot import catalogues, proofreading, return_words
from bot.languages import places
from bot.sandbox.player import place, play
from tests.pseudo import CODE, make, outside

from .conftest import WORDS, Open, another

VALUES = re.compile(
    r"[2-9A-Z]{6}|/[a-z]+|Dana-\d+|Иван|Русский|Қазақша|English|Signal|Telegram|Almaty|AM|PM|"
    r"January|February|March|April|May|June|July|August|September|October|November|December|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|T\d\d\b"
)


async def test_a_whole_intake_runs_in_a_language_made_of_data_and_every_text_is_the_catalogue_s(
    open_town: Open, tmp_path: Path
) -> None:
    locales = make(tmp_path / "locales")
    assert list(proofreading.check(catalogues.of_folder(locales))) == []
    assert CODE in return_words.load(*places(locales))

    async with open_town(locales=locales) as town:
        (coordinator,) = await town.on_duty("en")
        coordinator.press(f"language={CODE}")
        await town.settled()
        begun = len(coordinator.shown)
        person = await town.begun(CODE)
        answers = {**another("en"), "who": ("relative",)}
        await play(person, answers)
        await town.settled()
        for choice in ("help", "-back", "word", "-back", "code", "-back", "erase", "-back", "-language", "-back"):
            person.press(f"{place(person.screen)}={choice}")
            await town.settled()
        for action in ("take=", "open=", "case=", "change=", "write="):
            pressable = [b.data for one in coordinator.messages() for row in one.buttons for b in row]
            coordinator.press(next(data for data in pressable if data.startswith(action)))
            await town.settled()
        for command in ("/cases all", "/me", "/duty", "/stats"):
            await town.said(coordinator, command)

        shown = [one for one in (*person.shown, *coordinator.shown[begun:]) if one.by_bot]
        escaped = set()
        for one in shown:
            for said in (one.text, *(button.label for row in one.buttons for button in row)):
                for known in (WORDS["en"], "+7 701 000 00 00"):
                    said = said.replace(known, "")
                left = VALUES.sub("", outside(said))
                escaped |= {line for line in left.splitlines() if re.search(r"[^\W\d_]", line)}
        assert escaped == set()
