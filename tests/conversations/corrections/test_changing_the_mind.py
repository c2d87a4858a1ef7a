"""Any earlier answer can be changed, by button or by words, at any time before the coupon."""

from tests.conversations.driver import Customer
from tests.conversations.record import gets_coupon, gets_quote, new_imei, reaches_terms, record

A_SAMSUNGS = "355922070000019"
"""An IMEI whose first eight digits are in the sample of makers."""


def test_another_model_in_the_middle_of_the_questions_keeps_the_answers(customer: Customer) -> None:
    """The condition is that of the phone in the hand, whatever its name."""
    customer.say("redmi note 4 4gb 64gb")
    customer.tap("Yes")
    customer.say("actually it's the redmi note 5 pro 4gb 64gb")

    held = record(customer)
    assert held.variant == "redmi-note-5-pro-4-64"
    assert held.answers == {"works": ["yes"]}
    assert "Redmi Note 5 Pro" in customer.heard
    assert "How does the screen look" in customer.heard


def test_the_memory_is_corrected_in_words(customer: Customer) -> None:
    """A memory size alone is about the model that is known."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("no, 3 gb 32 gb")

    assert record(customer).variant == "redmi-note-4-3-32"


def test_a_worse_condition_after_the_price_makes_a_new_price(customer: Customer) -> None:
    """The earlier quote is withdrawn, not changed."""
    gets_quote(customer)
    [before] = record(customer).standing
    customer.say("actually there are light scratches on the screen")

    held = record(customer)
    assert "Light scratches" in customer.heard
    assert [state for state, _ in held.quotes] == ["superseded", "open"]
    assert held.standing[0] < before


def test_one_answer_is_changed_by_button(customer: Customer) -> None:
    """The answers are shown, one is asked again, the price follows."""
    gets_quote(customer)
    customer.tap("Change an answer")
    assert "This is what you told me" in customer.heard
    customer.tap("3. Flawless")
    customer.tap("Dents")

    held = record(customer)
    assert held.answers["body"] == ["dents"]
    assert "Dents: \N{MINUS SIGN}₹" in customer.heard
    assert len(held.standing) == 1


def test_the_phone_is_changed_by_button(customer: Customer) -> None:
    """From the brand on."""
    gets_quote(customer)
    customer.tap("Change an answer")
    customer.tap("The phone")
    customer.tap("Motorola")
    customer.say("moto g5 plus 4gb 32gb")

    held = record(customer)
    assert held.variant == "moto-g5-plus-4-32"
    assert "Your exchange value" in customer.heard


def test_the_phone_is_corrected_while_the_imei_is_asked_for(customer: Customer) -> None:
    """The way back to the price; the number that was asked for is asked for again then."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say("actually it's the moto g5 plus 4gb 32gb")

    assert "Your exchange value" in customer.heard
    assert record(customer).variant == "moto-g5-plus-4-32"


def test_the_phone_is_corrected_while_the_terms_are_asked_about(customer: Customer) -> None:
    """Another phone has another number, so the first one is forgotten."""
    reaches_terms(customer)
    customer.say("sorry, it is the redmi note 5 pro 4gb 64gb actually")

    held = record(customer)
    assert held.variant == "redmi-note-5-pro-4-64"
    assert held.imei is None
    assert held.coupons == []


def test_a_cracked_screen_ends_the_price_and_a_correction_brings_it_back(customer: Customer) -> None:
    """A gate is said with its reason, and isn't the end."""
    gets_quote(customer)
    customer.say("actually the screen is cracked")
    assert "can't be exchanged" in customer.heard
    assert record(customer).standing == []

    customer.tap("Change an answer")
    customer.tap("2. Cracked")
    customer.tap("Light scratches")

    assert len(record(customer).standing) == 1


def test_a_gate_is_taken_back_in_words(customer: Customer) -> None:
    """The questions go on where they ended."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("no")
    assert "needs to turn on" in customer.heard
    customer.say("oh sorry, it works fine")

    assert "How does the screen look" in customer.heard
    assert record(customer).answers == {"works": ["yes"]}


def test_starting_over_in_the_questions_begins_with_the_brand(customer: Customer) -> None:
    """The unfinished draft is dropped."""
    customer.say("redmi note 4 4gb 64gb, works fine")
    customer.say("start over")

    held = record(customer)
    assert "Which brand" in customer.heard
    assert (held.state, held.variant, held.answers) == ("draft", None, {})


def test_another_phone_after_the_price_keeps_that_price(customer: Customer) -> None:
    """A quote that was given stays good."""
    gets_quote(customer)
    customer.tap("Another phone")
    gets_quote(customer, "moto g5 plus 4gb 32gb")

    assert len(record(customer).standing) == 2


def test_a_wrong_brand_found_by_the_imei_is_corrected_by_the_phone(customer: Customer) -> None:
    """The number tells another maker: the phone or the number is wrong, and the customer knows which."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say(A_SAMSUNGS)
    assert "Samsung" in customer.heard
    assert record(customer).imei is None
    customer.tap("Correct the phone")
    customer.tap("Samsung")
    customer.say("galaxy s6 32gb")

    held = record(customer)
    assert held.exchange is not None
    assert held.exchange["brand"] == "samsung"


def test_a_wrong_number_found_by_its_brand_is_corrected_by_another_number(customer: Customer) -> None:
    """Sending the right one is enough."""
    gets_quote(customer)
    customer.tap("Get my coupon")
    customer.say(A_SAMSUNGS)
    number = new_imei()
    customer.say(number)

    assert record(customer).imei == number
    assert "Do you agree" in customer.heard


def test_a_phone_with_a_coupon_is_not_changed_any_more(customer: Customer) -> None:
    """After the coupon a word about another phone begins another exchange."""
    gets_coupon(customer)
    customer.say("actually it's the moto g5 plus 4gb 32gb")

    held = record(customer)
    assert [state for state, _, _ in held.coupons] == ["issued"]
    assert (held.state, held.variant) == ("draft", "moto-g5-plus-4-32")


def test_another_phone_named_after_the_price_is_another_phone(customer: Customer) -> None:
    """Its condition is asked about from the start, and the first price stays promised."""
    gets_quote(customer)
    [promised] = record(customer).standing
    customer.say("/evaluate")
    customer.say("samsung galaxy s7")

    held = record(customer)
    assert held.answers == {}
    assert held.standing == [promised]
    assert "Does it turn on" in customer.heard


def test_an_answer_given_ahead_is_taken_note_of(customer: Customer) -> None:
    """The question on the screen stays, and nobody feels ignored."""
    customer.say("redmi note 4 4gb 64gb")
    customer.say("the screen is flawless, no scratches")

    assert record(customer).answers == {"screen": ["flawless"]}
    assert "Noted" in customer.heard
    assert "Does it turn on" in customer.heard
    customer.tap("Yes")
    assert "Noted" not in customer.heard
