"""The pages people read: their code blocks, and the commands that are named in between."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PAGES = "README.md", "deploy/README.md", "CONTRIBUTING.md", "SECURITY.md"
_HEADING = re.compile(r"^(#{1,6}) (.+)\n", re.MULTILINE)
_EXPLANATION = re.compile(r" {2,}| #")


@dataclass(frozen=True)
class Section:
    """What stands under one heading. ``part``: the heading of the second level that it belongs to."""

    page: str
    part: str
    title: str
    body: str

    @property
    def lines(self) -> list[str]:
        """Of its code blocks."""
        return [line[4:] for line in self.body.splitlines() if line.startswith("    ")]

    @property
    def commands(self) -> list[str]:
        """The lines without what is said of them beside."""
        return [_EXPLANATION.split(line.strip())[0] for line in self.lines]

    @property
    def named(self) -> list[str]:
        """Whatever is set as code inside its text, on one line each."""
        text = "\n".join("" if line.startswith("    ") else line for line in self.body.splitlines())
        spans = [span for paragraph in text.split("\n\n") for span in re.findall(r"`([^`]+)`", paragraph)]
        return [" ".join(span.split()) for span in spans]


def sections(page: str) -> list[Section]:
    text, part = (CHECKOUT / page).read_text("utf-8"), ""
    heads = list(_HEADING.finditer(text))
    found = []
    for head, after in zip(heads, [*heads[1:], None], strict=True):
        part = head[2] if len(head[1]) <= 2 else part
        found.append(Section(page, part, head[2], text[head.end() : after.start() if after else len(text)]))
    return found
