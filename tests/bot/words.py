"""The wording of domain.yml, for tests that expect one of the gateway's own answers."""

from pathlib import Path

from bot.words import Words

DOMAIN = Path(__file__).parents[2] / "domain.yml"


def words() -> Words:
    """Return the words that the gateway under test has."""
    return Words.load(DOMAIN, currency="INR", timezone="Asia/Kolkata")


def say(response: str, language: str = "en") -> str:
    """Return a response of the gateway as the customer reads it."""
    return words().say(response, language=language)
