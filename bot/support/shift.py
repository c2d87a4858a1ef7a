"""What every deed of an agent's needs: who acts, in whose conversation, when, and how to answer in the topic."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy.orm import Session
from telegram import Message

from bot.support.carrying import Way
from bot.support.group import Group
from bot.words import Words
from tradein import outbox, staff
from tradein.answers import Answers
from tradein.policy import Policy
from tradein.refusals import NotStaff, Refusal
from tradein.staff import Role, Staff
from tradein.support import agents, board, conversations
from tradein.support.conversations import Conversation
from tradein.support.relay import Side

ROLES = (Role.AGENT, Role.SUPERVISOR)


@dataclass(frozen=True)
class Shift:
    """One update of the group in hand; ``member`` is None for somebody who has no role here."""

    session: Session
    conversation: Conversation
    member: Staff | None
    message: Message
    words: Words
    group: Group
    policy: Policy
    answers: Answers
    now: datetime

    @classmethod
    def at(cls, session: Session, message: Message, user_id: int | None, *, group: Group, **more: Any) -> Self | None:  # noqa: ANN401
        """Return the shift for a message of a topic, None if no conversation has this topic."""
        topic_id = message.message_thread_id
        conversation = conversations.by_topic(session, chat_id=group.chat_id, topic_id=topic_id) if topic_id else None
        if conversation is None:
            return None
        member = None if user_id is None else _acting(session, user_id)
        return cls(session, conversation, member, message, group=group, **more)

    def way(self, *, signed: bool = True) -> Way:
        """Return the way of what the member writes to the customer."""
        member = self.member
        return Way(
            self.conversation,
            Side.AGENT,
            self.group.set_id,
            self.group.chat_id,
            self.now,
            staff_id=member.id if member else None,
            signature=member.public_name if signed and member else "",
        )

    def say(self, response: str, **params: Any) -> None:  # noqa: ANN401 - what a response takes
        """Answer the message in the topic."""
        self.post("notice", {"response": response, "params": params, "reply_to": self.message.message_id})

    def post(self, kind: str, body: dict[str, Any]) -> None:
        """Put a call into the lane of the topic."""
        outbox.queue(
            self.session,
            chat_id=self.group.set_id,
            thread=self.conversation.id,
            customer_id=None,
            kind=kind,
            body=body,
            now=self.now,
        )

    def speaks(self) -> bool:
        """Note that the member answers the customer, which takes the conversation; False if it is somebody else's."""
        if self.member is None:
            return False
        try:
            agents.agent_wrote(self.session, self.conversation, self.member, now=self.now)
        except Refusal as refusal:
            self.say(f"utter_refused_{refusal.code}", **refusal.evidence)
            return False
        self.show()
        return True

    def show(self) -> None:
        """Have the card edited: something changed."""
        board.show(self.session, self.conversation, set_id=self.group.set_id, now=self.now)


def _acting(session: Session, user_id: int) -> Staff | None:
    for role in ROLES:
        try:
            return staff.acting(session, telegram_user_id=user_id, role=role)
        except NotStaff:
            continue
    return None
