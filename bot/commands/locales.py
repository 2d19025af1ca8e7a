"""qorgan locales: for who translates. Reads and writes catalogues; no keys, no database, no network."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot import catalogues, proofreading, speaking
from bot.catalogues import ROOT, Shelf
from bot.commands.contents import language
from bot.intake.questionnaire import BUILT_IN, load
from bot.languages import LanguageError, places

QUESTIONNAIRE = click.option(
    "--questionnaire", type=click.Path(path_type=Path, dir_okay=False), help="A questionnaire's own texts instead."
)
FOLDER = click.option(
    "--locales", "further", type=click.Path(path_type=Path, file_okay=False), help="A folder of languages of your own."
)


@click.group()
def locales() -> None:
    """Collect, check and preview what the bot says in each language.

    A language is a folder of locales/. With --locales it is one of a folder of your own, named to the bot by
    QORGAN_LOCALES. With --questionnaire the texts of that file are meant: their translations stand beside it, as
    ours.ru.po beside ours.toml, and the bot finds them there.
    """


@locales.command()
@QUESTIONNAIRE
@FOLDER
def status(questionnaire: Path | None, further: Path | None) -> None:
    """Each language with how much of it is translated, fuzzy, missing and obsolete."""
    shelf = _shelf(questionnaire, further)
    table = Table("language", *(name for name in catalogues.Counted.__annotations__))
    for code in shelf.catalogues:
        found = catalogues.counted(shelf.read(code), shelf.template)
        table.add_row(code, *(str(number) for number in vars(found).values()))
    Console(highlight=False).print(table)


@locales.command()
@QUESTIONNAIRE
@FOLDER
def extract(questionnaire: Path | None, further: Path | None) -> None:
    """Collect every text into the template: qorgan.pot, or the .pot beside the questionnaire."""
    shelf = _shelf(questionnaire, further, collect=True)
    shelf.write_template()
    click.echo(f"{len(shelf.template)} texts in {shelf.where.name}")


@locales.command()
@QUESTIONNAIRE
@FOLDER
def update(questionnaire: Path | None, further: Path | None) -> None:
    """Collect every text, and bring each catalogue into step with them.

    Translations stay. Those whose text is gone are kept at the end of the file while anything is untranslated. In the
    catalogues of a questionnaire, what the bot's own catalogues say for the same text is filled in.
    """
    shelf = _shelf(questionnaire, further, collect=True)
    shelf.write()
    for code in shelf.catalogues:
        click.echo(f"{code}: missing {catalogues.counted(shelf.read(code), shelf.template).missing}")


@locales.command()
@QUESTIONNAIRE
@FOLDER
def check(questionnaire: Path | None, further: Path | None) -> int:
    """Name everything that is wrong with the catalogues, one line each; exit code 1 on any fault.

    What is missing, fuzzy, obsolete or out of step with the sources; placeholders and plural forms other than the
    source's; words of locales/CODE/forbidden.txt; letters of another language, alone or within one word; texts longer
    than twice the English and 40 characters, or than a comment of theirs says; two languages that say the same.
    """
    found = list(proofreading.check(_shelf(questionnaire, further)))
    for fault in found:
        click.echo(f"locales: {fault}", err=True)
    return 1 if found else 0


@locales.command()
@click.argument("code", metavar="LANG")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; LANG.html here.")
@QUESTIONNAIRE
@FOLDER
def preview(code: str, out: Path | None, questionnaire: Path | None, further: Path | None) -> None:
    """Draw every screen of every role in a language, the English beside it, as one HTML page.

    The screens are the real ones over sample data. Whatever text stands on none of them is listed at the end. The page
    needs no network and no script. A text that the language lacks is shown in English.
    """
    from bot.preview import preview as draw

    language(code, questionnaire, further)
    spoken = speaking.say(questionnaire, further, whole=False)
    asked = speaking.asked_in(load(questionnaire or BUILT_IN), spoken)
    templates = [catalogues.of_folder(places()[0]).template]
    if questionnaire is not None:
        templates.append(catalogues.of_questionnaire(questionnaire, further).template)
    target = out or Path(f"{code}.html")
    target.write_text(draw(asked, spoken, code, *templates), "utf-8")
    click.echo(f"written: {target}")


def _shelf(questionnaire: Path | None, further: Path | None, *, collect: bool = False) -> Shelf:
    if questionnaire is not None:
        return catalogues.of_questionnaire(questionnaire, further)
    if further is not None:
        return catalogues.of_folder(further)
    try:
        return catalogues.of_sources(ROOT)
    except LanguageError:
        if collect:
            raise
        return catalogues.of_folder(places()[0])
