"""The translator's commands, typed at a machine without keys, database and network."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from bot.catalogues import of_sources
from bot.languages import LanguageError
from tests.commands.machine import Machine, assert_refused
from tests.tenants.questionnaire import TENANTS


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    shutil.copy(TENANTS, tmp_path)
    return Machine(tmp_path)


def test_a_questionnaire_s_catalogues_are_made_beside_it_counted_and_checked(machine: Machine) -> None:
    ours = machine.file("tenants.toml")
    assert machine.does("locales", "extract", "--questionnaire", ours).stdout == "16 texts in tenants.pot\n"
    assert machine.does("locales", "update", "--questionnaire", ours).stdout == "ru: missing 11\nkk: missing 11\n"
    counted = machine.does("locales", "status", "--questionnaire", ours).stdout
    assert re.findall(r"│ (\w+) +│ (\d+) +│ (\d+) +│ (\d+) +│ (\d+) +│", counted) == [
        ("ru", "5", "0", "11", "0"), ("kk", "5", "0", "11", "0"),
    ]  # fmt: skip
    checked = machine.type("locales", "check", "--questionnaire", ours)
    assert checked.exit_code == 1 and "locales: kk: not translated: 'Heating'\n" in checked.stderr


def test_a_language_that_is_not_there_and_a_folder_without_one_are_refused(machine: Machine) -> None:
    assert "there is no language xx" in assert_refused(machine.type("locales", "preview", "xx"))
    empty = machine.type("locales", "status", "--locales", str(machine.folder))
    assert "there is no language in" in assert_refused(empty)


def test_without_the_sources_nothing_is_collected_from_them(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="collected from the sources") as refused:
        of_sources(tmp_path)
    assert "--questionnaire" in refused.value.hint
