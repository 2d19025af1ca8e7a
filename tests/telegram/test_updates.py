"""From Telegram's JSON to a small value of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.updates import NO_UPDATE, Barred, Ignored, Other, Pressed, Wrote, parse

SENDER = {"id": 42, "is_bot": False, "first_name": "Иван", "language_code": "ru"}
CHAT = {"id": 42, "type": "private", "first_name": "Иван"}


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 7, "from": SENDER, "chat": CHAT, "date": 1_700_000_000, **fields}


def update(**content: Any) -> dict[str, Any]:
    return {"update_id": 5, **content}


def press(**fields: Any) -> dict[str, Any]:
    shown = {"message_id": 6, "chat": CHAT, "date": 1}
    return {"id": "900", "from": SENDER, "message": shown, "chat_instance": "1", "data": "a:1", **fields}


def membership(status: str, **fields: Any) -> dict[str, Any]:
    return {"from": SENDER, "chat": CHAT, "date": 1, "new_chat_member": {"status": status}, **fields}


def test_words_in_a_private_chat() -> None:
    assert parse(update(message=message(text="Алматы"))) == Wrote(
        5, 42, 7, "Алматы", "ru", "Иван", 1_700_000_000
    )


def test_a_press_carries_its_data_and_where_it_stood() -> None:
    assert parse(update(callback_query=press())) == Pressed(5, 42, 6, "900", "a:1", "ru", "Иван")


def test_a_press_on_a_message_too_old_to_come_along() -> None:
    query = press()
    del query["message"]
    assert parse(update(callback_query=query)) == Pressed(5, 42, None, "900", "a:1", "ru", "Иван")


@pytest.mark.parametrize(("status", "barred"), [("kicked", True), ("member", False)])
def test_that_the_bot_is_blocked_or_let_in_again(status: str, barred: bool) -> None:
    assert parse(update(my_chat_member=membership(status))) == Barred(5, 42, barred)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"photo": []}, "photo"),
        ({"photo": [], "caption": "words"}, "photo"),
        ({"voice": {}}, "voice"),
        ({"animation": {}, "document": {}}, "animation"),
        ({"venue": {}, "location": {}}, "venue"),
        ({"sticker": {}}, "sticker"),
        ({"contact": {}}, "contact"),
        ({"invented_next_year": {}}, "unknown"),
        ({"text": "words", "forward_origin": {}}, "forwarded"),
        ({"photo": [], "forward_origin": {}}, "forwarded"),
    ],
)
def test_what_is_not_words_has_a_kind(content: dict[str, Any], kind: str) -> None:
    assert parse(update(message=message(**content))) == Other(5, 42, 7, kind, "ru", "Иван")


def test_an_edited_message_is_not_an_answer() -> None:
    assert parse(update(edited_message=message(text="x"))) == Other(5, 42, 7, "edited", "ru", "Иван")
    assert parse(update(edited_message=message(location={}))) == Other(5, 42, 7, "location", "ru", "Иван")


@pytest.mark.parametrize(
    "raw",
    [
        update(message=message(text="x", chat={"id": -100, "type": "supergroup"})),
        update(message=message(text="x", chat={"id": 43, "type": "private"})),
        update(message=message(text="x", **{"from": {**SENDER, "is_bot": True}})),
        update(message=message(text="x", **{"from": None})),
        update(message=message(text="x", message_id=True)),
        update(message=message(text="x", **{"from": {**SENDER, "id": 2**70}})),
        update(message=message(pinned_message={})),
        update(edited_message=message(text="x", chat={"id": -100, "type": "group"})),
        update(callback_query=press(message={"message_id": 6, "chat": {"id": -100, "type": "group"}})),
        update(callback_query=press(data=None)),
        update(channel_post=message(text="x")),
        update(my_chat_member={}),
        update(my_chat_member=membership("restricted")),
        update(my_chat_member=membership("kicked", chat={"id": -100, "type": "group"})),
        update(),
    ],
)
def test_what_no_human_said_to_us_alone_is_ignored(raw: dict[str, Any]) -> None:
    assert parse(raw) == Ignored(5)


@pytest.mark.parametrize(
    "raw", [None, [], "x", 3, {}, {"update_id": "5"}, {"update_id": True}, {"update_id": -3}]
)
def test_what_is_no_update_is_ignored_without_an_id(raw: object) -> None:
    assert parse(raw) == Ignored(NO_UPDATE)


def test_an_id_no_database_could_hold_is_no_id() -> None:
    assert parse({"update_id": 2**64, "message": message(text="x")}) == Ignored(NO_UPDATE)


def test_half_a_surrogate_pair_becomes_something_that_can_be_stored() -> None:
    raw = json.loads(json.dumps(update(message=message(text="a\ud800b😀"))))
    raw["message"]["from"] = {**SENDER, "first_name": "\udfff"}
    parsed = parse(raw)
    assert isinstance(parsed, Wrote)
    assert parsed.text == "a\ufffdb😀"
    assert parsed.first_name == "\ufffd"


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.sampled_from(["private", "ru"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def likely(**fields: Any) -> st.SearchStrategy[Any]:
    """The right keys with right or wrong values, so that every branch is reached."""
    filled = {name: value | anything for name, value in fields.items()}
    return st.fixed_dictionaries({}, optional=filled)


senders = likely(id=st.just(42), is_bot=st.booleans(), first_name=st.text(), language_code=st.text())
chats = likely(id=st.just(42), type=st.just("private"))
messages = likely(
    message_id=st.integers(),
    chat=chats,
    date=st.integers(),
    text=st.text(),
    photo=st.just([]),
    **{"from": senders},
)
queries = likely(id=st.text(), data=st.text(), message=messages, **{"from": senders})
updates = likely(
    update_id=st.integers(), message=messages, edited_message=messages, callback_query=queries, poll=anything
)


@given(anything | updates)
@settings(max_examples=300, deadline=None)
def test_no_json_value_raises_and_all_that_comes_out_can_be_stored(raw: object) -> None:
    parsed = parse(raw)
    for name in ("text", "data", "callback_id", "first_name", "language_code"):
        (getattr(parsed, name, None) or "").encode()
    assert -1 <= parsed.update_id < 2**63
