"""qorgan questionnaire: for who writes the questions. Reads files; no keys, no database, no network."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text as Shown
from rich.tree import Tree

from bot.commands import contents, walking
from bot.intake import questionnaire as questionnaires
from bot.intake.coverage import Path as Way
from bot.intake.coverage import cover
from bot.intake.difference import Change, differences
from bot.intake.faults import QuestionnaireError
from bot.intake.graph import drawn, mermaid
from bot.intake.outline import Branch, outline
from bot.intake.picture import svg
from bot.intake.questionnaire import BUILT_IN
from bot.intake.rules import Urgency
from bot.intake.walk import outcome
from bot.languages import Language

FILE = click.Path(path_type=Path, dir_okay=False)
LANG = click.option("--lang", "code", default="en", show_default=True, help="The language of the texts: ru, kk or en.")


@click.group()
def questionnaire() -> None:
    """Check, show and try a questionnaire file.

    FILE is one like bot/intake/kazakhstan.toml. Where it may be left out, the built-in one is meant. A text without
    a translation (see qorgan locales) is shown as it stands in the file.
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
    root = outline(questionnaires.load(file))
    language = contents.language(code, file)
    Console(highlight=False).print(_grown(Tree(_leaf(root, language)), root, language))


@questionnaire.command()
@click.argument("file", type=FILE, default=BUILT_IN)
@click.option("--answers", type=FILE, help='A file of question = "answer" lines; what it leaves out is skipped.')
@click.option("--at", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="When it is answered; now.")
@click.option("--days", default=0, type=click.IntRange(0, 4000), help="How many days later it is judged.")
@click.option("--pressed", is_flag=True, help="The person says that it has become urgent.")
@LANG
def walk(file: Path, answers: Path | None, at: datetime | None, days: int, pressed: bool, code: str) -> None:
    """Answer a questionnaire here, and see what it comes to.

    Shows the urgency, the rules that fired, the deadlines, when it will rise by itself, the answers as who writes
    sees them, the summary that the coordinator reads, and the help lines. Nothing is stored and nobody is told.

    A file of answers has lines like custody = "police", papers = ["order", "summons"], date_order = "2026-03-20"; a
    day may also be one of the question's options, or written in words. Times are those of the questionnaire's zone.
    """
    asked = questionnaires.load(file)
    language = contents.language(code, file)
    moment = at.replace(tzinfo=asked.zone) if at is not None else datetime.now(asked.zone)
    walked = walking.begun(asked, moment)
    if answers is not None:
        walked = walking.from_file(walked, answers, language)
    else:
        walked = walking.in_terminal(walked, language)
    found = outcome(walked, moment + timedelta(days=days), pressed=pressed)
    for line in walking.report(found, language, asked.zone):
        click.echo(line)


@questionnaire.command()
@click.argument("file", type=FILE, default=BUILT_IN)
def coverage(file: Path) -> int:
    """Rules that nothing fires, and the least that has to be said for each urgency; exit code 1 on such a rule.

    Whatever is not shown on a path is skipped. Paths are searched for among the answers that a rule names, with up to
    two others beside: a rule without one is most likely dead, but that is not proved.
    """
    asked = questionnaires.load(file)
    found = cover(asked, datetime.now(asked.zone))
    click.echo(f"rules that fire: {len(found.fired)} of {len(asked.rules)}")
    for rule in found.unfired:
        click.echo(f"nothing found that fires {rule.id}: protects from {rule.protects}")
    for urgency in Urgency:
        way = found.reached.get(urgency)
        click.echo(f"{urgency.name.lower()}: {_way(way) if way is not None else 'no way found'}")
    return 1 if found.unfired else 0


@questionnaire.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
def diff(old: Path, new: Path) -> None:
    """What has changed from OLD to NEW, by the paths of the keys.

    "+" is new, "-" is gone, "~" has changed. Where nothing that matters differs, comments and blanks aside, that is
    said.
    """
    changes = differences(questionnaires.load(old), questionnaires.load(new))
    for change in changes:
        click.echo(_changed(change))
    if not changes:
        click.echo("no difference")


@questionnaire.command()
@click.argument("file", type=FILE, default=BUILT_IN)
@click.option("--as", "form", type=click.Choice(["mermaid", "svg"]), default="mermaid", show_default=True)
@LANG
def graph(file: Path, code: str, form: str) -> None:
    """Questions, branches, rules and clocks as a picture: in the language of Mermaid, or as SVG.

    An arrow stands for each answer that leads to a question, a rule or a clock, a dotted one for an answer that keeps
    it from firing. Whatever draws Mermaid shows the one (a block of a Markdown page, an editor, a wiki), any browser
    the other.
    """
    graph = drawn(questionnaires.load(file), contents.language(code, file).say)
    click.echo(mermaid(graph) if form == "mermaid" else svg(graph), nl=False)


def _grown(tree: Tree, branch: Branch, language: Language) -> Tree:
    for one in branch.branches:
        _grown(tree.add(_leaf(one, language)), one, language)
    return tree


def _leaf(branch: Branch, language: Language) -> Shown:
    leaf = Shown(branch.words)
    return leaf if branch.said is None else leaf.append(f"  {language.say(branch.said)}", style="bold")


def _way(way: Way) -> str:
    said = ", ".join(f"{one.question} = {' '.join(one.values)}" for one in way.said)
    return f"{said or 'nothing said'} (fires {', '.join(way.assessment.fired)})"


def _changed(change: Change) -> str:
    if change.old is None:
        return f"+ {change.place}: {change.new}"
    if change.new is None:
        return f"- {change.place}: {change.old}"
    return f"~ {change.place}: {change.old} -> {change.new}"
