"""From the first word to the coupon, by buttons and in words."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tests.conversations.driver import Customer
from tests.conversations.record import gets_coupon, gets_quote, new_imei, reaches_terms, record
from tradein.coupons import Coupon
from tradein.quotes import Quote


def test_a_phone_is_traded_in_by_buttons_alone(customer: Customer) -> None:
    """Every question has its buttons; only the IMEI is typed."""
    customer.say("/start")
    customer.tap("What's my phone worth?")
    customer.tap("Xiaomi")
    customer.tap("Redmi Note 4")
    assert "up to" in customer.heard
    customer.tap("4 GB / 64 GB")
    customer.tap("Yes")
    customer.tap("Light scratches")
    customer.tap("Flawless")
    customer.tap("Battery drains fast")
    customer.tap("Done")
    customer.tap("Original box")
    customer.tap("Done")
    assert "Light scratches: \N{MINUS SIGN}₹" in customer.heard
    customer.tap("Get my coupon")
    customer.say(new_imei())
    customer.tap("I agree")

    held = record(customer)
    assert held.answers == {
        "works": ["yes"],
        "screen": ["light"],
        "body": ["flawless"],
        "faults": ["battery"],
        "accessories": ["box"],
    }
    [(state, value, code)] = held.coupons
    assert (state, held.state, held.variant) == ("issued", "issued", "redmi-note-4-4-64")
    assert code in customer.heard
    assert held.balance_minor == value


def test_the_phone_and_part_of_its_condition_come_in_one_message(customer: Customer) -> None:
    """What was said isn't asked again."""
    customer.say("redmi note 4 64gb, works fine, box included")

    assert "up to" in customer.heard
    assert "How does the screen look" in customer.heard
    assert record(customer).answers == {"works": ["yes"], "accessories": ["box"]}


def test_one_message_that_says_everything_gets_the_price_at_once(customer: Customer) -> None:
    """Nothing is left to ask."""
    gets_quote(customer)

    held = record(customer)
    assert held.state == "quoted"
    assert len(held.standing) == 1


def test_a_phone_is_traded_in_in_words_alone(customer: Customer) -> None:
    """No button is tapped."""
    customer.say("hello, I'd like to exchange my old phone")
    customer.say("it's a samsung")
    customer.say("galaxy j7 prime")
    customer.say("3 gb 32 gb")
    customer.say("yes")
    customer.say("a few scratches")
    customer.say("no dents")
    customer.say("battery and camera")
    customer.say("charger and box")
    assert "Your exchange value" in customer.heard
    customer.say("ok, give me the coupon")
    customer.say(f"my imei is {new_imei()}")
    customer.say("yes I agree to the terms")

    held = record(customer)
    assert held.answers == {
        "works": ["yes"],
        "screen": ["light"],
        "body": ["flawless"],
        "faults": ["battery", "cameras"],
        "accessories": ["charger", "box"],
    }
    assert len(held.coupons) == 1
    assert "Here is your coupon" in customer.heard


def test_a_phone_is_traded_in_in_hinglish(customer: Customer) -> None:
    """The way many customers write."""
    customer.say("mera purana phone bechna hai")
    customer.say("moto g5 plus hai 4gb 32gb")
    customer.say("haan sab chalta hai")
    customer.say("koi scratch nahi")
    customer.say("koi dent nahi")
    customer.say("koi problem nahi")
    customer.say("charger hai box nahi hai")
    assert "Your exchange value" in customer.heard
    customer.say("coupon de do")
    customer.say(f"ye raha imei {new_imei()}")
    customer.say("haan mujhe manzoor hai")

    held = record(customer)
    assert held.variant == "moto-g5-plus-4-32"
    assert len(held.coupons) == 1


def test_the_quote_shows_the_lines_that_are_stored(customer: Customer) -> None:
    """The promise is on the screen, line by line, with its last moment."""
    customer.say("oneplus 5t 8gb 128gb, works fine, light scratches, no dents, no issues, with box and charger")

    with customer.stack.sessions() as session:
        quote = session.scalars(select(Quote).order_by(Quote.id.desc()).limit(1)).one()
        lines, value, expires = quote.lines, quote.value_minor, quote.expires_at
    assert sum(line["amount_minor"] for line in lines) == value
    assert all(line["label"] in customer.heard for line in lines)
    assert f"Your exchange value: ₹{value // 100:,}" in customer.heard
    assert f"{expires.astimezone().year}, 23:59" in customer.heard


def test_the_coupon_message_prints_code_value_and_last_moment(customer: Customer) -> None:
    """Mission, line 5: the exact last date and time."""
    gets_coupon(customer)

    with customer.stack.sessions() as session:
        coupon = session.scalars(select(Coupon).order_by(Coupon.id.desc()).limit(1)).one()
        days = (coupon.expires_at - datetime.now(UTC)).days
        code = coupon.printed
    message = next(said.text for said in customer.said if "Here is your coupon" in said.text)
    assert code in message
    assert "23:59" in message
    assert days == 15
    assert record(customer).notices == ["utter_coupon_issued"]


def test_next_steps_follow_the_coupon(customer: Customer) -> None:
    """Mission, lines 6 to 8: a smartphone, erased, unlocked, handed over."""
    gets_coupon(customer)

    for step in ("smartphone", "erase all content", "sign out", "courier"):
        assert step in customer.heard


def test_two_phones_are_traded_in_one_after_the_other(customer: Customer) -> None:
    """The second one starts with a clean slate."""
    gets_coupon(customer)
    customer.tap("Start another")
    assert "Which brand" in customer.heard
    gets_coupon(customer, "moto g5 plus 4gb 32gb")

    held = record(customer)
    assert [state for state, _, _ in held.coupons] == ["issued", "issued"]
    assert held.balance_minor == sum(value for _, value, _ in held.coupons)
    assert held.consents == 2


def test_coupons_and_prices_are_listed_with_the_days_left(customer: Customer) -> None:
    """The list shows no code; a tap sends the message with it once more."""
    gets_coupon(customer)
    gets_quote(customer, "moto g5 plus 4gb 32gb")
    customer.say("/coupons")
    [(_, _, code)] = record(customer).coupons
    assert "15 days left" in customer.heard
    assert "7 days left" in customer.heard
    assert code not in customer.heard

    customer.tap("Show code")

    assert code in customer.heard
    assert record(customer).notices == ["utter_coupon_issued", "utter_coupon_issued"]


def test_a_saved_price_is_taken_up_from_the_list(customer: Customer) -> None:
    """Later is later: the coupon is made from the quote that stands."""
    gets_quote(customer)
    customer.tap("Later")
    customer.say("show my quotes")
    customer.tap("Coupon:")
    assert "IMEI" in customer.heard
    customer.say(new_imei())
    customer.tap("I agree")

    assert len(record(customer).coupons) == 1


def test_a_yes_to_the_price_goes_on_to_the_coupon(customer: Customer) -> None:
    """As the button does."""
    gets_quote(customer)
    customer.say("yes")

    assert "IMEI" in customer.heard
    assert record(customer).state == "quoted"


def test_an_imei_is_read_as_people_write_it(customer: Customer) -> None:
    """Separators and words around it don't matter."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    number = new_imei()
    customer.say(f"IMEI: {number[:2]} {number[2:8]}-{number[8:14]}/{number[14]} thanks")

    assert "Do you agree" in customer.heard
    assert record(customer).imei == number


def test_the_terms_agreed_to_are_the_terms_shown(customer: Customer) -> None:
    """The consent row names version, chat and moment."""
    reaches_terms(customer)
    assert "15 days" in customer.heard
    customer.say("I agree")

    held = record(customer)
    assert (held.consents, len(held.coupons)) == (1, 1)


def test_every_command_answers(customer: Customer) -> None:
    """What the menu offers works from the first moment."""
    for command, words in (
        ("/start", "exchange assistant"),
        ("/help", "Here is what I can do"),
        ("/evaluate", "Which brand"),
        ("/stop", "we stop here"),
        ("/coupons", "no prices or coupons yet"),
        ("/language", "Which language"),
        ("/human", "called a person"),
    ):
        customer.say(command)
        assert words in customer.heard, command
    assert record(customer).tickets == 1


def test_a_brand_on_the_second_page_is_found_by_leafing(customer: Customer) -> None:
    """Long lists page within their message."""
    customer.say("/evaluate")
    pages = len(customer.screen)
    customer.tap("\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}")
    assert len(customer.screen) == pages
    customer.tap("Google")

    held = record(customer)
    assert held.exchange is not None
    assert held.exchange["brand"] == "google"


def test_no_problems_is_an_answer_to_what_does_not_work(customer: Customer) -> None:
    """Where it was asked; nobody is asked for it again."""
    customer.say("redmi note 4 4gb 64gb, works fine, no scratches, body flawless")
    assert "anything else not work" in customer.said[-1].text
    customer.say("no problems")
    assert record(customer).answers["faults"] == []
    assert "come with it" in customer.said[-1].text


@pytest.mark.parametrize("words", ["no problems", "no problems at all", "no trouble at all"])
def test_no_problems_is_no_no_to_whether_it_works(customer: Customer, words: str) -> None:
    """A phone without a problem is not one that is dead."""
    customer.say("redmi note 4 4gb 64gb")
    assert "Does it turn on" in customer.said[-1].text
    customer.say(words)
    assert record(customer).answers == {"works": ["yes"]}
    assert "How does the screen look" in customer.said[-1].text


@pytest.mark.parametrize("words", ["haan sab theek", "all good", "everything is fine"])
def test_that_all_is_fine_answers_each_question_in_turn(customer: Customer, words: str) -> None:
    """Until the one that asks for something else: what comes with the phone."""
    customer.say("redmi note 4 4gb 64gb")
    for _ in ("works", "screen", "body", "faults"):
        customer.say(words)
    assert record(customer).answers == {"works": ["yes"], "screen": ["flawless"], "body": ["flawless"], "faults": []}
    assert "come with it" in customer.said[-1].text


def test_who_does_not_know_is_helped_to_choose(customer: Customer) -> None:
    """It is no answer, least of all a no, and the question stays with its buttons."""
    customer.say("redmi note 4 4gb 64gb")
    for unsure, sure in (
        ("not sure", "works fine"),
        ("pata nahi", "light scratches"),
        ("i don't know", "body flawless"),
        ("no idea", "no problems"),
    ):
        answers, asked = record(customer).answers, customer.said[-1].text
        customer.say(unsure)
        assert "have a quick look" in customer.heard
        assert customer.said[-1].text == asked
        assert record(customer).answers == answers
        customer.say(sure)
    assert record(customer).answers == {"works": ["yes"], "screen": ["light"], "body": ["flawless"], "faults": []}


@pytest.mark.parametrize("words", ["change the screen", "I want to change the display answer"])
def test_what_is_to_be_changed_may_be_named(customer: Customer, words: str) -> None:
    """Then nobody is asked which answer it is, and the price is the new one's."""
    gets_quote(customer)
    customer.say(words)
    assert "How does the screen look" in customer.said[-1].text
    customer.tap("Heavy scratches")
    assert record(customer).answers["screen"] == ["heavy"]
    assert "Heavy scratches: \N{MINUS SIGN}₹" in customer.heard
