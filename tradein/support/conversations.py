"""Who speaks with a customer: the assistant, or a person.

    ASSISTANT ──call──► WAITING ──take──► PERSON ──hand back──► ASSISTANT
        ▲  └──────────────take─────────────▲ │└──resolve──► RESOLVED ──customer writes soon──► PERSON
        ├──withdraw, hand back──┘ │        │ │                  └──customer writes later──► ASSISTANT
        │                         └snooze──┤ ▼
        └───────────────hand back───────SNOOZED ──customer writes, time is over──► PERSON, or WAITING without an agent

One row a customer, for life. While it is WAITING, PERSON or SNOOZED the assistant is silent. Every move counts the
``epoch`` up: an answer that was computed under an earlier epoch is not sent any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, bindparam, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from tradein import outbox
from tradein.customers import Customer
from tradein.database import Base, UtcDateTime, found_or_added
from tradein.events import Moves, move, state_column
from tradein.policy import Policy
from tradein.refusals import CustomerBlocked, NotWaiting, TakenByAnother
from tradein.staff import Role, Staff
from tradein.support import board, tickets
from tradein.support.tickets import Ending, Ticket


class ConversationState(StrEnum):
    """Who speaks, or whom the customer waits for."""

    ASSISTANT = "assistant"
    WAITING = "waiting"
    PERSON = "person"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


_S = ConversationState
MOVES: Moves[ConversationState] = {
    _S.ASSISTANT: frozenset({_S.WAITING, _S.PERSON}),
    _S.WAITING: frozenset({_S.ASSISTANT, _S.PERSON, _S.SNOOZED, _S.RESOLVED}),
    _S.PERSON: frozenset({_S.ASSISTANT, _S.WAITING, _S.PERSON, _S.SNOOZED, _S.RESOLVED}),
    _S.SNOOZED: frozenset({_S.ASSISTANT, _S.WAITING, _S.PERSON, _S.RESOLVED}),
    _S.RESOLVED: frozenset({_S.ASSISTANT, _S.WAITING, _S.PERSON}),
}
SILENT = frozenset({_S.WAITING, _S.PERSON, _S.SNOOZED})
"""States in which the assistant says nothing."""


class TopicState(StrEnum):
    """What is known of the conversation's topic in the support group; :mod:`tradein.support.topics` moves it."""

    NONE = "none"
    MAKING = "making"
    OPEN = "open"
    CLOSED = "closed"
    DEAD = "dead"


_RESUME_SQL = text("resume_at IS NOT NULL")


class Conversation(Base):
    """A customer's conversation; ``topic_id`` is a ``message_thread_id`` of the chat ``support_chat_id``.

    ``unanswered_since`` is when the customer first wrote after a person last did; ``reminded`` counts how often
    somebody was reminded that they wait. Until ``comment_until`` the next thing they write is about the help they got.
    ``resume_at`` is set while the assistant owes them the question at which their exchange stood.
    """

    __tablename__ = "support_conversation"
    __table_args__ = (
        Index(None, "state"),
        Index("ix_support_conversation_topic", "support_chat_id", "topic_id", unique=True),
        Index("ix_support_conversation_resume", "resume_at", sqlite_where=_RESUME_SQL, postgresql_where=_RESUME_SQL),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), unique=True)
    state: Mapped[ConversationState] = mapped_column(state_column(ConversationState))
    epoch: Mapped[int] = mapped_column(default=0)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unanswered_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_customer_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_agent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    comment_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reminded: Mapped[int] = mapped_column(default=0)
    support_chat_id: Mapped[int | None] = mapped_column(BigInteger)
    topic_id: Mapped[int | None] = mapped_column(BigInteger)
    topic_state: Mapped[TopicState] = mapped_column(state_column(TopicState), default=TopicState.NONE)
    card_message_id: Mapped[int | None] = mapped_column(BigInteger)

    customer: Mapped[Customer] = relationship()
    assignee: Mapped[Staff | None] = relationship()

    @property
    def silent(self) -> bool:
        """Whether the assistant is silent."""
        return self.state in SILENT


# --- finding ----------------------------------------------------------------------------------------------------------
def of(session: Session, customer: Customer) -> Conversation:
    """Return the customer's conversation, held for a change; made on first sight."""
    return found_or_added(
        session,
        select(Conversation).where(Conversation.customer_id == customer.id).with_for_update(of=Conversation),
        lambda: Conversation(customer_id=customer.id, state=ConversationState.ASSISTANT),
    )


def by_topic(session: Session, *, chat_id: int, topic_id: int) -> Conversation | None:
    """Return the conversation of a topic, held for a change; None for a topic that belongs to nobody."""
    return session.scalar(
        select(Conversation)
        .where(Conversation.support_chat_id == chat_id, Conversation.topic_id == topic_id)
        .with_for_update(of=Conversation)
    )


# Built once: every turn asks it twice.
_STANDING = select(Conversation.epoch, Conversation.state, Conversation.comment_until).where(
    Conversation.customer_id == bindparam("customer_id")
)

_STANDING_HELD = _STANDING.with_for_update(read=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation stands; before there is one the assistant speaks."""

    epoch: int = 0
    state: ConversationState = ConversationState.ASSISTANT
    comment_until: datetime | None = None


def standing(session: Session, customer_id: int, *, hold: bool = False) -> Standing:
    """Return how a customer's conversation stands; held, it stands so until the transaction ends."""
    statement = _STANDING_HELD if hold else _STANDING
    row = session.connection().execute(statement, {"customer_id": customer_id}).one_or_none()
    return Standing(row.epoch, row.state, row.comment_until) if row else Standing()


def place(session: Session, conversation: Conversation) -> int:
    """Return the customer's place in the queue, 1 for who is next; 0 for somebody who isn't waiting."""
    if conversation.state is not ConversationState.WAITING:
        return 0
    before = Conversation.waiting_since < conversation.waiting_since
    ahead = (
        select(func.count()).select_from(Conversation).where(Conversation.state == ConversationState.WAITING, before)
    )
    return (session.scalar(ahead) or 0) + 1


# --- the customer's side ----------------------------------------------------------------------------------------------
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
        board.brief(session, conversation, set_id=policy.support_chat_id, reason=reason, now=now)
    open_now = policy.support_chat_id is not None and policy.support_hours.open(now, policy.zone)
    if open_now and not conversation.silent:
        changes = {"waiting_since": now, "unanswered_since": now, "reminded": 0, "assignee_id": None}
        _move(session, conversation, _S.WAITING, actor=_customer(conversation), now=now, **changes)
        _tell(session, conversation, "utter_person_called", now=now, place=place(session, conversation))
    return ticket


def withdraw(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """Take the request back before anybody came; raises NotWaiting."""
    if conversation.state is not ConversationState.WAITING:
        raise NotWaiting
    _end(session, conversation, _S.ASSISTANT, Ending.WITHDRAWN, actor=_customer(conversation), now=now)


_ALONE: dict[str, object] = {"resolved_at": None, "assignee_id": None}
"""With the assistant again, and no agent's any more."""
COMMENT_WITHIN = timedelta(minutes=10)
"""How long the word about a help is waited for, once the customer said that they want to add one."""


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
    if conversation.state is ConversationState.RESOLVED:
        _reopen(session, conversation, policy=policy, now=now)
    elif conversation.state is ConversationState.SNOOZED:
        wake(session, conversation, actor=_customer(conversation), now=now)
    if conversation.silent and conversation.unanswered_since is None:
        conversation.unanswered_since = now
    session.flush()
    return conversation.silent


def go_on(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """Note that a customer whose matter was resolved turns to the assistant: they tapped, and wrote nothing."""
    if conversation.state is ConversationState.RESOLVED:
        _move(session, conversation, _S.ASSISTANT, actor=_customer(conversation), now=now, **_ALONE)


def _reopen(session: Session, conversation: Conversation, *, policy: Policy, now: datetime) -> None:
    soon = conversation.resolved_at is not None and now - conversation.resolved_at < timedelta(
        hours=policy.support_reopen_hours
    )
    agent = conversation.assignee
    actor = _customer(conversation)
    if not soon or agent is None or not agent.roles & {Role.AGENT, Role.SUPERVISOR}:
        _move(session, conversation, _S.ASSISTANT, actor=actor, now=now, **_ALONE)
        return
    ticket = tickets.request_person(session, conversation.customer, reason="wrote again", now=now)
    tickets.taken(session, ticket, agent, now=now)
    _move(session, conversation, _S.PERSON, actor=actor, now=now, resolved_at=None, unanswered_since=now)


# --- the agents' side -------------------------------------------------------------------------------------------------
def take(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Let ``member`` speak from now on, asked or not; a supervisor also instead of another agent.

    The customer is told who is there. Raises TakenByAnother.
    """
    other = conversation.assignee if conversation.state is ConversationState.PERSON else None
    if other is not None and other.id == member.id:
        return
    if other is not None and Role.SUPERVISOR not in member.roles:
        raise TakenByAnother(agent=other.public_name)
    ticket = tickets.request_person(session, conversation.customer, reason="taken by an agent", now=now)
    tickets.taken(session, ticket, member, now=now)
    changes = {"assignee_id": member.id, "waiting_since": None, "snoozed_until": None, "resolved_at": None}
    _move(session, conversation, _S.PERSON, actor=member.actor, now=now, **changes)
    _tell(session, conversation, "utter_person_here", now=now, agent=member.public_name)


def agent_wrote(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Note an answer; the first one takes the conversation. Raises TakenByAnother."""
    if conversation.state is not ConversationState.PERSON or conversation.assignee_id != member.id:
        take(session, conversation, member, now=now)
    ticket = tickets.open_of(session, conversation.customer)
    if ticket is not None:
        tickets.answered(session, ticket, now=now)
    conversation.last_agent_at, conversation.unanswered_since = now, None
    session.flush()


def hand_back(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Let the assistant speak again; it asks how the help was. Raises MoveNotAllowed where it speaks already."""
    _end(session, conversation, _S.ASSISTANT, Ending.HANDED_BACK, actor=member.actor, now=now)


def resolve(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Close the matter; raises MoveNotAllowed where there is none."""
    _end(session, conversation, _S.RESOLVED, Ending.RESOLVED, actor=member.actor, now=now, resolved_at=now)


def snooze(session: Session, conversation: Conversation, member: Staff, *, until: datetime, now: datetime) -> None:
    """Put the matter aside until ``until``, or until the customer writes; raises MoveNotAllowed."""
    actor, assignee = member.actor, conversation.assignee_id or member.id
    _move(session, conversation, _S.SNOOZED, actor=actor, now=now, snoozed_until=until, assignee_id=assignee)


def wake(session: Session, conversation: Conversation, *, actor: str, now: datetime) -> None:
    """Take up what was put aside: with the agent who had it, else in the queue."""
    if conversation.assignee is not None and conversation.assignee.roles & {Role.AGENT, Role.SUPERVISOR}:
        _move(session, conversation, _S.PERSON, actor=actor, now=now, snoozed_until=None)
        return
    changes = {"snoozed_until": None, "assignee_id": None, "waiting_since": now, "reminded": 0}
    _move(session, conversation, _S.WAITING, actor=actor, now=now, **changes)


def block(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Let the customer call nobody any more; the assistant still answers."""
    if conversation.silent:
        _end(session, conversation, _S.ASSISTANT, Ending.BLOCKED, actor=member.actor, now=now)
    conversation.blocked_at = now
    board.changed(session, conversation, now=now)


def unblock(session: Session, conversation: Conversation, member: Staff, *, now: datetime) -> None:
    """Let the customer call a person again."""
    del member
    conversation.blocked_at = None
    board.changed(session, conversation, now=now)


def leave(session: Session, member: Staff, *, now: datetime) -> int:
    """Put what a member who is removed was speaking in back into the queue; return how many."""
    theirs = select(Conversation).where(
        Conversation.assignee_id == member.id, Conversation.state.in_([_S.PERSON, _S.SNOOZED])
    )
    left = session.scalars(theirs.with_for_update(of=Conversation)).all()
    for conversation in left:
        changes = {"assignee_id": None, "waiting_since": now, "snoozed_until": None, "reminded": 0}
        _move(session, conversation, _S.WAITING, actor="operator", now=now, **changes)
    return len(left)


# --- where it stood ---------------------------------------------------------------------------------------------------
def to_resume(session: Session, *, limit: int = 50) -> Sequence[Conversation]:
    """Return the conversations in which the assistant owes the question at which the exchange stood."""
    owed = select(Conversation).where(Conversation.resume_at.is_not(None)).order_by(Conversation.resume_at)
    return session.scalars(owed.limit(limit)).all()


def resumed(session: Session, conversation_id: int, *, epoch: int) -> bool:
    """Note that the assistant goes on now; False if somebody else speaks by now, or it has gone on already."""
    done = session.scalars(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.epoch == epoch, Conversation.resume_at.is_not(None))
        .values(resume_at=None)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(done) == 1


# --- what they share --------------------------------------------------------------------------------------------------
def end(session: Session, conversation: Conversation, ending: Ending, *, actor: str, now: datetime) -> None:
    """Let the assistant speak again though no agent said so: nobody went on with it, or an operator closed it."""
    _end(session, conversation, _S.ASSISTANT, ending, actor=actor, now=now)


def put_off(session: Session, conversation: Conversation, *, opens: datetime | None, actor: str, now: datetime) -> None:
    """Give who still waits when nobody is there any more back to the assistant; the ticket stays open."""
    changes = {"waiting_since": None, "unanswered_since": None, "resume_at": now}
    _move(session, conversation, _S.ASSISTANT, actor=actor, now=now, **changes)
    when = {"opens_at": opens.isoformat()} if opens else {}
    response = "utter_person_put_off" if opens else "utter_person_put_off_open_end"
    _tell(session, conversation, response, now=now, **when)


_WORDS: dict[Ending, str] = {
    Ending.HANDED_BACK: "utter_handed_back",
    Ending.RESOLVED: "utter_matter_resolved",
    Ending.CUSTOMER_SILENT: "utter_handed_back",
    Ending.AGENT_SILENT: "utter_agent_silent",
}
"""What the customer is told at an end; a request that they took back, and a block, need no words."""
_RATED = frozenset({Ending.HANDED_BACK, Ending.RESOLVED, Ending.CUSTOMER_SILENT})


def _end(
    session: Session,
    conversation: Conversation,
    to: ConversationState,
    ending: Ending,
    *,
    actor: str,
    now: datetime,
    **changes: object,
) -> None:
    """Leave the person's stretch: the ticket is closed, the customer told, and asked how it was if somebody helped."""
    ticket = tickets.open_of(session, conversation.customer)
    resumes = {"resume_at": now} if to is _S.ASSISTANT else {}
    changes = {"waiting_since": None, "unanswered_since": None, "snoozed_until": None} | resumes | changes
    _move(session, conversation, to, actor=actor, now=now, **changes)
    if response := _WORDS.get(ending):
        _tell(session, conversation, response, now=now)
    if ticket is None:
        return
    tickets.close(session, ticket, actor=actor, now=now, ending=ending)
    if ending in _RATED and ticket.first_answer_at is not None:
        _tell(session, conversation, "utter_rate_help", now=now, ticket=ticket.id)


_ONE_MORE = Conversation.epoch + 1


def _move(
    session: Session, conversation: Conversation, to: ConversationState, *, actor: str, now: datetime, **changes: object
) -> None:
    counted = changes | {"epoch": _ONE_MORE}
    if to in SILENT:
        counted["resume_at"] = None
    move(session, conversation, to, moves=MOVES, actor=actor, now=now, changes=counted)
    if "assignee_id" in counted:
        session.expire(conversation, ["assignee"])  # a move reads the columns back, and not what they lead to
    board.changed(session, conversation, now=now)


def _tell(session: Session, conversation: Conversation, response: str, *, now: datetime, **params: object) -> None:
    """Owe the customer a word about who speaks; rather lost than said twice."""
    key = f"{response.removeprefix('utter_')}:{conversation.id}:{conversation.epoch}"
    outbox.owe(
        session,
        customer=conversation.customer,
        response=response,
        params=params,
        dedupe_key=key,
        now=now,
        repeatable=False,
    )


def _customer(conversation: Conversation) -> str:
    return f"customer:{conversation.customer_id}"
