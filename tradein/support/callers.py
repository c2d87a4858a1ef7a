"""What a customer does about who speaks: call a person, take that back, write, say a word about the help."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from tradein.policy import Policy
from tradein.refusals import CustomerBlocked, NotWaiting
from tradein.staff import Role
from tradein.support import board, conversations, moves, tickets
from tradein.support.conversations import Conversation
from tradein.support.conversations import ConversationState as State
from tradein.support.tickets import Ending, Ticket

COMMENT_WITHIN = timedelta(minutes=10)
"""How long the word about a help is waited for, once the customer said that they want to add one."""
_ALONE: dict[str, object] = {"resolved_at": None, "assignee_id": None}
"""With the assistant again, and no agent's any more."""


def call(session: Session, conversation: Conversation, *, reason: str, policy: Policy, now: datetime) -> Ticket:
    """Call a person, who answers in the support group; raises CustomerBlocked.

    In office hours the customer waits in line from now on, and is told so with their place. Outside of them, and where
    there is no group, it is a ticket that is answered later, and the assistant goes on speaking. Who waits for a person
    or talks to one already goes on with the same request.
    """
    if conversation.blocked_at is not None:
        raise CustomerBlocked
    ticket = tickets.request_person(session, conversation.customer, reason=reason, now=now)
    if policy.support_chat_id is not None and ticket.opened_at == now:
        conversation.reminded = 0
        board.brief(session, conversation, set_id=policy.support_chat_id, reason=reason, now=now)
    open_now = policy.support_chat_id is not None and policy.support_hours.open(now, policy.zone)
    if open_now and not conversation.silent:
        changes = {"waiting_since": now, "unanswered_since": now, "reminded": 0, "assignee_id": None}
        moves.move(session, conversation, State.WAITING, actor=conversation.caller, now=now, **changes)
        moves.tell(
            session, conversation, "utter_person_called", now=now, place=conversations.place(session, conversation)
        )
    return ticket


def withdraw(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """Take the request back before anybody came; raises NotWaiting."""
    if conversation.state is not State.WAITING:
        raise NotWaiting
    moves.close(session, conversation, State.ASSISTANT, Ending.WITHDRAWN, actor=conversation.caller, now=now)


def go_back(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """Want the assistant again though a person has the talk; its agents hear so. Raises MoveNotAllowed, NotWaiting."""
    if not conversation.silent:
        raise NotWaiting
    waited = conversation.state is State.WAITING
    moves.close(session, conversation, State.ASSISTANT, Ending.WITHDRAWN, actor=conversation.caller, now=now)
    if not waited:
        board.tell(session, conversation, "utter_desk_customer_went_back", now=now)


def ask_comment(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """Take what the customer writes next for a word about the help."""
    conversation.comment_until = now + COMMENT_WITHIN
    session.flush()


def take_comment(session: Session, conversation: Conversation, words: str, *, now: datetime) -> bool:
    """Take a message for the word that was asked for; False if none is, or it is too late for it."""
    asked = conversation.comment_until is not None and now <= conversation.comment_until
    conversation.comment_until = None
    if asked:
        tickets.comment(session, conversation.customer, words)
    session.flush()
    return asked


def customer_wrote(session: Session, conversation: Conversation, *, policy: Policy, now: datetime) -> bool:
    """Note a message of the customer; return whether it is a person's to answer.

    It wakes what was put aside. What was resolved is taken up again by the same agent for
    ``policy.support_reopen_hours``, after that the assistant answers.
    """
    conversation.last_customer_at = now
    if conversation.state is State.RESOLVED:
        _reopen(session, conversation, policy=policy, now=now)
    elif conversation.state is State.SNOOZED:
        moves.wake(session, conversation, actor=conversation.caller, now=now)
    if conversation.silent and conversation.unanswered_since is None:
        conversation.unanswered_since = now
    session.flush()
    return conversation.silent


def go_on(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """Note that a customer whose matter was resolved turns to the assistant: they tapped, and wrote nothing."""
    if conversation.state is State.RESOLVED:
        moves.move(session, conversation, State.ASSISTANT, actor=conversation.caller, now=now, **_ALONE)


def _reopen(session: Session, conversation: Conversation, *, policy: Policy, now: datetime) -> None:
    soon = conversation.resolved_at is not None and now - conversation.resolved_at < timedelta(
        hours=policy.support_reopen_hours
    )
    agent = conversation.assignee
    actor = conversation.caller
    if not soon or agent is None or not agent.roles & {Role.AGENT, Role.SUPERVISOR}:
        moves.move(session, conversation, State.ASSISTANT, actor=actor, now=now, **_ALONE)
        return
    ticket = tickets.request_person(session, conversation.customer, reason="wrote again", now=now)
    tickets.taken(session, ticket, agent, now=now)
    moves.move(session, conversation, State.PERSON, actor=actor, now=now, resolved_at=None, unanswered_since=now)
