"""Calls of the Bot API over aiohttp, with the library's mapping of errors and without its leaks.

The token is part of every URL, and answers quote what was sent. So no text of an error is passed on
unless it is one of the phrases below, and no error keeps the one it was made from: tracebacks and
structured logs would print that one, too.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
from telegram import InputFile
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

# The library's own switch: retry_after as a timedelta. Without it every RetryAfter warns when it is made.
os.environ.setdefault("PTB_TIMEDELTA", "true")

CONNECT_TIMEOUT = 10.0
PROMPT = 60.0
"""Seconds; an answer that took longer (the machine slept meanwhile) does not tell the time."""

# What Telegram says that someone acts on; everything else it says could quote a text of ours.
_PHRASES = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message to delete not found",
    "message can't be deleted",
    "chat not found",
    "user not found",
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation with a user",
    "bot can't send messages to bots",
    "can't parse entities",
    "message text is empty",
    "message is too long",
    "query is too old",
    "message identifier",
    "terminated by other getupdates request",
    "can't use getupdates method while webhook is active",
    "bad webhook",
    "too many requests",
    "unauthorized",
)

_Timeout = DefaultValue[float] | DefaultValue[None] | float | None


def uptime() -> float:
    """Seconds that no setting of the clock changes, and that go on in a machine's sleep where it can tell."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


class Transport(BaseRequest):
    """One connection pool to one bot. Raises nothing but telegram.error.TelegramError."""

    def __init__(
        self,
        base: str,
        token: str,
        *,
        read_timeout: float = 20.0,
        poll_margin: float = 10.0,
        connections: int = 64,
        ticks: Callable[[], float] = uptime,
    ) -> None:
        """`poll_margin`: what an answer to getUpdates may take beyond the time it was asked to wait."""
        self._ticks = ticks
        self._heard: tuple[int, float] | None = None  # a date of Telegram's, and the ticks when it came
        self._root = f"{base.rstrip('/')}/bot{token}/"
        self._read_timeout = read_timeout
        self._poll_margin = poll_margin
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self.failed: Callable[[str, TelegramError], None] = lambda method, error: None
        """Hears of each call that Telegram did not carry out."""

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, **params: Any) -> Any:
        """The `result` of one method. What is None is left out; an InputFile is uploaded."""
        data = _data(params)
        timeout = self._read_timeout
        if method == "getUpdates":
            timeout = float(params.get("timeout") or 0) + self._poll_margin
        try:
            with suppress(KeyError):  # an answer of 200 without a result
                asked = self._ticks()
                result = await self.post(self._root + method, request_data=data, read_timeout=timeout)
                self._hear(method, result, asked)
                return result
            raise NetworkError("unreadable answer")
        except TelegramError as error:
            self.failed(method, error)
            raise

    def telegrams_time(self) -> float | None:
        """What Telegram's clock shows now, by the latest date it gave and the ticks since; None before the first."""
        if self._heard is None:
            return None
        date, ticks = self._heard
        return date + self._ticks() - ticks

    def _hear(self, method: str, result: Any, asked: float) -> None:
        """A message we have just sent or edited carries the time by Telegram's clock."""
        if isinstance(result, dict):
            date = result.get("date" if method.startswith("send") else "edit_date")
            now = self._ticks()
            if type(date) is int and date > 0 and now - asked <= PROMPT:
                self._heard = date, now

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Never raises on what is not JSON: the library would then log it, or quote it in its exception."""
        try:
            answer = json.loads(payload)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            return {}
        safe: dict[str, Any] = {}
        if "result" in answer:
            safe["result"] = answer["result"]
        if "description" in answer:
            description = str(answer["description"]).lower()
            said = next((phrase for phrase in _PHRASES if phrase in description), None)
            if said:
                safe["description"] = said
        parameters = answer.get("parameters")
        if isinstance(parameters, dict):
            retry_after = parameters.get("retry_after")
            if isinstance(retry_after, int | float) and 0 < retry_after < 10**9:
                safe["parameters"] = {"retry_after": retry_after}
        return safe

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        write_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        connect_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
        pool_timeout: _Timeout = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        await self.initialize()
        assert self._session is not None
        read = self._read_timeout if isinstance(read_timeout, DefaultValue) else read_timeout
        connect = CONNECT_TIMEOUT if isinstance(connect_timeout, DefaultValue) else connect_timeout
        timeout = aiohttp.ClientTimeout(total=read and read + (connect or 0), connect=connect, sock_read=read)
        failure: TelegramError
        try:
            async with self._session.request(
                method,
                url,
                data=_body(request_data),
                headers=_headers(request_data),
                timeout=timeout,
                allow_redirects=False,  # the token goes nowhere else
            ) as response:
                # What is too large stays so: refused like any bad request, and not to be tried for ever.
                status = 400 if response.status == 413 else response.status
                return status, await response.read()
        except TimeoutError:
            failure = TimedOut("timed out")
        except Exception:
            failure = NetworkError("connection failed")
        # Outside the handler, so that the new error has no context: aiohttp's names the URL.
        raise failure


def _data(params: dict[str, Any]) -> RequestData:
    if any(isinstance(value, InputFile) for value in params.values()):
        return RequestData([RequestParameter.from_input(name, value) for name, value in params.items()])
    # What is plain JSON already need not be looked through value by value.
    return RequestData([RequestParameter(name, value, None) for name, value in params.items()])


def _body(data: RequestData | None) -> bytes | aiohttp.FormData | None:
    if data is None:
        return None
    if not data.contains_files:
        # ASCII escapes let half surrogates through to Telegram, who refuses them; UTF-8 would raise here.
        return json.dumps(data.parameters).encode()
    form = aiohttp.FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=mime)
    return form


def _headers(data: RequestData | None) -> dict[str, str]:
    return {} if data is None or data.contains_files else {"Content-Type": "application/json"}
