"""Case keys exchanged while the bot runs, dies, or can't save its keyring."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from time import sleep

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.player import place, play
from tests.process.conftest import ADMINISTRATOR, Home, holds, kill, mounted, stop
from tests.process.crowd import case_keys, fill, generation, opened, told, utc, wraps
from tests.process.intakes import HELD, Intakes
from tests.process.ordeal import Ordeal


async def test_a_rotation_killed_three_times_loses_nothing_and_ends(home: Home, sandbox: Sandbox) -> None:
    """People come and go meanwhile: none of them fails, none is lost. `make soak` does the same at length."""
    ordeal = Ordeal.of(home, sandbox, cases=1500, kills=3, people=2, seed=7)
    await ordeal.run()
    assert wraps(home)[ordeal.old] == 0
    assert ordeal.lost() == []
    assert ordeal.intakes.words
    # Those that were killed count as living for a minute, and what they may need is kept so long.
    with opened(home, lambda: utc() + timedelta(minutes=2)) as store:
        store.write_now(lambda work: work.destroy_spent_keys("shell"))
    assert case_keys(home) == set(wraps(home))
    assert ordeal.lost() == []


def test_kill_9_in_the_middle_of_a_rotation_at_the_shell_and_the_next_one_ends_it(home: Home) -> None:
    seeded = fill(home, 2000)
    (old,) = wraps(home)
    process = home.begin("keys", "rotate")
    while wraps(home)[old] == len(seeded):
        assert process.poll() is None, home.output.read_text()
        sleep(0.002)
    kill(process)
    assert 0 < wraps(home)[old] < len(seeded)
    assert told(home) == seeded

    done = home.command("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert wraps(home)[old] == 0
    assert told(home) == seeded


def test_two_rotations_at_once_end_both_and_lose_nothing(home: Home) -> None:
    """One keeps to the keyring that the other has written meanwhile; neither destroys what the other needs."""
    seeded = fill(home, 1000)
    (old,) = wraps(home)
    both = [home.begin("keys", "rotate") for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0], home.output.read_text()
    assert old not in wraps(home)
    assert case_keys(home) == set(wraps(home))
    assert told(home) == seeded


async def test_a_rotation_at_the_shell_and_the_running_bot_bear_each_other(home: Home, sandbox: Sandbox) -> None:
    """Whoever is in the middle of an intake goes on, and is sealed under the new key."""
    seeded = fill(home, 300)
    (old,) = wraps(home)
    process = home.run(sandbox)
    person = sandbox.user(8_200_000_000_001, "Ivan", "ru")
    person.start()
    await person.wait(lambda me: place(me.screen) == "consent", 15)
    await play(person, HELD, until="custody")
    done = await asyncio.to_thread(home.command, "keys", "rotate")
    assert done.returncode == 0, done.stderr
    await play(person, HELD | {"trusted": ('"Сестра',)})
    (new,) = wraps(home)
    assert new != old
    assert wraps(home)[new] > len(seeded)
    assert await stop(process) == 0
    read = told(home)
    assert [read.pop(case) for case in seeded] == list(seeded.values())
    assert list(read.values()) == [["Сестра"]]


@contextmanager
def a_folder_in_its_way(home: Home) -> Iterator[None]:
    obstacle = home.keyring.with_name("keyring.new")
    obstacle.mkdir()
    yield
    obstacle.rmdir()


@contextmanager
def a_full_disk(home: Home) -> Iterator[None]:
    filler = home.keyring.with_name("filler")
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1024)):
            pass
    yield
    filler.unlink()


@pytest.fixture
def small(home: Home) -> Iterator[Home]:
    """A home whose keyring lies on a file system of its own, of 64 KiB."""
    folder = home.data.with_name("small")
    with mounted(folder, "64k"):
        home.env["QORGAN_KEYRING"] = str(shutil.copy2(home.keyring, folder / "keyring"))
        yield home
        home.end()


async def test_where_the_keyring_can_not_be_saved_no_rotation_begins(home: Home, sandbox: Sandbox) -> None:
    await refuses_to_rotate(home, sandbox, a_folder_in_its_way)


async def test_on_a_full_disk_no_rotation_begins(small: Home, sandbox: Sandbox) -> None:
    await refuses_to_rotate(small, sandbox, a_full_disk)


async def refuses_to_rotate(
    home: Home, sandbox: Sandbox, hindered: Callable[[Home], AbstractContextManager[None]]
) -> None:
    """Neither at the shell nor in a chat; nothing is written under a key that is not on disk."""
    seeded = fill(home, 5)
    before, first, (old,) = home.keyring.read_bytes(), generation(home), wraps(home)
    home.env["QORGAN_ADMINS"] = str(ADMINISTRATOR)
    administrator = sandbox.user(ADMINISTRATOR, "Dana", "en")
    administrator.start()
    process = home.run(sandbox)
    await administrator.wait(lambda me: me.screen, 15)
    intakes = Intakes(sandbox)
    with hindered(home):
        done = await asyncio.to_thread(home.command, "keys", "rotate")
        assert done.returncode == 2
        assert [line.split(": ")[1] for line in done.stderr.splitlines()[-2:]] == ["error", "hint"]
        administrator.write("/rotate")
        await administrator.wait(holds("could not be saved"), 10)
        await intakes.one()
        assert home.keyring.read_bytes() == before
        assert generation(home) == first
        assert set(wraps(home)) == {old}
    assert await stop(process) == 0
    assert told(home) | seeded == told(home)

    done = home.command("keys", "rotate")
    assert done.returncode == 0, done.stderr
    assert old not in wraps(home)
    assert sorted(words for case, (words,) in told(home).items() if case not in seeded) == intakes.words


@pytest.mark.parametrize("command", [("run",), ("keys", "rotate"), ("keys", "status")], ids=" ".join)
def test_an_older_keyring_than_the_database_is_refused_in_one_line(
    command: tuple[str, ...], home: Home
) -> None:
    """It lacks keys: to go on with it would be to lose cases."""
    fill(home, 5)
    older = home.keyring.read_bytes()
    done = home.command("keys", "rotate")
    assert done.returncode == 0, done.stderr
    home.keyring.write_bytes(older)
    before = home.disk()
    done = home.command(*command)
    assert (done.returncode, done.stdout) == (2, "")
    error, hint = done.stderr.splitlines()
    assert "older than the database" in error
    assert hint.startswith("qorgan: hint: ")
    assert home.disk() == before
