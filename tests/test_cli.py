"""The commands a person types, on real files: what they make, what they refuse, and what they leave alone."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import Result

from bot import setup
from bot.sandbox import Sandbox
from bot.store.records import Staff
from bot.store.store import Store
from bot.vault import create_keyring, open_vault
from tests.commands.machine import CHEAP, PASSPHRASE, TOKEN, Machine, assert_refused


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def ready(machine: Machine) -> Machine:
    """Set up, behind a passphrase that costs next to nothing to check."""
    setup.make(machine.env, None, {}, kdf=CHEAP)
    return machine


def levels(done: Result) -> dict[str, str]:
    """What check says of each subject."""
    return {line.split()[1]: line.split()[0] for line in reversed(done.stdout.splitlines())}


def test_init_makes_everything_from_the_environment_and_keeps_it_private(machine: Machine) -> None:
    done = machine.type("init", "--yes")
    assert done.exit_code == 0, done.output
    assert {path: mode for path, (mode, _) in machine.disk().items()} == {
        "data": 0o700,
        "data/keyring": 0o600,
        "data/qorgan.db": 0o600,
        "data.settings": 0o600,
        "data.settings.recovery-key": 0o600,
    }
    assert f"move {machine.recovery_key} off this machine" in done.stdout
    assert PASSPHRASE not in done.output + machine.settings.read_text()
    assert f"QORGAN_BOT_TOKEN={TOKEN}\n" in machine.settings.read_text()


def test_a_second_init_changes_nothing_and_says_so(ready: Machine) -> None:
    before = ready.disk()
    done = ready.type("init", "--yes")
    assert (0, "nothing changed: everything was there already") == (
        done.exit_code,
        done.stdout.splitlines()[-1],
    )
    assert before == ready.disk()


def test_the_recovery_key_opens_the_keyring_without_the_passphrase(ready: Machine) -> None:
    seed = bytes.fromhex(ready.recovery_key.read_text().splitlines()[-1])
    assert open_vault(ready.data / "keyring", ready.data / "day-keys", recovery=seed).generation == 1


def test_a_passphrase_nobody_gave_is_made_kept_in_a_file_and_found_again(machine: Machine) -> None:
    del machine.env["QORGAN_KEYRING_PASSPHRASE"]
    made = setup.make(machine.env, None, {}, kdf=CHEAP)
    passphrase = machine.passphrase.read_text().strip()
    assert len(passphrase) >= 30
    assert any("so one was made" in line for line in made.advice)
    assert 0o600 == stat.S_IMODE(machine.passphrase.stat().st_mode)
    assert passphrase not in machine.settings.read_text()
    before = machine.disk()
    assert machine.type("init", "--yes").exit_code == 0
    assert before == machine.disk()
    assert "ok" == levels(machine.type("check"))["keyring"]


def test_a_settings_file_of_ones_own_is_completed_and_its_lines_kept(machine: Machine) -> None:
    del machine.env["QORGAN_KEYRING_PASSPHRASE"]
    file = machine.folder / "mine"
    file.write_text("# mine\nQORGAN_CHAT_RATE=2\n")
    setup.make(machine.env, file, {}, kdf=CHEAP)
    assert file.read_text().startswith("# mine\nQORGAN_CHAT_RATE=2\nQORGAN_KEYRING_PASSPHRASE_FILE=")
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)


def test_every_answer_of_the_set_up_may_come_as_an_option(machine: Machine) -> None:
    for name in ("QORGAN_BOT_TOKEN", "QORGAN_COORDINATORS", "QORGAN_KEYRING_PASSPHRASE"):
        del machine.env[name]
    for name, secret in (("token", TOKEN), ("passphrase", PASSPHRASE)):
        Path(machine.file(name)).write_text(secret)
        Path(machine.file(name)).chmod(0o600)
    options = ("--token-file", machine.file("token"), "--passphrase-file", machine.file("passphrase"))
    people = ("--admin", "7000000001", "--coordinator", "7000000003", "--coordinator", "7000000004")
    done = machine.does("init", "--yes", *options, *people)
    lines = machine.settings.read_text().splitlines()
    assert "QORGAN_COORDINATORS=7000000003,7000000004" in lines and "QORGAN_ADMINS=7000000001" in lines
    assert f"QORGAN_BOT_TOKEN_FILE={machine.file('token')}" in lines
    assert not [secret for secret in (TOKEN, PASSPHRASE) if secret in done.output + machine.settings.read_text()]
    open_vault(machine.data / "keyring", machine.data / "day-keys", PASSPHRASE)


def test_an_init_that_is_left_in_the_middle_makes_nothing(machine: Machine) -> None:
    del machine.env["QORGAN_BOT_TOKEN"]
    done = machine.type("init", answers=f"3\n{TOKEN}\n")
    assert done.exit_code == 2
    assert "qorgan: error: stopped before the end" in done.stderr
    assert {} == machine.disk()


def wrong_passphrase(machine: Machine) -> None:
    machine.env["QORGAN_KEYRING_PASSPHRASE"] = "something else"


def truncated_keyring(machine: Machine) -> None:
    keyring = machine.data / "keyring"
    keyring.write_bytes(keyring.read_bytes()[:1500])


def readable_keyring(machine: Machine) -> None:
    (machine.data / "keyring").chmod(0o644)


def lost_keyring(machine: Machine) -> None:
    (machine.data / "keyring").unlink()


def newer_database(machine: Machine) -> None:
    with closing(sqlite3.connect(machine.data / "qorgan.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def no_database_at_all(machine: Machine) -> None:
    (machine.data / "qorgan.db").write_bytes(b"words, words, words " * 500)


def unknown_variable(machine: Machine) -> None:
    machine.env["QORGAN_COORDINATOR"] = "7000000003"


def broken_questionnaire(machine: Machine) -> None:
    file = machine.folder / "mine.toml"
    file.write_text('[[question]]\nid = "place"\nsurprise = 1\n')
    machine.env["QORGAN_QUESTIONNAIRE"] = str(file)


def questionnaire_of_another_kind(machine: Machine) -> None:
    file = machine.folder / "mine.toml"
    file.write_text("groups = 3\nquestion = 4\n")
    machine.env["QORGAN_QUESTIONNAIRE"] = str(file)


def missing_questionnaire(machine: Machine) -> None:
    machine.env["QORGAN_QUESTIONNAIRE"] = "nowhere.toml"


FAULTS: list[tuple[Callable[[Machine], None], str, str]] = [
    (wrong_passphrase, "the passphrase does not open the keyring", "keyring"),
    (truncated_keyring, "is truncated", "keyring"),
    (readable_keyring, "is open to other users", "keyring"),
    (lost_keyring, "is missing", "keyring"),
    (newer_database, "a newer version of qorgan", "migrations"),
    (no_database_at_all, "the database", "database"),
    (unknown_variable, "QORGAN_COORDINATOR in the environment is not a setting", "settings"),
    (broken_questionnaire, "surprise", "questionnaire"),
    (questionnaire_of_another_kind, "questionnaire", "questionnaire"),
    (missing_questionnaire, "questionnaire", "questionnaire"),
]


@pytest.mark.parametrize(("spoil", "words", "subject"), FAULTS)
def test_a_fault_is_two_lines_for_init_one_for_check_and_changes_nothing(
    ready: Machine, spoil: Callable[[Machine], None], words: str, subject: str
) -> None:
    ready.env["QORGAN_API_URL"] = "http://127.0.0.1:9"
    spoil(ready)
    before = ready.disk()
    assert words in assert_refused(ready.type("init", "--yes"))
    assert before == ready.disk()
    checked = ready.type("check")
    assert (1, "", "fault") == (checked.exit_code, checked.stderr, levels(checked)[subject])
    assert before == ready.disk()


@pytest.mark.parametrize("spoil", [unknown_variable, broken_questionnaire, missing_questionnaire])
def test_a_first_init_with_a_fault_leaves_an_empty_machine(
    machine: Machine, spoil: Callable[[Machine], None]
) -> None:
    spoil(machine)
    before = machine.disk()
    assert_refused(machine.type("init", "--yes"))
    assert before == machine.disk()


def test_a_place_that_can_not_hold_the_data_is_refused(machine: Machine) -> None:
    (machine.folder / "file").write_text("")
    machine.env["QORGAN_DATA_DIR"] = str(machine.folder / "file" / "data")
    before = machine.disk()
    for command in (["init", "--yes"], ["run"]):
        assert_refused(machine.type(*command))
        assert before == machine.disk()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_can_not_be_written_to_is_refused(ready: Machine) -> None:
    ready.data.chmod(0o500)
    for command in (["init", "--yes"], ["run"]):
        assert "can't be written to" in assert_refused(ready.type(*command))
    ready.data.chmod(0o700)


def test_a_step_that_fails_undoes_the_ones_before(machine: Machine) -> None:
    machine.env["QORGAN_DATABASE_URL"] = f"sqlite:///{machine.folder}/nowhere/qorgan.db"
    assert "can't be written" in assert_refused(machine.type("init", "--yes"))
    assert {} == machine.disk()


def test_a_recovery_key_of_another_keyring_is_never_written_over(machine: Machine) -> None:
    machine.recovery_key.write_text("kept")
    assert "there is a recovery key" in assert_refused(machine.type("init", "--yes"))
    assert ["data.settings.recovery-key"] == list(machine.disk())


def test_run_names_all_that_is_missing_and_how_to_get_it(machine: Machine) -> None:
    for name in ("QORGAN_BOT_TOKEN", "QORGAN_KEYRING_PASSPHRASE"):
        del machine.env[name]
    done = machine.type("run")
    error = assert_refused(done)
    assert all(words in error for words in ("a bot token", "the keyring", "the passphrase"))
    assert "@BotFather" in done.stderr and "qorgan init" in done.stderr
    assert {} == machine.disk()


def test_check_warns_of_what_stands_open(ready: Machine) -> None:
    ready.env["QORGAN_API_URL"] = "http://127.0.0.1:9"
    del ready.env["QORGAN_COORDINATORS"]
    ready.settings.write_text("")
    ready.data.chmod(0o755)
    found = ready.type("check")
    assert f"{ready.recovery_key} is still here" in found.stdout
    assert "nobody to alert" in found.stdout
    assert "data folder" in found.stdout
    ready.settings.chmod(0o644)
    assert "chmod 600" in ready.type("check").stdout


async def test_check_is_content_with_a_bot_that_can_run_and_touches_nothing(ready: Machine) -> None:
    ready.recovery_key.unlink()
    ready.does("backup", str(ready.folder))
    async with Sandbox() as sandbox:
        ready.env |= {"QORGAN_API_URL": sandbox.url, "QORGAN_BOT_TOKEN": sandbox.token}
        ready.env |= {"QORGAN_PAGE_URL": "https://example.org/bot", "QORGAN_STANDBY": "standby_bot"}
        before = ready.disk()
        done = await asyncio.to_thread(ready.type, "check")
        found = {subject: level for subject, level in levels(done).items() if subject != "core"}  # the machine's
        assert "warning" == found.pop("contacts")  # until a lawyer has looked at the built-in questionnaire
        assert (0, {"ok"}) == (done.exit_code, set(found.values())), done.output
        looked_at = "settings disk pager keyring database migrations catalogues questionnaire continuity telegram"
        assert looked_at.split() == list(reversed(found))
        assert before == ready.disk()
        ready.env["QORGAN_BOT_TOKEN"] = TOKEN
        assert "fault" == levels(await asyncio.to_thread(ready.type, "check"))["telegram"]


def test_check_looks_for_somebody_to_alert_among_the_staff_there_is(ready: Machine) -> None:
    """Nobody is missed once the settings' ids have done their work and are gone, as it advises."""
    ready.env["QORGAN_API_URL"] = "http://127.0.0.1:9"

    def hired(**body: object) -> None:
        with ready.store() as store:
            one = Staff(bytes(16), 7_000_000_003, {"role": "coordinator", "language": "ru", **body})
            store.write_now(lambda work: work.save_staff([one]))

    assert "staff" not in levels(ready.type("check"))
    hired()
    assert "remove them" in ready.type("check").stdout
    del ready.env["QORGAN_COORDINATORS"]
    ready.settings.write_text("")
    assert "staff" not in levels(ready.type("check"))
    for body in ({"removed": True}, {"role": "auditor"}):
        hired(**body)
        assert "nobody to alert: qorgan staff invite" in ready.type("check").stdout


@pytest.mark.parametrize(
    "words", [["rnu"], ["run", "--now"], ["--settings"], ["demo", "--play", "de"], ["init", "extra"]]
)
def test_a_slip_of_the_fingers_gets_an_error_and_a_hint(machine: Machine, words: list[str]) -> None:
    assert_refused(machine.type(*words))


def test_a_settings_file_that_is_not_there_is_refused_but_by_init(machine: Machine) -> None:
    assert "no such file" in assert_refused(machine.type("--settings", "missing", "run"))


def test_check_warns_of_keys_that_grow_old_or_are_in_no_copy_and_of_a_doubtful_clock(ready: Machine) -> None:
    ready.env |= {"QORGAN_API_URL": "http://127.0.0.1:9", "QORGAN_ROTATION_DAYS": "7"}
    assert ("warning", None) == (levels(ready.type("check"))["backup"], levels(ready.type("check")).get("rotation"))
    ready.does("backup", str(ready.folder))
    assert "backup" not in levels(ready.type("check"))
    ready.opened("K7M2QX")
    with ready.store() as store:
        store.write_now(lambda work: work.begin_rotation("shell"))
        store.write_now(lambda work: work.doubt_clock("telegram"))
    found = ready.type("check").stdout
    assert "not finished: 2 wraps are under an old key" in found
    assert "generation 2 of the keyring is in none yet" in found
    assert "in doubt, nothing is destroyed" in found


def test_check_warns_when_a_rotation_is_overdue(machine: Machine) -> None:
    made = datetime.now(UTC).date() - timedelta(days=31)
    machine.data.mkdir()
    seed = create_keyring(machine.data / "keyring", PASSPHRASE, kdf=CHEAP, today=made)
    vault = open_vault(machine.data / "keyring", machine.data / "day-keys", recovery=seed)
    Store.open(f"sqlite:///{machine.data}/qorgan.db", vault, migrate=True).close()
    machine.env["QORGAN_API_URL"] = "http://127.0.0.1:9"
    assert "overdue: qorgan keys rotate" in machine.type("check").stdout
    machine.env["QORGAN_ROTATION_DAYS"] = "31"
    assert "overdue" not in machine.type("check").stdout


def test_a_webhook_without_its_secret_is_refused_where_it_would_run_and_nowhere_else(ready: Machine) -> None:
    """The secret may be a credential of the service alone: what is typed in the shell does not have it."""
    ready.env |= {"QORGAN_API_URL": "http://127.0.0.1:9", "QORGAN_WEBHOOK_URL": "https://example.org/"}
    assert "the webhook's secret" in assert_refused(ready.type("run"))
    assert "fault" == levels(ready.type("check"))["webhook"]
    ready.does("cases", "list")


def test_check_says_that_another_program_has_the_port_of_the_figures(ready: Machine) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as other:
        answering = threading.Thread(target=other.handle_request)
        answering.start()
        port = other.server_address[1]
        ready.env |= {"QORGAN_API_URL": "http://127.0.0.1:9", "QORGAN_METRICS_LISTEN": f"127.0.0.1:{port}"}
        assert f"another program answers on port {port}" in ready.type("check").stdout
        answering.join()


def test_check_tells_of_the_house_and_the_machine_what_the_alarm_would(ready: Machine) -> None:
    """No backup, nobody on duty, languages that nobody covers, files open to others, figures open to a network."""
    ready.env |= {"QORGAN_API_URL": "http://127.0.0.1:9", "QORGAN_METRICS_LISTEN": "0.0.0.0:9464"}
    now = int(datetime.now(UTC).timestamp())

    def prepared(**body: object) -> str:
        with ready.store() as store:
            known = {"role": "coordinator", "language": "ru", "started": True, **body}
            store.write_now(lambda work: work.save_staff([Staff(bytes(16), 7_000_000_003, known)]))
            store.write_now(lambda work: work.save_state({**work.state(), "backup": {"at": now - 27 * 3600}}))
        ready.data.joinpath("qorgan.db").chmod(0o644)
        return ready.type("check").stdout

    found = prepared()
    assert "the last good one is of" in found
    assert "of the next 24 hours nobody covers: kk for 24 hours, en for 24 hours" in found
    assert f"{ready.data / 'qorgan.db'} is open to other users" in found
    assert "metrics        told on port 9464, to everyone who reaches this machine" in found
    days = [datetime.now(UTC).date() + timedelta(days=day) for day in (-1, 0, 1)]
    assert "no coordinator is on duty" in prepared(off=[day.isoformat() for day in days])


LOST: list[Callable[[Machine], None]] = [wrong_passphrase, truncated_keyring, lost_keyring, no_database_at_all]


@pytest.mark.parametrize("lose", LOST)
def test_who_lost_the_keys_begins_anew_beside_and_nothing_old_is_deleted(
    ready: Machine, lose: Callable[[Machine], None]
) -> None:
    ready.opened("K7M2QX")
    lose(ready)
    old = {content for _, content in ready.disk().values() if content} - {ready.settings.read_bytes()}
    done = ready.does("init", "--yes", "--beside")
    (aside,) = ready.data.glob("aside-*")
    assert old <= {path.read_bytes() for path in aside.iterdir()}
    assert f"set aside           {aside / 'qorgan.db'}" in done.stdout
    assert 0o700 == stat.S_IMODE(aside.stat().st_mode)
    assert ready.recovery_key.exists() and "ok" == levels(ready.type("check"))["keyring"]
    assert "0 cases" in ready.does("cases", "list").stderr


def test_what_still_opens_is_not_set_aside(ready: Machine, machine: Machine) -> None:
    before = ready.disk()
    assert "nothing is lost" in assert_refused(ready.type("init", "--yes", "--beside"))
    assert before == ready.disk()


def test_where_nothing_is_there_is_nothing_to_set_aside(machine: Machine) -> None:
    assert "nothing to set aside" in assert_refused(machine.type("init", "--yes", "--beside"))
    assert {} == machine.disk()


def test_beginning_anew_that_fails_puts_everything_back(ready: Machine) -> None:
    truncated_keyring(ready)
    (ready.data / "keyring.made").mkdir()
    before = ready.disk()
    assert_refused(ready.type("init", "--yes", "--beside"))
    assert before == ready.disk()


@pytest.mark.parametrize("lost", [False, True])
def test_a_passphrase_that_was_made_is_made_anew(machine: Machine, lost: bool) -> None:
    del machine.env["QORGAN_KEYRING_PASSPHRASE"]
    setup.make(machine.env, None, {}, kdf=CHEAP)
    before = machine.passphrase.read_text()
    if lost:
        machine.passphrase.unlink()
    else:
        truncated_keyring(machine)
    machine.does("init", "--yes", "--beside")
    assert before != machine.passphrase.read_text()
    assert "ok" == levels(machine.type("check"))["keyring"]


def test_init_tells_how_the_private_keys_are_kept_off_the_server(machine: Machine) -> None:
    assert "to keep them off it: qorgan keys offline --help" in machine.does("init", "--yes").stdout
