"""qorgan questionnaire: for who writes the questions. Reads files; no keys, no database, no network."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text as Shown
from rich.tree import Tree

from bot.commands import contents
from bot.intake import questionnaire as questionnaires
from bot.intake.faults import QuestionnaireError
from bot.intake.outline import Branch, outline
from bot.intake.questionnaire import BUILT_IN
from bot.languages import Language

FILE = click.Path(path_type=Path, dir_okay=False)
LANG = click.option("--lang", "code", default="en", show_default=True, help="The language of the texts: ru, kk or en.")


@click.group()
def questionnaire() -> None:
    """Check, show and try a questionnaire file.

    FILE is one like bot/intake/kazakhstan.toml. Where it may be left out, the built-in one is meant. A text without
    a translation is shown as it stands in the file.
    """


@questionnaire.command()
@click.argument("file", type=FILE)
def check(file: Path) -> int:
    """Name everything that is wrong with a file; exit code 1 on any fault.

    A line for each fault, with the path of its key: question.ID.options[0].label is the label of that question's first
    option. Of a file that is no TOML the line is named where reading ended.
    """
    try:
        read = questionnaires.load(file)
    except QuestionnaireError as error:
        for fault in error.faults:
            click.echo(" ".join(fault.split()))
        return 1
    counted = {"questions": read.questions, "rules": read.rules, "clocks": read.clocks, "help lines": read.help}
    click.echo(f"no fault; {', '.join(f'{name}: {len(ones)}' for name, ones in counted.items())}")
    return 0


@questionnaire.command()
@click.argument("file", type=FILE, default=BUILT_IN)
@LANG
def show(file: Path, code: str) -> None:
    """The questions with their branches, the rules by urgency, the clocks and the help lines, as a tree."""
    language = contents.language(code)
    root = outline(questionnaires.load(file))
    Console(highlight=False).print(_grown(Tree(_leaf(root, language)), root, language))


def _grown(tree: Tree, branch: Branch, language: Language) -> Tree:
    for one in branch.branches:
        _grown(tree.add(_leaf(one, language)), one, language)
    return tree


def _leaf(branch: Branch, language: Language) -> Shown:
    leaf = Shown(branch.words)
    return leaf if branch.said is None else leaf.append(f"  {language.say(branch.said)}", style="bold")
