"""``python -m bot``: the Telegram gateway, until SIGTERM or SIGINT."""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import stamina
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.app import SEND_TIMEOUT
from bot.gateway import Fatal, Gateway
from bot.listening import PortTaken
from bot.words import WordsMissing
from tradein.settings import BadSettings, Settings, load
from tradein.tables import ContentError

RARELY = (10_000, 20, 50)
"""New objects until the collector looks at the youngest, and how many such looks until it looks at older ones."""
DOMAIN = Path(__file__).resolve().parent.parent / "domain.yml"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the gateway; return 0 after a stop that was asked for, 1 with one sentence on stderr otherwise."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument("--domain", type=Path, default=DOMAIN, help="the file with the words (%(default)s)")
    parser.add_argument(
        "--send-timeout",
        type=float,
        default=SEND_TIMEOUT,
        help="seconds to wait for Telegram's answer before a message counts as in doubt (%(default)s)",
    )
    options = parser.parse_args(arguments)
    try:
        settings = load()
        token = _token(settings)
        logs.set_up(token, settings.log_level)
        stamina.instrumentation.set_on_retry_hooks([])  # the places that wait say so themselves, once
        uvloop.run(_run(Gateway(settings, token, options.domain, send_timeout=options.send_timeout)))
    except (BadSettings, Fatal, WordsMissing) as problem:
        return _give_up(str(problem))
    except PortTaken as problem:
        return _give_up(
            f"The gateway can't listen on 127.0.0.1:{problem.port}: stop what uses that port, or choose another with "
            "TRADEIN_BOT_HEALTH_PORT or TELEGRAM_WEBHOOK_PORT."
        )
    except SQLAlchemyError as problem:
        return _give_up(f"The database can't be used ({type(problem).__name__}): check TRADEIN_DATABASE_URL.")
    except ContentError as problem:
        return _give_up(f"The content can't be used ({problem}): 'tradein catalogue check' names every line.")
    except (FileNotFoundError, PermissionError) as problem:
        return _give_up(f"{problem.filename} can't be used ({problem.strerror}).")
    return 0


async def _run(gateway: Gateway) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(logs.unhandled)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, gateway.stop)
    # What is loaded by now stays: the collector needn't go through it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*RARELY)
    await gateway.run()


def _token(settings: Settings) -> str:
    if settings.telegram_bot_token is None:
        raise Fatal("TELEGRAM_BOT_TOKEN is missing: @BotFather gives one, and without it there is the sandbox only.")
    if settings.telegram_webhook_url and settings.telegram_webhook_secret is None:
        raise Fatal("TELEGRAM_WEBHOOK_SECRET is missing: without it anybody could send updates to the webhook.")
    return settings.telegram_bot_token.get_secret_value()


def _give_up(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
