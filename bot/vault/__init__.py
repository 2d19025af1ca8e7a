"""Keys and ciphertext: what is on a disk of ours opens with these keys, in its own place, or not at all."""

from bot.vault.blind_index import Index
from bot.vault.custody import CasePublic, Custody
from bot.vault.errors import Damaged, KeyringError
from bot.vault.keyring import Kdf, Keyring, create_keyring, open_keyring
from bot.vault.keys import KeyState, Kind, State
from bot.vault.sealing import Place, Purpose, SealedEntry, key_id
from bot.vault.vault import Vault, open_vault

__all__ = [
    "CasePublic",
    "Custody",
    "Damaged",
    "Index",
    "Kdf",
    "KeyState",
    "Keyring",
    "KeyringError",
    "Kind",
    "Place",
    "Purpose",
    "SealedEntry",
    "State",
    "Vault",
    "create_keyring",
    "key_id",
    "open_keyring",
    "open_vault",
]
