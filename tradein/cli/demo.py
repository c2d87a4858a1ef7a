"""What the demo needs besides a Telegram: a shop with a key to the checkout API; a courier and a support team, invited.

Made once for each ``var/`` and kept there, readable by nobody else: a second start is the same shop.
"""

import base64
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from tradein import apikeys, signins, staff
from tradein.apikeys import Scope
from tradein.cli.wording import STAFF_START
from tradein.refusals import NotStaff, UnknownKey, UnknownStaff
from tradein.staff import Role

BOT_USERNAME = "sandbox_exchange_bot"
SUPPORT_CHAT_ID = -1_001_000_000_001
"""The support group, as the sandbox's Telegram knows it."""
TEAM = {"Leela": (Role.AGENT,), "Tarun": (Role.AGENT,), "Kavita": (Role.AGENT, Role.SUPERVISOR)}
CONSOLE_LINKS = 20
"""So often the demo's page opens the console; a start makes new links."""
PAYMENT_KEY_ID, PAYMENT_KEY_SECRET = "rzp_test_sandbox", "sandbox"


@dataclass(frozen=True)
class Demo:
    """The demo shop's secrets, the start parameters of the staff's invitations, the operator's number."""

    api_key: str
    webhook_secret: str
    courier_start: str
    team: dict[str, str]
    operator: int

    def environment(self, *, api_url: str) -> dict[str, str]:
        """Return what the sandbox is told."""
        return {
            "SANDBOX_SHOP_API_URL": api_url,
            "SANDBOX_SHOP_API_KEY": self.api_key,
            "SANDBOX_SHOP_WEBHOOK_SECRET": self.webhook_secret,
            "SANDBOX_COURIER_START": self.courier_start,
            "SANDBOX_SUPPORT_CHAT_ID": str(SUPPORT_CHAT_ID),
            "SANDBOX_SUPPORT_TEAM": json.dumps([{"name": name, "start": start} for name, start in self.team.items()]),
        }


def furnished(session: Session, file: Path) -> Demo:
    """Return the demo's shop and staff as ``file`` remembers them, made anew where this database knows them not."""
    now = datetime.now(UTC)
    if file.exists():
        known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        try:
            apikeys.authenticate(session, known["api_key"])
        except UnknownKey:
            pass  # the database is another one: begin anew
        else:
            # A demo of before there was a support group or a console gets its people now.
            if "team" in known and "operator" in known:
                return Demo(**known)
            if "team" not in known:
                known["team"] = _team(session, now=now)
            return _kept(file, Demo(**known, operator=_operator(session, now=now)))
    _, key = apikeys.create(session, name="Demo shop", scopes=list(Scope), now=now)
    _, token = staff.add(session, name="Ravi", role=Role.COURIER, now=now)
    webhook_secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return _kept(
        file,
        Demo(
            api_key=key,
            webhook_secret=webhook_secret,
            courier_start=STAFF_START + token,
            team=_team(session, now=now),
            operator=_operator(session, now=now),
        ),
    )


def console_tokens(session: Session, demo: Demo) -> list[str]:
    """Return tokens of links to the console, for the sandbox to hand out; none where the operator was removed."""
    try:
        member = staff.by_id(session, demo.operator)
        return signins.spares(session, member, count=CONSOLE_LINKS, now=datetime.now(UTC))
    except (UnknownStaff, NotStaff):
        return []


def _operator(session: Session, *, now: datetime) -> int:
    """Take on who opens the console; their invitation is nobody's: the console needs no Telegram."""
    return staff.add(session, name="Meera", role=Role.OPERATOR, now=now)[0].id


def _team(session: Session, *, now: datetime) -> dict[str, str]:
    """Take the support team on; return the start parameter of each one's invitation."""
    starts = {}
    for name, roles in TEAM.items():
        member, token = staff.add(session, name=name, role=roles[0], now=now)
        for role in roles[1:]:
            staff.grant(session, member, role=role, now=now)
        starts[name] = STAFF_START + token
    return starts


def _kept(file: Path, demo: Demo) -> Demo:
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(demo)), encoding="utf-8")
    return demo
