"""Carrying a message to the other side: as one row of the outbox or several, each with its twin to be.

A text too long, or a caption that doesn't fit, takes further parts. An album waits until its members have come: each
puts the sending off a little, and one that comes later is sent as an answer to the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session
from telegram import Message as TelegramMessage

from bot.support.content import BLACKED_OUT, CAPTIONED, EDITABLE, Content, parts
from tradein import outbox
from tradein.outbox import Message, MessageState
from tradein.support import relay
from tradein.support.conversations import Conversation
from tradein.support.relay import Relayed, RelayState, Side

ALBUM_IDLE = timedelta(seconds=1.5)
"""How long nothing more of an album has come until it counts as whole: Telegram marks no end."""

type Body = dict[str, Any]
type Piece = tuple[str, Body]


@dataclass(frozen=True, slots=True)
class Way:
    """Where messages of one side of a conversation go; ``set_id`` is the group's id as it was set."""

    conversation: Conversation
    side: Side
    set_id: int
    group_id: int
    now: datetime
    staff_id: int | None = None
    signature: str = ""

    @property
    def by_agent(self) -> bool:
        """Whether an agent wrote."""
        return self.side is Side.AGENT

    def rows_of(self, session: Session, message_id: int) -> Sequence[Relayed]:
        """Return what a message of this side's chat is."""
        if self.by_agent:
            return relay.in_topic(session, self.conversation, chat_id=self.group_id, message_id=message_id)
        return relay.in_chat(session, self.conversation, message_id=message_id)

    def queue(self, session: Session, kind: str, body: Body, *, not_before: datetime | None = None) -> int:
        """Put a call into the other side's lane."""
        customer = self.conversation.customer
        return outbox.queue(
            session,
            chat_id=customer.chat_id if self.by_agent else self.set_id,
            thread=None if self.by_agent else self.conversation.id,
            customer_id=customer.id,
            kind=kind,
            body={**body, "group": self.set_id} if self.by_agent else body,
            not_before=not_before,
            now=self.now,
        )

    def note(
        self,
        session: Session,
        source: TelegramMessage,
        kind: str,
        outbox_id: int | None,
        *,
        part: int = 0,
        album: str | None = None,
    ) -> Relayed:
        """Note what carries a message."""
        return relay.note(
            session,
            self.conversation,
            side=self.side,
            kind=kind,
            source_id=source.message_id,
            group_chat_id=self.group_id if self.by_agent else None,
            outbox_id=outbox_id,
            staff_id=self.staff_id,
            now=self.now,
            part=part,
            album=album,
        )


def carry(session: Session, way: Way, source: TelegramMessage, content: Content) -> None:
    """Queue a message for the other side."""
    if content.album is not None:
        _join(session, way, source, content)
        return
    answers = _answered(session, way, source)
    for part, (kind, body) in enumerate(pieces(content, way, source)):
        outbox_id = way.queue(session, kind, body | (answers if part == 0 else {}))
        way.note(session, source, content.kind if part == 0 else "text", outbox_id, part=part)


def amend(session: Session, way: Way, source: TelegramMessage, content: Content, rows: Sequence[Relayed]) -> None:
    """Make the other side's message say what the edited one says; ``rows`` are its parts, taken back or not.

    A part that an earlier edit made needless, and that is needed again, is a new message of the same row.
    """
    wanted = pieces(content, way, source)
    for part, (kind, body) in enumerate(wanted):
        if part >= len(rows):
            outbox_id = way.queue(session, kind, body | {"answers_relayed": rows[0].id})
            way.note(session, source, "text", outbox_id, part=part)
            continue
        if part and rows[part].state is RelayState.UNDONE:
            outbox_id = way.queue(session, kind, body | {"answers_relayed": rows[0].id})
            rows[part].state, rows[part].outbox_id = RelayState.QUEUED, outbox_id
            continue
        words = {"text": body.get("text", ""), "entities": body.get("entities", [])}
        if kind == "say":
            way.queue(session, "amend", {"relayed": [rows[part].id], "kind": "text", **words})
        elif content.kind in CAPTIONED:
            file = {"file": content.file_id} if content.kind in EDITABLE else {}
            way.queue(session, "amend", {"relayed": [rows[part].id], "kind": content.kind, **words, **file})
    for row in rows[len(wanted) :]:
        if row.state is RelayState.UNDONE:
            continue
        row.state = RelayState.UNDONE
        way.queue(session, "retract", {"relayed": [row.id]})


def pieces(content: Content, way: Way, source: TelegramMessage) -> list[Piece]:
    """Return the calls that carry a message, the one for what it is first, then those for words that don't fit."""
    if way.signature:
        content = content.signed(way.signature)
    said: list[Piece] = [("say", {"text": text, "entities": found}) for text, found in _parts(content)]
    if content.kind == "text":
        return said
    copy: Body = {"from": source.chat_id, "message_id": source.message_id}
    if content.kind not in CAPTIONED:
        return [("copy", copy)]
    if content.too_long:
        return [("copy", copy | {"text": ""}), *said]
    return [("copy", copy | {"text": content.text, "entities": list(content.entities)})]


def _parts(content: Content) -> list[tuple[str, list[Body]]]:
    return parts(content.text, content.entities) if content.kind == "text" or content.too_long else []


def _answered(session: Session, way: Way, source: TelegramMessage) -> Body:
    """Return what a message answers, as far as the other side has it."""
    answered = source.reply_to_message
    rows = way.rows_of(session, answered.message_id) if answered else ()
    if not rows:
        return {}
    quote = {"quote": source.quote.text} if source.quote and source.quote.is_manual else {}
    return {"answers_relayed": rows[0].id, **quote}


def _join(session: Session, way: Way, source: TelegramMessage, content: Content) -> None:
    """Add a member to its album, or begin one; words that can't stay under it come behind it."""
    apart = bool(content.text) and (way.by_agent or content.too_long or BLACKED_OUT in content.text)
    bare = way.by_agent or apart
    members = relay.album_of(session, way.conversation, side=way.side, album=content.album or "")
    outbox_id = members[-1].outbox_id if members else None
    message = session.get(Message, outbox_id) if outbox_id else None
    alone = {"message_ids": [source.message_id], "bare": bare, "files": [_file(content)]}
    alone |= _answered(session, way, source)
    if message is None or not _put_off(session, way, message, alone):
        if members:
            late = {"from": source.chat_id, "message_id": source.message_id, **({"text": ""} if bare else {})}
            outbox_id = way.queue(session, "copy", {**late, "answers_relayed": members[0].id})
        else:
            outbox_id = way.queue(session, "copies", {"from": source.chat_id, **alone}, not_before=way.now + ALBUM_IDLE)
    row = way.note(session, source, content.kind, outbox_id, album=content.album)
    if apart:
        words = content.signed(way.signature) if way.signature else content
        for part, (text, found) in enumerate(parts(words.text, words.entities), start=1):
            said = way.queue(session, "say", {"text": text, "entities": found, "answers_relayed": row.id})
            way.note(session, source, "text", said, part=part)


def _file(content: Content) -> Body | None:
    """Return a member of an album as sendMediaGroup takes it; None for one that no file id stands for."""
    if content.file_id is None:
        return None
    caption = {"caption": content.text, "caption_entities": list(content.entities)} if content.text else {}
    return {"type": content.kind, "media": content.file_id, **caption}


def _put_off(session: Session, way: Way, message: Message, member: Body) -> bool:
    """Add a member to an album that still waits; False if it is being sent, or was."""
    if message.kind != "copies":
        return False
    waits = message.body
    body = {
        **member,  # what it answers: Telegram says so of each, and of one that came late perhaps alone
        **waits,
        "message_ids": [*waits["message_ids"], *member["message_ids"]],
        "files": [*waits.get("files", [None]), *member["files"]],
        "bare": member["bare"] or waits["bare"],
    }
    added = session.execute(
        update(Message)
        .where(Message.id == message.id, Message.state == MessageState.QUEUED)
        .values(body=body, not_before=way.now + ALBUM_IDLE)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    session.expire(message)
    return len(added) == 1
