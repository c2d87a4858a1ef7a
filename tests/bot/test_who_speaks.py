"""Customer, assistant, agents, clock and crashes in any order: one answerer each, in order, and no message lost.

The parts are the gateway's own, in transactions of their own: a crash is what they had in memory gone. Telegram and the
engine are left out, for what is asked here is decided in the database.
"""

import tempfile
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from telegram import Bot, Update

from bot.engine import Engine, Reply
from bot.instance import Instance
from bot.intake import Person
from bot.lanes import Lanes
from bot.metrics import Metrics
from bot.mute import Mute
from bot.sender import Sender
from bot.store import Store
from bot.turns import Turns
from tests.bot.words import words
from tests.builders import POLICY
from tradein import clock, customers, inbox, migrate, outbox, staff
from tradein import database as db
from tradein.database import transaction
from tradein.inbox import InboxUpdate
from tradein.outbox import Message
from tradein.refusals import Refusal
from tradein.staff import Role
from tradein.support import agents, callers, conversations, resumption
from tradein.support.conversations import SILENT, Conversation, ConversationState

GROUP, BOT, CHAT = -1001, 1, 501
OPEN = replace(POLICY, support_chat_id=GROUP)


@dataclass(frozen=True)
class Parts:
    """A gateway's parts on a database of their own."""

    database: sessionmaker[Session]
    mute: Mute
    turns: Turns


def carry(session: Session, conversation: Conversation, update: Update, now: datetime) -> None:
    """Owe the agents a message, as the relay does: a row in the lane of the conversation."""
    body = {"number": update.update_id}
    outbox.queue(session, chat_id=GROUP, thread=conversation.id, customer_id=None, kind="say", body=body, now=now)


@cache
def parts() -> Parts:
    """Return the parts, built once; every run has customers of its own."""
    folder = Path(tempfile.mkdtemp())
    url = f"sqlite:///{folder}/who_speaks.db"
    migrate.upgrade(url)
    store, bot = Store(url), Bot("1:sandbox")
    sender = Sender(store, bot, words(), Instance(folder), policy=OPEN, metrics=Metrics())
    mute = Mute(store, sender, words(), OPEN, carry, BOT)
    lanes = Lanes(lambda _update: None)
    turns = Turns(store, Engine(["http://127.0.0.1:1"]), sender, words(), lanes, bot, BOT, mute)
    return Parts(db.sessions(db.connect(url)), mute, turns)


class WhoSpeaks(RuleBasedStateMachine):
    """One customer, two agents and a supervisor; the turn in hand is all that a crash forgets."""

    customers_met = 0

    @initialize()
    def begin(self) -> None:
        """Let somebody come whom nobody knows yet."""
        self.parts = parts()
        type(self).customers_met += 1
        self.chat = CHAT + self.customers_met
        self.now = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
        self.updates: deque[Update] = deque()
        self.thinking: Person | None = None
        self.resumed_after: set[int] = set()
        self.written: list[int] = []
        self.said: list[str] = []
        with transaction(self.parts.database) as session:
            customers.meet(
                session, telegram_user_id=self.chat, chat_id=self.chat, first_name="Asha", language="en", now=self.now
            )
            roles = (Role.AGENT, Role.AGENT, Role.SUPERVISOR)
            self.staff = [staff.add(session, name="Meera Nair", role=role, now=self.now)[0].id for role in roles]

    # --- the customer -------------------------------------------------------------------------------------------------
    @rule()
    def writes(self) -> None:
        """Send a message: a row, before anybody looks at it."""
        number = self.customers_met * 10_000 + len(self.written)
        chat = {"id": self.chat, "type": "private"}
        raw = {"update_id": number, "message": {"message_id": number, "date": 0, "chat": chat, "text": "hello"}}
        self.updates.append(Update.de_json(raw))
        self.written.append(number)
        with transaction(self.parts.database) as session:
            inbox.accept(session, bot_id=BOT, update_id=number, chat_id=self.chat, payload={}, now=self.now)

    @rule()
    def takes_back(self) -> None:
        """Want no person after all."""
        self.attempt(lambda session: callers.withdraw(session, self.talk(session), now=self.now))

    # --- the assistant ------------------------------------------------------------------------------------------------
    @precondition(lambda self: self.updates and self.thinking is None)
    @rule()
    def begins_a_turn(self) -> None:
        """Look whose the next message is; think about it if it is the assistant's."""
        with transaction(self.parts.database) as session:
            person = Person.of(session, customers.by_chat(session, self.chat))
            self.thinking = self.parts.mute.begins(self.updates[0], person, session)
        if self.thinking is None:
            self.updates.popleft()

    @precondition(lambda self: self.thinking is not None)
    @rule()
    def calls_a_person(self) -> None:
        """Find out, while thinking, that a person is wanted: the action's own transaction."""
        self.attempt(
            lambda session: callers.call(session, self.talk(session), reason="asked", policy=OPEN, now=self.now)
        )

    @precondition(lambda self: self.thinking is not None)
    @rule()
    def ends_a_turn(self) -> None:
        """Say what was thought out, if it is still the assistant's to say."""
        update, person = self.updates.popleft(), self.thinking
        answers = [Reply(f"answer {update.update_id}", [])]
        with transaction(self.parts.database) as session:
            self.parts.turns._effects(update, person, answers, None, session)  # noqa: SLF001 - the transaction itself
            talk = self.talk(session)
            if self.answered(session, update.update_id):
                assert talk.state not in SILENT, "the assistant spoke over a person"
            elif not self.carried(session, update.update_id):
                assert talk.state is ConversationState.ASSISTANT
                assert talk.resume_at is not None, "a message was lost"
        self.thinking = None

    @precondition(lambda self: self.thinking is None)
    @rule()
    def goes_on(self) -> None:
        """Ask the open question again, where that is owed."""
        with transaction(self.parts.database) as session:
            talk = self.talk(session)
            if resumption.resumed(session, talk.id, epoch=talk.epoch):
                assert talk.state not in SILENT, "the assistant spoke over a person"

    @rule()
    def crashes(self) -> None:
        """Forget the turn in hand; its message is still unfinished and comes first again."""
        self.thinking = None

    # --- the agents and the clock -------------------------------------------------------------------------------------
    @rule(who=st.integers(0, 2))
    def an_agent_writes(self, who: int) -> None:
        """Answer, which takes the talk; a refusal leaves nothing behind."""

        def answer(session: Session) -> None:
            talk = self.talk(session)
            agents.agent_wrote(session, talk, staff.by_id(session, self.staff[who]), now=self.now)
            body = {"text": f"agent {len(self.said)}"}
            outbox.queue(session, chat_id=self.chat, customer_id=None, kind="say", body=body, now=self.now)

        if self.attempt(answer):
            self.said.append(f"agent {len(self.said)}")

    @rule(who=st.integers(0, 2), verb=st.sampled_from(["take", "hand_back", "resolve"]))
    def an_agent_taps(self, who: int, verb: str) -> None:
        """Press a button of the card."""
        self.attempt(
            lambda session: getattr(agents, verb)(
                session, self.talk(session), staff.by_id(session, self.staff[who]), now=self.now
            )
        )

    @rule(who=st.integers(0, 2))
    def an_agent_snoozes(self, who: int) -> None:
        """Put it aside for an hour."""
        self.attempt(
            lambda session: agents.snooze(
                session,
                self.talk(session),
                staff.by_id(session, self.staff[who]),
                until=self.now + timedelta(hours=1),
                now=self.now,
            )
        )

    @rule(minutes=st.sampled_from([1, 15, 90, 180, 1500]))
    def time_passes(self, minutes: int) -> None:
        """Let the clock do what is due."""
        self.now += timedelta(minutes=minutes)
        for name in ("snoozes", "waits", "silences", "office", "morning", "cards"):
            with transaction(self.parts.database) as session:
                clock.jobs(OPEN, self.now)[name](session)

    # --- what always holds --------------------------------------------------------------------------------------------
    @invariant()
    def one_answerer_each_and_in_order(self) -> None:
        """No message twice, none out of order, on neither side."""
        if not hasattr(self, "chat"):
            return
        with transaction(self.parts.database) as session:
            carried = self.numbers_carried(session)
            answered = [n for n in self.written if self.answered(session, n)]
            assert not set(carried) & set(answered), "two answer the same message"
            assert len(set(carried)) == len(carried), "a message was carried twice"
            assert all(first < second for first, second in pairwise(carried)), "the topic has them in another order"
            mine = select(Message.body).where(Message.chat_id == self.chat, Message.kind == "say").order_by(Message.id)
            assert [body["text"] for body in session.scalars(mine)] == self.said

    def teardown(self) -> None:
        """Bring everything to its end: after all crashes nothing is left unfinished."""
        if not hasattr(self, "chat"):
            return
        while self.updates:
            if self.thinking is None:
                self.begins_a_turn()
            if self.thinking is not None:
                self.ends_a_turn()
        with transaction(self.parts.database) as session:
            left = select(InboxUpdate.update_id).where(InboxUpdate.chat_id == self.chat, InboxUpdate.state == "new")
            assert session.scalars(left).all() == []

    # --- looking ------------------------------------------------------------------------------------------------------
    def talk(self, session: Session) -> Conversation:
        """Return the customer's conversation."""
        return conversations.of(session, customers.by_chat(session, self.chat))

    def attempt(self, deed: object) -> bool:
        """Do something in a transaction of its own; False if the core refused."""
        try:
            with transaction(self.parts.database) as session:
                deed(session)  # type: ignore[operator]
        except Refusal:
            return False
        return True

    def answered(self, session: Session, number: int) -> bool:
        """Say whether the assistant answered a message."""
        text = {"text": f"answer {number}"}
        mine = select(Message.body).where(Message.chat_id == self.chat, Message.kind == "reply")
        return text in session.scalars(mine).all()

    def carried(self, session: Session, number: int) -> bool:
        """Say whether a message went to the agents."""
        return number in self.numbers_carried(session)

    def numbers_carried(self, session: Session) -> list[int]:
        """Return the messages in the topic's lane, in its order."""
        talk = self.talk(session)
        lane = select(Message.body).where(Message.thread == talk.id, Message.kind == "say").order_by(Message.id)
        return [body["number"] for body in session.scalars(lane)]


WhoSpeaks.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestWhoSpeaks = WhoSpeaks.TestCase
