"""Which language a customer is answered in: by a button, by Telegram's own, and by what they write."""

import pytest
from sqlalchemy import select

from tests.conversations.driver import Customer
from tests.conversations.record import record
from tests.stackrunner import Stack
from tradein.customers import Customer as Person
from tradein.customers import LanguageSource

HINDI_QUESTION = "फ़ोन ऑन होता है"


def known(customer: Customer) -> tuple[str, LanguageSource]:
    """Return the language that the core has of a customer, and why."""
    with customer.stack.sessions() as session:
        person = session.scalars(select(Person).where(Person.chat_id == customer.chat_id)).one()
        return person.language, person.language_source


def menu_of(customer: Customer) -> dict[str, str]:
    """Return the commands that a customer's Telegram in English shows in this chat."""
    seen = {"language": "en", "chat_id": customer.chat_id}
    menu = customer.stack.sandbox.get("/sandbox/commands", params=seen).json()
    return {command["command"]: command["description"] for command in menu}


def test_a_button_switches_in_the_middle_of_a_question_and_keeps_it(customer: Customer) -> None:
    """The same question, in the other language, with nothing recorded; and back again."""
    customer.say("redmi note 4 4gb 64gb")
    assert "Does it turn on" in customer.said[-1].text
    before = record(customer)

    customer.say("/language")
    assert customer.said[0].titles == ["English", "हिंदी"]
    customer.tap("हिंदी")
    assert "अब से हिंदी में" in customer.said[0].text
    assert HINDI_QUESTION in customer.said[-1].text
    assert customer.keyboard.titles[0].startswith("हाँ")
    assert record(customer) == before

    customer.say("/language")
    customer.tap("English")
    assert "English it is" in customer.said[0].text
    assert "Does it turn on" in customer.said[-1].text
    assert record(customer) == before
    assert known(customer) == ("en", LanguageSource.CHOSEN)


@pytest.mark.parametrize("asked", ["/language", "hindi please", "can you speak in hindi"])
def test_the_question_about_the_language_leaves_an_open_question_open(customer: Customer, asked: str) -> None:
    """It comes again below, and may be answered without a look at the buttons above."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say(asked)
    assert "Which language" in customer.said[0].text
    assert "Does it turn on" in customer.said[-1].text

    customer.say("works fine")
    assert "How does the screen look" in customer.said[-1].text
    assert record(customer).answers == {"works": ["yes"]}


def test_outside_of_any_question_the_next_step_is_named_in_the_new_language(customer: Customer) -> None:
    """A change of language is no dead end."""
    customer.say("/language")
    customer.tap("हिंदी")

    assert "अब से हिंदी में" in customer.heard
    assert customer.keyboard.titles


def test_who_has_telegram_in_hindi_is_answered_in_hindi(stack: Stack) -> None:
    """From the first message; another language of Telegram's means English."""
    asha = Customer(stack, language_code="hi")
    asha.say("redmi note 4 4gb 64gb")
    assert HINDI_QUESTION in asha.said[-1].text
    assert known(asha) == ("hi", LanguageSource.TOLD)

    ravi = Customer(stack, language_code="ta")
    ravi.say("redmi note 4 4gb 64gb")
    assert "Does it turn on" in ravi.said[-1].text


def test_who_writes_devanagari_is_answered_in_hindi_with_a_word_and_a_way_back(customer: Customer) -> None:
    """At once, in the same turn, and once only: English words later change nothing."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("सब ठीक चलता है")
    assert "हिंदी में मिलेंगे" in customer.said[0].text
    assert "/language" in customer.said[0].text
    assert "स्क्रीन" in customer.said[-1].text

    customer.say("no scratches")
    assert "हिंदी में मिलेंगे" not in customer.heard
    assert "Does" not in customer.heard
    assert known(customer) == ("hi", LanguageSource.NOTICED)


def test_who_chose_english_keeps_it_whatever_they_write(customer: Customer) -> None:
    """A choice made by button is final."""
    customer.say("/language")
    customer.tap("English")
    customer.say("मेरे फ़ोन की कीमत क्या है")

    assert "हिंदी" not in customer.heard
    assert "Which brand" in customer.heard
    assert known(customer) == ("en", LanguageSource.CHOSEN)


def test_who_writes_hinglish_is_offered_hindi_once(customer: Customer) -> None:
    """After several messages, in both languages, and answered in English until they choose."""
    offers = []
    for text in (
        "mera phone bechna hai",
        "redmi note 4 hai mera",
        "mere phone me 64 gb hai",
        "haan sab thik chalta hai",
        "koi scratch nahi hai",
    ):
        customer.say(text)
        offers.append("हिंदी में जवाब चाहिए?" in customer.heard)

    assert offers.count(True) == 1
    assert offers.index(True) == 2
    assert known(customer) == ("en", LanguageSource.TOLD)


def test_the_menu_of_commands_follows_the_choice(customer: Customer) -> None:
    """The chat's own menu wins over the one of Telegram's language."""
    customer.say("/language")
    customer.tap("हिंदी")
    assert menu_of(customer)["language"] == "भाषा बदलें"

    customer.say("/language")
    customer.tap("English")
    assert menu_of(customer)["language"] == "Change the language"
