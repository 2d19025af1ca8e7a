"""The demo's page, driven over HTTP as a browser drives it: the real bot answers, from a process of its own."""

from __future__ import annotations

from tests.demo.conftest import PERSON, Demo, alerts, place

ANSWERS = {
    "consent": ("agree",),
    "safe_now": ("yes",),
    "who": ("self",),
    "custody": ("police",),
    "where": ("almaty",),
    "detained_since": ("today",),
    "papers": ("none", "-done"),
    "event": ("none",),
    "contact": ("bot",),
    "trusted": ('"Брат Анны в Уральске',),
    "offer": ("send",),
}


async def test_an_intake_by_presses_reaches_the_coordinator(demo: Demo) -> None:
    await demo.do("write", PERSON, text="/start")
    await demo.wait(lambda state: place(state, PERSON))
    await demo.play(ANSWERS, "home")
    await demo.wait(alerts)
