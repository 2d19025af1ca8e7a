"""Opens what Qorgan seals, written from SECURITY.md alone: primitives of a library, nothing of ours.

HPKE is spelt out here (RFC 9180, base mode, KEM 0x647A, KDF 0x0001, AEAD 0x0002), so that neither our code
nor the library's HPKE stands behind both sides of a test.
"""

from __future__ import annotations

import base64
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

KEYRING = b"qorgan keyring\n"
DAY_KEYS = b"qorgan day keys\n"
ONE = b"\x01"


class Refused(Exception):
    """It does not open."""


# HPKE ------------------------------------------------------------------------------------------------

KEM_SUITE = b"HPKE" + (0x647A).to_bytes(2, "big") + (0x0001).to_bytes(2, "big") + (0x0002).to_bytes(2, "big")
XWING = b"\\.//^\\"


def hpke_open(seed: bytes, sealed: bytes, info: bytes) -> bytes:
    """``sealed``: the encapsulation (1120 bytes), then the ciphertext."""
    if len(seed) != 32 or len(sealed) < 1120 + 16:
        raise Refused
    shared = decapsulate(seed, sealed[:1120])
    context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", info)
    secret = extract(shared, b"secret", b"")
    key, nonce = expand(secret, b"key", context, 32), expand(secret, b"base_nonce", context, 12)
    return aes_open(key, nonce, sealed[1120:], b"")


def decapsulate(seed: bytes, encapsulation: bytes) -> bytes:
    mlkem, x25519 = private_keys(seed)
    from_mlkem, from_x25519 = encapsulation[:1088], encapsulation[1088:]
    try:
        with_x25519 = x25519.exchange(X25519PublicKey.from_public_bytes(from_x25519))
    except ValueError:  # a point of low order
        raise Refused from None
    sha3 = hashes.Hash(hashes.SHA3_256())
    own = x25519.public_key().public_bytes_raw()
    for part in (mlkem.decapsulate(from_mlkem), with_x25519, from_x25519, own, XWING):
        sha3.update(part)
    return sha3.finalize()


def private_keys(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    shake = hashes.Hash(hashes.SHAKE256(96))
    shake.update(seed)
    expanded = shake.finalize()
    return MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])


def public_key(seed: bytes) -> bytes:
    mlkem, x25519 = private_keys(seed)
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def extract(salt: bytes, label: bytes, keying: bytes) -> bytes:
    """LabeledExtract of RFC 9180, section 4."""
    mac = HMAC(salt or bytes(32), hashes.SHA256())
    mac.update(b"HPKE-v1" + KEM_SUITE + label + keying)
    return mac.finalize()


def expand(secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand of RFC 9180, section 4."""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + KEM_SUITE + label + info
    return HKDFExpand(hashes.SHA256(), length, labeled).derive(secret)


def aes_open(key: bytes, nonce: bytes, sealed: bytes, associated: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(nonce, sealed, associated)
    except (InvalidTag, ValueError):
        raise Refused from None


# Files of keys ---------------------------------------------------------------------------------------


def fields(*values: bytes) -> bytes:
    return b"".join(len(value).to_bytes(4, "big") + value for value in values)


@dataclass(frozen=True)
class Opened:
    """The keys that were found, by id; ``case`` are seeds."""

    instance: bytes
    case: dict[bytes, bytes] = field(default_factory=dict)
    server: dict[bytes, bytes] = field(default_factory=dict)
    index: dict[bytes, bytes] = field(default_factory=dict)
    return_code: dict[bytes, bytes] = field(default_factory=dict)
    day_file: dict[bytes, bytes] = field(default_factory=dict)
    day: dict[bytes, bytes] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def symmetric(self) -> dict[bytes, bytes]:
        """Every key that can stand behind a row."""
        return {**self.server, **self.day}


def open_keyring(file: bytes, passphrase: str | None = None, recovery: bytes | None = None) -> Opened:
    """By the passphrase, or by the recovery key's seed."""
    header, rest = file[:60], file[60:]
    if len(file) < 60 + 60 + 1168 + 4 or header[:16] != KEYRING + ONE:
        raise Refused
    by_passphrase, by_recovery, length, content = rest[:60], rest[60:1228], rest[1228:1232], rest[1232:]
    if recovery is not None:
        master = hpke_open(recovery, by_recovery, fields(b"qorgan keyring recovery", header))
    else:
        key = argon2(header, passphrase or "")
        associated = fields(b"qorgan keyring passphrase", header)
        master = aes_open(key, by_passphrase[:12], by_passphrase[12:], associated)
    if int.from_bytes(length, "big") != len(content):
        raise Refused
    associated = fields(b"qorgan keyring content", file[: 60 + 60 + 1168 + 4])
    keys = json.loads(aes_open(master, content[:12], content[12:], associated))
    found = Opened(bytes.fromhex(keys["instance"]), content=keys)
    if found.instance != header[16:32]:
        raise Refused
    for one in keys["keys"]:
        if one["secret"]:
            kind: dict[bytes, bytes] = getattr(found, one["kind"].replace("-", "_"))
            kind[bytes.fromhex(one["id"])] = bytes.fromhex(one["secret"])
    return found


def argon2(header: bytes, passphrase: str) -> bytes:
    memory, passes, lanes = (int.from_bytes(header[at : at + 4], "big") for at in (32, 36, 40))
    if not (1 <= passes <= 16 and 1 <= lanes <= 16 and 8 * lanes <= memory <= 1024 * 1024):
        raise Refused
    kdf = Argon2id(salt=header[44:60], length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    return kdf.derive(unicodedata.normalize("NFC", passphrase).encode())


def open_day_keys(file: bytes, keyring: Opened) -> Opened:
    """The same keys and those of the days."""
    front, nonce, sealed = file[:41], file[41:53], file[53:]
    key = keyring.day_file.get(front[33:41])
    if key is None or front[:33] != DAY_KEYS + ONE + keyring.instance:
        raise Refused
    content = json.loads(aes_open(key, nonce, sealed, fields(b"qorgan day keys", front)))
    keyring.day.update({bytes.fromhex(one["id"]): bytes.fromhex(one["key"]) for one in content})
    return keyring


# Envelopes -------------------------------------------------------------------------------------------


def binding(
    label: bytes, instance: bytes, key: bytes, table: str, column: str, case: bytes, row: bytes, purpose: str
) -> bytes:
    return fields(label, ONE, instance, key, table.encode(), column.encode(), case, row, purpose.encode())


def open_row(
    keys: Opened, envelope: bytes, table: str, column: str, row: bytes, *, case: bytes = b"", purpose: str = ""
) -> bytes:
    """A sealed column of a row."""
    identifier = key_id(envelope)
    if identifier not in keys.symmetric:
        raise Refused
    associated = binding(b"qorgan row", keys.instance, identifier, table, column, case, row, purpose)
    return unpad(aes_open(keys.symmetric[identifier], envelope[9:21], envelope[21:], associated))


def open_entry(keys: Opened, case: bytes, entry: bytes, ciphertext: bytes, wrap: bytes) -> bytes:
    """An entry of a case, by the wrap of its data key."""
    identifier = key_id(wrap)
    if identifier not in keys.case:
        raise Refused
    info = binding(b"qorgan data key", keys.instance, identifier, "wraps", "wrap", case, entry, "")
    data_key = hpke_open(keys.case[identifier], wrap[9:], info)
    own = key_id(ciphertext)
    associated = binding(b"qorgan entry", keys.instance, own, "entries", "ciphertext", case, entry, "")
    return unpad(aes_open(data_key, ciphertext[9:21], ciphertext[21:], associated))


def key_id(envelope: bytes) -> bytes:
    if len(envelope) < 9 or envelope[:1] != ONE:
        raise Refused
    return envelope[1:9]


def unpad(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:4], "big")
    content, zeros = padded[4 : 4 + length], padded[4 + length :]
    if len(padded) < 4 or len(content) != length or zeros.strip(b"\0"):
        raise Refused
    return content


def blind_index(keys: Opened, key: bytes, label: str, value: bytes) -> bytes:
    mac = HMAC(keys.index[key], hashes.SHA256())
    mac.update(fields(b"qorgan blind index", ONE, keys.instance, key, label.encode(), value))
    return mac.finalize()


def return_finder(keys: Opened, key: bytes, words: list[str]) -> bytes:
    """Of a return code's six words."""
    return _of_words(keys, key, b"qorgan return finder", *(word.encode() for word in words[:2]))


def return_proof(keys: Opened, words: list[str], case: bytes, proof: bytes) -> bool:
    key = key_id(proof)
    return proof[9:] == _of_words(keys, key, b"qorgan return proof", case, *(word.encode() for word in words[2:]))


def _of_words(keys: Opened, key: bytes, label: bytes, *values: bytes) -> bytes:
    mac = HMAC(keys.return_code[key], hashes.SHA256())
    mac.update(fields(label, ONE, keys.instance, key, *values))
    return mac.finalize()


def code_word(keys: Opened, word: str, identifier: bytes, verifier: bytes) -> bool:
    """Whether the word is the one that the verifier was made of, for this chat or case."""
    header, tag, key = verifier[:37], verifier[37:], key_id(verifier)
    memory, passes, lanes = (int.from_bytes(header[at : at + 4], "big") for at in (9, 13, 17))
    info = fields(b"qorgan code word", ONE, keys.instance, key)
    secret = HKDF(hashes.SHA256(), 32, None, info).derive(keys.return_code[key])
    associated = fields(b"qorgan code word", keys.instance, header, identifier)
    argon2 = Argon2id(
        salt=header[21:], length=32, iterations=passes, lanes=lanes, memory_cost=memory, ad=associated, secret=secret
    )
    return argon2.derive(word.encode()) == tag


def chain(instance: bytes, entries: list[bytes], previous: bytes = bytes(32), first: int = 1) -> Iterator[bytes]:
    """The hash of each sealed entry of the audit log."""
    for number, sealed in enumerate(entries, first):
        previous = sha256(fields(b"qorgan audit", ONE, instance, previous, number.to_bytes(8, "big"), sealed))
        yield previous


# Files that travel -----------------------------------------------------------------------------------


def unpack(name: str, file: bytes) -> dict[str, Any]:
    """The content of a file whose first line is ``qorgan`` and its name."""
    front = f"qorgan {name}\n".encode() + ONE
    digest, content = file[len(front) : len(front) + 32], file[len(front) + 32 :]
    if not file.startswith(front) or digest != sha256(content):
        raise Refused
    unpacked: dict[str, Any] = json.loads(content)
    return unpacked


def open_sealed_case(case_keyring: Opened, file: bytes) -> list[bytes]:
    """The contents of a case that travelled, in the order of their numbers."""
    sealed = unpack("sealed case", file)
    keys, case = replace(case_keyring, instance=bytes.fromhex(sealed["instance"])), bytes.fromhex(sealed["case"])
    return [
        open_entry(keys, case, bytes.fromhex(one["id"]), base64_bytes(one["ciphertext"]), base64_bytes(one["wrap"]))
        for one in sorted(sealed["entries"], key=lambda one: one["number"])
    ]


def read_public(file: str) -> tuple[bytes, bytes]:
    """Id and key."""
    title, identifier, key = file.splitlines()
    if title != "qorgan public case key 1":
        raise Refused
    return bytes.fromhex(identifier), base64_bytes(key)


def fingerprint(identifier: bytes, key: bytes) -> str:
    shown = sha256(fields(b"qorgan case key", identifier, key))[:16].hex()
    return " ".join(shown[at : at + 4] for at in range(0, 32, 4))


def answer(case_keyring: Opened, file: bytes) -> str:
    """The proof that a challenge asks for."""
    asked = unpack("challenge", file)
    instance, identifier = bytes.fromhex(asked["instance"]), bytes.fromhex(asked["id"])
    info = fields(b"qorgan challenge", ONE, instance, identifier)
    shown = hpke_open(case_keyring.case[identifier], base64_bytes(asked["sealed"]), info).hex()
    return " ".join(shown[at : at + 4] for at in range(0, 32, 4))


def proof_digest(instance: bytes, identifier: bytes, key: bytes, proof: str) -> str:
    return sha256(fields(b"qorgan proof", ONE, instance, identifier, key, bytes.fromhex(proof))).hex()


def sha256(content: bytes) -> bytes:
    sha = hashes.Hash(hashes.SHA256())
    sha.update(content)
    return sha.finalize()


def base64_bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
