"""A language that nobody speaks, made of the sources: accented, a third longer, each text in brackets.

What stands outside of brackets on a screen came from no catalogue.
"""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from bot import catalogues, return_words
from bot.intake.return_code import LISTED, normal
from bot.languages import catalogue_path

CODE = "qps"
_ACCENTS = str.maketrans("aceinosuyzACEINOSUYZ", "áçéíñóšúýžÁÇÉÍÑÓŠÚÝŽ")
_PLACEHOLDER = re.compile(r"(\{[a-z_]+\})")
_TOML = f"""
name = "[Pšéúdó]"
english = "English"
formats = "en"
letters = "abcdefghijklmnopqrstuvwxyz{'áçéíñóšúýž'}"
"""


def pseudo(text: str) -> str:
    parts = (part if _PLACEHOLDER.fullmatch(part) else part.translate(_ACCENTS) for part in _PLACEHOLDER.split(text))
    return f"[{''.join(parts)}{'~' * (len(text) // 3)}]"


def make(place: Path) -> Path:
    """The folder of languages that holds it: nothing but data."""
    folder = place / CODE
    folder.mkdir(parents=True)
    (folder / "language.toml").write_text(_TOML, "utf-8")
    (folder / "words.toml").write_text("[several]\nand = []\n[choices]\n", "utf-8")
    (folder / "forbidden.txt").write_text("lorem* | nobody knows what it means\n", "utf-8")
    (folder / "return_words.txt").write_text("\n".join(_words()), "utf-8")
    shelf = catalogues.of_folder(place)
    shelf.write()
    catalogue = shelf.read(CODE)
    for message in catalogue:
        if message.id:
            plural = isinstance(message.id, tuple | list)
            message.string = tuple(map(pseudo, message.id)) if plural else pseudo(message.id)
    catalogue_path(place, CODE).write_bytes(catalogues.printed(catalogue, code=CODE))
    return place


def _words() -> list[str]:
    taken = {normal(word) for words in return_words.load().values() for word in words}
    made = ("".join(one) for one in product("bdfgklmnprstvz", "aeiou", "bdfgklmnprstvz", "aeiou"))
    return [word for word in made if normal(word) not in taken][:LISTED]


def outside(line: str) -> str:
    """What of a line is in no brackets."""
    while (inner := re.sub(r"\[[^\[\]]*\]", "", line)) != line:
        line = inner
    return line
