"""Settings: one place, checked at once, and never a value in what is said about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import KNOWN, SettingsError, load

TOKEN = "7000000001:AAAAsecretSECRETsecret"


def settings_file(folder: Path, *lines: str) -> Path:
    path = folder / "settings"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_without_any_setting_the_data_is_where_the_desktop_keeps_it(tmp_path: Path) -> None:
    settings = load({"HOME": str(tmp_path)})
    assert tmp_path / ".local/share/qorgan" == settings.data_dir
    assert tmp_path / ".config/qorgan/settings" == settings.file
    assert f"sqlite:///{tmp_path}/.local/share/qorgan/qorgan.db" == settings.database_url
    assert tmp_path / "elsewhere/qorgan" == load({"XDG_DATA_HOME": str(tmp_path / "elsewhere")}).data_dir


def test_everything_can_be_given_by_the_environment(tmp_path: Path) -> None:
    settings = load(
        {
            "QORGAN_BOT_TOKEN": TOKEN,
            "QORGAN_API_URL": "http://127.0.0.1:8081/",
            "QORGAN_DATABASE_URL": "sqlite+aiosqlite:///data/base.db",
            "QORGAN_DATA_DIR": str(tmp_path),
            "QORGAN_KEYRING": str(tmp_path / "keys"),
            "QORGAN_KEYRING_PASSPHRASE": "seven quiet words",
            "QORGAN_ADMINS": "7000000002",
            "QORGAN_COORDINATORS": " 7000000003, 7000000004,,7000000003 ",
            "QORGAN_QUESTIONNAIRE": str(tmp_path / "mine.toml"),
            "QORGAN_TEMPLATES": str(tmp_path / "forms"),
            "QORGAN_ALERT_DETAIL": "discreet",
            "QORGAN_DRAFTS_IN_CHAT": "on",
            "QORGAN_SEND_RATE": "1000",
            "QORGAN_CHAT_RATE": "2.5",
            "QORGAN_PERSON_RATE": "90",
            "QORGAN_FLOOD_FROM": "20",
            "QORGAN_ROTATION_DAYS": "7",
            "QORGAN_SUMMARY_MINUTES": "5",
            "HOME": "/nowhere",
            "PATH": "/bin",
        }
    )
    assert TOKEN == settings.token
    assert "http://127.0.0.1:8081" == settings.api_url
    assert f"sqlite+aiosqlite:///{Path.cwd()}/data/base.db" == settings.database_url
    assert (tmp_path / "keys", tmp_path / "mine.toml") == (settings.keyring, settings.questionnaire)
    assert (tmp_path / "forms", True) == (settings.templates, settings.drafts_in_chat)
    assert ((7000000002,), (7000000003, 7000000004)) == (settings.admins, settings.coordinators)
    assert ("discreet", 1000.0, 2.5) == (settings.alert_detail, settings.send_rate, settings.chat_rate)
    assert (90.0, 20) == (settings.person_rate, settings.flood_from)
    usual = load({"HOME": str(tmp_path)})
    assert not usual.drafts_in_chat
    assert (7, 30) == (settings.rotation_days, usual.rotation_days)
    assert (5, 15) == (settings.summary_minutes, usual.summary_minutes)


def test_a_settings_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("from a file\n")
    file = settings_file(
        tmp_path,
        "# for the machine at the office",
        "",
        "QORGAN_DATA_DIR = data",
        'QORGAN_KEYRING_PASSPHRASE_FILE="pass"',
        "QORGAN_BOT_TOKEN_FILE=gone",
        "QORGAN_CHAT_RATE=5",
        "QORGAN_SEND_RATE=",
    )
    settings = load({"QORGAN_BOT_TOKEN": TOKEN, "QORGAN_CHAT_RATE": "7"}, file)
    assert tmp_path / "data" == settings.data_dir
    assert ("from a file", TOKEN) == (settings.passphrase, settings.token)
    assert (7.0, 30.0) == (settings.chat_rate, settings.send_rate)


def test_the_file_that_belongs_to_the_data_folder_needs_no_naming(tmp_path: Path) -> None:
    (tmp_path / "data.settings").write_text("QORGAN_CHAT_RATE=5\n")
    assert 5.0 == load({"QORGAN_DATA_DIR": str(tmp_path / "data")}).chat_rate


def test_systemd_credentials_are_found_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "QORGAN_BOT_TOKEN").write_text(TOKEN)
    (tmp_path / "QORGAN_KEYRING_PASSPHRASE").write_text("семь тихих слов\n", encoding="utf-8")
    settings = load({"CREDENTIALS_DIRECTORY": str(tmp_path), "HOME": str(tmp_path)})
    assert (TOKEN, "семь тихих слов") == (settings.token, settings.passphrase)


def test_the_repr_holds_no_secret_and_no_id(tmp_path: Path) -> None:
    shown = repr(
        load(
            {
                "HOME": str(tmp_path),
                "QORGAN_BOT_TOKEN": TOKEN,
                "QORGAN_KEYRING_PASSPHRASE": "seven-quiet-words",
                "QORGAN_COORDINATORS": "7000000003",
                "QORGAN_ADMINS": "7000000002",
                "QORGAN_DATABASE_URL": "postgresql://bot:hunter2@db/qorgan",
            }
        )
    )
    for secret in (TOKEN, "seven-quiet-words", "7000000003", "7000000002", "hunter2"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("unknown", "nearest"),
    [
        ("QORGAN_TOKEN", "QORGAN_BOT_TOKEN"),
        ("QORGAN_COORDINATOR", "QORGAN_COORDINATORS"),
        ("QORGAN_DATADIR", "QORGAN_DATA_DIR"),
    ],
)
def test_an_unknown_variable_is_refused_and_the_nearest_named(
    tmp_path: Path, unknown: str, nearest: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load({unknown: "a value"})
    assert f"{unknown} in the environment is not a setting" == str(refused.value)
    assert f"the nearest known one is {nearest}" == refused.value.hint
    with pytest.raises(SettingsError, match=r"line 2 of .*settings is not a setting"):
        load({}, settings_file(tmp_path, "", f"{unknown}=a value"))


def test_the_pager_is_called_encrypted_unless_it_is_on_this_machine() -> None:
    for url in ("https://pager.example:8443/topic?key=1", "http://127.0.0.1:9000/", "http://[::1]/x", "http://localhost"):
        assert url == load({"QORGAN_PAGER_URL": url}).pager_url
    assert load({}).pager_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QORGAN_BOT_TOKEN", "SECRET words"),
        ("QORGAN_BOT_TOKEN", "https://SECRET"),
        ("QORGAN_API_URL", "SECRET"),
        ("QORGAN_API_URL", "http://SECRET:port"),
        ("QORGAN_API_URL", "ftp://SECRET"),
        ("QORGAN_DATABASE_URL", "mysql://SECRET"),
        ("QORGAN_ADMINS", "@SECRET"),
        ("QORGAN_COORDINATORS", "7000000003;7000000004SECRET"),
        ("QORGAN_COORDINATORS", "-1001000000000"),
        ("QORGAN_COORDINATORS", "٧"),
        ("QORGAN_ALERT_DETAIL", "SECRET"),
        ("QORGAN_LOG_FORMAT", "SECRET"),
        ("QORGAN_METRICS_LISTEN", "SECRET"),
        ("QORGAN_METRICS_LISTEN", "SECRET.example.org:9464"),
        ("QORGAN_SEND_RATE", "SECRET"),
        ("QORGAN_SEND_RATE", "nan"),
        ("QORGAN_SEND_RATE", "inf"),
        ("QORGAN_CHAT_RATE", "0"),
        ("QORGAN_PERSON_RATE", "many"),
        ("QORGAN_FLOOD_FROM", "0"),
        ("QORGAN_FLOOD_FROM", "5000"),
        ("QORGAN_CHAT_RATE", "-1"),
        ("QORGAN_SUMMARY_MINUTES", "0"),
        ("QORGAN_SUMMARY_MINUTES", "241"),
        ("QORGAN_SUMMARY_MINUTES", "SECRET"),
        ("QORGAN_ROTATION_DAYS", "0"),
        ("QORGAN_ROTATION_DAYS", "-3"),
        ("QORGAN_ROTATION_DAYS", "7.5"),
        ("QORGAN_ROTATION_DAYS", "SECRET"),
        ("QORGAN_WEBHOOK_URL", "SECRET"),
        ("QORGAN_WEBHOOK_URL", "http://example.org/SECRET"),
        ("QORGAN_WEBHOOK_URL", "https://example.org/SECRET?one=two"),
        ("QORGAN_WEBHOOK_URL", "https://name:SECRET@example.org/"),
        ("QORGAN_WEBHOOK_URL", "https://example.org/%53ECRET"),
        ("QORGAN_PAGER_URL", "http://SECRET.example/"),
        ("QORGAN_PAGER_URL", "http://127.0.0.1.SECRET.example/"),
        ("QORGAN_PAGER_URL", "http://127.0.0.1@SECRET.example/"),
        ("QORGAN_PAGER_URL", "ftp://SECRET"),
        ("QORGAN_PAGER_URL", "https://SECRET:port/"),
        ("QORGAN_PAGER_URL", "https://SECRET/#part"),
        ("QORGAN_PAGER_URL", "https://SECRET/a b"),
        ("QORGAN_PAGE_URL", "http://SECRET.example/"),
        ("QORGAN_PAGE_URL", "https://SECRET.example/?a=<b>"),
        ("QORGAN_PAGE_URL", "https://SECRET.example/" + "a" * 200),
        ("QORGAN_STANDBY", "7000000002:SECRET"),
        ("QORGAN_STANDBY", "@SECRET bot"),
        ("QORGAN_WEBHOOK_LISTEN", "SECRET"),
        ("QORGAN_WEBHOOK_LISTEN", "127.0.0.1"),
        ("QORGAN_WEBHOOK_LISTEN", "127.0.0.1:0"),
        ("QORGAN_WEBHOOK_LISTEN", "127.0.0.1:65536"),
        ("QORGAN_WEBHOOK_LISTEN", "::1:8080"),
        ("QORGAN_WEBHOOK_LISTEN", "[127.0.0.1]:8080"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_setting_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({name: value})
    assert name in str(refused.value)
    for line in (str(refused.value), refused.value.hint):
        assert line and "\n" not in line and "SECRET" not in line and value not in line.split()


@pytest.mark.parametrize("line", ["SECRET words", "PATH=SECRET", "=SECRET", "export QORGAN_ADMINS=SECRET"])
def test_a_line_that_is_no_setting_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    file = settings_file(tmp_path, "QORGAN_ADMINS=7000000002", line)
    with pytest.raises(SettingsError) as refused:
        load({}, file)
    assert f"line 2 of {file} is no setting" == str(refused.value)
    assert "SECRET" not in refused.value.hint


def test_two_places_for_one_setting_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="are both set"):
        load({"QORGAN_BOT_TOKEN": TOKEN, "QORGAN_BOT_TOKEN_FILE": "/somewhere"})
    with pytest.raises(SettingsError, match="sets QORGAN_ADMINS for the second time"):
        load({}, settings_file(tmp_path, "QORGAN_ADMINS=7000000002", "QORGAN_ADMINS=7000000003"))


def test_a_file_that_is_named_must_be_there_and_be_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        load({}, tmp_path / "missing")
    with pytest.raises(SettingsError, match="no such file"):
        load({"QORGAN_KEYRING_PASSPHRASE_FILE": str(tmp_path / "missing")})
    for content in (b"\xff\xfe\x00", b"", b"two\nlines\n", b"a" * 100_000):
        (tmp_path / "pass").write_bytes(content)
        with pytest.raises(SettingsError, match="QORGAN_KEYRING_PASSPHRASE_FILE"):
            load({"QORGAN_KEYRING_PASSPHRASE_FILE": str(tmp_path / "pass")})


def test_a_webhook_listens_on_this_machine_unless_told() -> None:
    url = "https://example.org/way-in"
    hook = {"QORGAN_WEBHOOK_URL": url, "QORGAN_WEBHOOK_SECRET": "quiet_words-7"}
    found = load(hook)
    assert (url, "quiet_words-7", ("127.0.0.1", 8080)) == (found.webhook_url, found.webhook_secret, found.listen)
    assert ("::1", 443) == load({**hook, "QORGAN_WEBHOOK_LISTEN": "[::1]:443"}).listen
    for hidden in (url, "quiet_words-7"):
        assert hidden not in repr(found)


@pytest.mark.parametrize("value", ["hunter two", "хантер", "hunter" * 43])
def test_a_webhooks_secret_that_telegram_would_not_take_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="QORGAN_WEBHOOK_SECRET is no secret that Telegram takes") as refused:
        load({"QORGAN_WEBHOOK_SECRET": value})
    assert value not in f"{refused.value} {refused.value.hint}"


def test_without_a_webhook_health_is_told_only_where_asked_for(tmp_path: Path) -> None:
    assert load({}).listen is None
    assert ("localhost", 9000) == load({"QORGAN_WEBHOOK_LISTEN": "localhost:9000"}).listen
    (tmp_path / "secret").write_text("quiet_words-7\n")
    assert "quiet_words-7" == load({"QORGAN_WEBHOOK_SECRET_FILE": str(tmp_path / "secret")}).webhook_secret


def test_figures_are_told_to_this_machine_alone_or_to_every_network_where_that_is_written() -> None:
    assert load({}).metrics is None
    for host in ("127.0.0.1", "localhost", "0.0.0.0"):
        assert (host, 9464) == load({"QORGAN_METRICS_LISTEN": f"{host}:9464"}).metrics
    assert ("::1", 9464) == load({"QORGAN_METRICS_LISTEN": "[::1]:9464"}).metrics
    for elsewhere in ("192.168.0.7:9464", "10.0.0.1:9464", "[fe80::1]:9464", "example.org:9464"):
        with pytest.raises(SettingsError, match="no address of this machine alone") as refused:
            load({"QORGAN_METRICS_LISTEN": elsewhere})
        assert "tunnel" in refused.value.hint and "0.0.0.0:PORT" in refused.value.hint


def test_every_known_setting_has_the_prefix() -> None:
    assert [name for name in KNOWN if not name.startswith("QORGAN_")] == []
