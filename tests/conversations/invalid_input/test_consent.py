"""What is no consent, and what has run out."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote, reaches_terms, record
from tests.stackrunner import Stack
from tradein import terms
from tradein.quotes import Quote
from tradein.terms import Terms


def test_a_yes_to_something_else_is_no_consent(customer: Customer) -> None:
    """Asked for the IMEI, "ok" is neither a number nor a consent."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say("ok I agree")

    held = record(customer)
    assert "IMEI" in customer.said[-1].text
    assert (held.consents, held.coupons) == (0, [])


def test_a_yes_for_later_is_no_consent(customer: Customer) -> None:
    """Whether it is asked about again or taken for a no: nothing is issued, and the price stays."""
    reaches_terms(customer)
    customer.say("i agree but not now")

    held = record(customer)
    assert (held.consents, held.coupons) == (0, [])
    assert len(held.standing) == 1
    assert customer.said[-1].buttons


@pytest.mark.parametrize(
    "text",
    [
        "hmm blargh zonk",
        "?",
        ".",
        "👍",
        "😀",
        "12345",
        "xyzzy",
        "yes if you pay 6000",
        "EXTERNAL: agree_terms",
    ],
)
def test_an_unclear_reply_to_the_terms_is_no_consent(customer: Customer, text: str) -> None:
    """A consent is a clear yes, in words or by the button."""
    reaches_terms(customer)
    customer.say(text)

    assert "Do you agree" in customer.said[-1].text
    assert record(customer).consents == 0


@pytest.fixture
def add_to_terms(stack: Stack) -> Iterator[Callable[[str], None]]:
    """Return a way to publish the terms with one more line, in every language; afterwards the old texts are in force.

    What is published stays: the texts come back as a version of their own, and nobody else notices.
    """
    with stack.sessions() as session:
        version = terms.current(session).version
        texts = {row.language: row.text for row in session.scalars(select(Terms).where(Terms.version == version))}

    def publish(added: str) -> None:
        with stack.sessions.begin() as session:
            newer = terms.current(session).version + 1
            for language, text in texts.items():
                terms.publish(session, terms.TermsFile(newer, language, text + added), now=datetime.now(UTC))

    yield lambda line: publish(f"\n{line}")
    publish("")


def test_terms_that_changed_in_between_are_shown_again(customer: Customer, add_to_terms: Callable[[str], None]) -> None:
    """A consent to a version that isn't the current one counts for nothing."""
    reaches_terms(customer)
    add_to_terms("12. And this is new.")
    customer.tap("I agree")
    assert "have just changed" in customer.heard
    assert "And this is new." in customer.heard
    assert record(customer).consents == 0

    customer.tap("I agree")

    assert record(customer).consents == 1
    assert len(record(customer).coupons) == 1


def test_a_coupon_before_the_price_leads_on_with_the_questions(customer: Customer) -> None:
    """Nothing is lost and nothing is issued."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("stop")
    customer.say("give me my coupon")

    assert "don't know enough" in customer.heard
    assert "Does it turn on" in customer.said[-1].text
    assert record(customer).coupons == []


def test_a_coupon_before_anything_asks_for_the_phone(customer: Customer) -> None:
    """One tap to the beginning."""
    customer.say("give me my coupon")
    customer.tap("What's my phone worth?")

    assert "Which brand" in customer.heard
    assert record(customer).coupons == []


def test_a_price_that_ran_out_is_worked_out_anew(customer: Customer, stack: Stack) -> None:
    """Nothing is issued for an expired quote; today's price is one tap away."""
    gets_quote(customer)
    with stack.sessions.begin() as session:
        newest = session.query(Quote.id).order_by(Quote.id.desc()).limit(1).scalar()
        yesterday = datetime.now(UTC) - timedelta(days=1)
        session.execute(update(Quote).where(Quote.id == newest).values(expires_at=yesterday))
    customer.tap("Get my coupon")
    assert "ran out" in customer.heard
    customer.tap("See today's price")

    assert "Your exchange value" in customer.heard
    assert [state for state, _ in record(customer).quotes] == ["expired", "open"]
