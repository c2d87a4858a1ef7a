"""Taking somebody on from the console."""

import re

import pytest
from sqlalchemy.orm import Session

from tests.web.console.conftest import Desk
from tradein import customers, staff
from tradein.database import transaction
from tradein.staff import Role, Staff


async def test_somebody_is_taken_on_and_their_invitation_shown_once(desk: Desk) -> None:
    """It binds a Telegram account to the role; no later page shows it."""
    page = await desk.post("/take-on", name="Ravi <b>Kumar</b>", alias="", role="courier")
    link = re.search(r"https://t\.me/exchange_bot\?start=s_(\S+?)</pre>", page.text)
    assert link
    assert "<b>Kumar" not in page.text
    assert desk.events("staff")[-3:] == [("added", desk.actor), ("granted", desk.actor), ("invited", desk.actor)]
    assert link[1] not in (await desk.get("/take-on")).text + (await desk.get("/staff/list")).text
    with transaction(desk.house.maker) as session:
        now = desk.house.clock.now
        customers.meet(session, telegram_user_id=5, chat_id=5, first_name="Ravi", language="en", now=now)
        member = staff.accept(session, link[1], telegram_user_id=5, chat_id=5, now=now)
        assert member.roles == {Role.COURIER}


@pytest.mark.parametrize("fields", [{"name": " ", "role": "agent"}, {"name": "x" * 65, "role": "agent"}, {"name": "A"}])
async def test_nobody_is_taken_on_by_half_a_form(fields: dict[str, str], desk: Desk) -> None:
    """It says what is missing."""

    def count(session: Session) -> int:
        return session.query(Staff).count()

    answer = await desk.post("/take-on", **fields)
    assert (answer.status_code, "choose what they will do" in answer.text) == (400, True)
    with transaction(desk.house.maker) as session:
        assert count(session) == 1


async def test_another_operator_needs_no_telegram(desk: Desk) -> None:
    """The page names the command that makes their link."""
    page = await desk.post("/take-on", name="Arun", alias="", role="operator")
    assert "tradein console open 2" in page.text
    assert "t.me" not in page.text
