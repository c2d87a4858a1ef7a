"""What a bot can ask about a chat."""

from typing import Final

from telegram import AcceptedGiftTypes, ChatFullInfo, ChatMemberMember

from sandbox.customers import membership
from sandbox.errors import Json, bad_request
from sandbox.methods.call import Call, Method


def get_chat(call: Call) -> Json:
    """Return the chat in full; accent colour and gifts are made up."""
    conversation = call.conversation()
    return ChatFullInfo(
        conversation.id,
        "private",
        accent_color_id=conversation.id % 7,
        max_reaction_count=11,
        accepted_gift_types=AcceptedGiftTypes(
            unlimited_gifts=True,
            limited_gifts=True,
            unique_gifts=True,
            premium_subscription=True,
            gifts_from_channels=True,
        ),
        first_name=conversation.first_name,
    ).to_dict()


def get_chat_member(call: Call) -> Json:
    """Return the customer or the bot as a member of their private chat."""
    conversation = call.conversation()
    user_id = call.given.integer("user_id")
    if user_id == conversation.id:
        return ChatMemberMember(conversation.customer).to_dict()
    if user_id == call.bot.id:
        return membership(call.bot, blocked=conversation.blocked).to_dict()
    raise bad_request("invalid user_id specified" if user_id <= 0 else "user not found")


METHODS: Final[dict[str, Method]] = {"getChat": get_chat, "getChatMember": get_chat_member}
