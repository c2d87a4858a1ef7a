"""What an operator may do: by verbs of the core, with a row in the event log that says who."""

from sqlalchemy import select

from tests.builders import Doorstep, Shopper, courier
from tests.web.conftest import House
from tests.web.console.conftest import Desk, operator
from tradein import apikeys, staff
from tradein.apikeys import ApiKey, Scope
from tradein.coupons import Coupon, CouponState
from tradein.database import transaction
from tradein.hooks import Hook, HookState
from tradein.outbox import Message
from tradein.refunds import Refund, RefundState
from tradein.staff import Staff


def coupon_of(house: House) -> Coupon:
    """Return the only coupon."""
    with transaction(house.maker) as session:
        return session.scalars(select(Coupon)).one()


async def test_a_coupon_is_withdrawn_and_its_customer_told(desk: Desk) -> None:
    """Once; a second time it is told why not, and nothing is changed without the form's token."""
    desk.house.code()
    pk = coupon_of(desk.house).id
    bare = await desk.http.post(f"/console/_api/coupons/row-action?name=withdraw&pk={pk}")
    assert bare.status_code == 403
    assert coupon_of(desk.house).state is CouponState.ISSUED

    assert (await desk.does("withdraw", "coupons", pk)).status_code == 200
    assert coupon_of(desk.house).state is CouponState.CANCELLED
    assert desk.events("coupon")[-1] == ("cancelled", desk.actor)
    assert "The coupon is withdrawn" in (await desk.get("/coupons/detail", pk=str(pk))).text
    with transaction(desk.house.maker) as session:
        told = [row.body.get("response") for row in session.scalars(select(Message))]
    assert told.count("utter_coupon_withdrawn") == 1
    assert (await desk.does("withdraw", "coupons", pk)).status_code == 400


async def test_a_coupon_gets_more_days_once(desk: Desk) -> None:
    """Without being a supervisor: the console is the operator's."""
    desk.house.code()
    before = coupon_of(desk.house)
    assert (await desk.does("extend", "coupons", before.id)).status_code == 200
    after = coupon_of(desk.house)
    assert (after.expires_at - before.expires_at).days == 7
    assert desk.events("coupon")[-1] == ("issued", desk.actor)
    assert (await desk.does("extend", "coupons", before.id)).status_code == 400


async def test_a_coupon_that_a_checkout_holds_is_not_withdrawn(desk: Desk) -> None:
    """It is not offered, and who sends the request all the same is refused."""
    with transaction(desk.house.maker) as session:
        shopper = Shopper.arrives(session)
        shopper.reserves(shopper.gets_coupon())
    assert (await desk.does("withdraw", "coupons", coupon_of(desk.house).id)).status_code == 400
    assert coupon_of(desk.house).state is CouponState.RESERVED


async def test_a_refund_and_a_webhook_that_failed_are_tried_again(desk: Desk) -> None:
    """Under the same reference; only where they failed."""
    with transaction(desk.house.maker) as session:
        door = Doorstep.of(session, Shopper.arrives(session).orders(), courier(session))
        door.types().looks(screen=["cracked"]).confirms()
        session.flush()
        refund, hook = session.scalars(select(Refund)).one(), session.scalars(select(Hook)).first()
        assert hook is not None
        refund.state, hook.state = RefundState.FAILED, HookState.FAILED
        ids = refund.id, hook.id
    for key, pk, subject, to in (("refunds", ids[0], "refund", "requested"), ("webhooks", ids[1], "hook", "queued")):
        assert (await desk.does("retry", key, pk)).status_code == 200
        assert (to, desk.actor) in desk.events(subject)
        assert (await desk.does("retry", key, pk)).status_code == 400


async def test_a_key_is_revoked(desk: Desk) -> None:
    """The shop's next request is refused."""
    with transaction(desk.house.maker) as session:
        key, secret = apikeys.create(session, name="shop", scopes=list(Scope), now=desk.house.clock.now)
        pk = key.id
    assert (await desk.does("revoke", "keys", pk)).status_code == 200
    assert desk.events("api_key")[-1] == ("revoked", desk.actor)
    answer = await desk.http.get("/v1/products", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    with transaction(desk.house.maker) as session:
        assert session.get_one(ApiKey, pk).revoked_at is not None


async def test_a_member_is_removed_but_not_by_themselves(desk: Desk) -> None:
    """Another operator is signed out at once; whoever acts can't lock themselves out by a slip."""
    with transaction(desk.house.maker) as session:
        other = operator(session, desk.house, "Arun").id
    assert (await desk.does("remove", "staff", other)).status_code == 200
    assert desk.events("staff")[-1] == ("removed", desk.actor)
    with transaction(desk.house.maker) as session:
        assert session.get_one(Staff, other).roles == frozenset()
    assert (await desk.does("remove", "staff", desk.member_id)).status_code == 400
    assert (await desk.get("/")).status_code == 200


async def test_who_lost_the_role_does_nothing(desk: Desk) -> None:
    """Between the page and its button they were removed."""
    desk.house.code()
    csrf = await desk.csrf()
    with transaction(desk.house.maker) as session:
        staff.remove(session, staff.by_id(session, desk.member_id), now=desk.house.clock.now)
    answer = await desk.http.post(
        "/console/_api/coupons/row-action?name=withdraw&pk=1", data={"csrftoken": csrf}, headers={"Accept": "*/*"}
    )
    assert answer.status_code == 401
    assert coupon_of(desk.house).state is CouponState.ISSUED
