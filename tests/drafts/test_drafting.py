"""Drafts are built from answers, sources and gaps alone, and their days are right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import languages
from bot.drafts import fields, law, plain, template
from bot.drafts.clashes import clashes
from bot.drafts.drafting import HANDOVER, draft
from bot.drafts.kinds import KINDS, NoSuchDraft, kind_of
from bot.drafts.matter import Matter
from bot.drafts.paragraph import Draft, Form, Gap, Paragraph, Said, Sourced, Style
from bot.drafts.sharing import RECIPIENTS, NotShared
from bot.drafts.sharing import fields as allowed
from bot.intake.text import Text
from tests.drafts.cases import ASKED, AT, IN_SIZO, NOW, ORDER, TYPED, case, entry, held

BOOKS = law.load()
LANGUAGES = languages.load()
EVERY = [(kind.id, language) for kind in KINDS.values() for language in kind.languages]
BODY_ALONE = [pair for pair in EVERY if pair[0] != HANDOVER]
every_kind = pytest.mark.parametrize(("kind", "language"), EVERY)
WHO_TELLS = {"share_ok": "lawyer"}
RICH = {
    **ORDER, "where": "almaty", "contact": "signal", "trusted": "Marat, the brother", "hours": "night",
    "date_order": "2026-11-20", "asylum": "waiting", "needs": "money", "free": "Они сказали: завтра самолёт",
}  # fmt: skip


def made(kind: str, language: str, matter: Matter, to: str | None = None) -> Draft:
    layout = template.read(None, KINDS[kind], language)
    return draft(kind_of(kind, language), language, matter, layout, BOOKS, to)


def words(paragraphs: tuple[Paragraph, ...], language: str = "en") -> list[str]:
    return [plain.words(one, LANGUAGES[language].say) for one in paragraphs]


@every_kind
def test_every_paragraph_is_an_answer_a_source_a_gap_or_the_forms_own_line(kind: str, language: str) -> None:
    source = template.read(None, KINDS[kind], language).source
    gaps = {one.origin for one in BOOKS.gaps.values()} | {
        Gap(Text(one.another_text)) for one in ASKED.questions.values()
    }
    legal = {one.origin for one in BOOKS.laws.values()}
    clocks = {(clock.article, clock.source) for clock in ASKED.clocks}
    answers = RICH | WHO_TELLS
    for one in made(kind, language, case(**answers)).body:
        match one.origin:
            case Form(place):
                assert template.file_name(kind, language) == place and not one.said and not one.quote
            case Said(questions):
                assert {*questions} & {"who", *answers} and (one.said or one.quote)
            case Sourced(article, page):
                assert one.origin in legal or (article.message, page) in clocks
            case Gap():
                assert one.origin in gaps and not one.quote
        if one.label and isinstance(one.label, str):
            assert one.label in source, "what stands before it is the template's"


@every_kind
def test_the_forms_own_lines_are_headings_labels_and_boxes_that_claim_nothing(kind: str, language: str) -> None:
    found = list(template.faults(template.read(None, KINDS[kind], language), fields.names(ASKED, BOOKS)))
    assert not found
    for one in made(kind, language, case(**RICH, **WHO_TELLS)).body:
        if isinstance(one.origin, Form) and one.style is Style.BODY:
            assert isinstance(one.label, str) and one.label.endswith(":")


@every_kind
def test_what_the_bot_never_asks_is_a_gap_and_stands_on_the_first_page_too(kind: str, language: str) -> None:
    found = made(kind, language, case(**RICH, **WHO_TELLS))
    asked = {one.origin for one in found.body if isinstance(one.origin, Gap)}
    assert {BOOKS.gaps["name"].origin, BOOKS.gaps["whereabouts"].origin} <= asked
    assert asked <= {one.origin for one in found.cover}
    assert Style.TITLE is found.cover[0].style


@pytest.mark.parametrize(("kind", "language"), BODY_ALONE)
def test_what_a_body_may_pass_on_to_the_state_names_no_way_to_the_person_or_their_people(
    kind: str, language: str
) -> None:
    matter = held(entry(who="self", share_ok="un", **RICH), {"words": "they are at the door", "at": AT})
    found = made(kind, language, matter)
    body = "\n".join(words(found.body, language))
    assert "Marat" not in body and "Signal" not in body
    assert "«Они сказали: завтра самолёт»" in body, "in the language it was typed in"
    assert "«they are at the door»" in body


@pytest.mark.parametrize(
    ("told", "at", "tenth"),
    [
        pytest.param("2026-11-20", AT, "Nov 29, 2026, 23:59", id="a date"),
        pytest.param(
            "today", int(datetime(2026, 11, 23, 20, tzinfo=UTC).timestamp()), "Dec 3, 2026, 23:59", id="1 a.m."
        ),
        pytest.param("few_days", AT, "Nov 29, 2026, 23:59", id="from the earliest day"),
        pytest.param("unknown", AT, "the last day has come", id="unknown"),
    ],
)
def test_the_tenth_day_is_counted_in_almaty_and_from_the_earliest_day(told: str, at: int, tenth: str) -> None:
    matter = held(entry(at, who="self", share_ok="un", **ORDER, date_order=told))
    (line,) = [one for one in words(made("hrc", "en", matter).cover) if one.startswith("Appeal to the Supreme Court")]
    assert tenth in line


def test_hours_left_are_those_from_now_and_a_term_that_is_over_says_so() -> None:
    for hours, said in ((0, "153 hours left"), (153, "0 hours left"), (154, "it is over")):
        matter = case(now=NOW + timedelta(hours=hours), share_ok="un", **ORDER, date_order="2026-11-20")
        assert any(said in one for one in words(made("hrc", "en", matter).cover) if "tenth day" in one), said


def test_a_newer_paper_moves_its_day_and_undoes_no_older_one() -> None:
    matter = held(
        entry(who="self", **IN_SIZO, papers="arrest"),
        entry(later=True, papers="order", date_order="2026-11-22"),
        entry(later=True, by="coordinator", event="hearing", event_date="2026-11-25T10"),
    )
    ends = {one.clock.id: one.first for one in matter.deadlines()}
    assert ["hearing", "X7", "X8"] == sorted(ends, key=lambda clock: clock.lower())
    assert datetime(2026, 12, 1, 18, 59, tzinfo=UTC) == ends["X8"]
    assert datetime(2026, 11, 25, 5, tzinfo=UTC) == ends["hearing"]
    body = words(made("hrc", "en", matter).body)
    assert any(one.startswith("- ") is False and "From the coordinator" in one for one in body)


def test_no_legal_statement_is_called_verified_before_a_lawyer_has_put_a_day_to_it() -> None:
    found = made("hrc", "en", case(**RICH))
    for one in (*found.cover, *found.body):
        if isinstance(one.origin, Sourced):
            assert one.origin.source or one.origin.article.message == "no article seen"
            assert one.origin.status in (law.status(True), law.status(False))
    assert "verified on" in LANGUAGES["en"].say(law.status(True, NOW.date()))


@pytest.mark.parametrize(
    "answers",
    [
        {"custody": "liberty", "papers": "arrest"},
        {"custody": "sizo", "detained_since": "2026-11-22", "papers": "order", "date_order": "2026-11-20"},
        {"asylum": "waiting", "papers": "refusal"},
        {"papers": "expulsion", "date_expulsion": "2026-11-20", "leave_by": "2026-11-01"},
    ],
)
def test_answers_that_do_not_fit_together_are_put_to_the_lawyer(answers: dict[str, str]) -> None:
    assert clashes(case(**answers))


def test_answers_that_fit_together_are_no_clash_and_a_changed_one_is_asked_about() -> None:
    assert not clashes(case(**RICH))
    changed = held(entry(who="self", custody="liberty"), entry(later=True, by="coordinator", custody="sizo"))
    assert "Answered twice" in words(clashes(changed))[0]


# Whom it may go to ------------------------------------------------------------------------------------

TABLE = {
    "lawyer": {*ASKED.questions} - {"free", "trusted"},
    "un": {
        "papers", "date_protocol", "date_order", "date_expulsion", "date_refusal", "leave_by", "event", "event_date",
        "custody", "detained_since", "removed_on", "asylum", "entered", "learned_on", "asylum_applied",
        "certificate_until", "family", "needs",
    },
    "embassy": {"where", "stay", "needs", "languages", "contact"},
    "family": {"custody", "where", "needs"},
}  # fmt: skip


def everything(event: str = "hearing") -> dict[str, str]:
    """An answer to each question there is."""
    given = {}
    for question in ASKED.questions.values():
        first = question.options[0].id if question.options else f"secret {question.id}"
        given[question.id] = first
    every = {"papers": "protocol expulsion order refusal", "event": event, "asylum": "waiting", "who": "self"}
    return given | every | {"share_ok": " ".join(RECIPIENTS)}


@pytest.mark.parametrize("recipient", RECIPIENTS)
@pytest.mark.parametrize("language", KINDS[HANDOVER].languages)
def test_a_handover_holds_nothing_beyond_the_table(recipient: str, language: str) -> None:
    assert TABLE[recipient] == allowed(recipient, ASKED)
    matter = held(entry(**everything()), {"words": "secret words", "at": AT}, {"note": "secret note", "at": AT})
    found = made(HANDOVER, language, matter, recipient)
    named = {
        name for one in (*found.cover, *found.body) if isinstance(one.origin, Said) for name in one.origin.questions
    }
    assert TABLE[recipient] == {
        name for one in found.body if isinstance(one.origin, Said) and one.style is Style.ITEM
        for name in one.origin.questions
    }  # fmt: skip
    assert named <= TABLE[recipient] | {"share_ok"}
    assert "secret" not in "\n".join(words((*found.cover, *found.body), language))


def test_the_persons_own_trip_goes_to_a_lawyer_only() -> None:
    matter = held(entry(**everything("trip")))
    for recipient in RECIPIENTS:
        said = "\n".join(words(made(HANDOVER, "en", matter, recipient).body))
        assert ("own trip" in said, "A day that was named" in said) == ((recipient == "lawyer"),) * 2


@pytest.mark.parametrize(
    ("answers", "ground", "to", "reason"),
    [
        ({"share_ok": "coordinator"}, None, "lawyer", "has not agreed"),
        ({}, None, "un", "has not agreed"),
        ({"share_ok": "lawyer"}, None, "un", "has not agreed"),
        ({"share_ok": "lawyer"}, "un", "un", "has not agreed"),
        ({"share_ok": "ask"}, None, "un", "asked each time"),
        ({"share_ok": "lawyer un"}, None, None, "it may go to lawyer, un"),
        ({"who": "relative", "share_ok": "lawyer"}, None, "lawyer", "no ground"),
        ({"who": "relative", "share_ok": "lawyer"}, "family", "lawyer", "no ground"),
    ],
)
def test_a_handover_that_nobody_agreed_to_is_refused_with_the_reason(
    answers: dict[str, str], ground: str | None, to: str | None, reason: str
) -> None:
    recorded = [{"note": "n", "ground": ground, "at": AT}] if ground else []
    matter = held(entry(**{"who": "self", **answers}), *recorded)
    with pytest.raises(NotShared, match=reason):
        made(HANDOVER, "en", matter, to)


@pytest.mark.parametrize("answers", [{"who": "relative", "share_ok": "coordinator"}, {"share_ok": "ask"}])
def test_where_another_wrote_or_it_is_to_be_asked_the_recorded_ground_decides(answers: dict[str, str]) -> None:
    matter = held(entry(**{"who": "self", "custody": "sizo", **answers}), {"note": "n", "ground": "family", "at": AT})
    found = made(HANDOVER, "en", matter)
    assert any("by the ground that the holder of the case recorded" in one for one in words(found.cover))


def test_a_language_that_the_body_does_not_take_is_refused_with_the_reason() -> None:
    with pytest.raises(NoSuchDraft, match="do not accept Kazakh"):
        kind_of("hrc", "kk")


def test_nothing_that_was_typed_becomes_a_template_or_a_line_of_its_own() -> None:
    typed = "{{ gap.name }}\n# heading {% if %} \ue0000\ue001 \u202e"
    (quoted,) = [one for one in made("hrc", "en", case(free=typed)).body if one.quote]
    shown = plain.words(quoted, LANGUAGES["en"].say)
    assert "{{ gap.name }} # heading {% if %}" in shown and shown.isprintable()


def test_typed_questions_are_those_that_have_no_options() -> None:
    assert TYPED == {one.id for one in ASKED.questions.values() if not one.options}
