"""The Bot API's answers as the library's errors, and nothing secret in any of them."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from telegram import InputFile
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.sandbox import Sandbox
from bot.telegram.transport import Transport

SECRET = "1234567:very-secret-token"
WORDS = "слова человека"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Answers as told; keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body = '{"ok": true, "result": true}'
        self.location = ""
        self.delay = 0.0
        self.paths: list[str] = []
        self.received: list[object] = []
        self.base = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        if request.content_type == "application/json":
            self.received.append(await request.json())
        else:
            form = await request.post()
            file = form.get("document")
            self.received.append(
                (form.get("chat_id"), file.file.read() if isinstance(file, web.FileField) else None)
            )
        await asyncio.sleep(self.delay)
        headers = {"Location": self.location} if self.location else {}
        return web.Response(status=self.status, text=self.body, headers=headers)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
async def transport(server: Server) -> AsyncIterator[Transport]:
    async with Transport(server.base, SECRET) as transport:
        yield transport


async def failure(transport: Transport, method: str = "sendMessage") -> TelegramError:
    with pytest.raises(TelegramError) as caught:
        await transport.call(method, chat_id=42, text=WORDS)
    return caught.value


async def test_a_call_posts_json_and_gives_the_result(server: Server, transport: Transport) -> None:
    server.body = '{"ok": true, "result": {"message_id": 7}}'
    markup = {"inline_keyboard": [[{"text": "Да", "callback_data": "1"}]]}

    result = await transport.call("sendMessage", chat_id=42, text=WORDS, reply_markup=markup, nothing=None)

    assert result == {"message_id": 7}
    assert server.paths == [f"/bot{SECRET}/sendMessage"]
    assert server.received == [{"chat_id": 42, "text": WORDS, "reply_markup": markup}]


async def test_a_file_is_uploaded(server: Server, transport: Transport) -> None:
    document = InputFile(b"sealed", filename="case.bin")
    await transport.call("sendDocument", chat_id=42, document=document)
    assert server.received == [("42", b"sealed")]


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (400, '{"description": "Bad Request: message is not modified: same"}', BadRequest, "not modified"),
        (400, '{"description": "Bad Request: message can\'t be edited"}', BadRequest, "can't be edited"),
        (400, '{"description": "Bad Request: chat not found"}', BadRequest, "chat not found"),
        (401, '{"description": "Unauthorized"}', InvalidToken, ""),
        (403, '{"description": "Forbidden: bot was blocked by the user"}', Forbidden, "blocked"),
        (404, '{"description": "Not Found"}', InvalidToken, ""),
        (409, '{"description": "Conflict: terminated by other getUpdates request"}', Conflict, "terminated"),
        (429, '{"description": "Too Many Requests"}', NetworkError, "too many"),
        (500, '{"description": "Internal"}', NetworkError, "500"),
        (502, "<html>Bad Gateway</html>", NetworkError, "502"),
        (302, "", NetworkError, "302"),
        (200, "<html>a captive portal</html>", NetworkError, "unreadable"),
        (200, "[1]", NetworkError, "unreadable"),
        (400, '{"parameters": "odd", "description": 5}', BadRequest, ""),
        (400, '{"parameters": {"retry_after": "soon"}}', BadRequest, ""),
    ],
)
async def test_each_answer_is_the_error_the_library_has_for_it(
    server: Server, transport: Transport, status: int, body: str, kind: type[TelegramError], says: str
) -> None:
    server.status, server.body = status, body
    error = await failure(transport)
    assert type(error) is kind
    assert says in str(error).lower()


async def test_too_many_requests_says_how_long_to_wait(server: Server, transport: Transport) -> None:
    server.status, server.body = 429, '{"description": "x", "parameters": {"retry_after": 17}}'
    error = await failure(transport)
    assert isinstance(error, RetryAfter)
    assert getattr(error.retry_after, "total_seconds", lambda: None)() == 17


async def test_a_redirect_is_not_followed(server: Server, transport: Transport) -> None:
    """The token must not be carried to another host."""
    server.status, server.location = 302, "/elsewhere"
    await failure(transport)
    assert server.paths == [f"/bot{SECRET}/sendMessage"]


async def test_an_answer_that_does_not_come_times_out(server: Server) -> None:
    server.delay = 1
    async with Transport(server.base, SECRET, read_timeout=0.1) as transport:
        assert type(await failure(transport)) is TimedOut


async def test_get_updates_may_take_as_long_as_it_was_asked_to(server: Server) -> None:
    server.delay, server.body = 0.4, '{"ok": true, "result": []}'
    async with Transport(server.base, SECRET, read_timeout=0.1, poll_margin=0.1) as transport:
        assert await transport.call("getUpdates", timeout=1) == []
        with pytest.raises(TimedOut):
            await transport.call("getUpdates", timeout=0)


async def test_no_error_and_no_log_line_holds_the_token_or_a_word(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in the text, the repr, the traceback or any error behind the error."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.DEBUG)
    seen: list[TelegramError] = []
    async with Transport(server.base, SECRET) as transport:
        quoted = f'can\'t parse entities: unsupported start tag \\"{WORDS}\\" {SECRET}'
        for status in (400, 401, 403, 404, 409, 418, 429, 500):
            server.status, server.body = (
                status,
                f'{{"description": "{quoted}", "parameters": {{"{WORDS}": 1}}}}',
            )
            seen.append(await failure(transport))
            server.body = f"{WORDS} {SECRET}"
            seen.append(await failure(transport))
        server.status = 200
        seen.append(await failure(transport))
        said = repr(transport) + str(transport)
    async with Transport("http://127.0.0.1:1", SECRET) as nowhere:
        seen.append(await failure(nowhere))
    async with Transport("nonsense://x y", SECRET) as nonsense:
        seen.append(await failure(nonsense))

    for error in seen:
        behind: BaseException | None = error
        while behind is not None:
            said += "".join(traceback.format_exception(behind)) + repr(behind)
            behind = behind.__cause__ or behind.__context__
    for secret in (SECRET, "very-secret", WORDS):
        assert secret not in said
        assert secret not in caplog.text


async def test_telegrams_clock_is_known_by_its_latest_date_and_the_time_since(server: Server) -> None:
    """What we sent or edited was dated by its clock; dates of anything else may be old."""
    passed = 100.0
    async with Transport(server.base, SECRET, ticks=lambda: passed) as transport:
        for method, body in (
            ("getChat", '{"date": 5}'),
            ("sendMessage", "true"),
            ("sendMessage", '{"date": "5"}'),
            ("editMessageText", '{"date": 5}'),
        ):
            server.body = f'{{"ok": true, "result": {body}}}'
            await transport.call(method)
            assert transport.telegrams_time() is None
        server.body = '{"ok": true, "result": {"date": 1000}}'
        await transport.call("sendMessage")
        assert 1000 == transport.telegrams_time()
        passed += 7200
        assert 8200 == transport.telegrams_time()
        server.body = '{"ok": true, "result": {"date": 1000, "edit_date": 8300}}'
        await transport.call("editMessageText")
        assert 8300 == transport.telegrams_time()


async def test_an_answer_that_was_long_on_its_way_does_not_tell_telegrams_time(server: Server) -> None:
    """Nobody knows how much of the way was before its date."""
    passed = 100.0
    async with Transport(server.base, SECRET, ticks=lambda: passed) as transport:
        server.body, server.delay = '{"ok": true, "result": {"date": 1000}}', 0.3
        sent = asyncio.create_task(transport.call("sendMessage"))
        await asyncio.sleep(0.1)
        passed += 61
        await sent
        assert transport.telegrams_time() is None


async def test_it_speaks_to_the_sandbox() -> None:
    async with Sandbox() as sandbox, Transport(sandbox.url, sandbox.token) as transport:
        assert (await transport.call("getMe"))["is_bot"] is True
        sandbox.fail("getMe", drop="before")
        with pytest.raises(NetworkError, match="connection failed"):
            await transport.call("getMe")
