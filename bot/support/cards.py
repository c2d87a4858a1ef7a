"""The card of a conversation, pinned in its topic, and the other messages of the bot there: worded as they are sent.

The card shows what the database says at that moment: who the customer is, who speaks with them, how long they have
waited, and where their exchange stands, with the IMEI masked. It is edited as things change and never posted twice in
one topic.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.calls import call as ordinary
from bot.keyboards import Rows
from bot.support import briefs, buttons
from bot.support.standing import standing
from bot.verdicts import Verdict, verdict
from bot.words import Words
from tradein.delivery import Delivery
from tradein.policy import Policy
from tradein.support import board
from tradein.support.conversations import Conversation, ConversationState

LONGEST_NAME = 128
"""Characters of a topic's name (Bot API, createForumTopic)."""
_GONE = ("message to edit not found", "message can't be edited", "message_id_invalid")
_LOG = structlog.get_logger()

DEEDS: dict[ConversationState, tuple[tuple[str, ...], ...]] = {
    ConversationState.ASSISTANT: (("take",), ("block",)),
    ConversationState.WAITING: (("take", "back"), ("snooze_hour", "snooze_day"), ("resolve", "block")),
    ConversationState.PERSON: (("take", "back"), ("snooze_hour", "snooze_day"), ("resolve", "block")),
    ConversationState.SNOOZED: (("take", "back"), ("resolve", "block")),
    ConversationState.RESOLVED: (("take",), ("block",)),
}
"""The buttons under a card, row by row, by where the conversation stands."""


class Cards:
    """Words what the bot says in the group."""

    def __init__(self, words: Words, policy: Policy, *, set_id: int) -> None:
        self._words = words
        self._policy = policy
        self._set_id = set_id

    def topic_name(self, conversation: Conversation) -> str:
        """Return the name of a conversation's topic: the customer's first name and their number."""
        number = f" #{conversation.customer_id}"
        return conversation.customer.first_name[: LONGEST_NAME - len(number)] + number

    def show(self, session: Session, conversation: Conversation) -> None:
        """Owe the group the card of a conversation."""
        board.show(session, conversation, set_id=self._set_id, now=datetime.now(UTC))

    def worded(self, session: Session, conversation: Conversation, delivery: Delivery) -> Delivery:
        """Return a message in hand with its words and buttons, if they are made only now."""
        if delivery.kind == "card":
            text, under = self.card(session, conversation), self._buttons(conversation)
            shown = {"text": text, "buttons": under, "message_id": conversation.card_message_id}
            return replace(delivery, to={**delivery.to, **shown})
        if delivery.kind == "brief":
            text = briefs.brief(session, conversation, self._words, delivery.body)
            return replace(delivery, to={**delivery.to, "text": text})
        if delivery.kind == "notice" and delivery.body.get("do"):
            title = self._words.title(f"utter_button_desk_{delivery.body['do']}")
            row = [(title, buttons.data(delivery.body["do"], delivery.body["about"]))]
            return replace(delivery, to={**delivery.to, "buttons": buttons.rows(row)})
        return delivery

    def card(self, session: Session, conversation: Conversation) -> str:
        """Return the words of a card, HTML."""
        now = datetime.now(UTC)
        customer, assignee = conversation.customer, conversation.assignee
        facts = {
            "name": customer.first_name,
            "number": customer.id,
            "language": self._words.title(f"utter_desk_speaks_{customer.language}"),
            "assignee": assignee.name if assignee else "?",
            "waiting_at": conversation.waiting_since,
            "snoozed_at": conversation.snoozed_until,
            "minutes": int((now - conversation.waiting_since).total_seconds() // 60)
            if conversation.waiting_since
            else 0,
        }
        state = "blocked" if conversation.blocked_at else conversation.state.value
        lines = [self._say("card", **facts), self._say(f"state_{state}", **facts)]
        if customer.unreachable_since:
            lines.append(self._say("card_unreachable"))
        lines += standing(session, customer, self._words, policy=self._policy, now=now)
        return "\n".join(lines)

    def _buttons(self, conversation: Conversation) -> Rows:
        laid = []
        for row in DEEDS[conversation.state]:
            deeds = ["unblock" if do == "block" and conversation.blocked_at else do for do in row]
            laid.append([(self._words.title(f"utter_button_desk_{do}"), buttons.data(do)) for do in deeds])
        return buttons.rows(*laid)

    def _say(self, name: str, /, **params: Any) -> str:  # noqa: ANN401 - what a response takes
        return self._words.say(f"utter_desk_{name}", params=params)

    async def call(self, bot: Bot, delivery: Delivery) -> list[int]:
        """Send a message of the bot's own, or edit the card. Raises telegram.error.TelegramError."""
        if delivery.kind != "card":
            return await ordinary(bot, delivery, self._words)
        if delivery.to["message_id"] is not None and await _edited(bot, delivery):
            return []
        [message_id] = await ordinary(bot, delivery, self._words)
        try:
            pinned = {"chat_id": delivery.to["place"]["chat_id"], "message_id": message_id}
            await bot.do_api_request("pinchatmessage", pinned | {"disable_notification": True})
        except TelegramError as error:
            _LOG.warning("card_not_pinned", error=type(error).__name__)
        return [message_id]


async def _edited(bot: Bot, delivery: Delivery) -> bool:
    """Edit the card; False if it is gone and another has to take its place."""
    there = {"chat_id": delivery.to["place"]["chat_id"], "message_id": delivery.to["message_id"]}
    shown = {"text": delivery.to["text"], "parse_mode": "HTML"}
    under = {"reply_markup": {"inline_keyboard": delivery.to["buttons"]}}
    try:
        await bot.do_api_request("editmessagetext", there | shown | under)
    except BadRequest as error:
        if verdict(error) is Verdict.DELIVERED:
            return True
        if not any(part in str(error).lower() for part in _GONE):
            raise
        return False
    return True
