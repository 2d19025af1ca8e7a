"""The timelines of the domain's section 2, named by what happened: what is pressed and typed, and what must come of it.

Written out, and reckoned by nobody's code: the days in Almaty, with the day of receipt as day 1; each term with its
article and source; what each form asks for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .conftest import BEGIN

NIGHT = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
"""Half past two on 23 November in Almaty."""
WORDS, LATER = "Они ждут у подъезда", "Звонили, знают этаж"
PERSON = "Родные: Марат"


@dataclass(frozen=True)
class Term:
    """A clock of the domain's section 1: its article and source, and whether the law's text was seen."""

    title: str
    article: str = ""
    source: str = ""
    seen: bool = False


@dataclass(frozen=True)
class Ends:
    """In Almaty, as month, day, hour and minute; and the whole hours that are left until the first of them."""

    moments: tuple[tuple[int, int, int, int], ...] = ()
    left: int = 0
    year: int = 2026


UNHCR = "https://help.unhcr.org/centralasia/kazakhstan-2/information-for-asylum-seekers-and-refugees-in-kazakhstan"
TERMS = {
    "X3": Term(
        "Custody hearing, hours 60–72", "CPC 588(1)", "https://pavlodar.com/zakon/?dok=05553&uro=080580", seen=True
    ),
    "X7": Term("Extradition arrest, at most 12 months", "CPC 589", "https://bureau.kz/novosti/to-i-rossiya-ne-sest"),
    "X8": Term(
        "Appeal to the Supreme Court, tenth day", "CPC 592(1)",
        "https://kodeksy-kz.com/ugolovno-protsessualnyj_kodeks/592.htm",
    ),
    "A1": Term("Asylum application, five days from entry", "Law on Refugees; Rules 118", UNHCR, seen=True),
    "A3": Term("Written asylum application on the spot", "Law on Refugees; Rules 118", UNHCR, seen=True),
    "A9": Term(
        "Leave within 30 days of the court decision", "no article seen", "https://en.fergana.news/news/145425"
    ),
    "hearing": Term("Court hearing"),
    "trip": Term("A day that was named"),
    "D1": Term("Legal stay ends"),
}  # fmt: skip
STARTS = {"hearing": "event_date", "trip": "event_date", "D1": "stay_until"}
"""Clocks that are no term of a law: the answers they come from."""


@dataclass(frozen=True)
class Laid:
    """What a form holds whatever the case is: its gaps, the articles it cites, the answers and clocks with a line; a
    clock named twice stands in two places."""

    gaps: str
    lines: str
    clocks: str
    laws: tuple[str, ...] = ()


_WHO = "name nationality birth whereabouts representative authority"
_UN = (
    f"{_WHO} signed harm harm_date irreparable document address articles registration remedies other_procedures "
    "happened arrest service documents"
)
_UN_LINES = (
    "event event_date date_order date_expulsion leave_by custody where detained_since removed_on who relationship "
    "knows lawyer attorney papers asylum asylum_applied date_refusal"
)
LAID = {
    "hrc": Laid(
        _UN, _UN_LINES, "A9 X8 X8",
        ("Optional Protocol to the Covenant", "Rules of procedure of the Human Rights Committee, rule 94"),
    ),
    "cat": Laid(
        f"{_UN} one_committee", _UN_LINES, "A9 X8 X8",
        (
            "Convention against Torture, article 22; rules of procedure, rule 114",
            "guidelines for communications to the treaty bodies",
        ),
    ),
    "special-procedures": Laid(
        f"{_WHO} signed harm_date arrest visits harm happened perpetrator remedies other_procedures",
        "custody where detained_since removed_on event event_date leave_by", "A9 X8",
    ),
    "appeal-592": Laid(
        "name birth nationality whereabouts representative language order receipt prison happened registration "
        "grounds harm documents signed",
        "lawyer attorney papers date_order custody where detained_since asylum asylum_applied date_refusal", "X8",
        ("CPC 592(1)", "CPC 592(2)", "CPC 590", "CPC 593(1)", "CPC 586"),
    ),
    "asylum": Laid(
        f"{_WHO} application_place document address family_members entry registration left harm service documents "
        "signed",
        "entered learned_on stay stay_until custody where asylum asylum_applied certificate_until date_refusal",
        "A1 A3",
    ),
}  # fmt: skip
NO_FACTS = {"safe_now", "who", "knows", "relationship", "contact", "trusted", "share_ok"}
"""Among the answers given here: how to reach the person and by whose word; no filing tells them among its facts."""
COMMITTEES = "hrc cat special-procedures"


@dataclass(frozen=True)
class Timeline:
    """``asks``: what applies and nobody has answered. ``tells``: by recipient, the answers and clocks of the note.
    ``hidden``: what was answered and stands in nothing that is filed."""

    name: str
    steps: Mapping[str, Sequence[str]]
    ends: Mapping[str, Ends]
    asks: str
    kinds: str
    tells: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    refused: str = "has not agreed"
    hidden: str = ""
    later: str = ""


IN_SIZO = {"custody": ("sizo",), "detained_since": ('"23.08.2026',)}
GO_ON = {"offer": ("go_on",)}
TIMELINES = (
    Timeline(
        "the petty protocol",
        {"custody": ("liberty",), "papers": ("protocol", "-done"), "date_protocol": ("today",)},
        {}, "asylum lawyer stay", f"{COMMITTEES} asylum",
    ),
    Timeline(
        "the asylum seeker handed to soldiers",
        {
            "custody": ("soldiers",), "detained_since": ("unknown",), "trusted": (f'"{PERSON}',), **GO_ON,
            "asylum": ("waiting",), "asylum_applied": ('"21.05.2026',), "share_ok": ("un", "-done"),
            "free": (f'"{WORDS}',),
        },
        {}, "detained_since lawyer", COMMITTEES,
        {"un": ("papers custody event asylum asylum_applied", "")}, later=LATER,
    ),
    Timeline(
        "the activist in SIZO, nothing known of papers",
        {"custody": ("sizo",), "detained_since": ("today",), "papers": ("unknown", "-done")},
        {"X3": Ends(((11, 25, 12, 0), (11, 26, 0, 0)), 57)}, "papers asylum lawyer", f"{COMMITTEES} asylum",
    ),
    Timeline(
        "the activist in SIZO, extradition arrest, brothers taken",
        {
            **IN_SIZO, "papers": ("arrest", "-done"), **GO_ON, "family": ("taken", "-done"),
            "share_ok": ("lawyer", "-done"),
        },
        {"X7": Ends(((8, 23, 0, 0),), 6549, 2027)}, "asylum lawyer", f"{COMMITTEES} asylum",
        {"lawyer": ("safe_now who custody where detained_since papers event contact family hours share_ok", "X7")},
    ),
    Timeline(
        "extradition order received 3 days ago",
        {**IN_SIZO, "papers": ("arrest", "order", "-done"), "date_order": ('"20.11.2026',)},
        {"X8": Ends(((11, 29, 23, 59),), 165), "X7": Ends(((8, 23, 0, 0),), 6549, 2027)},
        "asylum lawyer", f"{COMMITTEES} appeal-592 asylum",
    ),
    Timeline(
        "order received, day unknown",
        {**IN_SIZO, "papers": ("order", "-done"), "date_order": ("unknown",)},
        {"X8": Ends()}, "date_order asylum lawyer", f"{COMMITTEES} appeal-592 asylum",
    ),
    Timeline(
        "hearing tomorrow, told by the brother",
        {
            **IN_SIZO, "who": ("relative",), "papers": ("arrest", "-done"), "event": ("hearing",),
            "event_date": ("tomorrow",), "last_contact": ("yesterday",), "knows": ("unable",),
            "relationship": ("sibling",),
        },
        {"hearing": Ends(((11, 24, 0, 0), (11, 24, 23, 59)), 21), "X7": Ends(((8, 23, 0, 0),), 6549, 2027)},
        "asylum lawyer", f"{COMMITTEES} asylum", refused="no ground to tell this recipient",
    ),
    Timeline(
        "the arrest in transit",
        {"custody": ("airport",), "detained_since": ("today",)},
        {"X3": Ends(((11, 25, 12, 0), (11, 26, 0, 0)), 57), "A3": Ends()},
        "asylum lawyer stay", f"{COMMITTEES} asylum",
    ),
    Timeline(
        "wanted interstate, own flight next week",
        {
            "custody": ("liberty",), "event": ("trip",), "event_date": ('"30.11.2026',), **GO_ON,
            "russia_wants": ("interstate", "-done"), "share_ok": ("lawyer", "un", "-done"),
        },
        {"trip": Ends(((11, 30, 0, 0), (11, 30, 23, 59)), 165)}, "event asylum stay", f"{COMMITTEES} asylum",
        {
            "lawyer": (
                "safe_now who custody where papers event event_date contact russia_wants hours share_ok", "trip",
            ),
            "un": ("custody papers", ""),
        },
        hidden="event event_date",
    ),
    Timeline(
        "the deserter whose permit was not renewed",
        {
            "custody": ("liberty",), **GO_ON, "category": ("deserter", "-done"), "russia_wants": ("case", "-done"),
            "stay": ("rvp",), "stay_until": ('"29.11.2026',), "share_ok": ("family", "-done"),
        },
        {"D1": Ends(((11, 29, 0, 0), (11, 29, 23, 59)), 141)}, "asylum", f"{COMMITTEES} asylum",
        {"family": ("custody where", "")},
    ),
    Timeline(
        "asylum appeal lost",
        {"custody": ("liberty",), **GO_ON, "asylum": ("lost",), "share_ok": ("ask", "-done")},
        {"A9": Ends()}, "stay", COMMITTEES, refused="wants to be asked each time",
    ),
    Timeline(
        "the man in the transit zone",
        {"custody": ("airport",), "detained_since": ('"28.09.2026',), "papers": ("entry_refused", "-done")},
        {"A3": Ends()}, "asylum lawyer stay", f"{COMMITTEES} asylum",
    ),
    Timeline(
        "the one arrested at the border",
        {
            "custody": ("border",), "detained_since": ("yesterday",), **GO_ON, "asylum": ("want",),
            "entered": ('"22.11.2026',),
        },
        {
            "X3": Ends(((11, 24, 12, 0), (11, 25, 0, 0)), 33), "A1": Ends(((11, 26, 23, 59),), 93), "A3": Ends(),
        },
        "lawyer learned_on", f"{COMMITTEES} asylum",
    ),
)  # fmt: skip
BASE: Mapping[str, Sequence[str]] = {
    **BEGIN, "who": ("self",), "where": ("almaty",), "papers": ("none", "-done"), "event": ("none",),
    "contact": ("bot",), "offer": ("send",), "review": ("-send",),
}  # fmt: skip
