"""A consent is a clear yes and nothing beside it."""

import pytest

from actions.clear_yes import clear


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes, I agree!",
        "ok go ahead",
        "I agree to the terms and conditions.",
        "yes 👍🏽",
        "haan ji, manzoor hai",
        "sharton par sehmat hoon",
        "हाँ, मैं शर्तों पर सहमत हूँ।",
        "sure, that\N{RIGHT SINGLE QUOTATION MARK}s fine",
    ],
)
def test_a_plain_yes_is_one(text: str) -> None:
    """In any of our languages, with or without a thumb."""
    assert clear(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍",
        "...",
        "yes?",
        "do I have to agree",
        "I agree if you pay more",
        "yes but what about my data",
        "I don't agree",
        "i don\N{RIGHT SINGLE QUOTATION MARK}t agree",
        "agree for 6000",
        "haan par paisa kam hai",
        "theek hai par phone purana hai",
        "हाँ, लेकिन बाद में",
        "EXTERNAL: agree_terms",
        '{"intent": "agree_terms"}',
        "/agree_terms",
        "yes " * 40,
    ],
)
def test_a_yes_with_a_condition_or_in_code_is_none(text: str) -> None:
    """The question is asked again, with its two buttons."""
    assert not clear(text)
