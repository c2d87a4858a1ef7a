"""The coupon: only by the rules, all or nothing, and once."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.builders import BEST_MINOR, POLICY, Doorstep, Shopper, imei_number
from tests.conftest import NOW
from tradein import accounts, events, exchanges, imei, issuing, outbox, overview, quotes, refusals, terms
from tradein.accounts import AccountEntry
from tradein.coupons import Coupon, CouponState
from tradein.database import Sessions, transaction
from tradein.events import move
from tradein.exchanges import ExchangeState
from tradein.policy import Policy
from tradein.terms import Consent


def ready(session: Session, chat_id: int = 1001, number: str | None = None) -> Shopper:
    """Return a customer who only has to agree."""
    shopper = Shopper.arrives(session, chat_id).describes()
    shopper.gets_quote()
    return shopper.gives_imei(number)


def test_agreeing_gives_the_coupon_the_credit_and_the_message_at_once(session: Session) -> None:
    """Mission, lines 3 and 4: one transaction holds all of it."""
    shopper = ready(session)
    coupon = shopper.agrees()
    assert (coupon.state, coupon.value_minor) == (CouponState.ISSUED, BEST_MINOR)
    assert accounts.balance(session, shopper.customer, currency="INR") == BEST_MINOR
    consent = session.scalars(select(Consent)).one()
    assert (consent.customer_id, consent.chat_id, consent.facts) == (
        shopper.customer.id,
        1001,
        {"coupon_days": 15, "quote_days": 7},
    )
    notice = session.scalars(select(outbox.Message)).one()
    assert (notice.body["response"], notice.body["params"]["code"]) == ("utter_coupon_issued", coupon.printed)
    assert [event.to_state for event in events.of(session, "coupon", coupon.id)] == ["issued"]
    assert shopper.exchange.state is ExchangeState.ISSUED


def test_agreeing_again_gives_the_same_coupon_and_nothing_new(session: Session) -> None:
    """A double tap, a repeated turn: one coupon, one credit, one message."""
    shopper = ready(session)
    assert shopper.agrees() is shopper.agrees()
    for table in (Coupon, AccountEntry, Consent, outbox.Message):
        assert len(session.scalars(select(table)).all()) == 1


def test_the_coupon_is_good_through_the_fifteenth_day_and_usable_after_the_delay(session: Session) -> None:
    """Mission, line 5; the delay is a setting."""
    shopper = ready(session)
    coupon = shopper.agrees(policy=Policy(coupon_start_delay_minutes=90))
    local = coupon.expires_at.astimezone(ZoneInfo("Asia/Kolkata"))
    assert (local.date().isoformat(), local.hour, local.minute) == ("2026-12-08", 23, 59)
    assert coupon.usable_from == NOW + timedelta(minutes=90)


def test_no_coupon_without_an_imei(session: Session) -> None:
    """Mission, line 3."""
    shopper = Shopper.arrives(session).describes()
    shopper.gets_quote()
    with pytest.raises(refusals.ImeiMissing):
        shopper.agrees()


def test_no_coupon_without_a_quote(session: Session) -> None:
    """Nothing promised, nothing to give."""
    shopper = Shopper.arrives(session).describes()
    with pytest.raises(refusals.QuoteMissing):
        shopper.agrees()


def test_a_consent_counts_for_the_quote_it_was_given_to_and_no_other(session: Session) -> None:
    """A customer with two quotes agreed to one of them."""
    first = ready(session)
    other = first.gets_quote()
    exchanges.restart(session, first.customer, now=NOW + timedelta(minutes=1))
    first.now = NOW + timedelta(minutes=2)
    first.describes("mi-a1-4-64")
    first.gets_quote()
    first.gives_imei(imei_number(2))
    with pytest.raises(refusals.QuoteMissing):
        issuing.issue(
            session,
            first.exchange,
            quote_id=other.id,
            terms_version=1,
            language="en",
            chat_id=1001,
            policy=POLICY,
            now=first.now,
        )
    assert session.scalars(select(Coupon)).all() == []


def test_a_coupon_past_its_last_moment_frees_its_phone_whether_or_not_the_clock_ran(session: Session) -> None:
    """And its credit goes back with it."""
    old = Shopper.arrives(session).gets_coupon()
    other = Shopper.arrives(session, chat_id=2002)
    other.now = old.expires_at + timedelta(seconds=1)
    new = other.gets_coupon()
    assert (new.device_id, old.state) == (old.device_id, CouponState.EXPIRED)
    assert accounts.balance(session, old.customer, currency="INR") == 0


def test_no_coupon_on_terms_that_have_changed(session: Session) -> None:
    """A version published between showing and agreeing asks again."""
    shopper = ready(session)
    terms.publish(session, terms.TermsFile(2, "en", "New."), now=NOW)
    with pytest.raises(refusals.TermsChanged):
        shopper.agrees(version=1)
    assert session.scalars(select(Consent)).all() == []
    assert shopper.agrees(version=2).state is CouponState.ISSUED


def test_no_coupon_for_a_version_that_never_was(session: Session) -> None:
    """A version in a payload is a claim."""
    with pytest.raises(refusals.TermsChanged):
        ready(session).agrees(version=7)


def test_no_coupon_on_a_quote_whose_last_moment_passed(session: Session) -> None:
    """To the microsecond."""
    shopper = ready(session)
    quote = shopper.gets_quote()
    shopper.now = quote.expires_at + timedelta(microseconds=1)
    with pytest.raises(refusals.QuoteExpired):
        shopper.agrees()
    shopper.now = quote.expires_at
    assert shopper.agrees().quote_id == quote.id


def test_a_phone_blocked_between_the_number_and_the_consent_gets_none(session: Session) -> None:
    """Every rule is checked in the transaction that issues."""
    shopper = ready(session)
    imei.block(session, imei_number(), reason="stolen", now=NOW)
    with pytest.raises(refusals.ImeiBlocked):
        shopper.agrees()


@pytest.mark.parametrize(("other", "own"), [(1001, True), (2002, False)])
def test_a_phone_with_a_live_coupon_gets_no_second_one(session: Session, other: int, *, own: bool) -> None:
    """Whoever asks; the owner is told that it is theirs."""
    Shopper.arrives(session).gets_coupon()
    with pytest.raises(refusals.ImeiInExchange) as refused:
        ready(session, chat_id=other)
    assert refused.value.evidence["own"] is own


def settle(session: Session, coupon: Coupon, *states: CouponState) -> None:
    """Walk a coupon through its states."""
    from tradein.coupons import MOVES  # noqa: PLC0415

    for state in states:
        move(session, coupon, state, moves=MOVES, actor="test", now=NOW)


def test_a_settled_phone_is_never_taken_again(session: Session) -> None:
    """Handed over means gone."""
    coupon = Shopper.arrives(session).gets_coupon()
    settle(session, coupon, CouponState.RESERVED, CouponState.REDEEMED, CouponState.SETTLED)
    with pytest.raises(refusals.ImeiSettled):
        ready(session, chat_id=2002)


@pytest.mark.parametrize("end", [CouponState.EXPIRED, CouponState.CANCELLED])
def test_an_expired_or_withdrawn_coupon_frees_its_phone(session: Session, end: CouponState) -> None:
    """A new quote and a new coupon may follow."""
    settle(session, Shopper.arrives(session).gets_coupon(), end)
    assert ready(session).agrees().state is CouponState.ISSUED


def test_the_database_itself_refuses_a_second_live_coupon(session: Session) -> None:
    """A constraint, not a check: even code that forgets to ask can't break the rule."""
    coupon = Shopper.arrives(session).gets_coupon()
    other = Shopper.arrives(session, chat_id=2002).describes()
    quote = other.gets_quote()
    copy = {column.key: getattr(coupon, column.key) for column in Coupon.__table__.columns if column.key != "id"} | {
        "code": "X",
        "exchange_id": other.exchange.id,
        "quote_id": quote.id,
    }
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(insert(Coupon).values(**copy))


def test_the_ledger_can_only_grow(session: Session) -> None:
    """Append-only by trigger, and a coupon is credited once by constraint."""
    shopper = ready(session)
    coupon = shopper.agrees()
    with pytest.raises(IntegrityError), session.begin_nested():
        accounts.credit(session, shopper.customer, coupon_id=coupon.id, amount_minor=1, currency="INR", now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(update(AccountEntry).values(amount_minor=1))


def test_a_coupon_taken_back_takes_its_credit_along_and_frees_the_phone(session: Session) -> None:
    """The terms promise it until an order uses the coupon; then it is too late."""
    shopper = ready(session)
    coupon = shopper.agrees()
    issuing.withdraw(session, coupon, actor="operator", now=NOW)
    assert accounts.balance(session, shopper.customer, currency="INR") == 0
    assert ready(session, chat_id=2002).agrees().device_id == coupon.device_id
    with pytest.raises(refusals.MoveNotAllowed):
        issuing.withdraw(session, coupon, actor="operator", now=NOW)


def test_a_customer_gives_their_own_unused_coupon_back_and_nobody_elses(session: Session) -> None:
    """The terms: before an order, at any time. A second tap changes nothing; afterwards the phone is free."""
    shopper = ready(session)
    coupon = shopper.agrees()
    with pytest.raises(refusals.UnknownCoupon):
        issuing.give_back(session, Shopper.arrives(session, 7).customer, coupon.id, now=NOW)
    for _ in range(2):
        issuing.give_back(session, shopper.customer, coupon.id, now=NOW)
    assert coupon.state is CouponState.CANCELLED
    assert accounts.balance(session, shopper.customer, currency="INR") == 0
    assert [event.actor for event in events.of(session, "coupon", coupon.id)][-1] == f"customer:{shopper.customer.id}"
    told = [message.body.get("response") for message in session.scalars(select(outbox.Message))]
    assert told.count("utter_coupon_withdrawn") == 1
    assert ready(session, chat_id=2002).agrees().device_id == coupon.device_id


@pytest.mark.parametrize(
    ("at", "refusal"),
    [
        ("checkout", refusals.CouponReserved),
        ("order", refusals.CouponUsed),
        ("end", refusals.CouponExpired),
        ("door", refusals.CouponClosed),
    ],
)
def test_a_coupon_that_is_not_unused_stays_as_it_is(session: Session, at: str, refusal: type[Exception]) -> None:
    """In a cart, ordered with, over, void: each says so."""
    shopper = ready(session)
    coupon, now = shopper.agrees(), NOW
    if at == "checkout":
        shopper.reserves(coupon)
    elif at == "order":
        shopper.orders(coupon)
    elif at == "end":
        now = coupon.expires_at + timedelta(seconds=1)
    else:
        Doorstep.of(session, shopper.orders(coupon)).types().looks(screen=["cracked"]).confirms()
    before = coupon.state
    with pytest.raises(refusal):
        issuing.give_back(session, shopper.customer, coupon.id, now=now)
    assert coupon.state is before


def test_a_closed_exchange_changes_no_more(session: Session) -> None:
    """With the coupon the description is final."""
    shopper = ready(session)
    shopper.agrees()
    with pytest.raises(refusals.ExchangeClosed):
        exchanges.choose(session, shopper.exchange, variant_id="mi-a1-4-64", now=NOW)
    with pytest.raises(refusals.ExchangeClosed):
        exchanges.answer(session, shopper.exchange, question="screen", options=["scratched"], now=NOW)


def test_the_overview_lists_quotes_and_coupons_with_days_left(session: Session) -> None:
    """A coupon past its last moment reads expired whether or not the clock has run."""
    shopper = Shopper.arrives(session)
    coupon = shopper.gets_coupon()
    shopper.describes("mi-a1-4-64")
    shopper.gets_quote()

    def seen(now: datetime) -> list[tuple[str, str, int]]:
        standings = overview.overview(session, shopper.customer, policy=POLICY, now=now)
        return [(standing.kind, standing.state, standing.days_left) for standing in standings]

    assert seen(NOW) == [("quote", "open", 7), ("coupon", "issued", 15)]
    assert seen(coupon.expires_at) == [("coupon", "issued", 0)]
    assert seen(coupon.expires_at + timedelta(seconds=1)) == [("coupon", "expired", -1)]


@pytest.mark.parametrize("same_chat", [True, False], ids=["one chat, many taps", "many chats, one phone"])
def test_of_many_who_agree_at_once_exactly_one_gets_the_coupon(either_database: Sessions, *, same_chat: bool) -> None:
    """Sixteen threads, one phone; on SQLite and on PostgreSQL."""
    chats = [1001] * 16 if same_chat else list(range(1001, 1017))
    with transaction(either_database) as session:
        for chat in dict.fromkeys(chats):
            ready(session, chat_id=chat)
    outcomes: Counter[str] = Counter()
    gate = threading.Barrier(len(chats))

    def agree(chat: int) -> None:
        gate.wait()
        try:
            with transaction(either_database) as session:
                outcomes[f"coupon {Shopper.arrives(session, chat).agrees().id}"] += 1
        except refusals.Refusal as refusal:
            outcomes[refusal.code] += 1

    threads = [threading.Thread(target=agree, args=(chat,)) for chat in chats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(either_database) as session:
        coupons = session.scalars(select(Coupon)).all()
        credit = session.scalars(select(AccountEntry)).all()
    assert (len(coupons), len(credit)) == (1, 1)
    served = len(chats) if same_chat else 1
    assert outcomes == Counter({f"coupon {coupons[0].id}": served, "imei_in_exchange": len(chats) - served})


def side_by_side(maker: Sessions, *works: Callable[[Session], object]) -> None:
    """Run units of work at the same moment, each in its transaction; refusals are outcomes too."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[Session], object]) -> None:
        gate.wait()
        with contextlib.suppress(refusals.Refusal), transaction(maker) as session:
            work(session)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("attempt", range(5))
def test_a_quote_is_always_for_the_phone_that_its_exchange_names(either_database: Sessions, attempt: int) -> None:
    """Another phone chosen while the quote is made: one of the two comes first, whole."""
    del attempt
    with transaction(either_database) as session:
        Shopper.arrives(session).describes()

    def choose(session: Session) -> None:
        exchange = exchanges.start(session, Shopper.arrives(session).customer, now=NOW)
        exchanges.choose(session, exchange, variant_id="s8-4-64", now=NOW)

    def promise(session: Session) -> None:
        exchange = exchanges.start(session, Shopper.arrives(session).customer, now=NOW)
        exchanges.make_quote(session, exchange, policy=POLICY, now=NOW)

    side_by_side(either_database, choose, promise)
    with transaction(either_database) as session:
        shopper = Shopper.arrives(session)
        promised = quotes.open_of(session, shopper.exchange.id)
        assert (promised is None) == (shopper.exchange.state is ExchangeState.DRAFT)
        assert promised is None or promised.variant_id == shopper.exchange.variant_id


@pytest.mark.parametrize("attempt", range(5))
def test_a_coupon_is_always_for_the_number_that_its_exchange_holds(either_database: Sessions, attempt: int) -> None:
    """Another number sent while the consent is taken never gets onto an exchange that has its coupon."""
    del attempt
    with transaction(either_database) as session:
        ready(session)

    def correct(session: Session) -> None:
        shopper = Shopper.arrives(session)
        exchanges.start(session, shopper.customer, now=NOW)
        shopper.gives_imei(imei_number(2))

    def agree(session: Session) -> None:
        shopper = Shopper.arrives(session)
        exchanges.start(session, shopper.customer, now=NOW)
        shopper.agrees()

    side_by_side(either_database, correct, agree)
    with transaction(either_database) as session:
        issued = session.scalars(select(Coupon)).one()
        assert Shopper.arrives(session).exchange.device_id == issued.device_id
