"""Keeps locales/ in step with the sources: ``python -m bot.catalogues update`` and ``check``.

Catalogues come out the same from the same sources, byte for byte: no dates, no line numbers, no tool names.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from bot.languages import NAMES, LanguageError, catalogue_path, faults, read_catalogue, without_placeholders

ROOT = Path(__file__).parent.parent
KEYWORDS = {"text": (1,), "plural": (1, 2)}
# Rooms that may not import a Text (see the import contracts) cannot hold one; SQL has a text() of its own.
WITHOUT_TEXTS = ("bot/store/", "bot/vault/", "bot/sandbox/")
HEADER = "Texts of Qorgan, collected by `make locales`."

_NOT_WORDS = re.compile(r"https?://\S+|/[a-z_]+\b")
_FOREIGN = {
    "ru": re.compile("[A-Za-z]+|[әғқңөұүһі]+", re.IGNORECASE),
    "kk": re.compile("[A-Za-z]+"),
    "en": re.compile("[\u0400-\u04ff]+"),
}


def collect(root: Path) -> Catalog:
    """The template: every text of the sources, in their order."""
    template = Catalog(fuzzy=False)
    for path in sorted((root / "bot").rglob("*")):
        place = path.relative_to(root).as_posix()
        if place.startswith(WITHOUT_TEXTS):
            continue
        if path.suffix == ".py":
            with path.open("rb") as file:
                found = list(extract("python", file, KEYWORDS, ("for translators:",), None, True))
        elif path.suffix == ".toml" and path.parent.name in ("intake", "drafts"):
            with path.open("rb") as file:
                found = list(extract("bot.extraction:extract_questionnaire", file))
        else:
            continue
        for line, message, comments, _ in found:
            template.add(message, locations=[(place, line)], auto_comments=comments)
    return template


def renew(catalogue: Catalog, template: Catalog, code: str) -> Catalog:
    """The catalogue with the template's texts; English says them as they stand.

    Translations that lost their source stay at the end while something is untranslated, to be copied from.
    """
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    if code == "en":
        for message in catalogue:
            if message.id:
                message.string = message.id
                message.flags.discard("fuzzy")
    if all(_translated(message) for message in catalogue if message.id):
        catalogue.obsolete.clear()
    return catalogue


def _translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, list | tuple) else bool(message.string)


def printed(catalogue: Catalog) -> bytes:
    """The file of a catalogue or template."""
    for message in catalogue:
        message.flags.discard("python-format")  # ours are {braces}; a per cent sign is one
    out = BytesIO()
    write_po(out, catalogue, width=110, sort_by_file=True, include_lineno=False)
    _, _, body = out.getvalue().decode("utf-8").partition("\n\n")
    head = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    if catalogue.locale:
        head += [f"Language: {catalogue.locale}", f"Plural-Forms: {catalogue.plural_forms}"]
    header = "".join(f'"{line}\\n"\n' for line in head)
    return f'# {HEADER}\nmsgid ""\nmsgstr ""\n{header}\n{body.rstrip()}\n'.encode()


def files(root: Path) -> dict[Path, bytes]:
    """What each file in locales/ should hold now."""
    locales = root / "locales"
    template = collect(root)
    wanted = {locales / "qorgan.pot": printed(template)}
    for code in NAMES:
        path = catalogue_path(locales, code)
        old = read_catalogue(path, code) if path.exists() else Catalog(code, fuzzy=False)
        wanted[path] = printed(renew(old, template, code))
    return wanted


def update(root: Path) -> None:
    for path, content in files(root).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def check(root: Path) -> Iterator[str]:
    """Every fault of locales/, one line each."""
    locales = root / "locales"
    for path, content in files(root).items():
        if not path.exists() or path.read_bytes() != content:
            yield f"{path.relative_to(root).as_posix()} is not up to date with the sources: run make locales"
    template = collect(root)
    allowed = allowed_words(locales)
    catalogues = {code: read_catalogue(catalogue_path(locales, code), code) for code in NAMES}
    for code, catalogue in catalogues.items():
        for fault in faults(catalogue, template):
            yield f"{code}: {fault}"
        for obsolete in catalogue.obsolete.values():
            yield f"{code}: obsolete: {obsolete.id!r}"
        for message in catalogue:
            for word in foreign_words(code, message, allowed):
                yield f"{code}: a word of another language, {word!r}, in {message.id!r}"
    for message in catalogues["kk"]:
        russian = catalogues["ru"].get(message.id)
        words = without_placeholders(str(message.string)).split()
        if message.id and russian and len(words) > 3 and russian.string == message.string:
            yield f"kk: the Kazakh is the Russian: {message.id!r}"


def allowed_words(locales: Path) -> frozenset[str]:
    lines = (locales / "allowed.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def foreign_words(code: str, message: Message, allowed: frozenset[str]) -> Iterator[str]:
    """Words in letters that the language does not have, but for names and commands that are written so everywhere."""
    wordings = message.string if isinstance(message.string, list | tuple) else [message.string or ""]
    commands = [phrase for phrase in allowed if " " in phrase]
    for wording in wordings if message.id else ():
        for command in commands:
            wording = wording.replace(command, " ")
        plain = _NOT_WORDS.sub(" ", without_placeholders(wording))
        for word in re.findall(r"[^\W\d_]+", plain):
            if word not in allowed and _FOREIGN[code].search(word):
                yield word


def main(arguments: list[str]) -> int:
    try:
        if arguments == ["update"]:
            update(ROOT)
            return 0
        if arguments == ["check"]:
            found = list(check(ROOT))
            for fault in found:
                print(f"locales: {fault}", file=sys.stderr)
            return 1 if found else 0
    except LanguageError as error:
        print(f"locales: {error}\nhint: {error.hint}", file=sys.stderr)
        return 1
    print("usage: python -m bot.catalogues update | check", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
