"""How a customer's language becomes known, and that it never wavers."""

import pytest

from tradein import languages
from tradein.customers import Customer, LanguageSource
from tradein.languages import HINGLISH_BEFORE_OFFER, Noticed


def customer(language: str = "en", source: LanguageSource = LanguageSource.TOLD) -> Customer:
    """Return somebody whom we know that much of."""
    return Customer(language=language, language_source=source, hinglish_heard=0)


@pytest.mark.parametrize(
    ("code", "language"), [("hi", "hi"), ("hi-IN", "hi"), ("HI", "hi"), ("en-GB", "en"), ("ta", "en"), (None, "en")]
)
def test_telegrams_language_is_ours_or_else_english(code: str | None, language: str) -> None:
    """Telegram gives an IETF tag, or nothing."""
    assert languages.spoken(code) == language


@pytest.mark.parametrize("text", ["मेरा फ़ोन redmi note 4 है", "हाँ", "नमस्ते 🙏", "redmi note 4 का दाम बताओ"])
def test_devanagari_makes_the_answers_hindi_once(text: str) -> None:
    """English words later leave them so: nobody is sent to and fro."""
    asha = customer()
    assert languages.notice(asha, text) is Noticed.HINDI
    assert (asha.language, asha.language_source) == ("hi", LanguageSource.NOTICED)
    for later in (text, "ok show me the price", "mera phone kitne ka hai"):
        assert languages.notice(asha, later) is None
    assert asha.language == "hi"


@pytest.mark.parametrize(
    "text", ["", "redmi note 4", "रेडमी note", "what does हाँ mean in this question please", "👍", "৪২ আমি"]
)
def test_a_name_a_digit_or_another_script_makes_nothing_hindi(text: str) -> None:
    """More than half of the words have to be in Devanagari."""
    asha = customer()
    assert languages.notice(asha, text) is None
    assert asha.language == "en"


@pytest.mark.parametrize("text", ["मेरा फ़ोन बेचना है", "mera phone kitne ka hai"])
@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_a_choice_is_final(text: str, language: str) -> None:
    """Whatever is written afterwards."""
    asha = customer()
    languages.choose(asha, language)
    assert [languages.notice(asha, text) for _ in range(HINGLISH_BEFORE_OFFER + 1)] == [None] * (
        HINGLISH_BEFORE_OFFER + 1
    )
    assert (asha.language, asha.language_source) == (language, LanguageSource.CHOSEN)


def test_what_was_noticed_can_be_chosen_away() -> None:
    """The way back that is offered with it."""
    asha = customer()
    languages.notice(asha, "नमस्ते जी")
    languages.choose(asha, "en")
    assert languages.notice(asha, "नमस्ते जी") is None
    assert asha.language == "en"


def test_a_language_that_is_not_ours_cant_be_chosen() -> None:
    """A button's payload is ours; a mistake in it is one of ours."""
    with pytest.raises(ValueError, match="ta"):
        languages.choose(customer(), "ta")


def test_hinglish_earns_one_offer_and_no_switch() -> None:
    """With the third such message, and never again."""
    asha = customer()
    noticed = [languages.notice(asha, "mera phone kitne ka hai") for _ in range(6)]
    assert noticed == [None, None, Noticed.HINGLISH, None, None, None]
    assert (asha.language, asha.language_source) == ("en", LanguageSource.TOLD)


@pytest.mark.parametrize(
    ("text", "hinglish"),
    [
        ("mera phone bechna hai", True),
        ("redmi note 4 hai mera", True),
        ("koi scratch nahi hai", True),
        ("Kya aap purana phone lete ho?", True),
        ("haan sab thik chalta hai, box bhi hai", True),
        ("nahi", False),
        ("what is my phone worth", False),
        ("it works, but the battery drains", False),
        ("redmi note 5 pro 64gb", False),
        ("Hai, this is my phone and I would like to sell it to you today", False),
        ("accha, ok, so what happens next with the old phone when the courier is here", False),
        ("", False),
    ],
)
def test_hinglish_is_told_from_english(text: str, hinglish: bool) -> None:
    """By words that English and the names of phones don't have."""
    assert languages.is_hinglish(text) is hinglish


def test_hindi_readers_are_never_offered_what_they_have() -> None:
    """Telegram said so before they wrote a word."""
    asha = customer("hi")
    assert [languages.notice(asha, text) for text in ["mera phone hai"] * 4 + ["नमस्ते जी"]] == [None] * 5
    assert asha.language_source is LanguageSource.TOLD
