"""Cases as a document to print: one self-contained page of HTML without scripts, each case on sheets of its own."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.intake.summary import Line
from bot.intake.text import Text, text
from bot.languages import Language

STYLE = """
@page { size: A4; margin: 18mm 20mm; }
* { box-sizing: border-box; }
body { max-width: 170mm; margin: 0 auto; padding: 8mm 4mm; color: #000; background: #fff;
  font: 10.5pt/1.45 "DejaVu Sans", "Noto Sans", "Liberation Sans", Arial, sans-serif; }
article + article { break-before: page; border-top: 1px solid #000; margin-top: 12mm; padding-top: 6mm; }
h1 { font-size: 16pt; margin: 0 0 3mm; letter-spacing: .04em; }
ul { list-style: none; margin: 0 0 6mm; padding: 0; }
li { margin: 0 0 .6mm; }
li:first-child { font-weight: bold; }
table { width: 100%; border-collapse: collapse; }
tr { break-inside: avoid; }
th, td { border-top: .5pt solid #999; padding: 1.6mm 0; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; }
th { width: 34%; padding-right: 5mm; font-weight: normal; color: #444; }
.words { display: block; white-space: pre-wrap; border-left: 2pt solid #777; padding-left: 2.5mm; }
.missing { font-weight: bold; }
footer { margin-top: 6mm; color: #444; font-size: 8.5pt; }
@media print { body { max-width: none; padding: 0; } article + article { border: 0; margin: 0; padding: 0; } }
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One case: its name, what stands above the answers, the answers, and how many entries do not open."""

    name: str
    above: Sequence[Text]
    lines: Sequence[Line]
    damaged: int = 0


def document(sheets: Iterable[Sheet], made: datetime, language: Language) -> str:
    """Everything in it is escaped; a reader that knows policies of content runs and fetches nothing."""
    title = text("Cases")
    printed = [
        text("Printed: {moment}", moment=made),
        text("Readable by anybody: keep it locked away, and destroy it when it is not needed any more."),
    ]
    foot = f"<footer>{'<br>'.join(_said(line, language) for line in printed)}</footer>"
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="{_safe(language.code)}">',
            '<head><meta charset="utf-8">',
            """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">""",
            '<meta name="viewport" content="width=device-width">',
            f"<title>{_said(title, language)}</title>",
            f"<style>{STYLE}</style></head>",
            "<body>",
            *(_article(sheet, language, foot) for sheet in sheets),
            "</body></html>",
            "",
        ]
    )


def _article(sheet: Sheet, language: Language, foot: str) -> str:
    above = [f"<li>{_said(line, language)}</li>" for line in sheet.above]
    missing = text("Parts that do not open here and are missing: {count}", count=sheet.damaged)
    return "\n".join(
        [
            f"<article><h1>{_said(text('Case: {code}', code=sheet.name), language)}</h1>",
            *(["<ul>", *above, "</ul>"] if above else []),
            *([f'<p class="missing">{_said(missing, language)}</p>'] if sheet.damaged else []),
            "<table>",
            *(_row(line, language) for line in sheet.lines),
            "</table>",
            f"{foot}</article>",
        ]
    )


def _row(line: Line, language: Language) -> str:
    values = ", ".join(_said(value, language) for value in line.values)
    # Isolated: letters written from right to left turn nothing around but themselves.
    words = f'<bdi class="words">{_safe(line.words)}</bdi>' if line.words else ""
    return f"<tr><th>{_said(line.title, language)}</th><td>{values}{words}</td></tr>"


def _said(said: Text, language: Language) -> str:
    return _safe(language.say(said))


def _safe(words: str) -> str:
    """As text, and without letters that nobody sees."""
    seen = (one if one == "\n" or unicodedata.category(one) not in _UNSEEN else " " for one in words)
    return html.escape("".join(seen))


_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
