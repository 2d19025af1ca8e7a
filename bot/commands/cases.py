"""qorgan cases: what an administrator does with cases from the shell, and a coordinator with a sealed file."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from bot import health, languages
from bot.commands import asking, erasure, files
from bot.commands.opening import Opened, Refused, find, opened, plain
from bot.intake import questionnaire as questionnaires
from bot.intake.questionnaire import Questionnaire
from bot.intake.summary import URGENCIES, summarise
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act, Body
from bot.store.transaction import decode
from bot.store.work import Work
from bot.telegram import casework
from bot.vault import SealedCase, open_case, open_keyring

FILE = click.Path(path_type=Path, dir_okay=False)
KEYRING = click.option("--keyring", type=FILE, help="The case keyring, to open a sealed file.")


@click.group()
def cases() -> None:
    """The cases: list, read, export, close, erase.

    Reading, exporting and erasing on the server stand in the audit log.
    """


@cases.command("list")
@click.pass_obj
def listed(file: Path | None) -> None:
    """Every case by its code, no answers.

    Urgency, state, when it was written (Almaty time), who holds it; most urgent first.
    """
    with opened(file) as house:
        found, damaged, names = house.do(
            lambda work: (work.all_cases(), work.damaged_cases(), {one.id.hex(): one.body for one in work.staff()})
        )
        found.sort(key=lambda case: (case.head["urgency"], case.head["times"]["written"]))
        for case in found:
            head = case.head
            written = datetime.fromtimestamp(head["times"]["written"], languages.TIME_ZONE)
            holder = names.get(head["holder"] or "", {}).get("name") or "-"
            kept = f"until {case.expires}" if case.expires else ""
            urgency = URGENCIES[head["urgency"]].message.lower()
            words = f"{head['code']}  {urgency:<9}{head['state']:<9}{written:%Y-%m-%d %H:%M}  {plain(holder):<16}{kept}"
            click.echo(words.rstrip())
        click.echo(f"{len(found)} {'case' if len(found) == 1 else 'cases'}", err=True)
        if damaged:
            click.echo(f"damaged, can't be shown: {damaged}", err=True)


@cases.command()
@click.argument("what", metavar="CODE|FILE")
@KEYRING
@click.option("--language", default="ru", show_default=True, help="In which language the answers are shown.")
@click.option("--questionnaire", type=FILE, help="For a sealed file: the questionnaire, where it is not the built-in.")
@click.pass_obj
def show(file: Path | None, what: str, keyring: Path | None, language: str, questionnaire: Path | None) -> int:
    """The answers of a case, as a coordinator reads them.

    CODE: on the server, while the private case keys are there. FILE: a sealed file from a coordinator's chat or
    from qorgan cases export, opened on the coordinators' machine with --keyring; needs no settings and no
    server.
    """
    spoken = languages.load().get(language)
    if spoken is None:
        raise Refused(f"there is no language {language}", f"use one of {', '.join(languages.load())}")
    if keyring is not None:
        asked = questionnaires.load(questionnaire or questionnaires.BUILT_IN)
        entries, damaged = unsealed(Path(what), keyring)
        return _tell(asked, entries, damaged, spoken)
    _refuse_file(what)
    with opened(file) as house:
        asked = health.questionnaire(house.settings)
        entries, damaged = _read(house, what, Act.READ)
        return _tell(asked, entries, damaged, spoken)


@cases.command()
@click.argument("what", metavar="CODE|FILE")
@click.argument("out", metavar="OUT", type=FILE)
@KEYRING
@click.option("--plain", is_flag=True, help="The answers readable, as JSON, instead of sealed.")
@click.pass_obj
def export(file: Path | None, what: str, out: Path, keyring: Path | None, plain: bool) -> int:
    """Write a case to the file OUT.

    Sealed as it is stored, or readable with --plain.
    CODE: on the server. FILE: a sealed file on the coordinators' machine, with --keyring and --plain.
    A readable file protects nobody: keep it on an encrypted disk, and destroy it.
    """
    files.refuse_existing(out)
    if keyring is not None:
        if not plain:
            raise Refused("the file is sealed already", "add --plain to write its answers readable")
        entries, damaged = unsealed(Path(what), keyring)
        files.write_new(out, _json(entries))
        return _count(entries, damaged)
    _refuse_file(what)
    with opened(file) as house:
        if plain:
            entries, damaged = _read(house, what, Act.EXPORT)
            files.write_new(out, _json(entries))
            return _count(entries, damaged)
        sealed = house.do(lambda work: _sealed(house, work, what))
        files.write_new(out, sealed.write())
        click.echo(f"wrote {len(sealed.entries)} sealed entries to {out}")
    return 0


@cases.command()
@click.argument("code", metavar="CODE")
@click.pass_obj
def close(file: Path | None, code: str) -> None:
    """Close a case that is over.

    The person's address goes now, the case itself after 30 days.
    """
    with opened(file) as house:
        erasure.at_desk(house, lambda desk: casework.close(desk, find(desk.work, code), SHELL))
        case = house.do(lambda work: find(work, code))
        click.echo(f"{case.head['code']}: closed; it is erased after {case.expires}")


cases.add_command(erasure.erase)


def unsealed(file: Path, keyring: Path) -> tuple[list[Body], int]:
    """The entries of a sealed file, and how many of them do not open."""
    sealed = SealedCase.read(files.read(file))
    contents = open_case(open_keyring(keyring, asking.secret("Passphrase of the case keyring")), sealed)
    entries = [body for content in contents if content is not None and (body := _body(content)) is not None]
    return entries, len(contents) - len(entries)


def _body(content: bytes) -> Body | None:
    """Who can write to the server can seal whatever they like to the public key."""
    try:
        body = decode(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _read(house: Opened, code: str, act: Act) -> tuple[list[Body], int]:
    """The entries of a stored case; what was read stands in the audit log before it is shown."""

    def read(work: Work) -> tuple[list[Body], int]:
        case = find(work, code)
        sealed = work.sealed_entries(case.id)
        if work.kept_elsewhere(sealed):
            raise Refused(
                "the private case keys are kept offline: this server can't open the answers",
                "run: qorgan cases export CODE FILE, and open it with: qorgan cases show FILE --keyring …",
            )
        work.note(SHELL, act, case.id)
        entries = work.entries(case.id)
        return entries, len(sealed) - len(entries)

    return house.do(read)


def _sealed(house: Opened, work: Work, code: str) -> SealedCase:
    case = find(work, code)
    work.note(SHELL, Act.EXPORT, case.id)
    return SealedCase(house.vault.instance, case.id, tuple(work.sealed_entries(case.id)))


def _refuse_file(what: str) -> None:
    if Path(what).is_file():
        raise Refused(f"{what} is a file", "name the case keyring that opens it: --keyring FILE")


def _tell(asked: Questionnaire, entries: list[Body], damaged: int, language: Language) -> int:
    readable = [entry for entry in entries if _lines(asked, [entry], language) is not None]
    for line in _lines(asked, readable, language) or ():
        click.echo(line)
    return _count(readable, damaged + len(entries) - len(readable))


def _lines(asked: Questionnaire, entries: list[Body], language: Language) -> list[str] | None:
    """A line for each answer; None where these are no entries of ours."""
    lines = []
    try:
        for line in summarise(asked, entries):
            said = ", ".join(language.say(value) for value in line.values)
            words = " ".join(part for part in (said, plain(line.words)) if part)
            lines.append(f"{language.say(line.title)}: {words}")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError):
        return None
    return lines


def _count(entries: list[Body], damaged: int) -> int:
    """The exit code: 1 if something does not open."""
    click.echo(f"{len(entries)} of {len(entries) + damaged} entries open", err=True)
    return 1 if damaged else 0


def _json(entries: list[Body]) -> bytes:
    return (json.dumps(entries, ensure_ascii=True, indent=1) + "\n").encode()
