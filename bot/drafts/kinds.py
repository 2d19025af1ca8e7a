"""The kinds of drafts: in which languages, for which body, and what a lawyer must know of that body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


class NoSuchDraft(Exception):
    """A kind or a language that is not drafted; ``hint`` says which are."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Kind:
    """``tells``: the options of ``share_ok`` that it goes to; ``about``: legal statements for the first page."""

    id: str
    languages: tuple[str, ...]
    why_these: str = ""
    """Why no other language is drafted."""
    tells: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


_UN = "the UN's bodies do not accept Kazakh"
_EVERY = (
    Kind("handover", ("en", "ru", "kk")),
    Kind(
        "hrc", ("en", "ru"), _UN, ("un",),
        ("un_languages", "one_committee", "authority", "op1_in_force", "hrc_rule", "interim_no_guarantee"),
    ),
    Kind(
        "appeal-592", ("ru", "kk"), "it goes to a court in Kazakhstan", (),
        ("cpc_592_1", "cpc_592_2", "cpc_592_3", "cpc_592_month", "cpc_594", "refugees_pending"),
    ),
    Kind(
        "cat", ("en", "ru"), _UN, ("un",),
        ("un_languages", "one_committee", "authority", "interim_no_guarantee"),
    ),
    Kind(
        "special-procedures", ("en", "ru"), _UN, ("un",),
        ("special_languages", "special_address", "special_source", "authority"),
    ),
    Kind(
        "asylum", ("ru", "kk", "en"), "", (),
        (
            "refugees_where", "refugees_border", "refugees_5_days", "refugees_1_day", "refugees_certificate",
            "refugees_decision", "refugees_pending", "refugees_odds",
        ),
    ),
)  # fmt: skip
KINDS: Mapping[str, Kind] = {kind.id: kind for kind in _EVERY}


def kind_of(name: str, language: str) -> Kind:
    """Raises NoSuchDraft with the reason."""
    kind = KINDS.get(name)
    if kind is None:
        raise NoSuchDraft(f"there is no draft of the kind {name}", f"use one of {', '.join(KINDS)}")
    if language not in kind.languages:
        why = f": {kind.why_these}" if kind.why_these else ""
        raise NoSuchDraft(
            f"{name} is not drafted in {language}{why}", f"use --lang {' or --lang '.join(kind.languages)}"
        )
    return kind
