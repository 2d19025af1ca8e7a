"""qorgan cases draft: a case as the draft of a filing, for a lawyer to finish."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bot import health
from bot.commands import contents, files
from bot.commands.contents import Contents
from bot.commands.opening import Opened, Refused, opened
from bot.commands.opening import plain as shown
from bot.drafts import law, plain, template
from bot.drafts.document import document
from bot.drafts.drafting import draft as drafted
from bot.drafts.kinds import KINDS, Kind, kind_of
from bot.drafts.matter import matter
from bot.drafts.paragraph import Draft
from bot.drafts.sharing import RECIPIENTS
from bot.intake import questionnaire as questionnaires
from bot.intake.questionnaire import Questionnaire
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act
from bot.store.work import Work

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("what", metavar="CODE|FILE")
@click.option("--as", "name", required=True, type=click.Choice([*KINDS]), help="What is drafted.")
@click.option("--lang", "code", default="ru", show_default=True, help="In which language: en, ru or kk.")
@click.option("--for", "to", type=click.Choice([*RECIPIENTS]), help="For a handover: whom the note is for.")
@click.option("--out", type=FILE, help="The file to write, of mode 0600; without it the draft is printed as text.")
@click.option("--text", "as_text", is_flag=True, help="The file as text; else it is a .docx.")
@click.option("--keyring", type=FILE, help="The case keyring, to open a sealed file.")
@click.option("--templates", type=FOLDER, help="For a sealed file: the folder of your own templates, if you have one.")
@click.option("--questionnaire", type=FILE, help="For a sealed file: the questionnaire, where it is not the built-in.")
@click.pass_obj
def draft(
    file: Path | None,
    what: str,
    name: str,
    code: str,
    to: str | None,
    out: Path | None,
    as_text: bool,
    keyring: Path | None,
    templates: Path | None,
    questionnaire: Path | None,
) -> int:
    """Draft a filing from a case.

    A lawyer decides, completes and signs: what the case does not hold is a gap with the question to ask, and the first
    page, to be removed, tells the deadlines and what to check. Nothing in it is translated by machine.
    CODE: on the server, while the private case keys are there; that a draft was made stands in the audit log, not
    what it says. FILE: a sealed file on the coordinators' machine, with --keyring.
    A draft protects nobody: keep it on an encrypted disk.
    """
    kind, language = kind_of(name, code), contents.language(code)
    if out is not None:
        files.refuse_existing(out)
    if keyring is not None:
        asked = questionnaires.load(questionnaire or questionnaires.BUILT_IN)
        found = contents.unsealed([Path(what)], keyring)[0]
        return _hand_out(made(kind, language, asked, found, to, templates), found, language, out, as_text)
    contents.refuse_file(what)
    with opened(file) as house:
        asked = health.questionnaire(house.settings)
        drawn, found = _noted(house, kind, language, asked, what, to)
        return _hand_out(drawn, found, language, out, as_text)


def _noted(
    house: Opened, kind: Kind, language: Language, asked: Questionnaire, code: str, to: str | None
) -> tuple[Draft, Contents]:
    """It stands in the audit log before anybody has it; one that is refused stands there not."""

    def make(work: Work) -> tuple[Draft, Contents]:
        (case,) = contents.found(work, [code])
        found = contents.within(work, case)
        if found is None:
            raise Refused(*contents.ELSEWHERE)
        drawn = made(kind, language, asked, found, to, house.settings.templates)
        work.note(SHELL, Act(f"draft {kind.id}"), case.id)
        return drawn, found

    return house.do(make)


def made(
    kind: Kind,
    language: Language,
    asked: Questionnaire,
    found: Contents,
    to: str | None,
    own: Path | None,
    now: datetime | None = None,
) -> Draft:
    """From what opened of a case, seen from ``now``."""
    whole = contents.whole(asked, found, language)
    layout = template.read(own, kind, language.code)
    books = law.load(own)
    with contents.ours():
        return drafted(kind, language.code, matter(asked, whole.entries, now or datetime.now(UTC)), layout, books, to)


def _hand_out(drawn: Draft, found: Contents, language: Language, out: Path | None, as_text: bool) -> int:
    written = plain.written(drawn, language.say)
    if out is None:
        click.echo("\n".join(shown(line) for line in written.splitlines()))
    else:
        files.write_new(out, written.encode() if as_text else document(drawn, language.say))
        click.echo(f"wrote the draft to {out}")
    return contents.count([found])
