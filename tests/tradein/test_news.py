"""News about a running order: by the reminders' machinery, by day, at most once, whatever reminders are wished for."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import POLICY, Shopper, courier, paid
from tests.conftest import NOW
from tests.tradein.test_reminders import KINDS, at, sweep
from tradein import handover, occasions, outbox, refunds, reminders, sweeps, visits
from tradein.customers import Wish
from tradein.orders import Order
from tradein.policy import Policy
from tradein.refunds import Refund
from tradein.reminders import Kind, Kinds, Reason, Reminder, ReminderState
from tradein.support import tickets

DAY = timedelta(days=1)
EVE, NOON = at("2026-11-25T09:00"), at("2026-11-25T12:00")
"""When the customer is told of a visit on the 26th."""
STEPS = {"default": {"en": ["Back it up", "Erase it"]}}
PLANNED, QUEUED, DROPPED = ReminderState.PLANNED, ReminderState.QUEUED, ReminderState.DROPPED


@pytest.fixture(autouse=True)
def _kinds(session: Session) -> None:
    reminders.put_in_force(session, KINDS, now=NOW)


def ordered(session: Session, day: str = "2026-11-26", now: object = NOW) -> Order:
    """Order a phone, to be delivered on a day."""
    shopper = Shopper.arrives(session)
    shopper.now = now  # type: ignore[assignment]  # a moment
    held = shopper.reserves(shopper.gets_coupon())
    return visits.place(
        session,
        held,
        reference="S-1",
        payment=paid(held),
        deliver_on=type(visits.local_day(NOW, POLICY)).fromisoformat(day),
        actor="shop:test",
        policy=POLICY,
        now=shopper.now,
    )


def told(session: Session, order: Order) -> list[tuple[str, ReminderState, str | None]]:
    """Return what became of the news about an order, the first due first."""
    session.expire_all()
    found = occasions.of_coupon(session, order.coupon)
    return [(row.kind, row.state, row.reason) for row in found if row.coupon_id is None]


def refund_arrives(session: Session, order: Order, now: object) -> None:
    """Cancel the order and let the money arrive."""
    visits.cancel(session, order, reason="", actor="shop:test", now=NOW)
    (refund,) = refunds.take(session, owner="a", now=NOW, limit=9)
    refunds.sent(session, refund, owner="a", provider_id="r", now=NOW)
    (refund,) = refunds.take(session, owner="a", now=NOW + refunds.ASK_AGAIN, limit=9)
    refunds.settled(session, refund, owner="a", now=now)  # type: ignore[arg-type]  # a moment


def refund_fails(session: Session, order: Order, now: datetime) -> Refund:
    """Cancel the order, if it isn't yet, and let the provider say no."""
    visits.cancel(session, order, reason="", actor="shop:test", now=NOW)
    (refund,) = refunds.take(session, owner="a", now=now, limit=9)
    refunds.failed(session, refund, owner="a", reason="account closed", now=now)
    return refund


def test_the_day_before_a_visit_its_customer_is_told_what_to_do(session: Session) -> None:
    """At nine, once, with the steps of the phone's maker."""
    order = ordered(session)
    assert told(session, order) == [("visit_tomorrow", PLANNED, None)]
    assert sweep(session, EVE - timedelta(seconds=1)).looked == 0
    assert sweeps.sweep(session, policy=POLICY, now=EVE, steps=STEPS).queued == 1
    assert sweep(session, EVE + DAY).queued == 0
    [message] = session.scalars(select(outbox.Message).where(outbox.Message.kind == reminders.KIND))
    assert message.body["response"] == "utter_reminder_visit_tomorrow"
    assert message.body["once"] is True
    assert message.body["params"] == {
        "old_phone": order.coupon.quote.variant.name,
        "visit_on": "2026-11-26",
        "steps": handover.listed(STEPS["default"]["en"]),
    }


def test_a_visit_of_today_is_told_of_at_once_but_not_by_night(session: Session) -> None:
    """What should have been told yesterday is told now; ordered at five in the morning, at nine."""
    order = ordered(session, day="2026-11-26", now=at("2026-11-26T05:00"))
    [row] = session.scalars(select(Reminder).where(Reminder.visit_id.is_not(None)))
    assert row.due_at == at("2026-11-26T09:00")
    assert sweep(session, at("2026-11-26T09:00")).queued == 1
    assert told(session, order) == [("visit_tomorrow", QUEUED, None)]


def test_who_wants_no_reminders_is_told_of_their_visit_all_the_same(session: Session) -> None:
    """News about a running order is no reminder; a talk with a person doesn't keep it back either."""
    order = ordered(session)
    reminders.wish(order.customer, Wish.NONE)
    tickets.request_person(session, order.customer, reason="test", now=NOW)
    assert sweep(session, EVE).queued == 1


def test_a_visit_on_another_day_is_told_of_anew(session: Session) -> None:
    """The first day's is dropped, or told already; the second day's comes before the second day."""
    order = ordered(session)
    visit = visits.of_order(session, order)
    sooner = visits.local_day(NOW, POLICY) + 2 * DAY
    visits.reschedule(session, visit, day=sooner, actor="shop:test", policy=POLICY, now=NOW)
    assert told(session, order) == [("visit_tomorrow", PLANNED, None), ("visit_tomorrow", DROPPED, "moved")]
    sweep(session, at("2026-11-24T09:00"))
    visits.reschedule(session, visit, day=sooner + DAY, actor="shop:test", policy=POLICY, now=at("2026-11-24T10:00"))
    [waiting] = session.scalars(select(Reminder).where(Reminder.state == QUEUED))
    # Its message waited in the outbox meanwhile: asked after as it is taken in hand, it is the old day's.
    assert not sweeps.still_wanted(session, waiting.id, policy=POLICY, now=at("2026-11-24T10:01"))
    assert (waiting.state, waiting.reason) == (DROPPED, "moved")
    assert sweep(session, EVE).queued == 1


@pytest.mark.parametrize("what", ["cancelled", "begun", "past"])
def test_what_is_no_news_any_more_is_not_told(session: Session, what: str) -> None:
    """Cancelled, or the courier is on the way, or the day is over: said why."""
    order = ordered(session)
    visit = visits.of_order(session, order)
    if what == "cancelled":
        visits.cancel(session, order, reason="", actor="shop:test", now=NOW)
    elif what == "begun":
        visits.set_out(session, visit, courier(session), now=NOW)
    sweep(session, EVE if what != "past" else EVE + 2 * DAY)
    assert told(session, order) == [("visit_tomorrow", DROPPED, what)]


def test_after_a_downtime_only_the_newest_news_of_a_visit_is_told(session: Session) -> None:
    """A programme may tell more often: a kind is a line of the file."""
    more = [*KINDS.visits, Kind.model_validate({"key": "visit_today", "days_before": 0, "at": "09:30"})]
    reminders.put_in_force(session, Kinds(reminders=KINDS.reminders, visits=tuple(more)), now=NOW)
    order = ordered(session)
    sweep(session, at("2026-11-26T10:00"))
    assert told(session, order) == [
        ("visit_tomorrow", ReminderState.SUPERSEDED, None),
        ("visit_today", QUEUED, None),
    ]


def test_new_rules_plan_the_visits_ahead_anew(session: Session) -> None:
    """Another time, one more kind; what is gone says so."""
    order = ordered(session)
    again = Kinds.model_validate(
        {
            "reminders": [],
            "visits": [
                {"key": "visit_tomorrow", "days_before": 1, "at": "18:00"},
                {"key": "visit_today", "days_before": 0, "at": "09:30"},
            ],
        }
    )
    reminders.put_in_force(session, again, now=NOW)
    visit = visits.of_order(session, order)
    assert visits.replan(session, policy=POLICY, now=NOW) == (visit.id, 2)
    assert visits.replan(session, policy=POLICY, now=NOW) == (visit.id, 0)
    assert visits.replan(session, policy=POLICY, now=NOW, after=visit.id) == (0, 0)
    due = [row.due_at for row in occasions.of_coupon(session, order.coupon) if row.visit_id]
    assert due == [at("2026-11-25T18:00"), at("2026-11-26T09:30")]
    reminders.put_in_force(session, Kinds(reminders=(), visits=()), now=NOW + DAY)
    assert visits.replan(session, policy=POLICY, now=NOW)[1] == 2
    assert {reason for _, _, reason in told(session, order)} == {"rule_gone"}


def test_a_programme_older_than_the_kinds_tells_of_visits_all_the_same(session: Session) -> None:
    """Mission, line 8: a book from before there were any says nothing of them."""
    session.add(reminders.ReminderBook(body={"reminders": []}, imported_at=NOW))
    session.flush()
    assert [kind.key for kind in reminders.current(session).visits] == ["visit_tomorrow"]


def test_money_that_arrives_by_night_is_told_of_in_the_morning_and_once(session: Session) -> None:
    """Settled at three; nobody is woken for it."""
    order = ordered(session)
    night = at("2026-11-24T03:00")
    refund_arrives(session, order, night)
    assert sweep(session, night).moved == 1
    reminders.wish(order.customer, Wish.NONE)
    assert sweep(session, at("2026-11-24T08:59")).looked == 0
    assert sweep(session, at("2026-11-24T09:00")).queued == 1
    [message] = session.scalars(select(outbox.Message).where(outbox.Message.kind == reminders.KIND))
    assert message.body["response"] == "utter_reminder_refunded"
    assert message.body["params"] == {"amount_minor": order.paid_minor}


def test_a_refund_that_fails_by_night_is_told_of_in_the_morning_unless_it_was_asked_for_again(session: Session) -> None:
    """An operator has to look at it first; nobody is woken for it, and who was helped meanwhile isn't worried."""
    night, morning = at("2026-11-24T03:00"), at("2026-11-24T09:00")
    order = ordered(session)
    refund = refund_fails(session, order, night)
    assert sweep(session, night).moved == 1
    assert sweep(session, morning).queued == 1
    [message] = session.scalars(select(outbox.Message).where(outbox.Message.kind == reminders.KIND))
    assert message.body["response"] == "utter_reminder_refund_failed"

    night += DAY
    refunds.retry(session, refund, actor="operator", now=morning)
    refund_fails(session, order, night)
    assert sweep(session, night).moved == 1
    refunds.retry(session, refund, actor="operator", now=night)
    assert sweep(session, morning + DAY).queued == 0
    assert ("refund_failed", DROPPED, Reason.ASKED_AGAIN) in told(session, order)


def test_a_refund_that_fails_again_while_its_word_still_waits_is_told_of_once(session: Session) -> None:
    """Both messages carry the one row: whichever is taken in hand first goes, and the other is not wanted any more."""
    order = ordered(session)
    for _ in range(2):
        refund = refund_fails(session, order, NOON)
        assert sweep(session, NOON).queued == 1
        refunds.retry(session, refund, actor="operator", now=NOON)
    refund_fails(session, order, NOON)
    assert sweep(session, NOON).queued == 1
    waiting = session.scalars(select(outbox.Message).where(outbox.Message.kind == reminders.KIND)).all()
    assert len(waiting) == 3
    sent = 0
    for message in waiting:
        if sweeps.still_wanted(session, message.body["reminder"], policy=POLICY, now=NOON):
            sweeps.settle(session, message.body["reminder"], state=ReminderState.SENT, now=NOON)
            session.expire_all()
            sent += 1
    assert sent == 1


def test_money_that_arrives_by_day_is_told_of_at_once(session: Session) -> None:
    """The next sweep takes it."""
    order = ordered(session)
    refund_arrives(session, order, NOON)
    assert sweep(session, NOON).queued == 1
    assert ("refunded", QUEUED, None) in told(session, order)


def test_that_money_arrived_is_no_news_after_a_week(session: Session) -> None:
    """Nothing swept for long."""
    order = ordered(session)
    refund_arrives(session, order, NOON)
    sweep(session, NOON + timedelta(days=8))
    assert ("refunded", DROPPED, Reason.PAST) in told(session, order)


def test_a_programme_that_never_sleeps_tells_at_once(session: Session) -> None:
    """Without quiet hours there is nothing to wait for."""
    order = ordered(session)
    refund_arrives(session, order, at("2026-11-24T03:00"))
    awake = Policy(quiet_from=POLICY.quiet_from, quiet_until=POLICY.quiet_from)
    assert sweep(session, at("2026-11-24T03:00"), awake).queued == 1
