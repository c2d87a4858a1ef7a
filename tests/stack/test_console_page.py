"""The operator's console in a real browser: signed in by a link, the first page, a coupon withdrawn."""

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from tests.builders import Shopper, imei_number, stock
from tests.stack import hands
from tradein import database, signins, staff
from tradein.coupons import Coupon, CouponState
from tradein.database import transaction
from tradein.settings import Settings
from tradein.staff import Role
from web.app import make_app
from web.limits import Limits
from web.parts import Parts, clock
from web.store import Store


@pytest.fixture
def house(database_url: str) -> Iterator[str]:
    """Serve the API with its console on a free port; return its address."""
    store = Store(database_url)
    settings = Settings(_env_file=None, TRADEIN_DATABASE_URL=database_url)
    app = make_app(Parts(settings, store, Limits(1000), None))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
    store.close()


def test_an_operator_signs_in_looks_at_today_and_withdraws_a_coupon(
    page: Page, house: str, database_url: str, tmp_path: Path
) -> None:
    """By hand, with nothing loaded from elsewhere; what the page says is what the database holds."""
    pictures = hands.pictures(tmp_path)
    maker = database.Sessions(database.connect(database_url))
    with transaction(maker) as session:
        stock(session)
        for serial in (1, 2, 3):
            shopper = Shopper.arrives(session, serial)
            shopper.now = clock()
            kept = shopper.gets_coupon(imei_number(serial))
        member, _ = staff.add(session, name="Meera", role=Role.OPERATOR, now=clock())
        token = signins.link(session, member, now=clock())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{house}/console/")
    expect(page.get_by_text("tradein console open NAME")).to_be_visible()
    page.goto(f"{house}/console/enter?token={token}")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    issued = page.get_by_role("row", name=re.compile("Coupons issued"))
    expect(issued).to_contain_text("₹18,000")
    page.screenshot(path=pictures / "console.png")

    issued.get_by_role("link", name="3").first.click()
    page.get_by_role("link", name=re.compile(kept.code[-4:])).click()
    expect(page.get_by_text(kept.printed)).to_be_visible()
    page.get_by_role("button", name="Withdraw").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Withdraw this coupon?")
    page.wait_for_timeout(400)  # the dialog comes in with a movement, and takes no tap before it is there
    page.screenshot(path=pictures / "withdraw.png")
    dialog.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_text("The coupon is withdrawn; its customer is told.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("issued → cancelled"))).to_contain_text(f"staff {member.id}")
    with transaction(maker) as session:
        assert session.get_one(Coupon, kept.id).state is CouponState.CANCELLED

    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{house}/console/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.screenshot(path=pictures / "console-narrow.png")
    page.get_by_label("Open user menu").first.click()
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_text("tradein console open NAME")).to_be_visible()
    assert all(url.startswith((house, "data:")) for url in asked)
    maker.close()
