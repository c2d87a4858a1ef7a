"""What a customer writes while a person is to answer is in their topic, and the answer in their chat."""

from tests.bot.support.conftest import PIXEL, Desk, texts
from tests.bot.words import say

LONG = "All of it matters to somebody. "


async def test_a_customers_words_reach_the_topic_and_the_answer_comes_back(desk: Desk) -> None:
    """The first answer takes the conversation; the agent sees that it arrived."""
    asha, ravi = await desk.calling(), await desk.agent()
    await asha.says("my coupon doesn't work")
    await desk.sees(asha, lambda messages: "my coupon doesn't work" in texts(messages))

    answer = await ravi.says("Let me look", to=asha)

    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nLet me look")
    [name] = (await asha.replies())[-1]["entities"]
    assert name["type"] == "bold"
    await desk.card(asha, lambda text: "With Ravi" in text)
    await desk.sees(asha, lambda messages: _thumbs(messages, answer["message_id"]))
    assert await desk.general() == []


async def test_formatting_goes_along_both_ways(desk: Desk) -> None:
    """Bold stays bold; what is found by itself, such as an address, is found again."""
    asha, ravi = await desk.calling(), await desk.agent()
    bold = [{"type": "bold", "offset": 4, "length": 5}]

    await asha.sends(text="two\nlines 👍 here", entities=bold)
    topic = await desk.sees(asha, lambda messages: "two\nlines 👍 here" in texts(messages))
    heard = next(message for message in topic if message.get("text", "").startswith("two\n"))
    await ravi.says("now this", to=asha, entities=[{"type": "italic", "offset": 4, "length": 4}])
    replies = await asha.sees_that(lambda replies: replies[-1]["text"].endswith("now this"))

    assert [(entity["type"], entity["offset"]) for entity in heard["entities"]] == [("bold", 4)]
    assert [(entity["type"], entity["offset"]) for entity in replies[-1]["entities"]] == [("bold", 0), ("italic", 9)]


async def test_every_kind_is_copied_and_never_forwarded(desk: Desk) -> None:
    """What copyMessage knows arrives as what it is, and nobody sees from whom."""
    asha, ravi = await desk.calling(), await desk.agent()
    kinds = ("photo", "video", "animation", "document", "audio", "voice", "video_note", "sticker")
    sent = [{kind: PIXEL} for kind in kinds]
    sent += [
        {"contact": {"phone_number": "+91 98765", "first_name": "Asha"}},
        {"location": {"latitude": 12.9, "longitude": 77.6}},
    ]
    for content in sent:
        await asha.sends(**content)
    wanted = [next(iter(content)) for content in sent]
    there = await desk.sees(asha, lambda messages: _kinds(messages, wanted) == wanted)
    before = len(await asha.replies())
    for content in sent:
        await ravi.sends(to=asha, **content)
    here = await asha.sees_that(lambda replies: _kinds(replies[before:], wanted) == wanted)

    for message in [*there, *here]:
        assert not any(key.startswith("forward") for key in message)


async def test_an_album_stays_together_both_ways(desk: Desk) -> None:
    """Telegram sends it member by member and marks no end."""
    asha, ravi = await desk.calling(), await desk.agent()
    album = [{"photo": PIXEL, "caption": "front"}, {"photo": PIXEL}, {"photo": PIXEL}]

    await asha.sends(album=album)
    there = await desk.sees(asha, lambda messages: len(_albums(messages)) == 3)
    await ravi.sends(to=asha, album=album)
    here = await asha.sees_that(lambda replies: len(_albums(replies)) == 3)

    assert len({message["media_group_id"] for message in _albums(there)}) == 1
    assert len({message["media_group_id"] for message in _albums(here)}) == 1
    assert "front" in texts(_albums(there))
    # The agent's own words under it are sent beside it: what they were when they came.
    await asha.sees_that(lambda replies: "Ravi\nfront" in texts(replies))


async def test_an_album_that_answers_something_stays_an_album_and_keeps_what_it_answers(desk: Desk) -> None:
    """CopyMessages takes no answer: it is made anew of the same files, the captions under it as they were."""
    asha, ravi = await desk.calling(), await desk.agent()
    asked = await ravi.says("show me the phone", to=asha)
    replies = await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nshow me the phone")
    album = [{"photo": PIXEL, "caption": "front"}, {"photo": PIXEL}]

    await asha.sends(album=album, reply_to_message_id=replies[-1]["message_id"])

    there = _albums(await desk.sees(asha, lambda messages: len(_albums(messages)) == 2))
    assert len({message["media_group_id"] for message in there}) == 1
    assert [message["reply_to_message"]["message_id"] for message in there] == [asked["message_id"]] * 2
    assert texts(there) == ["front", ""]

    await ravi.sends(to=asha, album=album, reply_to_message_id=there[0]["message_id"])

    here = _albums(await asha.sees_that(lambda replies: len(_albums(replies)) == 2))
    first = next(message for message in (await asha.history()) if message.get("caption") == "front")
    assert [message["reply_to_message"]["message_id"] for message in here] == [first["message_id"]] * 2
    assert [message.get("caption") for message in here] == [None, None]
    await asha.sees_that(lambda replies: "Ravi\nfront" in texts(replies))


async def test_an_album_whose_files_telegram_wont_have_anew_arrives_without_what_it_answers(own_desk: Desk) -> None:
    """Better than not at all."""
    desk = own_desk
    asha, ravi = await desk.calling(), await desk.agent()
    await ravi.says("show me the phone", to=asha)
    replies = await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nshow me the phone")
    await desk.stack.fault(method="sendMediaGroup", kind="400", reason="MEDIA_INVALID")

    await asha.sends(album=[{"photo": PIXEL}, {"photo": PIXEL}], reply_to_message_id=replies[-1]["message_id"])

    there = _albums(await desk.sees(asha, lambda messages: len(_albums(messages)) == 2))
    assert all("forum_topic_created" in message["reply_to_message"] for message in there)


async def test_answers_and_quotes_point_at_the_twin(desk: Desk) -> None:
    """Through the map of twins, whoever answers whom."""
    asha, ravi = await desk.calling(), await desk.agent()
    asked = await asha.says("which one is it?")
    topic = await desk.sees(asha, lambda messages: "which one is it?" in texts(messages))
    twin = next(message for message in topic if message.get("text") == "which one is it?")

    await ravi.says("this", to=asha, reply_to_message_id=twin["message_id"], quote="one")
    replies = await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nthis")
    assert replies[-1]["reply_to_message"]["message_id"] == asked["message_id"]
    assert replies[-1]["quote"]["text"] == "one"

    await asha.sends(text="thanks", reply_to_message_id=replies[-1]["message_id"])
    topic = await desk.sees(asha, lambda messages: "thanks" in texts(messages))
    thanks = next(message for message in topic if message.get("text") == "thanks")
    answered = next(message for message in topic if message.get("text") == "this")
    assert thanks["reply_to_message"]["message_id"] == answered["message_id"]


async def test_edits_are_made_on_the_other_side_too(desk: Desk) -> None:
    """Words, captions and pictures; in both directions."""
    asha, ravi = await desk.calling(), await desk.agent()
    typed = await asha.says("Note 4")
    await desk.sees(asha, lambda messages: "Note 4" in texts(messages))
    await asha.edits(typed["message_id"], "Note 5")
    await desk.sees(asha, lambda messages: "Note 5" in texts(messages) and "Note 4" not in texts(messages))

    answer = await ravi.says("ten thousand", to=asha)
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nten thousand")
    await ravi.edits(answer, "nine thousand")
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nnine thousand")

    pictured = await ravi.sends(to=asha, photo=PIXEL, caption="the box")
    await asha.sees_that(lambda replies: replies[-1].get("caption") == "Ravi\nthe box")
    await ravi.edits(pictured, "the right box")
    await asha.sees_that(lambda replies: replies[-1].get("caption") == "Ravi\nthe right box")


async def test_an_edit_of_what_the_agents_never_had_is_told_as_one(desk: Desk) -> None:
    """It was written to the assistant, before the call."""
    asha = await desk.stack.person()
    early = await asha.says("hello")
    await asha.sees(1)
    desk.call(asha)

    await asha.edits(early["message_id"], "hello, it is about my order")

    await desk.sees(asha, lambda messages: "✏️ Edited:\nhello, it is about my order" in texts(messages))


async def test_an_agent_takes_the_last_message_back(desk: Desk) -> None:
    """From the customer's chat; a second time it is the one before."""
    asha, ravi = await desk.calling(), await desk.agent()
    for text in ("first", "second"):
        await ravi.says(text, to=asha)
        await asha.sees_that(lambda replies, text=text: replies[-1]["text"] == f"Ravi\n{text}")

    await ravi.says("/undo", to=asha)
    await asha.sees_that(lambda replies: "Ravi\nsecond" not in texts(replies))
    await ravi.says("/undo", to=asha)
    await asha.sees_that(lambda replies: "Ravi\nfirst" not in texts(replies))
    await ravi.says("/undo", to=asha)

    await desk.sees(asha, lambda messages: say("utter_desk_nothing_to_undo") in texts(messages))


async def test_a_caption_too_long_for_a_copy_comes_behind_its_picture(desk: Desk) -> None:
    """tdlib/telegram-bot-api issue 334: 1024 is what Telegram takes, and a copy into a topic fails at it."""
    asha = await desk.calling()
    caption = ("ab " * 400)[:1024].strip().ljust(1024, "x")

    await asha.sends(photo=PIXEL, caption=caption)

    found = await desk.sees(asha, lambda messages: caption in texts(messages))
    picture = next(message for message in found if "photo" in message)
    words = next(message for message in found if message.get("text") == caption)
    assert not picture.get("caption")
    assert words["message_id"] > picture["message_id"]


async def test_a_caption_too_long_under_its_agents_name_comes_behind_the_picture(desk: Desk) -> None:
    """The same on the way to the customer: the name is counted too."""
    asha, ravi = await desk.calling(), await desk.agent()
    caption = ("ab " * 400)[:1020].strip().ljust(1020, "x")

    await ravi.sends(to=asha, photo=PIXEL, caption=caption)

    replies = await asha.sees_that(lambda replies: replies[-1].get("text") == f"Ravi\n{caption}")
    assert "photo" in replies[-2]
    assert not replies[-2].get("caption")


async def test_a_text_too_long_under_its_name_is_cut_in_two_and_edited_in_both(desk: Desk) -> None:
    """The agent's name takes room; Telegram counts UTF-16 units."""
    asha, ravi = await desk.calling(), await desk.agent()
    text = (LONG * 140)[:4090] + " 👍end"

    answer = await ravi.says(text, to=asha)

    replies = await asha.sees_that(lambda replies: replies[-1]["text"].endswith("end"))
    parts = texts(replies)[-2:]
    assert " ".join(parts) == f"Ravi\n{text}"
    await ravi.edits(answer, "short")
    await asha.sees_that(lambda replies: replies[-1]["text"] == "Ravi\nshort")


async def test_a_long_number_is_masked_on_the_way_to_the_agents(desk: Desk) -> None:
    """In words and under pictures; what an agent writes of an IMEI too."""
    asha, ravi = await desk.calling(), await desk.agent()
    await asha.says("IMEI 490154203237518 it is")
    await asha.sends(photo=PIXEL, caption="490154203237518")
    await desk.sees(asha, lambda messages: f"IMEI {'•' * 15} it is" in texts(messages))
    await desk.sees(asha, lambda messages: "•" * 15 in texts(messages))

    await ravi.says("you wrote 490154203237518, call 18001036286", to=asha)

    await asha.sees_that(lambda replies: replies[-1]["text"] == f"Ravi\nyou wrote {'•' * 15}, call 18001036286")
    with desk.stack.database() as session:
        kept = str(session.connection().exec_driver_sql("SELECT payload FROM inbox").all())
        kept += str(session.connection().exec_driver_sql("SELECT body FROM outbox").all())
    assert "490154203237518" not in kept


def _kinds(messages: list[dict[str, object]], wanted: list[str]) -> list[str]:
    found = []
    for message in messages:
        kind = next((kind for kind in wanted if kind in message), None)
        if kind:
            found.append("animation" if "animation" in message else kind)
    return found


def _albums(messages: list[dict[str, object]]) -> list[dict[str, object]]:
    return [message for message in messages if "media_group_id" in message and message["from"]["is_bot"]]  # type: ignore[index]


def _thumbs(messages: list[dict[str, object]], message_id: int) -> bool:
    return any(message["message_id"] == message_id and message.get("reactions") for message in messages)
