"""``python -m web``: the checkout API and its workers, until SIGTERM or SIGINT."""

import contextlib
import gc
import signal
import socket
import sys

import stamina
import structlog
import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from tradein import logs
from tradein.payments import Payments
from tradein.settings import BadSettings, Settings, load
from web.app import make_app
from web.limits import Limits
from web.parts import Parts
from web.patience import Patient
from web.razorpay import Razorpay
from web.store import Store
from web.webhooks import Shop
from web.workers.bench import Bench
from web.workers.crew import Crew

GRACE_SECONDS = 3
_LOG = structlog.get_logger()


class Fatal(Exception):
    """The API can't run; the message is one sentence for the operator."""


def main() -> int:
    """Run the API; return 0 after a stop that was asked for, 1 with one sentence on stderr otherwise."""
    try:
        settings = load()
        logs.set_up(settings.log_level)
        stamina.instrumentation.set_on_retry_hooks([])  # it would log what was asked: payment ids
        _serve(settings)
    except (BadSettings, Fatal) as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    except SQLAlchemyError as problem:
        sys.stderr.write(f"The database can't be used ({type(problem).__name__}): check TRADEIN_DATABASE_URL.\n")
        return 1
    return 0


def _serve(settings: Settings) -> None:
    payments, shop = _payments(settings), _shop(settings)
    listener = _listener(settings)
    store = Store(settings.database_url)
    parts = Parts(settings, store, Limits(settings.api_rate_per_minute), payments)
    config = uvicorn.Config(
        make_app(parts, Crew(Bench(store), policy=settings.policy, payments=payments, shop=shop)),
        loop="uvloop",
        http=Patient,
        ws="none",
        # Whoever may send X-Forwarded-For may be anybody: wrong keys would be counted against addresses they choose.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    _LOG.info("listening", port=settings.web_port, payments=payments is not None, webhooks=shop is not None)
    # uvicorn repeats the signal that stopped it; a stop that was asked for is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # What is loaded by now stays: the collector would go through it for a tenth of a second, in the middle of a call.
    gc.collect()
    gc.freeze()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])
    finally:
        store.close()


def _listener(settings: Settings) -> socket.socket:
    host, port = settings.web_host, settings.web_port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # With the protocol named asyncio turns Nagle off; without it every second answer would wait 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise Fatal(
            f"The checkout API can't listen on {host}:{port} ({error.strerror}): stop what uses that port, or choose"
            " another with TRADEIN_WEB_PORT."
        ) from None
    return listener


def _payments(settings: Settings) -> Payments | None:
    if settings.razorpay_key_id is None or settings.razorpay_key_secret is None:
        _LOG.warning("no_payment_provider", missing="RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET")
        return None
    return Razorpay(
        key_id=settings.razorpay_key_id,
        key_secret=settings.razorpay_key_secret.get_secret_value(),
        api_url=settings.razorpay_api_url,
    )


def _shop(settings: Settings) -> Shop | None:
    if settings.shop_webhook_url is None or settings.shop_webhook_secret is None:
        _LOG.warning("no_shop_webhook", missing="TRADEIN_SHOP_WEBHOOK_URL")
        return None
    try:
        return Shop(url=settings.shop_webhook_url, secret=settings.shop_webhook_secret.get_secret_value())
    except ValueError:
        raise Fatal("TRADEIN_SHOP_WEBHOOK_SECRET is not the secret of a webhook: whsec_ and then base64.") from None


if __name__ == "__main__":
    sys.exit(main())
