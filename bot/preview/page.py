"""A preview as one HTML page: no script, nothing from elsewhere, light and dark, the source beside each screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape, unescape
from itertools import groupby

from bot.preview.shown import Said, Shown

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ccc, #444); --paper: light-dark(#fff, #1c1f24); }
body { font: 16px/1.45 system-ui, sans-serif; margin: 1rem auto; max-width: 76rem; padding: 0 1rem; }
section { border-top: 1px solid var(--line); padding: .6rem 0; }
h3 { font-size: 1rem; margin: .2rem 0 .5rem; overflow-wrap: anywhere; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: 1rem; }
.message { background: var(--paper); border: 1px solid var(--line); border-radius: .6rem; padding: .6rem .8rem;
  white-space: pre-wrap; overflow-wrap: anywhere; margin-bottom: .5rem; }
.row { display: flex; flex-wrap: wrap; gap: .3rem; margin-top: .3rem; }
.row span { border: 1px solid var(--line); border-radius: .4rem; flex: 1 1 auto; padding: .15rem .5rem;
  text-align: center; }
table { border-collapse: collapse; width: 100%; } td, th { border: 1px solid var(--line); padding: .3rem .5rem;
  text-align: start; vertical-align: top; width: 50%; overflow-wrap: anywhere; white-space: pre-wrap; }
"""
_KEPT = re.compile("(</?(?:b|i|u|s|code|pre)>)")


def page(name: str, code: str, shown: Iterable[Shown], alone: Sequence[tuple[str, str]]) -> str:
    """``name``: of the language; ``alone``: source and wording of the texts that stand on no screen of these."""
    every = list(shown)
    body = [f"<h1>{escape(name)}</h1>", _contents(every, len(alone))]
    for role, screens in groupby(every, key=lambda one: one.role):
        body.append(f'<h2 id="{escape(role)}">{escape(role.capitalize())}</h2>')
        body += [_section(one, code) for one in screens]
    body.append('<h2 id="alone">Texts that stand alone</h2><p>On none of the screens above, or of several forms.</p>')
    rows = (f'<tr><td lang="en">{escape(a)}</td><td lang="{escape(code)}">{escape(b)}</td></tr>' for a, b in alone)
    body.append(f"<table><tr><th>Source</th><th>{escape(name)}</th></tr>{''.join(rows)}</table>")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Qorgan: {escape(name)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _contents(every: Sequence[Shown], alone: int) -> str:
    roles = dict.fromkeys(one.role for one in every)
    counted = {role: sum(one.role == role for one in every) for role in roles}
    links = [f'<a href="#{escape(role)}">{escape(role)}: {number}</a>' for role, number in counted.items()]
    links.append(f'<a href="#alone">alone: {alone}</a>')
    return f"<nav>{' · '.join(links)}</nav>"


def _section(one: Shown, code: str) -> str:
    sides = (f'<div lang="{lang}">{"".join(map(_message, said))}</div>' for lang, said in (
        ("en", one.source), (escape(code), one.wording),
    ))  # fmt: skip
    return f'<section><h3>{escape(one.title)}</h3><div class="two">{"".join(sides)}</div></section>'


def _message(said: Said) -> str:
    """Telegram's few tags are kept, whatever else is in the text is shown as it stands."""
    html, rows = said
    parts = (one if _KEPT.fullmatch(one) else escape(unescape(one), quote=False) for one in _KEPT.split(html))
    labels = ("".join(f"<span>{escape(button['text'])}</span>" for button in row) for row in rows)
    buttons = "".join(f'<div class="row">{row}</div>' for row in labels)
    return f'<div class="message">{"".join(parts)}{buttons}</div>'
