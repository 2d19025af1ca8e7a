"""The staff at the shell: nobody's Telegram id is shown, the last administrator stays, a second one is asked."""

from __future__ import annotations

from bot.store.records import Act, Staff
from bot.telegram import agreement
from tests.commands.machine import Machine, assert_refused

FIRST, SECOND, DANA = 7_000_000_001, 7_000_000_002, 7_000_000_009


def hired(machine: Machine, **roles: int) -> None:
    with machine.store() as store:
        body = {"language": "en", "reachable": True, "started": True}
        members = [
            Staff(bytes([row]) * 16, user, {**body, "role": name.rstrip("2"), "name": name.title()})
            for row, (name, user) in enumerate(roles.items(), 1)
        ]
        store.write_now(lambda work: work.save_staff(members))


def test_a_member_is_listed_by_pseudonym_given_a_role_and_removed(machine: Machine) -> None:
    hired(machine, admin=FIRST, coordinator=DANA)
    machine.opened("K7M2QX")
    with machine.store() as store:
        (case,) = store.write_now(lambda work: work.all_cases())
        held = {**case.head, "holder": (bytes([2]) * 16).hex(), "state": "taken"}
        taken = type(case)(case.id, case.chat, held)
        store.write_now(lambda work: work.save_cases([taken]))
        admin, dana = store.write_now(lambda work: (work.actor(FIRST), work.actor(DANA)))
    said = machine.does("staff", "list").stdout
    assert admin in said and dana in said and str(DANA) not in said and str(FIRST) not in said
    assert "last administrator who has written" in assert_refused(machine.type("staff", "remove", admin, "--yes"))
    assert "last administrator who has written" in assert_refused(machine.type("staff", "role", admin, "auditor"))
    assert "no member" in assert_refused(machine.type("staff", "remove", "zz", "--yes"))
    machine.does("staff", "remove", dana[:8], "--yes")
    assert "removed" in machine.does("staff", "list").stdout
    with machine.store() as store:
        (case,) = store.write_now(lambda work: work.all_cases())
    assert (None, "waiting") == (case.head["holder"], case.head["state"])
    assert ("shell", Act.STAFF) in machine.audited()


def test_a_third_administrator_is_not_made_at_the_shell_alone(machine: Machine) -> None:
    hired(machine, admin=FIRST, admin2=SECOND, coordinator=DANA)
    with machine.store() as store:
        dana = store.write_now(lambda work: work.actor(DANA))
    assert "are asked" in machine.does("staff", "role", dana, "admin").stdout
    with machine.store() as store:
        assert 1 == len(store.write_now(agreement.standing))
        roles = [one.body["role"] for one in store.write_now(lambda work: work.staff())]
    assert ["admin", "admin", "coordinator"] == sorted(roles)
    assert "not known yet" in assert_refused(machine.type("staff", "invite", "admin"))
