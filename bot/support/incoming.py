"""A customer's message while a person is to answer it: into the topic instead of to the assistant."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session
from telegram import Update

from bot.support import carrying
from bot.support.carrying import Way
from bot.support.content import content_of, in_words
from bot.support.group import Group
from bot.words import Words
from tradein.support.conversations import Conversation
from tradein.support.relay import Side


@dataclass(frozen=True)
class Incoming:
    """The way in: which group, and the words above an edited message that nobody would take for one."""

    group: Group
    words: Words

    def carry(self, session: Session, conversation: Conversation, update: Update, now: datetime) -> str | None:
        """Carry a message, or an edit of one; return the response to tell its writer, None for nothing.

        An edit of what a person had before the assistant was handed the talk is marked as one: no agent sees it being
        made, and nothing else would tell the words they answered from those that stand there now.
        """
        message = update.effective_message
        if message is None:
            return None
        way = Way(conversation, Side.CUSTOMER, self.group.set_id, self.group.chat_id, now)
        content = in_words(message) or content_of(message)
        if content is None:
            return "utter_support_cannot_carry"
        if update.edited_message is None:
            carrying.carry(session, way, message, content)
            return None
        rows = way.rows_of(session, message.message_id)
        marked = replace(way, signature=self.words.title("utter_desk_edited"))
        if not rows:  # its first form was the assistant's
            carrying.carry(session, marked, message, content)
        elif conversation.silent:
            carrying.amend(session, way, message, content, rows)
        else:
            carrying.amend(session, marked, message, content, rows)
            return "utter_edit_passed_on"
        return None
