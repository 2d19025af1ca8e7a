"""Written words as tokens: each of one kind, by a lexicon; a number with its ending, a phrase, an hour are one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.intake.lexicon import UNKNOWN, Lexicon, skeleton

LONGEST = 100
"""Characters; no way to write a day comes near."""
_PIECE = re.compile(
    r"(?P<time>[0-9]{1,2}:[0-9]{2}(?![0-9:]))|(?P<number>[0-9]+)|(?P<word>[^\W\d_]+)|(?P<gap>.)", re.DOTALL
)
_YEAR = re.compile("(?:19|20|21)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Token:
    """``kind`` is a letter of the lexicon's, or ``t`` for 14:30, ``y`` for a year, ``#`` for a number too long."""

    kind: str
    which: str
    gap: str = ""
    """The marks that stood before it."""
    spelled: bool = True


def tokens(words: str, lexicon: Lexicon) -> list[Token]:
    """All of the words, but for those that say nothing."""
    folded = skeleton(words)
    if len(folded) > LONGEST:
        return [Token(*UNKNOWN)]
    pieces = list(_PIECE.finditer(folded))
    out: list[Token] = []
    gap, at = "", 0
    while at < len(pieces):
        piece = pieces[at]
        if piece["gap"]:
            gap += piece["gap"].strip()
            at += 1
            continue
        token, at = _phrase(pieces, at, lexicon) if piece["word"] else _figures(pieces, at, lexicon)
        if token.kind:
            out = _joined(out, replace(token, gap=gap))
            gap = ""
    return out


def _phrase(pieces: Sequence[re.Match[str]], at: int, lexicon: Lexicon) -> tuple[Token, int]:
    """The longest phrase known that begins here, else one word and what it was meant as."""
    places = [place for place in range(at, len(pieces)) if not pieces[place]["gap"]]
    ahead = []
    for place in places[: lexicon.longest]:
        if not pieces[place]["word"]:
            break
        ahead.append(place)
    for last in range(len(ahead), 0, -1):
        sense = lexicon.sense(" ".join(pieces[place][0] for place in ahead[:last]))
        if sense is not None:
            return Token(*sense), ahead[last - 1] + 1
    return Token(*lexicon.near(pieces[at][0])), at + 1


def _figures(pieces: Sequence[re.Match[str]], at: int, lexicon: Lexicon) -> tuple[Token, int]:
    """A number or an hour, with the ending that it carries."""
    written = pieces[at][0]
    kind = "t" if pieces[at]["time"] else "y" if _YEAR.fullmatch(written) else "n" if len(written) < 4 else "#"
    after = at + 1
    behind = after + 1 if after < len(pieces) and pieces[after][0] == "-" else after
    ending = lexicon.numbers.get(pieces[behind][0]) if behind < len(pieces) else None
    if ending is None:
        return Token(kind, written, spelled=False), after
    return Token(ending if kind == "n" else kind, written, spelled=False), behind + 1


def _joined(out: list[Token], token: Token) -> list[Token]:
    """The token put behind the others; spelled tens and what follows them are one number."""
    before = out[-1] if out else None
    if (
        before is not None
        and before.kind == "n"
        and token.kind in ("n", "o")
        and before.spelled
        and token.spelled
        and before.which in ("10", "20", "30")
        and len(token.which) == 1
    ):
        return [*out[:-1], replace(token, which=str(int(before.which) + int(token.which)), gap=before.gap)]
    return [*out, token]
