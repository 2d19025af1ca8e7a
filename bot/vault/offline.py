"""Offline custody, on the coordinators' machine: the case keyring, and what is done with it.

A *case keyring* is a keyring with case keys alone. It serves one server, the first that it hears of: what that
server no longer counts wraps under is destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from bot.vault import sealing
from bot.vault.custody import CasePublic
from bot.vault.errors import Damaged, KeyringError
from bot.vault.hybrid import PrivateKey, PublicKey
from bot.vault.keyring import STRONG_KDF, Kdf, Keyring, create_keyring
from bot.vault.keys import Keys, Kind, State, fresh_key
from bot.vault.travel import Holder, Rewrapped, SealedCase, WrapsFile


def create_case_keyring(
    path: Path, passphrase: str, *, kdf: Kdf = STRONG_KDF, today: date | None = None
) -> bytes:
    """Makes a case keyring where there is none; returns its recovery seed, kept nowhere else."""
    return create_keyring(path, passphrase, kdf=kdf, today=today, kinds=(Kind.CASE,))


def open_case(keyring: Keyring, sealed: SealedCase) -> list[bytes | None]:
    """The entries' contents in their order; None for one that is damaged or under another key."""
    private = _private(keyring.keys)

    def opened(entry: bytes, ciphertext: bytes, wrap: bytes) -> bytes | None:
        try:
            key = private[sealing.key_id(wrap)]
            return sealing.open_entry(key, sealed.instance, sealed.case, entry, ciphertext, wrap)
        except (Damaged, KeyError):
            return None

    return [opened(one.id, one.ciphertext, one.wrap) for one in sealed.entries]


def rewrap_file(keyring: Keyring, wraps: WrapsFile, today: date, to: CasePublic | None = None) -> Rewrapped:
    """Prepares a rotation for the server; wraps that do not open are left out and named.

    Once the server uses this keyring's active key and all that is listed and opens stands under it, a new pair
    is made, durable before this returns. Else what is not under the active key goes to it: the server has not
    applied it yet, or these are left over. With ``to``, the server's own key, everything goes back to it.

    A retired pair is destroyed when the server uses the active one and counts no wrap under the retired.
    A file from before the last rotation destroys nothing.
    """
    keyring = serving(keyring, wraps.instance)
    keys = keyring.keys
    active, private = keys.active(Kind.CASE).known.id, _private(keys)
    if wraps.active == active:
        changed = keys.without(_spent(keys, wraps, {_key_id(wrap) for _, _, wrap in wraps.wraps}))
        if not to and not any(_left(private, wraps.instance, active, *each) for each in wraps.wraps):
            changed = changed.rotated(fresh_key(Kind.CASE, today))
        if changed != keys:
            keys = keyring.save(changed).keys
    key = keys.active(Kind.CASE)
    public = to or CasePublic(key.known.id, key.public)
    target = PublicKey(public.public)

    def rewrapped(case: bytes, entry: bytes, wrap: bytes) -> bytes | None:
        try:
            old = private[sealing.key_id(wrap)]
            return sealing.rewrap(old, public.id, target, wraps.instance, case, entry, wrap)
        except (Damaged, KeyError):
            return None

    wanted = [each for each in wraps.wraps if _key_id(each[2]) != public.id]
    pairs = [(entry, wrap, rewrapped(case, entry, wrap)) for case, entry, wrap in wanted]
    done = tuple((entry, old, new) for entry, old, new in pairs if new)
    unopened = tuple(entry for entry, _, new in pairs if not new)
    return Rewrapped(wraps.instance, Holder.SERVER if to else Holder.COORDINATORS, public, done, unopened)


def fresh_pair(keyring: Keyring, today: date) -> Keyring:
    """With a new active pair; the earlier ones go once the server uses the new one and needs them no more."""
    _refuse_server(keyring)
    return keyring.save(keyring.keys.rotated(fresh_key(Kind.CASE, today)))


def serving(keyring: Keyring, instance: bytes) -> Keyring:
    """Bound to this server. KeyringError if it is another's: what one of them no longer needs would be destroyed."""
    _refuse_server(keyring)
    serves = keyring.keys.serves
    if serves and serves != instance:
        raise KeyringError(
            f"case keyring {keyring.path} serves another server",
            "make one for each server: qorgan keys offline-init",
        )
    return keyring if serves else keyring.save(replace(keyring.keys, serves=instance))


def _refuse_server(keyring: Keyring) -> None:
    if keyring.keys.of(Kind.SERVER):
        raise KeyringError(f"keyring {keyring.path} is a server's", "give the keyring of the coordinators' machine")


def _left(
    private: Mapping[bytes, PrivateKey], instance: bytes, active: bytes, case: bytes, entry: bytes, wrap: bytes
) -> bool:
    """Whether this one opens and is still to be moved to the active key."""
    key_id = _key_id(wrap)
    if key_id == active or key_id not in private:
        return False
    try:
        sealing.rewrap(private[key_id], key_id, private[key_id].public, instance, case, entry, wrap)
    except Damaged:
        return False
    return True


def _private(keys: Keys) -> dict[bytes, PrivateKey]:
    return {key.known.id: PrivateKey(key.secret) for key in keys.of(Kind.CASE) if key.secret}


def _spent(keys: Keys, wraps: WrapsFile, under: set[bytes]) -> set[bytes]:
    retired = {key.known.id for key in keys.of(Kind.CASE) if key.known.state is State.RETIRED}
    return {one for one in retired - under if wraps.counts.get(one, 0) == 0}


def _key_id(wrap: bytes) -> bytes:
    try:
        return sealing.key_id(wrap)
    except Damaged:
        return b""
