"""The whole bot on a questionnaire for another purpose in another country, in the words of its own catalogues."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot import speaking
from bot.catalogues import counted, of_questionnaire
from bot.companion import path
from bot.languages import LanguageError
from bot.sandbox import Message
from bot.sandbox.player import play
from tests.tenants.questionnaire import TENANTS

from .conftest import Open, Speech, on_both, texts

COLD = {"heating": ("cold",), "since": ("pick", '"01.02.2026'), "offer": ("go_on",), "review": ("-send",)}
GAS = {**COLD, "heating": ("gas",)}


def pressable(messages: list[Message]) -> list[str]:
    return [button.data for one in messages for row in one.buttons for button in row]


@on_both
@pytest.mark.parametrize(("code", "answers", "heating"), [("ru", COLD, "Холодно"), ("kk", GAS, "Газ иісі шығып тұр")])
async def test_an_intake_of_another_questionnaire_reaches_its_coordinator(
    open_town: Open, code: str, answers: dict[str, tuple[str, ...]], heating: str
) -> None:
    """It has no place, custody, contact or safe hours; nobody is offered to say that they are being taken away."""
    async with open_town(questionnaire=TENANTS) as town:
        (coordinator,) = await town.on_duty(code)
        menu = coordinator.shown[0].id  # stood there before the choice of a language
        person = await town.begun(code)
        assert "consent=taken" not in pressable([person.screen])
        person.forge("consent=taken", person.screen.id)
        person.press("consent=agree")
        await town.settled()
        await play(person, answers)
        await town.settled()
        for action in ("take=", "open="):
            coordinator.press(next(data for data in pressable(coordinator.messages()) if data.startswith(action)))
            await town.settled()
        assert heating in texts(coordinator.messages())
        person.write("/exit")
        await town.settled()

        shown = [one for one in (*person.shown, *coordinator.shown) if one.by_bot and one.id != menu]
        assert not Speech(code, own=path(TENANTS, code)).strangers(shown)


async def test_one_that_falls_silent_is_passed_on_once_its_first_question_is_answered(open_town: Open) -> None:
    """The file names no other question as enough."""
    async with open_town(questionnaire=TENANTS) as town:
        (coordinator,) = await town.on_duty("en")
        person = await town.begun("en")
        await play(person, {"heating": ("cold",)} | {"consent": ("agree",)}, until="since")
        await town.forward(minutes=31)
        assert "The intake is unfinished" in texts(coordinator.messages())


def test_what_the_bot_says_already_is_filled_in_in_each_language_s_own_words(tmp_path: Path) -> None:
    shutil.copy(TENANTS, tmp_path)
    shelf = of_questionnaire(tmp_path / TENANTS.name)
    shelf.write()
    said = {code: shelf.read(code).get("Today").string for code in shelf.catalogues}
    assert said == {"ru": "Сегодня", "kk": "Бүгін"}
    assert [counted(shelf.read(code), shelf.template).missing for code in said] == [11, 11]


def test_a_text_that_a_language_lacks_stops_the_start(tmp_path: Path) -> None:
    """Rather than that somebody is asked in a language which they can't read; English is in the file."""
    for file in TENANTS.parent.glob("tenants.*"):
        shutil.copy(file, tmp_path)
    ours = tmp_path / TENANTS.name
    assert list(speaking.load(ours)[1]) == ["ru", "kk", "en"]
    catalogue = path(ours, "kk")
    catalogue.write_text(catalogue.read_text("utf-8").replace('"Суық"', '""'), "utf-8")
    with pytest.raises(LanguageError, match="of the questionnaire, kk: not translated: 'Cold'"):
        speaking.load(ours)
    catalogue.unlink()
    with pytest.raises(LanguageError, match=r"of the questionnaire, kk: missing: 'Heating' \(and 10 more\)") as refused:
        speaking.load(ours)
    assert "locales" in refused.value.hint
