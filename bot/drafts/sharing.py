"""Who may be told what of a case. Nothing else than this table ever reaches a handover."""

from __future__ import annotations

from dataclasses import replace

from bot.drafts.matter import Matter, Told
from bot.intake.questionnaire import Questionnaire
from bot.intake.text import Text, text

RECIPIENTS = {
    "lawyer": text("A partner lawyer"),
    "un": text("The UN"),
    "embassy": text("An embassy to be named"),
    "family": text("Family"),
}
"""By the options of ``share_ok``."""
ASKED_ANEW = frozenset({"free", "trusted"})
"""What even a lawyer gets only on asking the person anew, and so never by a program."""
OWN_PLANS = "trip"
"""What comes next is told with its date, but the person's own trip to nobody except a lawyer, and least of all to a
body that may pass it on to the State."""
_FIELDS = {
    "un": frozenset(
        [
            "papers", "date_protocol", "date_order", "date_expulsion", "date_refusal", "leave_by",
            "event", "event_date", "custody", "detained_since", "removed_on",
            "asylum", "entered", "learned_on", "asylum_applied", "certificate_until", "family", "needs",
        ]
    ),
    "embassy": frozenset(["where", "stay", "needs", "languages", "contact"]),
    "family": frozenset(["custody", "where", "needs"]),
}  # fmt: skip


class NotShared(Exception):
    """What nobody has agreed to; ``hint`` says whom to ask."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def fields(recipient: str, questionnaire: Questionnaire) -> frozenset[str]:
    """The questions whose answers this recipient may be told."""
    if recipient == "lawyer":
        return frozenset(questionnaire.questions) - ASKED_ANEW
    return _FIELDS[recipient]


def recipient_of(matter: Matter, named: str | None) -> str:
    """Whom the note is for: the one named, or the only one possible. Raises NotShared where it may go to nobody."""
    possible = allowed(matter)
    if named in possible:
        return named
    if named is None and len(possible) == 1:
        return possible[0]
    if named is None and possible:
        raise NotShared(f"it may go to {', '.join(possible)}", "say for whom it is: --for")
    if not matter.self_writes:
        raise NotShared(
            "another person wrote, and no ground to tell this recipient is recorded",
            "its holder records the ground: qorgan cases note CODE --ground RECIPIENT, or /ground in the chat",
        )
    if "ask" in matter.values("share_ok"):
        raise NotShared(
            "the person wants to be asked each time",
            "ask, and record the answer: qorgan cases note CODE --ground RECIPIENT, or /ground in the chat",
        )
    raise NotShared(
        "the person has not agreed to this recipient", "ask the person first; without a yes it goes to nobody"
    )


def by_ground(matter: Matter) -> bool:
    """Whether a ground that the holder records decides: another wrote, or the person wants to be asked each time."""
    return not matter.self_writes or "ask" in matter.values("share_ok")


def allowed(matter: Matter) -> list[str]:
    """Whom the person agreed to, and where it decides whoever there is a ground for; what another wrote is a wish."""
    agreed = matter.values("share_ok") if matter.self_writes else ()
    grounds = matter.grounds if by_ground(matter) else ()
    return [one for one in RECIPIENTS if one in agreed or one in grounds]


def shared(matter: Matter, recipient: str) -> Matter:
    """The case as this recipient may see it: what the table does not name is not in it at all."""
    allowed = fields(recipient, matter.questionnaire)
    held = matter if recipient == "lawyer" else without_own_plans(matter)
    return held.only(one for one in held.told if one.answer.question in allowed)


def without_own_plans(matter: Matter) -> Matter:
    plans = own_plans(matter)
    return replace(matter, told=tuple(one for one in matter.told if one not in plans))


def own_plans(matter: Matter) -> tuple[Told, ...]:
    """The person's own trips and their days."""
    trips = [one for one in matter.of("event") if OWN_PLANS in one.answer.values]
    return tuple(one for one in matter.told if one in trips or matter.namer(one) in trips)


def ground_of(matter: Matter, recipient: str) -> Text:
    """By what right it goes there."""
    if recipient in matter.grounds:
        return text("by the ground that the holder of the case recorded")
    return text("by the person's own word")
