"""``python -m tests.handover``: the table of what could be handed over; with --write, into SECURITY.md."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from bot.vault import Custody
from tests.handover.house import seize
from tests.handover.table import BEGIN, END, table


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        server, offline = (asyncio.run(seize(Path(scratch) / custody, custody)) for custody in Custody)
        made = table(server, offline)
    if sys.argv[1:] != ["--write"]:
        print(made)
        return
    page = Path("SECURITY.md")
    before, rest = page.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    page.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
