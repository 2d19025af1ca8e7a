"""qorgan cases: what an administrator does with cases from the shell, and a coordinator with a sealed file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bot import health, languages
from bot.commands import asking, bundle, contents, drafting, erasure, exporting
from bot.commands.opening import Refused, find, opened, plain
from bot.drafts.sharing import RECIPIENTS
from bot.intake import questionnaire as questionnaires
from bot.intake.questionnaire import LONGEST_NOTE, Questionnaire
from bot.intake.summary import URGENCIES
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act, Case
from bot.store.work import Work
from bot.telegram import casework
from bot.telegram.actions import CLOSED
from bot.telegram.closing import OUTCOMES
from bot.telegram.desk import Desk
from bot.telegram.spans import ends, span

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def cases() -> None:
    """The cases: list, read, add a note, export, close, erase.

    Reading, exporting and erasing on the server stand in the audit log.
    """


@cases.command("list")
@click.pass_obj
def listed(file: Path | None) -> None:
    """Every case by its code, no answers.

    Urgency, state, when it was written (Almaty time), how long until its next deadline, who holds it; the open ones
    first, of these the most urgent, then by deadline.
    """
    with opened(file) as house:
        found, damaged, names, now = house.do(
            lambda work: (
                work.all_cases(),
                work.damaged_cases(),
                {one.id.hex(): one.body for one in work.staff()},
                int(work.now.timestamp()),
            )
        )
        english = languages.load()["en"]
        for case in sorted(found, key=lambda case: _order(case, now)):
            head = case.head
            written = datetime.fromtimestamp(head["times"]["written"], languages.TIME_ZONE)
            holder = plain(names.get(head["holder"] or "", {}).get("name") or "-")
            kept = f"until {case.expires}" if case.expires else ""
            urgency = URGENCIES[head["urgency"]].message.lower()
            state = f"{head['code']}  {urgency:<9}{head['state']:<9}{written:%Y-%m-%d %H:%M}"
            click.echo(f"{state}  {_left(head, now, english):<13}{holder:<16}{kept}".rstrip())
        click.echo(f"{len(found)} {'case' if len(found) == 1 else 'cases'}", err=True)
        if damaged:
            click.echo(f"damaged, can't be shown: {damaged}", err=True)


def _order(case: Case, now: int) -> tuple[bool, int, int, int]:
    head = case.head
    return head["state"] == CLOSED, head["urgency"], ends(head, now), head["times"]["written"]


def _left(head: dict[str, Any], now: int, english: Language) -> str:
    due = ends(head, now)
    known = [moment for one in head["deadlines"] if (moment := one["ends"] or one["starts"])]
    if head["state"] == CLOSED or not known:
        return "-"
    return english.say(span(due - now)) if due in known else "over"


@cases.command()
@click.argument("what", metavar="CODE|FILE")
@click.option("--keyring", type=FILE, help="The case keyring, to open a sealed file.")
@click.option("--language", "--lang", default="ru", show_default=True, help="In which language the answers are shown.")
@click.option("--questionnaire", type=FILE, help="For a sealed file: the questionnaire, where it is not the built-in.")
@click.pass_obj
def show(file: Path | None, what: str, keyring: Path | None, language: str, questionnaire: Path | None) -> int:
    """The answers of a case, as a coordinator reads them.

    CODE: on the server, while the private case keys are there. FILE: a sealed file from a coordinator's chat or
    from qorgan cases export, opened on the coordinators' machine with --keyring; needs no settings and no
    server.
    """
    spoken = contents.language(language, questionnaire)
    if keyring is not None:
        asked = questionnaires.load(questionnaire or questionnaires.BUILT_IN)
        return _tell(asked, contents.unsealed([Path(what)], keyring)[0], spoken)
    contents.refuse_file(what)
    with opened(file) as house:
        asked = health.questionnaire(house.settings)
        spoken = contents.language(language, house.settings.questionnaire, house.settings.locales)
        return _tell(asked, contents.stored(house, [what], Act.READ)[0], spoken)


def _tell(asked: Questionnaire, found: contents.Contents, language: Language) -> int:
    lines, found = contents.readable(asked, found, language)
    for line in lines:
        said = ", ".join(language.say(value) for value in line.values)
        words = " ".join(part for part in (said, plain(line.words)) if part)
        click.echo(f"{language.say(line.title)}: {words}")
    return contents.count([found])


@cases.command()
@click.argument("code", metavar="CODE")
@click.option("--ground", type=click.Choice([*RECIPIENTS]), help="The note is the ground to tell this recipient.")
@click.pass_obj
def note(file: Path | None, code: str, ground: str | None) -> None:
    """Add a note to a case.

    Asks for its words, or reads them from a pipe; whoever reads the answers reads the note. It is sealed like an
    answer, also where this server can't open answers, and never changed.
    With --ground it says by what right a case note may go to that recipient, where another person wrote or the person
    wants to be asked each time: qorgan cases draft CODE --as handover.
    """
    with opened(file) as house:
        size = health.questionnaire(house.settings).entry_size
        house.do(lambda work: find(work, code))
        words = asking.words("Note", LONGEST_NOTE)

        def add(work: Work) -> str:
            case = find(work, code)
            body = {"note": words, "at": int(work.now.timestamp()), "by": SHELL}
            if ground is not None:
                body["ground"] = ground
            work.append_entry(case.id, body, size)
            work.note(SHELL, Act.NOTE, case.id)
            return str(case.head["code"])

        click.echo(f"{house.do(add)}: noted")


@cases.command()
@click.argument("code", metavar="CODE")
@click.option("--outcome", required=True, type=click.Choice([*OUTCOMES]), help="How it ended, for the counts.")
@click.pass_obj
def close(file: Path | None, code: str, outcome: str) -> None:
    """Close a case that is over.

    The person's address goes now, the case itself after 30 days.
    """
    with opened(file) as house:

        def end(desk: Desk) -> None:
            case = find(desk.work, code)
            if case.head["state"] == CLOSED:
                raise Refused(f"{case.head['code']} is closed already", "see: qorgan cases list")
            casework.close(desk, case, SHELL, outcome)

        erasure.at_desk(house, end)
        case = house.do(lambda work: find(work, code))
        click.echo(f"{case.head['code']}: closed; it is erased after {case.expires}")


cases.add_command(bundle.bundle)
cases.add_command(drafting.draft)
cases.add_command(exporting.export)
cases.add_command(erasure.erase)
