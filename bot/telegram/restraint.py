"""One account may do only so much to the cases of others in an hour; who tries more is reported."""

from __future__ import annotations

from bot.intake.text import text
from bot.store.records import Act, Case, Staff
from bot.telegram import notices, reports
from bot.telegram.desk import Desk

AN_HOUR = 5
HOUR = 3600


def holds_back(desk: Desk, one: Staff, case: Case) -> bool:
    """Whether this would be one too many; if not, it counts."""
    if not _is_of_others(one, case):
        return False
    lately = [at for at in desk.member(one.id).body.get("others", ()) if desk.unix - HOUR < at <= desk.unix]
    if len(lately) < AN_HOUR:
        desk.change(one, {"others": [*lately, desk.unix]})
        return False
    desk.work.note(desk.work.actor(one.user), Act.REFUSED, case.id)
    desk.say(one, text("Too many cases of others within an hour. The administrators have been told."))
    _report(desk, one)
    return True


def _is_of_others(one: Staff, case: Case) -> bool:
    """What waits for anybody is of others, too. What a holder has closed as abuse is nobody's."""
    own, abuse = case.head["holder"] == one.id.hex(), case.head["outcome"] == "abuse"
    return not (own or abuse)


def _report(desk: Desk, one: Staff) -> None:
    for admin in notices.administrators(desk):
        notice = notices.standing(desk, admin).get(notices.RESTRAINT)
        if notice is None or notice["who"] != one.id.hex() or desk.unix - notice["at"] > HOUR:
            language = desk.house.language(admin.body["language"])
            said = reports.restrained(language, one.body.get("name") or "—", desk.now)
            notices.post(desk, admin, notices.RESTRAINT, said, who=one.id.hex())
