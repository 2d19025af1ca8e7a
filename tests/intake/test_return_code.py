"""A return code is read from whatever way somebody types it, and from nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.return_code import LISTED, WORDS, make, normal, read
from bot.return_words import load

LISTS = load()
CODES = st.sampled_from(sorted(LISTS)).flatmap(
    lambda code: st.lists(st.integers(0, LISTED - 1), min_size=WORDS, max_size=WORDS).map(
        lambda numbers: make(numbers, LISTS[code])
    )
)
ON_A_RUSSIAN_KEYBOARD = str.maketrans("ёқғңүұөәһі", "екгнууоахи")
LOOK_ALIKES = str.maketrans("аеосрхукмтвні", "aeocpxykmtbhi")
BACK = str.maketrans("aeocpxykmtbhi", "аеосрхукмтвні")


def shouted_in_latin(word: str) -> str:
    return word.translate(LOOK_ALIKES).upper()


WAYS = st.sampled_from(
    [
        str,
        str.upper,
        str.title,
        lambda word: word.translate(ON_A_RUSSIAN_KEYBOARD),
        lambda word: word.translate(LOOK_ALIKES),
        lambda word: word.translate(BACK),
        shouted_in_latin,
        lambda word: unicodedata.normalize("NFD", word),
        lambda word: f"\u200b{word}\u202e",
        lambda word: f"*{word}*",
    ]
)
BETWEEN = st.sampled_from([" ", "\n", ", ", " - ", ";", ".\n", "\t", "\u00a0", " / ", "… "])
NUMBERED = st.sampled_from(["{word}", "{number}. {word}", "{number}) {word}", "{number}.{word}", "№{number}: {word}"])


@given(CODES, st.lists(WAYS, min_size=WORDS, max_size=WORDS), BETWEEN, NUMBERED)
def test_it_is_read_in_every_way_in_which_it_may_be_typed(
    code: tuple[str, ...], ways: list[Callable[[str], str]], between: str, numbered: str
) -> None:
    if "№" in numbered:  # which some keyboards write as "No."
        numbered = numbered.replace("№", "#")
    typed = [way(word) for way, word in zip(ways, code, strict=True)]
    lines = [numbered.format(number=number, word=word) for number, word in enumerate(typed, 1)]
    assert code == read(between.join(lines), LISTS)


@given(CODES, st.integers(0, WORDS - 1), st.sampled_from(sorted(LISTS)), st.integers(0, LISTED - 1))
def test_one_word_too_few_too_many_or_of_another_list_and_it_is_none(
    code: tuple[str, ...], place: int, other: str, number: int
) -> None:
    assert read(" ".join(code[:place] + code[place + 1 :]), LISTS) is None
    assert read(" ".join((*code, LISTS[other][number])), LISTS) is None
    mixed = (*code[:place], LISTS[other][number], *code[place + 1 :])
    assert read(" ".join(mixed), LISTS) == (mixed if set(mixed) <= set(LISTS[other]) else None)


@given(CODES, st.integers(0, WORDS - 1), st.data())
def test_a_letter_wrong_is_no_other_code(code: tuple[str, ...], place: int, data: st.DataObject) -> None:
    """Whoever mistypes is told so, and never led to somebody else's case."""
    word = code[place]
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from(sorted({char for each in LISTS["kk"] for char in each} | set("abcdefgxyz"))))
    wrong = (*code[:place], word[:at] + letter + word[at + 1 :], *code[place + 1 :])
    assert read(" ".join(wrong), LISTS) in (None, code)


@given(st.text())
def test_whatever_is_written_it_is_read_or_not_and_has_one_normal_form(words: str) -> None:
    assert normal(normal(words)) == normal(words)
    found = read(words, LISTS)
    assert found is None or len(found) == WORDS


@given(st.text(st.characters(codec="utf-8")))
def test_case_does_not_change_the_normal_form_of_our_words(words: str) -> None:
    for word in re.findall("[а-яёәғқңөұүһіa-z]+", words):
        assert normal(word) == normal(word.upper()) == normal(f" {word} ")


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([1, 2, 3, 4, 5], LISTS["en"]), ([1] * 7, LISTS["en"]), ([-1] * 6, LISTS["en"]), ([1024] * 6, LISTS["en"]),
     ([1] * 6, LISTS["en"][:-1])],
)  # fmt: skip
def test_a_code_is_made_of_sixty_bits_or_not_at_all(numbers: list[int], words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        make(numbers, words)


def test_every_bit_counts() -> None:
    """Each of the six numbers chooses one word, every number another."""
    for words in LISTS.values():
        assert LISTED == len({make([number] * WORDS, words) for number in range(LISTED)})
    assert make(range(6), LISTS["en"]) == LISTS["en"][:6]
