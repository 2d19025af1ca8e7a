"""qorgan stats: how many cases there are, as a table, for a spreadsheet, as a chart."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table as Grid

from bot import health, languages
from bot.commands import contents, files
from bot.commands.contents import Contents
from bot.commands.opening import Opened, Refused, opened
from bot.intake import counts
from bot.intake import questionnaire as questionnaires
from bot.intake.answers import Answer
from bot.intake.counts import Table
from bot.intake.questionnaire import Questionnaire
from bot.intake.text import Text, text
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act, Case
from bot.store.work import Work
from bot.telegram.closing import OUTCOMES
from bot.telegram.stats import erased

FILE = click.Path(path_type=Path, dir_okay=False)
AT_ONCE = 50
"""Cases read in one transaction, so that a running bot need not wait long."""
Given = dict[str, Answer]


@dataclass(frozen=True)
class Counted:
    tables: tuple[Table, ...]
    notes: tuple[Text, ...]

    @property
    def headline(self) -> Text:
        return text("Cases: {count}", count=counts.said(self.tables[0].total))


@click.command()
@click.argument("sealed", metavar="[FILE|FOLDER]...", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--keyring", type=FILE, help="The case keyring, to count sealed files.")
@click.option("--lang", "code", default="ru", show_default=True, help="The language of the tables: ru, kk or en.")
@click.option("--csv", "sheet", type=FILE, help="Write the tables to this file, for a spreadsheet.")
@click.option("--png", "picture", type=FILE, help="Draw the tables into this file, a page for a report.")
@click.option("--questionnaire", type=FILE, help="For sealed files: the questionnaire, where it is not the built-in.")
@click.pass_obj
def stats(
    file: Path | None,
    sealed: tuple[Path, ...],
    keyring: Path | None,
    code: str,
    sheet: Path | None,
    picture: Path | None,
    questionnaire: Path | None,
) -> None:
    """How many cases there are, by urgency, reason, outcome, month, place and what may be behind them.

    Counts the cases that are stored now. Numbers under 5 are hidden, and others from which they could be computed;
    still, do not publish two counts of days close together: their difference may be a single person.

    What may be behind the cases is counted where the private case keys are. In offline custody that is the
    coordinators' machine: name the sealed files of qorgan cases export, or folders of them, with --keyring. They
    carry no urgency, reason and outcome.
    """
    language = contents.language(code, questionnaire)
    draw = _pencil() if picture is not None else None
    for path in filter(None, (sheet, picture)):
        files.refuse_existing(path)
    if keyring is not None:
        asked = questionnaires.load(questionnaire or questionnaires.BUILT_IN)
        counted = _in_files(asked, contents.unsealed(_files(sealed), keyring))
    elif sealed:
        raise Refused("sealed files are counted with the case keyring that opens them", "name it: --keyring FILE")
    else:
        with opened(file) as house:
            counted = _in_store(house)
            language = contents.language(code, house.settings.questionnaire, house.settings.locales)
    _print(counted, language)
    if sheet is not None:
        files.write_new(sheet, _csv(counted, language))
    if picture is not None and draw is not None:
        files.write_new(picture, draw(counted.tables, counted.headline, counted.notes, language))


def _pencil() -> Callable[[Sequence[Table], Text, Sequence[Text], Language], bytes]:
    try:
        from bot.commands.chart import draw
    except ImportError:
        raise Refused("a chart needs matplotlib, which is not installed", "run: pip install matplotlib") from None
    return draw


def _in_store(house: Opened) -> Counted:
    asked = health.questionnaire(house.settings)
    cases, gone, damaged = house.do(lambda work: (work.all_cases(), work.erased_cases(), work.damaged_cases()))
    heads = [case.head for case in cases]
    now = datetime.now(UTC)
    tables = [*counts.of_heads(heads, OUTCOMES, now, asked.zone)]
    if "where" in asked.questions:
        places = [head["place"].get("where", "") for head in heads]
        tables.append(counts.by_place(asked.questions["where"], places))
    read = [*_read(house, cases)]
    tables += _categories(asked, read)
    notes = [erased(gone)]
    if damaged:
        notes.append(text("Damaged cases, which can't be shown: {count}", count=damaged))
    return Counted(tuple(tables), _notes(now, notes, len(cases) - len(read)))


def _read(house: Opened, cases: Sequence[Case]) -> Iterator[Given]:
    """The answers of those that open here."""
    if cases:
        house.do(lambda work: work.note(SHELL, Act.COUNT, b""))

    for start in range(0, len(cases), AT_ONCE):
        yield from house.do(partial(_some, [case.id for case in cases[start : start + AT_ONCE]]))


def _some(wanted: list[bytes], work: Work) -> list[Given]:
    """Those that are still there."""
    found = (contents.within(work, case) for case in work.load_cases(wanted).values())
    return [given for one in found if one is not None and (given := contents.answers(one)) is not None]


def _files(sealed: tuple[Path, ...]) -> list[Path]:
    found = [file for path in sealed for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    if not found:
        raise Refused("no sealed file is named", "name the files of qorgan cases export, or a folder of them")
    return found


def _in_files(asked: Questionnaire, unsealed: Iterable[Contents]) -> Counted:
    """Of two files of one case the one with more in it counts."""
    cases: dict[str, Contents] = {}
    for one in unsealed:
        cases[one.name] = max(one, cases.get(one.name, one), key=lambda each: len(each.entries))
    read = [given for one in cases.values() if (given := contents.answers(one)) is not None]
    now = datetime.now(UTC)
    written = (min((answer.at for answer in given.values()), default=0) for given in read)
    tables = [counts.by_month(written, now, asked.zone)]
    if "where" in asked.questions:
        places = (next(iter(_chosen(given, "where")), "") for given in read)
        tables.append(counts.by_place(asked.questions["where"], places))
    tables += _categories(asked, read)
    return Counted(tuple(tables), _notes(now, [], len(cases) - len(read)))


def _categories(asked: Questionnaire, read: Sequence[Given]) -> list[Table]:
    if "category" not in asked.questions or not read:
        return []
    return [counts.by_category(asked.questions["category"], [_chosen(given, "category") for given in read])]


def _chosen(given: Given, question: str) -> tuple[str, ...]:
    return given[question].values if question in given else ()


def _notes(now: datetime, more: Sequence[Text], unread: int) -> tuple[Text, ...]:
    notes = [text("As of: {day}", day=now.astimezone(languages.TIME_ZONE).date()), *counts.NOTES, *more]
    if unread:
        notes.append(text("Cases whose answers do not open here: {count}", count=unread))
    return tuple(notes)


def _print(counted: Counted, language: Language) -> None:
    console = Console(highlight=False)
    console.print(language.say(counted.headline))
    for table in counted.tables:
        under = language.say(table.base) if table.several else None
        grid = Grid(title=language.say(table.title), caption=under, show_header=False, min_width=46)
        grid.add_column(ratio=1)
        grid.add_column(justify="right")
        for row in table.rows:
            grid.add_row(counts.label(row, language.say), counts.words(row.count, language.say))
        console.print()
        console.print(grid)
    console.print()
    for note in counted.notes:
        console.print(language.say(note))


def _csv(counted: Counted, language: Language) -> bytes:
    """For a spreadsheet: with the mark by which Excel knows UTF-8."""
    written = io.StringIO()
    sheet = csv.writer(written)
    sheet.writerow(("table", "row", "title", "cases"))
    for table in counted.tables:
        for row in table.rows:
            sheet.writerow((table.id, row.id, counts.label(row, language.say), counts.words(row.count, language.say)))
        sheet.writerow((table.id, "total", language.say(table.title), counts.words(table.total, language.say)))
    return written.getvalue().encode("utf-8-sig")
