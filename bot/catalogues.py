"""Keeps catalogues in step with what they translate: the sources of the bot, or a questionnaire's file.

Catalogues come out the same from the same sources, byte for byte: no dates, no line numbers, no tool names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import write_po

from bot import companion, traits
from bot.languages import LanguageError, catalogue_path, known, places, read_catalogue, traits_of
from bot.traits import Traits

ROOT = Path(__file__).parent.parent
KEYWORDS = {"text": (1,), "plural": (1, 2)}
# Rooms that may not import a Text (see the import contracts) cannot hold one; SQL has a text() of its own.
WITHOUT_TEXTS = ("bot/store/", "bot/vault/", "bot/sandbox/")
HEADER = "Texts of Qorgan, collected by `make locales`."
HEADER_OF_OWN = "Texts of a questionnaire, collected by `qorgan locales update --questionnaire`."
COLLECTED = "run: qorgan locales update"


@dataclass(frozen=True)
class Counted:
    """How many texts of a language are in which state."""

    translated: int
    fuzzy: int
    missing: int
    obsolete: int


@dataclass(frozen=True)
class Shelf:
    """Catalogues that belong together: of each language's folder the one, and what they translate."""

    template: Catalog
    where: Path
    """The file of the template."""
    catalogues: dict[str, Path]
    folders: dict[str, Path]
    header: str = HEADER
    lent: Path | None = None
    """The folder of languages that says what is not yet translated here, where it knows the same text."""
    kept: bool = True
    """Whether the template is a file beside the catalogues, not only when somebody asks for it."""

    def traits(self, code: str) -> Traits:
        return traits_of(self.folders[code])

    def read(self, code: str) -> Catalog:
        """A language's catalogue; where there is no file yet, an empty one."""
        if self.catalogues[code].exists():
            return read_catalogue(self.catalogues[code], self.traits(code))
        return Catalog(self.traits(code).formats, fuzzy=False)

    def files(self) -> dict[Path, bytes]:
        """What each file should hold now."""
        wanted = {self.where: printed(self.template, self.header)} if self.kept else {}
        for code, path in self.catalogues.items():
            catalogue = renew(self.read(code), self.template, code)
            if self.lent is not None:
                borrow(catalogue, read_catalogue(catalogue_path(self.lent, code), self.traits(code)))
            wanted[path] = printed(catalogue, self.header, code)
        return wanted

    def write(self) -> None:
        for path, content in self.files().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def write_template(self) -> None:
        self.where.write_bytes(printed(self.template, self.header))

    def stale(self) -> Iterator[Path]:
        """Files that are not what ``write`` would make of them."""
        return (path for path, content in self.files().items() if not path.exists() or path.read_bytes() != content)


def of_sources(root: Path) -> Shelf:
    """The bot's own catalogues in a checkout."""
    if not (root / "pyproject.toml").is_file() or not (root / "locales").is_dir():
        raise LanguageError(
            "texts are collected from the sources, and only the built program is here",
            "do it in a checkout; a questionnaire's own texts can be collected here, too: --questionnaire FILE",
        )
    folders = known(root / "locales")
    catalogues = {code: catalogue_path(root / "locales", code) for code in folders}
    return Shelf(collect(root), root / "locales" / "qorgan.pot", catalogues, folders)


def of_folder(place: Path) -> Shelf:
    """The languages of a folder, held against the template that came with the bot."""
    folders = known(place)
    if not folders:
        raise LanguageError(
            f"there is no language in {place}", f"a language is a folder with a file {traits.FILE}; see CONTRIBUTING.md"
        )
    catalogues = {code: catalogue_path(place, code) for code in folders}
    template = read_catalogue(places()[0] / "qorgan.pot", None)
    return Shelf(template, place / "qorgan.pot", catalogues, folders, kept=False)


def of_questionnaire(file: Path, further: Path | None = None) -> Shelf:
    """The catalogues that stand beside a questionnaire's file. English needs none: it is in the file."""
    folders = {code: folder for code, folder in known(*places(further)).items() if code != traits.DEFAULT}
    catalogues = {code: companion.path(file, code) for code in folders}
    template = companion.template(file)
    return Shelf(template, file.with_suffix(".pot"), catalogues, folders, HEADER_OF_OWN, places()[0], kept=False)


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
    for path in sorted((root / "locales").glob(f"*/{traits.FILE}")):
        called = tomllib.loads(path.read_text("utf-8")).get("english", "")
        template.add(called, locations=[(path.relative_to(root).as_posix(), 1)])
    return template


def renew(catalogue: Catalog, template: Catalog, code: str) -> Catalog:
    """The catalogue with the template's texts; English says them as they stand.

    Translations that lost their source stay at the end while something is untranslated, to be copied from.
    """
    own = deepcopy(template)  # what is new would else be one message in every language's catalogue
    catalogue.update(own, no_fuzzy_matching=True, update_creation_date=False)
    if code == traits.DEFAULT:
        for message in catalogue:
            if message.id:
                message.string = message.id
                message.flags.discard("fuzzy")
    if all(_translated(message) for message in catalogue if message.id):
        catalogue.obsolete.clear()
    return catalogue


def borrow(catalogue: Catalog, lender: Catalog) -> None:
    """Fills what is untranslated with what another catalogue says for the same text."""
    for message in catalogue:
        known = lender.get(message.id) if message.id and not _translated(message) else None
        if known is not None:
            message.string = known.string


def counted(catalogue: Catalog, template: Catalog) -> Counted:
    ids = [message.id for message in template if message.id]
    found = [message for message in (catalogue.get(id) for id in ids) if message is not None]
    fuzzy = sum(message.fuzzy for message in found)
    translated = sum(_translated(message) and not message.fuzzy for message in found)
    lost = sum(bool(message.id) and template.get(message.id) is None for message in catalogue)
    return Counted(translated, fuzzy, len(ids) - translated - fuzzy, lost + len(catalogue.obsolete))


def _translated(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, list | tuple) else bool(message.string)


def printed(catalogue: Catalog, header: str = HEADER, code: str | None = None) -> bytes:
    """The file of a language's catalogue or, without one, of a template."""
    for message in catalogue:
        message.flags.discard("python-format")  # ours are {braces}; a per cent sign is one
    out = BytesIO()
    write_po(out, catalogue, width=110, sort_by_file=True, include_lineno=False)
    _, _, body = out.getvalue().decode("utf-8").partition("\n\n")
    head = ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    if code is not None:
        head += [f"Language: {code}", f"Plural-Forms: {catalogue.plural_forms}"]
    lines = "".join(f'"{line}\\n"\n' for line in head)
    return f'# {header}\nmsgid ""\nmsgstr ""\n{lines}\n{body.rstrip()}\n'.encode()
