"""How a process of the bot begins and ends: the gateway's and a worker's."""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol

import stamina
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from bot.app import SEND_TIMEOUT
from bot.listening import PortTaken
from bot.words import WordsMissing
from tradein import logs
from tradein.settings import BadSettings, Settings, load
from tradein.tables import ContentError

RARELY = (10_000, 20, 50)
"""New objects until the collector looks at the youngest, and how many such looks until it looks at older ones."""
DOMAIN = Path(__file__).resolve().parent.parent / "domain.yml"
WRONG_TOKEN = "Telegram doesn't know this TELEGRAM_BOT_TOKEN: copy it again from @BotFather."  # noqa: S105


class Fatal(Exception):
    """The process can't go on; the message is one sentence that says why and what to do."""


class Process(Protocol):
    """What runs until it is asked to stop."""

    def stop(self) -> None:
        """Ask it to stop."""

    def run(self) -> Coroutine[Any, Any, None]:
        """Run until :meth:`stop`; raises Fatal when it can't go on, PortTaken when it can't begin."""


def parser(program: str, about: str | None) -> argparse.ArgumentParser:
    """Return the parser of what both processes are told on the command line."""
    made = argparse.ArgumentParser(prog=program, description=about)
    made.add_argument("--domain", type=Path, default=DOMAIN, help="the file with the words (%(default)s)")
    made.add_argument(
        "--send-timeout",
        type=float,
        default=SEND_TIMEOUT,
        help="seconds to wait for Telegram's answer before a message counts as in doubt (%(default)s)",
    )
    return made


def serve(make: Callable[[Settings, str], Process], *, ports: Sequence[str]) -> int:
    """Run what ``make`` makes of settings and token; return the exit code, with one sentence on stderr if not 0.

    ``ports`` are what an operator may set to choose another port.
    """
    try:
        settings = load()
        token = _token(settings)
        logs.set_up(settings.log_level, secrets=[token])
        stamina.instrumentation.set_on_retry_hooks([])  # the places that wait say so themselves, once
        uvloop.run(_run(make(settings, token)))
    except (BadSettings, Fatal, WordsMissing) as problem:
        return _give_up(str(problem))
    except PortTaken as problem:
        return _give_up(
            f"It can't listen on 127.0.0.1:{problem.port}: stop what uses that port, or choose another with "
            f"{' or '.join(ports)}."
        )
    except SQLAlchemyError as problem:
        return _give_up(f"The database can't be used ({type(problem).__name__}): check TRADEIN_DATABASE_URL.")
    except ContentError as problem:
        return _give_up(f"The content can't be used ({problem}): 'tradein catalogue check' names every line.")
    except (FileNotFoundError, PermissionError) as problem:
        return _give_up(f"{problem.filename} can't be used ({problem.strerror}).")
    return 0


async def _run(process: Process) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.unhandled)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stop)
    # What is loaded by now stays: the collector needn't go through it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    await process.run()


def _token(settings: Settings) -> str:
    if settings.telegram_bot_token is None:
        raise Fatal("TELEGRAM_BOT_TOKEN is missing: @BotFather gives one, and without it there is the sandbox only.")
    return settings.telegram_bot_token.get_secret_value()


def _give_up(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1
