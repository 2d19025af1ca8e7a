"""The methods refuse what Telegram refuses, in its words."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot.sandbox import Sandbox

KEYS = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "No", "callback_data": "n"}]]}
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


async def test_a_wrong_token_and_an_unknown_method(bot):
    assert (await bot.ask("getMe", token="1:wrong")) == {
        "ok": False,
        "error_code": 401,
        "description": "Unauthorized",
    }
    assert (await bot.ask("flyAway"))["error_code"] == 404
    assert (await bot.call("GETME"))["is_bot"] is True


async def test_another_bot_at_the_same_address_has_chats_of_its_own_and_outlives_the_first(bot, sandbox: Sandbox):
    other = sandbox.beside("7000000002:OTHER", "other_bot")
    sandbox.user(11).start()
    other.user(11)
    assert (await bot.ask("getMe", token=other.token))["result"]["username"] == "other_bot"
    assert (await bot.ask("sendMessage", token=other.token, chat_id=11, text="hi"))["error_code"] == 403
    other.user(11).start()
    assert (await bot.ask("sendMessage", token=other.token, chat_id=11, text="hi"))["ok"]
    assert [one.by_bot for one in sandbox.user(11).messages()] == [False]
    poll = asyncio.ensure_future(bot.ask("getUpdates", timeout=20, offset=sandbox.world.next_update))
    await asyncio.sleep(0.1)
    sandbox.revoke()
    assert [(await poll)["error_code"], (await bot.ask("getMe"))["error_code"]] == [401, 401]
    assert (await bot.ask("getMe", token=other.token))["ok"]


async def test_a_bot_reaches_only_those_who_wrote_to_it(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    assert await bot.refused("sendMessage", chat_id=99, text="hi") == "Bad Request: chat not found"
    assert await bot.refused("sendMessage", text="hi") == "Bad Request: chat_id is empty"
    initiate = "Forbidden: bot can't initiate conversation with a user"
    assert await bot.refused("sendMessage", chat_id=11, text="hi") == initiate
    person.start()
    await bot.call("sendMessage", chat_id=11, text="hi")
    person.block()
    assert await bot.refused("sendMessage", chat_id=11, text="hi") == "Forbidden: bot was blocked by the user"
    person.write("back again")
    await bot.call("sendMessage", chat_id=11, text="hi")
    person.deactivate()
    assert await bot.refused("sendMessage", chat_id=11, text="hi") == "Forbidden: user is deactivated"


async def test_html_becomes_text_entities_and_buttons(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    sent = await bot.call(
        "sendMessage",
        chat_id=11,
        text="😀 <b>bold <i>both</i></b> &lt;3 &amp; <a href='https://a.kz/?a=1&amp;b=2'>link</a>",
        parse_mode="HTML",
        reply_markup=KEYS,
        protect_content=True,
        disable_notification=True,
        link_preview_options={"is_disabled": True},
    )
    assert sent["text"] == "😀 bold both <3 & link"
    assert sent["entities"] == [
        {"type": "bold", "offset": 3, "length": 9},
        {"type": "italic", "offset": 8, "length": 4},
        {"type": "text_link", "offset": 18, "length": 4, "url": "https://a.kz/?a=1&b=2"},
    ]
    assert sent["has_protected_content"] is True
    screen = person.screen
    assert (screen.text, screen.protected, screen.silent, screen.edits) == (sent["text"], True, True, 0)
    assert screen.buttons == [[("Yes", "y"), ("No", "n")]]


async def test_a_form_says_the_same_as_json(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    url = f"{sandbox.url}/bot{sandbox.token}/sendMessage"
    form = {"chat_id": "11", "text": "<b>x</b>", "parse_mode": "HTML", "reply_markup": json.dumps(KEYS)}
    async with bot.session.post(url, data=form | {"protect_content": "true"}) as response:
        assert response.status == 200
    assert (person.screen.html, person.screen.protected) == ("<b>x</b>", True)
    assert person.screen.buttons == [[("Yes", "y"), ("No", "n")]]


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("<b>x", "Can't find end tag corresponding to start tag \"b\""),
        ("я<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 2'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("3 < 4", 'Unsupported start tag "" at byte offset 2'),
    ],
)
async def test_broken_html_is_refused(bot, sandbox: Sandbox, html: str, complaint: str):
    sandbox.user(11).start()
    said = await bot.refused("sendMessage", chat_id=11, text=html, parse_mode="HTML")
    assert said == f"Bad Request: can't parse entities: {complaint}"


async def test_a_text_has_limits(bot, sandbox: Sandbox):
    sandbox.user(11).start()
    empty, long = "Bad Request: message text is empty", "Bad Request: message is too long"
    assert await bot.refused("sendMessage", chat_id=11) == empty
    assert await bot.refused("sendMessage", chat_id=11, text=" <b> </b>\n", parse_mode="HTML") == empty
    assert await bot.refused("sendMessage", chat_id=11, text="😀" * 2049) == long
    await bot.call("sendMessage", chat_id=11, text=f"<b>{'😀' * 2048}</b>", parse_mode="HTML")


@pytest.mark.parametrize("data", ["", "я" * 33])
async def test_a_buttons_data_has_1_to_64_bytes(bot, sandbox: Sandbox, data: str):
    sandbox.user(11).start()
    keys = {"inline_keyboard": [[{"text": "x", "callback_data": data}]]}
    said = await bot.refused("sendMessage", chat_id=11, text="x", reply_markup=keys)
    assert said == "Bad Request: BUTTON_DATA_INVALID"


async def test_an_edit_changes_something_that_is_there_and_is_the_bots(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    theirs = person.start()["message"]["message_id"]
    ours = (await bot.call("sendMessage", chat_id=11, text="one", reply_markup=KEYS))["message_id"]
    place = {"chat_id": 11, "message_id": ours}
    assert await bot.refused("editMessageText", **place, text="one", reply_markup=KEYS) == NOT_MODIFIED
    assert await bot.refused("editMessageReplyMarkup", **place, reply_markup=KEYS) == NOT_MODIFIED
    edited = await bot.call("editMessageText", **place, text="one")
    assert "reply_markup" not in edited and "edit_date" in edited
    await bot.call("editMessageReplyMarkup", **place, reply_markup=KEYS)
    assert (person.screen.edits, len(person.screen.buttons)) == (2, 1)
    said = await bot.refused("editMessageText", chat_id=11, message_id=theirs, text="x")
    assert said == "Bad Request: message can't be edited"
    person.clear_history()
    assert await bot.refused("editMessageText", **place, text="x") == "Bad Request: message to edit not found"
    assert [one.text for one in person.shown] == ["one", "one", "one"]


async def test_a_bot_deletes_any_message_of_the_last_48_hours(bot, sandbox: Sandbox, clock):
    person = sandbox.user(11)
    old = person.write("old")["message"]["message_id"]
    clock.forward(hours=48)
    young = person.write("young")["message"]["message_id"]
    await bot.call("deleteMessage", chat_id=11, message_id=old)
    gone = await bot.refused("deleteMessage", chat_id=11, message_id=old)
    assert gone == "Bad Request: message to delete not found"
    clock.forward(hours=48, seconds=1)
    late = "Bad Request: message can't be deleted for everyone"
    assert await bot.refused("deleteMessage", chat_id=11, message_id=young) == late
    new = person.write("new")["message"]["message_id"]
    assert await bot.refused("deleteMessages", chat_id=11, message_ids=[young, new]) == late
    assert await bot.call("deleteMessages", chat_id=11, message_ids=[old, new]) is True
    assert [one.text for one in person.messages()] == ["young"]


async def test_a_press_can_be_answered_for_150_seconds(bot, sandbox: Sandbox, clock):
    person = sandbox.user(11)
    person.start()
    await bot.call("sendMessage", chat_id=11, text="?", reply_markup=KEYS)
    query = person.press("Yes")["callback_query"]["id"]
    await bot.call("answerCallbackQuery", callback_query_id=query, text="Saved", show_alert=True)
    assert person.toasts == [("Saved", True)]
    clock.forward(seconds=151)
    late = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await bot.refused("answerCallbackQuery", callback_query_id=query) == late
    assert await bot.refused("answerCallbackQuery", callback_query_id="1") == late


async def test_a_person_sees_the_commands_of_their_chat_and_language(bot, sandbox: Sandbox):
    person = sandbox.user(11, language_code="kk")

    async def publish(word: str, **where: object) -> None:
        await bot.call("setMyCommands", commands=[{"command": "start", "description": word}], **where)

    await publish("any")
    assert person.commands == [("start", "any")]
    await publish("private kk", scope={"type": "all_private_chats"}, language_code="kk")
    assert person.commands == [("start", "private kk")]
    await publish("this chat", scope={"type": "chat", "chat_id": 11})
    assert person.commands == [("start", "this chat")]
    await bot.call("deleteMyCommands", scope={"type": "chat", "chat_id": 11})
    person.speak("en")
    assert person.commands == [("start", "any")]
    assert await bot.call("getMyCommands") == [{"command": "start", "description": "any"}]
    bad = [{"command": "Старт", "description": "x"}]
    assert await bot.refused("setMyCommands", commands=bad) == "Bad Request: BOT_COMMAND_INVALID"


async def test_the_profile_is_kept_per_language(bot):
    await bot.call("setMyName", name="Help")
    await bot.call("setMyShortDescription", short_description="Анықтама", language_code="kk")
    assert await bot.call("getMyName", language_code="kk") == {"name": "Help"}
    kazakh = await bot.call("getMyShortDescription", language_code="kk")
    assert kazakh == {"short_description": "Анықтама"}
    assert await bot.call("getMyDescription") == {"description": ""}
    assert await bot.call("setChatMenuButton", menu_button={"type": "commands"}) is True
    assert await bot.call("deleteWebhook") is True
    assert (await bot.call("getWebhookInfo"))["url"] == ""
