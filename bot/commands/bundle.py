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
from bot.commands import contents, files
from bot.commands.contents import Contents
from bot.commands.opening import Refused, opened
from bot.drafts import law, plain, sharing, template
from bot.drafts.document import document
from bot.drafts.drafting import HANDOVER, draft
from bot.drafts.kinds import KINDS
from bot.drafts.matter import Matter, matter
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act
from bot.store.work import Work

FILE = click.Path(path_type=Path, dir_okay=False)
RECIPIENT = "lawyer"
EVERY_ENTRY = 1_000_000
TIMES = ("written", "sent", "taken", "closed")


@click.command()
@click.argument("code", metavar="CODE")
@click.option("--to", "key", required=True, help="The recipient's age public key: age1…")
@click.option("--out", required=True, type=FILE, help="The file to write, of mode 0600.")
@click.option(
    "--asked-anew", is_flag=True, help="The person was asked: their own words and trusted person may go, too."
)
@click.pass_obj
def bundle(file: Path | None, code: str, key: str, out: Path, asked_anew: bool) -> int:
    """Bundle a case for a partner lawyer.

    Every draft in every language, the answers with their times, the case's audit entries and a manifest of SHA-256
    hashes, as one tar archive that only the age key opens (age -d -i KEY). Refused unless the person agreed that a
    partner lawyer is told, or the ground is recorded: qorgan cases note CODE --ground lawyer. Notes and what a
    coordinator wrote through the bot stay here. It stands in the audit log.
    """
    files.refuse_existing(out)
    contents.refuse_file(code)
    recipient = _recipient(key)
    with opened(file) as house:
        asked, own = health.questionnaire(house.settings), house.settings.templates

        def collect(work: Work) -> tuple[Contents, list[str]]:
            (case,) = contents.found(work, [code])
            found = contents.within(work, case)
            if found is None:
                raise Refused(*contents.ELSEWHERE)
            _, found = contents.readable(asked, found, languages.load()["en"])
            sharing.recipient_of(matter(asked, found.entries, work.now), RECIPIENT)
            work.note(SHELL, Act.BUNDLE, case.id)
            log = [one for one in work.audit(limit=EVERY_ENTRY) if one.about == case.id.hex()]
            times = [f"{one.number}\t{_utc(one.at)}\t{one.who}\t{one.what}" for one in reversed(log)]
            return found, times

        found, log = house.do(collect)
        whole = matter(asked, found.entries, datetime.now(UTC))
        held = whole if asked_anew else sharing.shared(whole, RECIPIENT)
        packed = dict(_drafts(held, whole, own))
        packed["history.txt"] = _lines([*_head(found), *_history(held, languages.load()["en"])])
        packed["audit.txt"] = _lines(log)
        packed["manifest.sha256"] = _lines(
            [f"{sha256(one).hexdigest()}  {name}" for name, one in sorted(packed.items())]
        )
        files.write_new(out, pyrage.encrypt(_archive(packed), [recipient]))
    click.echo(f"wrote {len(packed)} files, sealed, to {out}")
    return contents.count([found])


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
            yield f"{_utc(times[name])}\tcase {name}"


def _history(held: Matter, english: Language) -> Iterator[str]:
    for one in held.told:
        line = held.line(one)
        values = ", ".join(english.say(value) for value in line.values)
        whose = "coordinator" if one.by_staff else "later" if one.sitting else "sent"
        quote = plain.visible(line.words)
        yield f"{_utc(one.answer.at)}\t{whose}\t{english.say(line.title)}: {values}{f' «{quote}»' if quote else ''}"
    for words in held.words:
        yield f"{_utc(words.at)}\ttyped\t«{plain.visible(words.words)}»"


def _utc(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


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
