"""A person is always one sentence away."""

from sqlalchemy import select

from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote, record
from tests.stackrunner import Stack
from tradein import customers
from tradein.support.tickets import Ticket


def test_a_wish_for_a_person_becomes_a_ticket(customer: Customer) -> None:
    """With an honest word, and choices meanwhile."""
    customer.say("I want to talk to a real person")

    assert "ticket" in customer.heard
    assert "can't promise when" in customer.heard
    assert customer.keyboard.titles
    assert record(customer).tickets == 1


def test_asking_twice_leaves_one_ticket(customer: Customer) -> None:
    """It is the same wish."""
    customer.say("/human")
    customer.say("insaan se baat karni hai")

    assert record(customer).tickets == 1


def test_asking_in_the_middle_of_a_question_loses_nothing(customer: Customer) -> None:
    """The ticket is noted and the question comes back."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("can I speak to someone from your team")

    held = record(customer)
    assert "Does it turn on" in customer.said[-1].text
    assert (held.tickets, held.variant) == (1, "redmi-note-4-4-64")


def test_the_ticket_says_where_the_customer_was(customer: Customer, stack: Stack) -> None:
    """And not what they wrote: that is in the chat."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say("I need a human, this is my secret")

    with stack.sessions() as session:
        person = customers.by_chat(session, customer.chat_id)
        [ticket] = session.scalars(select(Ticket).where(Ticket.customer_id == person.id))
        assert "imei" in ticket.reason
        assert "secret" not in ticket.reason


def test_a_person_is_offered_where_a_phone_is_not_listed(customer: Customer) -> None:
    """One tap."""
    customer.say("redmi note 99")
    customer.tap("Talk to a person")

    assert record(customer).tickets == 1
