"""What is no consent, and what has run out."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote, reaches_terms, record
from tests.stackrunner import Stack
from tradein import terms
from tradein.quotes import Quote


def test_a_yes_to_something_else_is_no_consent(customer: Customer) -> None:
    """Asked for the IMEI, "ok" is neither a number nor a consent."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say("ok I agree")

    held = record(customer)
    assert "IMEI" in customer.said[-1].text
    assert (held.consents, held.coupons) == (0, [])


@pytest.mark.parametrize("text", ["hmm let me see blargh", "?", ".", "👍", "😀", "12345", "xyzzy"])
def test_an_unclear_reply_to_the_terms_is_no_consent(customer: Customer, text: str) -> None:
    """A consent is a clear yes, in words or by the button."""
    reaches_terms(customer)
    customer.say(text)

    assert "Do you agree" in customer.said[-1].text
    assert record(customer).consents == 0


def test_terms_that_changed_in_between_are_shown_again(customer: Customer, stack: Stack) -> None:
    """A consent to a version that isn't the current one counts for nothing."""
    reaches_terms(customer)
    with stack.sessions.begin() as session:
        current = terms.current(session)
        newer = terms.TermsFile(current.version + 1, "en", f"{current.text}\n12. And this is new.")
        terms.publish(session, newer, now=datetime.now(UTC))
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
