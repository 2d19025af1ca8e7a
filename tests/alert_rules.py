"""Reads deploy/alerts.yml as far as its lines go: whatever else YAML or Prometheus could say is refused."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parents[1] / "deploy" / "alerts.yml"
HEAD = ["groups:", "  - name: qorgan", "    rules:"]
RULE = (
    r"      - alert: (?P<name>Qorgan[A-Za-z]+)",
    r'        expr: (?P<expression>"(?:[^"\\]|\\")+")',
    r"        for: (?P<lasting>[0-9]+[smhd])",
    r"        labels: \{severity: (?P<severity>page|ticket|info)\}",
    r'        annotations: \{summary: (?P<summary>"[^"\\{}$]+")\}',
)

# As much of PromQL as the rules need.
_LABEL = r'([a-z]+)=~?"([a-z0-9|]+)"'
SELECTOR = rf"(?P<metric{{0}}>[a-z_]+)(?:\{{{{(?P<labels{{0}}>{_LABEL}(?:,{_LABEL})*)\}}}})?"
_ABSENT = rf"absent\({SELECTOR.format(1)} == 1\)"
_COUNTED = rf"sum\(increase\({SELECTOR.format(2)}\[[0-9]+m\]\)\) > [0-9]+"
_SIMPLE = rf"(?:max|min)\({SELECTOR.format(3)}\) (?:==|>) [0-9]+"
TERM = re.compile(f"{_ABSENT}|{_COUNTED}|{_SIMPLE}")


@dataclass(frozen=True)
class Rule:
    name: str
    severity: str
    terms: tuple[tuple[str, dict[str, tuple[str, ...]]], ...]
    """Of each comparison the metric, and the labels it looks at with their values."""


def read() -> list[Rule]:
    """Raises ValueError at the first line that is none of these."""
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    if lines[: len(HEAD)] != HEAD or (len(lines) - len(HEAD)) % len(RULE):
        raise ValueError("not a list of rules of five lines each")
    every = lines[len(HEAD) :]
    return [_rule(every[start : start + len(RULE)]) for start in range(0, len(every), len(RULE))]


def _rule(lines: list[str]) -> Rule:
    found: dict[str, str] = {}
    for pattern, line in zip(RULE, lines, strict=True):
        matched = re.fullmatch(pattern, line)
        if matched is None:
            raise ValueError(line)
        found |= matched.groupdict()
    terms = tuple(map(_term, json.loads(found["expression"]).split(" or ")))
    return Rule(found["name"], found["severity"], terms)


def _term(expression: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    matched = TERM.fullmatch(expression)
    if matched is None:
        raise ValueError(expression)
    (kind,) = [number for number in "123" if matched[f"metric{number}"]]
    labels = re.findall(_LABEL, matched[f"labels{kind}"] or "")
    return matched[f"metric{kind}"], {name: tuple(values.split("|")) for name, values in labels}
