"""``tradein up``: the whole stack on this machine, from what could be in its way to the end of its last process."""

import contextlib
import json
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer
from alembic.util import CommandError
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tradein import database, migrate, opening
from tradein.cli import demo, supervisor
from tradein.cli.reminding import BEGUN
from tradein.cli.supervisor import Program
from tradein.cli.wording import console_link
from tradein.settings import SANDBOX_TOKEN, BadSettings, Settings, load
from tradein.tables import ContentError

ROOT = Path(__file__).resolve().parents[2]
ENGINE_PYTHON = ROOT / "engine" / ".venv" / "bin" / "python"
LOOPBACK = "127.0.0.1"
TELEGRAM_TIMEOUT_SECONDS = 10.0

# What a process may inherit from the caller's shell; everything else it is given by name.
_INHERITED = {"HOME", "LANG", "PATH", "TMPDIR", "TZ", "OMP_NUM_THREADS"}
_INHERITED_PREFIXES = ("LC_", "OPENBLAS_")
_ABROAD = {"ALL_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_DIR", "SSL_CERT_FILE", "https_proxy", "no_proxy"}


class Obstacle(Exception):
    """Something is in the way of a start; the message is one sentence that says what and what to do."""


def up(
    *,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Bring a Telegram of this machine's own instead of the real one.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what every process says.")] = False,
) -> None:
    """Run the assistant: engine, actions, Telegram gateway, checkout API and, with --sandbox, a local Telegram."""
    console = Console(soft_wrap=True)
    try:
        settings = load()
        prepare(settings, sandbox=sandbox, console=console)
        wanted = programs(settings, sandbox=sandbox)
    except BadSettings as bad:
        for problem in bad.problems:
            console.print(f"[red]✗[/] {problem}", highlight=False)
        raise typer.Exit(1) from None
    except Obstacle as problem:
        console.print("[red]✗[/]", end=" ")
        console.print(str(problem), markup=False, highlight=False)
        raise typer.Exit(1) from None
    announcement = _announcement(settings, sandbox=sandbox)
    supervisor.become(wanted, logs=settings.var_dir / "log", verbose=verbose, announcement=announcement)


def prepare(settings: Settings, *, sandbox: bool, console: Console) -> None:
    """Look at what could be in the way, then bring the database up to date; raises :class:`Obstacle`."""
    _writable(settings.var_dir)
    _ports_free(settings, sandbox=sandbox)
    _model_trained()
    if not sandbox:
        _token_known(settings, console)
    _database(settings, console)


def programs(settings: Settings, *, sandbox: bool) -> list[Program]:
    """Say which processes make the stack, and give each the environment it needs and nothing beyond."""
    secret = settings.actions_secret or SecretStr(secrets.token_urlsafe(32))
    exported = _exported(settings)
    inherited = {
        name: value for name, value in os.environ.items() if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    } | {"PYTHONUNBUFFERED": "1"}
    abroad = {name: value for name, value in os.environ.items() if name in _ABROAD}
    core = {name: value for name, value in exported.items() if name.startswith("TRADEIN_")}
    core.pop("TRADEIN_RASA_DATABASE_URL", None)
    core.pop("TRADEIN_ACTIONS_SECRET", None)
    telegram = {name: value for name, value in exported.items() if name.startswith("TELEGRAM_")}
    payments = {name: value for name, value in exported.items() if name.startswith("RAZORPAY_")}
    shop = {name: core.pop(name) for name in tuple(core) if name.startswith("TRADEIN_SHOP_WEBHOOK_")}
    pane: dict[str, str] = {}
    first: tuple[str, ...] = ()
    result = []
    if sandbox:
        with _session(settings) as session:
            furniture = demo.furnished(session, settings.var_dir / "demo.json")
        pane = furniture.environment(api_url=web_url(settings))
        if settings.telegram_bot_token is None:
            # Only a demo opens the console for whoever sits at the page: with a token of Telegram's it is real.
            with _session(settings) as session:
                tokens = demo.console_tokens(session, furniture)
            pane["SANDBOX_CONSOLE_LINKS"] = json.dumps([console_link(web_url(settings), token) for token in tokens])
        core["TRADEIN_BOT_USERNAME"] = demo.BOT_USERNAME
        core["TRADEIN_SUPPORT_CHAT_ID"] = str(demo.SUPPORT_CHAT_ID)
        shop = {
            "TRADEIN_SHOP_WEBHOOK_URL": f"{_sandbox_url(settings)}/shop/webhooks",
            "TRADEIN_SHOP_WEBHOOK_SECRET": furniture.webhook_secret,
        }
        payments = {
            "RAZORPAY_API_URL": f"{_sandbox_url(settings)}/razorpay",
            "RAZORPAY_KEY_ID": demo.PAYMENT_KEY_ID,
            "RAZORPAY_KEY_SECRET": demo.PAYMENT_KEY_SECRET,
        }
        telegram = {
            "TELEGRAM_BOT_TOKEN": SANDBOX_TOKEN,
            "TELEGRAM_API_URL": _sandbox_url(settings),
            "TELEGRAM_WEBHOOK_URL": "",
        }
        first = ("sandbox",)
    # The engine takes longest, so it goes first.
    for number, url in enumerate(settings.rasa_url, start=1):
        if not _here(url):
            continue
        result.append(
            Program(
                name="engine" if len(settings.rasa_url) == 1 else f"engine{number}",
                argv=(str(ENGINE_PYTHON), str(ROOT / "engine" / "launch.py")),
                env=inherited
                | {name: exported[name] for name in ("TRADEIN_VAR_DIR", "TRADEIN_ACTIONS_URL")}
                | {name: exported[name] for name in ("TRADEIN_RASA_DATABASE_URL",) if name in exported}
                | {
                    "TRADEIN_ACTIONS_SECRET": secret.get_secret_value(),
                    "TRADEIN_RASA_PORT": str(_port(url)),
                },
                probe=f"{url}/webhooks/rest/",
            )
        )
    if sandbox:
        result.append(
            Program(
                name="sandbox",
                argv=(sys.executable, "-m", "sandbox"),
                env=inherited
                | pane
                | {name: exported[name] for name in ("TRADEIN_SANDBOX_PORT", "TRADEIN_TIMEZONE", "TRADEIN_VAR_DIR")},
                probe=f"{_sandbox_url(settings)}/sandbox/health",
            )
        )
    result.append(
        Program(
            name="actions",
            argv=(sys.executable, "-m", "actions"),
            env=inherited | core | {"TRADEIN_ACTIONS_SECRET": secret.get_secret_value()},
            probe=f"{settings.actions_url}/health",
        )
    )
    result.append(
        Program(
            name="bot",
            argv=(sys.executable, "-m", "bot"),
            env=inherited | abroad | core | telegram,
            probe=f"http://{LOOPBACK}:{settings.bot_health_port}/health",
            after=first,
        )
    )
    result.append(
        Program(
            name="web",
            argv=(sys.executable, "-m", "web"),
            env=inherited | abroad | core | shop | payments,
            probe=f"{web_url(settings)}/health",
        )
    )
    return result


# --- what could be in the way -----------------------------------------------------------------------------------------
def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Obstacle(
            f"The folder {folder} can't be written ({error.strerror}):"
            " give this user the right to, or name another one in TRADEIN_VAR_DIR."
        ) from error


def _ports_free(settings: Settings, *, sandbox: bool) -> None:
    wanted = [(_port(url), "TRADEIN_RASA_URL") for url in settings.rasa_url if _here(url)]
    wanted.append((_port(settings.actions_url), "TRADEIN_ACTIONS_URL"))
    wanted.append((settings.bot_health_port, "TRADEIN_BOT_HEALTH_PORT"))
    wanted.append((settings.web_port, "TRADEIN_WEB_PORT"))
    if sandbox:
        wanted.append((settings.sandbox_port, "TRADEIN_SANDBOX_PORT"))
    elif settings.telegram_webhook_url:
        wanted.append((settings.telegram_webhook_port, "TELEGRAM_WEBHOOK_PORT"))
    named: dict[int, str] = {}
    for port, variable in wanted:
        if port in named:
            raise Obstacle(f"Port {port} is given twice: {named[port]} and {variable} must differ.")
        named[port] = variable
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError as error:
                raise Obstacle(
                    f"Port {port} can't be used ({error.strerror}): stop what holds it, or set {variable} to another."
                ) from error


def _model_trained() -> None:
    if not ENGINE_PYTHON.exists():
        raise Obstacle("Rasa's environment is missing: run `make setup`.")
    # Whether a model is the right one, the engine says.
    if not any((ROOT / "models").glob("*.tar.gz")):
        raise Obstacle("The dialogue model is missing: run `make train`.")


def _token_known(settings: Settings, console: Console) -> None:
    if settings.telegram_bot_token is None:
        raise Obstacle(
            "TELEGRAM_BOT_TOKEN is not set: put the token that @BotFather gave you into .env,"
            " or run `make demo`, which needs none."
        )
    root = settings.telegram_api_url.rstrip("/")
    # The address holds the token, so nothing of it or of an error about it is printed.
    try:
        answer = httpx.get(
            f"{root}/bot{settings.telegram_bot_token.get_secret_value()}/getMe", timeout=TELEGRAM_TIMEOUT_SECONDS
        )
    except httpx.HTTPError as error:
        console.print(
            f"[yellow]![/] {root} can't be reached ({type(error).__name__}); the gateway will go on trying.",
            highlight=False,
        )
        return
    if answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND}:
        raise Obstacle(
            f"TELEGRAM_BOT_TOKEN is not a token that {root} knows: copy it anew from @BotFather,"
            " who also says whether it was revoked."
        )


def _database(settings: Settings, console: Console) -> None:
    shown = make_url(settings.database_url).render_as_string(hide_password=True)
    try:
        with console.status("Bringing the database up to date …"):
            migrate.upgrade(settings.database_url)
            begun = _stocked(settings)
    except (SQLAlchemyError, CommandError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise Obstacle(f"The database {shown} can't be used ({reason}): see TRADEIN_DATABASE_URL.") from error
    if begun:
        console.print(f"[yellow]![/] {BEGUN}", highlight=False)


def _stocked(settings: Settings) -> bool:
    """Fill a programme that has no content yet with the files of the catalogue folder; True if it only began to remind.

    That is a programme from before there were reminders.
    """
    try:
        with _session(settings) as session:
            if opening.is_empty(session):
                opening.stock(session, settings.catalogue_dir, now=datetime.now(UTC))
                return False
            return opening.begin_reminding(session, settings.catalogue_dir, now=datetime.now(UTC))
    except (ContentError, OSError) as error:
        raise Obstacle(
            f"The content in {settings.catalogue_dir} can't be used ({error});"
            f" 'tradein catalogue check {settings.catalogue_dir}' names every line."
        ) from error


# --- the small print --------------------------------------------------------------------------------------------------
def _exported(settings: Settings) -> Mapping[str, str]:
    """Turn the settings back into variables, so that a process gets what ``.env`` said without reading it."""
    exported = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if value is None:
            continue
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if isinstance(value, tuple):
            value = ",".join(value)
        alias = field.validation_alias
        assert alias is not None  # noqa: S101 - every setting names its variable
        exported[str(getattr(alias, "choices", [alias])[0])] = str(value)
    return exported


@contextlib.contextmanager
def _session(settings: Settings) -> Iterator[Session]:
    sessions = database.Sessions(database.connect(settings.database_url))
    with contextlib.closing(sessions), database.transaction(sessions) as session:
        yield session


def _sandbox_url(settings: Settings) -> str:
    return f"http://{LOOPBACK}:{settings.sandbox_port}"


def web_url(settings: Settings) -> str:
    """Return the checkout API's address as this machine reaches it."""
    # Where the API listens on all addresses, this machine reaches it on the loopback.
    host = LOOPBACK if settings.web_host in {"0.0.0.0", "::", ""} else settings.web_host  # noqa: S104 - compared only
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.web_port}"


def _here(url: str) -> bool:
    return urlsplit(url).hostname in {LOOPBACK, "localhost"}


def _port(url: str) -> int:
    return urlsplit(url).port or 80


def _announcement(settings: Settings, *, sandbox: bool) -> list[str]:
    if sandbox:
        return [
            f"Open [bold]{_sandbox_url(settings)}/[/] and press Start. Ctrl-C stops everything.",
            f"[dim]The shop's checkout API is described at {web_url(settings)}/openapi.json[/]",
        ]
    return ["The assistant is on Telegram. Ctrl-C stops everything."]
