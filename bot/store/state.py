"""What the house remembers of itself, in one sealed body."""

from __future__ import annotations

from sqlalchemy import select, update

from bot.store.records import Body
from bot.store.tables import meta
from bot.store.transaction import Transaction
from bot.vault import Place, Purpose


def load(transaction: Transaction) -> Body:
    sealed = transaction.connection.execute(select(meta.c.state)).scalar_one()
    if sealed is None:
        return {}
    state = transaction.open(_place(transaction), sealed)
    # Nobody knows then whether the clock was in doubt, so it is.
    return {"doubt": "state"} if state is None else state


def save(transaction: Transaction, state: Body) -> None:
    sealed = transaction.seal(Purpose.SERVER, _place(transaction), state)
    transaction.connection.execute(update(meta).values(state=sealed))


def count_refusal(transaction: Transaction) -> None:
    state = load(transaction)
    save(transaction, state | {"refused": state.get("refused", 0) + 1})


def _place(transaction: Transaction) -> Place:
    return Place("meta", "state", transaction.vault.instance, purpose="state")
