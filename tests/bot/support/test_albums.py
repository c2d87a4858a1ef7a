"""Members of an album come one by one and nothing marks the last: each joins what waits, or answers what was sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram import Chat, Message, PhotoSize, User

from bot.support import carrying
from bot.support.carrying import ALBUM_IDLE, Way
from bot.support.content import Content, content_of
from tradein import customers, delivery, outbox, staff
from tradein.database import Sessions
from tradein.staff import Role
from tradein.support import conversations, relay
from tradein.support.conversations import Conversation
from tradein.support.relay import RelayState, Side

NOW = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)


def _member(message_id: int, caption: str | None = None) -> Message:
    photo = [PhotoSize(f"file{message_id}", f"unique{message_id}", 1, 1)]
    who = User(7, "Asha", is_bot=False)
    return Message(message_id, NOW, Chat(7, "private"), who, photo=photo, caption=caption, media_group_id="g")


def _carry(session: Session, conversation: Conversation, member: Message, *, now: datetime = NOW) -> None:
    content = content_of(member)
    assert content is not None
    carrying.carry(session, Way(conversation, Side.CUSTOMER, -1, -1, now), member, content)


def _conversation(session: Session) -> Conversation:
    customer = customers.meet(session, telegram_user_id=7, chat_id=7, first_name="Asha", language="en", now=NOW)
    return conversations.of(session, customer)


def _rows(session: Session) -> list[outbox.Message]:
    return list(session.scalars(select(outbox.Message).order_by(outbox.Message.id)))


def test_members_join_the_album_that_waits_and_put_its_sending_off(database: Sessions) -> None:
    """One call carries all; each has a twin of its own to be."""
    with database.begin() as session:
        conversation = _conversation(session)
        for number in range(3):
            _carry(session, conversation, _member(10 + number), now=NOW + timedelta(seconds=number))

        [row] = _rows(session)
        session.refresh(row)
        assert (row.kind, row.body["message_ids"]) == ("copies", [10, 11, 12])
        assert row.not_before == NOW + timedelta(seconds=2) + ALBUM_IDLE
        assert len(relay.of_message(session, row.id)) == 3


def test_a_latecomer_answers_the_album_that_is_on_its_way(database: Sessions) -> None:
    """Telegram was seen to send one five seconds after the others."""
    with database.begin() as session:
        conversation = _conversation(session)
        _carry(session, conversation, _member(10))
        _carry(session, conversation, _member(11))
        [taken] = delivery.take(session, owner="me", now=NOW + timedelta(seconds=5), limit=5)

        _carry(session, conversation, _member(12), now=NOW + timedelta(seconds=6))

        album, late = _rows(session)
        first = relay.of_message(session, taken.id)[0]
        assert album.body["message_ids"] == [10, 11]
        assert (late.kind, late.body["message_id"], late.body["answers_relayed"]) == ("copy", 12, first.id)


def test_a_caption_with_a_long_number_comes_behind_the_album_masked(database: Sessions) -> None:
    """An album is copied with its captions or without them, never with others."""
    masked = "•" * 15
    with database.begin() as session:
        conversation = _conversation(session)
        _carry(session, conversation, _member(10, masked))
        _carry(session, conversation, _member(11))

        album, words = _rows(session)
        session.refresh(album)
        assert album.body["bare"] is True
        assert (words.kind, words.body["text"]) == ("say", masked)


def test_an_agent_takes_an_album_back_with_every_member_and_the_words_under_it(database: Sessions) -> None:
    """One picture that stays with the customer is the one that they were not to see."""
    with database.begin() as session:
        conversation = _conversation(session)
        member, _ = staff.add(session, name="Ravi", role=Role.AGENT, now=NOW)
        way = Way(conversation, Side.AGENT, -1, -1, NOW, staff_id=member.id, signature="Ravi")
        for message in (_member(9), _member(10), _member(11, "the wrong customer's"), _member(12)):
            content = content_of(message)
            assert content is not None
            if message.message_id == 9:  # another message of theirs, before
                content = replace(content, album=None)
            carrying.carry(session, way, message, content)

        rows = relay.last_of_agent(session, conversation, staff_id=member.id)

        assert [(row.topic_message_id, row.part) for row in sorted(rows, key=lambda row: row.id)] == [
            (10, 0),
            (11, 0),
            (11, 1),
            (12, 0),
        ]


def test_words_cut_short_and_made_long_again_reach_the_other_side(database: Sessions) -> None:
    """What an edit made needless was taken back; the next edit needs it again."""
    with database.begin() as session:
        conversation = _conversation(session)
        way = Way(conversation, Side.CUSTOMER, -1, -1, NOW)
        picture = replace(_content("long " * 250), album=None)
        carrying.carry(session, way, _member(10), picture)

        for words in ("short", "longer " * 180):
            rows = way.rows_of(session, 10)
            carrying.amend(session, way, _member(10), replace(picture, text=words), rows)
            session.flush()

        apart = way.rows_of(session, 10)[1]
        said = session.get_one(outbox.Message, apart.outbox_id)
        assert (said.kind, said.body["text"]) == ("say", "longer " * 180)
        assert apart.state is RelayState.QUEUED


def _content(caption: str) -> Content:
    content = content_of(_member(10, caption))
    assert content is not None
    return content
