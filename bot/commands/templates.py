"""qorgan templates: for who lays out the drafts of an organisation."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.opening import Refused, plain
from bot.drafts import fields, law, template
from bot.intake import questionnaire as questionnaires

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_asked = click.option("--questionnaire", type=FILE, help="The questionnaire, where it is not the built-in.")


@click.group()
def templates() -> None:
    """The templates of drafts: what may stand in them, and whether yours can be used.

    A template is a text file for a kind and a language, such as hrc.en.txt, in the folder that QORGAN_TEMPLATES names;
    whoever has one language of a kind has them all. Without any of a kind the built-in ones serve.

    A line is a paragraph: "# " title, "## " heading, "- " item, "[ ] " box to tick. {{ gap.name }} ends its line, and
    what stands before it is its label; {% for one in facts %} and {% if words %} stand alone, as in Jinja.

    In the same folder verified.toml says what your lawyer has verified: cpc_592_1 = 2026-12-31
    """


@templates.command()
@click.argument("folder", metavar="FOLDER", type=FOLDER)
@_asked
def check(folder: Path, questionnaire: Path | None) -> int:
    """Every fault of your own templates, one line each; exit code 1 on any."""
    books = law.load(folder)
    known = fields.names(questionnaires.load(questionnaire or questionnaires.BUILT_IN), books)
    found = list(template.faults_in(folder, known))
    for fault in found:
        click.echo(plain(fault))
    if not found:
        click.echo("the templates can be used")
    return 1 if found else 0


@templates.command("fields")
@_asked
def listed(questionnaire: Path | None) -> None:
    """Every field that a template may name."""
    for table, names in fields.names(questionnaires.load(questionnaire or questionnaires.BUILT_IN), law.load()).items():
        for name in names:
            click.echo(f"{table}.{name}")
    for name in fields.LISTS:
        click.echo(f"{name}  (a list, for a loop)")


@templates.command()
@click.argument("folder", metavar="FOLDER", type=click.Path(path_type=Path))
def copy(folder: Path) -> None:
    """Write the built-in templates to a new FOLDER, to begin from."""
    if folder.exists():
        raise Refused(f"{folder} is there already", "name a new folder; nothing is written over")
    folder.mkdir(parents=True)
    for path in sorted(template.BUILT_IN.glob("*.txt")):
        (folder / path.name).write_bytes(path.read_bytes())
    click.echo(f"wrote the templates to {folder}")
