"""An exchange from the first word to the quote: drafts, changes of mind, promises that are kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.builders import BEST_MINOR, POLICY, Shopper, imei_number
from tests.conftest import NOW
from tradein import events, exchanges, imei, refusals
from tradein.catalogue import Price, PriceBook
from tradein.database import Sessions, transaction
from tradein.exchanges import ExchangeState
from tradein.quotes import Quote, QuoteState


def test_starting_again_resumes_the_draft(session: Session) -> None:
    """Stop and resume later: nothing said is lost."""
    shopper = Shopper.arrives(session).describes()
    resumed = exchanges.start(session, shopper.customer, now=NOW + timedelta(days=2))
    assert resumed is shopper.exchange
    assert resumed.answers == {"works": ["yes"], "screen": ["flawless"], "faults": []}


def test_a_model_with_a_single_variant_needs_no_second_question(session: Session) -> None:
    """Nobody is asked what there is only one answer to."""
    exchange = exchanges.start(session, Shopper.arrives(session).customer, now=NOW)
    exchanges.choose(session, exchange, model_id="mi-a1", now=NOW)
    assert (exchange.brand_id, exchange.variant_id) == ("xiaomi", "mi-a1-4-64")
    exchanges.choose(session, exchange, model_id="redmi-note-4", now=NOW)
    assert exchange.variant_id is None


@pytest.mark.parametrize("slug", ["iphone-x", "", "redmi-note-4"])
def test_a_phone_that_is_not_in_the_catalogue_is_refused(session: Session, slug: str) -> None:
    """Mission, line 2: only listed models, whatever a payload claims."""
    shopper = Shopper.arrives(session).describes()
    with pytest.raises(refusals.UnknownPhone):
        exchanges.choose(
            session, shopper.exchange, variant_id=slug or None, brand_id="x" if not slug else None, now=NOW
        )
    assert shopper.exchange.variant_id == "redmi-note-4-4-64"


def test_an_answer_that_was_never_offered_is_refused(session: Session) -> None:
    """The question and its options come from the condition file, not from the chat."""
    shopper = Shopper.arrives(session).describes()
    with pytest.raises(refusals.UnknownOption):
        exchanges.answer(session, shopper.exchange, question="screen", options=["mint"], now=NOW)
    with pytest.raises(refusals.UnknownQuestion):
        exchanges.answer(session, shopper.exchange, question="price", options=["yes"], now=NOW)


def test_a_quote_keeps_every_line_and_its_last_moment(session: Session) -> None:
    """The lines sum to the value; locked through the seventh local day."""
    quote = Shopper.arrives(session).describes(screen=["scratched"], faults=["battery"]).gets_quote()
    assert quote.best_minor == BEST_MINOR
    assert quote.value_minor == BEST_MINOR * 75 // 100 == sum(line["amount_minor"] for line in quote.lines)
    assert [line["code"] for line in quote.lines] == ["best", "screen=scratched", "faults=battery"]
    assert quote.expires_at == POLICY.last_moment(NOW, days=7)


def test_a_later_price_book_does_not_change_a_promise(session: Session) -> None:
    """Locked means locked; a new description gets the new price."""
    shopper = Shopper.arrives(session).describes()
    promised = shopper.gets_quote()
    cheaper = PriceBook(as_of=NOW.date(), currency="INR", note="", digest="2", imported_at=NOW)
    session.add(cheaper)
    session.flush()
    session.add(Price(book_id=cheaper.id, variant_id="redmi-note-4-4-64", best_minor=BEST_MINOR // 2))
    assert shopper.gets_quote() is promised
    shopper.describes(screen=["scratched"])
    assert shopper.gets_quote().best_minor == BEST_MINOR // 2


def test_changing_a_fact_withdraws_the_quote_and_saying_the_same_does_not(session: Session) -> None:
    """Saying "actually it's the other one" asks for a new value; repeating oneself changes nothing."""
    shopper = Shopper.arrives(session).describes()
    quote = shopper.gets_quote()
    shopper.describes()
    states = [quote.state]
    shopper.describes("redmi-note-4-3-32")
    session.refresh(quote)
    states.append(quote.state)
    assert states == [QuoteState.OPEN, QuoteState.SUPERSEDED]
    assert shopper.exchange.state is ExchangeState.DRAFT
    assert shopper.exchange.answers["screen"] == ["flawless"]


def test_another_phone_needs_its_own_imei(session: Session) -> None:
    """The number given for the first phone does not count for the second."""
    shopper = Shopper.arrives(session).describes()
    shopper.gets_quote()
    shopper.gives_imei().describes("mi-a1-4-64")
    assert shopper.exchange.device_id is None


def test_a_quote_whose_last_moment_passed_is_made_anew(session: Session) -> None:
    """The old row says expired; the new promise counts from today."""
    shopper = Shopper.arrives(session).describes()
    old = shopper.gets_quote()
    shopper.now = old.expires_at + timedelta(seconds=1)
    new = shopper.gets_quote()
    session.refresh(old)
    assert (old.state, new.state) == (QuoteState.EXPIRED, QuoteState.OPEN)
    assert new.expires_at == POLICY.last_moment(shopper.now, days=7)


@pytest.mark.parametrize(("answers", "reason"), [({"works": ["no"]}, "dead"), ({"screen": ["cracked"]}, "cracked")])
def test_a_gate_refuses_and_promises_nothing(session: Session, answers: dict[str, list[str]], reason: str) -> None:
    """No invented price: no quote row either."""
    shopper = Shopper.arrives(session).describes("redmi-note-4-4-64", **answers)
    with pytest.raises(refusals.NotEligible) as refused:
        shopper.gets_quote()
    assert refused.value.evidence["reason"] == reason
    assert session.scalars(select(Quote)).all() == []


def test_an_incomplete_description_gets_no_quote(session: Session) -> None:
    """What is missing is named."""
    exchange = exchanges.start(session, Shopper.arrives(session).customer, now=NOW)
    with pytest.raises(refusals.ExchangeIncomplete, match="phone"):
        exchanges.make_quote(session, exchange, policy=POLICY, now=NOW)
    exchanges.choose(session, exchange, variant_id="mi-a1-4-64", now=NOW)
    with pytest.raises(refusals.ExchangeIncomplete, match="works"):
        exchanges.make_quote(session, exchange, policy=POLICY, now=NOW)


def test_beginning_anew_keeps_a_quote_and_drops_a_draft(session: Session) -> None:
    """A value once promised can be taken up again within its time."""
    shopper = Shopper.arrives(session).describes()
    quote = shopper.gets_quote()
    draft = exchanges.restart(session, shopper.customer, now=NOW + timedelta(minutes=1))
    again = exchanges.restart(session, shopper.customer, now=NOW + timedelta(minutes=2))
    session.refresh(draft)
    assert (draft.state, again.state) == (ExchangeState.CANCELLED, ExchangeState.DRAFT)
    back = exchanges.take_up(session, shopper.customer, quote_id=quote.id, now=NOW + timedelta(minutes=3))
    assert exchanges.current(session, shopper.customer) is back


def test_nobody_takes_up_anothers_quote(session: Session) -> None:
    """A quote id in a button is a claim, checked against its owner."""
    quote = Shopper.arrives(session).describes().gets_quote()
    stranger = Shopper.arrives(session, chat_id=2002)
    with pytest.raises(refusals.QuoteMissing):
        exchanges.take_up(session, stranger.customer, quote_id=quote.id, now=NOW)


@pytest.mark.parametrize(
    ("number", "refusal"),
    [("356938035643808", refusals.ImeiCheckDigitWrong), ("35693803564380", refusals.ImeiLacksCheckDigit)],
)
def test_a_wrong_number_is_refused_by_name(session: Session, number: str, refusal: type[Exception]) -> None:
    """And the exchange has no device."""
    shopper = Shopper.arrives(session).describes()
    shopper.gets_quote()
    with pytest.raises(refusal):
        shopper.gives_imei(number)
    assert shopper.exchange.device_id is None


def test_a_blocked_phone_is_refused(session: Session) -> None:
    """The operator's list counts at once."""
    shopper = Shopper.arrives(session).describes()
    shopper.gets_quote()
    imei.block(session, imei_number(), reason="stolen", now=NOW)
    with pytest.raises(refusals.ImeiBlocked):
        shopper.gives_imei()


@pytest.mark.parametrize(("brand", "refused"), [("samsung", True), ("Nokia", True), ("xiaomi", False), (None, False)])
def test_the_tac_table_only_ever_says_another_brand(session: Session, brand: str | None, *, refused: bool) -> None:
    """Known and different: not accepted as it stands. Unknown: accepted."""
    if brand:
        session.add(imei.Tac(tac=imei_number()[:8], brand=brand, model=""))
    shopper = Shopper.arrives(session).describes()
    shopper.gets_quote()
    if refused:
        with pytest.raises(refusals.ImeiOfAnotherBrand):
            shopper.gives_imei()
    else:
        assert shopper.gives_imei().exchange.device is not None


def test_every_move_leaves_one_event_that_nobody_can_change(session: Session) -> None:
    """The log is append-only in the database itself."""
    shopper = Shopper.arrives(session).describes()
    quote = shopper.gets_quote()
    moves = [(event.from_state, event.to_state) for event in events.of(session, "exchange", shopper.exchange.id)]
    assert moves == [(None, "draft"), ("draft", "quoted")]
    assert [event.to_state for event in events.of(session, "quote", quote.id)] == ["open"]
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(text("UPDATE event SET to_state = 'issued'"))
    with pytest.raises(DatabaseError, match="append-only"), session.begin_nested():
        session.execute(text("DELETE FROM event"))


def test_a_number_that_nothing_came_of_is_forgotten_and_what_is_in_use_or_blocked_is_not(
    either_database: Sessions,
) -> None:
    """Typed and never given, as against given, blocked, and typed just now."""
    given, blocked, typed, fresh = (imei_number(serial) for serial in range(1, 5))
    later = NOW + timedelta(days=40)
    with transaction(either_database) as session:
        Shopper.arrives(session).describes().gets_quote()
        Shopper.arrives(session).gives_imei(given)
        imei.block(session, blocked, reason="stolen", now=NOW)
        imei.mask(session, typed, chat_id=1001, now=NOW)
        imei.mask(session, fresh, chat_id=1001, now=later)
        before = later - timedelta(days=30)
        imei.forget_claims(session, before=before)

        assert exchanges.forget_devices(session, before=before) == 1

        assert set(session.scalars(select(imei.Device.imei))) == {given, blocked, fresh}
