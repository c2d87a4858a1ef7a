"""What the console shows: the very rows that the first page counts, and of nobody more than is needed."""

import re

import pytest
from sqlalchemy import select

from tests.builders import Shopper, imei_number
from tests.tradein.test_report import lives
from tests.web.conftest import House
from tests.web.console.conftest import Desk, desk_at
from tradein import apikeys, inbox
from tradein.apikeys import Scope
from tradein.coupons import Coupon
from tradein.customers import Customer
from tradein.database import transaction
from tradein.hooks import Hook, HookState
from tradein.imei import Device
from tradein.outbox import Message, MessageState
from tradein.refunds import Refund, RefundState
from web.console.console import views

KEYS = [view.key or "" for view in views() if hasattr(view, "key")]
LINK = re.compile(r'<a href="(/console/[a-z]+/list\?show=[a-z_-]+)">(\d+)</a>')
SIZE = re.compile(r"\d+ to \d+ of (\d+)")
ROW = re.compile(r'data-sa-pk="([^"]+)"')


@pytest.fixture
def lived(house: House) -> House:
    """Return a house in which much happened."""
    live(house)
    return house


def live(house: House) -> None:
    """Let much happen in a house, and something of each kind go wrong."""
    with transaction(house.maker) as session:
        lives(session)
        held = Shopper.arrives(session, 8)
        held.reserves(held.gets_coupon(imei_number(8)))
        session.scalars(select(Customer)).first().first_name = "<script>alert(1)</script>"  # type: ignore[union-attr]
        for message, state in zip(
            session.scalars(select(Message).order_by(Message.id)),
            (MessageState.FAILED, MessageState.AMBIGUOUS),
            strict=False,
        ):
            message.state = state
        session.scalars(select(Hook)).first().state = HookState.FAILED  # type: ignore[union-attr]
        session.scalars(select(Refund)).first().state = RefundState.FAILED  # type: ignore[union-attr]
        inbox.quarantine(
            session, bot_id=1, update_id=7, payload={"text": "secret words"}, error="no chat", now=house.clock.now
        )
        apikeys.create(session, name="shop", scopes=list(Scope), now=house.clock.now)


async def test_each_number_leads_to_the_rows_it_counts(either_house: House) -> None:
    """Every link of the first page, on both databases; none is dead."""
    live(either_house)
    async with desk_at(either_house) as desk:
        await desk.enters()
        links = LINK.findall((await desk.get("/")).text)
        assert len(links) >= 15
        for path, count in links:
            size = SIZE.search((await desk.http.get(path)).text)
            assert size, path
            assert size[1] == count, path


async def test_odd_addresses_find_nothing(either_house: House) -> None:
    """On both databases: numbers that fit no column, pages beyond the last, the character that no text may hold."""
    live(either_house)
    async with desk_at(either_house) as desk:
        await desk.enters()
        for key in KEYS:
            for params in (
                {"page": "9" * 30},
                {"q": "a\0b"},
                {"q": "coupon " + "9" * 30},
                {"show": "x"},
                {"sort": "id__x"},
            ):
                assert (await desk.get(f"/{key}/list", **params)).status_code == 200, (key, params)
            for pk in ("9" * 30, "-1", "a\0b"):
                assert (await desk.get(f"/{key}/detail", pk=pk)).status_code in {403, 404}, (key, pk)
        for pk in ("9" * 30, "x", "\0"):
            assert (await desk.does("withdraw", "coupons", pk)).status_code == 400


@pytest.mark.parametrize("key", KEYS)
async def test_every_list_and_every_row_of_it_opens(key: str, lived: House, desk: Desk) -> None:
    """Sorted by each heading, in each part; no IMEI, no customer's script, no digest, no words of a customer's."""
    listed = await desk.get(f"/{key}/list")
    assert listed.status_code == 200
    pages = [listed.text]
    for path in set(re.findall(rf'href="[^"]*(/{key}/list\?[^"]+)"', listed.text)):
        answer = await desk.http.get(f"/console{path.replace('&amp;', '&')}")
        assert answer.status_code == 200, path
    if key != "updates":
        for pk in ROW.findall(listed.text)[:3]:
            opened = await desk.get(f"/{key}/detail", pk=pk)
            assert opened.status_code == 200
            pages.append(opened.text)
    with transaction(lived.maker) as session:
        secrets = [*session.scalars(select(Device.imei)), *session.scalars(select(apikeys.ApiKey.secret_digest))]
    for page in pages:
        assert not [secret for secret in secrets if secret in page]
        assert "<script>alert" not in page
        assert "secret words" not in page


async def test_a_code_is_whole_only_where_its_coupon_is_opened(lived: House, desk: Desk) -> None:
    """A list is looked at over a shoulder; it is found by its last characters, by its whole, and by the name."""
    with transaction(lived.maker) as session:
        coupon = session.scalars(select(Coupon).order_by(Coupon.id.desc())).first()
        assert coupon is not None
        pk, printed = str(coupon.id), coupon.printed
    for words in (printed, printed[-4:].lower(), "asha"):
        found = (await desk.get("/coupons/list", q=words)).text
        assert f'data-sa-pk="{pk}"' in found, words
        row = found.split(f'data-sa-pk="{pk}"')[1].split('tabindex="0">')[1].split("</tr>")[0]
        assert f"-{printed[-4:]}" in row
        assert printed not in re.sub(r'href="[^"]*"', "", row)  # the way back holds what was searched for
    assert printed in (await desk.get("/coupons/detail", pk=pk)).text
    # Nor does a script get them by the hundred, through what starlette-admin has for its own pages.
    for path in (f"relation-lookup?pks={pk}", f"inline-edit/row?pk={pk}", "relation-lookup"):
        answer = await desk.http.get(f"/console/_api/coupons/{path}")
        assert (answer.status_code, printed in answer.text) == (404, False), path


@pytest.mark.usefixtures("lived")
async def test_a_long_list_has_pages(desk: Desk) -> None:
    """Twenty-five rows each; what was searched for stays searched for."""
    first = (await desk.get("/log/list")).text
    assert len(ROW.findall(first)) == 25
    second = (await desk.get("/log/list", page="2")).text
    assert not set(ROW.findall(first)) & set(ROW.findall(second))
    assert "Nothing here" in (await desk.get("/log/list", q="nobody did that")).text
    assert "page=2" not in (await desk.get("/log/list", q="coupon 1")).text


@pytest.mark.usefixtures("lived")
async def test_nothing_can_be_made_changed_or_deleted_by_hand(desk: Desk) -> None:
    """What starlette-admin could do and we don't let it."""
    for path in ("/coupons/create", "/coupons/edit", "/_api/coupons/inline-edit", "/_api/coupons/import"):
        assert (await desk.http.get(f"/console{path}?pk=1&field=state")).status_code in {404, 405}, path
        assert (await desk.post(path, {"pk": "1", "field": "state"})).status_code in {404, 405}, path
    for name in ("delete", "export", ""):
        assert (await desk.post("/_api/coupons/action", {"name": name, "pks": "1"})).status_code in {404, 405}, name
    for key in KEYS:
        for params in ({"name": "delete", "pk": "1"}, {"name": "edit", "pk": "1"}, {"name": "view", "pk": "1"}):
            answer = await desk.post(f"/_api/{key}/row-action", params)
            assert answer.status_code == 400, (key, params)
    assert (await desk.post("/_api/coupons/row-action", {"name": "withdraw"})).status_code == 400
    assert (await desk.get("/coupons/detail", pk="x")).status_code == 404
