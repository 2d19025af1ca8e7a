"""What administrators see, and what the tests look for behind it."""

from __future__ import annotations

from bot.sandbox import Account
from bot.store.records import Act, AuditEntry, KeyCount
from bot.telegram import agreement
from bot.vault import Kind

from .conftest import ADMIN, SECOND_ADMIN, Town

BOTH = ADMIN, SECOND_ADMIN


async def audit(town: Town) -> list[AuditEntry]:
    return await town.app.store.write(lambda work: work.audit(limit=1000))


async def note(town: Town, actor: str, act: Act, about: bytes = b"") -> None:
    await town.app.store.write(lambda work: work.note(actor, act, about))


async def case_keys(town: Town) -> list[KeyCount]:
    counts = await town.app.store.write(lambda work: work.keys())
    return [one for one in counts if one.state is None or one.state.kind is Kind.CASE]


async def stale(town: Town) -> int:
    return await town.app.store.write(lambda work: work.stale_count())


async def refused(town: Town) -> int:
    state = await town.app.store.write(lambda work: work.state())
    return int(state.get("refused", 0))


async def ask(town: Town, matter: agreement.Matter) -> agreement.Question:
    return await town.app.store.write(lambda work: agreement.ask(work, matter))


def attempt(account: Account, words: str) -> None:
    """A command is written, a button's data forged."""
    if words.startswith("/"):
        account.write(words)
    else:
        account.forge(words)


def seen(account: Account) -> list[tuple[str, object]]:
    """Everything ever put before somebody, without what tells one message from another."""
    return [(one.text, one.buttons) for one in account.shown]


async def fill(town: Town, entries: int) -> None:
    """More to re-wrap than is done in a moment: one case with many small entries."""
    (row,) = await town.app.store.write(lambda work: [case.id for case in work.all_cases()])
    for _ in range(0, entries, 500):
        await town.app.store.write(lambda work: [work.append_entry(row, {"n": 0}, 64) for _ in range(500)])
