"""Offline custody: the whole ceremony between a server and the coordinators' machine, there and back."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

from bot.store.records import Staff
from bot.store.work import Work
from bot.telegram import agreement
from bot.vault import Custody, Kind, SealedCase, SealedFileEntry, State, open_keyring, open_vault
from tests.commands.ceremony import THEIRS, begun, carried, custody, offline
from tests.commands.machine import PASSPHRASE, WORDS, Machine, assert_refused, refusal

SHOWN = ["--language", "en"]


def test_the_case_keyring_is_private_and_nothing_is_written_over(far: Machine) -> None:
    begun(far)
    files = {path: mode for path, (mode, content) in far.disk().items() if content}
    assert 0o600 == files["keyring"] == files["keyring.recovery-key"]
    assert {"keyring", "keyring.recovery-key", "public"} == set(files)
    before = far.disk()
    for taken in ("keyring", "public"):
        words = ["keys", "offline-init", "--keyring", far.file("new"), "--public", far.file("other")]
        words[3 if taken == "keyring" else 5] = far.file(taken)
        assert "is there already" in assert_refused(far.type(*words))
    assert before == far.disk()


def test_the_whole_ceremony_there_on_and_back(machine: Machine, far: Machine) -> None:
    machine.opened("K7M2QX", "R4T8WZ")

    # The coordinators make a pair; the administrator compares the fingerprint and gives the keys away.
    fingerprint = begun(far)
    there = ["keys", "offline", "--public", carried(far, "public", machine)]
    done = machine.does(*there, "--challenge", machine.file("challenge"), answers="y\n")
    assert fingerprint in done.stderr
    assert (Custody.SERVER, {True}) == custody(machine)
    asked = carried(machine, "challenge", far)
    code = far.does("keys", "prove", "--keyring", far.file("keyring"), asked, answers=THEIRS).stdout.split("\n")[0]
    done = machine.does(*there, "--proof", code.split(None, 1)[1])
    assert "old case keys destroyed: 1" in done.stdout
    assert "custody offline: this server opens no answer that was sent" in done.stdout
    assert (Custody.OFFLINE, {False}) == custody(machine)
    assert ("shell", "custody") in machine.audited()

    # Nothing is read here now; what was written before and what comes later is read there.
    machine.opened("NEWONE", words="and took the son")
    assert "kept offline" in assert_refused(machine.type("cases", "show", "K7M2QX"))
    assert "kept offline" in assert_refused(machine.type("cases", "draft", "K7M2QX", "--as", "hrc"))
    for code, words in (("K7M2QX", WORDS), ("NEWONE", "and took the son")):
        machine.does("cases", "export", code, machine.file(f"{code}.sealed"))
        sealed = Path(carried(machine, f"{code}.sealed", far))
        assert 0o600 == stat.S_IMODE(sealed.stat().st_mode) and words.encode() not in sealed.read_bytes()
        shown = far.does("cases", "show", str(sealed), "--keyring", far.file("keyring"), *SHOWN, answers=THEIRS)
        assert words in shown.stdout and "2 of 2 entries open" in shown.stderr
        wanted = ("--as", "hrc", "--keyring", far.file("keyring"))
        drafted = far.does("cases", "draft", str(sealed), *wanted, answers=THEIRS)
        assert f"«{words}»" in drafted.stdout
    assert ("shell", "export") in machine.audited()

    # A rotation is prepared there and applied here; a case that comes meanwhile is left over for another round.
    machine.does("keys", "wraps", machine.file("wraps"))
    machine.opened("BETWEEN")
    words = ["keys", "rotate", "--keyring", far.file("keyring"), "--wraps", carried(machine, "wraps", far)]
    done = far.does(*words, "--out", far.file("new"), answers=THEIRS)
    assert "re-wrapped 6 of 6" in done.stdout
    fresh = next(line for line in done.stdout.splitlines() if line.startswith("fingerprint")).split(None, 1)[1]
    assert fresh != fingerprint
    done = machine.does("keys", "apply", carried(far, "new", machine), "--fingerprint", fresh)
    assert "put in place: 6 wraps" in done.stdout
    assert "left over: 2 wraps" in done.stdout

    machine.does("keys", "wraps", machine.file("rest"))
    words = ["keys", "rotate", "--keyring", far.file("keyring"), "--wraps", carried(machine, "rest", far)]
    done = far.does(*words, "--out", far.file("rest.new"), answers=THEIRS)
    done = machine.does("keys", "apply", carried(far, "rest.new", machine))
    assert "put in place: 2 wraps" in done.stdout
    assert "custody offline: everything stands under the active key" in done.stdout

    # The way back: nobody is an administrator here, so nobody has to agree.
    done = machine.does("keys", "online", "--public-out", machine.file("server"))
    machine.opened("AFTER1")
    assert WORDS in machine.does("cases", "show", "AFTER1", *SHOWN).stdout
    assert "kept offline" in assert_refused(machine.type("cases", "show", "BETWEEN"))
    machine.does("keys", "wraps", machine.file("back"))
    words = ["keys", "rotate", "--keyring", far.file("keyring"), "--wraps", carried(machine, "back", far)]
    to = carried(machine, "server", far)
    done = far.does(*words, "--out", far.file("back.new"), "--to", to, answers=f"y\n{THEIRS}\n")
    assert "re-wrapped 8 of 8" in done.stdout
    done = machine.does("keys", "apply", carried(far, "back.new", machine))
    assert "put in place: 8 wraps" in done.stdout
    assert "custody server: everything stands under the active key" in done.stdout
    assert (Custody.SERVER, {True}) == custody(machine)
    for code in ("K7M2QX", "R4T8WZ", "BETWEEN", "AFTER1"):
        assert WORDS in machine.does("cases", "show", code, *SHOWN).stdout
    machine.does("keys", "rotate")


def test_a_key_that_was_exchanged_on_the_way_is_not_taken(machine: Machine, far: Machine) -> None:
    fingerprint = begun(far)
    words = ["keys", "offline-init", "--keyring", far.file("other"), "--public", far.file("forged")]
    far.does(*words, answers=f"{THEIRS}\n{THEIRS}\n")
    machine.opened("K7M2QX")
    there = ["keys", "offline", "--public", far.file("forged"), "--challenge", machine.file("challenge")]
    assert "not the key of the coordinators" in refusal(machine.type(*there, "--fingerprint", fingerprint))
    assert "not the key of the coordinators" in refusal(machine.type(*there, answers="n\n"))
    assert (Custody.SERVER, {True}) == custody(machine)


def test_the_way_back_waits_for_two_administrators(machine: Machine, far: Machine) -> None:
    offline(machine, far)
    with machine.store() as store:
        admins = [Staff(bytes([row]) * 16, 7_000_000_000 + row, {"role": "admin", "name": ""}) for row in (1, 2, 3)]
        store.write_now(lambda work: work.save_staff(admins))
    out = ["--public-out", machine.file("server")]
    assert "0 of 2 have agreed" in machine.does("keys", "online", *out).stdout
    agree(machine, 1)
    assert "1 of 2 have agreed" in machine.does("keys", "online", *out).stdout
    assert Custody.OFFLINE == custody(machine)[0]
    agree(machine, 1, 2, hours=25)
    assert "0 of 2 have agreed" in machine.does("keys", "online", *out).stdout, "an agreement lasts for a day"
    agree(machine, 1, 2)
    assert "public key is missing" in assert_refused(machine.type("keys", "online"))
    assert "fingerprint" in machine.does("keys", "online", *out).stdout
    assert Custody.SERVER == custody(machine)[0]
    with machine.store() as store:
        assert not store.write_now(agreement.standing)
    assert "are here already" in assert_refused(machine.type("keys", "online", *out))


def agree(machine: Machine, *rows: int, hours: int = 0) -> None:
    """The question as it stands has been there for so long, and these administrators have agreed."""
    with machine.store() as store:

        def note(work: Work) -> None:
            agreed = [work.actor(7_000_000_000 + row) for row in rows]
            ((row, asked),) = work.state()["agreements"].items()
            asked = {**asked, "at": int(work.now.timestamp()) - hours * 3600, "agreed": agreed}
            work.save_state(work.state() | {"agreements": {row: asked}})

        store.write_now(note)


def test_what_does_not_fit_is_refused_and_changes_nothing(machine: Machine, far: Machine, tmp_path: Path) -> None:
    machine.opened("K7M2QX")
    offline(machine, far)
    machine.does("keys", "wraps", machine.file("wraps"))
    machine.does("cases", "export", "K7M2QX", machine.file("sealed"))
    torn = machine.folder / "torn"
    torn.write_bytes(Path(machine.file("wraps")).read_bytes()[:-9])
    key = ["--keyring", far.file("keyring")]
    before = machine.disk(), far.disk()
    refused = [
        machine.type("keys", "rotate"),
        machine.type("keys", "offline", "--public", machine.file("sealed")),
        machine.type("keys", "apply", machine.file("wraps")),
        machine.type("keys", "wraps", machine.file("wraps")),
        machine.type("keys", "split", "--recovery-key", machine.file("sealed")),
        machine.type("cases", "show", machine.file("sealed")),
        machine.type("cases", "export", machine.file("sealed"), machine.file("out")),
        far.type("cases", "export", machine.file("sealed"), far.file("out"), *key),
        far.type("keys", "rotate", *key, "--wraps", str(torn), "--out", far.file("out"), answers=THEIRS),
    ]
    for done in refused:
        assert_refused(done)
    asked = [
        far.type("cases", "show", machine.file("wraps"), *key, answers=THEIRS),
        far.type("cases", "show", machine.file("sealed"), *key, answers=PASSPHRASE),
        far.type("cases", "show", machine.file("sealed"), *key),
    ]
    for done in asked:
        refusal(done)
    assert before == (machine.disk(), far.disk())


def test_a_sealed_file_altered_on_the_way_says_how_much_of_it_opens(machine: Machine, far: Machine) -> None:
    machine.opened("K7M2QX")
    offline(machine, far)
    machine.does("cases", "export", "K7M2QX", machine.file("sealed"))
    file = Path(machine.file("sealed"))
    sealed = SealedCase.read(file.read_bytes())
    first = sealed.entries[0]
    spoilt = replace(first, ciphertext=first.ciphertext[:-1] + bytes([first.ciphertext[-1] ^ 1]))
    file.write_bytes(SealedCase(sealed.instance, sealed.case, (spoilt, *sealed.entries[1:])).write())
    done = far.type("cases", "show", str(file), "--keyring", far.file("keyring"), *SHOWN, answers=THEIRS)
    assert (1, True) == (done.exit_code, WORDS in done.stdout)
    assert "1 of 2 entries open" in done.stderr


FORGED = (
    b"\xff\xfe",
    b"[1]",
    b'{"answers": [7]}',
    b'{"answers": [{"question": "who"}]}',
    b'{"answers": [{"question": "place", "values": [3], "text": {}, "at": 1e300}]}',
    b'{"words": 7}',
    b'{"removed": 3}',
)


def test_an_entry_that_somebody_forged_to_the_public_key_hurts_no_other(machine: Machine, far: Machine) -> None:
    (case,) = machine.opened("K7M2QX")
    offline(machine, far)
    vault = open_vault(machine.data / "keyring", machine.data / "day-keys", PASSPHRASE)
    machine.does("cases", "export", "K7M2QX", machine.file("sealed"))
    file = Path(machine.file("sealed"))
    sealed = SealedCase.read(file.read_bytes())
    for forged in FORGED:
        made = vault.seal_entry(case, b"f" * 16, forged, size=512)
        entry = SealedFileEntry(b"f" * 16, 3, made.ciphertext, made.wrap)
        file.write_bytes(SealedCase(sealed.instance, sealed.case, (*sealed.entries, entry)).write())
        done = far.type("cases", "show", str(file), "--keyring", far.file("keyring"), *SHOWN, answers=THEIRS)
        assert WORDS in done.stdout and done.exit_code in (0, 1), forged
        assert not isinstance(done.exception, ValueError), forged
        assert "of 3 entries open" in done.stderr, forged


def test_an_offline_rotation_destroys_the_pair_that_nothing_stands_under(machine: Machine, far: Machine) -> None:
    machine.opened("K7M2QX")
    offline(machine, far)
    for round_ in ("1", "2"):
        machine.does("keys", "wraps", machine.file(f"wraps{round_}"))
        wraps = carried(machine, f"wraps{round_}", far)
        words = ["keys", "rotate", "--keyring", far.file("keyring"), "--wraps", wraps]
        far.does(*words, "--out", far.file(f"new{round_}"), answers=THEIRS)
        machine.does("keys", "apply", carried(far, f"new{round_}", machine), answers="y\n")
    states = [key.known.state for key in open_keyring(far.folder / "keyring", THEIRS).keys.of(Kind.CASE)]
    assert [State.ACTIVE, State.RETIRED] == states
