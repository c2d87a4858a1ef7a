"""At the door: the code, the number, what was declared, and what follows."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import BEST_MINOR, NEW_PHONE, NEW_PHONE_MINOR, POLICY, Doorstep, Shopper, courier, imei_number
from tests.conftest import NOW
from tradein import accounts, events, imei, inspection, offers, outbox, refusals, staff, visits
from tradein.catalogue import Product
from tradein.coupons import CouponState
from tradein.hooks import Hook
from tradein.orders import OrderState
from tradein.payments import Payment
from tradein.policy import Policy
from tradein.refunds import Refund
from tradein.staff import Role, Staff
from tradein.visits import Visit, VisitState

OFFERING = Policy(offers_at_door=True)


def at_the_door(session: Session, chat_id: int = 1001, serial: int = 1) -> tuple[Shopper, Doorstep]:
    """Return a customer who has ordered, and the courier whom they have let in."""
    shopper = Shopper.arrives(session, chat_id)
    return shopper, Doorstep.of(session, shopper.orders(shopper.gets_coupon(imei_number(serial))))


def test_all_as_declared_settles_the_coupon_and_consumes_the_phone_for_ever(session: Session) -> None:
    """Mission, line 7."""
    shopper, door = at_the_door(session)
    order = door.visit.order
    assert door.types().looks().confirms().kind == "accept"
    inspection.confirm(session, door.visit, door.courier, kind="accept", policy=POLICY, now=door.now)  # a second tap
    assert (order.state, order.coupon.state, door.visit.state) == (
        OrderState.COMPLETED,
        CouponState.SETTLED,
        VisitState.ACCEPTED,
    )
    assert accounts.balance(session, shopper.customer, currency="INR") == 0
    assert session.scalars(select(Refund)).all() == []
    receipts = [m for m in session.scalars(select(outbox.Message)) if m.body.get("response", "") == "utter_handed_over"]
    assert len(receipts) == 1
    assert receipts[0].body["params"]["imei"] == order.coupon.device.masked
    with pytest.raises(refusals.ImeiSettled):
        Shopper.arrives(session, 2).gets_coupon(imei_number(1))


@pytest.mark.parametrize(
    ("found", "keys"),
    [
        ({"screen": ["cracked"]}, ["screen"]),
        ({"screen": ["scratched"]}, ["screen"]),
        ({"works": ["no"]}, ["works"]),
        ({"faults": ["battery", "camera"]}, ["faults"]),
        ({"locks": ["no"]}, ["locks"]),
        ({"screen": ["scratched"], "locks": ["no"]}, ["screen", "locks"]),
    ],
)
def test_not_in_order_cancels_refunds_and_says_why(
    session: Session, found: dict[str, list[str]], keys: list[str]
) -> None:
    """Mission, line 9: a crack, wear that was not declared, a lock."""
    shopper, door = at_the_door(session)
    outcome = door.types().looks(**found).confirms()
    order = door.visit.order
    assert (outcome.kind, [finding.key for finding in outcome.findings]) == ("refuse", keys)
    assert (order.state, order.coupon.state) == (OrderState.CANCELLED, CouponState.VOID)
    refund = session.scalars(select(Refund)).one()
    assert (refund.amount_minor, refund.order_id) == (NEW_PHONE_MINOR - BEST_MINOR, order.id)
    assert accounts.balance(session, shopper.customer, currency="INR") == 0
    notice = session.scalars(select(outbox.Message).order_by(outbox.Message.id.desc())).first()
    assert notice is not None
    assert notice.body["response"] == "utter_refused_at_door"
    assert outcome.findings[0].words[2] in notice.body["params"]["reasons"]
    # The phone may come back in order: its number is free.
    assert Shopper.arrives(session, 2).gets_coupon(imei_number(1)).state is CouponState.ISSUED


def test_better_than_declared_is_in_order(session: Session) -> None:
    """Somebody who was too strict with their own phone gets what was promised."""
    shopper = Shopper.arrives(session).describes(screen=["scratched"])
    shopper.gets_quote()
    coupon = shopper.gives_imei().agrees()
    door = Doorstep.of(session, shopper.orders(coupon)).types().looks(screen=["flawless"])
    assert inspection.outcome(session, door.visit, policy=POLICY).kind == "accept"


def test_another_number_is_looked_at_twice_and_then_refused(session: Session) -> None:
    """A phone with two SIMs has two numbers; one of them must be the coupon's."""
    _, door = at_the_door(session)
    with pytest.raises(refusals.ImeiDiffers):
        door.types(imei_number(77))
    assert inspection.step(session, door.visit).kind == "imei"
    with pytest.raises(refusals.ImeiCheckDigitWrong):
        door.types("356938030000010")
    inspection.imei_differs(session, door.visit, door.courier, now=door.now)
    assert inspection.step(session, door.visit).kind == "confirm"
    assert door.confirms().kind == "refuse"
    assert door.visit.order.coupon.state is CouponState.VOID


def test_the_second_number_settles_it(session: Session) -> None:
    """The first SIM's number was another; the second is the coupon's."""
    _, door = at_the_door(session)
    with pytest.raises(refusals.ImeiDiffers):
        door.types(imei_number(77))
    assert door.types().looks().confirms().kind == "accept"


def test_the_steps_come_in_order_and_go_on_where_they_stood(session: Session) -> None:
    """The row says what is next: after a restart it is the same."""
    shopper = Shopper.arrives(session)
    order = shopper.orders()
    visit, ravi = visits.of_order(session, order), courier(session)
    kinds = [inspection.step(session, visit).kind]
    visits.set_out(session, visit, ravi, now=NOW)
    kinds.append(inspection.step(session, visit).kind)
    visits.open_check(session, visit, ravi, code=visit.code or "", now=NOW)
    door = Doorstep(session, visit, ravi)
    kinds.append(inspection.step(session, visit).kind)
    door.types()
    asked = []
    while (step := inspection.step(session, visit)).check is not None:
        asked.append(step.check.key)
        session.expire_all()
        assert inspection.step(session, visit) == step
        inspection.record(session, visit, ravi, key=step.check.key, options=list(step.check.declared), now=NOW)
    kinds.append(inspection.step(session, visit).kind)
    door.confirms()
    kinds.append(inspection.step(session, visit).kind)
    assert kinds == ["set_out", "code", "imei", "confirm", "over"]
    assert asked == ["works", "screen", "faults", "locks"]
    actors = [event.actor for event in events.of(session, "visit", visit.id)]
    assert actors == ["shop:test", *[f"staff:{ravi.id}"] * (len(actors) - 1)]


def test_a_wrong_code_is_counted_and_the_fifth_sends_another(session: Session) -> None:
    """Nobody guesses a code of four digits."""
    order = Shopper.arrives(session).orders()
    visit, ravi = visits.of_order(session, order), courier(session)
    visits.set_out(session, visit, ravi, now=NOW)
    first = visit.code or ""
    wrong = "0000" if first != "0000" else "1111"
    for left in (4, 3, 2, 1):
        with pytest.raises(refusals.CodeWrong) as refused:
            visits.open_check(session, visit, ravi, code=wrong, now=NOW)
        assert refused.value.evidence == {"left": left}
    with pytest.raises(refusals.CodeLocked):
        visits.open_check(session, visit, ravi, code=wrong, now=NOW)
    assert visit.state is VisitState.OUT
    sent = [
        m.body["params"]["code"]
        for m in session.scalars(select(outbox.Message))
        if "code" in m.body.get("response", "")
    ]
    assert visit.code == sent[-1]
    in_devanagari = "".join("०१२३४५६७८९"[int(digit)] for digit in sent[-1])
    visits.open_check(session, visit, ravi, code=f" {in_devanagari} ", now=NOW)
    assert visit.state is VisitState.CHECKING


def uses_up(session: Session, door: Doorstep | None = None) -> tuple[Visit, Staff]:
    """Type wrong codes until none is left; return the visit and its courier."""
    visit = door.visit if door else visits.of_order(session, Shopper.arrives(session).orders())
    ravi = door.courier if door else courier(session)
    enter = offers.close if door else visits.open_check
    if door is None:
        visits.set_out(session, visit, ravi, now=NOW)
    for lock in range(visits.CODE_LOCKS):
        for _ in range(visits.CODE_TRIES):
            assert visit.code_locks == lock
            wrong = f"{(int(visit.code or 0) + 1) % 10_000:04}"
            with pytest.raises((refusals.CodeWrong, refusals.CodeLocked, refusals.CodesUsedUp)):
                enter(session, visit, ravi, code=wrong, now=NOW)
    return visit, ravi


def codes(session: Session) -> list[str]:
    """Return the codes that customers were told, the oldest first."""
    told = session.scalars(select(outbox.Message).order_by(outbox.Message.id))
    return [
        message.body["params"]["code"] for message in told if message.body.get("response", "") == "utter_visit_code"
    ]


def test_a_door_takes_only_so_many_codes_and_then_an_operator_has_to_look(session: Session) -> None:
    """Fifteen guesses and no more, whatever the day; the customer is told, and gets another code from the operator."""
    visit, ravi = uses_up(session)
    assert (visit.state, visit.code, inspection.step(session, visit).kind) == (VisitState.OUT, None, "locked")
    assert len(codes(session)) == visits.CODE_LOCKS
    last = session.scalars(select(outbox.Message).order_by(outbox.Message.id.desc())).first()
    assert last is not None
    assert last.body["response"] == "utter_visit_codes_used_up"
    with pytest.raises(refusals.CodesUsedUp):
        visits.open_check(session, visit, ravi, code=codes(session)[-1], now=NOW)
    tomorrow = visits.local_day(NOW, POLICY) + timedelta(days=1)
    visits.reschedule(session, visit, day=tomorrow, actor=ravi.actor, policy=POLICY, now=NOW)
    with pytest.raises(refusals.CodesUsedUp):
        visits.set_out(session, visit, ravi, now=NOW + timedelta(days=1))
    visits.renew_code(session, visit.order, actor="operator", now=NOW)
    assert len(codes(session)) == visits.CODE_LOCKS, "a visit that lies ahead gets its code as the courier sets out"
    visits.set_out(session, visit, ravi, now=NOW + timedelta(days=1))
    visits.open_check(session, visit, ravi, code=codes(session)[-1], now=NOW + timedelta(days=1))
    assert visit.state is VisitState.CHECKING
    with pytest.raises(refusals.VisitOver):
        visits.renew_code(session, visit.order, actor="operator", now=NOW)


def test_what_failed_at_the_door_is_in_the_log_too(session: Session) -> None:
    """A wrong code and another phone's number, by whom; neither the code nor the number."""
    order = Shopper.arrives(session).orders()
    visit, ravi = visits.of_order(session, order), courier(session)
    visits.set_out(session, visit, ravi, now=NOW)
    wrong = f"{(int(visit.code or 0) + 1) % 10_000:04}"
    with pytest.raises(refusals.CodeWrong):
        visits.open_check(session, visit, ravi, code=wrong, now=NOW)
    visits.open_check(session, visit, ravi, code=visit.code or "", now=NOW)
    with pytest.raises(refusals.ImeiDiffers):
        Doorstep(session, visit, ravi).types(imei_number(77))
    log = events.of(session, "visit", visit.id)
    failed = [event.detail for event in log if event.actor == ravi.actor and event.detail]
    assert failed == [{"code": "wrong", "left": 4}, {"imei": "another"}]
    assert wrong not in str([event.detail for event in log])


def test_an_operator_sends_a_new_code_to_a_door_at_which_the_courier_stands(session: Session) -> None:
    """The old ones stay void."""
    visit, ravi = uses_up(session)
    visits.renew_code(session, visit.order, actor="operator", now=NOW)
    assert inspection.step(session, visit).kind == "code"
    visits.open_check(session, visit, ravi, code=codes(session)[-1], now=NOW)
    assert visit.state is VisitState.CHECKING


def test_a_visit_is_one_couriers_and_a_role_ends_at_once(session: Session) -> None:
    """Another courier is turned away; one who was removed is nobody."""
    order = Shopper.arrives(session).orders()
    visit, ravi, meena = visits.of_order(session, order), courier(session, 1), courier(session, 2)
    assert visits.today(session, ravi, policy=POLICY, now=NOW) == [visit]
    visits.set_out(session, visit, ravi, now=NOW)
    assert visits.today(session, meena, policy=POLICY, now=NOW) == []
    for verb in (visits.set_out, inspection.look_again):
        with pytest.raises(refusals.NotYourVisit):
            verb(session, visit, meena, now=NOW)
    assert staff.acting(session, telegram_user_id=1, role=Role.COURIER) == ravi
    staff.remove(session, ravi, now=NOW)
    with pytest.raises(refusals.NotStaff):
        staff.acting(session, telegram_user_id=1, role=Role.COURIER)
    with pytest.raises(refusals.NotStaff):
        staff.acting(session, telegram_user_id=2, role=Role.SUPERVISOR)


def test_what_the_courier_is_out_for_is_listed_before_what_is_nobodys(session: Session) -> None:
    """A list shows so many at once: those that were left over for days must not push the courier's own out of it."""
    own, left = Shopper.arrives(session, 11), Shopper.arrives(session, 12)
    overdue = visits.of_order(session, left.orders(left.gets_coupon(imei_number(1))))
    visit = visits.of_order(session, own.orders(own.gets_coupon(imei_number(2))))
    ravi, tomorrow = courier(session), NOW + timedelta(days=1)
    visits.reschedule(session, visit, day=tomorrow.date(), actor="shop:test", policy=POLICY, now=NOW)
    visits.set_out(session, visit, ravi, now=tomorrow)
    assert visits.today(session, ravi, policy=POLICY, now=tomorrow) == [visit, overdue]


def test_a_lost_invitation_is_worth_nothing_once_there_is_another(session: Session) -> None:
    """Whoever finds the first link can't take the courier's place with it."""
    member, lost = staff.add(session, name="Ravi", role=Role.COURIER, now=NOW)
    again = staff.invite(session, member, now=NOW)
    Shopper.arrives(session, 1)
    staff.accept(session, again, telegram_user_id=1, chat_id=1, now=NOW)
    with pytest.raises(refusals.InvitationUsed):
        staff.accept(session, lost, telegram_user_id=2, chat_id=2, now=NOW)
    assert staff.acting(session, telegram_user_id=1, role=Role.COURIER) == member


def test_nobody_checks_their_own_old_phone(session: Session) -> None:
    """A courier may be a customer; their own order is another courier's to visit."""
    ravi = courier(session, 1001)
    visit = visits.of_order(session, Shopper.arrives(session, 1001).orders())
    assert visits.today(session, ravi, policy=POLICY, now=NOW) == []
    with pytest.raises(refusals.NotYourVisit):
        visits.set_out(session, visit, ravi, now=NOW)
    assert visits.today(session, courier(session, 2), policy=POLICY, now=NOW) == [visit]


def test_the_visits_of_a_courier_who_leaves_are_free_for_others(session: Session) -> None:
    """On the way: planned again. In the middle of a check: another courier goes on where it stood."""
    ravi, meena = courier(session, 1), courier(session, 2)
    first, second = Shopper.arrives(session, 11), Shopper.arrives(session, 12)
    on_the_way = visits.of_order(session, first.orders(first.gets_coupon(imei_number(1))))
    visits.set_out(session, on_the_way, ravi, now=NOW)
    door = Doorstep.of(session, second.orders(second.gets_coupon(imei_number(2))), ravi).types()
    assert visits.dismiss(session, ravi, now=NOW) == 2
    assert set(visits.today(session, meena, policy=POLICY, now=NOW)) == {on_the_way, door.visit}
    assert (on_the_way.state, on_the_way.courier_id) == (VisitState.SCHEDULED, None)
    assert inspection.step(session, door.visit).kind == "set_out"
    visits.set_out(session, door.visit, meena, now=NOW)
    door.courier = meena
    assert inspection.step(session, door.visit).kind == "question"
    assert door.looks().confirms().kind == "accept"


def test_a_visit_is_rescheduled_thrice_and_then_cancelled_with_the_coupon_back(session: Session) -> None:
    """Nobody met: the money goes back, and the coupon is good until its own last moment."""
    shopper = Shopper.arrives(session)
    order = shopper.orders()
    visit = visits.of_order(session, order)
    ravi = courier(session)
    days = [(NOW + timedelta(days=number)).date() for number in range(1, 5)]
    for before, day in pairwise([NOW.date(), *days[:3]]):
        visits.set_out(session, visit, ravi, now=NOW)
        assert visit.scheduled_on == before
        visits.reschedule(session, visit, day=day, actor=ravi.actor, policy=POLICY, now=NOW)
        visits.reschedule(session, visit, day=day, actor=ravi.actor, policy=POLICY, now=NOW)
        assert (visit.state, visit.scheduled_on, visit.courier_id) == (VisitState.SCHEDULED, day, None)
    with pytest.raises(refusals.VisitDayPast):
        visits.reschedule(session, visit, day=NOW.date() - timedelta(days=1), actor=ravi.actor, policy=POLICY, now=NOW)
    far = NOW.date() + timedelta(days=POLICY.max_delivery_days + 1)
    with pytest.raises(refusals.VisitDayTooFar):
        visits.reschedule(session, visit, day=far, actor=ravi.actor, policy=POLICY, now=NOW)
    visits.reschedule(session, visit, day=days[3], actor=ravi.actor, policy=POLICY, now=NOW)
    assert (visit.state, order.state, order.coupon.state) == (
        VisitState.CANCELLED,
        OrderState.CANCELLED,
        CouponState.ISSUED,
    )
    assert session.scalars(select(Refund)).one().amount_minor == order.paid_minor


def test_what_the_courier_confirms_must_still_be_what_follows(session: Session) -> None:
    """An answer corrected meanwhile, on another device or by a late message, is not overlooked."""
    _, door = at_the_door(session)
    with pytest.raises(refusals.InspectionIncomplete):
        inspection.confirm(session, door.visit, door.courier, kind="accept", policy=POLICY, now=door.now)
    door.types().looks(screen=["cracked"])
    with pytest.raises(refusals.OutcomeChanged):
        inspection.confirm(session, door.visit, door.courier, kind="accept", policy=POLICY, now=door.now)
    assert door.visit.state is VisitState.CHECKING


# --- on the blocked list ----------------------------------------------------------------------------------------------
def blocked(session: Session, door: Doorstep) -> None:
    """Put the phone at the door on the blocked list."""
    imei.block(session, door.visit.order.coupon.device.imei, reason="reported stolen", now=door.now)


def refused_as_blocked(session: Session, door: Doorstep) -> None:
    """See that the phone was left, the money goes back, and the customer reads the reason that is its own."""
    order = door.visit.order
    assert (door.visit.state, order.state, order.coupon.state) == (
        VisitState.REFUSED,
        OrderState.CANCELLED,
        CouponState.VOID,
    )
    assert [finding["key"] for finding in door.visit.findings] == [inspection.BLOCKED]
    assert sum(refund.amount_minor for refund in session.scalars(select(Refund))) == order.paid_minor
    last = session.scalars(select(outbox.Message).order_by(outbox.Message.id.desc())).first()
    assert last is not None
    assert last.body["response"] == "utter_refused_at_door_blocked"


def test_a_phone_that_was_blocked_after_its_coupon_is_refused_at_the_door(session: Session) -> None:
    """The law forbids to buy one on a hit: nothing further is looked at."""
    _, door = at_the_door(session)
    blocked(session, door)
    door.types()
    assert inspection.step(session, door.visit).kind == "confirm"
    assert door.confirms().kind == "refuse"
    refused_as_blocked(session, door)
    with pytest.raises(refusals.ImeiBlocked):
        Shopper.arrives(session, 2).gets_coupon(imei_number(1))


def test_a_phone_that_is_blocked_during_the_check_is_refused_in_spite_of_what_was_shown(session: Session) -> None:
    """Everything is in order, "accept" is on the courier's screen, and an operator imports today's list."""
    _, door = at_the_door(session)
    door.types().looks()
    blocked(session, door)
    with pytest.raises(refusals.OutcomeChanged):
        inspection.confirm(session, door.visit, door.courier, kind="accept", policy=POLICY, now=door.now)
    door.confirms()
    refused_as_blocked(session, door)


# --- a lower value, where the programme makes such offers -------------------------------------------------------------
def offered(session: Session, chat_id: int = 1001, serial: int = 1) -> tuple[Shopper, Doorstep]:
    """Return a customer to whom a lower value was offered: the screen turned out scratched."""
    shopper = Shopper.arrives(session, chat_id)
    order = shopper.orders(shopper.gets_coupon(imei_number(serial)))
    door = Doorstep.of(session, order, courier(session, 9000 + serial))
    outcome = door.types().looks(screen=["scratched"]).confirms(OFFERING)
    assert (outcome.kind, outcome.value_minor) == ("offer", 540_000)
    return shopper, door


def test_an_offer_that_is_agreed_paid_and_coded_takes_the_phone(session: Session) -> None:
    """The difference is paid, and the order's sums are those of the lower value."""
    shopper, door = offered(session)
    order = door.visit.order
    with pytest.raises(refusals.OfferNotAgreed):
        offers.close(session, door.visit, door.courier, code="0000", now=door.now)
    for _ in range(2):
        offers.agree(session, door.visit, shopper.customer, now=door.now)
    with pytest.raises(refusals.PaymentMissing):
        offers.close(session, door.visit, door.courier, code=door.visit.code or "", now=door.now)
    payment = Payment("pay_difference", 60_000, "INR", captured=True)
    for _ in range(2):
        offers.pay(session, order, payment=payment, actor="shop:test", now=door.now)
    with pytest.raises(refusals.CodeWrong):
        offers.close(session, door.visit, door.courier, code="", now=door.now)
    code = door.visit.code or ""
    for _ in range(2):
        offers.close(session, door.visit, door.courier, code=code, now=door.now)
    assert (order.state, order.coupon.state) == (OrderState.COMPLETED, CouponState.SETTLED)
    assert (order.discount_minor, order.paid_minor) == (540_000, NEW_PHONE_MINOR - 540_000)
    receipt = session.scalars(select(outbox.Message).order_by(outbox.Message.id.desc())).first()
    assert receipt is not None
    assert (receipt.body["response"], receipt.body["params"]["value_minor"]) == ("utter_handed_over", 540_000)


def test_an_operator_ends_what_nobody_brings_to_its_end(session: Session) -> None:
    """Agreed and paid, and then nobody came: both payments go back, the coupon is good until its own last moment."""
    shopper, door = offered(session)
    order = door.visit.order
    offers.agree(session, door.visit, shopper.customer, now=door.now)
    payment = Payment("pay_difference", 60_000, "INR", captured=True)
    offers.pay(session, order, payment=payment, actor="shop:test", now=door.now)
    visits.call_off(session, order, reason="nobody came", actor="operator", now=door.now)
    assert (order.state, door.visit.state, order.coupon.state) == (
        OrderState.CANCELLED,
        VisitState.CANCELLED,
        CouponState.ISSUED,
    )
    owed = {refund.payment_id: refund.amount_minor for refund in session.scalars(select(Refund))}
    assert owed == {order.payment_id: NEW_PHONE_MINOR - BEST_MINOR, "pay_difference": 60_000}
    with pytest.raises(refusals.OrderClosed):
        visits.call_off(session, order, reason="", actor="operator", now=door.now)


@pytest.mark.parametrize("silent", [True, False])
def test_no_and_silence_both_leave_the_phone_and_give_the_money_back(session: Session, *, silent: bool) -> None:
    """Silence is a no."""
    shopper, door = offered(session)
    if silent:
        assert offers.lapse(session, now=door.now + inspection.OFFER_LIFE) == 0
        assert offers.lapse(session, now=door.now + inspection.OFFER_LIFE + timedelta(seconds=1)) == 1
    else:
        offers.decline(session, door.visit, shopper.customer, now=door.now)
    assert (door.visit.state, door.visit.order.coupon.state) == (VisitState.REFUSED, CouponState.VOID)
    assert session.scalars(select(Refund)).one().amount_minor == NEW_PHONE_MINOR - BEST_MINOR
    with pytest.raises(refusals.OfferOver):
        offers.agree(session, door.visit, shopper.customer, now=door.now)


def test_an_offer_that_is_settled_takes_no_place_among_those_that_lapse(session: Session) -> None:
    """Agreed, and the new phone is so cheap that nothing is left to pay: it waits for its code, the others end."""
    session.get_one(Product, NEW_PHONE).price_minor = 100_000
    shopper, settled = offered(session)
    offers.agree(session, settled.visit, shopper.customer, now=settled.now)
    _, silent = offered(session, 1002, 2)
    assert offers.lapse(session, now=NOW + timedelta(days=1), limit=1) == 1
    assert (settled.visit.state, silent.visit.state) == (VisitState.OFFERED, VisitState.REFUSED)


def test_an_offer_is_its_customers_alone_and_a_dead_phone_gets_none(session: Session) -> None:
    """Another customer can't answer it; what rules a phone out is no matter of price."""
    _, door = offered(session)
    other = Shopper.arrives(session, 2)
    with pytest.raises(refusals.VisitNotThere):
        offers.agree(session, door.visit, other.customer, now=door.now)
    order = other.orders(other.gets_coupon(imei_number(2)))
    second = Doorstep.of(session, order, door.courier).types().looks(locks=["no"], screen=["scratched"])
    assert second.confirms(OFFERING).kind == "refuse"


def test_a_phone_that_is_blocked_while_an_offer_stands_is_refused_and_both_payments_go_back(session: Session) -> None:
    """Agreed, paid, the code read out: the list comes first."""
    shopper, door = offered(session)
    order = door.visit.order
    offers.agree(session, door.visit, shopper.customer, now=door.now)
    payment = Payment("pay_difference", 60_000, "INR", captured=True)
    offers.pay(session, order, payment=payment, actor="shop:test", now=door.now)
    blocked(session, door)
    offers.close(session, door.visit, door.courier, code=door.visit.code or "", now=door.now)
    assert door.visit.state is VisitState.REFUSED
    assert {refund.payment_id for refund in session.scalars(select(Refund))} == {order.payment_id, "pay_difference"}


def test_an_offer_takes_only_so_many_codes_either(session: Session) -> None:
    """The operator's new code closes it."""
    shopper, door = offered(session)
    offers.agree(session, door.visit, shopper.customer, now=NOW)
    payment = Payment("pay_difference", 60_000, "INR", captured=True)
    offers.pay(session, door.visit.order, payment=payment, actor="shop:test", now=NOW)
    visit, ravi = uses_up(session, door)
    assert inspection.step(session, visit).kind == "locked"
    visits.renew_code(session, visit.order, actor="operator", now=NOW)
    offers.close(session, visit, ravi, code=codes(session)[-1], now=NOW)
    assert visit.state is VisitState.ACCEPTED


# --- words ------------------------------------------------------------------------------------------------------------
def test_what_was_found_is_kept_in_keys_and_told_in_its_readers_language(session: Session) -> None:
    """The courier reads English, the customer Hindi, the shop the keys of the content file."""
    shopper, door = at_the_door(session)
    shopper.customer.language = "hi"
    door.types().looks(screen=["scratched"])
    shown = inspection.outcome(session, door.visit, policy=POLICY, language="en")
    assert shown.findings[0].words == ("How is the screen?", "Flawless", "Scratched")
    door.confirms()
    found = {"key": "screen", "declared": ["flawless"], "found": ["scratched"]}
    assert door.visit.findings == [found]
    [told] = [
        message
        for message in session.scalars(select(outbox.Message))
        if message.body.get("response", "") == "utter_refused_at_door"
    ]
    assert told.body["params"]["reasons"] == "• स्क्रीन कैसी है?\n   बेदाग़ → खरोंच"
    [hook] = session.scalars(select(Hook).where(Hook.kind == "exchange.refused"))
    assert hook.data["findings"] == [found]


# --- called off -------------------------------------------------------------------------------------------------------
def called_off(session: Session, ravi: Staff) -> int:
    """Return how often a courier was told that a visit is off."""
    return sum(
        message.body.get("response", "") == "utter_courier_called_off"
        for message in session.scalars(select(outbox.Message).where(outbox.Message.chat_id == ravi.chat_id))
    )


def test_a_courier_on_the_way_is_told_when_the_shop_cancels(session: Session) -> None:
    """Once; and who is at the door when an operator ends it too, but not who hasn't set out."""
    order = Shopper.arrives(session).orders()
    visit, ravi = visits.of_order(session, order), courier(session)
    visits.set_out(session, visit, ravi, now=NOW)
    for _ in range(2):
        visits.cancel(session, order, reason="", actor="shop:test", now=NOW)
    assert called_off(session, ravi) == 1
    second = Shopper.arrives(session, 2)
    at_door = Doorstep.of(session, second.orders(second.gets_coupon(imei_number(2))), ravi)
    visits.call_off(session, at_door.visit.order, reason="", actor="operator", now=NOW)
    assert called_off(session, ravi) == 2
    third = Shopper.arrives(session, 3)
    visits.cancel(session, third.orders(third.gets_coupon(imei_number(3))), reason="", actor="shop:test", now=NOW)
    assert called_off(session, ravi) == 2


def test_who_met_nobody_too_often_is_not_told_what_they_did_themselves(session: Session) -> None:
    """The fourth day that the courier chose cancels the order: the answer on their screen says it."""
    order = Shopper.arrives(session).orders()
    visit, ravi = visits.of_order(session, order), courier(session)
    for days in range(1, 5):
        visits.set_out(session, visit, ravi, now=NOW)
        day = visits.local_day(NOW, POLICY) + timedelta(days=days)
        visits.reschedule(session, visit, day=day, actor=ravi.actor, policy=POLICY, now=NOW)
    assert visit.state is VisitState.CANCELLED
    assert called_off(session, ravi) == 0
