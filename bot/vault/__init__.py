"""Keys and ciphertext: what is on a disk of ours opens with these keys, in its own place, or not at all."""

from bot.vault.blind_index import Index
from bot.vault.errors import Damaged, KeyringError
from bot.vault.keyring import Kdf, create_keyring
from bot.vault.keys import KeyState, Kind, State
from bot.vault.sealing import Place, Purpose, SealedEntry, key_id
from bot.vault.vault import Vault, open_vault

__all__ = [
    "Damaged",
    "Index",
    "Kdf",
    "KeyState",
    "KeyringError",
    "Kind",
    "Place",
    "Purpose",
    "SealedEntry",
    "State",
    "Vault",
    "create_keyring",
    "key_id",
    "open_vault",
]
