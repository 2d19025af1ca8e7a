"""Keys and ciphertext: what is on a disk of ours opens with these keys, in its own place, or not at all."""

from bot.vault.backup import Manifest, backup_instance, open_backup, seal_backup
from bot.vault.blind_index import Index
from bot.vault.custody import CasePublic, Custody
from bot.vault.erasures import Erasure, add_erasures, read_erasures
from bot.vault.errors import Damaged, KeyringError
from bot.vault.keyring import Kdf, Keyring, create_keyring, open_keyring
from bot.vault.keys import KeyState, Kind, State
from bot.vault.offline import create_case_keyring, fresh_pair, open_case, rewrap_file
from bot.vault.possession import Challenge, proves
from bot.vault.sealing import MARK_SIZE, Place, Purpose, SealedEntry, key_id
from bot.vault.shares import Shares, split
from bot.vault.travel import (
    Holder,
    Rewrapped,
    SealedCase,
    SealedFileEntry,
    WrapsFile,
    read_public,
    write_public,
)
from bot.vault.vault import Vault, open_vault

__all__ = [
    "MARK_SIZE",
    "CasePublic",
    "Challenge",
    "Custody",
    "Damaged",
    "Erasure",
    "Holder",
    "Index",
    "Kdf",
    "KeyState",
    "Keyring",
    "KeyringError",
    "Kind",
    "Manifest",
    "Place",
    "Purpose",
    "Rewrapped",
    "SealedCase",
    "SealedEntry",
    "SealedFileEntry",
    "Shares",
    "State",
    "Vault",
    "WrapsFile",
    "add_erasures",
    "backup_instance",
    "create_case_keyring",
    "create_keyring",
    "fresh_pair",
    "key_id",
    "open_backup",
    "open_case",
    "open_keyring",
    "open_vault",
    "proves",
    "read_erasures",
    "read_public",
    "rewrap_file",
    "seal_backup",
    "split",
    "write_public",
]
