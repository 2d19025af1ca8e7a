"""qorgan cases export: cases as files, sealed as they are stored, or readable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from bot import health
from bot.commands import asking, contents, files
from bot.commands.contents import Contents
from bot.commands.document import Sheet, document
from bot.commands.opening import Opened, Refused, opened
from bot.intake import questionnaire as questionnaires
from bot.intake.questionnaire import Questionnaire
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act, Case
from bot.store.work import Work
from bot.telegram import agreement, alerts
from bot.telegram.agreement import Matter
from bot.vault import SealedCase

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("whats", metavar="CODE|FILE...", nargs=-1, required=True)
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--keyring", type=FILE, help="The case keyring, to open sealed files.")
@click.option("--json", "as_json", is_flag=True, help="Readable, for a program: every entry as it was sealed.")
@click.option("--html", "as_html", is_flag=True, help="Readable, as a document to print.")
@click.option("--lang", "code", default="ru", show_default=True, help="The language of the document: ru, kk or en.")
@click.option("--questionnaire", type=FILE, help="For sealed files: the questionnaire, where it is not the built-in.")
@click.pass_obj
def export(
    file: Path | None,
    whats: tuple[str, ...],
    out: Path,
    keyring: Path | None,
    as_json: bool,
    as_html: bool,
    code: str,
    questionnaire: Path | None,
) -> int:
    """Write cases to the file OUT.

    Sealed as they are stored (several cases: to a new folder OUT, a file for each), or readable, all in one file.
    CODE: on the server. FILE: a sealed file on the coordinators' machine, with --keyring and --json or --html.
    A readable file protects nobody: keep it on an encrypted disk, and destroy it.
    Several cases on the server: the first call asks the administrators in their chats; once two of them have agreed
    (or the only one there is), within 24 hours, the same command writes them. Until then the exit code is 1.
    """
    if as_json and as_html:
        raise Refused("--json and --html are two files", "export twice")
    language = contents.language(code, questionnaire)
    files.refuse_existing(out)
    if keyring is not None:
        if not (as_json or as_html):
            raise Refused("the files are sealed already", "add --json or --html to write their answers readable")
        asked = questionnaires.load(questionnaire or questionnaires.BUILT_IN)
        return _write(out, contents.unsealed(map(Path, whats), keyring), asked, language, printed=as_html)
    for what in whats:
        contents.refuse_file(what)
    with opened(file) as house:
        about = _named(house, whats, readable=as_json or as_html)
        if len(whats) > 1 and not asking.agreed(house, Matter.EXPORT, about):
            return 1
        unopened = 0
        if as_json or as_html:
            asked = health.questionnaire(house.settings)
            language = contents.language(code, house.settings.questionnaire, house.settings.locales)
            unopened = _write(out, contents.stored(house, whats, Act.EXPORT), asked, language, printed=as_html)
        else:
            _seal(house, whats, out)
        if len(whats) > 1:
            house.do(lambda work: agreement.over(work, agreement.ask(work, Matter.EXPORT, about)))
    return unopened


def _named(house: Opened, codes: Sequence[str], *, readable: bool) -> dict[str, Any]:
    """What administrators agree to: exactly these cases, and whether they leave readable."""
    cases = sorted(case.id for case in house.do(lambda work: contents.found(work, codes)))
    return {"count": len(cases), "which": sha256(b"".join(cases)).hexdigest(), "readable": readable}


def _write(out: Path, found: Sequence[Contents], asked: Questionnaire, language: Language, *, printed: bool) -> int:
    """As a document, or as JSON; 1 if something does not open."""
    read = [contents.readable(asked, one, language) for one in found]
    if not printed:
        files.write_new(out, _json([one for _, one in read]))
    else:
        sheets = [
            Sheet(one.name, alerts.outline(asked, one.head) if one.head else (), lines, one.damaged)
            for lines, one in read
        ]
        files.write_new(out, document(sheets, datetime.now(UTC), language).encode())
    return contents.count([one for _, one in read])


def _json(found: Sequence[Contents]) -> bytes:
    cases = [{"case": one.name, "head": one.head, "entries": one.entries} for one in found]
    return (json.dumps(cases, ensure_ascii=True, indent=1) + "\n").encode()


def _seal(house: Opened, codes: Sequence[str], out: Path) -> None:
    def seal(work: Work, case: Case) -> SealedCase:
        work.note(SHELL, Act.EXPORT, case.id)
        return SealedCase(work.instance, case.id, tuple(work.sealed_entries(case.id)))

    sealed = house.do(lambda work: {case.head["code"]: seal(work, case) for case in contents.found(work, codes)})
    if len(codes) > 1:
        out.mkdir(mode=0o700)
    for code, one in sealed.items():
        path = out / f"{code}.qorgan" if len(codes) > 1 else out
        files.write_new(path, one.write())
        click.echo(f"wrote {len(one.entries)} sealed entries to {path}")
