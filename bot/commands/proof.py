"""What a restored database shows of itself: how many of its cases open, and no word of them."""

from __future__ import annotations

from dataclasses import dataclass

from bot.store.work import Work


@dataclass(frozen=True, slots=True)
class Proof:
    """``heads`` of ``cases`` open, ``open`` of ``entries``; ``elsewhere`` of these only with the coordinators."""

    cases: int
    heads: int
    entries: int
    open: int
    elsewhere: int
    audit: bool

    @property
    def whole(self) -> bool:
        return self.audit and self.heads == self.cases and self.open + self.elsewhere == self.entries

    def lines(self) -> list[str]:
        told = [
            f"cases that open     {self.heads} of {self.cases}",
            f"entries that open   {self.open} of {self.entries}",
            f"audit log           {'unbroken' if self.audit else 'broken: see qorgan audit verify'}",
        ]
        if self.elsewhere:
            kept = "sealed to the coordinators' keys: they are there, but that they open is not shown here"
            told.insert(2, f"kept offline        {self.elsewhere} {kept}")
        return told


def prove(work: Work) -> Proof:
    """Every entry of every case is opened."""
    entries = found = elsewhere = 0
    ids = work.case_marks()
    for case in ids:
        total, sealed = work.entry_count(case), work.sealed_entries(case)
        away = sum(work.kept_elsewhere([one]) for one in sealed)
        entries, elsewhere = entries + total, elsewhere + away
        found += len(work.entries(case)) if away < total else 0
    audit = work.verify_audit().fault is None
    return Proof(len(ids), len(work.load_cases(ids)), entries, found, elsewhere, audit)
