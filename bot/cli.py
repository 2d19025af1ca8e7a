"""The commands a person types: qorgan demo, init, run, check, and the groups keys, cases, staff and so on."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from bot import settings as reading
from bot.hardening import NotPrivate, harden
from bot.intake.faults import QuestionnaireError
from bot.settings import Settings, SettingsError

GROUPS = (
    "audit", "backup", "cases", "continuity", "keys", "locales", "questionnaire", "restore", "staff", "stats",
    "templates", "upgrade",
)  # fmt: skip
"""And single commands; each in a module of its own, read only when it is asked for."""


class Shell(click.Group):
    """Tells whatever a user can cause in two lines, an error and a hint, with exit code 2."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *GROUPS])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in GROUPS:
            found: click.Command = getattr(import_module(f"bot.commands.{name}"), name)
            return found
        return super().get_command(context, name)

    def main(self, *args: Any, **extra: Any) -> Any:
        try:
            code = super().main(*args, **extra | {"prog_name": "qorgan", "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            code = 2
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else "qorgan"
            code = complain(_lower(error.format_message()), f"run: {where} --help")
        except click.ClickException as error:
            code = complain(_lower(error.format_message()), "run: qorgan --help")
        except (click.Abort, KeyboardInterrupt):
            code = complain("stopped before the end", "run the same command again")
        except QuestionnaireError as error:
            code = complain(f"the questionnaire can't be used: {error}", "run: qorgan questionnaire check FILE")
        except OSError as error:
            named = f" {error.filename}" if isinstance(error.filename, str) else ""
            code = complain(
                f"the machine refused{named}: {error.strerror or 'no reason given'}",
                "check the place, its owner and the room on the disk",
            )
        except Exception as error:
            # The rooms' own errors (keyring, store, languages, settings …) all carry the hint a user needs.
            hint = getattr(error, "hint", None)
            if not isinstance(hint, str):
                raise
            code = complain(str(error), hint)
        sys.exit(code if isinstance(code, int) else 0)


def complain(message: str, hint: str) -> int:
    """Says what is wrong and how to mend it, a line each; the exit code for it."""
    for kind, words in (("error", message), ("hint", hint)):
        click.echo(f"qorgan: {kind}: {' '.join(words.split())}", err=True)
    return 2


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")


@click.group(cls=Shell, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--settings", "file", type=click.Path(path_type=Path), help="Settings file of QORGAN_NAME=value lines."
)
@click.version_option(package_name="qorgan", message="%(package)s %(version)s")
@click.pass_context
def qorgan(context: click.Context, file: Path | None) -> None:
    """An intake bot for Telegram that hands people in danger to human coordinators.

    Settings are QORGAN_ variables of the environment or lines of a settings file; the environment wins.
    """
    context.obj = file


@qorgan.command()
@click.option("--play", metavar="LANGUAGE", help="Play one whole intake here (ru, kk, en).")
@click.option("--page", is_flag=True, help="The page, also where this is no terminal.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port of the page; else a free one.")
@click.option("--no-browser", is_flag=True, help="Open no browser.")
def demo(play: str | None, page: bool, port: int | None, no_browser: bool) -> int:
    """Try the bot here: no token, no account, no network.

    Prints the address of a page on this machine: the phones of a person, a coordinator and an administrator, a clock
    to put forward, and what is on the disk. Where this is no terminal, one intake is played instead.
    """
    from bot import languages
    from bot.demo import opening, terminal

    if play is None and not (page or port or (sys.stdin.isatty() and sys.stdout.isatty())):
        play = "ru"
    if play is None:
        return opening.perform(port or 0, browser=not no_browser)
    if play not in languages.load():
        raise click.BadParameter(f"the bot speaks {', '.join(languages.load())}", param_hint="--play")
    return terminal.perform(play)


PRIVATE_FILE = click.Path(path_type=Path, dir_okay=False)


@qorgan.command()
@click.option("--yes", is_flag=True, help="Ask nothing and reach no network: all comes from settings and options.")
@click.option("--beside", is_flag=True, help="The keys are lost: set the old data aside and begin anew.")
@click.option("--language", help="Of the questions: ru, kk, en; else it is asked for.")
@click.option("--token-file", type=PRIVATE_FILE, help="A file with the bot's token.")
@click.option("--passphrase-file", type=PRIVATE_FILE, help="A file with the passphrase; qorgan run reads it, too.")
@click.option("--admin", "admins", multiple=True, help="Telegram user id of an administrator.")
@click.option("--coordinator", "coordinators", multiple=True, help="Telegram user id of a coordinator.")
@click.option("--custody", type=click.Choice(["server", "offline"]), help="Who is to keep the private case keys.")
@click.option("--recovery", type=click.Choice(["file", "shares"]), help="How the recovery key is taken away.")
@click.pass_obj
def init(
    file: Path | None,
    yes: bool,
    beside: bool,
    language: str | None,
    token_file: Path | None,
    passphrase_file: Path | None,
    admins: tuple[str, ...],
    coordinators: tuple[str, ...],
    custody: str | None,
    recovery: str | None,
) -> None:
    """Set the bot up: keys, settings, database.

    Asks step by step, in three languages. Makes what is missing of data folder, keyring, recovery key, settings file
    and database; keeps what is there.

    With --beside, for who lost both passphrase and recovery key: keyring, day keys, database and the files of
    recovery key and passphrase are moved to a folder in the data folder, none is deleted, and everything is made
    anew, so that people can be taken in again. Stop the bot first. Refused while the old data opens.
    """
    from bot import setup

    given = {
        f"{reading.TOKEN}_FILE": str(token_file.absolute()) if token_file else "",
        f"{reading.PASSPHRASE}_FILE": str(passphrase_file.absolute()) if passphrase_file else "",
        "QORGAN_ADMINS": ",".join(admins),
        "QORGAN_COORDINATORS": ",".join(coordinators),
    }
    answers = {name: value for name, value in given.items() if value}
    if yes:
        made = setup.make(os.environ, file, answers, beside=beside)
        for line in (*made.new, *made.kept, *made.advice):
            click.echo(line)
        if not made.new:
            click.echo("nothing changed: everything was there already")
        return
    from bot import wizard

    terminal = wizard.opened(language, os.environ.get("LC_ALL") or os.environ.get("LANG"))
    asked = wizard.ask(terminal, {**os.environ, **answers}, file, custody, beside=beside)
    answers |= asked.settings
    made = setup.make(os.environ, file, answers, beside=beside)
    wizard.end(terminal, setup.so_far({**os.environ, **answers}, file, beside), made, asked, recovery)


@qorgan.command()
@click.pass_obj
def run(file: Path | None) -> None:
    """Run the bot until it is told to stop (SIGTERM or Ctrl-C)."""
    settings = reading.load(os.environ, file)
    require_ready(settings)
    from bot import health

    health.questionnaire(settings)
    from bot.app import run as start

    start(settings)


@qorgan.command()
@click.pass_obj
def check(file: Path | None) -> int:
    """Look at everything the bot needs, one line each; exit code 1 on any fault."""
    from bot import health, premises

    findings = health.check(os.environ, file)
    for found in findings:
        click.echo(f"{found.level:<8} {found.subject:<14} {found.words}")
    return 1 if any(found.level == premises.FAULT for found in findings) else 0


def require_ready(settings: Settings) -> None:
    """Refuses to start without what the bot can't do without, all of it named at once."""
    missing, ways = [], []
    if settings.token is None:
        missing.append("a bot token (QORGAN_BOT_TOKEN)")
        ways.append("@BotFather in Telegram gives a token")
    if not settings.keyring.exists():
        missing.append(f"the keyring ({settings.keyring})")
        ways.append("qorgan init makes a keyring")
    if settings.passphrase is None:
        missing.append("the passphrase of the keyring (QORGAN_KEYRING_PASSPHRASE or …_FILE)")
        ways.append("the passphrase is the one chosen at qorgan init")
    if settings.webhook_url is not None and settings.webhook_secret is None:
        missing.append("the webhook's secret (QORGAN_WEBHOOK_SECRET or …_FILE)")
        ways.append("openssl rand -hex 32 makes one")
    if missing:
        raise SettingsError(f"missing: {', '.join(missing)}", "; ".join(ways))
    if not os.access(settings.data_dir, os.W_OK | os.X_OK):
        raise SettingsError(
            f"the data folder {settings.data_dir} can't be written to",
            "let the user who runs qorgan write to it, or name another with QORGAN_DATA_DIR",
        )


def main() -> None:
    try:
        harden()
    except NotPrivate as error:
        sys.exit(complain(str(error), error.hint))
    qorgan.main()


if __name__ == "__main__":
    main()
