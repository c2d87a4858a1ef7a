"""The terms: versions in order, and a file that says what is wrong with it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOW
from tradein import terms
from tradein.database import transaction
from tradein.refusals import TermsChanged, TermsMissing, TermsOutOfOrder

FIRST = terms.parse("# version: 1\n# language: en\n\nHand over the phone.")


def test_a_file_names_its_version_and_language_and_holds_the_text() -> None:
    """With or without a byte order mark."""
    assert terms.parse("\ufeff# version: 3\n# Language: HI\nपाठ") == terms.TermsFile(3, "hi", "पाठ")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Hand over the phone.", "version"),
        ("# version: two\n# language: en\ntext", "whole number"),
        ("# version: 2\ntext", "language"),
        ("# version: 2\n# language: en\n \n", "no text"),
    ],
)
def test_a_file_that_lacks_something_says_what(content: str, says: str) -> None:
    """The operator reads the sentence."""
    with pytest.raises(ValueError, match=says):
        terms.parse(content)


def test_nobody_can_agree_before_anything_is_published(database: sessionmaker[Session]) -> None:
    """No terms, no consent."""
    with transaction(database) as session, pytest.raises(TermsMissing):
        terms.current(session)


def test_the_newest_version_counts_and_english_stands_in(database: sessionmaker[Session]) -> None:
    """A version is in force from the moment it is published, in every language."""
    with transaction(database) as session:
        terms.publish(session, FIRST, now=NOW)
        terms.publish(session, terms.TermsFile(2, "en", "New."), now=NOW + timedelta(hours=1))
        assert terms.current(session, "hi").text == "New."
        with pytest.raises(TermsChanged) as refused:
            terms.agreed(session, version=1, language="en")
    assert refused.value.evidence == {"agreed": 1, "current": 2}


def test_publishing_the_same_file_again_changes_nothing(database: sessionmaker[Session]) -> None:
    """An operator may repeat a command."""
    with transaction(database) as session:
        first = terms.publish(session, FIRST, now=NOW)
        assert terms.publish(session, FIRST, now=NOW + timedelta(days=1)) is first


@pytest.mark.parametrize("version", [1, 2])
def test_a_published_text_never_changes_and_versions_only_grow(database: sessionmaker[Session], version: int) -> None:
    """What somebody agreed to stays what it was."""
    with transaction(database) as session:
        terms.publish(session, terms.TermsFile(2, "en", "Two."), now=NOW)
        with pytest.raises(TermsOutOfOrder):
            terms.publish(session, terms.TermsFile(version, "en", "Other."), now=NOW)
