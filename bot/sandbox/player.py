"""Plays a person who goes through an intake: by the buttons' data, so in any language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bot.sandbox.account import Account
from bot.sandbox.world import Message

Watch = Callable[[Message], None]


def place(message: Message) -> str:
    """The name of the screen that a message shows: what stands before ``=`` in its buttons."""
    for row in message.buttons:
        for button in row:
            if "=" in button.data:
                return button.data.partition("=")[0]
    return ""


async def play(
    account: Account,
    answers: Mapping[str, Sequence[str]],
    *,
    until: str = "home",
    watch: Watch | None = None,
    timeout: float = 10.0,
) -> list[str]:
    """Press and write until the screen ``until`` stands: for each screen the given steps, else Skip.

    A step that begins with ``"`` is written, any other is the choice of a press. Gives the screens' names in order.
    """
    seen: list[str] = []
    while True:
        here = place(account.screen)
        seen.append(here)
        if watch is not None:
            watch(account.screen)
        if here == until:
            return seen
        for step in answers.get(here, ("-skip",)):
            version = _version(account)
            if step.startswith('"'):
                account.write(step[1:])
            else:
                account.press(f"{here}={step}")
            await account.wait(partial(_changed, version), timeout)


def _version(account: Account) -> tuple[int, int]:
    return account.screen.id, account.screen.edits


def _changed(old: tuple[int, int], account: Account) -> bool:
    return _version(account) != old
