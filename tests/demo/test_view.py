"""What the page is given of a chat can't act on it: only what the bot marked up is markup."""

from __future__ import annotations

from typing import Any

from bot.demo import view
from bot.demo.waits import Waits
from bot.sandbox import Sandbox
from bot.sandbox.api import Params


def shown(*sent: tuple[str, dict[str, Any]], written: str = "/start") -> list[dict[str, Any]]:
    sandbox = Sandbox()
    person = sandbox.user(1001)
    person.write(written)
    for method, given in sent:
        sandbox.api.call(method, Params({"chat_id": 1001, **given}))
    messages: list[dict[str, Any]] = view.chat(person, Waits())["messages"]
    return messages


def test_only_what_was_sent_as_markup_is_shown_as_markup() -> None:
    mine, plain, marked, broken = shown(
        ("sendmessage", {"text": "<b>1</b> & 2"}),
        ("sendmessage", {"text": "<b>1</b> &amp; 2", "parse_mode": "HTML"}),
        ("sendmessage", {"text": "<img src=x onerror=alert(1)>"}),
        written="<img src=x>",
    )
    assert (mine["mine"], mine["html"], mine["text"]) == (True, "&lt;img src=x&gt;", "<img src=x>")
    assert (plain["html"], plain["text"]) == ("&lt;b&gt;1&lt;/b&gt; &amp; 2", "<b>1</b> & 2")
    assert (marked["html"], marked["text"]) == ("<b>1</b> &amp; 2", "1 & 2")
    assert broken["html"] == "&lt;img src=x onerror=alert(1)&gt;"


def test_a_document_has_its_name_its_size_and_its_words() -> None:
    _, file = shown(("senddocument", {"document": ("K7M2QX.qorgan", b"sealed"), "caption": "For you"}))
    assert (file["kind"], file["text"], file["file"]) == ("document", "For you", {"name": "K7M2QX.qorgan", "bytes": 6})


def test_buttons_say_what_they_do() -> None:
    rows = [[{"text": "Take", "callback_data": "take=1"}, {"text": "Copy", "copy_text": {"text": "words"}}],
            [{"text": "Look", "url": "https://example.org/"}]]  # fmt: skip
    _, message = shown(("sendmessage", {"text": "Here", "reply_markup": {"inline_keyboard": rows}}))
    assert message["buttons"] == [
        [
            {"label": "Take", "kind": "press", "value": "take=1"},
            {"label": "Copy", "kind": "copy", "value": "words"},
        ],
        [{"label": "Look", "kind": "link", "value": "https://example.org/"}],
    ]
