"""The questionnaire as an SVG: everything is there, nothing can act, and words are only words."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bot.intake import questionnaire
from bot.intake.graph import Box, Graph, Group, Kind, drawn
from bot.intake.picture import COLUMNS, WIDTH, svg
from bot.intake.text import Text

SVG = "{http://www.w3.org/2000/svg}"
TENANTS = Path(__file__).parents[1] / "tenants/tenants.toml"


def said(text: Text) -> str:
    return text.message


def texts(picture: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize("file", [questionnaire.BUILT_IN, TENANTS])
def test_every_question_rule_clock_and_arrow_is_drawn_and_no_two_boxes_meet(file: Path) -> None:
    graph = drawn(questionnaire.load(file), said)
    picture = ElementTree.fromstring(svg(graph))
    boxes = [one for group in graph.groups for one in group.boxes]
    shown = texts(picture)
    assert all(any(line.startswith(box.words.split()[0]) for line in shown) for box in boxes)
    assert len(graph.arrows) == len(list(picture.iter(f"{SVG}path")))
    places = [(one.get("x"), int(one.get("y", "")), int(one.get("height", ""))) for one in picture.iter(f"{SVG}rect")]
    for column in COLUMNS.values():
        stood = sorted((y, height) for x, y, height in places if x == str(column))
        assert stood and all(y + height < below for (y, height), (below, _) in pairwise(stood))
    assert int(picture.get("width", "")) >= max(COLUMNS.values()) + WIDTH


@pytest.mark.parametrize("words", ["a <script>alert(1)</script> & b", 'x" onload="y', "тест ]]> --> '"])
def test_whatever_stands_in_a_file_is_only_shown(words: str) -> None:
    picture = ElementTree.fromstring(svg(Graph((Group("g", words, (Box("q_a", Kind.QUESTION, words),)),), ())))
    assert words in texts(picture)
    assert {one.tag.removeprefix(SVG) for one in picture.iter()} <= {"svg", "style", "rect", "text", "path", "title"}
    assert not [name for one in picture.iter() for name in one.keys() if name.startswith("on") or "href" in name]


def test_it_asks_nothing_of_anybody() -> None:
    picture = svg(drawn(questionnaire.load(), said))
    assert "url(" not in picture and "@import" not in picture and 1 == picture.count("http")  # the name space
