"""Offline custody, on the coordinators' machine: the case keyring, and what is done with it.

A *case keyring* is a keyring with case keys alone. It serves one server: what that server no longer counts
wraps under is destroyed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.vault import sealing
from bot.vault.custody import CasePublic
from bot.vault.errors import Damaged, KeyringError
from bot.vault.hybrid import PrivateKey, PublicKey
from bot.vault.keyring import STRONG_KDF, Kdf, Keyring, create_keyring
from bot.vault.keys import Keys, Kind, State, fresh_key
from bot.vault.travel import Rewrapped, SealedCase, WrapsFile


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
    """Prepares a rotation for the server; wraps that do not open are left out.

    Once the server uses this keyring's active key and all that is listed stands under it, a new pair is
    made, durable before this returns. Else the answer is to the active key: the server has not applied it
    yet, or these are left over. With ``to``, the server's own key, everything goes back to it.

    A retired pair is destroyed when the server uses the active one and counts no wrap under the retired.
    A file from before the last rotation destroys nothing.
    """
    keys = keyring.keys
    if keys.of(Kind.SERVER):
        raise KeyringError(f"keyring {keyring.path} is a server's", "give the keyring of the coordinators' machine")
    active, private = keys.active(Kind.CASE).known.id, _private(keys)
    under = {_key_id(wrap) for _, _, wrap in wraps.wraps}
    if wraps.active == active:
        changed = keys.without(_spent(keys, wraps, under))
        if not to and under <= {active}:
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

    pairs = ((entry, wrap, rewrapped(case, entry, wrap)) for case, entry, wrap in wraps.wraps)
    return Rewrapped(wraps.instance, public, tuple((entry, old, new) for entry, old, new in pairs if new))


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
