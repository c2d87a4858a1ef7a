"""Whose a customer's message is, the assistant's or a person's; the assistant is silent while a person has the talk.

    its turn begins ──with a person──► carried to the topic
        └──with the assistant──► engine ──► same epoch still: its answers
                                       └──► another: no answers, and the message is carried if a person has it now

The epoch is read as the turn begins, not as the update came in: it may have waited behind others for long. It is read
once more in the transaction that finishes the turn. Between the two somebody may have called a person, or an agent may
have come: what the assistant computed meanwhile is not said any more.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy.orm import Session
from telegram import MessageEntity, Update

from bot import replies
from bot.engine import Reply
from bot.intake import Person
from bot.sender import Sender
from bot.store import Store
from bot.words import Words
from tradein import customers, inbox
from tradein.policy import Policy
from tradein.support import callers, conversations, relay
from tradein.support.conversations import Conversation, ConversationState

type Carry = Callable[[Session, Conversation, Update, datetime], str | None]
"""Owes the agents a customer's message; returns the response to tell the customer, None for nothing."""


class Mute:
    """Knows when the assistant is silent; ``carry`` is None where there is no support group, and it never is."""

    def __init__(  # noqa: PLR0917 - the parts of the gateway, wired once
        self, store: Store, sender: Sender, words: Words, policy: Policy, carry: Carry | None, bot_id: int
    ) -> None:
        self._store = store
        self._sender = sender
        self._words = words
        self._policy = policy
        self._carry = carry
        self._bot_id = bot_id

    async def takes(self, update: Update, person: Person) -> bool:
        """Carry a message to the person who has the conversation; False if it is the assistant's."""
        return await self.spares(update, person) is None

    async def spares(self, update: Update, person: Person) -> Person | None:
        """Return the customer as they stand now if the assistant is to answer; None if a person has the message."""
        if self._carry is None:
            return person
        spared = await self._store.do(partial(self.begins, update, person))
        if spared is None:
            self._sender.asked(person.chat_id)
            self._sender.look()
        return spared

    def begins(self, update: Update, person: Person, session: Session) -> Person | None:
        """Do what :meth:`spares` does, in the transaction of ``session``."""
        if self._carry is None:
            return person
        stands = conversations.standing(session, person.customer_id)
        if stands.state is not ConversationState.ASSISTANT:
            if self._take(self._carry, update, person, session):
                return None
            stands = conversations.standing(session, person.customer_id)
        if update.edited_message is not None and self._mirror(self._carry, update, person, session):
            return None
        return replace(person, epoch=stands.epoch, with_person=False)

    def left(
        self, session: Session, update: Update, person: Person, answers: list[Reply], now: datetime
    ) -> list[Reply]:
        """Return what is still to be said of a turn: all of it, or nothing if somebody else speaks now."""
        if self._carry is None:
            return answers
        stands = conversations.standing(session, person.customer_id, hold=True)
        if stands.epoch == person.epoch:
            return answers
        # A tap is nobody's words. Where the assistant has the talk again, it owes the open question (bot.resuming).
        if stands.state is ConversationState.ASSISTANT or update.callback_query is not None:
            return []
        conversation = self._conversation(session, person)
        if callers.customer_wrote(session, conversation, policy=self._policy, now=now):
            return self._carried(session, self._carry, conversation, update, person, now)
        return answers  # an agent came, and was done before the assistant was: too long ago to be called again

    def _take(self, carry: Carry, update: Update, person: Person, session: Session) -> bool:
        now = datetime.now(UTC)
        conversation = self._conversation(session, person)
        if update.callback_query is not None:  # a tap is nobody's words
            callers.go_on(session, conversation, now=now)
            silent = conversation.silent
        else:
            silent = callers.customer_wrote(session, conversation, policy=self._policy, now=now)
        if silent:
            self._pass_on(carry, conversation, update, person, session)
        return silent

    def _mirror(self, carry: Carry, update: Update, person: Person, session: Session) -> bool:
        """Carry the edit of a message that a person has, though the assistant speaks by now; False for another."""
        message, conversation = update.edited_message, self._conversation(session, person)
        if message is None or not relay.in_chat(session, conversation, message_id=message.message_id):
            return False
        self._pass_on(carry, conversation, update, person, session)
        return True

    def _pass_on(
        self, carry: Carry, conversation: Conversation, update: Update, person: Person, session: Session
    ) -> None:
        """Carry an update that isn't over, and finish it."""
        now = datetime.now(UTC)
        if inbox.finish(session, bot_id=self._bot_id, update_id=update.update_id, now=now):
            said = self._carried(session, carry, conversation, update, person, now)
            if not said and _is_command(update):
                said = [self._commanded(conversation, person)]
            replies.queue(session, said, chat_id=person.chat_id, customer_id=person.customer_id, now=now)

    def _carried(  # noqa: PLR0917 - one customer's message in one transaction
        self, session: Session, carry: Carry, conversation: Conversation, update: Update, person: Person, now: datetime
    ) -> list[Reply]:
        told = "utter_with_person" if update.callback_query else carry(session, conversation, update, now)
        return [self._words.reply(told, language=person.language)] if told else []

    def _commanded(self, conversation: Conversation, person: Person) -> Reply:
        """Return the word to who gave a command, and so expects the assistant: who has it, and how to come back."""
        waits = conversation.state is ConversationState.WAITING
        told = "utter_command_while_waiting" if waits else "utter_command_to_person"
        params = {"agent": conversation.assignee.public_name} if conversation.assignee else {}
        return self._words.reply(told, language=person.language, params=params)

    @staticmethod
    def _conversation(session: Session, person: Person) -> Conversation:
        return conversations.of(session, customers.by_chat(session, person.chat_id))


def _is_command(update: Update) -> bool:
    message = update.message
    return message is not None and any(
        entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0 for entity in message.entities
    )
