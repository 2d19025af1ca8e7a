"""The answers of a case as they open: stored here, or in a sealed file on the coordinators' machine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from bot import speaking
from bot.commands import asking, files
from bot.commands.opening import Opened, Refused, find
from bot.intake.answers import Answer
from bot.intake.questionnaire import Questionnaire
from bot.intake.summary import Line, latest, summarise
from bot.languages import Language
from bot.store.audit import SHELL
from bot.store.records import Act, Body, Case
from bot.store.transaction import decode
from bot.store.work import Work
from bot.vault import Keyring, SealedCase, open_case, open_keyring

ELSEWHERE = (
    "the private case keys are kept offline: this server can't open the answers",
    "run: qorgan cases export CODE FILE, and open it on the coordinators' machine: --keyring …",
)


@dataclass(frozen=True, slots=True)
class Contents:
    """``name``: the case's code, or of a sealed file the case's id, as no code is in it; nor is there a head."""

    name: str
    head: Body | None
    entries: tuple[Body, ...]
    damaged: int


def stored(house: Opened, codes: Iterable[str], act: Act) -> list[Contents]:
    """Stored cases; what was read stands in the audit log before it is shown."""

    def read(work: Work, case: Case) -> Contents:
        opened = within(work, case)
        if opened is None:
            raise Refused(*ELSEWHERE)
        work.note(SHELL, act, case.id)
        return opened

    return house.do(lambda work: [read(work, case) for case in found(work, codes)])


def found(work: Work, codes: Iterable[str]) -> list[Case]:
    """Each once, in the order they are named."""
    return [*{case.id: case for case in (find(work, code) for code in codes)}.values()]


def within(work: Work, case: Case) -> Contents | None:
    """In a transaction, and noted nowhere; None where the keys are kept offline."""
    sealed = work.sealed_entries(case.id)
    if work.kept_elsewhere(sealed):
        return None
    entries = tuple(work.entries(case.id))
    return Contents(case.head["code"], case.head, entries, len(sealed) - len(entries))


def language(code: str, file: Path | None = None, further: Path | None = None) -> Language:
    """The language of this code; what the questionnaire of a file says in it comes from the catalogue beside it."""
    known = speaking.say(file, further, whole=False)
    if code not in known:
        raise Refused(f"there is no language {code}", f"use one of {', '.join(known)}")
    return known[code]


def refuse_file(what: str) -> None:
    if Path(what).is_file():
        raise Refused(f"{what} is a file", "name the case keyring that opens it: --keyring FILE")


def count(opened: Iterable[Contents]) -> int:
    """The exit code: 1 if something does not open."""
    every = [(len(one.entries), one.damaged) for one in opened]
    entries, damaged = sum(one for one, _ in every), sum(one for _, one in every)
    click.echo(f"{entries} of {entries + damaged} entries open", err=True)
    return 1 if damaged else 0


def unsealed(paths: Iterable[Path], keyring: Path) -> list[Contents]:
    """The entries of sealed files; asks for the passphrase once all are read."""
    sealed = [SealedCase.read(files.read(path)) for path in paths]
    opening = open_keyring(keyring, asking.secret("Passphrase of the case keyring"))
    return [_unsealed(one, opening) for one in sealed]


def _unsealed(sealed: SealedCase, keyring: Keyring) -> Contents:
    opened = open_case(keyring, sealed)
    entries = tuple(body for content in opened if content is not None and (body := _body(content)) is not None)
    return Contents(sealed.case.hex(), None, entries, len(opened) - len(entries))


def _body(content: bytes) -> Body | None:
    """Who can write to the server can seal whatever they like to the public key."""
    try:
        body = decode(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def readable(asked: Questionnaire, contents: Contents, language: Language) -> tuple[tuple[Line, ...], Contents]:
    """A line for each answer, and the contents without the entries that are none of ours."""
    whole = tuple(entry for entry in contents.entries if _lines(asked, (entry,), language) is not None)
    damaged = contents.damaged + len(contents.entries) - len(whole)
    return _lines(asked, whole, language) or (), Contents(contents.name, contents.head, whole, damaged)


def whole(asked: Questionnaire, contents: Contents, language: Language) -> Contents:
    """What something can be drafted from: the entries that are ours, if any opens."""
    _, found = readable(asked, contents, language)
    if not found.entries:
        raise Refused(f"nothing of {found.name} opens here", "name the case keyring it was sealed for: --keyring …")
    return found


def answers(contents: Contents) -> dict[str, Answer] | None:
    """The answers that stand, by their questions and without words; None where no entry opens."""
    try:
        given, _ = latest(contents.entries)
        found = [Answer(str(one.question), tuple(map(str, one.values)), "", int(one.at)) for one in given]
    except NOT_OURS:
        return None
    return {one.question: one for one in found} if contents.entries else None


NOT_OURS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OSError)


@contextmanager
def ours() -> Iterator[None]:
    """What is made from entries here is refused where one of them makes no sense: who forged it must not crash it."""
    try:
        yield
    except NOT_OURS:
        raise Refused("an entry of this case is none of ours", "see what there is: qorgan cases show") from None


def _lines(asked: Questionnaire, entries: tuple[Body, ...], language: Language) -> tuple[Line, ...] | None:
    try:
        lines = summarise(asked, entries)
        for said in (said for line in lines for said in (line.title, *line.values)):
            language.say(said)
        return lines if all(isinstance(line.words, str) for line in lines) else None
    except NOT_OURS:
        return None
