"""What those who help do about who speaks: take a talk, answer, put it aside, give it back, close it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein import events
from tradein.events import COMMAND_LINE
from tradein.refusals import TakenByAnother
from tradein.staff import Role, Staff
from tradein.support import board, moves, tickets
from tradein.support.conversations import Conversation
from tradein.support.conversations import ConversationState as State
from tradein.support.tickets import Ending


def take(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Let ``member`` speak from now on, asked or not; a supervisor also instead of another agent.

    The customer is told who is there. Raises TakenByAnother.
    """
    other = conversation.assignee if conversation.state is State.PERSON else None
    if other is not None and other.id == member.id:
        return
    if other is not None and Role.SUPERVISOR not in member.roles:
        raise TakenByAnother(agent=other.public_name)
    ticket = tickets.request_person(session, conversation.customer, reason="taken by an agent", now=now)
    tickets.taken(session, ticket, member, now=now)
    changes = {"assignee_id": member.id, "waiting_since": None, "snoozed_until": None, "resolved_at": None}
    moves.move(session, conversation, State.PERSON, actor=member.actor, now=now, **changes)
    moves.tell(session, conversation, "utter_person_here", now=now, agent=member.public_name)


def agent_wrote(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Note an answer; the first one takes the conversation. Raises TakenByAnother."""
    if conversation.state is not State.PERSON or conversation.assignee_id != member.id:
        take(session, conversation, member, now=now)
    ticket = tickets.open_of(session, conversation.customer)
    if ticket is not None:
        tickets.answered(session, ticket, now=now)
    conversation.last_agent_at, conversation.unanswered_since = now, None
    session.flush()


def hand_back(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Let the assistant speak again; it asks how the help was. Raises MoveNotAllowed where it speaks already."""
    moves.close(session, conversation, State.ASSISTANT, Ending.HANDED_BACK, actor=member.actor, now=now)


def resolve(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Close the matter; raises MoveNotAllowed where there is none."""
    moves.close(session, conversation, State.RESOLVED, Ending.RESOLVED, actor=member.actor, now=now, resolved_at=now)


def snooze(session: Session, conversation: Conversation, member: Staff, *, until: datetime, now: datetime) -> None:
    """Put the matter aside until ``until``, or until the customer writes; raises MoveNotAllowed."""
    actor, assignee = member.actor, conversation.assignee_id or member.id
    moves.move(session, conversation, State.SNOOZED, actor=actor, now=now, snoozed_until=until, assignee_id=assignee)


def block(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Let the customer call nobody any more; the assistant still answers."""
    if conversation.silent:
        moves.close(session, conversation, State.ASSISTANT, Ending.BLOCKED, actor=member.actor, now=now)
    conversation.blocked_at = now
    events.noted(session, conversation, actor=member.actor, now=now, blocked=True)
    board.changed(session, conversation, now=now)


def unblock(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Let the customer call a person again."""
    conversation.blocked_at = None
    events.noted(session, conversation, actor=member.actor, now=now, blocked=False)
    board.changed(session, conversation, now=now)


def leave(session: Session, member: Staff, *, now: datetime, actor: str = COMMAND_LINE) -> int:
    """Put what a member who is removed was speaking in back into the queue; return how many."""
    theirs = select(Conversation).where(
        Conversation.assignee_id == member.id, Conversation.state.in_([State.PERSON, State.SNOOZED])
    )
    left = session.scalars(theirs.with_for_update(of=Conversation)).all()
    for conversation in left:
        changes = {"assignee_id": None, "waiting_since": now, "snoozed_until": None, "reminded": 0}
        moves.move(session, conversation, State.WAITING, actor=actor, now=now, **changes)
    return len(left)
