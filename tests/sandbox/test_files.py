"""Files from the bot to a person: uploaded in a form, saved by the person, fetched again by the bot."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox

CONTENT = bytes(range(256)) * 300


async def upload(bot: Any, sandbox: Sandbox, content: bytes = CONTENT, **fields: str) -> dict[str, Any]:
    form = aiohttp.FormData()
    for name, value in {"chat_id": "11", **fields}.items():
        form.add_field(name, value)
    form.add_field("document", content, filename="case.qorgan", content_type="application/octet-stream")
    async with bot.session.post(f"{sandbox.url}/bot{sandbox.token}/sendDocument", data=form) as response:
        answer: dict[str, Any] = await response.json()
        return answer


async def test_a_document_reaches_the_person_with_its_caption(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    sent = (await upload(bot, sandbox, caption="<b>ABC</b>", parse_mode="HTML"))["result"]
    assert sent["document"]["file_name"] == "case.qorgan"
    assert sent["document"]["file_size"] == len(CONTENT)
    assert (sent["caption"], sent["caption_entities"][0]["type"]) == ("ABC", "bold")
    assert "text" not in sent
    assert (person.screen.kind, person.screen.text) == ("document", "ABC")
    assert person.download(person.screen) == CONTENT
    with pytest.raises(LookupError):
        person.download(person.messages()[0])


async def test_the_bot_gets_back_what_it_uploaded(bot, sandbox: Sandbox):
    sandbox.user(11).start()
    sent = (await upload(bot, sandbox))["result"]
    file = await bot.call("getFile", file_id=sent["document"]["file_id"])
    address = f"{sandbox.url}/file/bot{sandbox.token}/{file['file_path']}"
    async with bot.session.get(address) as response:
        assert await response.read() == CONTENT
    for wrong, status in ((address + "x", 404), (address.replace(sandbox.token, "1:wrong"), 401)):
        async with bot.session.get(wrong) as response:
            assert response.status == status
    wrong_id = "Bad Request: wrong file_id or the file is temporarily unavailable"
    assert await bot.refused("getFile", file_id="nothing") == wrong_id


async def test_a_document_is_deleted_like_any_message_but_has_no_text_to_edit(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    sent = (await upload(bot, sandbox))["result"]
    edit = {"chat_id": 11, "message_id": sent["message_id"]}
    refusal = "Bad Request: there is no text in the message to edit"
    assert await bot.refused("editMessageText", **edit, text="other") == refusal
    await bot.call("deleteMessage", **edit)
    assert not any(message.by_bot for message in person.messages())


async def test_a_document_is_refused_as_telegram_refuses_it(bot, sandbox: Sandbox):
    person = sandbox.user(11)
    person.start()
    assert await bot.refused("sendDocument", chat_id=11) == "Bad Request: there is no document in the request"
    assert (await upload(bot, sandbox, b""))["description"] == "Bad Request: file must be non-empty"
    long = await upload(bot, sandbox, caption="я" * 1025)
    assert long["description"] == "Bad Request: message caption is too long"
    person.block()
    assert (await upload(bot, sandbox))["error_code"] == 403
