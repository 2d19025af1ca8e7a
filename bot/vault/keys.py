"""The keys of one instance, as the keyring keeps them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from bot.vault.custody import CasePublic
from bot.vault.errors import KeyringError
from bot.vault.hybrid import PUBLIC_SIZE, SEED_SIZE, PrivateKey, new_seed
from bot.vault.sealing import KEY_ID_SIZE, KEY_SIZE, SymmetricKey, new_key

INSTANCE_SIZE = 16
_LOOKED_UP = 2  # a look-up asks under at most so many keys


class Kind(StrEnum):
    CASE = "case"
    SERVER = "server"
    INDEX = "index"
    DAY_FILE = "day-file"
    RETURN = "return-code"


class State(StrEnum):
    """Of each kind one key is active and seals; retired ones only open (or look up)."""

    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class KeyState:
    """What may be known of a key by everyone; ``held``: its secret is in this keyring."""

    id: bytes
    kind: Kind
    state: State
    created: date
    held: bool = True


@dataclass(frozen=True, slots=True)
class Key:
    """A symmetric key, or a case key: then ``secret`` is the seed, empty where that is kept elsewhere."""

    known: KeyState
    secret: bytes = field(repr=False)
    public: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", replace(self.known, held=bool(self.secret)))  # never stored

    def symmetric(self) -> SymmetricKey:
        return SymmetricKey(self.known.id, self.secret)


@dataclass(frozen=True, slots=True)
class Keys:
    instance: bytes
    generation: int
    recovery: bytes = field(repr=False)
    all: tuple[Key, ...] = field(repr=False)
    serves: bytes = b""
    """Of a case keyring: the instance of the server whose cases it opens, once that is known."""

    def of(self, kind: Kind) -> tuple[Key, ...]:
        """The active key first, then the retired ones, newest first as kept."""
        found = [key for key in self.all if key.known.kind is kind]
        return tuple(sorted(found, key=lambda key: key.known.state is State.RETIRED))

    def active(self, kind: Kind) -> Key:
        return self.of(kind)[0]

    def rotated(self, fresh: Key) -> Keys:
        """With ``fresh`` the active one of its kind; the earlier ones only open."""
        kept = tuple(
            replace(key, known=replace(key.known, state=State.RETIRED)) if key.known.kind is fresh.known.kind else key
            for key in self.all
        )
        return replace(self, all=(fresh, *kept))

    def completed(self, today: date) -> Keys:
        """With a key of each kind that a server's keyring made by an earlier version lacks."""
        kept = {key.known.kind for key in self.all}
        return replace(self, all=(*self.all, *(fresh_key(kind, today) for kind in Kind if kind not in kept)))

    def without(self, ids: Collection[bytes]) -> Keys:
        """Without these retired case keys; ids of none are passed over. ValueError for any other key."""
        gone = [key.known for key in self.all if key.known.id in ids]
        if any((key.kind, key.state) != (Kind.CASE, State.RETIRED) for key in gone):
            raise ValueError("only a retired case key can be destroyed")
        return replace(self, all=tuple(key for key in self.all if key.known.id not in ids))

    def without_elsewhere(self, public: CasePublic) -> Keys:
        """Without this retired case key, so that it can be the active one again. KeyringError if it is another."""
        if not any(
            (key.known.id, key.public, key.secret, key.known.state) == (public.id, public.public, b"", State.RETIRED)
            for key in self.all
        ):
            raise KeyringError("this case key is in the keyring already", "make a new pair")
        return self.without([public.id])


def fresh_key(kind: Kind, today: date) -> Key:
    made = new_key()
    known = KeyState(made.id, kind, State.ACTIVE, today)
    if kind is Kind.CASE:
        seed = new_seed()
        return Key(known, seed, PrivateKey(seed).public.raw)
    return Key(known, made.secret)


def public_key(public: CasePublic, today: date) -> Key:
    """A case key whose private half is kept elsewhere."""
    return Key(KeyState(public.id, Kind.CASE, State.ACTIVE, today), b"", public.public)


def write(keys: Keys) -> bytes:
    """As JSON; bytes in hexadecimal."""
    serves = {"serves": keys.serves.hex()} if keys.serves else {}
    return json.dumps(
        {
            "instance": keys.instance.hex(),
            "generation": keys.generation,
            "recovery": keys.recovery.hex(),
            "keys": [
                {
                    "id": key.known.id.hex(),
                    "kind": key.known.kind,
                    "state": key.known.state,
                    "created": key.known.created.isoformat(),
                    "secret": key.secret.hex(),
                    "public": key.public.hex(),
                }
                for key in keys.all
            ],
            **serves,
        },
        separators=(",", ":"),
    ).encode()


def read(content: bytes) -> Keys:
    """The reverse of ``write``; ValueError, without content, for anything else."""
    try:
        keys = _keys(json.loads(content))
    except (ValueError, KeyError, TypeError):
        raise ValueError("these are not the keys of an instance") from None
    if not _whole(keys):
        raise ValueError("these keys do not belong together")
    return keys


def _keys(raw: dict[str, Any]) -> Keys:
    return Keys(
        bytes.fromhex(raw["instance"]),
        int(raw["generation"]),
        bytes.fromhex(raw["recovery"]),
        tuple(_key(one) for one in raw["keys"]),
        bytes.fromhex(raw.get("serves", "")),
    )


def _key(raw: dict[str, Any]) -> Key:
    known = KeyState(
        bytes.fromhex(raw["id"]), Kind(raw["kind"]), State(raw["state"]), date.fromisoformat(raw["created"])
    )
    return Key(known, bytes.fromhex(raw["secret"]), bytes.fromhex(raw["public"]))


def _whole(keys: Keys) -> bool:
    identifiers = {key.known.id for key in keys.all}
    states = [(key.known.kind, key.known.state) for key in keys.all]
    kinds = {key.known.kind for key in keys.all}
    return (
        len(keys.instance) == INSTANCE_SIZE
        and keys.generation >= 1
        and len(keys.recovery) == PUBLIC_SIZE
        and len(identifiers) == len(keys.all)
        and len(keys.serves) in ((0, INSTANCE_SIZE) if kinds == {Kind.CASE} else (0,))
        # A case keyring's, or a server's; those of the first versions have no return key.
        and kinds in ({Kind.CASE}, set(Kind), set(Kind) - {Kind.RETURN})
        and all(states.count((kind, State.ACTIVE)) == 1 for kind in kinds)
        and all(len(keys.of(kind)) <= _LOOKED_UP for kind in (Kind.INDEX, Kind.RETURN))
        and all(_well_formed(key) for key in keys.all)
    )


def _well_formed(key: Key) -> bool:
    if len(key.known.id) != KEY_ID_SIZE:
        return False
    if key.known.kind is Kind.CASE:
        return len(key.public) == PUBLIC_SIZE and len(key.secret) in (0, SEED_SIZE)
    return len(key.secret) == KEY_SIZE and not key.public
