"""What a thief of the disk or a reader of the logs finds: nothing that anyone has said, and nobody's name."""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import count
from urllib.request import urlopen

import pytest

from bot import logs
from bot.sandbox import Account, Sandbox
from bot.sandbox.player import place, play
from tests.ports import free_port
from tests.process.conftest import ADMINISTRATOR, COORDINATOR, PASSPHRASE, Home, holds, kill, stop
from tests.process.crowd import generation, opened, wraps

NAME, SURNAME, PHONE, SIGNAL = "Канарей", "Ptitsyn-Kanareykin", "+7 701 555 01 99", "@kanareyka.signal"
FREE, HEAP = "Зелёная канарейка поёт за решёткой", "🐤🕊🦜🪶🐥🦚🐦🦢"
THEIRS = "пять громких слов для чужой связки"
STAFF = "Сторожея"
STRAY = "Кто-нибудь видел жёлтую канарейку?"
GREEDY = {"where": 200, "contact": 100, "trusted": 200, "free": 500}
"""The free texts and how long each may be (kazakhstan.toml)."""


def shapes(canary: str) -> Iterator[bytes]:
    """Everything that a careless program makes of a text."""
    raw = [canary.encode("utf-8"), canary.encode("utf-16-le"), canary.encode("utf-16-be")]
    yield from raw
    yield json.dumps(canary)[1:-1].encode()
    for one in raw:
        yield one.hex().encode()
        yield one.hex().upper().encode()
        for shift in range(3):
            # Only the characters that no neighbour has a share in.
            inside = (len(one) - (-shift) % 3) // 3 * 3
            middle = one[(-shift) % 3 :][:inside]
            yield base64.b64encode(middle)
            yield base64.urlsafe_b64encode(middle)


def number_shapes(number: int) -> Iterator[bytes]:
    """A Telegram id as digits in every shape, and as the integer that SQLite or a struct would keep."""
    yield from shapes(str(number))
    for order in ("big", "little"):
        yield number.to_bytes(6, order)


def found(canaries: dict[str, list[bytes]], haystacks: dict[str, bytes]) -> list[str]:
    """Where a canary sings; by its name, so that a failed test is readable."""
    return sorted(
        {
            f"{name} in {place}"
            for place, haystack in haystacks.items()
            for name, every in canaries.items()
            if any(shape in haystack for shape in every)
        }
    )


@pytest.mark.parametrize("before", [b"", b"x", b"xy"])
@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "utf-16-be"])
def test_the_search_finds_a_canary_in_each_disguise(before: bytes, code: str) -> None:
    """Or everything below would prove nothing."""
    raw = before + FREE.encode(code) + b"behind"
    for disguised in (raw, raw.hex().encode(), base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        assert found({"free": list(shapes(FREE))}, {"here": disguised}) == ["free in here"]
    assert found({"free": list(shapes(FREE))}, {"here": b"nothing"}) == []


def told(text: str) -> dict[str, tuple[str, ...]]:
    """A path through every question that takes words, each told this."""
    return {
        "consent": ("agree",),
        "safe_now": ("yes",),
        "who": ("self",),
        "custody": ("police",),
        "where": (f'"{_cut(text, "where")}',),
        "papers": ("protocol", "-done"),
        "contact": ("signal", f'"{_cut(text, "contact")}'),
        "trusted": (f'"{_cut(text, "trusted")}',),
        "offer": ("go_on",),
        "free": (f'"{_cut(text, "free")}',),
        "review": ("-send",),
    }


def _cut(text: str, question: str) -> str:
    return (text * (1 + GREEDY[question] // len(text)))[: GREEDY[question]] if text == HEAP else text


SKIPPED = {
    "consent": ("agree",),
    "who": ("self",),
    "custody": ("liberty",),
    "offer": ("send",),
    "review": ("-send",),
}
PATHS = [
    SKIPPED,
    told(HEAP),
    told(FREE),
    told(SURNAME),
    told(PHONE),
    told(SIGNAL),
    SKIPPED | {"contact": ("other", f'"{HEAP * 12}'), "free": (f'"{HEAP * 62}',), "offer": ("go_on",)},
    told(HEAP) | {"custody": ("unknown",), "where": ("almaty",)},
    SKIPPED | {"who": ("relative",), "custody": ("sizo",), "where": (f'"Алматы, {FREE}',)},
    told(f"{SURNAME}, {PHONE}"),
]


async def test_ten_intakes_leave_nothing_to_read_on_disk_or_in_the_log(home: Home, sandbox: Sandbox) -> None:
    """Nor does the trouble on the way: refusals that quote a text, lost connections, odd updates, a kill.

    And the entries of all ten have one length, so that nobody sees who said nothing and who said much.
    """
    ids = count(6_318_246_905_511, 77_777_777_777)
    people = [sandbox.user(next(ids), f"{NAME}{index}", "ru", "kanareyka_ptitsyna") for index in range(len(PATHS))]
    coordinator = sandbox.user(COORDINATOR, f"{NAME}-Дежурная", "ru")
    coordinator.start()
    port = free_port()
    home.env["QORGAN_METRICS_LISTEN"] = f"127.0.0.1:{port}"
    first = home.run(sandbox)
    await coordinator.wait(lambda me: me.screen, 15)

    sandbox.fail("answerCallbackQuery", status=400, description=f"Bad Request: can't parse entities: {FREE}", times=2)
    sandbox.fail("sendMessage", status=500, description=f"Internal Server Error: {PHONE}", times=2)
    sandbox.fail("editMessageText", status=502, description=f"Bad Gateway: {SURNAME}", times=1)
    sandbox.fail("editMessageText", drop="before", times=1)
    await asyncio.gather(*(intake(one, path) for one, path in zip(people[:5], PATHS[:5], strict=True)))
    people[0].raw({"message": {"text": FREE, "from": {"id": people[0].id}, "chat": NAME, "date": "?"}})
    people[0].send("contact")
    living = read_all(home)
    kill(first)
    killed = read_all(home)

    second = home.run(sandbox)
    await asyncio.gather(*(intake(one, path) for one, path in zip(people[5:], PATHS[5:], strict=True)))
    people[2].write(STRAY)
    await people[2].wait(lambda me: any(one.data.endswith("=pass") for one in me.buttons()))
    people[2].press(next(one.data for one in people[2].buttons() if one.data.endswith("=pass")))
    await sandbox.settled()
    await every_summary(coordinator)
    await sandbox.settled()
    later = read_all(home)
    figures = await asyncio.to_thread(lambda: urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read())
    assert b"qorgan_store_up 1.0" in figures and b"qorgan_open_cases" in figures
    assert await stop(second) == 0

    canaries = all_canaries(sandbox, people)
    output = {"output": home.output.read_bytes(), "figures": figures}
    lines = [json.loads(line) for line in home.output.read_text("utf-8").splitlines()]
    assert {"bot.started", "case.opened", "send.failed", "answer.failed"} <= {line["event"] for line in lines}
    assert {name for line in lines for name in line} <= logs.FACTS | logs.ENVELOPE - {"withheld"}
    for moment in (living, killed, later, read_all(home), output):
        assert found(canaries, moment) == []
    with closing(sqlite3.connect(home.database)) as database:
        cases, entries = database.execute("SELECT count(DISTINCT \"case\"), count(*) FROM entries").fetchone()
        assert cases == len(PATHS)
        assert entries > cases
        for column, table in (("ciphertext", "entries"), ("wrap", "wraps")):
            assert len(database.execute(f"SELECT DISTINCT length({column}) FROM {table}").fetchall()) == 1


async def test_keys_custody_erasure_and_audit_leave_nothing_to_read_either(home: Home, sandbox: Sandbox) -> None:
    """Not in a file, the log, or what commands say; in offline custody not in the coordinators' chats either."""
    home.env["QORGAN_ADMINS"] = str(ADMINISTRATOR)
    ids = count(6_318_246_905_511, 77_777_777_777)
    people = [sandbox.user(next(ids), f"{NAME}{index}", "ru", "kanareyka_ptitsyna") for index in range(3)]
    coordinator = sandbox.user(COORDINATOR, STAFF, "ru")
    administrator = sandbox.user(ADMINISTRATOR, STAFF, "en")
    process = home.run(sandbox)
    for member in (coordinator, administrator):
        member.start()
        await member.wait(lambda me: me.screen, 15)
    await asyncio.gather(intake(people[0], told(FREE)), intake(people[1], told(SURNAME)))
    await coordinator.wait(lambda me: len(takes(me)) == 2)
    with opened(home) as store:
        code = store.write_now(lambda work: work.all_cases())[0].head["code"]
    disks = [read_all(home)]

    administrator.write("/rotate")
    async with asyncio.timeout(20):
        while generation(home) == 1 or len(wraps(home)) > 1:
            await asyncio.sleep(0.05)
    for command in ("/keys", "/audit", f"/erase {code}"):
        administrator.write(command)
        await sandbox.settled()
    people[0].write("/keys")
    coordinator.write(f"/erase {code}")
    disks.append(read_all(home))
    administrator.press(next(one.data for one in administrator.buttons() if one.data.startswith("card.erase=")))
    await sandbox.settled()

    said = []

    def shell(*words: str, typed: str = "") -> str:
        done = home.command(*words, typed=typed)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout + done.stderr)
        return done.stdout

    elsewhere = home.data.with_name("elsewhere")
    elsewhere.mkdir(mode=0o700)
    public, case_keyring = str(elsewhere / "public"), str(elsewhere / "keyring")
    made = shell("keys", "offline-init", "--keyring", case_keyring, "--public", public, typed=f"{THEIRS}\n{THEIRS}\n")
    fingerprint = next(line.split(maxsplit=1)[1] for line in made.splitlines() if line.startswith("fingerprint"))
    challenge, there = str(elsewhere / "challenge"), ("keys", "offline", "--public", public)
    await asyncio.to_thread(shell, *there, "--fingerprint", fingerprint, "--challenge", challenge)
    made = shell("keys", "prove", "--keyring", case_keyring, challenge, typed=f"{THEIRS}\n")
    proof = next(line.split(maxsplit=1)[1] for line in made.splitlines() if line.startswith("proof"))
    await asyncio.to_thread(shell, *there, "--proof", proof)
    before = {one.id for one in coordinator.messages()}
    await intake(people[2], told(PHONE))
    await coordinator.wait(lambda me: len(takes(me)) == 2)
    coordinator.press(takes(coordinator)[-1])
    document = await coordinator.wait(lambda me: next((one for one in me.messages() if one.kind == "document"), None))
    sealed = coordinator.download(document)
    (elsewhere / "case").write_bytes(sealed)
    disks.append(read_all(home))
    for words in (("keys", "status"), ("cases", "list"), ("audit", "show"), ("audit", "verify")):
        await asyncio.to_thread(shell, *words)
    assert await stop(process) == 0

    shown = home.command("cases", "show", str(elsewhere / "case"), "--keyring", case_keyring, typed=f"{THEIRS}\n")
    assert PHONE in shown.stdout, shown.stderr
    assert not any(PHONE in one.text for one in coordinator.messages() if one.id not in before)
    canaries = all_canaries(sandbox, people) | {THEIRS: list(shapes(THEIRS))}
    assert found(canaries, {"shell": "".join(said).encode()}) == []
    canaries |= {STAFF: list(shapes(STAFF))}  # whom the audit log shows by name, to those who can open it
    for moment in (*disks, read_all(home), {"output": home.output.read_bytes(), "file": sealed}):
        assert found(canaries, moment) == []


def all_canaries(sandbox: Sandbox, people: Iterable[Account]) -> dict[str, list[bytes]]:
    words = (NAME, SURNAME, PHONE, PHONE.replace(" ", ""), SIGNAL, FREE, HEAP, STRAY, "kanareyka_ptitsyna",
             sandbox.token, sandbox.token.partition(":")[2], PASSPHRASE)  # fmt: skip
    ids = (*(one.id for one in people), COORDINATOR, ADMINISTRATOR)
    return {word: list(shapes(word)) for word in words} | {f"id {one}": list(number_shapes(one)) for one in ids}


def takes(coordinator: Account) -> list[str]:
    """The buttons by which the cases are taken that wait for someone, oldest first."""
    shown = {one.data: None for message in coordinator.messages() for row in message.buttons for one in row}
    return [one for one in shown if one.startswith("take=")]


async def intake(person: Account, path: dict[str, tuple[str, ...]]) -> None:
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent", 15)
    await play(person, path, timeout=20)


async def every_summary(coordinator: Account) -> None:
    """The canaries did arrive: a coordinator takes every case and reads them."""
    for one in {one.data for message in coordinator.messages() for row in message.buttons for one in row}:
        if one.startswith("take="):
            coordinator.press(one)
    await coordinator.wait(holds(SURNAME, PHONE, SIGNAL, FREE, HEAP, STRAY), 15)


def read_all(home: Home) -> dict[str, bytes]:
    """The bytes of every file, and every value of the database: an overflowing one is in pieces in the file."""
    files = {name: content for name, (_, content) in home.disk().items()}
    assert {"keyring", "day-keys", "qorgan.db"} <= files.keys()
    with closing(sqlite3.connect(f"file:{home.database}?mode=ro", uri=True)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        files |= {f"table {name}": b"\n".join(values(database, name)) for name in tables}
    return files


def values(database: sqlite3.Connection, table: str) -> Iterable[bytes]:
    for row in database.execute(f'SELECT * FROM "{table}"'):
        for value in row:
            yield value if isinstance(value, bytes) else str(value).encode()


async def test_a_location_or_contact_sent_by_mistake_leaves_no_trace(home: Home, sandbox: Sandbox) -> None:
    """By a stranger, in an intake, and as a location that moves: neither in the chat, nor in a file, nor in the log."""
    place_sent, street = {"latitude": 43.271828, "longitude": 76.314159}, "Канареечная, 7"
    venue = {"venue": {"location": place_sent, "title": NAME, "address": street}, "location": place_sent}
    contact = {"contact": {"phone_number": PHONE, "first_name": SURNAME, "vcard": f"TEL:{PHONE}"}}
    person = sandbox.user(6_318_246_905_511, "Ivan", "ru")
    process = home.run(sandbox)
    person.send("contact", **contact)
    await intake(person, {**SKIPPED, "trusted": ('"x',)})
    for kind, fields in (("location", {"location": place_sent}), ("venue", venue), ("contact", contact)):
        update = person.send(kind, caption=STRAY, **fields)
        person.raw({"edited_message": {**update["message"], "edit_date": update["message"]["date"] + 5}})
    await sandbox.settled()
    assert all(one.by_bot for one in person.messages())
    disks = [read_all(home)]
    assert await stop(process) == 0
    words = ("43.271828", "76.314159", "271828", "314159", street, NAME, SURNAME, PHONE, STRAY)
    canaries = {word: list(shapes(word)) for word in words}
    for moment in (*disks, read_all(home), {"output": home.output.read_bytes()}):
        assert found(canaries, moment) == []
