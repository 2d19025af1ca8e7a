"""An organisation's own templates: refused with name and line, or used in place of the built-in ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import qorgan
from bot.drafts import law, template
from bot.drafts.drafting import draft
from bot.drafts.kinds import KINDS
from bot.drafts.paragraph import Sourced
from bot.drafts.template import Template, TemplateFault
from tests.drafts.cases import case

HRC = KINDS["hrc"]


def typed(*words: str) -> Result:
    return CliRunner().invoke(qorgan, ["templates", *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The built-in ones, copied to be changed."""
    assert 0 == typed("copy", str(tmp_path / "own")).exit_code
    return tmp_path / "own"


def test_the_built_in_templates_can_be_used_and_copying_writes_nothing_over(folder: Path) -> None:
    done = typed("check", str(folder))
    assert (0, "the templates can be used\n") == (done.exit_code, done.stdout), done.output
    assert 2 == typed("copy", str(folder)).exit_code


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Name: {{ gap.nmae }}", "hrc.en.txt, line 2: unknown field gap.nmae"),
        ("{{ name }}", "hrc.en.txt, line 2: unknown field name"),
        ("{% for one in answrs %}{% endfor %}", "hrc.en.txt, line 2: unknown field answrs"),
        ("{% for one in facts %}", "hrc.en.txt, line 2: "),
        ("{% endfor %}", "hrc.en.txt, line 2: "),
        ("{{ gap.name }} and more", "hrc.en.txt, line 2: a field ends its line"),
        ("{{ gap.name.__class__ }}", "hrc.en.txt, line 2: unknown field"),
        ("{% include 'other' %}", "hrc.en.txt, line 2: only fields, if and for"),
        ("{{ gap['name'] }}", "hrc.en.txt, line 2: only fields, if and for"),
        ("{{ gap.name | upper }}", "hrc.en.txt, line 2: only fields, if and for"),
    ],
)
def test_a_broken_template_is_refused_with_its_name_and_line(folder: Path, line: str, fault: str) -> None:
    (folder / "hrc.en.txt").write_text(f"# Title\n{line}\n", encoding="utf-8")
    done = typed("check", str(folder))
    assert 1 == done.exit_code and any(one.startswith(fault) for one in done.stdout.splitlines()), done.output
    with pytest.raises(TemplateFault, match=r"hrc\.en\.txt"):
        draft(HRC, "en", case(), template.read(folder, HRC, "en"), law.load())


def test_a_missing_language_and_a_strange_file_are_refused(folder: Path) -> None:
    (folder / "hrc.ru.txt").unlink()
    (folder / "hcr.ru.txt").write_text("", encoding="utf-8")
    (folder / "cat.en.txt").write_bytes(b"\xff\xfe\xff")
    done = typed("check", str(folder))
    assert ["hcr.ru.txt: not the name of a template", "hrc.ru.txt: missing", "cat.en.txt: can not be read as text"] == (
        done.stdout.splitlines()
    )
    with pytest.raises(TemplateFault, match=r"hrc\.ru\.txt: missing"):
        template.read(folder, HRC, "ru")


def test_an_own_template_serves_and_its_kind_alone(tmp_path: Path) -> None:
    for language in HRC.languages:
        (tmp_path / f"hrc.{language}.txt").write_text("# Ours\nName: {{ gap.name }}\n", encoding="utf-8")
    found = draft(HRC, "en", case(), template.read(tmp_path, HRC, "en"), law.load(tmp_path))
    assert ["Ours", "Name:"] == [one.label for one in found.body]
    other = template.read(tmp_path, KINDS["cat"], "en")
    assert other == template.read(None, KINDS["cat"], "en") and isinstance(other, Template)


def test_what_an_organisations_lawyer_has_verified_says_when(tmp_path: Path) -> None:
    (tmp_path / "verified.toml").write_text("cpc_592_1 = 2026-12-01\n", encoding="utf-8")
    origin = law.load(tmp_path).laws["cpc_592_1"].origin
    assert isinstance(origin, Sourced) and "verified on {day}" == origin.status.message
    for broken, fault in (
        ("cpc_1 = 2026-12-01", "no legal statement cpc_1"),
        ("cpc_592_1 = true", "a day"),
        ("=", "TOML"),
    ):
        (tmp_path / "verified.toml").write_text(broken, encoding="utf-8")
        with pytest.raises(law.LawFault, match=fault):
            law.load(tmp_path)
    assert 2 == typed("check", str(tmp_path)).exit_code


def test_every_field_is_listed() -> None:
    listed = typed("fields").stdout.split("\n")
    assert {"gap.name", "answer.custody", "law.cpc_592_1", "clock.X8", "clock.leave_by"} <= {*listed}
