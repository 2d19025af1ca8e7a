"""What written days mean: Friday, 20 March 2026, noon in Almaty; all three languages are understood at once.

A row: the question's direction, what is written, what it means; two days where both are as likely, nothing where it is
asked again.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake import dates
from bot.intake.echo import EXAMPLES
from bot.intake.lexicon import skeleton
from bot.intake.text import Day, text
from tests.intake.talk import LANGUAGES, START, WORDS

NOW = START.astimezone(datetime.fromisoformat("2026-03-20T12:00+05:00").tzinfo)
TABLE = """
past   | 15.03                        | 2026-03-15
past   | 15/3                         | 2026-03-15
past   | 15-03                        | 2026-03-15
past   | 15 03                        | 2026-03-15
past   | 15/3/26                      | 2026-03-15
past   | 15.03.2026                   | 2026-03-15
past   | 2026-03-15                   | 2026-03-15
past   | 20.03                        | 2026-03-20
past   | 25.03                        | 2025-03-25
past   | 29.02                        | 2024-02-29
past   | 03.04                        | 2025-04-03
future | 03.04                        | 2026-04-03
future | 25.03                        | 2026-03-25
future | 1.2                          | 2027-02-01
future | 29.02                        | 2028-02-29
future | 25.03 14:00                  | 2026-03-25T14
future | 25.03.2026 в 9               | 2026-03-25T09
past   | вчера                        | 2026-03-19
past   | вчера вечером                | 2026-03-19
past   | вчера в 5 вечера             | 2026-03-19T17
past   | позавчера                    | 2026-03-18
past   | вчира                        | 2026-03-19
past   | Сегодня утром                | 2026-03-20
past   | сегодня в 5 утра             | 2026-03-20T05
past   | ночью                        | 2026-03-19 2026-03-20
past   | прошлой ночью                | 2026-03-19
past   | 3 дня назад                  | 2026-03-17
past   | три дня назад                | 2026-03-17
past   | дня три назад                | 2026-03-17
past   | уже 3 дня                    | 2026-03-17
past   | 2-3 дня назад                | 2026-03-17
past   | 2 или 3 дня назад            | 2026-03-17
past   | пару дней назад              | 2026-03-18
past   | двадцать пять дней назад     | 2026-02-23
past   | неделю назад                 | 2026-03-13
past   | две недели назад             | 2026-03-06
past   | месяц назад                  | 2026-02-20
past   | год назад                    | 2025-03-20
past   | 2 часа назад                 | 2026-03-20T10
past   | в понедельник                | 2026-03-16
past   | с понедельника               | 2026-03-16
past   | в пн                         | 2026-03-16
past   | в пятницу                    | 2026-03-13 2026-03-20
past   | в прошлую среду              | 2026-03-11 2026-03-18
past   | 15 марта                     | 2026-03-15
past   | пятнадцатого марта           | 2026-03-15
past   | 15 мрата                     | 2026-03-15
past   | 25 числа                     | 2026-02-25
past   | 5 числа прошлого месяца      | 2026-02-05
future | завтра                       | 2026-03-21
future | завтра в 14:30               | 2026-03-21T14
future | завтра в 10.30               | 2026-03-21T10
future | завтра утром в 9             | 2026-03-21T09
future | завтра в 7 вечера            | 2026-03-21T19
future | в 3 часа дня завтра          | 2026-03-21T15
future | послезавтра                  | 2026-03-22
future | через 3 дня                  | 2026-03-23
future | через неделю                 | 2026-03-27
future | через 2 часа                 | 2026-03-20T14
future | через 2-3 недели             | 2026-04-03
future | в понедельник                | 2026-03-23
future | в понедельник в 10           | 2026-03-23T10
future | в следующий понедельник      | 2026-03-23
future | в следующую субботу          | 2026-03-21 2026-03-28
future | во вторник на следующей неделе | 2026-03-24
future | 25 марта                     | 2026-03-25
future | 25марта                      | 2026-03-25
future | до 25 марта 2026 года        | 2026-03-25
future | 25 марта в 10 часов          | 2026-03-25T10
future | двадцать пятого              | 2026-03-25
future | 25-го                        | 2026-03-25
future | понедельник, 23 марта        | 2026-03-23
past   | кеше                         | 2026-03-19
past   | кеше кешке                   | 2026-03-19
past   | кешеден бері                 | 2026-03-19
past   | алдыңғы күні                 | 2026-03-18
past   | алдынгы куни                 | 2026-03-18
past   | бүгін таңертең               | 2026-03-20
past   | бугин танертен               | 2026-03-20
past   | бүгін таңғы 6-да             | 2026-03-20T06
past   | түнде                        | 2026-03-19 2026-03-20
past   | 3 күн бұрын                  | 2026-03-17
past   | үш күн бұрын                 | 2026-03-17
past   | уш кун бурын                 | 2026-03-17
past   | 2-3 күн бұрын                | 2026-03-17
past   | екі-үш күн бұрын             | 2026-03-17
past   | 3 күн болды                  | 2026-03-17
past   | бір апта бұрын               | 2026-03-13
past   | бір ай бұрын                 | 2026-02-20
past   | екі сағат бұрын              | 2026-03-20T10
past   | дүйсенбіде                   | 2026-03-16
past   | дүйсенбіден бері             | 2026-03-16
past   | жұмада                       | 2026-03-13 2026-03-20
past   | өткен сәрсенбі               | 2026-03-11 2026-03-18
past   | 15 наурыз                    | 2026-03-15
past   | 15-ші наурызда               | 2026-03-15
past   | наурыздың 15-інде            | 2026-03-15
past   | он бесінші наурыз            | 2026-03-15
past   | cәpсeнбi                     | 2026-03-18
future | ертең                        | 2026-03-21
future | ертен                        | 2026-03-21
future | ертең сағат 10-да            | 2026-03-21T10
future | ертең кешкі 7-де             | 2026-03-21T19
future | бүрсігүні                    | 2026-03-22
future | 3 күннен кейін               | 2026-03-23
future | үш күннен соң                | 2026-03-23
future | бір аптадан кейін            | 2026-03-27
future | 2 сағаттан кейін             | 2026-03-20T14
future | келесі дүйсенбі              | 2026-03-23
future | келеси дуйсенби              | 2026-03-23
future | келесі аптаның дүйсенбісі    | 2026-03-23
future | 25 наурыз                    | 2026-03-25
future | 25 наурызға дейін            | 2026-03-25
future | 25-і                         | 2026-03-25
future | 25-i                         | 2026-03-25
future | жиырма бесі                  | 2026-03-25
future | келесі айдың 5-і             | 2026-04-05
future | 2026 жылғы 25 наурыз         | 2026-03-25
future | 25 наурыз сағат 14:30-да     | 2026-03-25T14
past   | yesterday                    | 2026-03-19
past   | Yesterday evening            | 2026-03-19
past   | the day before yesterday     | 2026-03-18
past   | last night                   | 2026-03-19
past   | this morning                 | 2026-03-20
past   | 3 days ago                   | 2026-03-17
past   | three days ago               | 2026-03-17
past   | 2 or 3 days ago              | 2026-03-17
past   | a week ago                   | 2026-03-13
past   | a couple of weeks ago        | 2026-03-06
past   | a month ago                  | 2026-02-20
past   | since Monday                 | 2026-03-16
past   | on Friday                    | 2026-03-13 2026-03-20
past   | last Wednesday               | 2026-03-11 2026-03-18
past   | March 15                     | 2026-03-15
past   | 15th of March                | 2026-03-15
past   | the fifteenth of March       | 2026-03-15
past   | 5 May                        | 2025-05-05
past   | 15 Mar 2026                  | 2026-03-15
future | tomorrow 9am                 | 2026-03-21T09
future | tomorrow at 9 p.m.           | 2026-03-21T21
future | tonight                      | 2026-03-20
future | at 10 o'clock tomorrow       | 2026-03-21T10
future | the day after tomorrow       | 2026-03-22
future | in 3 days                    | 2026-03-23
future | in a week                    | 2026-03-27
future | two weeks from now           | 2026-04-03
future | on Monday at 10              | 2026-03-23T10
future | next Monday                  | 2026-03-23
future | next Saturday                | 2026-03-21 2026-03-28
future | March 25, 2026               | 2026-03-25
future | the 25th                     | 2026-03-25
future | twenty-fifth of March        | 2026-03-25
future | Wednesday, 25 March at 14:30 | 2026-03-25T14
"""
ROWS = [tuple(part.strip() for part in line.split("|")) for line in TABLE.strip().splitlines()]
NONE = [
    "5", "25", "may", "мая", "наурыз", "31.02", "30 февраля", "31 апреля", "00.01", "1.13", "32.01", "1.1.1",
    "25.03 24:00", "завтра в 25:00", "31.12.9999", "01.01.1900", "через 999 лет", "999 жыл бұрын",
    "вторник, 25 марта 2026", "Monday, 24 March 2026", "155/18", "ЛА-155/18", "+7 701 000 00 00", "770100000000",
    "1.5 дня назад", "3-2 дня назад", "на следующей неделе", "next week", "келесі апта", "когда-нибудь", "давно",
    "бір кезде", "жақында", "someday", "soon", "скоро", "завтра увозят", "его увели вчера", "ертең алып кетеді",
    "they take him away tomorrow", "нас 3", "3 солдата", "там 5", "до обеда после завтрака", "25 марта 26 марта",
    "завтра вчера", "0.0", "",
]  # fmt: skip


def meant(words: str, direction: str) -> list[str]:
    found = dates.read(words, NOW, "past" if direction == "past" else "future", WORDS)
    moments = found.moments if found else ()
    return [str(day) if hour is None else f"{day}T{hour:02}" for day, hour in moments]


@pytest.mark.parametrize(("direction", "words", "value"), ROWS, ids=[f"{one[0]}: {one[1]}" for one in ROWS])
def test_a_written_day_means(direction: str, words: str, value: str) -> None:
    assert meant(words, direction) == value.split()


def test_the_table_has_its_size_and_says_nothing_twice() -> None:
    assert len({row[:2] for row in ROWS}) == len(ROWS) >= 120


@pytest.mark.parametrize("words", NONE)
def test_what_is_no_day_means_none(words: str) -> None:
    assert (meant(words, "past"), meant(words, "future")) == ([], [])


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_examples_that_a_person_is_given_are_understood(code: str) -> None:
    for direction, examples in EXAMPLES.items():
        for example in LANGUAGES[code].say(examples).split(" · "):
            assert meant(example, direction), example


@given(st.dates(NOW.date() - dates.FARTHEST, NOW.date() + dates.FARTHEST), st.sampled_from(sorted(LANGUAGES)))
def test_every_day_that_the_bot_prints_is_read_back(day: date, code: str) -> None:
    for shown in (day, Day(day)):
        printed = LANGUAGES[code].say(text("{day}", day=shown))
        for direction in ("past", "future"):
            assert meant(printed, direction) == [str(day)], printed


_PIECES = st.sampled_from([*WORDS.senses, "25", "3", "10:30", "2026", "-", "."])


@given(st.text(max_size=120) | st.lists(_PIECES, max_size=8).map(" ".join))
def test_no_text_breaks_it_or_leads_out_of_the_span(words: str) -> None:
    for direction in ("past", "future"):
        for moment in meant(words, direction):
            day = date.fromisoformat(moment[:10])
            assert abs(day - NOW.date()) <= dates.FARTHEST
    dates.resembles(words, WORDS)


def test_a_word_that_means_two_things_means_none() -> None:
    """Only "там" does: Russian for "there", short for August in Kazakh."""
    written = {
        " ".join(skeleton(word).replace(".", " ").replace("'", " ").split())
        for language in LANGUAGES.values()
        for kind, named in language.written.days.items()
        if kind != "ending"
        for words in named.values()
        for word in words
    }
    assert written - set(WORDS.senses) == {"там"}


@pytest.mark.parametrize("moment", ["2026-03-20T00:10", "2026-12-31T23:50", "2028-02-29T12:00"])
def test_a_day_is_counted_from_the_day_that_it_is(moment: str) -> None:
    now = datetime.fromisoformat(f"{moment}+05:00")
    found = dates.read("вчера", now, "past", WORDS)
    assert found is not None
    assert found.moments == ((now.date() - timedelta(days=1), None),)
