"""Each broken questionnaire is refused with one clear line; each sound one is taken whole."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.intake.faults import QuestionnaireError
from bot.intake.question import holds
from bot.intake.questionnaire import LONGEST_WORDS, load, read

SOUND = """
[questionnaire]
name = "small"
time_zone = "Asia/Almaty"
update = ["papers"]

[groups]
held = { custody = ["police"] }

[[question]]
id = "custody"
kind = "choice"
title = "Situation"
self = "What is your situation?"
options = [{ id = "liberty", label = "At liberty" }, { id = "police", label = "Police" }]

[[question]]
id = "papers"
kind = "many"
title = "Papers"
self = "Which papers?"
when = [{ custody = ["@held"] }]
skip = "none"
options = [{ id = "order", label = "Order" }, { id = "none", label = "None", alone = true }]

[[question]]
id = "date_order"
kind = "date"
direction = "past"
title = "Order received"
self = "When?"
when = [{ papers = ["order"] }]
skip = ""
options = [{ id = "today", label = "Today", days = [0, 0] }, { id = "pick", label = "Choose", pick = "day" }]

[[question]]
id = "free"
stage = 2
kind = "text"
title = "More"
self = "Anything else?"
limit = 500
skip = ""

[[rule]]
id = "R"
urgency = "days"
reason = "other"
kind = "fallback"
protects = "any path without an urgency"
"""


def test_a_sound_questionnaire_is_taken() -> None:
    small = read(tomllib.loads(SOUND))
    assert list(small.questions) == ["custody", "papers", "date_order", "free"]
    assert small.held({"custody": ("police",)})
    assert not small.held({"custody": ("liberty",)})
    assert small.questions["papers"].when == ((("custody", ("police",)),),)


def test_the_built_in_questionnaire_is_sound() -> None:
    assert {question.stage for question in load().questions.values()} == {0, 1, 2}


def test_an_entry_of_the_smallest_questionnaire_holds_the_longest_words() -> None:
    small = SOUND.replace("limit = 500", "limit = 1")
    assert read(tomllib.loads(small)).entry_size > 4 * LONGEST_WORDS + 64


BROKEN = {
    "an unknown key of a question": ('title = "More"', 'title = "More"\ntitel = "x"', "question[3].titel: not a key"),
    "an unknown key of an option": (
        'label = "Order"', 'lable = "Order"', "question.papers.options[0].lable: not a key",
    ),
    "an unknown table": ("[[rule]]", "[[rules]]", "top level.rules: not a key"),
    "an unknown setting of the head": ('name = "small"', 'nam = "small"', "questionnaire.nam: not a key"),
    "no wording": ('self = "Anything else?"', "", "question[3].self: missing"),
    "an id with other characters": ('id = "free"', 'id = "Free!"', "question.Free!.id: small letters"),
    "an id twice": ('id = "free"', 'id = "papers"', "question.papers: this id stands twice"),
    "an option twice": ('id = "police"', 'id = "liberty"', "question.custody.options: an id stands twice"),
    "the name of a screen": ('id = "free"', 'id = "review"', "question.review.id: a screen"),
    "an unknown kind": ('kind = "text"', 'kind = "photo"', "question.free.kind: not one of"),
    "a third stage": ("stage = 2", "stage = 3", "question.free.stage: 0, 1 or 2"),
    "a text without a limit": ("limit = 500", "", "question.free.limit: a text needs its longest length"),
    "an option that asks without a limit": (
        'label = "At liberty"', 'label = "At liberty", asks = "Where?"', "question.custody.limit: a text needs",
    ),
    "a text with options": ("limit = 500", 'limit = 5\noptions = [{ id = "a", label = "A" }]', "question.free.options"),
    "a date without a direction": ('direction = "past"', "", "question.date_order.direction: past or future"),
    "a date option without a date": (", days = [0, 0]", "", "question.date_order.options[0]: a date is given by"),
    "days the wrong way round": ("days = [0, 0]", "days = [2, 0]", "question.date_order.options[0].days"),
    "an unknown calendar": (
        'pick = "day"', 'pick = "week"', "question.date_order.options[1].pick: not one of day, hour",
    ),
    "an exclusive option where one is chosen anyway": (
        'label = "Police"', 'label = "Police", alone = true', "question.custody.options[1].alone: only in a question",
    ),
    "a skip to a missing option": ('skip = "none"', 'skip = "unknown"', "question.papers.skip: no option unknown"),
    "a condition on a missing question": (
        'papers = ["order"]', 'paper = ["order"]', "question.date_order.when: no question",
    ),
    "a condition on a missing option": ('papers = ["order"]', 'papers = ["ordre"]', "papers has no option ordre"),
    "a condition on a missing option, denied": (
        'papers = ["order"]', 'papers = ["!ordre"]', "papers has no option ordre",
    ),
    "a condition on a missing group": ("@held", "@hold", "question.papers.when.custody: no group @hold"),
    "a condition on itself": ('papers = ["order"]', 'date_order = ["today"]', "date_order is asked later"),
    "a condition on a later question": ('custody = ["@held"]', 'date_order = ["today"]', "date_order is asked later"),
    "a condition that is no list": ('papers = ["order"]', 'papers = "order"', "when.papers: a list of option ids"),
    "a condition that is no table": ('[{ papers = ["order"] }]', '["order"]', "when: a list of tables"),
    "a question nothing leads to": (
        'papers = ["order"]', "papers = []", "question.date_order.when: no answers lead here",
    ),
    "a question that two answers exclude": (
        'when = [{ papers = ["order"] }]', 'when = [{ papers = ["order"], custody = ["liberty"] }]',
        "question.date_order.when: no answers lead here",
    ),
    "a group of a missing option": (
        'custody = ["police"]', 'custody = ["polis"]', "groups.held: custody has no option",
    ),
    "an update of a missing question": (
        'update = ["papers"]', 'update = ["paper"]', "questionnaire.update: no question",
    ),
    "changes that are no lists": (
        'update = ["papers"]', 'changes = ["papers"]', "questionnaire.changes[0]: a list of question ids",
    ),
    "a change of a missing question": (
        'update = ["papers"]', 'changes = [["papers", "paper"]]', "questionnaire.changes[0]: no question paper",
    ),
    "two changes of one name": (
        'update = ["papers"]', 'changes = [["papers"], ["papers", "date_order"]]',
        "questionnaire.changes[1]: papers stands twice",
    ),
    "a press too long for a button": ('id = "order"', f'id = "{"o" * 58}"', "the press would not fit into 59 bytes"),
    "a question too long for a button": ('id = "free"', f'id = "{"f" * 48}"', "the press would not fit into 59 bytes"),
    "no time zone": ('time_zone = "Asia/Almaty"', "", "questionnaire.time_zone: missing"),
    "an unknown time zone": ("Asia/Almaty", "Asia/Nowhere", "questionnaire.time_zone: not a time zone"),
    "paths without an urgency": ('kind = "fallback"', 'kind = "plain"', "every path has an urgency"),
}  # fmt: skip


@pytest.mark.parametrize(("found", "put", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_questionnaire_is_refused_for(found: str, put: str, said: str) -> None:
    assert found in SOUND
    with pytest.raises(QuestionnaireError) as caught:
        read(tomllib.loads(SOUND.replace(found, put, 1)))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_questions_at_all_is_refused() -> None:
    with pytest.raises(QuestionnaireError, match="there is none"):
        read({"questionnaire": {"time_zone": "Asia/Almaty"}})


@pytest.mark.parametrize(
    "raw", [{"question": 5}, {"question": [5]}, {"groups": 5}, {"groups": {"held": 5}}, {"questionnaire": 5}]
)
def test_another_shape_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(QuestionnaireError):
        read({**tomllib.loads(SOUND), **raw})


@pytest.mark.parametrize("key", ["title", "hint", "stage", "limit", "skip", "options", "when", "typed", "another"])
def test_another_type_of_a_value_is_refused(key: str) -> None:
    raw = tomllib.loads(SOUND)
    raw["question"][1][key] = {"no": 1.5}
    with pytest.raises(QuestionnaireError):
        read(raw)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*path, key)
        yield from _places(one, (*path, key))


def test_whatever_stands_in_whichever_place_is_taken_or_refused_in_one_line_each() -> None:
    """The loader never ends in any other way, so that check can name all there is."""
    for *path, last in _places(tomllib.loads(SOUND)):
        for put in (5, True, "", [], {}, ["x"], [5], [[1]], {"x": 5}, {"x": ["y"]}, [{"papers": "x"}], ["@x"]):
            raw = table = tomllib.loads(SOUND)
            for key in path:
                table = table[key]
            table[last] = put
            try:
                read(raw)
            except QuestionnaireError as error:
                assert error.faults and not any("\n" in fault for fault in error.faults)


@pytest.mark.parametrize("content", [b"[[question", b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "broken.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(QuestionnaireError) as caught:
        load(file)
    assert "\n" not in str(caught.value)


def test_a_condition_needs_every_part_of_one_clause() -> None:
    condition = ((("who", ("!self",)), ("custody", ("police", "sizo"))), (("papers", ("order",)),))
    assert holds(condition, {"who": ("friend",), "custody": ("sizo",)})
    assert holds(condition, {"papers": ("summons", "order")})
    assert not holds(condition, {"who": ("self",), "custody": ("sizo",)})
    assert not holds(condition, {"who": ("friend",)})
    assert not holds(condition, {"who": (), "custody": ("sizo",)})
    assert holds((), {})
