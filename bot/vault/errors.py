"""What goes wrong with keys and ciphertext, told without content."""

from __future__ import annotations


class Damaged(Exception):
    """Sealed content that does not open: altered, moved to another place, or its key is gone.

    One error with one wording for every cause, so that nobody learns from it which.
    """

    def __init__(self) -> None:
        super().__init__("sealed content does not open")


class KeyringError(Exception):
    """A key file that can't be used: ``str(error)`` says what is wrong, ``hint`` what to do; a line each."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
