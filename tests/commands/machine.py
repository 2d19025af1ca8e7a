"""A machine with a folder of its own, where somebody types commands; and cases to do something with."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner, Result

from bot.cli import qorgan
from bot.intake.answers import Answer
from bot.store.records import Case, StoreError
from bot.store.rewrapping import Rewrapping
from bot.store.store import Store
from bot.store.work import Work
from bot.vault import Kdf, open_vault

CHEAP = Kdf(memory=8, passes=1, lanes=1)
PASSPHRASE = "seven quiet words of nobody"
TOKEN = "7000000001:AAAA-secret-SECRET-secret"
WORDS = "they came at night to the blue house"
ENTRY_SIZE = 2048


@dataclass
class Machine:
    """A folder of its own, and the environment of whoever types there."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.env |= {
            "HOME": str(self.folder),
            "QORGAN_DATA_DIR": str(self.data),
            "QORGAN_KEYRING_PASSPHRASE": PASSPHRASE,
            "QORGAN_BOT_TOKEN": TOKEN,
            "QORGAN_COORDINATORS": "7000000003",
        }

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database_url(self) -> str:
        return self.env.get("QORGAN_DATABASE_URL") or f"sqlite:///{self.data / 'qorgan.db'}"

    @property
    def settings(self) -> Path:
        return self.folder / "data.settings"

    @property
    def recovery_key(self) -> Path:
        return self.folder / "data.settings.recovery-key"

    @property
    def passphrase(self) -> Path:
        return self.folder / "data.settings.passphrase"

    def file(self, name: str) -> str:
        return str(self.folder / name)

    def type(self, *words: str, answers: str = "") -> Result:
        strangers = {name: None for name in os.environ if name.startswith(("QORGAN_", "XDG_"))}
        return CliRunner(env=strangers | self.env).invoke(qorgan, words, input=answers)

    def does(self, *words: str, answers: str = "") -> Result:
        """The command does what it is for."""
        done = self.type(*words, answers=answers)
        assert done.exit_code == 0, done.output
        return done

    def disk(self) -> dict[str, tuple[int, bytes]]:
        """Every file and folder with its mode and content."""
        return {
            str(path.relative_to(self.folder)): (
                stat.S_IMODE(path.stat().st_mode),
                path.read_bytes() if path.is_file() else b"",
            )
            for path in sorted(self.folder.rglob("*"))
        }

    @contextmanager
    def store(self) -> Iterator[Store]:
        """What a running bot holds of it."""
        vault = open_vault(self.data / "keyring", self.data / "day-keys", self.env["QORGAN_KEYRING_PASSPHRASE"])
        with Store.open(self.database_url, vault) as store:
            yield store

    @contextmanager
    def running_bot(self) -> Iterator[None]:
        """Another hand on the same database that says it lives, takes up keys and re-wraps, as the bot does.

        Like the bot's keeper it tries again where someone else has the database for too long.
        """
        vault = open_vault(self.data / "keyring", self.data / "day-keys", self.env["QORGAN_KEYRING_PASSPHRASE"])
        over = threading.Event()
        process = os.urandom(16)
        with Store.open(self.database_url, vault) as store:
            store.write_now(lambda work: work.report_process(process))

            def live() -> None:
                while not over.wait(0.05):
                    with suppress(StoreError):
                        store.write_now(lambda work: work.report_process(process))
                        rewrapping = Rewrapping(store, vault)
                        while rewrapping.step():
                            pass

            thread = threading.Thread(target=live)
            thread.start()
            try:
                yield
            finally:
                over.set()
                thread.join()
                store.write_now(lambda work: work.drop_process(process))

    def opened(self, *codes: str, words: str = WORDS) -> list[bytes]:
        """Cases with two entries each; gives their ids."""
        with self.store() as store:
            return store.write_now(lambda work: [_case(work, code, words) for code in codes])

    def audited(self) -> list[tuple[str, str]]:
        """Who and what, oldest first."""
        with self.store() as store:
            return [(one.who, one.what) for one in reversed(store.write_now(lambda work: work.audit(limit=1000)))]


def _case(work: Work, code: str, words: str) -> bytes:
    at = int(work.now.timestamp())
    head = {
        "code": code, "urgency": 1, "reasons": ["paper"], "deadlines": [], "place": {"where": "almaty"},
        "language": "ru", "self": True, "hours": [], "holder": None, "state": "waiting", "times": {"written": at},
        "flags": [], "outcome": None, "handover": None, "rises": [],
    }  # fmt: skip
    case = Case(os.urandom(16), None, head)
    work.add_case(case)
    answers = [Answer("who", ("self",), "", at).to_json()]
    work.append_entry(case.id, {"answers": answers, "removed": [], "later": False, "at": at}, ENTRY_SIZE)
    work.append_entry(case.id, {"words": words, "at": at}, ENTRY_SIZE)
    return case.id


def assert_refused(done: Result) -> str:
    """Exit code 2, an error and a hint and nothing else but the audit log's head; no secret in either; the error."""
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    *asked, error, hint = done.stderr.splitlines()
    assert all(line.startswith("audit head: ") for line in asked[:1]) and not asked[1:], done.stderr
    return checked(error, hint)


def refusal(done: Result) -> str:
    """The same where something was asked before."""
    assert done.exit_code == 2, done.output
    return checked(*done.stderr.splitlines()[-2:])


def checked(error: str, hint: str) -> str:
    assert error.startswith("qorgan: error: ") and hint.startswith("qorgan: hint: ")
    assert PASSPHRASE not in error + hint and TOKEN not in error + hint
    return error
