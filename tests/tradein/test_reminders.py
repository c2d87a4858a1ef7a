"""Reminders: planned with the coupon, sent while they are wanted, never twice, never at night, never too late."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tests.builders import POLICY, Shopper, imei_number
from tests.conftest import NOW
from tradein import checkout, clock, issuing, occasions, opening, reminders, sweeps
from tradein.coupons import Coupon, CouponState
from tradein.customers import Wish
from tradein.outbox import Message
from tradein.policy import Policy
from tradein.reminder_files import OURS, read_reminders
from tradein.reminders import Kind, Kinds, Reason, Reminder, ReminderState
from tradein.support import tickets
from tradein.sweeps import Sweep

ROOT = Path(__file__).parents[2]
KINDS = read_reminders(ROOT / "catalogue/reminders.yml")
WEEK, THREE_DAYS, TOMORROW, LAST_DAY = (kind.key for kind in KINDS.reminders)
PLANNED, QUEUED, SENT, SUPERSEDED, DROPPED = (
    ReminderState.PLANNED,
    ReminderState.QUEUED,
    ReminderState.SENT,
    ReminderState.SUPERSEDED,
    ReminderState.DROPPED,
)
Deed = Callable[[Session, Coupon], None]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str, zone: str = "Asia/Kolkata") -> datetime:
    """Return the instant of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


LAST_MORNING = at("2026-12-08T10:00")
"""When the last reminder of a coupon is due that was issued at NOW and is good for 15 days."""
EVE = LAST_MORNING - DAY


@pytest.fixture(autouse=True)
def _kinds(session: Session) -> None:
    reminders.put_in_force(session, KINDS, now=NOW)


@pytest.fixture
def coupon(session: Session) -> Coupon:
    """Return a coupon issued at NOW."""
    return Shopper.arrives(session).gets_coupon()


def kinds(*rules: tuple[str, int, str]) -> Kinds:
    """Return kinds of reminders: key, days before the last one, local time."""
    return Kinds(reminders=tuple(Kind(key=key, days_before=days, at=time.fromisoformat(at)) for key, days, at in rules))


def issued(session: Session, *, policy: Policy = POLICY, now: datetime = NOW) -> Coupon:
    """Issue a coupon at a moment and under a policy of the test's own."""
    shopper = Shopper.arrives(session)
    shopper.now = now
    shopper.describes().gets_quote(policy)
    return shopper.gives_imei().agrees(policy=policy)


def rows(session: Session, coupon: Coupon) -> dict[str, Reminder]:
    """Return the reminders of a coupon by kind."""
    session.flush()
    session.expire_all()
    return {row.kind: row for row in occasions.of_coupon(session, coupon)}


def became(session: Session, coupon: Coupon) -> dict[str, ReminderState | Reason]:
    """Return what became of a coupon's reminders: the reason where one was dropped."""
    return {
        kind: Reason(row.reason) if row.state is DROPPED and row.reason else row.state
        for kind, row in rows(session, coupon).items()
    }


def sweep(session: Session, now: datetime, policy: Policy = POLICY) -> Sweep:
    """Sweep once."""
    return sweeps.sweep(session, policy=policy, now=now)


def queued(session: Session) -> list[dict[str, Any]]:
    """Return the bodies of the reminders in the outbox."""
    return list(session.scalars(select(Message.body).where(Message.kind == reminders.KIND).order_by(Message.id)))


# --- planning ---------------------------------------------------------------------------------------------------------
def test_a_coupon_comes_with_its_reminders(session: Session, coupon: Coupon) -> None:
    """Seven, three and one day before the last, and on the last, at ten in the morning."""
    planned = {kind: (row.due_at, row.state) for kind, row in rows(session, coupon).items()}
    assert planned == {
        WEEK: (at("2026-12-01T10:00"), PLANNED),
        THREE_DAYS: (at("2026-12-05T10:00"), PLANNED),
        TOMORROW: (at("2026-12-07T10:00"), PLANNED),
        LAST_DAY: (LAST_MORNING, PLANNED),
    }


def test_a_programme_without_kinds_reminds_of_nothing(session: Session) -> None:
    """No kinds, no rows; nothing fails."""
    reminders.put_in_force(session, Kinds(reminders=()), now=NOW)
    assert rows(session, issued(session)) == {}


@pytest.mark.parametrize(
    ("zone", "now", "days", "due"),
    [
        # Berlin's clocks go back on 25 October 2026: ten o'clock is an hour later from then on.
        ("Europe/Berlin", "2026-10-12T12:00", 15, ["10-20T08:00", "10-24T08:00", "10-26T09:00", "10-27T09:00"]),
        # … and forward on 29 March.
        ("Europe/Berlin", "2026-03-16T12:00", 15, ["03-24T09:00", "03-28T09:00", "03-30T08:00", "03-31T08:00"]),
        # The last day begins at one o'clock: São Paulo, 4 November 2018.
        ("America/Sao_Paulo", "2018-10-26T12:00", 9, ["10-28T13:00", "11-01T13:00", "11-03T13:00", "11-04T12:00"]),
        # The last day's last hour comes twice: São Paulo, 17 February 2018.
        ("America/Sao_Paulo", "2018-02-02T12:00", 15, ["02-10T12:00", "02-14T12:00", "02-16T12:00", "02-17T12:00"]),
        # Midnight of the last day is left out: Cairo, 24 April 2026.
        ("Africa/Cairo", "2026-04-09T12:00", 15, ["04-17T08:00", "04-21T08:00", "04-23T08:00", "04-24T07:00"]),
        # Half an hour off, and no change of the clocks.
        ("Asia/Kolkata", "2026-11-23T23:59", 15, ["12-01T04:30", "12-05T04:30", "12-07T04:30", "12-08T04:30"]),
    ],
)
def test_ten_oclock_is_ten_oclock_whatever_the_clocks_do(
    session: Session, zone: str, now: str, days: int, due: list[str]
) -> None:
    """Planned by the calendar of the programme's zone, not by counting hours back."""
    coupon = issued(session, policy=Policy(timezone=zone, coupon_days=days), now=at(now, zone))
    assert [row.due_at.strftime("%m-%dT%H:%M") for row in rows(session, coupon).values()] == due


def test_a_time_that_the_clocks_leave_out_comes_an_hour_later(session: Session) -> None:
    """02:30 in the night when Berlin has none: 03:30, if nobody minds the night."""
    reminders.put_in_force(session, kinds((LAST_DAY, 0, "02:30")), now=NOW)
    awake = Policy(timezone="Europe/Berlin", coupon_days=3, quiet_from=time(0), quiet_until=time(0))
    coupon = issued(session, policy=awake, now=at("2026-03-26T12:00", "Europe/Berlin"))
    assert rows(session, coupon)[LAST_DAY].due_at == at("2026-03-29T03:30", "Europe/Berlin")


def test_what_would_have_come_before_the_coupon_is_dropped_at_once(session: Session) -> None:
    """A coupon of three days issued at noon: ten o'clock of that day is over."""
    coupon = issued(session, policy=Policy(coupon_days=3))
    assert became(session, coupon) == {
        WEEK: Reason.PAST,
        THREE_DAYS: Reason.PAST,
        TOMORROW: PLANNED,
        LAST_DAY: PLANNED,
    }


@pytest.mark.parametrize(
    ("rule", "due"),
    [
        ((LAST_DAY, 0, "10:00"), "2026-12-08T10:00"),
        ((LAST_DAY, 0, "07:00"), "2026-12-08T09:00"),
        ((LAST_DAY, 0, "22:00"), "2026-12-08T20:00"),
        ((TOMORROW, 1, "22:00"), "2026-12-08T09:00"),
        ((WEEK, 7, "03:00"), "2026-12-01T09:00"),
    ],
)
def test_nothing_is_planned_for_the_night(session: Session, rule: tuple[str, int, str], due: str) -> None:
    """The next morning, or the last evening where there is no next morning."""
    reminders.put_in_force(session, kinds(rule), now=NOW)
    [row] = rows(session, issued(session)).values()
    assert (row.due_at, row.state) == (at(due), PLANNED)


def test_a_coupon_issued_on_its_last_evening_is_not_reminded_of(session: Session) -> None:
    """Quiet from then on to the end: said so, not lost."""
    reminders.put_in_force(session, kinds((LAST_DAY, 0, "22:00")), now=NOW)
    coupon = issued(session, policy=Policy(coupon_days=0), now=at("2026-11-23T20:30"))
    assert became(session, coupon) == {LAST_DAY: Reason.QUIET}


# --- when they are due ------------------------------------------------------------------------------------------------
def test_each_reminder_is_queued_at_its_moment_and_once(session: Session, coupon: Coupon) -> None:
    """Not a second before, not again by the next sweep, with what its words need."""
    due = rows(session, coupon)[WEEK].due_at
    assert sweep(session, due - timedelta(seconds=1)).looked == 0
    assert sweep(session, due) == Sweep(looked=1, queued=1)
    assert sweep(session, due + HOUR).looked == 0
    row = rows(session, coupon)[WEEK]
    [message] = session.scalars(select(Message).where(Message.kind == reminders.KIND))
    assert (row.state, row.message_id, message.chat_id) == (QUEUED, message.id, coupon.customer.chat_id)
    assert message.body == {
        "reminder": row.id,
        "response": "utter_reminder_week",
        "params": {"value_minor": coupon.value_minor, "expires_at": coupon.expires_at.isoformat(), "days": 7},
        "once": True,
        "until": coupon.expires_at.isoformat(),
    }


def test_all_four_are_sent_to_somebody_who_waits(session: Session, coupon: Coupon) -> None:
    """One after the other, counting down."""
    for row in list(rows(session, coupon).values()):
        assert sweep(session, row.due_at).queued == 1
        assert sweeps.still_wanted(session, row.id, policy=POLICY, now=row.due_at)
        sweeps.settle(session, row.id, state=SENT, now=row.due_at)
    assert [body["params"]["days"] for body in queued(session)] == [7, 3, 1, 0]
    assert set(became(session, coupon).values()) == {SENT}


def test_after_a_downtime_only_the_newest_is_sent(session: Session, coupon: Coupon) -> None:
    """Nobody gets four messages in a row."""
    assert sweep(session, LAST_MORNING + HOUR) == Sweep(looked=4, queued=1, superseded=3)
    assert became(session, coupon) == {
        WEEK: SUPERSEDED,
        THREE_DAYS: SUPERSEDED,
        TOMORROW: SUPERSEDED,
        LAST_DAY: QUEUED,
    }


@pytest.mark.usefixtures("coupon")
def test_one_that_is_a_day_late_gives_way_to_the_days_own(session: Session) -> None:
    """Up again at half past nine on the last day: "tomorrow" isn't true any more, and at ten the last one comes."""
    assert sweep(session, LAST_MORNING - timedelta(minutes=30)).queued == 0
    assert sweep(session, LAST_MORNING).queued == 1
    assert [body["response"] for body in queued(session)] == ["utter_reminder_last_day"]


def test_one_that_is_late_goes_where_no_other_comes_that_day(session: Session, coupon: Coupon) -> None:
    """The one of seven days, six days before."""
    assert sweep(session, rows(session, coupon)[WEEK].due_at + DAY).queued == 1
    assert [body["params"]["days"] for body in queued(session)] == [6]


def test_nothing_is_sent_after_the_last_moment(session: Session, coupon: Coupon) -> None:
    """Whether or not the clock has expired the coupon."""
    assert sweep(session, coupon.expires_at + timedelta(microseconds=1)).queued == 0
    assert set(became(session, coupon).values()) == {Reason.EXPIRED}


def test_up_to_the_last_moment_it_is_sent(session: Session) -> None:
    """The last microsecond is the customer's, where nobody minds the night."""
    awake = Policy(quiet_from=time(0), quiet_until=time(0))
    coupon = issued(session, policy=awake)
    assert sweep(session, coupon.expires_at, awake).queued == 1


def test_a_sweep_at_night_waits_for_the_morning(session: Session, coupon: Coupon) -> None:
    """Down in the day, up at night: the morning is early enough, as long as there is one."""
    assert sweep(session, at("2026-12-05T22:00")).moved == 1
    row = rows(session, coupon)[THREE_DAYS]
    assert (row.state, row.due_at, row.reason) == (PLANNED, at("2026-12-06T09:00"), Reason.QUIET)
    assert sweep(session, at("2026-12-06T09:00")).queued == 1


def test_a_sweep_in_the_last_night_drops_what_it_finds(session: Session, coupon: Coupon) -> None:
    """No morning is left, and the reason is written down."""
    sweep(session, at("2026-12-08T22:00"))
    assert became(session, coupon)[LAST_DAY] is Reason.QUIET
    assert queued(session) == []


def _used(session: Session, coupon: Coupon) -> None:
    Shopper(session, coupon.customer, EVE - HOUR).orders(coupon)


def _withdrawn(session: Session, coupon: Coupon) -> None:
    issuing.withdraw(session, coupon, actor="operator", now=EVE - HOUR)


def _ends_them(_session: Session, coupon: Coupon) -> None:
    reminders.wish(coupon.customer, Wish.NONE)


def _wants_the_last(_session: Session, coupon: Coupon) -> None:
    reminders.wish(coupon.customer, Wish.LAST_DAY)


def _blocks(_session: Session, coupon: Coupon) -> None:
    coupon.customer.unreachable_since = NOW


@pytest.mark.parametrize(
    ("deed", "reason"),
    [
        (_used, Reason.USED),
        (_withdrawn, Reason.USED),
        (_ends_them, Reason.OPTED_OUT),
        (_wants_the_last, Reason.OPTED_OUT),
        (_blocks, Reason.UNREACHABLE),
    ],
)
@pytest.mark.parametrize("when", ["before the sweep", "in the queue"])
def test_who_is_not_to_be_reminded_is_not(
    session: Session, coupon: Coupon, deed: Deed, reason: Reason, when: str
) -> None:
    """Looked at when it is due, and again when it is about to go; the reason is written down."""
    for row in (WEEK, THREE_DAYS):
        rows(session, coupon)[row].state = SENT
    session.flush()
    if when == "in the queue":
        assert sweep(session, EVE).queued == 1
    deed(session, coupon)
    session.flush()
    if when == "in the queue":
        assert not sweeps.still_wanted(session, rows(session, coupon)[TOMORROW].id, policy=POLICY, now=EVE)
    else:
        assert sweep(session, EVE).dropped == 1
    assert became(session, coupon)[TOMORROW] is reason


def test_who_wants_the_last_one_only_gets_it(session: Session, coupon: Coupon) -> None:
    """Fewer reminders are not none."""
    reminders.wish(coupon.customer, Wish.LAST_DAY)
    for row in list(rows(session, coupon).values()):
        sweep(session, row.due_at)
    assert [body["response"] for body in queued(session)] == ["utter_reminder_last_day"]


def test_where_the_newest_is_not_wanted_the_one_before_it_may_be(session: Session) -> None:
    """A retailer's own reminder in the evening doesn't cost anybody the one of the last day."""
    reminders.put_in_force(session, kinds((LAST_DAY, 0, "10:00"), ("evening", 0, "18:00")), now=NOW)
    coupon = issued(session)
    reminders.wish(coupon.customer, Wish.LAST_DAY)
    sweep(session, at("2026-12-08T19:00"))
    assert became(session, coupon) == {LAST_DAY: QUEUED, "evening": Reason.OPTED_OUT}


def test_who_comes_back_gets_what_is_still_to_come(session: Session, coupon: Coupon) -> None:
    """Nothing is made up for what they missed."""
    coupon.customer.unreachable_since = NOW
    sweep(session, EVE)
    coupon.customer.unreachable_since = None
    sweep(session, LAST_MORNING)
    assert [body["response"] for body in queued(session)] == ["utter_reminder_last_day"]


# --- waiting ----------------------------------------------------------------------------------------------------------
def test_a_coupon_in_a_cart_is_not_reminded_of_until_it_is_out_again(session: Session, coupon: Coupon) -> None:
    """Whoever is paying doesn't need it; whoever gave up may."""
    held = Shopper(session, coupon.customer, EVE - HOUR).reserves(coupon, policy=Policy(reservation_minutes=90))
    sweep(session, EVE)
    row = rows(session, coupon)[TOMORROW]
    assert (row.state, row.due_at, row.reason) == (PLANNED, EVE + sweeps.AT_CHECKOUT, Reason.AT_CHECKOUT)
    checkout.release(session, held, actor="shop:test", now=EVE)
    assert sweep(session, row.due_at).queued == 1
    assert rows(session, coupon)[TOMORROW].reason is None


def test_a_coupon_in_a_cart_to_the_last_evening_is_not_reminded_of(session: Session, coupon: Coupon) -> None:
    """There is no later moment by day: the reason says where the coupon was."""
    for kind in (WEEK, THREE_DAYS, TOMORROW):
        rows(session, coupon)[kind].state = SENT
    late = at("2026-12-08T20:45")
    Shopper(session, coupon.customer, late).reserves(coupon)
    sweep(session, late)
    assert became(session, coupon)[LAST_DAY] is Reason.AT_CHECKOUT


def test_nobody_is_reminded_while_they_wait_for_a_person(session: Session, coupon: Coupon) -> None:
    """It waits; when the person is done, it comes."""
    ticket = tickets.request_person(session, coupon.customer, reason="test", now=NOW)
    sweep(session, EVE)
    row = rows(session, coupon)[TOMORROW]
    assert (row.state, row.due_at, row.reason) == (PLANNED, EVE + sweeps.WITH_A_PERSON, Reason.WITH_A_PERSON)
    tickets.close(session, ticket, actor="operator", now=EVE)
    assert sweep(session, row.due_at).queued == 1


def test_one_that_waits_gives_way_to_the_next(session: Session, coupon: Coupon) -> None:
    """The evening before the last day: tomorrow morning another one comes, and this one would be wrong by then."""
    tickets.request_person(session, coupon.customer, reason="test", now=NOW)
    sweep(session, at("2026-12-07T20:30"))
    assert became(session, coupon)[TOMORROW] is SUPERSEDED
    sweep(session, LAST_MORNING)
    assert rows(session, coupon)[LAST_DAY].reason == Reason.WITH_A_PERSON


def test_one_that_waited_for_a_person_to_the_end_is_dropped(session: Session, coupon: Coupon) -> None:
    """Hour by hour to the evening, and then there is no hour left."""
    tickets.request_person(session, coupon.customer, reason="test", now=NOW)
    now = LAST_MORNING
    while rows(session, coupon)[LAST_DAY].state is PLANNED:
        sweep(session, now)
        now += HOUR
    assert became(session, coupon)[LAST_DAY] is Reason.WITH_A_PERSON
    assert now < coupon.expires_at


# --- in the queue -----------------------------------------------------------------------------------------------------
def test_a_message_that_waited_into_the_night_is_planned_again(session: Session, coupon: Coupon) -> None:
    """Its message is not sent, and in the morning there is another."""
    due = rows(session, coupon)[WEEK].due_at
    sweep(session, due)
    row = rows(session, coupon)[WEEK]
    assert not sweeps.still_wanted(session, row.id, policy=POLICY, now=at("2026-12-01T21:00"))
    assert (row.state, row.due_at, row.message_id) == (PLANNED, at("2026-12-02T09:00"), None)
    assert sweep(session, row.due_at).queued == 1


def test_a_message_that_waited_until_the_next_was_queued_is_not_sent(session: Session, coupon: Coupon) -> None:
    """A sender that was down for days has both in its lane: the older is superseded."""
    older, newer = (rows(session, coupon)[kind] for kind in (WEEK, THREE_DAYS))
    sweep(session, older.due_at)
    sweep(session, newer.due_at)
    wanted = [sweeps.still_wanted(session, row.id, policy=POLICY, now=newer.due_at) for row in (older, newer)]
    assert wanted == [False, True]
    assert became(session, coupon)[WEEK] is SUPERSEDED


def test_a_message_that_waited_until_the_next_is_due_is_not_sent(session: Session, coupon: Coupon) -> None:
    """Also where no sweep has queued that one yet."""
    sweep(session, EVE)
    older = rows(session, coupon)[TOMORROW]
    assert not sweeps.still_wanted(session, older.id, policy=POLICY, now=LAST_MORNING)
    assert became(session, coupon)[TOMORROW] is SUPERSEDED


@pytest.mark.parametrize("state", [SENT, ReminderState.AMBIGUOUS, ReminderState.FAILED])
def test_what_became_of_the_message_is_final(session: Session, coupon: Coupon, state: ReminderState) -> None:
    """Written down once; nothing is sent again, not even what may not have arrived."""
    sweep(session, EVE)
    row = rows(session, coupon)[TOMORROW]
    sweeps.settle(session, row.id, state=state, now=EVE)
    sweeps.settle(session, row.id, state=SENT, now=EVE)
    session.expire_all()
    assert row.state is state
    assert not sweeps.still_wanted(session, row.id, policy=POLICY, now=EVE)
    assert sweep(session, EVE + HOUR).looked == 0


def test_a_reminder_that_is_gone_is_not_wanted(session: Session) -> None:
    """A message may outlive its reminder."""
    assert not sweeps.still_wanted(session, 4711, policy=POLICY, now=NOW)


# --- other rules ------------------------------------------------------------------------------------------------------
def test_new_rules_are_for_coupons_to_come_until_they_are_planned_anew(session: Session, coupon: Coupon) -> None:
    """One kind has another time, one is gone, one is new; what was sent is left alone."""
    rows(session, coupon)[WEEK].state = SENT
    new = kinds((WEEK, 8, "11:00"), ("ten_days", 10, "12:00"), (THREE_DAYS, 3, "15:30"), (LAST_DAY, 0, "10:00"))
    assert reminders.put_in_force(session, new, now=NOW)
    assert not reminders.put_in_force(session, new, now=NOW)
    assert rows(session, coupon)[THREE_DAYS].due_at == at("2026-12-05T10:00")
    last, changed = reminders.replan(session, policy=POLICY, now=NOW + DAY)
    assert (last, changed) == (coupon.id, 3)
    planned = {kind: (row.due_at, row.state) for kind, row in rows(session, coupon).items()}
    assert planned == {
        WEEK: (at("2026-12-01T10:00"), SENT),
        "ten_days": (at("2026-11-28T12:00"), PLANNED),
        THREE_DAYS: (at("2026-12-05T15:30"), PLANNED),
        TOMORROW: (at("2026-12-07T10:00"), DROPPED),
        LAST_DAY: (LAST_MORNING, PLANNED),
    }
    assert became(session, coupon)[TOMORROW] is Reason.RULE_GONE
    assert reminders.replan(session, policy=POLICY, now=NOW + DAY) == (coupon.id, 0)
    assert reminders.replan(session, policy=POLICY, now=NOW + DAY, after=coupon.id) == (0, 0)


def test_a_new_kind_whose_moment_is_over_is_not_made_up_for(session: Session, coupon: Coupon) -> None:
    """Nobody gets all at once what a new rule would have said long ago."""
    reminders.put_in_force(
        session, Kinds(reminders=(*KINDS.reminders, Kind(key="early", days_before=14, at=time(10)))), now=NOW
    )
    reminders.replan(session, policy=POLICY, now=EVE)
    assert became(session, coupon)["early"] is Reason.PAST


def test_planning_anew_takes_away_nothing_that_is_due_or_waits(session: Session, coupon: Coupon) -> None:
    """A minute after ten, before the sweep; and while a person is talking to the customer."""
    reminders.replan(session, policy=POLICY, now=EVE + timedelta(minutes=1))
    assert became(session, coupon)[TOMORROW] is PLANNED
    tickets.request_person(session, coupon.customer, reason="test", now=NOW)
    sweep(session, EVE + timedelta(minutes=1))
    waits_until = rows(session, coupon)[TOMORROW].due_at
    reminders.replan(session, policy=POLICY, now=EVE + timedelta(minutes=2))
    row = rows(session, coupon)[TOMORROW]
    assert (row.state, row.due_at) == (PLANNED, waits_until)


def test_planning_anew_goes_through_all_unused_coupons_in_parts(session: Session) -> None:
    """Used ones are left alone; each part says where the next one begins."""
    bought = [Shopper.arrives(session, chat).gets_coupon(imei_number(chat)) for chat in range(1, 6)]
    Shopper(session, bought[2].customer).orders(bought[2])
    reminders.put_in_force(session, kinds((LAST_DAY, 0, "11:00")), now=NOW)
    after, parts = 0, []
    while True:
        after, changed = reminders.replan(session, policy=POLICY, now=NOW, after=after, limit=2)
        if not after:
            break
        parts.append(changed)
    assert parts == [8, 8]
    assert set(became(session, bought[2]).values()) == {PLANNED}


def test_other_quiet_hours_are_planned_for_as_well(session: Session, coupon: Coupon) -> None:
    """A retailer that lets people sleep until eleven."""
    late = Policy(quiet_until=time(11))
    assert reminders.replan(session, policy=late, now=NOW)[1] == 4
    assert rows(session, coupon)[LAST_DAY].due_at == at("2026-12-08T11:00")


# --- quotes, and coupons that ran out ---------------------------------------------------------------------------------
def test_quotes_are_not_reminded_of_unless_the_programme_says_so(session: Session) -> None:
    """Off by default."""
    Shopper.arrives(session).describes().gets_quote()
    assert session.scalars(select(Reminder)).all() == []


REMINDING = Policy(remind_of_quotes=True)


def test_a_quote_is_reminded_of_once_on_its_last_morning(session: Session) -> None:
    """When the quiet ends; asked for again, the same promise has the same reminder."""
    shopper = Shopper.arrives(session).describes()
    quote = shopper.gets_quote(REMINDING)
    shopper.gets_quote(REMINDING)
    [row] = session.scalars(select(Reminder))
    assert (row.kind, row.quote_id, row.due_at) == (reminders.QUOTE, quote.id, at("2026-11-30T09:00"))
    assert sweep(session, row.due_at, REMINDING).queued == 1
    assert queued(session)[0]["params"] == {
        "value_minor": quote.value_minor,
        "expires_at": quote.expires_at.isoformat(),
        "days": 0,
    }
    assert queued(session)[0]["response"] == "utter_reminder_quote"


def test_a_quote_that_became_a_coupon_or_ran_out_is_not_reminded_of(session: Session) -> None:
    """Two customers, one of them with a coupon; a quote of this morning has no last morning to come."""
    Shopper.arrives(session, 1).describes().gets_quote(REMINDING)
    other = Shopper.arrives(session, 2).describes()
    other.gets_quote(REMINDING)
    other.gives_imei().agrees()
    last_morning = at("2026-11-30T09:00")
    sweep(session, last_morning + 2 * DAY, REMINDING)
    found = session.scalars(select(Reminder.reason).where(Reminder.quote_id.is_not(None)).order_by(Reminder.id)).all()
    assert found == [Reason.EXPIRED, Reason.USED]
    brief = Policy(remind_of_quotes=True, quote_days=0)
    Shopper.arrives(session, 3).describes().gets_quote(brief)
    assert len(session.scalars(select(Reminder).where(Reminder.quote_id.is_not(None))).all()) == 2


def test_a_coupon_that_ran_out_is_told_of_once_in_the_morning(session: Session, coupon: Coupon) -> None:
    """It ends at midnight, and nobody is woken for it."""
    midnight = coupon.expires_at + timedelta(seconds=1)
    assert clock.expire(session, policy=POLICY, now=midnight) == 1
    assert clock.expire(session, policy=POLICY, now=midnight + DAY) == 0
    morning = at("2026-12-09T09:00")
    assert rows(session, coupon)[reminders.EXPIRED].due_at == morning
    sweep(session, morning)
    assert became(session, coupon) == {
        WEEK: Reason.EXPIRED,
        THREE_DAYS: Reason.EXPIRED,
        TOMORROW: Reason.EXPIRED,
        LAST_DAY: Reason.EXPIRED,
        reminders.EXPIRED: QUEUED,
    }
    assert [body["response"] for body in queued(session)] == ["utter_reminder_expired"]


def test_a_coupon_that_ran_out_in_the_cart_is_told_of_as_well(session: Session, coupon: Coupon) -> None:
    """The clock lets it be while it is held; who lets go of it plans the message."""
    Shopper(session, coupon.customer, coupon.expires_at - timedelta(minutes=5)).reserves(coupon)
    after = coupon.expires_at + HOUR
    clock.expire(session, policy=POLICY, now=after)
    assert coupon.state is CouponState.RESERVED
    checkout.lapse(session, now=after)
    assert coupon.state is CouponState.EXPIRED  # type: ignore[comparison-overlap]
    sweep(session, after)
    assert rows(session, coupon)[reminders.EXPIRED].due_at == at("2026-12-09T09:00")
    assert sweep(session, at("2026-12-09T09:00")).queued == 1


def test_that_a_coupon_ran_out_is_no_news_after_a_week(session: Session, coupon: Coupon) -> None:
    """A clock that was down for long tells nobody what is long over."""
    late = coupon.expires_at + timedelta(days=8)
    clock.expire(session, policy=POLICY, now=late)
    sweep(session, POLICY.quiet.after(late))
    assert became(session, coupon)[reminders.EXPIRED] is Reason.PAST


def test_a_coupon_that_gave_way_to_another_chats_is_told_of_as_well(session: Session, coupon: Coupon) -> None:
    """The clock hasn't run when the phone is offered again: its owner hears of the end all the same, once."""
    late = coupon.expires_at + HOUR
    other = Shopper.arrives(session, 2)
    other.now = late
    other.gets_coupon()
    assert coupon.state is CouponState.EXPIRED
    assert clock.expire(session, policy=POLICY, now=late) == 0
    sweep(session, late)
    assert rows(session, coupon)[reminders.EXPIRED].due_at == at("2026-12-09T09:00")
    sweep(session, at("2026-12-09T09:00"))
    assert became(session, coupon)[reminders.EXPIRED] is QUEUED


# --- looking and forgetting -------------------------------------------------------------------------------------------
def test_an_operator_sees_how_reminders_do(session: Session, coupon: Coupon) -> None:
    """How late, how many of each, why not; one that waits is not a dropped one."""

    def stats(now: datetime, since: datetime = NOW) -> reminders.Stats:
        return reminders.stats(session, now=now, since=since)

    assert (stats(NOW).lag, stats(NOW).planned, stats(NOW).ended) == (timedelta(), 4, {})
    late = EVE + HOUR
    assert [row.kind for row in reminders.due(session, now=late)] == [WEEK, THREE_DAYS, TOMORROW]
    assert stats(late).lag == late - at("2026-12-01T10:00")
    tickets.request_person(session, coupon.customer, reason="test", now=NOW)
    sweep(session, late)
    assert (stats(late).planned, stats(late).ended, stats(late).partial) == (2, {"superseded": 2}, False)
    reminders.wish(coupon.customer, Wish.NONE)
    sweep(session, LAST_MORNING)
    told = stats(LAST_MORNING)
    assert (told.planned, told.queued) == (0, 0)
    assert (told.ended, told.reasons) == ({"superseded": 2, "dropped": 2}, {"opted_out": 2})
    assert stats(LAST_MORNING, since=LAST_MORNING).ended == {"dropped": 2}


def test_the_figures_stop_counting_where_nobody_needs_the_number(
    session: Session, coupon: Coupon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million rows must not keep an operator waiting: said, not hidden."""
    sweep(session, LAST_MORNING)
    monkeypatch.setattr(reminders, "ENOUGH", 2)
    told = reminders.stats(session, now=LAST_MORNING, since=NOW)
    assert (sum(told.ended.values()), told.partial) == (2, True)
    assert coupon.state is CouponState.ISSUED


def test_what_is_over_is_forgotten_in_time(session: Session, coupon: Coupon) -> None:
    """What is still to come stays."""
    sweep(session, EVE)
    sweeps.settle(session, rows(session, coupon)[TOMORROW].id, state=SENT, now=EVE)
    assert reminders.forget(session, before=EVE) == 0
    assert reminders.forget(session, before=EVE + DAY) == 3
    assert became(session, coupon) == {LAST_DAY: PLANNED}


def test_a_programme_from_before_reminders_begins_at_its_next_start(session: Session) -> None:
    """Once, and only where none were ever in force: who has said that there are to be none keeps that."""
    session.execute(delete(reminders.ReminderBook))
    catalogue = ROOT / "catalogue"
    assert opening.begin_reminding(session, catalogue, now=NOW)
    assert reminders.current(session) == KINDS
    assert not opening.begin_reminding(session, catalogue, now=NOW)
    reminders.put_in_force(session, Kinds(reminders=()), now=NOW)
    assert not opening.begin_reminding(session, catalogue, now=NOW)
    assert reminders.current(session).reminders == ()


# --- words ------------------------------------------------------------------------------------------------------------
def test_every_kind_has_its_words() -> None:
    """A new line in catalogue/reminders.yml needs a response, utter_reminder_<key>; so do our own kinds."""
    responses = yaml.safe_load((ROOT / "domain.yml").read_text())["responses"]
    kinds = {kind.key for kind in (*KINDS.reminders, *KINDS.visits)} | OURS
    needed = {f"utter_reminder_{kind}" for kind in kinds}
    assert needed - responses.keys() == set()


def test_the_kind_that_fewer_reminders_leaves_is_there() -> None:
    """Who chose "only on the last day" is promised that one."""
    assert reminders.LAST_DAY in {kind.key for kind in KINDS.reminders}
