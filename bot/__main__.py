"""``python -m bot``: the Telegram gateway, until SIGTERM or SIGINT."""

import sys
from collections.abc import Sequence

from bot.gateway import Gateway
from bot.process import Fatal, parser, serve
from tradein.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the gateway; return 0 after a stop that was asked for, 1 with one sentence on stderr otherwise."""
    options = parser("python -m bot", __doc__).parse_args(arguments)

    def made(settings: Settings, token: str) -> Gateway:
        if settings.telegram_webhook_url and settings.telegram_webhook_secret is None:
            raise Fatal("TELEGRAM_WEBHOOK_SECRET is missing: without it anybody could send updates to the webhook.")
        return Gateway(settings, token, options.domain, send_timeout=options.send_timeout)

    return serve(made, ports=("TRADEIN_BOT_HEALTH_PORT", "TELEGRAM_WEBHOOK_PORT"))


if __name__ == "__main__":
    sys.exit(main())
