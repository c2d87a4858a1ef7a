"""The numbers an operator begins the day with, on both databases, and as the command line prints them."""

from datetime import timedelta

from sqlalchemy.orm import Session

from tests.builders import BEST_MINOR, POLICY, Doorstep, Shopper, courier, imei_number, stock
from tests.conftest import NOW
from tests.tradein.conftest import Run
from tradein import hooks, inbox, leases, outbox, refunds, reminders, report
from tradein.database import Sessions, transaction
from tradein.hooks import Hook
from tradein.outbox import MessageState
from tradein.report import Done, Due, Sum, Wrong
from tradein.support import tickets

EIGHT_DAYS, HOUR = timedelta(days=8), timedelta(hours=1)


def lives(session: Session) -> None:
    """Let seven customers come, each as far as another; one of them eight days ago."""
    early = Shopper.arrives(session, 1)
    early.now = NOW - EIGHT_DAYS
    early.gets_coupon(imei_number(1))
    for serial in (2, 3, 4, 5):
        Shopper.arrives(session, serial).gets_coupon(imei_number(serial))
    at_door = courier(session)
    accepted = Shopper.arrives(session, 6).gets_coupon(imei_number(6))
    Doorstep.of(session, Shopper.arrives(session, 6).orders(accepted), at_door).types().looks().confirms()
    refused = Shopper.arrives(session, 7).gets_coupon(imei_number(7))
    door = Doorstep.of(session, Shopper.arrives(session, 7).orders(refused), at_door)
    door.types().looks(screen=["cracked"]).confirms()


def test_it_counts_today_a_week_and_ever(either_database: Sessions) -> None:
    """By the moment of each; what a coupon is worth beside it."""
    with transaction(either_database) as session:
        lives(session)
        found = {spell.what: spell for spell in report.done(session, policy=POLICY, now=NOW + 3 * HOUR)}

    issued = found[Done.ISSUED]
    assert (issued.today, issued.week) == (Sum(6, 6 * BEST_MINOR),) * 2
    assert issued.ever == Sum(7, 7 * BEST_MINOR)
    assert (found[Done.QUOTED].today.count, found[Done.QUOTED].ever.count) == (6, 7)
    assert found[Done.REDEEMED].today == Sum(2, 2 * BEST_MINOR)
    assert found[Done.COMPLETED].ever == Sum(1, BEST_MINOR)
    assert found[Done.REFUSED].today == Sum(1)
    assert found[Done.REFUNDED].today.count == 1
    sums = [each for spell in found.values() for each in (spell.today, spell.week, spell.ever)]
    assert {type(each.amount_minor) for each in sums} == {int, type(None)}
    assert found[Done.HELPED].ever == Sum(0)


def test_the_day_is_the_programmes_own(either_database: Sessions) -> None:
    """Half an hour before midnight in Kolkata is yesterday, though in UTC it is today."""
    with transaction(either_database) as session:
        shopper = Shopper.arrives(session)
        shopper.now = NOW.replace(hour=18, minute=0)  # 23:30
        shopper.gets_coupon()
        issued = {each.what: each for each in report.done(session, policy=POLICY, now=NOW.replace(hour=19))}[
            Done.ISSUED
        ]
    assert (issued.today.count, issued.week.count) == (0, 1)


def test_what_is_due_is_counted(either_database: Sessions) -> None:
    """Coupons on their last day, visits, refunds on their way, coupons at a checkout, reminders of today."""
    with transaction(either_database) as session:
        lives(session)
        last_day = NOW + timedelta(days=POLICY.coupon_days)
        eighth = Shopper.arrives(session, 8)
        held = eighth.gets_coupon(imei_number(8))
        eighth.reserves(held)
        Shopper.arrives(session, 9).orders(Shopper.arrives(session, 9).gets_coupon(imei_number(9)))
        due = report.due(session, policy=POLICY, now=NOW)
        on_last_day = report.due(session, policy=POLICY, now=last_day)
        reminders.plan_expired(session, held, policy=POLICY, now=NOW)
        with_one_more = report.due(session, policy=POLICY, now=last_day + timedelta(days=1))

    assert due[Due.VISITS] == Sum(1)
    assert due[Due.OVERDUE_VISITS] == Sum(0)
    assert due[Due.REFUNDS].count == 1
    assert due[Due.RESERVATIONS] == Sum(1)
    assert due[Due.EXPIRING] == Sum(0, 0)
    assert on_last_day[Due.EXPIRING] == Sum(4, 4 * BEST_MINOR)
    assert on_last_day[Due.OVERDUE_VISITS] == Sum(1)
    assert with_one_more[Due.REMINDERS].count == on_last_day[Due.REMINDERS].count + 1


def test_what_went_wrong_is_counted(either_database: Sessions) -> None:
    """One of each kind, and none before."""
    with transaction(either_database) as session:
        lives(session)
        assert not any(each.count for each in report.wrong(session, policy=POLICY, now=NOW).values())
        [refund] = refunds.take(session, owner="w", now=NOW + 3 * HOUR, limit=5)
        refunds.failed(session, refund, owner="w", reason="closed account", now=NOW + 3 * HOUR)
        first, second, *_ = session.query(outbox.Message).order_by(outbox.Message.id).all()
        first.state, second.state = MessageState.FAILED, MessageState.AMBIGUOUS
        hook, *_ = leases.take(session, Hook, states=hooks.MOVES, owner="w", now=NOW + 3 * HOUR, limit=1)
        hooks.later(session, hook, owner="w", error="500", now=NOW + EIGHT_DAYS)
        inbox.quarantine(session, bot_id=1, update_id=1, payload={}, error="no chat", now=NOW)
        tickets.request_person(session, Shopper.arrives(session, 2).customer, reason="asked", now=NOW)
        soon = report.wrong(session, policy=POLICY, now=NOW + timedelta(minutes=1))
        later = report.wrong(session, policy=POLICY, now=NOW + HOUR)

    assert soon[Wrong.WAITING] == Sum(0)
    expected = dict.fromkeys(Wrong, 1) | {Wrong.LOCKED_DOORS: 0}
    assert {what: each.count for what, each in later.items()} == expected
    assert later[Wrong.REFUNDS].amount_minor == refund.amount_minor


def test_the_command_line_prints_it(run: Run, database: Sessions) -> None:
    """All three tables, money in rupees; on an empty database too."""
    assert "How the programme does" in run("report").output
    with transaction(database) as session:
        stock(session)
        lives(session)
    lines = run("report").output.splitlines()
    issued = next(line for line in lines if "Coupons issued" in line)
    assert "7 (₹42,000)" in issued
    assert any("Refunds on their way" in line and "1 (" in line for line in lines)
    assert any("Messages that were not delivered" in line for line in lines)
