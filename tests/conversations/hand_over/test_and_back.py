"""A person had the talk: the assistant goes on where it stood, over the real engine, and asks how the help was."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conversations.driver import Customer
from tests.conversations.record import gets_quote
from tests.stackrunner import Stack
from tradein import customers, staff
from tradein.staff import Staff
from tradein.support import agents, conversations, moves
from tradein.support.conversations import Conversation, ConversationState
from tradein.support.tickets import Ending, Ticket


class Desk:
    """An agent of the demo's team, as the core knows what they do in a customer's topic."""

    def __init__(self, stack: Stack, customer: Customer) -> None:
        self._stack = stack
        self._customer = customer

    def _theirs(self, session: Session) -> tuple[Conversation, Staff]:
        customer = customers.by_chat(session, self._customer.chat_id)
        leela = next(member for member in staff.listed(session) if member.name.startswith("Leela"))
        return conversations.of(session, customer), leela

    def helps(self, *, then: str = "hand_back") -> None:
        """Answer, and give the talk back or resolve it."""
        with self._stack.sessions.begin() as session:
            conversation, leela = self._theirs(session)
            agents.agent_wrote(session, conversation, leela, now=datetime.now(UTC))
            getattr(agents, then)(session, conversation, leela, now=datetime.now(UTC))

    @property
    def state(self) -> ConversationState:
        """Who has the talk."""
        with self._stack.sessions() as session:
            return self._theirs(session)[0].state

    @property
    def ticket(self) -> Ticket:
        """The customer's last request."""
        with self._stack.sessions() as session:
            customer = customers.by_chat(session, self._customer.chat_id)
            newest = select(Ticket).where(Ticket.customer_id == customer.id).order_by(Ticket.id.desc())
            return session.scalars(newest).first() or Ticket()


def test_the_open_question_is_asked_again_after_a_hand_back(customer: Customer, stack: Stack) -> None:
    """With its buttons, and an answer to it counts."""
    desk = Desk(stack, customer)
    customer.say("redmi note 4 4gb 64gb")
    assert "Does it turn on" in customer.said[-1].text
    customer.say("/human")
    assert desk.state is ConversationState.WAITING
    assert "passed that on" not in customer.heard  # it was the assistant's to obey
    desk.helps()
    customer.listen()

    assert "Leela" in customer.heard
    assert "assistant is back" in customer.heard
    assert "Does it turn on" in customer.said[-1].text
    customer.tap("Yes")
    assert "Does it turn on" not in customer.heard
    assert customer.keyboard.titles


def test_an_imei_that_was_asked_for_is_asked_for_again(customer: Customer, stack: Stack) -> None:
    """In the second form too."""
    desk = Desk(stack, customer)
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say("/human")
    desk.helps()
    customer.listen()

    assert "IMEI" in customer.said[-1].text


def test_who_had_begun_nothing_is_not_asked_for_a_phone(customer: Customer, stack: Stack) -> None:
    """They get the ways on."""
    desk = Desk(stack, customer)
    customer.say("hello")
    customer.say("/human")
    desk.helps()
    customer.listen()

    assert "brand" not in customer.heard.lower()
    assert "What's my phone worth?" in customer.keyboard.titles


def test_the_help_is_rated_with_a_tap_and_a_word_if_one_likes(customer: Customer, stack: Stack) -> None:
    """The exchange goes on beside it."""
    desk = Desk(stack, customer)
    customer.say("redmi note 4 4gb 64gb")
    customer.say("/human")
    desk.helps()
    customer.listen()
    customer.tap("4")
    assert (desk.ticket.rating, desk.ticket.ending) == (4, Ending.HANDED_BACK)


def test_taking_the_request_back_brings_the_question_back(customer: Customer, stack: Stack) -> None:
    """Nobody came yet."""
    desk = Desk(stack, customer)
    customer.say("redmi note 4 4gb 64gb")
    customer.say("/human")
    customer.tap("Never mind")

    assert desk.state is ConversationState.ASSISTANT
    assert desk.ticket.ending is Ending.WITHDRAWN
    assert "Does it turn on" in customer.said[-1].text


def test_who_fell_silent_hears_the_question_again(customer: Customer, stack: Stack) -> None:
    """The clock does the same as the agent's button."""
    desk = Desk(stack, customer)
    customer.say("redmi note 4 4gb 64gb")
    customer.say("/human")
    with stack.sessions.begin() as session:
        conversation, _ = desk._theirs(session)  # noqa: SLF001 - the same module
        moves.end(session, conversation, Ending.AGENT_SILENT, actor="clock", now=datetime.now(UTC))
    customer.listen()

    assert "couldn't answer in time" in customer.heard
    assert "Does it turn on" in customer.said[-1].text
