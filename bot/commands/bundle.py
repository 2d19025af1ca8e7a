"""qorgan cases bundle: what a partner lawyer needs of a case, sealed to their age key."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import click
import pyrage

from bot import health, languages
from bot.commands import audit, contents, files
from bot.commands.contents import Contents
from bot.commands.opening import Refused, opened
from bot.drafts import law, plain, sharing, template
from bot.drafts.document import document
from bot.drafts.drafting import HANDOVER, draft
from bot.drafts.kinds import KINDS
from bot.drafts.matter import Matter, matter
from bot.intake import questionnaire as questionnaires
from bot.intake.questionnaire import Questionnaire
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act
from bot.store.work import Work

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
RECIPIENT = "lawyer"
TIMES = ("written", "sent", "taken", "closed")


@click.command()
@click.argument("what", metavar="CODE|FILE")
@click.option("--to", "key", required=True, help="The recipient's age public key: age1…")
@click.option("--out", required=True, type=FILE, help="The file to write, of mode 0600.")
@click.option(
    "--asked-anew", is_flag=True, help="The person was asked: their own words and trusted person may go, too."
)
@click.option("--keyring", type=FILE, help="The case keyring, to open a sealed file.")
@click.option("--audit", "log", type=FILE, help="For a sealed file: what qorgan audit case CODE printed on the server.")
@click.option("--templates", type=FOLDER, help="For a sealed file: the folder of your own templates, if you have one.")
@click.option("--questionnaire", type=FILE, help="For a sealed file: the questionnaire, where it is not the built-in.")
@click.pass_obj
def bundle(
    file: Path | None,
    what: str,
    key: str,
    out: Path,
    asked_anew: bool,
    keyring: Path | None,
    log: Path | None,
    templates: Path | None,
    questionnaire: Path | None,
) -> int:
    """Bundle a case for a partner lawyer.

    Every draft in every language, the answers with their times, the case's audit entries and a manifest of SHA-256
    hashes, as one tar archive that only the age key opens (age -d -i KEY). Refused unless the person agreed that a
    partner lawyer is told, or the ground is recorded: qorgan cases note CODE --ground lawyer. Notes and what a
    coordinator wrote through the bot stay here.
    CODE: on the server, while the private case keys are there; it stands in the audit log. FILE: a sealed file on the
    coordinators' machine, with --keyring; the audit entries are on the server, --audit takes them along.
    """
    files.refuse_existing(out)
    recipient = _recipient(key)
    if log is not None and keyring is None:
        raise Refused("--audit goes with a sealed file", "leave it out: the server adds its audit entries by itself")
    if keyring is not None:
        asked, own = questionnaires.load(questionnaire or questionnaires.BUILT_IN), templates
        audited = files.read(log) if log is not None else None
        found = _told(asked, contents.unsealed([Path(what)], keyring)[0])
    else:
        contents.refuse_file(what)
        with opened(file) as house:
            asked, own = health.questionnaire(house.settings), house.settings.templates
            found, audited = house.do(lambda work: _noted(work, asked, what))
    with contents.ours():
        whole = matter(asked, found.entries, datetime.now(UTC))
        held = whole if asked_anew else sharing.shared(whole, RECIPIENT)
        packed = dict(_drafts(held, whole, own))
        packed["history.txt"] = _lines([*_head(found), *_history(held, languages.load()["en"])])
    if audited is not None:
        packed["audit.txt"] = audited
    packed["manifest.sha256"] = _lines([f"{sha256(one).hexdigest()}  {name}" for name, one in sorted(packed.items())])
    files.write_new(out, pyrage.encrypt(_archive(packed), [recipient]))
    click.echo(f"wrote {len(packed)} files, sealed, to {out}")
    if audited is None:
        click.echo("without audit entries: qorgan audit case CODE tells them on the server, for --audit", err=True)
    return contents.count([found])


def _told(asked: Questionnaire, found: Contents) -> Contents:
    """What the drafts are made from; refused where the recipient may not be told."""
    whole = contents.whole(asked, found, languages.load()["en"])
    with contents.ours():
        sharing.recipient_of(matter(asked, whole.entries, datetime.now(UTC)), RECIPIENT)
    return whole


def _noted(work: Work, asked: Questionnaire, code: str) -> tuple[Contents, bytes]:
    """It stands in the audit log before anybody has it, and in the bundle with what is there of the case."""
    (case,) = contents.found(work, [code])
    found = contents.within(work, case)
    if found is None:
        raise Refused(*contents.ELSEWHERE)
    told = _told(asked, found)
    work.note(SHELL, Act.BUNDLE, case.id)
    return told, _lines(audit.about(work, case))


def _recipient(key: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(key.strip())
    except pyrage.RecipientError:
        raise Refused("this is no age public key", "it begins with age1; age-keygen prints it") from None


def _drafts(held: Matter, whole: Matter, own: Path | None) -> Iterator[tuple[str, bytes]]:
    """Of what the recipient may be told; the note says by what right it goes there."""
    spoken, books = languages.load(), law.load(own)
    for kind in KINDS.values():
        note = kind.id == HANDOVER
        for code in kind.languages:
            layout = template.read(own, kind, code)
            made = draft(kind, code, whole if note else held, layout, books, RECIPIENT if note else None)
            yield f"drafts/{kind.id}.{code}.docx", document(made, spoken[code].say)


def _head(found: Contents) -> Iterator[str]:
    times: Mapping[str, int] = (found.head or {}).get("times", {})
    for name in TIMES:
        if name in times:
            yield f"{audit.utc(times[name])}\tcase {name}"


def _history(held: Matter, english: Language) -> Iterator[str]:
    for one in held.told:
        line = held.line(one)
        values = ", ".join(english.say(value) for value in line.values)
        whose = "coordinator" if one.by_staff else "later" if one.sitting else "sent"
        quote = f" «{plain.visible(line.words)}»" if line.words else ""
        yield f"{audit.utc(one.answer.at)}\t{whose}\t{english.say(line.title)}: {values}{quote}"
    for words in held.words:
        yield f"{audit.utc(words.at)}\ttyped\t«{plain.visible(words.words)}»"


def _lines(lines: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _archive(packed: Mapping[str, bytes]) -> bytes:
    """Names and bytes, and nothing of this machine: no owner, no time."""
    written = BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in sorted(packed.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, BytesIO(content))
    return written.getvalue()
