"""What the engine's one door lets in, and that a turn is answered once and saved whole or not at all."""

import concurrent.futures
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.engine.running import SECRET, Engine


def texts(answer: httpx.Response) -> list[str]:
    """Return the texts of a good answer."""
    assert answer.status_code == httpx.codes.OK, answer.text
    return [message["text"] for message in answer.json()]


def stored(engine: Engine, sender: str) -> list[str]:
    """Return the types of the events stored of a conversation."""
    with closing(sqlite3.connect(engine.place / "var" / "conversations.db")) as database:
        rows = database.execute("SELECT type_name FROM events WHERE sender_id = ? ORDER BY id", (sender,))
        return [row[0] for row in rows]


def test_a_text_is_understood_and_answered(engine: Engine, sender: str) -> None:
    """Rasa's own shape: a list of messages for the sender."""
    assert engine.says(sender, "hello").json() == [{"recipient_id": sender, "text": "Hello."}]


def test_a_button_is_an_intent_with_entities(engine: Engine, sender: str) -> None:
    """The action sees what Rasa would have parsed; the message carries its own buttons."""
    asked = engine.chooses(sender, "order").json()
    assert asked[0]["buttons"] == [{"title": "Soup", "payload": '/inform{"dish": "soup"}'}]
    assert texts(engine.chooses(sender, "inform", dish="soup")) == ["Which size?"]
    call = engine.actions.calls[-1]
    assert call.body["tracker"]["latest_message"]["entities"] == [{"entity": "dish", "value": "soup"}]
    assert call.body["tracker"]["latest_message"]["intent"] == {"name": "inform", "confidence": 1.0}


def test_a_form_is_filled_and_digressed_from(engine: Engine, sender: str) -> None:
    """A question in between is answered, and the form asks again."""
    assert texts(engine.says(sender, "take my order please")) == ["Which dish?"]
    assert texts(engine.says(sender, "a soup")) == ["Which size?"]
    assert texts(engine.says(sender, "large please")) == ["a soup, large please: noted."]


def test_the_answer_within_a_retrieval_intent_is_chosen(engine: Engine, sender: str) -> None:
    """By the words of the customer, or by a button that names it."""
    assert texts(engine.says(sender, "when are you open?")) == ["From nine to five."]
    assert texts(engine.says(sender, "what is the address?")) == ["In the high street."]
    assert texts(engine.chooses(sender, "faq/hours")) == ["From nine to five."]


def test_a_turn_is_answered_in_the_language_it_comes_with(engine: Engine, sender: str) -> None:
    """From the first turn of a session on, until it comes with another one; without one nothing changes."""
    assert texts(engine.says(sender, "hello", language="hi")) == ["नमस्ते।"]
    assert texts(engine.says(sender, "hello")) == ["नमस्ते।"]
    assert texts(engine.says(sender, "hello", language="hi")) == ["नमस्ते।"]
    assert stored(engine, sender).count("slot") == 2, "a language that stays the same was written down again"
    assert texts(engine.says(sender, "hello", language="en")) == ["Hello."]


def test_a_form_goes_on_in_another_language(engine: Engine, sender: str) -> None:
    """What was asked stays asked, and the action server sees the language."""
    assert texts(engine.says(sender, "take my order please")) == ["Which dish?"]
    assert texts(engine.says(sender, "a soup", language="hi")) == ["Which size?"]
    assert engine.actions.calls[-1].body["tracker"]["slots"]["language"] == "hi"
    assert texts(engine.says(sender, "large please", language="hi")) == ["a soup, large please: noted."]


def test_the_action_server_is_told_the_secret(engine: Engine, sender: str) -> None:
    """In the header, on every call."""
    assert texts(engine.says(sender, "show the menu")) == ["You are served soup."]
    assert {call.secret for call in engine.actions.calls} == {SECRET}


@pytest.mark.parametrize(
    "text",
    [
        "/greet",
        "  /greet",
        "\n\t/restart",
        "\u2003/greet",
        "\u200b/greet",
        "\u2060\ufeff\u00ad/greet",
        "\uff0fgreet",
        "\u3164/greet",
        "\u200d\ufe0f/greet",
        "/ greet",
        '/inform{"dish": "soup"}',
        "//greet",
    ],
)
def test_a_typed_payload_is_refused_in_any_disguise(engine: Engine, sender: str, text: str) -> None:
    """422, and nothing of it is kept."""
    assert engine.says(sender, text).status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert stored(engine, sender) == []


@pytest.mark.parametrize(
    "body",
    [
        [],
        "hello",
        {},
        {"sender": "c", "text": "hello"},
        {"message_id": "1", "text": "hello"},
        {"sender": "c", "message_id": "1"},
        {"sender": "c", "message_id": "1", "message": "hello"},
        {"sender": "c", "message_id": "1", "text": "hello", "metadata": {"a": 1}},
        {"sender": "c", "message_id": "1", "text": "hello", "input_channel": "x"},
        {"sender": "c", "message_id": "1", "text": "hello", "intent": "greet", "entities": {}},
        {"sender": "c", "message_id": "1", "intent": "greet"},
        {"sender": "", "message_id": "1", "text": "hello"},
        {"sender": "c" * 256, "message_id": "1", "text": "hello"},
        {"sender": 1, "message_id": "1", "text": "hello"},
        {"sender": "c", "message_id": None, "text": "hello"},
        {"sender": "c", "message_id": "1", "text": ""},
        {"sender": "c", "message_id": "1", "text": "   "},
        {"sender": "c", "message_id": "1", "text": "\u0000hello"},
        {"sender": "c", "message_id": "1", "text": "\ud800"},
        {"sender": "c", "message_id": "1", "text": "x" * 4097},
        {"sender": "c", "message_id": "1", "text": ["hello"]},
        {"sender": "c", "message_id": "1", "text": "hello", "language": "Hindi"},
        {"sender": "c", "message_id": "1", "text": "hello", "language": None},
        {"sender": "c", "message_id": "1", "text": "hello", "language": ["hi"]},
        {"sender": "c", "message_id": "1", "intent": "not_one", "entities": {}},
        {"sender": "c", "message_id": "1", "intent": "faq", "entities": {}},
        {"sender": "c", "message_id": "1", "intent": "faq/not_one", "entities": {}},
        {"sender": "c", "message_id": "1", "intent": "greet/hours", "entities": {}},
        {"sender": "c", "message_id": "1", "intent": "inform", "entities": {"not_one": "soup"}},
        {"sender": "c", "message_id": "1", "intent": "inform", "entities": {"dish": ["soup"]}},
        {"sender": "c", "message_id": "1", "intent": "inform", "entities": {"dish": None}},
        {"sender": "c", "message_id": "1", "intent": "inform", "entities": {"dish": "x" * 1025}},
        {"sender": "c", "message_id": "1", "intent": "inform", "entities": []},
    ],
)
def test_a_request_of_another_shape_is_refused(engine: Engine, body: object) -> None:
    """422, and nothing of it is kept."""
    assert engine.post(body).status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert stored(engine, "c") == []


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"sender": NaN}'])
def test_what_is_not_json_is_refused(engine: Engine, content: bytes) -> None:
    """422 too: nothing ran."""
    answer = httpx.post(engine.url + "webhook", content=content)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(
    "path", ["/conversations/c/tracker", "/model", "/model/parse", "/domain", "/status", "/version", "/"]
)
def test_nothing_else_is_behind_the_port(engine: Engine, path: str) -> None:
    """Rasa's own API is not there."""
    assert httpx.get(f"http://127.0.0.1:{engine.port}{path}").status_code == httpx.codes.NOT_FOUND


def test_a_repeated_message_gets_the_stored_answer(engine: Engine, sender: str) -> None:
    """The same messages, buttons included, and no action runs twice; not even after later turns."""
    engine.says(sender, "hello")
    first = engine.says(sender, "take my order please", message_id="once")
    called = len(engine.actions.calls)
    again = engine.says(sender, "take my order please", message_id="once")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert len(engine.actions.calls) == called
    engine.says(sender, "a soup")
    before = stored(engine, sender)
    assert engine.says(sender, "take my order please", message_id="once").json() == first.json()
    assert stored(engine, sender) == before


def test_two_requests_at_once_with_one_message_are_one_turn(engine: Engine, sender: str) -> None:
    """The second waits for the first and gets its answer."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        posted = [pool.submit(engine.says, sender, "show the menu", message_id="once") for _ in range(3)]
        answers = [texts(future.result()) for future in posted]
    assert answers == [["You are served soup."]] * 3
    assert engine.actions.called("action_show") == 1


def test_a_message_id_belongs_to_its_sender(engine: Engine, sender: str) -> None:
    """Another sender may use the same id."""
    assert texts(engine.says(sender, "hello", message_id="1")) == ["Hello."]
    assert texts(engine.says(sender + "x", "goodbye", message_id="1")) == ["Bye."]


BAD_ANSWERS: dict[str, tuple[int, Any]] = {
    "an error": (500, {"error": "oops"}),
    "not found": (404, {"error": "no such action"}),
    "a dropped connection": (0, None),
    "no JSON": (200, b"<html>"),
    "null": (200, None),
    "a list": (200, []),
    "events that are no list": (200, {"events": {}, "responses": []}),
    "an event that is no object": (200, {"events": ["slot"], "responses": []}),
    "an event without its name": (200, {"events": [{"name": "dish", "value": 1}], "responses": []}),
    "a slot without its value": (200, {"events": [{"event": "slot", "name": "dish"}], "responses": []}),
    "an unknown event": (200, {"events": [{"event": "no_such_event"}], "responses": []}),
    "responses that are no objects": (200, {"events": [], "responses": ["hello"]}),
    "no domain is enough": (449, {"error": "no domain", "action_name": "action_show"}),
    "a rejection without the action's name": (400, {"error": "no"}),
}


@pytest.mark.parametrize("answer", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_turn_whose_action_answers_badly_is_not_saved(engine: Engine, sender: str, answer: tuple[int, Any]) -> None:
    """503; the same message succeeds when the action server is well again."""
    assert texts(engine.says(sender, "hello")) == ["Hello."]
    before = stored(engine, sender)
    engine.actions.answers["action_show"] = answer
    failed = engine.says(sender, "show the menu", message_id="once")
    assert (failed.status_code, failed.json()) == (503, {"error": "action_server"})
    assert stored(engine, sender) == before
    engine.actions.answers.clear()
    assert texts(engine.says(sender, "show the menu", message_id="once")) == ["You are served soup."]


def test_a_form_whose_validation_answers_badly_is_not_moved(engine: Engine, sender: str) -> None:
    """The failure of an action inside a form ends the turn just the same."""
    engine.says(sender, "take my order please")
    engine.actions.answers["validate_order_form"] = (500, {})
    assert engine.says(sender, "a soup").status_code == httpx.codes.SERVICE_UNAVAILABLE
    engine.actions.answers.clear()
    assert texts(engine.says(sender, "a soup")) == ["Which size?"]


def test_a_rejection_is_not_a_failure(engine: Engine, sender: str) -> None:
    """An action that rejects with 400 leaves the turn to the policies, as Rasa means it."""
    engine.actions.answers["action_show"] = (400, {"action_name": "action_show", "error": "not now"})
    assert texts(engine.says(sender, "show the menu")) == ["Pardon?"]
    assert "action_execution_rejected" in stored(engine, sender)


@pytest.fixture
def storeless(engine: Engine) -> Iterator[Engine]:
    """Return an engine whose conversations can be neither read nor written."""
    with closing(sqlite3.connect(engine.place / "var" / "conversations.db")) as database:
        database.execute("ALTER TABLE events RENAME TO away")
        yield engine
        database.execute("ALTER TABLE away RENAME TO events")


def test_a_turn_that_can_not_be_stored_is_a_failure(storeless: Engine, sender: str) -> None:
    """500 and one word: Rasa's own way would be to keep it in memory and say nothing."""
    failed = storeless.says(sender, "hello")
    assert (failed.status_code, failed.json()) == (500, {"error": "engine"})


def lengthen(engine: Engine, sender: str, text: str) -> None:
    """Say the same until the session has more than 250 events."""
    while len(stored(engine, sender)) <= 250:  # sealed.processor.EVENTS_OF_A_SESSION
        texts(engine.says(sender, text))


def test_a_session_that_grew_long_begins_anew(engine: Engine, sender: str) -> None:
    """Every turn carries its session: above 250 events the next turn starts another one."""
    lengthen(engine, sender, "hello")
    assert stored(engine, sender).count("session_started") == 1
    assert texts(engine.says(sender, "hello")) == ["Hello."]
    assert stored(engine, sender).count("session_started") == 2
    assert texts(engine.says(sender, "take my order please")) == ["Which dish?"]
    assert texts(engine.says(sender, "a soup")) == ["Which size?"]
    assert stored(engine, sender).count("session_started") == 2


def test_a_long_session_is_not_cut_within_a_form(engine: Engine, sender: str) -> None:
    """The form's state would be lost."""
    engine.says(sender, "take my order please")
    lengthen(engine, sender, "no idea")
    assert texts(engine.says(sender, "a soup")) == ["Which size?"]
    assert stored(engine, sender).count("session_started") == 1
