"""The parts of the gateway that need no stack: splitting, errors, limits, words, what is kept of an update."""

import asyncio
import html
import json
import re
from datetime import UTC, datetime
from unittest.mock import AsyncMock

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Bot, Chat, Message, Update
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.arrival import prune
from bot.engine import Engine
from bot.limits import Bucket, Limits
from bot.photos import MOST_AT_ONCE, Photos, Unreadable
from bot.reader.reader import Reader
from bot.split import plain, split, utf16_units
from bot.verdicts import Verdict, verdict
from bot.words import REQUIRED, Words, WordsMissing
from tests.bot.words import words

_WORDS = st.lists(
    st.sampled_from(["phone", "&amp;", "👍", "नमस्ते", "<b>bold</b>", "<i>a <b>c</b></i>", ".", "\n", "\n\n"])
)


@given(_WORDS.map(" ".join), st.integers(min_value=8, max_value=60))
def test_a_split_text_keeps_its_words_and_its_tags_in_pairs(markup: str, limit: int) -> None:
    """Whatever the limit, every part can be parsed by itself."""
    parts = split(markup, limit)

    assert "".join("".join(plain(part) for part in parts).split()) == "".join(plain(markup).split())
    for part in parts:
        stack: list[str] = []
        for close, tag in re.findall(r"<(/?)(\w+)>", part):
            if close:
                assert stack.pop() == tag
            else:
                stack.append(tag)
        assert stack == []
        if len(parts) > 1:
            assert utf16_units(plain(part)) <= limit


async def test_no_more_pictures_are_fetched_than_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand people with 20 MB each: nearly all hear that they should come back, and nothing is held of theirs."""
    fetched = 0
    end = asyncio.Event()

    async def fetch(_photos: Photos, _message: Message) -> bytes:
        nonlocal fetched
        fetched += 1
        await end.wait()
        return b""

    monkeypatch.setattr(Photos, "_fetch", fetch)
    photos = Photos(AsyncMock(spec=Bot), AsyncMock(spec=Reader))
    message = Message(1, datetime.now(UTC), Chat(1, Chat.PRIVATE))
    asked = [asyncio.create_task(photos.imeis(message)) for _ in range(50)]
    await asyncio.sleep(0)
    end.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)

    refused = [str(answer) for answer in answers if isinstance(answer, Unreadable)]
    assert (fetched, refused) == (MOST_AT_ONCE, ["utter_refused_reader_busy"] * (50 - MOST_AT_ONCE))


def test_a_text_is_cut_after_a_paragraph_if_there_is_one() -> None:
    """Then a line, a sentence, a word."""
    assert split("one two\n\nthree. four", 16) == ["one two", "three. four"]
    assert split("a first one. second third", 16) == ["a first one.", "second third"]


def _caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RetryAfter(3), Verdict.PARKED),
        (ChatMigrated(-100), Verdict.MOVED),
        (Forbidden("Forbidden: bot was blocked by the user"), Verdict.UNREACHABLE),
        (BadRequest("Chat not found"), Verdict.UNREACHABLE),
        (BadRequest("Message is not modified: specified new message content"), Verdict.DELIVERED),
        (BadRequest("Query is too old and response timeout expired"), Verdict.DELIVERED),
        (BadRequest("Can't parse entities: unclosed start tag"), Verdict.UNREADABLE),
        (BadRequest("Message to edit not found"), Verdict.HOPELESS),
        (_caused(TimedOut(), aiohttp.ConnectionTimeoutError("x")), Verdict.NOT_SENT),
        (_caused(TimedOut(), aiohttp.SocketTimeoutError("x")), Verdict.IN_DOUBT),
        (_caused(NetworkError("x"), aiohttp.ClientOSError("x")), Verdict.IN_DOUBT),
        (_caused(NetworkError("x"), aiohttp.ServerDisconnectedError()), Verdict.IN_DOUBT),
        (_caused(NetworkError("x"), aiohttp.ClientPayloadError("x")), Verdict.IN_DOUBT),
        (NetworkError("Bad Gateway"), Verdict.IN_DOUBT),
        (InvalidToken("Unauthorized"), Verdict.NOT_SENT),
        (Conflict("terminated by other getUpdates request"), Verdict.NOT_SENT),
    ],
)
def test_every_error_of_telegram_has_its_verdict(error: TelegramError, expected: Verdict) -> None:
    """The order of the table matters: BadRequest is a NetworkError to python-telegram-bot."""
    assert verdict(error) == expected


def test_replies_flow_as_quickly_as_the_customer_asks_and_notices_wait_their_turn() -> None:
    """A deep bucket for the conversation, a common one for what is unasked."""
    limits = Limits(0.0)
    assert [limits.wait(1, unasked=False, now=0.0) for _ in range(20)] == [0.0] * 20
    assert limits.wait(1, unasked=False, now=0.0) == pytest.approx(1.0)
    limits.earn(1)
    assert limits.wait(1, unasked=False, now=0.0) == 0.0
    assert [limits.wait(n, unasked=True, now=0.0) for n in range(10, 35)] == [0.0] * 25
    assert limits.wait(99, unasked=True, now=0.0) == pytest.approx(1 / 25)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    """A quiet day earns no flood."""
    bucket = Bucket(1.0, 3.0, 0.0)

    assert [bucket.take(1000.0) for _ in range(4)] == [0.0, 0.0, 0.0, pytest.approx(1.0)]
    assert not bucket.full(1000.0)
    assert bucket.full(1010.0)


def test_domain_yml_has_all_words_of_the_gateway() -> None:
    """Each can be said, and the toast and the menu fit Telegram's limits."""
    said = {name: words().say(name) for name in REQUIRED}

    assert all(said.values())
    assert len(html.unescape(said["utter_stale_button"])) <= 200
    assert "<" not in said["utter_stale_button"]
    assert all(len(text) <= 256 for name, text in said.items() if name.startswith("utter_command_"))


def test_missing_words_are_named_at_the_start() -> None:
    """All of them at once."""
    responses = {name: [{"text": "x"}] for name in REQUIRED - {"utter_edit_ignored"}}
    responses["utter_stale_button"] = [{"text": "of {brand}"}]

    with pytest.raises(WordsMissing) as missing:
        Words(responses, currency="INR", timezone="Asia/Kolkata")

    assert missing.value.names == ["utter_edit_ignored", "utter_stale_button without {brand}"]


def test_a_response_is_said_in_the_customers_language_with_its_parameters() -> None:
    """Amounts by suffix, everything else escaped, and a parameter that nobody gave is an error."""
    hindi = [{"type": "slot", "name": "language", "value": "hi"}]
    responses = {name: [{"text": "x"}] for name in REQUIRED} | {
        "utter_owed": [{"text": "{name}: {value}"}, {"text": "{name} को {value}", "condition": hindi}]
    }
    some = Words(responses, currency="INR", timezone="Asia/Kolkata")

    params = {"name": "<Asha>", "value_minor": 200_000}
    assert some.say("utter_owed", params=params) == "&lt;Asha&gt;: ₹2,000"
    assert "को" in some.say("utter_owed", language="hi", params=params)
    with pytest.raises(WordsMissing, match="value"):
        some.say("utter_owed", params={"name": "Asha"})


def test_an_update_is_kept_without_what_was_quoted_named_or_previewed() -> None:
    """And what is kept is an update that python-telegram-bot reads back."""
    person = {"id": 5, "is_bot": False, "first_name": "Asha", "last_name": "Rao", "username": "asha"}
    chat = {"id": 5, "type": "private", "first_name": "Asha", "bio": "secret"}
    quoted = {"message_id": 1, "date": 1, "chat": chat, "from": person, "text": "490154203237518"}
    document = {"file_id": "AgAD1234567890", "file_unique_id": "u", "file_name": "490154203237518.pdf"}
    raw = {
        "update_id": 9,
        "message": {
            "message_id": 2,
            "date": 1,
            "chat": chat,
            "from": person,
            "caption": " a \u200b caption ",
            "reply_to_message": quoted,
            "document": document,
        },
    }

    kept = prune(raw)

    assert "490154203237518" not in str(kept)
    assert "secret" not in str(kept)
    update = Update.de_json(kept, None)
    assert update.message is not None
    assert update.message.caption == "a caption"
    assert update.message.document is not None
    assert update.message.document.file_id == "AgAD1234567890"


def test_a_conversation_always_meets_the_same_engine() -> None:
    """And a lost engine moves only its own conversations."""
    urls = [f"http://127.0.0.1:{port}" for port in (5005, 5006, 5007)]
    three, two = Engine(urls), Engine(urls[:2])
    homes = {name: three.home(name) for name in map(str, range(300))}

    assert len(set(homes.values())) == 3
    assert all(three.home(name) == home for name, home in homes.items())
    assert all(two.home(name) == home for name, home in homes.items() if "5007" not in home)


@pytest.mark.parametrize(
    "hidden", ["356938,035643,809", "356938035643809", "35\u200b693803564\u200b3809", "356938_035643_809"]
)
def test_no_long_number_is_kept_of_a_name_or_a_forged_button(hidden: str) -> None:
    """What isn't written as a message isn't read for numbers, so it may hold none."""
    person = {"id": 5, "is_bot": False, "first_name": f"x {hidden}"}
    chat = {"id": 5, "type": "private"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": person, "contact": {"first_name": hidden}}
    tap = {"id": "1", "chat_instance": "1", "from": person, "data": hidden, "message": message}
    for update in ({"message": message}, {"callback_query": tap}):
        kept = json.dumps(prune({"update_id": 1, **update}), ensure_ascii=False)
        assert sum(char.isdigit() for char in kept) < 15
        assert "•" in kept
