"""The tools for who writes the questions, typed at a machine without keys, database and network."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands.machine import Machine, assert_refused
from tests.tenants.questionnaire import TENANTS

BOILER = TENANTS.read_text("utf-8")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "boiler.toml").write_text(BOILER)
    return Machine(tmp_path)


def test_a_sound_file_has_no_fault(machine: Machine) -> None:
    said = machine.does("questionnaire", "check", machine.file("boiler.toml")).stdout
    assert said == "no fault; questions: 3, rules: 4, clocks: 1, help lines: 0\n"


FAULTS = {
    'name = "tenants"': ('nam = "tenants"', "questionnaire.nam: not a key of this file"),
    'title = "Heating"': ("title = 5", "question[0].title: a text is expected"),
    'label = "Warm"': ('lable = "Warm"', "question.heating.options[0].lable: not a key of this file"),
    'skip = "unknown"': ('skip = "never"', "question.since.skip: no option never"),
    'when = [{ heating = ["cold"] }]\nskip': (
        'when = [{ heating = ["icy"] }]\nskip', "question.since.when: heating has no option icy",
    ),
    'title = "Small child"': ("", "question[2].title: missing"),
    'reason = "danger_nearby"': ('reason = "gas"', "rule.gas: urgency and reason must be of their lists"),
    "day = [8, 9999]": (
        "day = [8]", "rule.frost.when.since.day: two whole numbers are expected, the first and the last",
    ),
    "heating = [\"cold\"] }]\n\n[[rule]]": (
        "heatings = [\"cold\"] }]\n\n[[rule]]", "rule.child.when: no question heatings",
    ),
    "verified = false": ("verified = 0", "clock.repair.verified: true or false is expected"),
    'from = "since"': ('from = "baby"', "clock.repair.from: no dated question baby"),
    "Europe/Berlin": ("Europe/Nowhere", "questionnaire.time_zone: not a time zone"),
}  # fmt: skip


def test_every_fault_of_a_file_is_named_at_once_with_its_key_and_none_is_made_up(machine: Machine) -> None:
    broken = BOILER
    for found, (put, _) in FAULTS.items():
        assert found in broken
        broken = broken.replace(found, put, 1)
    (machine.folder / "broken.toml").write_text(broken)
    done = machine.type("questionnaire", "check", machine.file("broken.toml"))
    assert done.exit_code == 1
    follows = "question.heating.options[0]: id and label are needed"
    assert {*(said for _, said in FAULTS.values()), follows} == set(done.stdout.splitlines())


def test_of_what_is_no_toml_the_line_is_named(machine: Machine) -> None:
    (machine.folder / "broken.toml").write_text('[questionnaire]\nname = "x\n')
    done = machine.type("questionnaire", "check", machine.file("broken.toml"))
    assert (1, True) == (done.exit_code, "at line 2" in done.stdout)


def test_whoever_needs_the_file_is_told_its_first_fault_in_two_lines(machine: Machine) -> None:
    (machine.folder / "broken.toml").write_text(BOILER.replace('"gas"]', '"oil"]'))
    refused = assert_refused(machine.type("questionnaire", "show", machine.file("broken.toml")))
    assert "heating has no option oil" in refused


def test_the_tree_shows_questions_branches_rules_and_clocks(machine: Machine) -> None:
    machine.env["COLUMNS"] = "200"
    said = machine.does("questionnaire", "show", machine.file("boiler.toml")).stdout
    lines = [line.strip(" │├└─") for line in said.splitlines()]
    for line in (
        "since (date; a skip means unknown)  Since when is it cold?",
        "when heating is cold",
        "gas  It smells of gas",
        "frost (other): protects from a week in the cold",
        "when since day 8 to 9999",
        "repair: day 14 from since (lease 7; unverified)  The landlord must have repaired it",
    ):
        assert line in lines
    russian = machine.does("questionnaire", "show", "--lang", "ru").stdout
    assert "custody (choice)  В каком вы сейчас положении?" in russian


COLD = ("questionnaire", "walk", "--at", "2026-03-20T12:00")


def test_answers_of_a_file_come_to_urgency_rules_deadlines_and_both_summaries(machine: Machine) -> None:
    (machine.folder / "answers").write_text('heating = "cold"\nsince = "2026-03-10"\nbaby = "yes"\n')
    said = machine.does(*COLD, machine.file("boiler.toml"), "--answers", machine.file("answers")).stdout
    assert said == """urgency: urgent (other)
  frost: decides, soon; protects from a week in the cold
  child: raises, soon; protects from a child in the cold
deadlines (times of Europe/Berlin):
  repair: The landlord must have repaired it: 2026-03-23 23:59 (lease 7; unverified)
rises by itself:
who writes sees:
  Heating: Cold
  Cold since: March 10, 2026
  Small child: Yes
the coordinator reads:
  Heating: Cold
  Cold since: March 10, 2026
  Small child: Yes
help:
"""


def test_it_is_judged_at_any_later_day(machine: Machine) -> None:
    (machine.folder / "answers").write_text('heating = "cold"\nsince = "today"\n')
    walk = (*COLD, machine.file("boiler.toml"), "--answers", machine.file("answers"))
    said = machine.does(*walk).stdout
    assert "urgency: weeks" in said and "  2026-03-27 00:00: soon (other)" in said
    assert "urgency: soon" in machine.does(*walk, "--days", "7").stdout


def test_answered_in_the_terminal_by_numbers_days_in_words_and_skips(machine: Machine) -> None:
    said = machine.does(*COLD, machine.file("boiler.toml"), answers="\n9\n2\nfive weeks hence\n10.03.2026\n\n").stdout
    assert "this question can't be skipped" in said and "none of its answers" in said
    assert "urgency: soon" in said and "Skipped: Small child" in said


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ('heating = "icy"', "heating: none of its answers"),
        ('baby = "yes"', "heating: it can't be skipped"),
        ('heating = "warm"\nsince = "today"', "since: not asked after these answers"),
        ('heating = "cold"\nsince = "2026-03-21"', "since: That day has not come yet."),
        ("heating = 5", "heating: a text or a list of texts"),
        ("heating", "is no file of answers"),
    ],
)
def test_answers_that_nobody_could_give_are_refused(machine: Machine, answers: str, why: str) -> None:
    (machine.folder / "answers").write_text(answers)
    assert why in assert_refused(machine.type(*COLD, machine.file("boiler.toml"), "--answers", machine.file("answers")))


def test_the_shortest_path_to_each_urgency_is_shown(machine: Machine) -> None:
    counted, *ways = machine.does("questionnaire", "coverage", machine.file("boiler.toml")).stdout.splitlines()
    assert "rules that fire: 4 of 4" == counted
    assert [re.sub("2[0-9-]{9}", "DAY", way) for way in ways] == [
        "critical: heating = gas (fires gas)",
        "urgent: heating = cold, since = DAY, baby = yes (fires frost, child)",
        "soon: heating = cold, since = DAY (fires frost)",
        "days: heating = cold, baby = yes (fires rest, child)",
        "weeks: heating = warm (fires rest)",
    ]


def test_a_rule_that_no_answers_fire_is_named_and_the_command_fails(machine: Machine) -> None:
    dead = BOILER.replace('since = { day = [8, 9999] }', 'since = { day = [8, 9999] }, heating = ["warm"]')
    (machine.folder / "dead.toml").write_text(dead)
    done = machine.type("questionnaire", "coverage", machine.file("dead.toml"))
    assert done.exit_code == 1
    assert "nothing found that fires frost: protects from a week in the cold" in done.stdout


def test_what_came_went_and_changed_is_told_by_the_paths_of_the_keys(machine: Machine) -> None:
    new = BOILER
    for found, put in {
        "Europe/Berlin": "Europe/Vienna",
        'self = "Is your flat warm?"': 'self = "Is it warm at home?"',
        '{ id = "warm", label = "Warm" }, ': "",
        'label = "No" }]': 'label = "No" }, { id = "soon", label = "Soon" }]',
        "day = [8, 9999]": "day = [4, 9999]",
        'urgency = "critical"': 'urgency = "urgent"',
        "verified = false": "verified = true",
    }.items():
        assert found in new
        new = new.replace(found, put, 1)
    (machine.folder / "new.toml").write_text("# another comment\n" + new)
    said = machine.does("questionnaire", "diff", machine.file("boiler.toml"), machine.file("new.toml")).stdout
    assert said.splitlines() == [
        "~ questionnaire.time_zone: Europe/Berlin -> Europe/Vienna",
        "~ question.heating.self: Is your flat warm? -> Is it warm at home?",
        "~ question.heating.another: Is your flat warm? -> Is it warm at home?",
        "- question.heating.options.warm: Warm",
        "+ question.baby.options.soon: Soon",
        "~ rule.gas.urgency: critical -> urgent",
        "~ rule.frost.when: (since day 8 to 9999) -> (since day 4 to 9999)",
        "~ clock.repair.verified: false -> true",
    ]


def test_a_file_does_not_differ_from_itself_and_another_order_is_told(machine: Machine) -> None:
    head, *questions = BOILER.split("[[question]]")
    baby, rules = questions[2].split("[[rule]]", 1)
    moved = "[[question]]".join([head, baby, questions[0], f"{questions[1]}[[rule]]{rules}"])
    (machine.folder / "moved.toml").write_text(moved)
    diff = ("questionnaire", "diff", machine.file("boiler.toml"))
    assert "no difference\n" == machine.does(*diff, machine.file("boiler.toml")).stdout
    said = machine.does(*diff, machine.file("moved.toml")).stdout
    assert "~ question, their order: heating, since, baby -> baby, heating, since\n" == said


def test_the_picture_has_a_box_for_each_question_rule_and_clock_and_an_arrow_for_each_answer(machine: Machine) -> None:
    quoted = BOILER.replace('self = "Since when is it cold?"', "self = 'Since when is it \"cold\"?'")
    (machine.folder / "quoted.toml").write_text(quoted)
    said = machine.does("questionnaire", "graph", machine.file("quoted.toml")).stdout.splitlines()
    assert said[0] == "flowchart LR"
    assert len([line for line in said if line.startswith("    ")]) == 3 + 4 + 1
    assert '    q_since["since: Since when is it #quot;cold#quot;?"]' in said
    assert [line for line in said if "-->" in line] == [
        '  q_heating -->|"is cold"| q_since',
        '  q_heating -->|"is gas"| r_0',
        '  q_since -->|"day 8 to 9999"| r_1',
        '  q_baby -->|"is yes"| r_2',
        '  q_heating -->|"is cold"| r_2',
        '  q_heating -->|"is cold"| c_0',
    ]
