"""The clock looks after who waits for a person, and gives talks back in which nobody says anything more."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.builders import POLICY, Shopper
from tests.conftest import NOW
from tradein import clock, office_hours, staff
from tradein.database import Sessions, transaction
from tradein.outbox import Message, MessageState
from tradein.policy import Policy
from tradein.staff import Role, Staff
from tradein.support import agents, callers, conversations, tickets, watch
from tradein.support.conversations import Conversation, ConversationState
from tradein.support.tickets import Ending

GROUP = -1001
OPEN = replace(POLICY, support_chat_id=GROUP)
BY_DAY = replace(OPEN, support_hours=office_hours.read("Mon-Sat 09:00-21:00"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def calls(session: Session, *, now: datetime = NOW, chat_id: int = 1001) -> Conversation:
    """Return the conversation of a customer who has called a person."""
    conversation = conversations.of(session, Shopper.arrives(session, chat_id=chat_id).customer)
    callers.call(session, conversation, reason="asked", policy=OPEN, now=now)
    return conversation


def works(session: Session, name: str = "Meera Nair", role: Role = Role.AGENT) -> Staff:
    """Return a member of the support who has opened their invitation."""
    number = len(staff.listed(session)) + 500
    Shopper.arrives(session, chat_id=number)
    _, token = staff.add(session, name=name, role=role, now=NOW)
    return staff.accept(session, token, telegram_user_id=number, chat_id=number, now=NOW)


def tick(session: Session, now: datetime, policy: Policy = OPEN) -> None:
    """Let the clock do all that is due."""
    for job in clock.jobs(policy, now).values():
        while job(session):
            pass


def said(session: Session, *, to: int) -> list[str]:
    """Return what a chat was told, by the names of the responses."""
    owed = select(Message).where(Message.chat_id == to, Message.kind == "notice").order_by(Message.id)
    return [message.body["response"] for message in session.scalars(owed)]


def test_who_waits_too_long_is_brought_to_mind_once_in_the_topic_and_once_to_each_supervisor(session: Session) -> None:
    """Ten minutes, then half an hour; never again for the same wait."""
    boss = works(session, "Sunita Rao", Role.SUPERVISOR)
    works(session)
    conversation = calls(session)
    tick(session, NOW + 9 * MINUTE)
    assert said(session, to=GROUP) == []
    for minutes in (10, 11, 29):
        tick(session, NOW + minutes * MINUTE)
    assert said(session, to=GROUP) == ["utter_desk_waiting_long"]
    assert said(session, to=boss.chat_id or 0) == []
    for minutes in (30, 31, 90):
        tick(session, NOW + minutes * MINUTE)
    assert said(session, to=boss.chat_id or 0) == ["utter_support_escalated"]
    assert said(session, to=GROUP) == ["utter_desk_waiting_long"]
    in_group = select(Message.thread).where(Message.chat_id == GROUP, Message.kind == "notice")
    assert session.scalars(in_group).all() == [conversation.id]


def test_nobody_is_late_by_night(session: Session) -> None:
    """Asked at 20:55: nine minutes of it are over when the office has been open for four the next morning."""
    evening = NOW.replace(hour=15, minute=25)
    calls(session, now=evening)
    sleepless = replace(BY_DAY, support_hours=office_hours.read("Mon-Sat 09:00-21:00"))
    assert sleepless.support_hours.within(evening, evening + 12 * HOUR + 9 * MINUTE, POLICY.zone) == 9 * MINUTE
    tick(session, evening + 4 * MINUTE, sleepless)
    assert said(session, to=GROUP) == []


def test_who_waits_when_the_office_closes_is_told_when_it_opens_and_keeps_the_ticket(session: Session) -> None:
    """The assistant is there meanwhile; the request is not closed."""
    evening = NOW.replace(hour=15, minute=25)
    conversation = calls(session, now=evening)
    tick(session, evening + 5 * MINUTE, BY_DAY)

    assert conversation.state is ConversationState.ASSISTANT
    ticket = tickets.open_of(session, conversation.customer)
    assert ticket is not None
    called, notice = session.scalars(select(Message).where(Message.chat_id == 1001).order_by(Message.id))
    assert called.body["response"] == "utter_person_called"
    assert notice.body["response"] == "utter_person_put_off"
    assert datetime.fromisoformat(notice.body["params"]["opens_at"]) == datetime.fromisoformat("2026-11-24T03:30:00Z")


def test_an_agent_who_doesnt_answer_gives_the_talk_back_with_an_apology(session: Session) -> None:
    """After two hours of the customer's waiting; nobody is asked to rate that."""
    conversation, meera = calls(session), works(session)
    agents.take(session, conversation, meera, now=NOW + MINUTE)
    ticket = tickets.open_of(session, conversation.customer)
    tick(session, NOW + 2 * HOUR)
    assert conversation.state is ConversationState.PERSON
    tick(session, NOW + 2 * HOUR + MINUTE)

    assert conversation.state is ConversationState.ASSISTANT
    assert ticket is not None
    assert ticket.ending is Ending.AGENT_SILENT
    assert said(session, to=1001) == ["utter_person_called", "utter_person_here", "utter_agent_silent"]
    assert said(session, to=GROUP)[-1] == "utter_desk_agent_silent"


def test_a_customer_who_says_nothing_more_is_handed_back_after_a_day(session: Session) -> None:
    """The agent's word was the last one; the help can be rated."""
    conversation, meera = calls(session), works(session)
    agents.agent_wrote(session, conversation, meera, now=NOW + MINUTE)
    tick(session, NOW + 24 * HOUR)
    assert conversation.state is ConversationState.PERSON
    tick(session, NOW + 24 * HOUR + MINUTE)

    assert conversation.state is ConversationState.ASSISTANT
    assert said(session, to=1001)[-1] == "utter_rate_help"


def test_who_was_brought_to_mind_already_keeps_nobody_from_being_so(session: Session) -> None:
    """However many wait for the supervisors' turn to come."""
    for number in range(watch.AT_ONCE):
        calls(session, chat_id=2000 + number)
    watch.remind(session, policy=OPEN, now=NOW + 11 * MINUTE)
    last = calls(session, chat_id=3000)

    watch.remind(session, policy=OPEN, now=NOW + 12 * MINUTE)

    assert last.reminded == watch.GROUP_REMINDED


def test_talks_that_wait_for_their_customers_keep_nobody_from_being_handed_back(session: Session) -> None:
    """However many there are: who waits for an agent that never comes must not wait behind them."""
    meera = works(session)
    for number in range(watch.AT_ONCE):
        agents.agent_wrote(session, calls(session, chat_id=2000 + number), meera, now=NOW + MINUTE)
    last = calls(session, chat_id=3000)
    agents.take(session, last, meera, now=NOW + MINUTE)

    watch.hand_back(session, policy=OPEN, now=NOW + 3 * HOUR)

    assert last.state is ConversationState.ASSISTANT


def test_a_snooze_ends_by_itself_with_the_agent_who_set_it(session: Session) -> None:
    """And the topic says so."""
    conversation, meera = calls(session), works(session)
    agents.take(session, conversation, meera, now=NOW)
    agents.snooze(session, conversation, meera, until=NOW + HOUR, now=NOW)
    tick(session, NOW + 59 * MINUTE)
    assert conversation.state is ConversationState.SNOOZED
    tick(session, NOW + HOUR)

    assert (conversation.state, conversation.assignee_id) == (ConversationState.PERSON, meera.id)
    assert said(session, to=GROUP) == ["utter_desk_woken"]


@pytest.mark.parametrize("written", ["always", "Mon-Sat 09:00-21:00"])
def test_the_hours_between_two_moments_are_those_in_which_somebody_was_there(written: str) -> None:
    """From Monday noon to Tuesday noon, in Kolkata."""
    hours = office_hours.read(written)
    day = hours.within(NOW, NOW + timedelta(days=1), POLICY.zone)
    assert day.total_seconds() == pytest.approx((24 if written == "always" else 12) * 3600, abs=1)
    assert hours.within(NOW, NOW, POLICY.zone) == timedelta(0)


def test_clocks_beside_each_other_remind_once(either_database: Sessions) -> None:
    """Rows are held one by one; the dedupe key stands behind it."""
    with transaction(either_database) as session:
        works(session, "Sunita Rao", Role.SUPERVISOR)
        calls(session)
    for _ in range(2):
        with transaction(either_database) as session:
            tick(session, NOW + HOUR)
    with transaction(either_database) as session:
        owed = session.scalars(select(Message).where(Message.kind == "notice")).all()
        assert [message.body["response"] for message in owed if message.chat_id != 1001] == [
            "utter_desk_waiting_long",
            "utter_support_escalated",
        ]


def test_who_asked_by_night_is_brought_to_mind_once_when_people_are_there(session: Session) -> None:
    """In their topic: their ticket is open, the assistant speaks, and nothing else would make anybody look."""
    night = NOW.replace(hour=19)
    conversation = conversations.of(session, Shopper.arrives(session, chat_id=1001).customer)
    callers.call(session, conversation, reason="asked", policy=BY_DAY, now=night)
    tick(session, night + HOUR, BY_DAY)
    assert said(session, to=GROUP) == []

    morning = datetime.fromisoformat("2026-11-24T03:30:00Z")
    for minutes in (0, 1, 24 * 60):
        tick(session, morning + minutes * MINUTE, BY_DAY)

    assert said(session, to=GROUP) == ["utter_desk_asked_before"]
    [notice] = session.scalars(select(Message).where(Message.chat_id == GROUP, Message.kind == "notice"))
    assert notice.thread == conversation.id
    assert datetime.fromisoformat(notice.body["params"]["asked_at"]) == night


def test_who_was_put_off_in_the_evening_is_brought_to_mind_in_the_morning(session: Session) -> None:
    """Also where they had been brought to mind the day before; a request that somebody took needs no reminder."""
    evening = NOW.replace(hour=15, minute=5)
    calls(session, now=evening)
    tick(session, evening + 15 * MINUTE, BY_DAY)
    tick(session, evening + HOUR, BY_DAY)
    taken = calls(session, now=evening + HOUR, chat_id=1002)
    agents.agent_wrote(session, taken, works(session), now=evening + HOUR)

    tick(session, evening + 13 * HOUR, BY_DAY)

    assert said(session, to=GROUP) == ["utter_desk_waiting_long", "utter_desk_asked_before"]


def test_the_card_of_who_waits_is_edited_now_and_then_and_never_twice_for_the_same_wait(session: Session) -> None:
    """Every five minutes; of who waits longest only, so that a group's twenty messages a minute stay people's."""
    waiting = [calls(session, now=NOW, chat_id=2000 + number) for number in range(watch.CARDS_AT_ONCE + 5)]
    cards = select(Message).where(Message.chat_id == GROUP, Message.kind == "card")
    counted = []
    for minutes in (4, 5, 6, 9, 10):
        tick(session, NOW + minutes * MINUTE)
        queued = session.scalars(cards.where(Message.state == MessageState.QUEUED)).all()
        counted.append(len(queued))
        for message in queued:  # the sender's part
            message.state = MessageState.SENT
        session.flush()

    assert counted == [0, watch.CARDS_AT_ONCE, 0, 0, watch.CARDS_AT_ONCE]
    assert len(waiting) > watch.CARDS_AT_ONCE
