"""Who speaks with a customer: one row, moved by the customer, by agents and by the clock."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import POLICY, Shopper
from tests.conftest import NOW
from tradein import events, office_hours, staff
from tradein.database import Sessions, transaction
from tradein.outbox import Message
from tradein.policy import Policy
from tradein.refusals import CustomerBlocked, MoveNotAllowed, NotWaiting, TakenByAnother, UnknownTicket
from tradein.staff import Role, Staff
from tradein.support import agents, callers, conversations, tickets
from tradein.support.conversations import Conversation, ConversationState, Standing
from tradein.support.tickets import Ending

LATER = NOW + timedelta(minutes=5)
WITH_GROUP = replace(POLICY, support_chat_id=-1001)


@pytest.fixture
def session(database: Sessions) -> Session:
    """Return a session on a fresh database."""
    return database()


def arrives(session: Session, chat_id: int = 1001) -> Conversation:
    """Return the conversation of a customer who has just come."""
    return conversations.of(session, Shopper.arrives(session, chat_id=chat_id).customer)


def agent(session: Session, name: str = "Meera Nair", role: Role = Role.AGENT) -> Staff:
    """Return an agent."""
    return staff.add(session, name=name, role=role, now=NOW)[0]


def told(session: Session, conversation: Conversation) -> list[str]:
    """Return what the customer was told, by the names of the responses."""
    owed = select(Message).where(Message.chat_id == conversation.customer.chat_id).order_by(Message.id)
    return [message.body["response"] for message in session.scalars(owed)]


def test_a_call_waits_in_line_and_silences_the_assistant(session: Session) -> None:
    """First come, first served; asking again changes nothing."""
    first, second = arrives(session), arrives(session, 1002)
    ticket = callers.call(session, first, reason="asked", policy=WITH_GROUP, now=NOW)
    callers.call(session, second, reason="asked", policy=WITH_GROUP, now=LATER)

    assert (conversations.place(session, first), conversations.place(session, second)) == (1, 2)
    assert callers.call(session, first, reason="again", policy=WITH_GROUP, now=LATER) is ticket
    assert conversations.standing(session, first.customer_id) == Standing(1, ConversationState.WAITING)


@pytest.mark.parametrize(
    "policy", [POLICY, replace(WITH_GROUP, support_hours=office_hours.read("never"))], ids=["no group", "closed"]
)
def test_where_nobody_answers_now_it_is_a_ticket_and_the_assistant_speaks_on(session: Session, policy: Policy) -> None:
    """No promise that nobody keeps: nothing is silenced, and the ticket is there for who comes."""
    conversation = arrives(session)
    callers.call(session, conversation, reason="asked", policy=policy, now=NOW)

    assert not conversation.silent
    assert [ticket.reason for ticket in tickets.listed(session)] == ["asked"]
    assert told(session, conversation) == []


def test_a_request_is_taken_back_until_somebody_comes(session: Session) -> None:
    """The assistant speaks again, and the ticket says why it ended."""
    conversation = arrives(session)
    ticket = callers.call(session, conversation, reason="asked", policy=WITH_GROUP, now=NOW)
    callers.withdraw(session, conversation, now=LATER)

    assert (conversation.state, ticket.ending) == (ConversationState.ASSISTANT, Ending.WITHDRAWN)
    assert conversations.standing(session, conversation.customer_id) == Standing(2, ConversationState.ASSISTANT)
    with pytest.raises(NotWaiting):
        callers.withdraw(session, conversation, now=LATER)


def test_the_first_answer_takes_the_conversation(session: Session) -> None:
    """Without a tap; waiting time and first answer are noted once."""
    conversation, meera = arrives(session), agent(session)
    ticket = callers.call(session, conversation, reason="asked", policy=WITH_GROUP, now=NOW)
    agents.agent_wrote(session, conversation, meera, now=LATER)
    agents.agent_wrote(session, conversation, meera, now=LATER + timedelta(minutes=1))

    assert (conversation.state, conversation.assignee) == (ConversationState.PERSON, meera)
    assert (ticket.taken_at, ticket.first_answer_at, ticket.taken_by) == (LATER, LATER, meera.id)
    assert told(session, conversation) == ["utter_person_called", "utter_person_here"]


def test_a_second_agent_is_told_who_has_it_and_a_supervisor_takes_over(session: Session) -> None:
    """Nothing is doubled; the epoch tells the first one's stretch from the second's."""
    conversation, meera, ravi = arrives(session), agent(session), agent(session, "Ravi Kumar")
    agents.take(session, conversation, meera, now=NOW)
    with pytest.raises(TakenByAnother) as refused:
        agents.agent_wrote(session, conversation, ravi, now=LATER)
    assert refused.value.evidence == {"agent": "Meera"}

    boss = agent(session, "Sunita Rao", Role.SUPERVISOR)
    agents.take(session, conversation, boss, now=LATER)
    assert conversation.assignee == boss


def test_handing_back_closes_the_ticket_and_asks_how_it_was(session: Session) -> None:
    """Only where somebody answered: nobody rates a wait."""
    conversation, meera = arrives(session), agent(session)
    callers.call(session, conversation, reason="asked", policy=WITH_GROUP, now=NOW)
    agents.agent_wrote(session, conversation, meera, now=LATER)
    agents.hand_back(session, conversation, meera, now=LATER)

    assert conversation.state is ConversationState.ASSISTANT
    assert told(session, conversation) == [
        "utter_person_called",
        "utter_person_here",
        "utter_handed_back",
        "utter_rate_help",
    ]
    with pytest.raises(MoveNotAllowed):
        agents.hand_back(session, conversation, meera, now=LATER)


@pytest.mark.parametrize(("after", "state"), [(timedelta(hours=1), "person"), (timedelta(hours=13), "assistant")])
def test_who_writes_soon_after_meets_the_same_agent(session: Session, after: timedelta, state: str) -> None:
    """Later, the assistant."""
    conversation, meera = arrives(session), agent(session)
    agents.agent_wrote(session, conversation, meera, now=NOW)
    agents.resolve(session, conversation, meera, now=NOW)
    silent = callers.customer_wrote(session, conversation, policy=POLICY, now=NOW + after)

    assert conversation.state == state
    assert silent is (state == "person")
    assert (conversation.assignee == meera) is silent


def test_nobody_is_reopened_to_an_agent_who_has_left(session: Session) -> None:
    """The assistant answers instead."""
    conversation, meera = arrives(session), agent(session)
    agents.agent_wrote(session, conversation, meera, now=NOW)
    agents.resolve(session, conversation, meera, now=NOW)
    staff.remove(session, meera, now=LATER)

    assert not callers.customer_wrote(session, conversation, policy=POLICY, now=LATER)


def test_what_was_put_aside_wakes_when_the_customer_writes(session: Session) -> None:
    """With the agent who put it aside."""
    conversation, meera = arrives(session), agent(session)
    agents.take(session, conversation, meera, now=NOW)
    agents.snooze(session, conversation, meera, until=NOW + timedelta(days=1), now=NOW)
    assert conversation.silent

    assert callers.customer_wrote(session, conversation, policy=POLICY, now=LATER)
    assert (conversation.state, conversation.snoozed_until) == (ConversationState.PERSON, None)


def test_an_agent_who_is_removed_leaves_nobody_unheard(session: Session) -> None:
    """Their customers stand in the queue again."""
    conversation, meera = arrives(session), agent(session)
    agents.take(session, conversation, meera, now=NOW)
    assert agents.leave(session, meera, now=LATER) == 1
    assert (conversation.state, conversation.assignee) == (ConversationState.WAITING, None)


def test_a_blocked_customer_calls_nobody_and_keeps_the_assistant(session: Session) -> None:
    """Until somebody unblocks them."""
    conversation, meera = arrives(session), agent(session)
    callers.call(session, conversation, reason="asked", policy=WITH_GROUP, now=NOW)
    agents.block(session, conversation, meera, now=NOW)
    assert not conversation.silent
    with pytest.raises(CustomerBlocked):
        callers.call(session, conversation, reason="again", policy=WITH_GROUP, now=LATER)
    agents.unblock(session, conversation, meera, now=LATER)
    callers.call(session, conversation, reason="again", policy=WITH_GROUP, now=LATER)
    assert conversation.silent


def test_a_block_and_its_end_stand_in_the_log_with_who_did_it(session: Session) -> None:
    """Though the state stays as it is: someone who is kept from help may ask why."""
    conversation, meera = arrives(session), agent(session)
    agents.block(session, conversation, meera, now=NOW)
    agents.unblock(session, conversation, meera, now=LATER)

    found = events.of(session, "support_conversation", conversation.id)

    assert [(event.actor, event.detail, event.at) for event in found] == [
        (meera.actor, {"blocked": True}, NOW),
        (meera.actor, {"blocked": False}, LATER),
    ]


def test_a_help_is_rated_by_whom_it_was_given(session: Session) -> None:
    """From one to five, corrected by another tap, with a word if they like."""
    conversation, meera = arrives(session), agent(session)
    agents.agent_wrote(session, conversation, meera, now=NOW)
    agents.hand_back(session, conversation, meera, now=NOW)
    [ticket] = tickets.listed(session, state=None)
    tickets.rate(session, conversation.customer, ticket_id=ticket.id, rating=2)
    tickets.rate(session, conversation.customer, ticket_id=ticket.id, rating=5)
    callers.ask_comment(session, conversation, now=LATER)
    assert callers.take_comment(session, conversation, "Meera was kind", now=LATER)
    assert not callers.take_comment(session, conversation, "redmi note 4", now=LATER)

    assert (ticket.rating, ticket.comment) == (5, "Meera was kind")
    with pytest.raises(UnknownTicket):
        tickets.rate(session, arrives(session, 1002).customer, ticket_id=ticket.id, rating=1)


@pytest.mark.parametrize(
    "verb",
    [
        lambda session, conversation, meera: agents.hand_back(session, conversation, meera, now=NOW),
        lambda session, conversation, meera: agents.resolve(session, conversation, meera, now=NOW),
        lambda session, conversation, meera: agents.snooze(session, conversation, meera, until=LATER, now=NOW),
    ],
    ids=["hand back", "resolve", "snooze"],
)
def test_what_nobody_has_cannot_be_ended(
    session: Session, verb: Callable[[Session, Conversation, Staff], None]
) -> None:
    """A stale button of the card says so, and changes nothing."""
    conversation, meera = arrives(session), agent(session)
    with pytest.raises(MoveNotAllowed):
        verb(session, conversation, meera)
    assert conversation.epoch == 0


def test_two_agents_who_take_it_at_once_are_told_apart(database: Sessions) -> None:
    """One has it, the other hears who: the row is held while it changes."""
    with transaction(database) as session:
        chat = arrives(session).customer.chat_id
        names = [agent(session).id, agent(session, "Ravi Kumar").id]
    outcomes = []
    for staff_id in names:
        with transaction(database) as session:
            conversation = conversations.of(session, Shopper.arrives(session, chat_id=chat).customer)
            try:
                agents.take(session, conversation, staff.by_id(session, staff_id), now=LATER)
                outcomes.append("taken")
            except TakenByAnother:
                outcomes.append("told")
    assert outcomes == ["taken", "told"]
