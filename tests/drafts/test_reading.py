"""Drafts as the lawyer who gets them reads them: every kind in every language, from every timeline."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from itertools import pairwise

import pytest

from bot.drafts import plain, sharing, template
from bot.drafts.drafting import HANDOVER
from bot.drafts.kinds import KINDS
from bot.drafts.paragraph import Draft, Form, Paragraph, Said, Style
from bot.intake.text import Text, text
from tests.drafts.cases import ASKED, READ, case
from tests.drafts.test_drafting import BODY_ALONE, BOOKS, EVERY, LANGUAGES, made, words

every_kind = pytest.mark.parametrize(("kind", "language"), EVERY)
every_filing = pytest.mark.parametrize(("kind", "language"), BODY_ALONE)
FOREIGN = re.compile(r"«[^»]*»|https?://\S+|\S+@\S+|\b[A-Z]+(?:/[A-Z0-9]+)+\b|\b[IVX]+\.|\bSignal\b")
"""Somebody's own words, addresses, the symbols of decisions, the numbers of sections, and a name."""
LEFT_OVER = re.compile(r"[{}\ue000\ue001]|\bNone\b|Text\(|  | [,:;.]|[,:;]{2}|\.\.|\(\)|: \[(?!\[)|\?:|\n\n\n\n")
MIXED = re.compile(r"[a-zA-Z][а-яёәғқңөұүһі]|[а-яёәғқңөұүһі][a-zA-Z]", re.IGNORECASE)


@cache
def drafts(kind: str, language: str) -> dict[str, Draft]:
    """From each case; a handover for each who may have one."""
    return {
        f"{name} {to}": made(kind, language, matter, to)
        for name, matter in READ.items()
        for to in (sharing.allowed(matter) if kind == HANDOVER else [None])
    }


@every_kind
def test_no_heading_stands_alone_or_twice_and_no_label_waits_for_what_does_not_come(kind: str, language: str) -> None:
    for name, found in drafts(kind, language).items():
        for part in (found.cover, found.body):
            for one, after in pairwise(part):
                if one.style is Style.HEADING:
                    assert after.style is not Style.HEADING, (name, one)
                elif isinstance(one.origin, Form) and str(one.label).endswith(":"):
                    assert after.style is Style.ITEM, (name, one)
            assert part[-1].style is not Style.HEADING, name
            headings = [one.label for one in part if one.style is Style.HEADING]
            assert len(headings) == len({*headings}), name
            for section in sections(part):
                lines = [line for line in words(section, language) if not line.startswith("[[")]
                assert len(lines) == len({*lines}), (name, lines)


def sections(part: tuple[Paragraph, ...]) -> list[tuple[Paragraph, ...]]:
    """Split where a heading or a label stands, so that the same answer may stand in two lists."""
    starts = [at for at, one in enumerate(part) if isinstance(one.origin, Form) and one.style is not Style.BOX]
    return [part[start:end] for start, end in pairwise([*starts, len(part)])]


@every_kind
def test_nothing_of_the_workshop_is_left_in_it(kind: str, language: str) -> None:
    for name, found in drafts(kind, language).items():
        for one in (*found.cover, *found.body):
            line = FOREIGN.sub("–", plain.words(one, LANGUAGES[language].say))
            assert not LEFT_OVER.search(line), (name, line)
            assert not isinstance(one.origin, Said) or one.said or one.quote, (name, line)
            assert not MIXED.search(line), (name, line)
            other = "[а-яё]" if language == "en" else "[a-z]"
            assert not re.search(other, line, re.IGNORECASE), (name, line)


@pytest.mark.parametrize("kind", [kind.id for kind in KINDS.values() if {"ru", "kk"} <= {*kind.languages}])
def test_no_sentence_is_russian_in_a_kazakh_draft(kind: str) -> None:
    russian, kazakh = drafts(kind, "ru"), drafts(kind, "kk")
    for name in russian:
        lines = [{*words(one.cover + one.body, code)} for code, one in (("ru", russian[name]), ("kk", kazakh[name]))]
        assert not {line for line in lines[0] & lines[1] if len(FOREIGN.sub("", line).split()) > 2}, name


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_the_same_fields_in_the_same_order_in_every_language(kind: str) -> None:
    first, *others = (skeleton(kind, language) for language in KINDS[kind].languages)
    assert all(one == first for one in others)


def skeleton(kind: str, language: str) -> list[str]:
    """Each line's style and field, without its words."""
    source = template.read(None, KINDS[kind], language).source
    found = (re.fullmatch(r"(# |## |- |\[ \] |)([^{]*)(\{.*\})?", line) for line in source.splitlines())
    return [f"{one[1]}{one[3] or ''}" for one in found if one is not None]


@pytest.mark.parametrize("kind", ["hrc", "cat"])
def test_a_complaint_is_in_the_order_of_the_model_form(kind: str) -> None:
    wanted = ["name", "authority", "articles", "remedies", "other_procedures", "harm", "irreparable", "documents"]
    source = template.read(None, KINDS[kind], "en").source
    places = [source.index(f"gap.{name} ") for name in wanted]
    assert places == sorted(places)
    assert places[4] < source.index("in chronology") < source.index("in facts") < places[5], "then the facts"
    assert f"law.{kind}_interim" in source and source.index("gap.harm_date") < places[0], "the request comes first"


@every_filing
def test_the_persons_own_trip_stands_on_the_lawyers_page_alone(kind: str, language: str) -> None:
    """A court, a ministry or a committee's letter tells the State."""
    trip = next(one for one in ASKED.questions["event"].options if one.id == "trip")
    say = LANGUAGES[language].say
    for name, going in (("own trip", date(2026, 11, 30)), ("all that came", date(2026, 11, 28))):
        found = made(kind, language, READ[name])
        body, cover = ("\n".join(words(part, language)) for part in (found.body, found.cover))
        day = say(text("{day}", day=going))
        assert not [told for told in (say(Text(trip.another)), say(Text(trip.label)), day) if told in body], name
        assert say(Text(trip.another)) in cover and day in cover, name


@every_kind
def test_each_draft_says_that_no_term_is_a_promise_of_time(kind: str, language: str) -> None:
    warned = BOOKS.laws["removal_in_hours"].origin
    for name, found in drafts(kind, language).items():
        assert warned in [one.origin for one in found.cover], name
    if kind in ("hrc", "cat", "special-procedures"):
        tongues = BOOKS.laws["special_languages" if kind == "special-procedures" else "un_languages"].origin
        assert tongues in [one.origin for one in made(kind, language, READ["long here"]).cover]


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("the petty protocol", ["No term can be counted"]),
        ("the asylum seeker handed to soldiers", ["No term can be counted"]),
        ("the activist in SIZO", ["Custody hearing, hours 60–72: Nov 25, 2026, 12:00 to Nov 26, 2026, 00:00, 46"]),
        ("brothers taken", ["Extradition arrest, at most 12 months: Aug 20, 2027, 00:00, 6,466 hours"]),
        ("order 3 days ago", ["Appeal to the Supreme Court, tenth day: Nov 29, 2026, 23:59, 153", "Extradition"]),
        ("order, day unknown", ["Appeal to the Supreme Court, tenth day: the day is unknown", "Extradition arrest"]),
        ("hearing tomorrow", ["Court hearing: Nov 24, 2026, 00:00 to Nov 24, 2026, 23:59, 10", "Extradition arrest"]),
        ("the arrest in transit", ["Written asylum application on the spot: no day can be counted, act today"]),
        ("own trip", ["A day that was named: Nov 30, 2026, 00:00"]),
        ("the permit not renewed", ["Legal stay ends: Nov 29, 2026, 00:00"]),
        ("asylum appeal lost", ["Leave within 30 days of the court decision: no day can be counted, act today"]),
        ("the man in the transit zone", ["Written asylum application on the spot: no day can be counted, act today"]),
        (
            "the one arrested at the border",
            ["Written asylum application on the spot", "Custody hearing, hours 60–72: Nov 24, 2026, 12:00 to Nov 25"],
        ),
        ("a relative writes", ["End of the 40 days: Dec 29, 2026, 23:59 at the earliest, 873 hours left"]),
        (
            "long here",
            [
                "Asylum application, five days from learning of the danger: Nov 22, 2026, 23:59 at the earliest, it",
                "Asylum application, five days from entry: the day is unknown: take it that the last day has come, act",
            ],
        ),
    ],
)
def test_the_terms_of_each_timeline_are_right_to_the_day_and_what_may_be_over_comes_first(
    name: str, terms: list[str]
) -> None:
    """On Monday, 23 November 2026, 14:00 in Almaty."""
    cover = made("hrc", "en", READ[name]).cover
    headings = [at for at, one in enumerate(cover) if one.style is Style.HEADING]
    found = words(cover[headings[0] + 1 : headings[1] - 1])
    assert len(terms) == len(found), found
    assert all(line.startswith(term) for line, term in zip(found, terms, strict=True)), found


@every_filing
def test_what_is_filed_gives_the_lawyer_no_advice(kind: str, language: str) -> None:
    """That stands on the first page: the term itself, its article and its source are enough for the form."""
    advice = {"act today", "the day is unknown: take it that the last day has come", "no day can be counted"}
    for name in ("order, day unknown", "the man in the transit zone", "asylum appeal lost", "all that came"):
        found = made(kind, language, READ[name])
        assert not advice & {said.message for one in found.body for said in one.said}, name
        assert advice & {said.message for one in found.cover for said in one.said}, name


def test_a_day_is_named_by_what_happens_on_it_and_is_as_exact_as_the_answer() -> None:
    body = words(made("hrc", "en", READ["all that came"]).body)
    assert "Court hearing: November 24, 2026" in body
    assert "Being sent away: flight, transfer, to the border: Nov 25, 2026, 10:00" in body
    assert not [line for line in body if line.startswith("When it happens: November")]
    long_here = words(made("asylum", "en", READ["long here"]).body)
    assert "Last entry: not after November 17, 2026" in long_here
    assert "Stay ends: not before December 24, 2026" in long_here
    assert 2 == long_here.count("Learned of the danger: November 18, 2026 – November 23, 2026"), "in its field, too"
    term = "Asylum application, five days from learning of the danger: Nov 22, 2026, 23:59 at the earliest ["
    assert [line for line in long_here if line.startswith(term)], "counted from the earliest day"


def test_who_answered_is_told_in_the_third_person_and_never_turned_round() -> None:
    by_themselves = words(made("hrc", "en", case(share_ok="un", family="children")).body)
    assert {"Who writes: the person concerned", "Family: Children are with the person"} <= {*by_themselves}
    by_another = made("hrc", "en", READ["a relative writes"])
    assert "Who the person is to the writer: Parent" in words(by_another.body)
    assert "The UN: by the ground that the holder of the case recorded" in words(by_another.cover)
