"""How a conversation moves: the epoch counted up, the card owed, the customer told; and the ends all sides share."""

from datetime import datetime

from sqlalchemy.orm import Session

from tradein import events, outbox
from tradein.staff import Role
from tradein.support import board, tickets
from tradein.support.conversations import MOVES, SILENT, Conversation
from tradein.support.conversations import ConversationState as State
from tradein.support.tickets import Ending


def end(session: Session, conversation: Conversation, ending: Ending, *, actor: str, now: datetime) -> None:
    """Let the assistant speak again though no agent said so: nobody went on with it, or an operator closed it."""
    close(session, conversation, State.ASSISTANT, ending, actor=actor, now=now)


def wake(session: Session, conversation: Conversation, *, actor: str, now: datetime) -> None:
    """Take up what was put aside: with the agent who had it, else in the queue."""
    if conversation.assignee is not None and conversation.assignee.roles & {Role.AGENT, Role.SUPERVISOR}:
        move(session, conversation, State.PERSON, actor=actor, now=now, snoozed_until=None)
        return
    changes = {"snoozed_until": None, "assignee_id": None, "waiting_since": now, "reminded": 0}
    move(session, conversation, State.WAITING, actor=actor, now=now, **changes)


def put_off(session: Session, conversation: Conversation, *, opens: datetime | None, actor: str, now: datetime) -> None:
    """Give who still waits when nobody is there any more back to the assistant; the ticket stays open."""
    changes = {"waiting_since": None, "unanswered_since": None, "resume_at": now, "reminded": 0}
    move(session, conversation, State.ASSISTANT, actor=actor, now=now, **changes)
    when = {"opens_at": opens.isoformat()} if opens else {}
    response = "utter_person_put_off" if opens else "utter_person_put_off_open_end"
    tell(session, conversation, response, now=now, **when)


_WORDS: dict[Ending, str] = {
    Ending.HANDED_BACK: "utter_handed_back",
    Ending.RESOLVED: "utter_matter_resolved",
    Ending.CUSTOMER_SILENT: "utter_handed_back",
    Ending.AGENT_SILENT: "utter_agent_silent",
}
"""What the customer is told at an end; a request that they took back, and a block, need no words."""
_RATED = frozenset({Ending.HANDED_BACK, Ending.RESOLVED, Ending.CUSTOMER_SILENT})


def close(
    session: Session,
    conversation: Conversation,
    to: State,
    ending: Ending,
    *,
    actor: str,
    now: datetime,
    **changes: object,
) -> None:
    """Leave the person's stretch: the ticket is closed, the customer told, and asked how it was if somebody helped."""
    ticket = tickets.open_of(session, conversation.customer)
    resumes = {"resume_at": now} if to is State.ASSISTANT else {}
    changes = {"waiting_since": None, "unanswered_since": None, "snoozed_until": None} | resumes | changes
    move(session, conversation, to, actor=actor, now=now, **changes)
    if response := _WORDS.get(ending):
        tell(session, conversation, response, now=now)
    if ticket is None:
        return
    tickets.close(session, ticket, actor=actor, now=now, ending=ending)
    if ending in _RATED and ticket.first_answer_at is not None:
        tell(session, conversation, "utter_rate_help", now=now, ticket=ticket.id)


_ONE_MORE = Conversation.epoch + 1


def move(
    session: Session, conversation: Conversation, to: State, *, actor: str, now: datetime, **changes: object
) -> None:
    """Make a move and owe the card; raises MoveNotAllowed, MoveLost."""
    counted = changes | {"epoch": _ONE_MORE}
    if to in SILENT:
        counted["resume_at"] = None
    events.move(session, conversation, to, moves=MOVES, actor=actor, now=now, changes=counted)
    if "assignee_id" in counted:
        session.expire(conversation, ["assignee"])  # a move reads the columns back, and not what they lead to
    board.changed(session, conversation, now=now)


def tell(session: Session, conversation: Conversation, response: str, *, now: datetime, **params: object) -> None:
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
