"""Many take one case at once, in two processes on one database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import speaking
from bot.store.records import Act, Staff
from bot.telegram import ingest
from bot.telegram.desk import House
from bot.telegram.floods import Gate
from bot.telegram.table import TABLE
from bot.telegram.updates import Pressed
from tests.blank import blank
from tests.servers import Server
from tests.store.shelf import Place
from tests.telegram.test_matrix import case_of

TAKERS = range(50)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "sqlite":
        yield Place(tmp_path, url=blank(tmp_path / "qorgan.db"))
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database() as url:
        yield Place(tmp_path, url=url)


def test_of_fifty_who_take_at_once_one_holds_the_case_and_the_others_are_told_who(place: Place) -> None:
    house = House(*speaking.load(), actions=TABLE)
    case = case_of(0, None, None)
    body = {"role": "coordinator", "language": "en", "reachable": True, "started": True}
    staff = [Staff(bytes([number]) * 16, 100 + number, {**body, "name": f"N{number}."}) for number in TAKERS]
    said: list[tuple[int, str]] = []

    with place.open() as one, place.open() as other:
        one.write_now(lambda work: (work.save_staff(staff), work.add_case(case)))

        def take(number: int) -> None:
            press = Pressed(number, 100 + number, 1, "query", f"take={case.id.hex()}", "en", "")
            store = (one, other)[number % 2]
            rows, _, _ = store.write_now(lambda work: ingest.handle(house, work, [press], Gate(1000)), beside=True)
            shown = (row.body for row in rows if row.body["do"] == "show")
            said.extend((number, body["text"]) for body in shown if body["chat"] == 100 + number)

        threads = [threading.Thread(target=take, args=(number,)) for number in TAKERS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        (now,) = one.write_now(lambda work: work.all_cases())
        holder = next(member for member in staff if member.id.hex() == now.head["holder"])
        assert [Act.READ, Act.TAKE] == [entry.what for entry in one.write_now(lambda work: work.audit(limit=100))]
        told = {number for number, line in said if f"taken by {holder.body['name']}" in line}
        assert {*TAKERS} - {holder.user - 100} == told
