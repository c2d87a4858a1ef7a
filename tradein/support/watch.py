"""What the clock does for people who wait: snoozes end, who waits is brought to mind, silence hands back.

What agents are late with counts by the office hours: nobody is late by night. Rows are held one by one, so any number
of processes may run it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from tradein import outbox
from tradein.policy import Policy
from tradein.staff import Grant, Role, Staff
from tradein.support import board, moves, tickets
from tradein.support.conversations import SILENT, Conversation, ConversationState
from tradein.support.tickets import Ending, Ticket, TicketState

ACTOR = "clock"
AT_ONCE = 50
"""Conversations looked after in one transaction."""
GROUP_REMINDED, SUPERVISORS_REMINDED = 1, 2
"""What ``Conversation.reminded`` counts."""
CARD_EVERY, CARDS_AT_ONCE = timedelta(minutes=5), 20
"""How often a card says anew how long somebody waits, and how many do: four edits of a group's twenty a minute."""


def wake(session: Session, *, policy: Policy, now: datetime) -> int:
    """Go on with talks that were put aside until now, and say so in their topics; return how many."""
    due = _held(session, Conversation.state == ConversationState.SNOOZED, Conversation.snoozed_until <= now)
    for conversation in due:
        moves.wake(session, conversation, actor=ACTOR, now=now)
        _tell_agents(session, conversation, "utter_desk_woken", policy=policy, now=now)
    return len(due)


def remind(session: Session, *, policy: Policy, now: datetime) -> int:
    """Bring to mind who waits too long: in the topic first, then to the supervisors in their own chats."""
    # Each for itself: who was brought to mind in the topic must not take the place of who was not yet.
    unminded, reminded = Conversation.reminded < GROUP_REMINDED, Conversation.reminded == GROUP_REMINDED
    late = [
        *_waiting(session, unminded, now - timedelta(minutes=policy.support_remind_minutes)),
        *_waiting(session, reminded, now - timedelta(minutes=policy.support_escalate_minutes)),
    ]
    count = 0
    for conversation in late:
        waited = _minutes(policy.support_hours.within(conversation.waiting_since or now, now, policy.zone))
        if conversation.reminded < GROUP_REMINDED and waited >= policy.support_remind_minutes:
            conversation.reminded = GROUP_REMINDED
            _tell_agents(session, conversation, "utter_desk_waiting_long", policy=policy, now=now, minutes=waited)
            count += 1
        if conversation.reminded == GROUP_REMINDED and waited >= policy.support_escalate_minutes:
            conversation.reminded = SUPERVISORS_REMINDED
            _tell_supervisors(session, conversation, minutes=waited, now=now)
            count += 1
    session.flush()
    return count


def hand_back(session: Session, *, policy: Policy, now: datetime) -> int:
    """Give talks back to the assistant in which nobody says anything more; return how many."""
    agent_late = timedelta(minutes=policy.support_agent_idle_minutes)
    customer_late = timedelta(hours=policy.support_customer_idle_hours)
    # Each for itself: a day's talks that only wait for their customers must not take the places of who waits for us.
    unanswered = Conversation.unanswered_since.is_not(None)
    silent = [*_silent(session, unanswered, now - agent_late), *_silent(session, ~unanswered, now - customer_late)]
    count = 0
    for conversation in silent:
        since = _last_word(session, conversation, now=now)
        if conversation.unanswered_since is not None:
            late = policy.support_hours.within(since, now, policy.zone) >= agent_late
        else:
            late = now - since >= customer_late
        if late:
            ending = Ending.AGENT_SILENT if conversation.unanswered_since is not None else Ending.CUSTOMER_SILENT
            moves.end(session, conversation, ending, actor=ACTOR, now=now)
            _tell_agents(session, conversation, f"utter_desk_{ending.value}", policy=policy, now=now)
            count += 1
    return count


def close_for_the_day(session: Session, *, policy: Policy, now: datetime) -> int:
    """Give who still waits when the office closes back to the assistant; their ticket stays. Return how many."""
    if policy.support_hours.open(now, policy.zone):
        return 0
    waiting = _held(session, Conversation.state == ConversationState.WAITING)
    opens = policy.support_hours.opens(now, policy.zone)
    for conversation in waiting:
        moves.put_off(session, conversation, opens=opens, actor=ACTOR, now=now)
    return len(waiting)


def open_for_the_day(session: Session, *, policy: Policy, now: datetime) -> int:
    """Bring to mind, once and in their topics, who asked while nobody was there; return how many.

    The assistant speaks with them meanwhile: without a word the request would be buried under the day's first ones.
    """
    if policy.support_chat_id is None or not policy.support_hours.open(now, policy.zone):
        return 0
    asked = select(Ticket.customer_id).where(Ticket.state == TicketState.OPEN, Ticket.taken_at.is_(None))
    left = _held(
        session,
        Conversation.state.not_in(SILENT),
        Conversation.reminded < GROUP_REMINDED,
        Conversation.customer_id.in_(asked),
    )
    for conversation in left:
        conversation.reminded = GROUP_REMINDED
        ticket = tickets.open_of(session, conversation.customer)
        since = {"asked_at": ticket.opened_at.isoformat()} if ticket else {}
        _tell_agents(session, conversation, "utter_desk_asked_before", policy=policy, now=now, **since)
    session.flush()
    return len(left)


def show_waiting(session: Session, *, policy: Policy, now: datetime) -> int:
    """Have the cards of who has waited longest say how long by now; return how many are edited.

    A step every few minutes and no more cards than a group takes beside its talks: the others say since when, too.
    """
    if policy.support_chat_id is None:
        return 0
    longest = session.scalars(
        select(Conversation)
        .where(Conversation.state == ConversationState.WAITING, Conversation.waiting_since <= now - CARD_EVERY)
        .order_by(Conversation.waiting_since, Conversation.id)
        .limit(CARDS_AT_ONCE)
        .with_for_update(of=Conversation, skip_locked=True)
    ).all()
    count = 0
    for conversation in longest:
        step = (now - (conversation.waiting_since or now)) // CARD_EVERY
        key = f"card:{conversation.id}:{conversation.epoch}:{step}"
        count += board.show(session, conversation, set_id=policy.support_chat_id, now=now, dedupe_key=key)
    return count


def _waiting(session: Session, who: ColumnElement[bool], since: datetime) -> Sequence[Conversation]:
    """Return those who have waited since ``since`` at least."""
    return _held(session, Conversation.state == ConversationState.WAITING, who, Conversation.waiting_since <= since)


def _silent(session: Session, whose: ColumnElement[bool], before: datetime) -> Sequence[Conversation]:
    """Return talks with a person in which neither side has said anything since ``before``."""
    return _held(
        session,
        Conversation.state == ConversationState.PERSON,
        whose,
        Conversation.last_customer_at.is_(None) | (Conversation.last_customer_at <= before),
        Conversation.last_agent_at.is_(None) | (Conversation.last_agent_at <= before),
    )


def _last_word(session: Session, conversation: Conversation, *, now: datetime) -> datetime:
    """Return when the silence began: with the last word of either side, or when the agent came."""
    ticket = tickets.open_of(session, conversation.customer)
    moments = (
        conversation.unanswered_since,
        conversation.last_agent_at,
        conversation.last_customer_at,
        ticket.taken_at if ticket else None,
    )
    return max((moment for moment in moments if moment is not None), default=now)


def _tell_agents(
    session: Session, conversation: Conversation, response: str, *, policy: Policy, now: datetime, **params: object
) -> None:
    """Owe the agents a word in the customer's topic."""
    if policy.support_chat_id is not None:
        outbox.queue(
            session,
            chat_id=policy.support_chat_id,
            thread=conversation.id,
            customer_id=conversation.customer_id,
            kind="notice",
            body={"response": response, "params": params},
            now=now,
        )


def _tell_supervisors(session: Session, conversation: Conversation, *, minutes: int, now: datetime) -> None:
    supervisors = session.scalars(
        select(Staff)
        .join(Grant, Grant.staff_id == Staff.id)
        .where(Grant.role == Role.SUPERVISOR, Staff.removed_at.is_(None), Staff.chat_id.is_not(None))
        .order_by(Staff.id)
    ).all()
    for member in supervisors:
        params = {"name": conversation.customer.first_name, "number": conversation.customer_id, "minutes": minutes}
        outbox.queue(
            session,
            chat_id=member.chat_id or 0,
            customer_id=None,
            kind="notice",
            body={"response": "utter_support_escalated", "params": params},
            dedupe_key=f"escalated:{conversation.id}:{conversation.epoch}:{member.id}",
            now=now,
        )


def _held(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Conversation]:
    return session.scalars(
        select(Conversation)
        .where(*conditions)
        .order_by(Conversation.id)
        .limit(AT_ONCE)
        .with_for_update(of=Conversation, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _minutes(spell: timedelta) -> int:
    return int(spell.total_seconds() // 60)
