"""The exchange programme as the demo shop meets it: a migrated database, the real checkout API and a sandbox."""

import os
import secrets
import socket
import subprocess
import sys
import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import httpx
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests import builders
from tests.sandbox.phones import Process
from tradein import apikeys, database, migrate, visits
from tradein.apikeys import Scope
from tradein.coupons import Coupon
from tradein.customers import Customer
from tradein.orders import Order
from tradein.refunds import Refund, RefundState
from tradein.visits import Visit

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30


class Programme:
    """Two processes that know each other as `tradein up --sandbox` lets them; `root` is the sandbox's address."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder / 'tradein.db'}"
        migrate.upgrade(url)
        self.sessions = database.Sessions(database.connect(url))
        with database.transaction(self.sessions) as session:
            builders.stock(session)
            _, key = apikeys.create(session, name="demo shop", scopes=list(Scope), now=datetime.now(UTC))
        self.secret = f"whsec_{b64encode(secrets.token_bytes(24)).decode()}"
        port = _free_port()
        self.api = f"http://127.0.0.1:{port}"
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("TRADEIN_", "TELEGRAM_"))}
        self.sandbox = Process(
            "--memory",
            environment=plain
            | {
                "SANDBOX_SHOP_API_URL": self.api,
                "SANDBOX_SHOP_API_KEY": key,
                "SANDBOX_SHOP_WEBHOOK_SECRET": self.secret,
                "SANDBOX_COURIER_START": "s_invitation",
            },
        )
        self.root = self.sandbox.root
        self._web_environment = plain | {
            "TRADEIN_VAR_DIR": str(folder),
            "TRADEIN_DATABASE_URL": url,
            "TRADEIN_CATALOGUE_DIR": str(ROOT / "catalogue"),
            "TRADEIN_WEB_PORT": str(port),
            "TRADEIN_API_RATE_PER_MINUTE": "10000",
            "TRADEIN_SHOP_WEBHOOK_URL": f"{self.root}/shop/webhooks",
            "TRADEIN_SHOP_WEBHOOK_SECRET": self.secret,
            "RAZORPAY_API_URL": f"{self.root}/razorpay",
            "RAZORPAY_KEY_ID": "rzp_test_sandbox",
            "RAZORPAY_KEY_SECRET": "sandbox",
        }
        self._folder = folder
        self._web: subprocess.Popen[bytes] | None = None
        self._phones = 0
        try:
            self.start_web()
        except AssertionError:
            self.close()
            raise

    def start_web(self) -> None:
        """Start the checkout API and wait until it answers."""
        self._web = subprocess.Popen(
            [sys.executable, "-m", "web"],
            env=self._web_environment | {"PYTHONPATH": str(ROOT)},
            cwd=self._folder,  # no .env of the caller is found there
            stdout=subprocess.DEVNULL,
        )
        for _ in range(START_SECONDS * 20):
            try:
                httpx.get(f"{self.api}/health", trust_env=False).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the checkout API didn't start")

    def stop_web(self) -> None:
        """Stop the checkout API."""
        assert self._web is not None
        self._web.terminate()
        self._web.wait(10)

    def coupon(self, chat_id: int) -> str:
        """Let the person of a chat trade a phone in; return the coupon's code as it is printed."""
        self._phones += 1
        with database.transaction(self.sessions) as session:
            shopper = builders.Shopper.arrives(session, chat_id)
            shopper.now = datetime.now(UTC)
            return shopper.gets_coupon(builders.imei_number(self._phones)).printed

    def visit(self, reference: str, session: Session) -> builders.Doorstep:
        """Send a courier to the door of the order with the shop's number, today."""
        now = datetime.now(UTC)
        visit = self.visit_of(reference, session)
        visit.scheduled_on = visits.local_day(now, builders.POLICY)
        door = builders.Doorstep(session, visit, builders.courier(session, visit.id + 9_000, now=now), now)
        visits.set_out(session, visit, door.courier, now=now)
        visits.open_check(session, visit, door.courier, code=visit.code or "", now=now)
        return door

    def visit_of(self, reference: str, session: Session) -> Visit:
        """Return the visit of the order with the shop's number."""
        return visits.of_order(session, session.scalars(select(Order).where(Order.reference == reference)).one())

    def hurry(self) -> None:
        """Let the programme ask after refunds now rather than in its own time."""
        with database.transaction(self.sessions) as session:
            session.execute(update(Refund).where(Refund.state == RefundState.SENT).values(not_before=datetime.now(UTC)))

    def coupons(self, chat_id: int) -> list[Coupon]:
        """Return the coupons of the person of a chat."""
        with database.reading(self.sessions) as session:
            query = select(Coupon).join(Customer, Customer.id == Coupon.customer_id).where(Customer.chat_id == chat_id)
            return list(session.scalars(query))

    def close(self) -> None:
        """Stop both processes."""
        self.stop_web()
        self.sandbox.stop()
        self.sessions.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
