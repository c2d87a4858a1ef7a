"""Customer, assistant, agents, sender, clock and crashes in any order: one answerer each, in order, no message lost.

The parts are the gateway's own, in transactions of their own: a crash is what they had in memory gone. The engine is
left out, and Telegram is a list for each chat: it has a message or it hasn't, whether or not the sender hears so.
"""

import tempfile
from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count, pairwise
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram import Bot, Chat, Update
from telegram import Message as TelegramMessage

from bot.engine import Engine, Reply
from bot.instance import Instance
from bot.intake import Person
from bot.lanes import Lanes
from bot.metrics import Metrics
from bot.mute import Mute
from bot.sender import Sender
from bot.settling import Outcome, in_doubt, recover, settle
from bot.store import Store
from bot.support import carrying
from bot.support.calls import CARRYING
from bot.support.carrying import Way
from bot.support.content import Content
from bot.support.group import Group
from bot.support.incoming import Incoming
from bot.support.receipts import DELIVERED
from bot.turns import Turns
from tests.bot.words import words
from tests.builders import POLICY
from tradein import clock, customers, delivery, inbox, migrate, staff
from tradein import database as db
from tradein.database import Sessions, transaction
from tradein.delivery import Delivery
from tradein.inbox import InboxUpdate
from tradein.outbox import Message, MessageState
from tradein.refusals import Refusal
from tradein.staff import Role
from tradein.support import agents, callers, conversations, resumption, topics
from tradein.support.conversations import SILENT, Conversation, ConversationState
from tradein.support.relay import Relayed, RelayState, Side

GROUP, BOT, CHAT = -1001, 1, 501
OPEN = replace(POLICY, support_chat_id=GROUP)


@dataclass(frozen=True)
class Parts:
    """A gateway's parts on a database of their own."""

    database: Sessions
    mute: Mute
    turns: Turns
    owner: str


@cache
def parts() -> Parts:
    """Return the parts, built once; every run has customers of its own."""
    folder = Path(tempfile.mkdtemp())
    url = f"sqlite:///{folder}/who_speaks.db"
    migrate.upgrade(url)
    store, bot = Store(url), Bot("1:sandbox")
    sender = Sender(store, bot, words(), Instance(folder), policy=OPEN, metrics=Metrics())
    carry = Incoming(Group(store, GROUP), words()).carry
    mute = Mute(store, sender, words(), OPEN, carry, BOT)
    lanes = Lanes(lambda _update: None)
    turns = Turns(store, Engine(["http://127.0.0.1:1"]), sender, words(), lanes, bot, BOT, mute)
    return Parts(db.Sessions(db.connect(url)), mute, turns, sender.owner)


class WhoSpeaks(RuleBasedStateMachine):
    """One customer, two agents and a supervisor; a crash forgets the turn and the messages in hand."""

    customers_met = 0
    ids = count(1_000_000_000)

    @initialize()
    def begin(self) -> None:
        """Let somebody come whom nobody knows yet."""
        self.parts = parts()
        type(self).customers_met += 1
        self.chat = CHAT + self.customers_met
        self.now = datetime.now(UTC)
        self.updates: deque[Update] = deque()
        self.thinking: Person | None = None
        self.resumed_after: set[int] = set()
        self.written: list[int] = []
        self.said: list[str] = []
        self.in_hand: list[Delivery] = []
        self.telegram: list[tuple[Side, str]] = []
        with transaction(self.parts.database) as session:
            customers.meet(
                session, telegram_user_id=self.chat, chat_id=self.chat, first_name="Asha", language="en", now=self.now
            )
            roles = (Role.AGENT, Role.AGENT, Role.SUPERVISOR)
            self.staff = [staff.add(session, name="Meera Nair", role=role, now=self.now)[0].id for role in roles]
            topics.making(session, self.talk(session))
            topics.bind(session, self.talk(session), chat_id=GROUP, topic_id=self.customers_met)

    # --- the customer -------------------------------------------------------------------------------------------------
    @rule()
    def writes(self) -> None:
        """Send a message: a row, before anybody looks at it."""
        number = self.customers_met * 10_000 + len(self.written)
        chat = {"id": self.chat, "type": "private"}
        raw = {"update_id": number, "message": {"message_id": number, "date": 0, "chat": chat, "text": f"c{number}"}}
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
            taken = self.parts.turns._effects(update, person, answers, None, session)  # noqa: SLF001 - the transaction
            talk = self.talk(session)
            if self.answered(session, update.update_id):
                assert talk.state not in SILENT, "the assistant spoke over a person"
            elif not self.carried(session, update.update_id):
                assert talk.state is ConversationState.ASSISTANT
                assert talk.resume_at is not None, "a message was lost"
        self.thinking = None
        self.in_hand += [taken] if taken else []

    @precondition(lambda self: self.updates and self.thinking is None)
    @rule(tell=st.booleans())
    def passes_over(self, *, tell: bool) -> None:
        """Answer nothing to a message of a flood; what is a person's to read is carried all the same."""
        update = self.updates.popleft()
        with transaction(self.parts.database) as session:
            person = Person.of(session, customers.by_chat(session, self.chat))
            taken = self.parts.turns._passed_over(update, person, tell, session)  # noqa: SLF001 - the transaction
            carried = self.carried(session, update.update_id)
            assert carried == (self.talk(session).state in SILENT), "a message to a person was passed over"
        self.in_hand += [taken] if taken else []

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
        """Forget the turn in hand, which comes first again, and the messages: nobody knows whether they arrived."""
        self.thinking, self.in_hand = None, []
        with transaction(self.parts.database) as session:
            recover(session, dead={self.parts.owner})

    # --- the sender ---------------------------------------------------------------------------------------------------
    @rule(limit=st.integers(1, 3))
    def takes_in_hand(self, limit: int) -> None:
        """Claim what is first in its lane; nothing was sent yet."""
        with transaction(self.parts.database) as session:
            self.in_hand += delivery.take(session, owner=self.parts.owner, now=self.now, limit=limit)

    @rule(arrives=st.booleans(), heard=st.sampled_from(["yes", "no", "never"]))
    def sends(self, *, arrives: bool, heard: str) -> None:
        """Send what was claimed first; the answer is heard, or broken off, or the crash comes before it."""
        if not self.in_hand:
            self.takes_in_hand(limit=3)
        if not self.in_hand:
            return
        taken = self.in_hand[0]
        if arrives or heard == "yes":
            self.telegram += [self.carried_by(taken)] if taken.kind in CARRYING else []
        if heard == "never":
            self.crashes()
            return
        self.in_hand.pop(0)
        made = (next(self.ids),)
        place = {"chat_id": GROUP} if taken.thread else {}
        outcome = (
            Outcome(MessageState.SENT, made=made, place=place) if heard == "yes" else in_doubt(taken, "broken off")
        )
        with transaction(self.parts.database) as session:
            assert settle(session, taken, outcome, now=self.now)

    # --- the agents and the clock -------------------------------------------------------------------------------------
    @rule(who=st.integers(0, 2))
    def an_agent_writes(self, who: int) -> None:
        """Answer, which takes the talk; a refusal leaves nothing behind."""

        def answer(session: Session) -> None:
            talk = self.talk(session)
            agents.agent_wrote(session, talk, staff.by_id(session, self.staff[who]), now=self.now)
            written = TelegramMessage(next(self.ids), self.now, Chat(GROUP, "supergroup"), text="hello")
            way = Way(talk, Side.AGENT, GROUP, GROUP, self.now, staff_id=self.staff[who])
            carrying.carry(session, way, written, Content("text", f"agent {len(self.said)}"))

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
        here = [text for side, text in self.telegram if side is Side.AGENT]
        there = [text for side, text in self.telegram if side is Side.CUSTOMER]
        assert here == sorted(set(here), key=self.said.index), "the customer reads twice, or in another order"
        assert there == sorted(set(there), key=lambda text: int(text[1:])), "the agents read twice, or in another order"

    def teardown(self) -> None:
        """Bring everything to its end: after all crashes nothing is left unfinished."""
        if not hasattr(self, "chat"):
            return
        while self.updates:
            if self.thinking is None:
                self.begins_a_turn()
            if self.thinking is not None:
                self.ends_a_turn()
        self.crashes()
        self.now += timedelta(days=1)
        self.takes_in_hand(limit=3)
        while self.in_hand:
            self.sends(arrives=True, heard="yes")
            self.takes_in_hand(limit=3)
        with transaction(self.parts.database) as session:
            left = select(InboxUpdate.update_id).where(InboxUpdate.chat_id == self.chat, InboxUpdate.state == "new")
            assert session.scalars(left).all() == []
            self.every_message_is_there_or_its_writer_was_told(session)

    def every_message_is_there_or_its_writer_was_told(self, session: Session) -> None:
        """Compare what stands in the chats with what the rows say, and with the receipts."""
        copies = Counter(self.telegram)
        talk = self.talk(session)
        notices = [message.body for message in session.scalars(select(Message).where(Message.kind == "notice"))]
        receipts = select(Message.body).where(Message.thread == talk.id, Message.kind == "receipt")
        thumbs = Counter(body["message_id"] for body in session.scalars(receipts) if body["emoji"] == DELIVERED)
        rows = session.scalars(select(Relayed).where(Relayed.conversation_id == talk.id)).all()
        assert len([row for row in rows if row.side is Side.AGENT]) == len(self.said)
        for row in rows:
            body = session.get_one(Message, row.outbox_id).body
            arrived = copies[row.side, body["text"]]
            told = [body["response"] for body in notices if body.get("reply_to") == row.source_id]
            if row.state is RelayState.SENT:
                assert (arrived, told) == (1, [])
            else:
                assert row.state is RelayState.AMBIGUOUS
                assert arrived <= 1
                doubt = "utter_desk_in_doubt" if row.side is Side.AGENT else "utter_support_in_doubt"
                assert told == [doubt], "the writer was not told of the doubt"
            if row.side is Side.AGENT:
                assert thumbs[row.source_id or 0] == (row.state is RelayState.SENT), "a thumb too many or too few"

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
        mine = select(Message.body).where(Message.chat_id == self.chat, Message.kind == "reply")
        return any(body["text"] == f"answer {number}" for body in session.scalars(mine))

    def carried(self, session: Session, number: int) -> bool:
        """Say whether a message went to the agents."""
        return number in self.numbers_carried(session)

    def numbers_carried(self, session: Session) -> list[int]:
        """Return the messages in the topic's lane, in its order."""
        talk = self.talk(session)
        lane = select(Message.body).where(Message.thread == talk.id, Message.kind == "say").order_by(Message.id)
        return [int(body["text"][1:]) for body in session.scalars(lane)]

    def carried_by(self, taken: Delivery) -> tuple[Side, str]:
        """Return who wrote what a claimed message carries, and what."""
        return (Side.CUSTOMER if taken.thread else Side.AGENT), taken.body["text"]


WhoSpeaks.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestWhoSpeaks = WhoSpeaks.TestCase
