"""Who may do what with which cases, written down by hand: what the table of actions is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.store.shelf import START

CASES = ("waiting", "mine", "others", "closed")
"""What a case can be to one of the staff; what is erased is nobody's."""


@dataclass(frozen=True)
class Row:
    """``coordinator``, ``admin``, ``auditor``: with which cases; for what is about no case, ``yes`` or nothing.

    ``head``: what else must be so in the case. ``argument``: what a button says besides the case, or instead of one.
    ``locked``: the chat of the case is.
    ``late``: where another holds the case by now, it is no forbidden try, and one is told so.
    """

    coordinator: str = ""
    admin: str = ""
    auditor: str = ""
    about_a_case: bool = True
    argument: str = ""
    head: Mapping[str, Any] = field(default_factory=dict)
    late: bool = False
    locked: bool = False

    def allows(self, role: str, case: str) -> bool:
        allowed: Iterable[str] = str(getattr(self, role, "")).split()
        return case in allowed or "yes" in allowed


    def may(self, role: str) -> bool:
        return bool(getattr(self, role, ""))


def merged(head: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """A head in which this is so, too; of the times each by itself."""
    return {**head, **more, "times": {**head["times"], **more.get("times", {})}}


def about_none(argument: str = "-", **roles: str) -> Row:
    return Row(about_a_case=False, argument=argument, **roles)


def holder(argument: str = "", **head: Any) -> Row:
    return Row("mine", "mine", argument=argument, head=head)


WHO = "who acts"
"""Stands for the id of the member who tries it."""
SOON = int(START.timestamp()) + 3600
ASKED = {"asked": int(START.timestamp()) - 60}  # somebody was asked about it, and there was no contact since

ROWS: dict[str, Row] = {
    "language": about_none("kk", coordinator="yes", admin="yes", auditor="yes"),
    "standby": about_none("@other_bot", coordinator="yes", admin="yes", auditor="yes"),
    "cases": about_none("all", coordinator="yes", admin="yes"),
    "case": Row("waiting mine others", "waiting mine others closed"),
    "take": Row("waiting", "waiting", late=True),
    "next": about_none(coordinator="yes", admin="yes"),
    "coerced": holder(times={"erase": SOON}),
    "open": holder(),
    "stay": Row("mine", "waiting mine", head={"times": ASKED}),
    "gone": Row("mine", "waiting mine", head={"times": ASKED}),
    "leave": holder(),
    "draft": holder("hrc"),
    "note": holder(),
    "note.keep": holder(),
    "ground": holder("un"),
    "ground.keep": holder(),
    "change": holder(),
    "fact": about_none(coordinator="yes", admin="yes"),
    "fact.keep": holder(),
    "link": holder(),
    "unlink": holder(),
    "write": holder("Good day"),
    "words": holder("Good day"),
    "say": holder("sign"),
    "send": holder("0123abcd"),
    "cancel": holder(),
    "me": about_none("", coordinator="yes", admin="yes"),
    "me.speak": about_none("kk", coordinator="yes", admin="yes"),
    "me.zone": about_none("Europe/Berlin", coordinator="yes", admin="yes"),
    "me.hours": about_none("31.9.18", coordinator="yes", admin="yes"),
    "me.drop": about_none("0", coordinator="yes", admin="yes"),
    "me.off": about_none("none", coordinator="yes", admin="yes"),
    "duty": about_none("", coordinator="yes", admin="yes"),
    "here": about_none("", coordinator="yes", admin="yes"),
    "admin.health": about_none(admin="yes"),
    "keys": about_none(admin="yes"),
    "rotate": about_none(admin="yes"),
    "audit": about_none(admin="yes", auditor="yes"),
    "erase": about_none("{code}", admin="yes"),
    "call": holder(),
    "urgency": holder("0.hearing"),
    "unsafe": holder(flags=["early"]),
    "safe": holder(flags=["early", "unsafe"]),
    "lock": holder(),
    "verify": holder(times={"returned": int(START.timestamp()) - 3600}),
    "disown": holder(times={"returned": int(START.timestamp()) - 3600}),
    "unlock": Row("mine", "mine", locked=True),
    "accept": Row("others", "others", head={"handover": WHO}),
    "decline": Row("others", "others", head={"handover": WHO}),
    "takeover": Row("others", "others", head={"times": {"unanswered": int(START.timestamp()) - 3600}}),
    "handover": holder(handover=None),
    "withdraw": holder(handover=WHO),
    "release": holder(),
    "mine": holder(),
    "close": holder("helped"),
    "card.erase": Row("mine", "waiting mine others closed", argument="yes"),
    "admin.damaged": about_none("{code}", admin="yes"),
    "admin.clock": about_none(admin="yes"),
    "stats": about_none(coordinator="yes", admin="yes", auditor="yes"),
    "admin.agree": about_none("1", admin="yes"),
    "invite": about_none("coordinator", admin="yes"),
    "confirm": about_none("123456", admin="yes"),
    "staff": about_none(admin="yes"),
    "remove": about_none(admin="yes"),
    "staff.remove": about_none(admin="yes"),
    "invite.withdraw": about_none(admin="yes"),
}
