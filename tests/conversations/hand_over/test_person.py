"""A person is always one sentence away."""

from sqlalchemy import select

from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote, record
from tests.stackrunner import Stack
from tradein import customers
from tradein.support.tickets import Ticket


def test_a_wish_for_a_person_calls_one(customer: Customer) -> None:
    """With the place in the queue, and a way back."""
    customer.say("I want to talk to a real person")

    assert "called a person" in customer.heard
    assert "in line" in customer.heard
    assert customer.keyboard.titles == ["Never mind, go on with the assistant"]
    assert record(customer).tickets == 1


def test_from_then_on_the_assistant_is_silent(customer: Customer) -> None:
    """Whatever is written reaches the agents."""
    customer.say("/human")
    customer.say("hello? what is my redmi note 4 worth")

    assert customer.said == []


def test_asking_twice_leaves_one_ticket(customer: Customer) -> None:
    """It is the same wish."""
    customer.say("/human")
    customer.say("insaan se baat karni hai")

    assert record(customer).tickets == 1


def test_asking_in_the_middle_of_a_question_loses_nothing(customer: Customer) -> None:
    """The question waits, and comes back with the assistant."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("can I speak to someone from your team")
    assert "Does it turn on" not in customer.heard
    customer.tap("Never mind")

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
