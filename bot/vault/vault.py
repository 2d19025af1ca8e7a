"""The vault: what seals, opens and finds, by the keys of an opened keyring."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from bot.vault import sealing, verifiers
from bot.vault.blind_index import Index, blind_index
from bot.vault.custody import CasePublic, Custody
from bot.vault.daykeys import DayKeys
from bot.vault.erasures import erasures_file
from bot.vault.errors import Damaged, KeyringError
from bot.vault.hybrid import PrivateKey, PublicKey
from bot.vault.keyring import Kdf, Keyring, open_keyring
from bot.vault.keys import Keys, KeyState, Kind, fresh_key, public_key
from bot.vault.sealing import Place, Purpose, SealedEntry, SymmetricKey


class _Generation:
    """The keys of one generation, ready for use; never changed."""

    def __init__(self, keyring: Keyring) -> None:
        keys = keyring.keys
        active = keys.active(Kind.CASE)
        self.keyring = keyring
        self.number = keys.generation
        self.instance = keys.instance
        self.recovery = PublicKey(keys.recovery)
        self.case_public = CasePublic(active.known.id, active.public)
        self.case_key = PublicKey(active.public)
        self.case_keys = {key.known.id: PrivateKey(key.secret) for key in keys.of(Kind.CASE) if key.secret}
        self.sources = frozenset(self.case_keys) - {active.known.id}
        self.custody = Custody.SERVER if active.known.held else Custody.OFFLINE
        server_keys = [key.symmetric() for key in keys.of(Kind.SERVER)]
        self.server_key = server_keys[0]
        self.server_keys = {key.id: key for key in server_keys}
        self.index_keys = [key.symmetric() for key in keys.of(Kind.INDEX)]
        self.return_keys = [key.symmetric() for key in keys.of(Kind.RETURN)]
        self.known = tuple(key.known for key in keys.all)


class Vault:
    """May be used from several threads at once: one generation is swapped for the next whole.

    A change of the keyring is durable before it is taken up; one that fails leaves the generation in use.
    """

    def __init__(self, keyring: Keyring, day_keys: DayKeys) -> None:
        self._change = threading.Lock()
        self._now = _Generation(keyring)  # a method takes it once: two looks may be at two generations
        self._day_keys = day_keys

    def __repr__(self) -> str:
        now = self._now
        return f"<Vault: generation {now.number}, {len(now.known)} keys, {len(self._day_keys)} day keys>"

    @property
    def instance(self) -> bytes:
        return self._now.instance

    @property
    def generation(self) -> int:
        return self._now.number

    @property
    def recovery(self) -> PublicKey:
        """The public half of the recovery key: to it backups are sealed."""
        return self._now.recovery

    @property
    def erasures(self) -> Path:
        """The file beside the keyring that says which cases were erased."""
        return erasures_file(self._now.keyring.path)

    @property
    def custody(self) -> Custody:
        return self._now.custody

    @property
    def entry_key_id(self) -> bytes:
        """Of the active case key; what an entry was sealed under is in its wrap (``key_id``)."""
        return self._now.case_public.id

    @property
    def case_public(self) -> CasePublic:
        """The public half of the active case key."""
        return self._now.case_public

    @property
    def sources(self) -> frozenset[bytes]:
        """Ids of the retired case keys whose wraps can be re-wrapped here."""
        return self._now.sources

    def keys(self) -> tuple[KeyState, ...]:
        """The keyring's keys; day keys are not among them."""
        return self._now.known

    def seal(self, purpose: Purpose, place: Place, plaintext: bytes, *, step: int, day: date) -> bytes:
        """One row's content, padded to whole steps; ``day`` chooses the key of a draft or an outbox row."""
        now = self._now
        key = now.server_key if purpose is Purpose.SERVER else self._day_keys.current(purpose, day)
        return sealing.seal_row(key, now.instance, place, sealing.pad_in_steps(plaintext, step))

    def open(self, place: Place, envelope: bytes) -> bytes:
        """Damaged if it was altered, moved, or its key is unknown or destroyed."""
        now, key_id = self._now, sealing.key_id(envelope)
        key = now.server_keys.get(key_id) or self._day_keys.find(key_id)
        if key is None:
            raise Damaged
        return sealing.open_row(key, now.instance, place, envelope)

    def seal_entry(self, case: bytes, entry: bytes, plaintext: bytes, *, size: int) -> SealedEntry:
        """For the active case key; ``size`` with 4 bytes for the length. ValueError if it does not fit."""
        now = self._now
        padded = sealing.pad(plaintext, size)
        return sealing.seal_entry(now.case_public.id, now.case_key, now.instance, case, entry, padded)

    def open_entry(self, case: bytes, entry: bytes, ciphertext: bytes, wrap: bytes) -> bytes:
        now = self._now
        return sealing.open_entry(_case_key(now, wrap), now.instance, case, entry, ciphertext, wrap)

    def rewrap(self, case: bytes, entry: bytes, wrap: bytes) -> bytes:
        """The same data key under the active case key. Damaged if the wrap does not open here."""
        now = self._now
        old = _case_key(now, wrap)
        return sealing.rewrap(old, now.case_public.id, now.case_key, now.instance, case, entry, wrap)

    def index(self, label: str, value: bytes) -> Index:
        """What a row is stored under."""
        now = self._now
        return blind_index(now.index_keys[0], now.instance, label, value)

    def indexes(self, label: str, value: bytes) -> tuple[Index, ...]:
        """What a row is looked up under: the current index, and the previous while its key is kept."""
        now = self._now
        return tuple(blind_index(key, now.instance, label, value) for key in now.index_keys)

    # Return codes and code words: see ``verifiers``. Of a code all six words are given, as its list has them.

    def return_finder(self, words: Sequence[str]) -> Index:
        """What a case is stored under, by the code's first two words."""
        now = self._now
        return verifiers.finder(_return_key(now), now.instance, words)

    def return_finders(self, words: Sequence[str]) -> tuple[Index, ...]:
        """What a case is looked up under: the current index, and the previous while its key is kept."""
        now = self._now
        return tuple(verifiers.finder(key, now.instance, words) for key in now.return_keys)

    def return_proof(self, words: Sequence[str], case: bytes) -> bytes:
        """By the code's other four words; it names its key."""
        now = self._now
        return verifiers.proof(_return_key(now), now.instance, words, case)

    def proves(self, words: Sequence[str], case: bytes, proof: bytes) -> bool:
        """In constant time. False also where the proof is damaged or its key is gone."""
        now = self._now
        key = _named(now, proof)
        return key is not None and verifiers.same(verifiers.proof(key, now.instance, words, case), proof)

    def word_verifier(self, word: str, identifier: bytes, kdf: Kdf = verifiers.WORD_KDF) -> bytes:
        """Of a code word that opens this chat or case; it names its key and costs. ValueError if it is empty.

        It takes the time it should: not for an event loop.
        """
        now = self._now
        return verifiers.word_verifier(_return_key(now), now.instance, word, identifier, kdf)

    def verifies(self, word: str, identifier: bytes, verifier: bytes) -> bool:
        """Takes as long as making it did. False also where the verifier is damaged or its key is gone."""
        now = self._now
        key = _named(now, verifier)
        return key is not None and verifiers.word_verified(key, now.instance, word, identifier, verifier)

    def destroy_day_keys(self, today: date, outbox_in_use: set[bytes]) -> int:
        """Draft keys whose day ended 48 hours ago; outbox keys as old that are not among those in use."""
        return self._day_keys.destroy(today, outbox_in_use)

    def refresh(self) -> None:
        """Takes up what another process has written; KeyringError if the file is no later generation of ours."""
        with self._change:
            found = self._now.keyring.reread()
            if found.keys.generation != self._now.number:
                self._now = _Generation(found)

    def rotate(self, today: date, public: CasePublic | None = None) -> bytes:
        """A new active case key, made here or kept elsewhere (``public``); gives its id.

        A retired one that is kept elsewhere becomes the active one again. KeyringError, and the earlier key stays
        in use, if it can't be saved.
        """
        with self._change:
            keys = self._now.keyring.keys
            if public and public.id in {key.known.id for key in keys.all}:
                keys = keys.without_elsewhere(public)
            fresh = public_key(public, today) if public else fresh_key(Kind.CASE, today)
            self._take_up(keys.rotated(fresh))
            return fresh.known.id

    def complete(self, today: date) -> bool:
        """Whether a kind of key was missing, as in a keyring of an earlier version, and is there now."""
        with self._change:
            keys = self._now.keyring.keys
            completed = keys.completed(today)
            if completed != keys:
                self._take_up(completed)
            return completed != keys

    def retire(self, ids: Collection[bytes]) -> None:
        """Destroys these retired case keys; what is still wrapped to them is lost.

        Ids that are in the keyring no longer are passed over. ValueError for any other key.
        """
        with self._change:
            keys = self._now.keyring.keys
            left = keys.without(ids)
            if left != keys:
                self._take_up(left)

    def _take_up(self, keys: Keys) -> None:
        self._now = _Generation(self._now.keyring.save(keys))


def _case_key(now: _Generation, wrap: bytes) -> PrivateKey:
    key = now.case_keys.get(sealing.key_id(wrap))
    if key is None:
        raise Damaged
    return key


def _return_key(now: _Generation) -> SymmetricKey:
    if not now.return_keys:
        raise KeyringError("the keyring has no return key", "start the bot once: it makes one")
    return now.return_keys[0]


def _named(now: _Generation, verifier: bytes) -> SymmetricKey | None:
    named = verifiers.named_key(verifier)
    return next((key for key in now.return_keys if key.id == named), None)


def open_vault(
    keyring_path: Path, day_keys_path: Path, passphrase: str | None = None, *, recovery: bytes | None = None
) -> Vault:
    """Opens the keyring with the passphrase or the recovery seed; KeyringError where that can't be done."""
    keyring = open_keyring(keyring_path, passphrase, recovery=recovery)
    if not keyring.keys.of(Kind.SERVER):
        raise KeyringError(
            f"keyring {keyring_path} holds case keys alone", "it is for the coordinators' machine: check QORGAN_KEYRING"
        )
    file_key = keyring.keys.active(Kind.DAY_FILE).symmetric()
    return Vault(keyring, DayKeys(day_keys_path, keyring.keys.instance, file_key))
