"""The words of return codes: ten bits a word, and none that could be taken for another."""

from __future__ import annotations

import hashlib
import shutil
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from bot.intake.return_code import LISTED, normal
from bot.languages import LanguageError, folder
from bot.return_words import load, words_path

ALPHABETS = {
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "kk": "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя",
    "en": "abcdefghijklmnopqrstuvwxyz",
}
LISTS = load()
EACH = pytest.mark.parametrize("code", sorted(LISTS))


@EACH
def test_there_are_as_many_as_ten_bits_number(code: str) -> None:
    assert LISTED == len(set(LISTS[code])) == 2**10


@EACH
def test_they_are_short_and_of_their_language_s_letters_alone(code: str) -> None:
    odd = [word for word in LISTS[code] if not 3 <= len(word) <= 8 or not set(word) <= set(ALPHABETS[code])]
    assert odd == []


@EACH
def test_they_stand_in_the_order_of_the_alphabet(code: str) -> None:
    assert list(LISTS[code]) == sorted(LISTS[code], key=lambda word: [ALPHABETS[code].index(char) for char in word])


@EACH
def test_no_two_are_within_one_slip_of_the_finger(code: str) -> None:
    """A letter wrong, missing, too many, or two exchanged: in the form in which they are compared."""
    near = defaultdict(list)
    for word in LISTS[code]:
        plain = normal(word)
        for form in {plain, *(plain[:at] + plain[at + 1 :] for at in range(len(plain)))}:
            near[form].append(plain)
    close = {pair for group in near.values() for pair in combinations(sorted(set(group)), 2) if distance(*pair) < 2}
    assert close == set()


def distance(one: str, other: str) -> int:
    """Damerau and Levenshtein's, by the book."""
    rows = [list(range(len(other) + 1))]
    for i, char in enumerate(one, 1):
        row = [i]
        for j, there in enumerate(other, 1):
            steps = [rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (char != there)]
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == there:
                steps.append(rows[-2][j - 2] + 1)
            row.append(min(steps))
        rows.append(row)
    return rows[-1][-1]


def test_no_two_languages_share_a_word() -> None:
    """So a code is of one language, whatever keyboard it is typed on."""
    for one, other in combinations(LISTS.values(), 2):
        assert {normal(word) for word in one} & {normal(word) for word in other} == set()


@EACH
def test_a_list_that_codes_were_made_of_never_changes(code: str) -> None:
    """Another word, or the same in another place or spelling, and codes that people have learnt by heart are dead."""
    known = {
        "en": "2840048614ab9101",
        "kk": "ec7151d8eb919d55",
        "ru": "628c5d213c3b8ac4",
    }
    assert known[code] == hashlib.sha256("\n".join(LISTS[code]).encode()).hexdigest()[:16]


@pytest.mark.parametrize("fault", ["missing", "short", "twice", "alike", "bytes"])
def test_a_list_that_is_not_whole_stops_the_start(tmp_path: Path, fault: str) -> None:
    locales = tmp_path / "locales"
    for code in LISTS:
        path = words_path(locales, code)
        path.parent.mkdir(parents=True)
        shutil.copy(words_path(folder(), code), path)
        shutil.copy(folder() / code / "language.toml", path.parent)
    assert LISTS == load(locales)
    path = words_path(locales, "kk")
    words = list(LISTS["kk"])
    match fault:
        case "missing":
            path.unlink()
        case "short":
            path.write_text("\n".join(words[1:]), "utf-8")
        case "twice":
            path.write_text("\n".join([words[1], *words[1:]]), "utf-8")
        case "alike":
            path.write_text("\n".join([LISTS["ru"][0], *words[1:]]), "utf-8")
        case "bytes":
            path.write_bytes(b"\xff\xfe")
    with pytest.raises(LanguageError) as refused:
        load(locales)
    assert refused.value.hint and not any(word in str(refused.value) for word in words)
