"""What the demo needs besides a Telegram: a shop with a key to the checkout API, and a courier who is invited.

Made once for each ``var/`` and kept there, readable by nobody else: a second start is the same shop.
"""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from tradein import apikeys, staff
from tradein.apikeys import Scope
from tradein.cli.people import STAFF_START
from tradein.refusals import UnknownKey
from tradein.staff import Role

BOT_USERNAME = "sandbox_exchange_bot"
PAYMENT_KEY_ID, PAYMENT_KEY_SECRET = "rzp_test_sandbox", "sandbox"


@dataclass(frozen=True)
class Demo:
    """The demo shop's secrets, and the start parameter of the demo courier's invitation."""

    api_key: str
    webhook_secret: str
    courier_start: str

    def environment(self, *, api_url: str) -> dict[str, str]:
        """Return what the sandbox is told."""
        return {
            "SANDBOX_SHOP_API_URL": api_url,
            "SANDBOX_SHOP_API_KEY": self.api_key,
            "SANDBOX_SHOP_WEBHOOK_SECRET": self.webhook_secret,
            "SANDBOX_COURIER_START": self.courier_start,
        }


def furnished(session: Session, file: Path) -> Demo:
    """Return the demo's shop and courier as ``file`` remembers them, made anew where this database knows them not."""
    if file.exists():
        known = Demo(**json.loads(file.read_text(encoding="utf-8")))
        try:
            apikeys.authenticate(session, known.api_key)
        except UnknownKey:
            pass  # the database is another one: begin anew
        else:
            return known
    now = datetime.now(UTC)
    _, key = apikeys.create(session, name="Demo shop", scopes=list(Scope), now=now)
    _, token = staff.add(session, name="Ravi", role=Role.COURIER, now=now)
    webhook_secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    demo = Demo(api_key=key, webhook_secret=webhook_secret, courier_start=STAFF_START + token)
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(demo)), encoding="utf-8")
    return demo
