"""The vault: what seals, opens and finds, by the keys of an opened keyring."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.vault import sealing
from bot.vault.blind_index import Index, blind_index
from bot.vault.daykeys import DayKeys
from bot.vault.errors import Damaged
from bot.vault.hybrid import PrivateKey, PublicKey
from bot.vault.keyring import Keyring, open_keyring
from bot.vault.keys import KeyState, Kind
from bot.vault.sealing import Place, Purpose, SealedEntry, SymmetricKey


class Vault:
    """May be used from several threads at once."""

    def __init__(self, keyring: Keyring, day_keys: DayKeys) -> None:
        keys = keyring.keys
        self.instance = keys.instance
        self.generation = keys.generation
        self.entry_key_id = keys.active(Kind.CASE).known.id
        self._entry_key = PublicKey(keys.active(Kind.CASE).public)
        self._case_keys = {key.known.id: PrivateKey(key.secret) for key in keys.of(Kind.CASE) if key.secret}
        server_keys = [key.symmetric() for key in keys.of(Kind.SERVER)]
        self._server_key = server_keys[0]
        self._server_keys = {key.id: key for key in server_keys}
        self._index_keys = [key.symmetric() for key in keys.of(Kind.INDEX)]
        self._day_keys = day_keys
        self._known = tuple(key.known for key in keys.all)

    def __repr__(self) -> str:
        return (
            f"<Vault: generation {self.generation}, {len(self._known)} keys, {len(self._day_keys)} day keys>"
        )

    def seal(self, purpose: Purpose, place: Place, plaintext: bytes, *, step: int, day: date) -> bytes:
        """One row's content, padded to whole steps; ``day`` chooses the key of a draft or an outbox row."""
        key = self._server_key if purpose is Purpose.SERVER else self._day_keys.current(purpose, day)
        return sealing.seal_row(key, self.instance, place, sealing.pad_in_steps(plaintext, step))

    def open(self, place: Place, envelope: bytes) -> bytes:
        """Damaged if it was altered, moved, or its key is unknown or destroyed."""
        return sealing.open_row(self._key(sealing.key_id(envelope)), self.instance, place, envelope)

    def seal_entry(self, case: bytes, entry: bytes, plaintext: bytes, *, size: int) -> SealedEntry:
        """For the active case key; ``size`` with 4 bytes for the length. ValueError if it does not fit."""
        padded = sealing.pad(plaintext, size)
        return sealing.seal_entry(self.entry_key_id, self._entry_key, self.instance, case, entry, padded)

    def open_entry(self, case: bytes, entry: bytes, ciphertext: bytes, wrap: bytes) -> bytes:
        case_key = self._case_keys.get(sealing.key_id(wrap))
        if case_key is None:
            raise Damaged
        return sealing.open_entry(case_key, self.instance, case, entry, ciphertext, wrap)

    def index(self, label: str, value: bytes) -> Index:
        """What a row is stored under."""
        return blind_index(self._index_keys[0], self.instance, label, value)

    def indexes(self, label: str, value: bytes) -> tuple[Index, ...]:
        """What a row is looked up under: the current index, and the previous while its key is kept."""
        return tuple(blind_index(key, self.instance, label, value) for key in self._index_keys)

    def destroy_day_keys(self, today: date, outbox_in_use: set[bytes]) -> int:
        """Draft keys whose day ended 48 hours ago; outbox keys as old that are not among those in use."""
        return self._day_keys.destroy(today, outbox_in_use)

    def keys(self) -> tuple[KeyState, ...]:
        """The keyring's keys; day keys are not among them."""
        return self._known

    def _key(self, key_id: bytes) -> SymmetricKey:
        key = self._server_keys.get(key_id) or self._day_keys.find(key_id)
        if key is None:
            raise Damaged
        return key


def open_vault(
    keyring_path: Path, day_keys_path: Path, passphrase: str | None = None, *, recovery: bytes | None = None
) -> Vault:
    """Opens the keyring with the passphrase or the recovery seed; KeyringError where that can't be done."""
    keyring = open_keyring(keyring_path, passphrase, recovery=recovery)
    file_key = keyring.keys.active(Kind.DAY_FILE).symmetric()
    return Vault(keyring, DayKeys(day_keys_path, keyring.keys.instance, file_key))
