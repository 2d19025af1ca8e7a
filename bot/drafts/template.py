"""Templates: text files, one for a kind and language, in which an organisation lays its forms out.

A line is a paragraph. ``# `` is the title, ``## `` a heading, ``- `` an item, ``[ ] `` a box to tick. Fields are
Jinja's: ``{{ gap.name }}`` ends its line, and what stands before it is its label; a line whose field has nothing to
say falls away. Fields come in as marks, never as text: nothing that was answered can become a template.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.drafts.fields import LISTS, TABLES, Fields, Given
from bot.drafts.kinds import KINDS, Kind
from bot.drafts.law import VERIFIED
from bot.drafts.paragraph import Form, Paragraph, Style

BUILT_IN = Path(__file__).with_name("templates")
STYLES = {"# ": Style.TITLE, "## ": Style.HEADING, "- ": Style.ITEM, "[ ] ": Style.BOX}
_MARK = re.compile("\ue000([0-9]+)\ue001")


class TemplateFault(Exception):
    """A template that must not be used, with its name and the line."""

    hint = "mend it, then run: qorgan templates check"


@dataclass(frozen=True, slots=True)
class Template:
    name: str
    source: str


def read(own: Path | None, kind: Kind, language: str) -> Template:
    """The organisation's own where it has any of that kind, else the built-in. Raises TemplateFault."""
    name = file_name(kind.id, language)
    theirs = own is not None and any((own / file_name(kind.id, one)).exists() for one in kind.languages)
    path = (own if own is not None and theirs else BUILT_IN) / name
    try:
        return Template(name, path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise TemplateFault(f"{name}: {'missing' if not path.exists() else 'can not be read as text'}") from None


def file_name(kind: str, language: str) -> str:
    return f"{kind}.{language}.txt"


def faults_in(folder: Path, known: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """All that is wrong with an organisation's own folder."""
    ours = {file_name(kind.id, language): (kind, language) for kind in KINDS.values() for language in kind.languages}
    there = {path.name for path in folder.iterdir() if path.name != VERIFIED}
    for name in sorted(there - set(ours)):
        yield f"{name}: not the name of a template"
    begun = {ours[name][0].id for name in there & set(ours)}
    for kind, language in ours.values():
        if kind.id in begun:
            try:
                yield from faults(read(folder, kind, language), known)
            except TemplateFault as fault:
                yield str(fault)


def lay_out(template: Template, fields: Fields) -> tuple[Paragraph, ...]:
    """The paragraphs of a template, each with where it comes from."""
    marks: list[Given] = []

    def mark(given: Given) -> str:
        marks.append(given)
        return f"\ue000{len(marks) - 1}\ue001"

    tables = {table: {name: mark(given) for name, given in named.items()} for table, named in fields.tables.items()}
    lists = {name: [mark(given) for given in each] for name, each in fields.lists.items()}
    try:
        written = _environment().from_string(template.source).render(**tables, **lists)
    except TemplateError as error:
        raise TemplateFault(f"{template.name}: {error}") from None
    return tuple(one for line in written.splitlines() for one in _line(line.strip(), template.name, marks))


def _line(line: str, name: str, marks: list[Given]) -> Iterator[Paragraph]:
    prefix = next((one for one in STYLES if line.startswith(one)), "")
    style = STYLES.get(prefix, Style.BODY)
    label, *found = _MARK.split(line.removeprefix(prefix))
    label = label.strip()
    given = [paragraph for number in found[::2] for paragraph in marks[int(number)]]
    if not found and label:
        yield Paragraph(Form(name), label=label, style=style)
    elif len(given) == 1:
        yield replace(given[0], label=label or given[0].label, style=style)
    elif given:
        if label:
            yield Paragraph(Form(name), label=label, style=style)
        yield from (replace(one, style=Style.ITEM) for one in given)


def faults(template: Template, known: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What keeps a template from being used, each with its name and line."""
    environment = _environment()
    try:
        tree = environment.parse(template.source)
    except TemplateSyntaxError as error:
        yield f"{template.name}, line {error.lineno}: {error.message}"
        return
    own = {name.name for loop in tree.find_all(nodes.For) for name in loop.find_all(nodes.Name) if name.ctx == "store"}
    for name in tree.find_all(nodes.Name):
        if name.name not in own and name.name not in (*TABLES, *LISTS):
            yield f"{template.name}, line {name.lineno}: unknown field {name.name}"
    for part in tree.find_all(nodes.Getattr):
        table = part.node.name if isinstance(part.node, nodes.Name) else ""
        if table not in TABLES or part.attr not in known[table]:
            yield f"{template.name}, line {part.lineno}: unknown field {table}.{part.attr}"
    for kind in (nodes.Call, nodes.Filter, nodes.Getitem, nodes.Macro, nodes.Include, nodes.Extends, nodes.Import):
        for other in tree.find_all(kind):
            yield f"{template.name}, line {other.lineno}: only fields, if and for stand in a template"
    for number, line in enumerate(template.source.splitlines(), 1):
        if "{{" in line and not line.rstrip().endswith("}}"):
            yield f"{template.name}, line {number}: a field ends its line"


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
