"""The parts of the desk by themselves: words cut in pieces, what is kept at the door, the pace of the group."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as some
from telegram import Update

from bot.arrival import prune
from bot.split import utf16_units
from bot.support import buttons
from bot.support.content import Content, content_of, parts
from bot.support.pacing import KEPT_FOR_PEOPLE, WINDOW, Pace

IMEI = "490154203237518"


@given(some.text(alphabet="ab \n👍ñ", min_size=1, max_size=300), some.integers(min_value=10, max_value=60))
def test_a_text_in_parts_is_the_same_text_and_no_part_is_too_long(text: str, limit: int) -> None:
    """In UTF-16 units; no character is cut in half. Only a part of blanks may be left out."""
    cut = parts(text, [], limit)
    assert all(utf16_units(part) <= limit for part, _ in cut)
    assert "".join("".join(part.split()) for part, _ in cut) == "".join(text.split())


@given(some.text(alphabet="a👍 ", min_size=40, max_size=120), some.integers(0, 20), some.integers(1, 60))
def test_formatting_falls_into_the_parts_it_belongs_to(text: str, offset: int, length: int) -> None:
    """Each part's is inside the part, and all of it together is as long as it was."""
    whole = utf16_units(text)
    bold = {"type": "bold", "offset": offset, "length": min(length, whole - offset)}
    cut = parts(text, [bold], 30)
    for part, found in cut:
        for entity in found:
            assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= utf16_units(part)
    if all(part.strip() for part, _ in cut) and sum(utf16_units(part) for part, _ in cut) == whole:
        assert sum(entity["length"] for _, found in cut for entity in found) == bold["length"]


def test_a_name_above_moves_the_formatting_down() -> None:
    """Counted in UTF-16 units, as Telegram does."""
    signed = Content("text", "hi", [{"type": "italic", "offset": 0, "length": 2}]).signed("👍 Ravi")
    assert signed.text == "👍 Ravi\nhi"
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in signed.entities] == [
        ("bold", 0, 7),
        ("italic", 8, 2),
    ]


def _update(kind: str, **message: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    chat = {"id": -1001, "type": "supergroup", "title": "Support", "username": "secret"}
    sender = {"id": 7, "is_bot": False, "first_name": "Ravi", "last_name": "Kumar", "username": "ravi"}
    return {"update_id": 1, kind: {"message_id": 5, "date": 1, "chat": chat, "from": sender, **message}}


def test_nothing_is_kept_of_a_group_message_but_what_is_carried() -> None:
    """No names beside the writer's first one, no names of files, no words of what was answered."""
    answered = {"message_id": 4, "date": 1, "chat": {"id": -1001, "type": "supergroup"}, "text": "what was said before"}
    kept = prune(
        _update(
            "message",
            text=f"call 18001036286 about {IMEI}",
            entities=[{"type": "bold", "offset": 0, "length": 4}, {"type": "text_mention", "offset": 0, "length": 4}],
            message_thread_id=9,
            is_topic_message=True,
            reply_to_message=answered,
        )
    )
    message = kept["message"]
    assert message["text"] == f"call 18001036286 about {'•' * 15}"
    assert message["entities"] == [{"type": "bold", "offset": 0, "length": 4}]
    assert message["from"] == {"id": 7, "is_bot": False, "first_name": "Ravi"}
    assert "what was said before" not in str(kept)
    assert "secret" not in str(kept)
    update = Update.de_json(kept, None)
    assert update.effective_message is not None
    content = content_of(update.effective_message)
    assert content is not None
    assert content.text == message["text"]


def test_a_zero_and_half_a_character_are_kept_as_something_a_database_takes() -> None:
    """PostgreSQL refuses both, and the update would come for ever."""
    kept = prune(_update("message", text="a\x00b\ud800c"))
    assert kept["message"]["text"] == "a\ufffdb\ufffdc"


def test_only_buttons_of_ours_are_read() -> None:
    """Whatever else comes back is nothing."""
    assert buttons.read("s:take") == ("take", None)
    assert buttons.read(buttons.data("again", 12)) == ("again", 12)
    for data in ("", "s:", "s:Take", "k:abc:1", "s:take:x", f"s:take:{'9' * 13}"):
        assert buttons.read(data) is None


@given(some.lists(some.tuples(some.floats(0, 20), some.booleans()), max_size=120), some.integers(5, 30))
def test_no_minute_sees_more_than_the_group_allows_and_people_have_their_share(
    asked: list[tuple[float, bool]], per_minute: int
) -> None:
    """Whoever is told to wait may go after that time, unless others came before."""
    pace, now = Pace(per_minute), 0.0
    calls: list[tuple[float, bool]] = []
    for pause, urgent in asked:
        now += pause
        wait = pace.wait(now, urgent=urgent)
        if wait == 0:
            calls.append((now, urgent))
        else:
            assert 0 < wait <= WINDOW
    for at, _ in calls:
        window = [urgent for moment, urgent in calls if at <= moment < at + WINDOW]
        assert len(window) <= per_minute
        assert window.count(False) <= per_minute - per_minute // KEPT_FOR_PEOPLE


def test_a_parked_group_waits_as_a_whole() -> None:
    """Telegram named the seconds."""
    pace = Pace(20)
    pace.park(100, 30)
    assert pace.full(110)
    assert pace.wait(110, urgent=True) == 20
    assert not pace.full(131)
    assert pace.wait(131, urgent=True) == 0


def test_an_address_under_a_word_carries_no_number_past_the_door() -> None:
    """It is read by nobody and kept by everybody; an agent's own links with short numbers stay."""
    links = [
        {"type": "text_link", "offset": 0, "length": 2, "url": f"https://shop.example/?imei={IMEI}"},
        {"type": "text_link", "offset": 3, "length": 2, "url": "https://shop.example/orders/20261128"},
    ]
    in_group = prune(_update("message", text="at it", entities=links))["message"]
    private = {"chat": {"id": 7, "type": "private"}}
    written = {**_update("message", text="at it", entities=links)["message"], **private}
    of_customer = prune({"update_id": 1, "message": written})

    assert [found["url"] for found in in_group["entities"]] == ["https://shop.example/orders/20261128"]
    assert IMEI not in str(of_customer)
