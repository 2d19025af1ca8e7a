"""A person's actions reach the bot as Telegram would tell them."""

from __future__ import annotations

import asyncio

import pytest

from bot.sandbox import Late, Sandbox

YES, COPY = {"text": "Yes", "callback_data": "y"}, {"text": "2", "copy_text": {"text": "AB"}}
KEYS = {"inline_keyboard": [[YES], [COPY]]}


async def test_a_message_carries_who_where_and_when(bot, sandbox: Sandbox, clock):
    person = sandbox.user(11, "Ерлан", "kk", username="erlan")
    update = person.start("x")
    who = {"id": 11, "first_name": "Ерлан", "username": "erlan"}
    assert update["message"] == {
        "message_id": update["message"]["message_id"],
        "from": {**who, "is_bot": False, "language_code": "kk"},
        "chat": {**who, "type": "private"},
        "date": int(clock.now.timestamp()),
        "text": "/start x",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
    }
    assert person.updates == await bot.call("getUpdates") == [update]


async def test_a_press_by_label_by_data_and_without_a_button(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    sent = await bot.call("sendMessage", chat_id=11, text="?", reply_markup=KEYS)
    for query in (person.press("Yes")["callback_query"], person.press("y")["callback_query"]):
        assert (query["data"], query["message"]["message_id"]) == ("y", sent["message_id"])
        assert query["message"]["reply_markup"]["inline_keyboard"][0] == [YES]
    assert person.forge("admin")["callback_query"]["data"] == "admin"
    assert person.screen.copies == {"2": "AB"}
    for nothing in ("No", "2"):
        with pytest.raises(LookupError):
            person.press(nothing)


async def test_a_button_of_an_old_message_or_of_an_older_version(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    old = await bot.call("sendMessage", chat_id=11, text="?", reply_markup=KEYS)
    await bot.call("sendMessage", chat_id=11, text="newer")
    assert person.press("Yes")["callback_query"]["message"]["message_id"] == old["message_id"]
    before = person.shown[0]
    await bot.call("editMessageText", chat_id=11, message_id=old["message_id"], text="closed")
    assert person.press("Yes", on=before)["callback_query"]["message"]["text"] == "closed"
    await bot.call("deleteMessage", chat_id=11, message_id=old["message_id"])
    message = person.press("Yes", on=before)["callback_query"]["message"]
    assert (message["message_id"], message["date"], "text" in message) == (old["message_id"], 0, False)


@pytest.mark.parametrize(
    "kind", ["photo", "voice", "sticker", "document", "contact", "location", "video", "animation"]
)
async def test_what_is_not_words(sandbox: Sandbox, kind: str):
    message = sandbox.user(11).send(kind)["message"]
    assert kind in message and "text" not in message


async def test_edited_forwarded_overlong_from_a_group_from_a_bot_and_odd(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    first = person.write("one")["message"]["message_id"]
    edited = person.edit(first, "two")["edited_message"]
    assert (edited["message_id"], edited["text"], "edit_date" in edited) == (first, "two", True)
    assert person.forward("news")["message"]["forward_origin"]["type"] == "hidden_user"
    person.write("😀" * 2049)
    assert [len(one.text) for one in person.messages()[-2:]] == [2048, 1]
    assert person.write_in_group("hi")["message"]["chat"]["type"] == "supergroup"
    assert person.write_as_bot("hi")["message"]["from"]["is_bot"] is True
    raw = person.raw({"poll_answer": {"weird": None}})
    assert (await bot.call("getUpdates"))[-1] == raw


async def test_a_chat_cleared_on_one_side_only_shows_no_later_edit(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    sent = await bot.call("sendMessage", chat_id=11, text="one")
    person.clear_history(for_bot=False)
    await bot.call("editMessageText", chat_id=11, message_id=sent["message_id"], text="two")
    assert (person.messages(), [one.text for one in person.shown]) == ([], ["one"])


async def test_blocking_is_told_to_the_bot(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    assert person.block()["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    person.write("again")
    kinds = [list(one)[1] for one in await bot.call("getUpdates")]
    assert kinds == ["message", "my_chat_member", "my_chat_member", "message"]


async def test_waiting_ends_with_the_change_or_says_it_is_late(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    waiting = asyncio.ensure_future(person.reads("hello"))
    await asyncio.sleep(0)
    await bot.call("sendMessage", chat_id=11, text="hello there")
    assert (await waiting).text == "hello there"
    with pytest.raises(Late) as late:
        await person.wait(lambda me: len(me.messages()) > 5, timeout=0.05)
    assert "hello there" in late.value.seen and "hello" not in str(late.value)
