"""The two sides of the conversation: what is said in the chosen language, and what is typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import click
from rich.console import Console
from rich.markup import escape

from bot import languages
from bot.intake.text import Text, text
from bot.languages import Language
from bot.settings import SettingsError


@dataclass(frozen=True)
class Terminal:
    """``console`` shows; what is typed comes through click, which also reads a pipe."""

    language: Language
    console: Console

    def title(self, words: Text) -> None:
        self.console.print(f"\n[bold]{escape(self.language.say(words))}[/bold]", highlight=False)

    def say(self, *lines: Text) -> None:
        for line in lines:
            self.console.print(self.language.say(line), markup=False, highlight=False)

    def line(self, label: Text, value: object) -> None:
        self.console.print(f"  {self.language.say(label)}  {value}", markup=False, highlight=False, soft_wrap=True)

    def show(self, value: str) -> None:
        """What is not of a language: a command."""
        self.console.print(f"     {value}", markup=False, highlight=False, soft_wrap=True)

    def words(self, question: Text, *, hidden: bool = False) -> str:
        """What is typed, without spaces around it; empty where only Enter is pressed."""
        said = click.prompt(self.language.say(question), default="", show_default=False, hide_input=hidden)
        return str(said).strip()

    def agrees(self, question: Text, *, otherwise: bool = True) -> bool:
        """Yes or no, in any of the languages; Enter says what is written large."""
        yes, no = (self.language.say(one) for one in (text("yes"), text("no")))
        shown = f"{yes.upper()}/{no}" if otherwise else f"{yes}/{no.upper()}"
        while True:
            said = str(click.prompt(f"{self.language.say(question)} [{shown}]", default="", show_default=False))
            said = said.strip().casefold()
            if not said:
                return otherwise
            if said in _spellings(text("yes")):
                return True
            if said in _spellings(text("no")):
                return False
            self.say(text("Please type one of these: {choices}", choices=f"{yes}, {no}"))

    def choose(self, question: Text, choices: Mapping[str, Text]) -> str:
        """One of these by its number; Enter takes the first."""
        self.title(question)
        names = list(choices)
        for number, name in enumerate(names, 1):
            self.console.print(f"  {number}  {self.language.say(choices[name])}", markup=False, highlight=False)
        while True:
            said = str(click.prompt("", default="1", prompt_suffix="> ")).strip()
            if said.isdigit() and 1 <= int(said) <= len(names):
                return names[int(said) - 1]
            self.say(text("Please type one of these: {choices}", choices=f"1–{len(names)}"))

    def clear(self) -> None:
        """Nothing of what stood here is left on the screen or above it, where the terminal can do that."""
        click.clear()
        if self.console.is_terminal:
            self.console.file.write("\x1b[3J")


def _spellings(word: Text) -> frozenset[str]:
    said = {language.say(word).casefold() for language in languages.load().values()}
    return frozenset(said | {one[0] for one in said})


def opened(code: str | None, locale: str | None) -> Terminal:
    """In the language of this code; without one it is asked for, the locale's first."""
    spoken, console = languages.load(), Console()
    if code is not None and code not in spoken:
        raise SettingsError("this language is not spoken here", f"one of: {', '.join(spoken)}")
    if code is None:
        likeliest = languages.guess(spoken, locale)
        codes = [likeliest, *(one for one in spoken if one != likeliest)]
        for number, one in enumerate(codes, 1):
            console.print(f"  {number}  {spoken[one].name}", markup=False, highlight=False)
        while code is None:
            said = str(click.prompt("", default="1", prompt_suffix="> ")).strip()
            code = codes[int(said) - 1] if said.isdigit() and 1 <= int(said) <= len(codes) else None
    return Terminal(spoken[code], console)
