"""What an agent writes in a topic: a note, a command, or words for the customer; and edits of either."""

from collections.abc import Sequence

from telegram import Message

from bot.support import carrying, commands, undoing
from bot.support.content import content_of
from bot.support.door import says_nothing
from bot.support.shift import Shift
from bot.text import tidy
from tradein.support import agents, moves, relay, topics
from tradein.support.conversations import TopicState
from tradein.support.relay import Relayed, RelayState, Side
from tradein.support.tickets import Ending

NOTES = ("//", "/note")
"""What begins so stays in the group, whatever becomes of it later."""
NOTE = "note"
"""The kind under which a member of an album is remembered that keeps all of it in the group."""


def hear(shift: Shift, message: Message, *, edited: bool) -> None:
    """Deal with a message of a topic, or with the edit of one."""
    if message.forum_topic_closed or message.forum_topic_reopened:
        _turned(shift, closed=message.forum_topic_closed is not None)
    elif says_nothing(message, edited=edited):
        return
    elif shift.member is None:
        if not edited:
            shift.say("utter_desk_not_staff")
    elif edited:
        _edited(shift, message)
    elif is_note(message):
        _keep_album(shift, message)
    else:
        _said(shift, message)


def is_note(message: Message) -> bool:
    """Say whether a message is an internal note: its words, or those under a picture, begin like one."""
    words = _plain(message).lower()
    return words.startswith(NOTES[0]) or words.partition(" ")[0].partition("@")[0] == NOTES[1]


def _plain(message: Message) -> str:
    """Return the words as a person sees them: a mark that nobody sees must not make a note public."""
    return tidy(message.text or message.caption or "")


def _said(shift: Shift, message: Message) -> None:
    words = _plain(message)
    if words.startswith("/"):  # under a picture it is no command, and nobody's answer either
        commands.obey(shift, words if message.text else "/")
        return
    content = content_of(message)
    if content is None:
        shift.say("utter_desk_cannot_carry")
    elif content.album and any(row.kind == NOTE for row in _album(shift, content.album)):
        return
    elif shift.speaks():
        carrying.carry(shift.session, shift.way(), message, content)


def _edited(shift: Shift, message: Message) -> None:
    way = shift.way()
    rows = way.rows_of(shift.session, message.message_id)
    if rows and rows[0].state is RelayState.UNDONE:  # taken back, or the note of an album
        rows = ()
    content = content_of(message)
    if is_note(message) or _plain(message).startswith("/"):
        if rows:
            shift.say("utter_desk_edited_into_note")
    elif rows and content is not None:
        carrying.amend(shift.session, way, message, content, rows)
    elif not rows:
        # It was a note, or came while nobody listened: what left nobody's hands then doesn't by an edit.
        shift.say("utter_desk_edit_stays")


def _keep_album(shift: Shift, message: Message) -> None:
    """Keep the whole album in the group of which one member says that it is a note: they come one by one."""
    if message.media_group_id is None:
        return
    undoing.undo(shift, _album(shift, message.media_group_id))
    way = shift.way()
    row = way.note(shift.session, message, NOTE, None, album=message.media_group_id)
    row.state = RelayState.UNDONE


def _album(shift: Shift, album: str) -> Sequence[Relayed]:
    return relay.album_of(shift.session, shift.conversation, side=Side.AGENT, album=album)


def _turned(shift: Shift, *, closed: bool) -> None:
    """Follow what somebody did to the topic by hand: one that is closed is done with."""
    topics.turned(shift.session, shift.conversation, TopicState.CLOSED if closed else TopicState.OPEN)
    if closed and shift.conversation.silent:
        if shift.member is not None:
            agents.resolve(shift.session, shift.conversation, shift.member, now=shift.now)
        else:
            moves.end(shift.session, shift.conversation, Ending.OPERATOR, actor="group", now=shift.now)
    shift.show()
