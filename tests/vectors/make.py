"""Makes a file of vectors: ``python -m tests.vectors.make instance FILE``, or ``offline`` or ``words``.

Files made once stay as they are for ever.

Everything in them is invented, and the passphrase's Argon2id costs next to nothing, so that tests are quick:
never a model for a real keyring. Keys and ids are random: a second run gives other bytes.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from base64 import b64decode, b64encode
from datetime import date
from pathlib import Path
from typing import Any

from bot.store import audit
from bot.vault import (
    CasePublic,
    Challenge,
    Kdf,
    Kind,
    Place,
    Purpose,
    SealedCase,
    SealedFileEntry,
    Vault,
    WrapsFile,
    create_case_keyring,
    create_keyring,
    open_keyring,
    open_vault,
    rewrap_file,
    split,
    write_public,
)
from bot.vault.sealing import fields

PASSPHRASE = "семь тихих слов"
DAY = date(2026, 3, 2)
PERSON = "7000000001"
CODE = ("бидай", "көпір", "тұлпар", "шырақ", "маймыл", "жаңбыр")


def instance(folder: Path) -> dict[str, Any]:
    recovery = create_keyring(folder / "keyring", PASSPHRASE, kdf=Kdf(8, 1, 1), today=DAY)
    vault = open_vault(folder / "keyring", folder / "day-keys", PASSPHRASE)
    case = os.urandom(16)
    rows = [
        _row(vault, Purpose.SERVER, Place("cases", "head", case, case, "head"), "Қорған: the head"),
        _row(vault, Purpose.SERVER, Place("chats", "address", os.urandom(16), b"", "address"), "an address"),
        _row(vault, Purpose.DRAFT, Place("chats", "draft", os.urandom(16), b"", "draft"), "a draft"),
        _row(vault, Purpose.OUTBOX, Place("outbox", "sealed", os.urandom(16), b"", "outgoing"), "a message"),
        _row(vault, Purpose.DRAFT, Place("messages", "sealed", os.urandom(16), case, "slot"), "a slot"),
        _row(vault, Purpose.SERVER, Place("staff", "sealed", os.urandom(16), b"", "staff"), "a coordinator"),
        _row(vault, Purpose.SERVER, Place("meta", "state", vault.instance, b"", "state"), "a state"),
    ]
    return {
        "format": 1,
        "note": "invented; the passphrase is cheap to guess on purpose",
        "passphrase": PASSPHRASE,
        "recovery": recovery.hex(),
        "instance": vault.instance.hex(),
        "rows": rows,
        "case": {"id": case.hex(), "entries": [_entry(vault, case, number) for number in (1, 2, 3)]},
        "indexes": [_index(vault, label, PERSON) for label in ("person", "audit", "case-code")],
        "audit": _chain(vault),
        "keyring": _base64((folder / "keyring").read_bytes()),
        "day_keys": _base64((folder / "day-keys").read_bytes()),
    }


def offline(folder: Path) -> dict[str, Any]:
    """The coordinators' side: a case keyring, and one of each file that travels."""
    recovery = create_case_keyring(folder / "case-keyring", PASSPHRASE, kdf=Kdf(8, 1, 1), today=DAY)
    keyring = open_keyring(folder / "case-keyring", PASSPHRASE)
    active = keyring.keys.active(Kind.CASE)
    public = CasePublic(active.known.id, active.public)
    create_keyring(folder / "keyring", "another house", kdf=Kdf(8, 1, 1), today=DAY)
    vault = open_vault(folder / "keyring", folder / "day-keys", "another house")
    vault.rotate(DAY, public)
    case, contents = os.urandom(16), ("ответ 1", "ответ 2")
    entries = []
    for number, content in enumerate(contents, 1):
        entry = os.urandom(16)
        sealed = vault.seal_entry(case, entry, content.encode(), size=512)
        entries.append(SealedFileEntry(entry, number, sealed.ciphertext, sealed.wrap))
    listed = tuple((case, one.id, one.wrap) for one in entries)
    wraps = WrapsFile(vault.instance, public.id, {public.id: len(listed)}, listed)
    challenge, digest = Challenge.make(vault.instance, public)
    proof = challenge.answer(keyring)
    rewrapped = rewrap_file(open_keyring(folder / "case-keyring", PASSPHRASE), wraps, DAY)
    write_public(folder / "public", public)
    return {
        "format": 1,
        "note": "invented; the passphrase is cheap to guess on purpose",
        "passphrase": PASSPHRASE,
        "recovery": recovery.hex(),
        "shares": split(recovery, 3, 2),
        "keyring": _base64((folder / "case-keyring").read_bytes()),
        "public": (folder / "public").read_text(encoding="ascii"),
        "fingerprint": public.fingerprint,
        "case": {"id": case.hex(), "contents": contents},
        "sealed_case": _base64(SealedCase(vault.instance, case, tuple(entries)).write()),
        "wraps": _base64(wraps.write()),
        "rewrapped": _base64(rewrapped.write()),
        "challenge": _base64(challenge.write()),
        "proof": proof,
        "digest": digest,
    }


def words(folder: Path) -> dict[str, Any]:
    """What people remember: a return code and a code word, and what is kept of them."""
    recovery = create_keyring(folder / "keyring", PASSPHRASE, kdf=Kdf(8, 1, 1), today=DAY)
    vault = open_vault(folder / "keyring", folder / "day-keys", PASSPHRASE)
    case, word = os.urandom(16), "қызыл алма"
    finder, costs = vault.return_finder(CODE), Kdf(64, 2, 2)
    return {
        "format": 1,
        "note": "invented; the passphrase is cheap to guess on purpose",
        "passphrase": PASSPHRASE,
        "recovery": recovery.hex(),
        "keyring": _base64((folder / "keyring").read_bytes()),
        "case": case.hex(),
        "code": CODE,
        "finder": {"key": finder.key_id.hex(), "digest": finder.digest.hex()},
        "proof": vault.return_proof(CODE, case).hex(),
        "word": word,
        "verifiers": [vault.word_verifier(word, case, costs).hex(), vault.word_verifier(word, case).hex()],
    }


def _row(vault: Vault, purpose: Purpose, place: Place, content: str) -> dict[str, str]:
    return {
        "table": place.table,
        "column": place.column,
        "row": place.row.hex(),
        "case": place.case.hex(),
        "purpose": place.purpose,
        "content": content,
        "envelope": _base64(vault.seal(purpose, place, content.encode(), step=256, day=DAY)),
    }


def _entry(vault: Vault, case: bytes, number: int) -> dict[str, Any]:
    entry, content = os.urandom(16), f"ответ {number}"
    sealed = vault.seal_entry(case, entry, content.encode(), size=512)
    return {
        "id": entry.hex(),
        "number": number,
        "content": content,
        "ciphertext": _base64(sealed.ciphertext),
        "wrap": _base64(sealed.wrap),
    }


def _index(vault: Vault, label: str, value: str) -> dict[str, str]:
    index = vault.index(label, value.encode())
    return {"label": label, "value": value, "key": index.key_id.hex(), "digest": index.digest.hex()}


def _chain(vault: Vault) -> list[dict[str, Any]]:
    begin, former, chained = fields(audit.LABEL, bytes([audit.VERSION]), vault.instance), bytes(32), []
    for number, what in enumerate(("take", "read", "key made"), 1):
        place = Place("audit", "sealed", number.to_bytes(8, "big"), b"", "audit")
        row = _row(vault, Purpose.SERVER, place, f'{{"what":"{what}"}}')
        former = audit.link(begin, former, number, b64decode(row["envelope"]))
        chained.append({"number": number, "hash": former.hex(), **row})
    return chained


def _base64(content: bytes) -> str:
    return b64encode(content).decode()


if __name__ == "__main__":
    made = {"instance": instance, "offline": offline, "words": words}[sys.argv[1]]
    with tempfile.TemporaryDirectory() as scratch, open(sys.argv[2], "x", encoding="utf-8") as file:
        json.dump(made(Path(scratch)), file, ensure_ascii=False, indent=1)
        file.write("\n")
