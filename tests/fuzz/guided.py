"""What strangers and thieves give our parsers to read, found by atheris, which looks where the parsers have not been.

    python -m tests.fuzz.guided updates|presses|envelopes [libFuzzer's options]

A crash ends it, and leaves what caused it in a file beside it.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bot.telegram", "bot.intake", "bot.vault.sealing"]):
    from bot import speaking
    from bot.store.records import Staff
    from bot.store.work import Work
    from bot.telegram import ingest, screens, updates
    from bot.telegram.desk import House
    from bot.telegram.floods import Gate, Turnstile
    from bot.telegram.table import TABLE
    from bot.vault import sealing
    from bot.vault.errors import Damaged
    from bot.vault.hybrid import PrivateKey
    from tests.fuzz.mischief import CHOICES, SCREENS
    from tests.store.shelf import Place

Target = Callable[[bytes], None]
PERSON, COORDINATOR, ADMIN = 1, 2, 3
KINDS = ("message", "edited_message", "callback_query", "my_chat_member", "poll")
NAMES = ("from", "chat", "text", "message_id", "id", "data", "message", "new_chat_member", "status", "is_bot", "type",
         "date", "first_name", "language_code", "photo", "location", "forward_origin", "pinned_message")  # fmt: skip
FITTING = ({"id": 1, "is_bot": False}, {"id": 1, "type": "private"}, {"status": "kicked"}, 1, "private", "kicked", None,
           True, False, -1, 0.5, 2**53, 2**63, "\ud800", [], {})  # fmt: skip
DEEPEST = 8
BEGUN_WITH = 80


class Undone(Exception):
    """Nothing of what was tried is kept: each try begins at the same place."""


def updates_parsed() -> None:
    """Any JSON becomes an update that a database can hold."""

    def target(data: bytes) -> None:
        said = atheris.FuzzedDataProvider(data)
        number = said.PickValueInList([5, 5, 5, 2**63, None])
        parsed = updates.parse({"update_id": number, said.PickValueInList(list(KINDS)): _json(said)})
        assert -1 <= parsed.update_id < 2**63
        for name in ("text", "data", "callback_id", "first_name", "language_code", "kind"):
            (getattr(parsed, name, None) or "").encode()

    _fuzz(target)


def presses_handled() -> None:
    """Presses and words of a person and of staff: through everything that a transaction does with them."""
    house = House(*speaking.load(), actions=TABLE)
    with tempfile.TemporaryDirectory() as folder, Place(Path(folder)).open() as store:
        store.write_now(_employ)

        def tried(work: Work, said: atheris.FuzzedDataProvider) -> None:
            for number in range(4):
                user, words = said.ConsumeIntInRange(PERSON, ADMIN), said.ConsumeUnicode(70)
                screens.pressed(words)
                raw = (_press if said.ConsumeBool() else _word)(number, user, words)
                ingest.handle(house, work, [updates.parse(raw)], Turnstile(Gate(10_000)))
            raise Undone

        def target(data: bytes) -> None:
            with suppress(Undone):
                store.write_now(lambda work: tried(work, atheris.FuzzedDataProvider(data)))

        _fuzz(target, *_dictionary(Path(folder)))


def _employ(work: Work) -> None:
    for user, role in ((COORDINATOR, "coordinator"), (ADMIN, "admin")):
        body = {"role": role, "language": "en", "name": "Dana", "reachable": True, "started": True}
        work.save_staff([Staff(user.to_bytes(16, "big"), user, body)])


def _dictionary(folder: Path) -> list[str]:
    """The words that a button's data is made of."""
    names = [*TABLE, *SCREENS, *CHOICES, "00" * 16, "."]
    lines = [f'"{name}="' for name in (*TABLE, *SCREENS)] + [f'"{name}"' for name in names if name]
    (folder / "dictionary").write_text("\n".join(lines) + "\n", "utf-8")
    return [f"-dict={folder / 'dictionary'}"]


def envelopes_opened() -> None:
    """Whatever stands where an envelope should: it opens, or is damaged, and nothing else."""
    key, instance = sealing.SymmetricKey(b"key-id-1", b"k" * 32), bytes(16)
    private, place = PrivateKey(b"s" * 32), sealing.Place("cases", "head", b"row")
    sealed = sealing.seal_entry(b"case-key", private.public, instance, b"c", b"e", sealing.pad(b"content", 64))

    def target(data: bytes) -> None:
        said = atheris.FuzzedDataProvider(data)
        cut, rest = said.ConsumeIntInRange(0, 2_000), said.ConsumeBytes(4_096)
        for altered in (rest, b"\1key-id-1" + rest, sealed.wrap[:cut] + rest, sealed.ciphertext[:cut] + rest):
            for read in (
                lambda envelope: sealing.key_id(envelope),
                lambda envelope: sealing.unpad(envelope),
                lambda envelope: sealing.open_row(key, instance, place, envelope),
                lambda envelope: sealing.open_entry(private, instance, b"c", b"e", envelope, sealed.wrap),
                lambda envelope: sealing.open_entry(private, instance, b"c", b"e", sealed.ciphertext, envelope),
            ):
                with suppress(Damaged):
                    read(altered)

    _fuzz(target)


def _json(said: atheris.FuzzedDataProvider, depth: int = 0) -> object:
    """A JSON value in which what the parser knows stands where it should more often than by chance."""
    kind = said.ConsumeIntInRange(0, 5) if depth and depth < DEEPEST else 5 * (depth > 0)
    if kind < 2:
        names = [said.PickValueInList(list(NAMES)) for _ in range(said.ConsumeIntInRange(0, 8))]
        return {name: _json(said, depth + 1) for name in names}
    return said.ConsumeUnicode(20) if kind == 2 else said.PickValueInList(list(FITTING))


def _press(number: int, user: int, data: str) -> dict[str, object]:
    query = {"id": str(number), "from": _user(user), "message": _message(number, user), "data": data}
    return {"update_id": number, "callback_query": query}


def _word(number: int, user: int, text: str) -> dict[str, object]:
    return {"update_id": number, "message": {**_message(number, user), "from": _user(user), "text": text}}


def _user(user: int) -> dict[str, object]:
    return {"id": user, "is_bot": False, "first_name": "x", "language_code": "en"}


def _message(number: int, user: int) -> dict[str, object]:
    return {"message_id": number + 1, "chat": {"id": user, "type": "private"}, "date": 0}


def _fuzz(target: Target, *options: str) -> None:
    """Begun with inputs of some length: from nothing it would be a long way to anything that is parsed."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(BEGUN_WITH):
            (Path(folder) / str(number)).write_bytes(chance.randbytes(10 * number))
        atheris.Setup([sys.argv[0], *sys.argv[2:], *options, folder], target)
        atheris.Fuzz()


TARGETS = {"updates": updates_parsed, "presses": presses_handled, "envelopes": envelopes_opened}

if __name__ == "__main__":
    TARGETS[sys.argv[1]]()
