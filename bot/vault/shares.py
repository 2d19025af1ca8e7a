"""Word shares of the recovery key: SLIP-39, one group, no passphrase.

Any ``threshold`` of the shares give the 32-byte seed back, fewer tell nothing of it. A share is 33 words of
the standard's English list; the first four words are the same in all shares of a set. Any program that
follows the standard joins them.
"""

from __future__ import annotations

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.wordlist import WORD_INDEX_MAP

from bot.vault.errors import KeyringError
from bot.vault.hybrid import SEED_SIZE

MOST_SHARES = 16
WORDS = 33


def split(seed: bytes, shares: int, threshold: int) -> list[str]:
    """So many shares, any ``threshold`` of which give the seed."""
    if len(seed) != SEED_SIZE:
        raise ValueError(f"a recovery seed has {SEED_SIZE} bytes")
    if not 2 <= threshold <= shares <= MOST_SHARES:
        raise KeyringError(
            f"{threshold} of {shares} shares can't be made",
            f"at least 2 are needed to join, and there are {MOST_SHARES} at most",
        )
    return generate_mnemonics(1, [(threshold, shares)], seed)[0]


class Shares:
    """Shares of one set, taken one at a time in any order; a refused one changes nothing."""

    def __init__(self, passphrase: bytes = b"") -> None:
        """Ours have no passphrase; those that the standard publishes have one."""
        self._passphrase = passphrase
        self._given: dict[int, tuple[Share, str]] = {}

    def __repr__(self) -> str:
        return f"<Shares: {len(self._given)} given>"

    def add(self, words: str) -> tuple[int, int]:
        """How many shares there are now and how many are needed; KeyringError for one that can't be used."""
        share = _share(words)
        for other, _ in self._given.values():
            if other.group_parameters() != share.group_parameters():
                raise KeyringError(
                    "this share belongs to another set", "only shares that were made together can be joined"
                )
        if share.index in self._given:
            raise KeyringError("this share was given already", "give another one of the set")
        self._given[share.index] = share, words
        return len(self._given), share.member_threshold

    def seed(self) -> bytes:
        """KeyringError if there are too few, or one of them was forged."""
        needed = next((share.member_threshold for share, _ in self._given.values()), 2)
        if len(self._given) < needed:
            raise KeyringError(f"{len(self._given)} of {needed} shares are there", "give the others too")
        try:
            return combine_mnemonics([words for _, words in self._given.values()][:needed], self._passphrase)
        except MnemonicError:
            raise KeyringError(
                "these shares do not give the key", "one of them is not what was handed out: try others of the set"
            ) from None


def _share(words: str) -> Share:
    listed = words.split()
    for number, word in enumerate(listed, 1):
        if word.lower() not in WORD_INDEX_MAP:
            raise KeyringError(f"word {number} is not in the list of words", "compare it with the share")
    if len(listed) != WORDS:
        raise KeyringError(f"a share has {WORDS} words, these are {len(listed)}", "give one whole share at a time")
    try:
        share = Share.from_mnemonic(words)
    except MnemonicError:
        raise KeyringError(
            "the words do not fit together", "one is wrong or not in its place: compare each with the share"
        ) from None
    if share.group_count != 1:
        raise KeyringError("this share is of a set with several groups", "qorgan makes none: check where it is from")
    return share
