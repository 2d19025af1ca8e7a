"""From the outbox to Telegram and back: a real store, and the sandbox over HTTP."""

from __future__ import annotations

import asyncio
import base64
import logging
import os
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox import Account, Sandbox
from bot.store.records import Case, Outgoing, Slot
from bot.store.store import Store
from bot.store.work import Work
from bot.telegram.delivery import Failure
from bot.telegram.limits import Limits
from bot.telegram.sender import Sender
from bot.telegram.transport import Transport
from bot.telegram.waiting import Waiting
from bot.vault import Kdf, create_keyring, open_vault
from tests.blank import blank

PASSPHRASE = "a cheap one for tests"
AIGUL, BORIS = 501, 502
CRITICAL, ALERT, REPLY, GREETING, WAKE = 0, 1, 2, 3, 9


class World:
    """Telegram, a store and a sender, on a wall clock that the test may put forward."""

    def __init__(self, sandbox: Sandbox, store: Store, transport: Transport) -> None:
        self.sandbox, self.store, self.transport = sandbox, store, transport
        self.ahead = timedelta(0)
        self.failures: list[tuple[int, Failure]] = []
        self.sender = self.new_sender()
        self.running: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def new_sender(self, **settings: Any) -> Sender:
        return Sender(
            self.store,
            self.transport,
            clock=lambda: self.now().timestamp(),
            on_failure=self.fail,
            **{"send_rate": 1000.0, "chat_rate": 1000.0, **settings},
        )

    def fail(self, work: Work, row: Outgoing, failure: Failure) -> list[Outgoing]:
        self.failures.append((row.body.get("chat", 0), failure))
        return []

    def run(self) -> None:
        self.running = asyncio.create_task(self.sender.run())

    async def end(self) -> None:
        if self.running is not None:
            self.running.cancel()
            await asyncio.gather(self.running, return_exceptions=True)
            self.running = None

    def person(self, id: int = AIGUL) -> Account:
        account = self.sandbox.user(id)
        account.start()
        return account

    async def put(self, *rows: tuple[bytes, int, dict[str, Any]], not_before: int = 0) -> list[Outgoing]:
        def work(work: Work) -> list[Outgoing]:
            made = [Outgoing(id, priority, not_before, work.next_turn(), body) for id, priority, body in rows]
            work.put_outgoing(made)
            return made

        return await self.store.write(work)

    async def queue(self, *rows: tuple[bytes, int, dict[str, Any]], not_before: int = 0) -> None:
        self.sender.offer(await self.put(*rows, not_before=not_before))

    async def drained(self, timeout: float = 5.0) -> None:
        assert await self.sender.drain(timeout)

    async def left(self) -> list[Outgoing]:
        return await self.store.write(lambda work: work.due(2**40, 10_000, REPLY + 1))

    async def slot(self, id: bytes) -> Slot | None:
        return (await self.store.write(lambda work: work.load_slots([id]))).get(id)

    def methods(self, chat: int | None = None) -> list[str]:
        return [call.method for call in self.sandbox.calls if chat is None or call.chat == chat]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    create_keyring(tmp_path / "keyring", PASSPHRASE, kdf=Kdf(memory=64, passes=1, lanes=1))
    vault = open_vault(tmp_path / "keyring", tmp_path / "day-keys", PASSPHRASE)
    holder: list[World] = []

    def clock() -> datetime:
        return holder[0].now() if holder else datetime.now(UTC)

    with Store.open(blank(tmp_path / "qorgan.db"), vault, clock=clock) as store:
        async with Sandbox(clock=clock) as sandbox, Transport(sandbox.url, sandbox.token) as transport:
            world = World(sandbox, store, transport)
            holder.append(world)
            yield world
            await world.end()


def show(
    slot: bytes, text: str, chat: int = AIGUL, priority: int = REPLY, **fields: Any
) -> tuple[bytes, int, dict[str, Any]]:
    body = {"do": "show", "slot": slot.hex(), "chat": chat, "text": text, "buttons": [], "own_act": True}
    return slot, priority, {**body, **fields}


def remove(slot: bytes, chat: int = AIGUL) -> tuple[bytes, int, dict[str, Any]]:
    return os.urandom(16), ALERT, {"do": "remove", "slot": slot.hex(), "chat": chat}


def delete(messages: Iterable[int], chat: int = AIGUL) -> tuple[bytes, int, dict[str, Any]]:
    return os.urandom(16), ALERT, {"do": "delete", "chat": chat, "messages": list(messages)}


def texts(account: Account) -> list[str]:
    return [message.text for message in account.messages() if message.by_bot]


SLOT, OTHER_SLOT = b"s" * 16, b"o" * 16


async def test_a_screen_is_sent_then_edited_and_its_place_remembered(world: World) -> None:
    aigul = world.person()
    world.run()
    await world.queue(
        show(SLOT, "<b>one</b>", buttons=[[{"text": "Yes", "callback_data": "y"}]], protect=True)
    )
    await world.drained()
    assert aigul.screen.text == "one"
    assert aigul.screen.protected
    assert [[one.data for one in row] for row in aigul.screen.buttons] == [["y"]]
    held = await world.slot(SLOT)
    assert held is not None
    assert held.body["message"] == aigul.screen.id
    assert abs(held.body["sent"] - world.now().timestamp()) < 5

    await world.queue(show(SLOT, "two", own_act=False))
    await world.drained()
    assert texts(aigul) == ["two"]
    assert aigul.buttons() == []
    assert await world.left() == []


async def test_what_waited_before_the_start_is_sent_and_timers_are_not(world: World) -> None:
    aigul = world.person()
    await world.put(show(SLOT, "waited"), (OTHER_SLOT, WAKE, {"do": "wake", "chat_row": "00"}))
    world.run()
    await world.drained()
    assert texts(aigul) == ["waited"]
    assert world.methods() == ["sendMessage"]
    assert len(await world.store.write(lambda work: work.due_wakes(2**40, 10))) == 1


async def test_the_newest_of_several_screens_of_a_slot_wins(world: World) -> None:
    aigul = world.person()
    for text in ("one", "two", "three"):
        await world.queue(show(SLOT, text))
    world.run()
    await world.drained()
    assert [message.text for message in aigul.shown] == ["three"]


async def test_a_screen_that_comes_while_the_last_is_on_its_way_edits_it(world: World) -> None:
    aigul = world.person()
    world.sandbox.fail("sendMessage", latency=0.2)
    world.run()
    await world.queue(show(SLOT, "one"))
    await asyncio.sleep(0.1)
    await world.queue(show(SLOT, "two"))
    await world.drained()
    assert texts(aigul) == ["two"]
    assert world.methods() == ["sendMessage", "editMessageText"]


async def test_the_same_screen_once_more_is_no_failure(world: World) -> None:
    world.person()
    world.run()
    for _ in range(2):
        await world.queue(show(SLOT, "same"))
        await world.drained()
    assert world.methods() == ["sendMessage", "editMessageText"]
    assert world.sender.dropped == {}


async def test_a_cleared_chat_is_revived_only_by_the_persons_own_act(world: World) -> None:
    aigul = world.person()
    world.run()
    await world.queue(show(SLOT, "one"))
    await world.drained()
    aigul.clear_history()

    await world.queue(show(SLOT, "a timer's", own_act=False))
    await world.drained()
    assert texts(aigul) == []
    assert await world.slot(SLOT) is None
    assert world.sender.dropped == {"stale": 1}

    await world.queue(show(SLOT, "nothing stands there", own_act=False))
    await world.drained()
    assert texts(aigul) == []

    await world.queue(show(SLOT, "an alert", own_act=False, fresh=True))
    await world.drained()
    aigul.clear_history()
    await world.queue(show(SLOT, "an answer"))
    await world.drained()
    assert texts(aigul) == ["an answer"]


async def test_a_slots_message_is_removed_and_its_place_forgotten(world: World) -> None:
    aigul = world.person()
    world.run()
    await world.queue(show(SLOT, "one"))
    await world.drained()
    await world.queue(remove(SLOT))
    await world.drained()
    assert texts(aigul) == []
    assert await world.slot(SLOT) is None
    await world.queue(remove(SLOT))
    await world.drained()
    assert world.methods().count("deleteMessage") == 1


async def test_a_removal_is_done_when_the_message_is_gone_already(world: World) -> None:
    aigul = world.person()
    world.run()
    await world.queue(show(SLOT, "one"))
    await world.drained()
    aigul.clear_history()
    await world.queue(remove(SLOT))
    await world.drained()
    assert await world.slot(SLOT) is None
    assert await world.left() == []


async def test_a_removal_cancels_the_screen_that_was_still_waiting(world: World) -> None:
    """Also when the removal was made first and fell due while the screen could not be sent."""
    aigul = world.person()
    await world.put(show(SLOT, "late"), remove(SLOT))
    later = int(world.now().timestamp()) + 900
    await world.put(remove(OTHER_SLOT), not_before=later)
    await world.put(show(OTHER_SLOT, "late, too"))
    world.ahead = timedelta(seconds=1000)
    world.run()
    await world.drained()
    assert texts(aigul) == []
    assert await world.left() == []


async def test_a_screen_made_after_a_removal_is_shown(world: World) -> None:
    aigul = world.person()
    world.run()
    await world.queue(show(SLOT, "old"))
    await world.drained()
    await world.queue(remove(SLOT))
    await world.queue(show(SLOT, "new"))
    await world.drained()
    assert texts(aigul) == ["new"]


async def test_a_row_waits_for_its_time(world: World) -> None:
    aigul = world.person()
    world.run()
    await world.queue(show(SLOT, "one"))
    await world.drained()
    await world.queue(remove(SLOT), not_before=int(world.now().timestamp()) + 900)
    await world.drained()
    assert texts(aigul) == ["one"]
    world.ahead = timedelta(seconds=901)
    await world.drained()
    assert texts(aigul) == []


async def test_a_timer_wakes_the_sender(world: World) -> None:
    aigul = world.person()
    world.run()
    await world.queue(show(SLOT, "soon"), not_before=int(world.now().timestamp()) + 1)
    await world.drained()
    await aigul.reads("soon", timeout=2.5)


async def test_a_persons_messages_are_deleted_together(world: World) -> None:
    aigul = world.person()
    ids = [aigul.write(f"word {number}")["message"]["message_id"] for number in range(3)]
    world.run()
    await world.queue(delete(ids), delete([aigul.messages()[0].id]))
    await world.drained()
    assert aigul.messages() == []
    assert sorted(world.methods()) == ["deleteMessage", "deleteMessages"]


async def test_one_message_too_old_does_not_save_the_others(world: World) -> None:
    aigul = world.person()
    old = aigul.write("old", at=world.now() - timedelta(hours=49))["message"]["message_id"]
    new = aigul.write("new")["message"]["message_id"]
    world.run()
    await world.queue(delete([old, new, 10**6]))
    await world.drained()
    assert "new" not in [message.text for message in aigul.messages()]
    assert await world.left() == []
    assert world.sender.dropped == {}


async def test_the_urgent_goes_first_and_a_chats_rows_in_their_turn(world: World) -> None:
    people = [world.person(id) for id in range(600, 610)]
    greetings = [show(os.urandom(16), "hello", chat=one.id, priority=GREETING) for one in people]
    await world.put(*greetings, show(SLOT, "alert", chat=AIGUL, priority=CRITICAL))
    await world.put(*[show(os.urandom(16), str(number)) for number in range(3)])
    aigul = world.person()
    world.sender = world.new_sender(parallel=1)
    world.run()
    await world.drained()
    assert [message.text for message in aigul.shown] == ["alert", "0", "1", "2"]
    assert [call.chat for call in world.sandbox.calls][:4] == [AIGUL] * 4


async def test_one_call_of_a_chat_at_a_time_and_many_chats_at_once(world: World) -> None:
    for chat in range(600, 610):
        world.person(chat)
    world.sandbox.fail("sendMessage", times=None, latency=0.1)
    rows = [show(os.urandom(16), str(n), chat=chat) for chat in range(600, 610) for n in range(2)]
    await world.put(*rows)
    world.run()
    await world.drained()
    calls = world.sandbox.calls
    assert calls[-1].when - calls[0].when < 0.6  # twenty calls of 0.1 s, ten at a time
    for chat in range(600, 610):
        first, second = (call.when for call in calls if call.chat == chat)
        assert second - first >= 0.09


async def test_a_chat_that_is_told_to_wait_waits_alone(world: World) -> None:
    aigul, boris = world.person(), world.person(BORIS)
    world.sandbox.fail("sendMessage", chat=AIGUL, retry_after=1)
    world.run()
    await world.queue(show(SLOT, "one"), show(OTHER_SLOT, "other", chat=BORIS))
    await boris.reads("other", timeout=0.8)
    assert texts(aigul) == []
    await world.drained()
    assert texts(aigul) == ["one"]


async def test_when_several_chats_are_told_to_wait_all_do(world: World) -> None:
    for chat in range(600, 604):
        world.person(chat)
    world.sandbox.fail("sendMessage", times=3, retry_after=1)
    world.run()
    await world.queue(*[show(os.urandom(16), "x", chat=chat) for chat in range(600, 603)])
    await asyncio.sleep(0.4)
    await world.queue(show(SLOT, "y", chat=603, priority=CRITICAL))
    await asyncio.sleep(0.3)
    assert len(world.sandbox.calls) == 3
    await world.drained()
    assert len(world.sandbox.calls) == 7


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 502}, {"drop": "before"}, {"status": 401}])
async def test_nothing_is_lost_while_telegram_is_away(world: World, fault: dict[str, Any]) -> None:
    aigul = world.person()
    world.sandbox.fail("sendMessage", times=2, **fault)
    world.run()
    await world.queue(show(SLOT, "one"), show(OTHER_SLOT, "two"))
    await world.drained()
    assert texts(aigul) == ["one", "two"]
    assert world.sender.dropped == {}


async def test_in_a_storm_of_troubles_each_chats_messages_come_in_their_order(world: World) -> None:
    """429 for one chat and for many, errors, connections lost before and after Telegram acted: what was sent twice
    stands twice in its own place, and nothing else moved."""
    people = [world.person(chat) for chat in range(700, 706)]
    people[-1].block()
    for trouble in ({"retry_after": 1}, {"status": 500}, {"status": 502}, {"drop": "before"}, {"drop": "after"}):
        world.sandbox.fail("sendMessage", times=3, **trouble)
    world.sandbox.fail("sendMessage", chat=700, times=2, retry_after=1)
    world.run()
    for number in range(8):
        await world.queue(*[show(os.urandom(16), str(number), chat=person.id) for person in people])
    await world.drained(30)
    for person in people[:-1]:
        assert [str(number) for number in range(8)] == list(dict.fromkeys(texts(person)))
        assert texts(person) == sorted(texts(person))
    assert world.sender.dropped == {"unreachable": 8}
    assert await world.left() == []


@pytest.mark.parametrize("how", ["block", "deactivate", "unknown"])
async def test_an_unreachable_person_is_reported_in_the_write_that_settles(world: World, how: str) -> None:
    chat = 999 if how == "unknown" else AIGUL
    if how != "unknown":
        getattr(world.person(), how)()
    world.run()
    await world.queue(show(SLOT, "one", chat=chat))
    await world.drained()
    assert world.failures == [(chat, Failure.UNREACHABLE)]
    assert await world.left() == []
    assert world.sender.dropped == {"unreachable": 1}


async def test_a_fault_in_the_callback_holds_nobody_up(world: World) -> None:
    world.person().block()
    boris = world.person(BORIS)

    def faulty(work: Work, row: Outgoing, failure: Failure) -> list[Outgoing]:
        raise RuntimeError("a fault")

    world.sender = Sender(world.store, world.transport, on_failure=faulty)
    world.run()
    await world.queue(show(SLOT, "one"), show(OTHER_SLOT, "other", chat=BORIS))
    await world.drained()
    assert texts(boris) == ["other"]
    assert await world.left() == []


async def test_what_telegram_refuses_is_dropped_and_logged_without_a_word_of_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    aigul = world.person()
    world.run()
    await world.queue(show(OTHER_SLOT, "<unknown>secret</unknown>"), show(SLOT, "after"))
    await world.queue((b"x" * 16, REPLY, {"do": "dance", "chat": AIGUL}))
    await world.queue((b"y" * 16, REPLY, {"do": "show"}))
    await world.drained()
    assert texts(aigul) == ["after"]
    assert world.sender.dropped == {"refused": 1, "broken": 2}
    dropped = {"event": "send.dropped", "action": "show", "reason": "refused", "error": "BadRequest"}
    assert any(isinstance(one.msg, dict) and dropped.items() <= one.msg.items() for one in caplog.records)
    for secret in ("secret", str(AIGUL), world.sandbox.token, SLOT.hex()):
        assert secret not in caplog.text
    assert await world.left() == []


async def test_what_is_too_large_for_telegram_is_refused_once_and_holds_nothing_up(world: World) -> None:
    aigul = world.person()
    world.sandbox.fail("sendMessage", times=None, status=413, description="Request Entity Too Large")
    world.run()
    await world.queue(show(SLOT, "large"))
    await world.drained()
    assert 1 == len(world.sandbox.calls) and texts(aigul) == []
    assert world.failures == [(AIGUL, Failure.REFUSED)]
    assert await world.left() == []


async def test_the_limits_are_kept_by_screens_and_not_by_deletions(world: World) -> None:
    aigul = world.person()
    world.sender = world.new_sender(send_rate=30, chat_rate=4)
    ids = [aigul.write("x")["message"]["message_id"] for _ in range(8)]
    await world.put(*[delete([one]) for one in ids])
    world.run()
    await world.drained(1)
    await world.queue(*[show(os.urandom(16), str(number)) for number in range(7)])
    await world.drained()
    sent = [call.when for call in world.sandbox.calls if call.method == "sendMessage"]
    assert sent[2] - sent[0] < 0.2
    assert 0.9 < sent[-1] - sent[0] < 1.6  # three at once, four more at four a second


async def test_more_than_memory_holds_is_sent_all_the_same_and_in_order(world: World) -> None:
    aigul, boris = world.person(), world.person(BORIS)
    world.sender = world.new_sender(capacity=20, page=10)
    await world.put(*[show(os.urandom(16), str(number)) for number in range(30)])
    world.run()
    for number in range(30, 90):
        await world.queue(show(os.urandom(16), str(number)), show(os.urandom(16), str(number), chat=BORIS))
    await world.queue(show(SLOT, "urgent", priority=CRITICAL))
    await world.drained(15)
    expected = [str(number) for number in range(90)]
    assert [text for text in texts(aigul) if text != "urgent"] == expected
    assert texts(boris) == expected[30:]
    assert texts(aigul).index("urgent") < 89


async def test_what_telegram_took_is_settled_even_when_the_sender_is_cancelled(world: World) -> None:
    aigul = world.person()
    world.sandbox.fail("sendMessage", latency=0.3)
    world.run()
    await world.queue(show(SLOT, "one"))
    await asyncio.sleep(0.15)
    await world.end()
    assert texts(aigul) == ["one"]
    assert await world.left() == []
    assert await world.slot(SLOT) is not None


async def test_stop_ends_the_run(world: World) -> None:
    world.person()
    world.run()
    await world.queue(show(SLOT, "one"))
    await world.drained()
    world.sender.stop()
    assert world.running is not None
    await asyncio.wait_for(world.running, 1)


async def test_an_erased_cases_rows_are_withdrawn(world: World) -> None:
    aigul = world.person()
    case = os.urandom(16)
    world.sandbox.fail("sendMessage", retry_after=1)
    world.run()
    await world.queue(show(OTHER_SLOT, "stays"), show(SLOT, "a case's", case=case.hex()))
    await asyncio.sleep(0.3)
    await world.store.write(lambda work: work.erase_case(case))
    world.sender.withdraw(case)
    await world.drained()
    assert texts(aigul) == ["stays"]


async def test_a_withdrawn_row_on_its_way_is_not_tried_again(world: World) -> None:
    aigul = world.person()
    case = os.urandom(16)
    world.sandbox.fail("sendMessage", latency=0.3, status=500)
    world.run()
    await world.queue(show(SLOT, "a case's", case=case.hex()))
    await asyncio.sleep(0.15)
    await world.store.write(lambda work: work.erase_case(case))
    world.sender.withdraw(case)
    await world.drained()
    assert texts(aigul) == []


async def test_a_removal_settled_while_stopping_cancels_the_waiting_screen_too(world: World) -> None:
    aigul = world.person()
    world.run()
    await world.queue(show(SLOT, "one"))
    await world.drained()
    world.sandbox.fail("deleteMessage", latency=0.3)
    await world.queue(show(SLOT, "two"), remove(SLOT))
    await asyncio.sleep(0.15)
    await world.end()
    world.sender = world.new_sender()
    world.run()
    await world.drained()
    assert texts(aigul) == []


async def test_a_press_is_answered_and_a_failure_of_that_is_nobodys_concern(world: World) -> None:
    aigul = world.person()
    await world.queue(show(SLOT, "one", buttons=[[{"text": "Yes", "callback_data": "y"}]]))
    world.run()
    await world.drained()
    query = aigul.press("y")["callback_query"]["id"]
    await world.sender.answer(query, "done", alert=True)
    await world.sender.answer("an invented one")
    assert aigul.toasts == [("done", True)]


def test_memory_stays_bounded_however_much_is_offered() -> None:
    waiting = Waiting(Limits(30, 1), capacity=100)
    waiting.filled([], True)
    for turn in range(10_000):
        waiting.put([Outgoing(turn.to_bytes(16), REPLY, 0, turn, {"do": "show", "chat": turn % 50})], 0)
        waiting.put([Outgoing(b"same" * 4, REPLY, 0, turn, {"do": "show", "chat": 1})], 0)
    assert len(waiting) <= 100
    assert waiting.ceiling is not None


async def test_what_is_offered_while_the_store_is_being_read_is_not_forgotten(world: World) -> None:
    aigul = world.person()
    world.run()
    await asyncio.sleep(0)  # the sender has asked the store, which answers in a thread of its own
    id, priority, body = show(SLOT, "offered")
    world.sender.offer([Outgoing(id, priority, 0, 1, body)])
    await aigul.reads("offered", timeout=2)


def test_a_chat_has_one_row_out_also_when_an_urgent_one_came_between() -> None:
    waiting = Waiting(Limits(0, 0))
    waiting.filled([], True)
    waiting.put([Outgoing(b"a", REPLY, 0, 1, {"do": "show", "chat": 1})], 0)
    waiting.put([Outgoing(b"b", CRITICAL, 0, 2, {"do": "show", "chat": 1})], 0)
    urgent = waiting.next(0)
    assert urgent is not None
    assert urgent.id == b"b"
    assert waiting.next(0) is None
    waiting.release(urgent)
    following = waiting.next(0)
    assert following is not None
    assert following.id == b"a"


async def test_a_file_arrives_unprotected_once_and_is_deleted_like_any_message(world: World) -> None:
    aigul = world.person()
    world.run()
    content = bytes(range(256))
    body = {"do": "file", "slot": SLOT.hex(), "chat": AIGUL, "name": "A.qorgan", "text": "<b>A</b>", "case": None,
            "content": base64.b64encode(content).decode()}  # fmt: skip
    await world.queue((SLOT, ALERT, body))
    await world.drained()
    sent = aigul.screen
    assert (sent.text, sent.protected, aigul.download(sent)) == ("A", False, content)
    await world.queue((SLOT, ALERT, body))
    await world.drained()
    assert 1 == world.methods().count("sendDocument")
    await world.queue(remove(SLOT))
    await world.drained()
    assert texts(aigul) == []
    assert await world.slot(SLOT) is None


async def test_what_arrives_after_its_case_was_erased_is_taken_back(world: World) -> None:
    """The call is under way while the case goes: the message is deleted, no slot is left."""
    aigul = world.person()
    case = Case(os.urandom(16), None, {"code": "ABCDEF"})
    await world.store.write(lambda work: work.add_case(case))
    slow = world.sandbox.fail("sendMessage", latency=0.4)
    world.run()
    await world.queue(show(SLOT, "an alert", case=case.id.hex()))
    async with asyncio.timeout(5):
        while not slow.hits:
            await asyncio.sleep(0.02)
    await world.store.write(lambda work: work.erase_case(case.id))
    world.sender.withdraw(case.id)
    await aigul.wait(lambda me: me.shown)
    await world.drained()
    assert texts(aigul) == []
    assert await world.slot(SLOT) is None


async def test_what_arrives_on_a_case_that_stands_stays(world: World) -> None:
    aigul = world.person()
    case = Case(os.urandom(16), None, {"code": "ABCDEF"})
    await world.store.write(lambda work: work.add_case(case))
    world.run()
    await world.queue(show(SLOT, "an alert", case=case.id.hex()))
    await world.drained()
    assert texts(aigul) == ["an alert"]
    assert await world.slot(SLOT) is not None
