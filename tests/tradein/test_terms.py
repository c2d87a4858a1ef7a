"""The terms: versions in order, and a file that says what is wrong with it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.conftest import NOW
from tradein import terms
from tradein.database import Sessions, transaction
from tradein.policy import Policy
from tradein.refusals import TermsChanged, TermsMissing, TermsOutOfOrder
from tradein.tables import ContentError, Problem, Reason

HEADER = "# version: 1\n# language: en\n"
FIRST = terms.parse(f"{HEADER}\nHand over the phone.", file="en.md")
PUBLISHED = Path(__file__).parents[2] / "catalogue" / "terms"


def refused(content: str) -> list[tuple[int, Reason]]:
    """Return what is wrong with a file, by line."""
    with pytest.raises(ContentError) as caught:
        terms.parse(content, file="en.md")
    return [(problem.line, problem.reason) for problem in caught.value.problems]


def test_a_file_names_its_version_and_language_and_holds_the_text(tmp_path: Path) -> None:
    """With or without a byte order mark."""
    file = tmp_path / "hi.md"
    file.write_bytes("\ufeff# version: 3\r\n# Language: HI\r\nपाठ\r\n".encode())
    assert terms.read(file) == terms.TermsFile(3, "hi", "पाठ")


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        ("Hand over the phone.", [(1, Reason.MISSING_COMMENT), (1, Reason.MISSING_COMMENT)]),
        ("# version: two\n# language: en\ntext", [(1, Reason.NOT_POSITIVE)]),
        ("# language: en\n# version: 0\ntext", [(2, Reason.NOT_POSITIVE)]),
        ("# version: २\n# language: en\ntext", [(1, Reason.NOT_POSITIVE)]),
        ("# version: 2\ntext", [(1, Reason.MISSING_COMMENT)]),
        ("# version: 2\n# language:\ntext", [(2, Reason.MISSING_COMMENT)]),
        ("# version: 2\n# language: englisch-uk\ntext", [(2, Reason.TOO_LONG)]),
        ("# version: 2\n# language: en\n \n", [(0, Reason.EMPTY)]),
    ],
)
def test_a_file_that_lacks_something_says_what(content: str, problems: list[tuple[int, Reason]]) -> None:
    """All of it, by line."""
    assert refused(content) == problems


@pytest.mark.parametrize(
    "blank",
    [
        "{coupon_day}",
        "{}",
        "{0}",
        "{coupon_days:>5}",
        "{coupon_days!r}",
        "{ coupon_days }",
        "{timezone}",
        "{",
        "}",
        "{{",
        "}}",
    ],
)
def test_a_blank_that_nothing_fills_is_refused(blank: str) -> None:
    """Else a customer would be asked to agree to a sentence with a hole, or not be asked at all."""
    problems = refused(f"{HEADER}It holds {{quote_days}} days.\nIt lasts {blank} days.")
    assert set(problems) == {(4, Reason.UNKNOWN_BLANK)}


def test_the_problem_names_the_blanks_there_are() -> None:
    """So that the operator needn't look for them."""
    with pytest.raises(ContentError) as caught:
        terms.parse(f"{HEADER}It lasts {{days}} days.", file="en.md")
    assert caught.value.problems == (
        Problem("en.md", 3, Reason.UNKNOWN_BLANK, ("{days}", "{coupon_days}, {quote_days}")),
    )


def test_a_text_is_escaped_and_its_blanks_are_filled() -> None:
    """The text is plain: what looks like Telegram's HTML in it is none."""
    file = terms.parse(f"{HEADER}R&D <b>now</b>: {{coupon_days}} days, then {{quote_days}}.", file="en.md")
    policy = Policy(coupon_days=30, quote_days=3)
    assert terms.render(file, terms.facts(policy)) == "R&amp;D &lt;b&gt;now&lt;/b&gt;: 30 days, then 3."


@pytest.mark.parametrize("file", sorted(PUBLISHED.glob("*.md")), ids=lambda file: file.stem)
def test_the_terms_that_come_with_the_project_leave_no_blank(file: Path) -> None:
    """Both numbers are said, in every language."""
    text = terms.render(terms.read(file), terms.facts(Policy(coupon_days=301, quote_days=77)))
    assert ("301" in text, "77" in text, "{" in text) == (True, True, False)


def test_nobody_can_agree_before_anything_is_published(database: Sessions) -> None:
    """No terms, no consent."""
    with transaction(database) as session, pytest.raises(TermsMissing):
        terms.current(session)


def test_the_newest_version_counts_and_english_stands_in(database: Sessions) -> None:
    """A version is in force from the moment it is published, in every language."""
    with transaction(database) as session:
        terms.publish(session, FIRST, now=NOW)
        terms.publish(session, terms.TermsFile(2, "en", "New."), now=NOW + timedelta(hours=1))
        assert terms.current(session, "hi").text == "New."
        with pytest.raises(TermsChanged) as outdated:
            terms.agreed(session, version=1, language="en")
    assert outdated.value.evidence == {"agreed": 1, "current": 2}


def test_publishing_the_same_file_again_changes_nothing(database: Sessions) -> None:
    """An operator may repeat a command."""
    with transaction(database) as session:
        first = terms.publish(session, FIRST, now=NOW)
        assert terms.publish(session, FIRST, now=NOW + timedelta(days=1)) is first


@pytest.mark.parametrize("version", [1, 2])
def test_a_published_text_never_changes_and_versions_only_grow(database: Sessions, version: int) -> None:
    """What somebody agreed to stays what it was."""
    with transaction(database) as session:
        terms.publish(session, terms.TermsFile(2, "en", "Two."), now=NOW)
        with pytest.raises(TermsOutOfOrder):
            terms.publish(session, terms.TermsFile(version, "en", "Other."), now=NOW)
