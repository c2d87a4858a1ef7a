"""The commands about reminders, and their file: clear sentences, exit codes, nothing changed by a bad file."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.builders import Shopper, imei_number, stock
from tests.conftest import NOW
from tests.tradein.conftest import Run
from tests.tradein.test_reminders import KINDS
from tradein import occasions, reminders
from tradein.coupons import Coupon
from tradein.database import Sessions, transaction
from tradein.reminder_files import read_reminders
from tradein.reminders import Reminder
from tradein.tables import ContentError

GOOD = """reminders:
  - {key: last_day, days_before: 0, at: "10:00"}
  - {key: fortnight, days_before: 14, at: "11:30"}
"""


@pytest.fixture
def run(run: Run) -> Run:
    """Return a way to run ``tradein reminders`` on a fresh database."""
    return partial(run, "reminders")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with two kinds."""
    path = tmp_path / "reminders.yml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def codes(database: Sessions) -> list[str]:
    """Return the codes of two coupons that were issued just now, by the real clock, with the catalogue's reminders."""
    with transaction(database) as session:
        stock(session)
        reminders.put_in_force(session, KINDS, now=NOW)
        codes = []
        for number in (1, 2):
            shopper = Shopper.arrives(session, number)
            shopper.now = datetime.now(UTC)
            codes.append(shopper.gets_coupon(imei_number(number)).printed)
    return codes


def test_the_kinds_of_a_file_are_put_in_force(run: Run, file: Path, database: Sessions) -> None:
    """Tried first, then done, then known; listed in the order in which they come due."""
    tried = run("import", "--dry-run", str(file))
    assert "Would be in force: fortnight (14 days before, 11:30), last_day (0 days before, 10:00)" in tried.output
    with transaction(database) as session:
        assert reminders.current(session).reminders == ()
    assert "In force: fortnight (14 days before, 11:30), last_day" in run("import", str(file)).output
    with transaction(database) as session:
        assert [kind.key for kind in reminders.current(session).reminders] == ["fortnight", "last_day"]
    assert "In force already" in run("import", str(file)).output


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("reminders: [", "reminders.yml:1"),
        ("reminders:\n  - {key: week, days_before: -1, at: '10:00'}", "reminders.0.days_before"),
        ("reminders:\n  - {key: week, days_before: 7, at: 'ten'}", "reminders.0.at"),
        ("reminders:\n  - {key: A week!, days_before: 7, at: '10:00'}", "reminders.0.key"),
        ("reminders:\n  - {key: week, days_before: 7, at: '10:00', says: hello}", "reminders.0.says"),
        ("- week", "file"),
        ("reminders:\n" + "  - {key: week, days_before: 7, at: '10:00'}\n" * 2, "week"),
        ("reminders:\n  - {key: expired, days_before: 0, at: '10:00'}", "expired"),
        ("reminders:\n  - {key: quote, days_before: 0, at: '10:00'}", "quote"),
    ],
)
def test_a_bad_file_is_refused_and_its_mistake_named(run: Run, tmp_path: Path, content: str, told: str) -> None:
    """With the place in the file."""
    bad = tmp_path / "reminders.yml"
    bad.write_text(content)
    result = run("import", str(bad))
    assert result.exit_code == 1
    assert told in result.output


def test_a_file_that_is_not_there_is_a_mistake_of_the_content(tmp_path: Path) -> None:
    """For whoever reads it without the command line."""
    with pytest.raises(ContentError):
        read_reminders(tmp_path / "none.yml")


def test_new_kinds_are_planned_for_the_coupons_that_exist(
    run: Run, file: Path, codes: list[str], database: Sessions
) -> None:
    """Of each: one new, three gone."""
    run("import", str(file))
    assert "8 reminders changed." in run("replan").output
    assert "0 reminders changed." in run("replan").output
    shown = run("show", codes[0]).output
    assert "fortnight" in shown
    assert "rule_gone" in shown
    with transaction(database) as session:
        planned = session.scalars(select(Reminder.kind).where(Reminder.state == "planned")).all()
    assert sorted(planned) == ["fortnight", "fortnight", "last_day", "last_day"]


def test_a_coupon_shows_its_reminders(run: Run, codes: list[str]) -> None:
    """In the programme's own time; a code that is none is said to be unknown."""
    shown = run("show", codes[0].lower())
    assert [line.split()[1] for line in shown.output.splitlines() if "planned" in line] == [
        "week",
        "three_days",
        "tomorrow",
        "last_day",
    ]
    assert "10:00" in shown.output
    assert run("show", "2222-2222-2222-2222").exit_code != 0


def test_what_is_due_is_listed_the_longest_due_first(run: Run, codes: list[str], database: Sessions) -> None:
    """As many as wanted, and how late the oldest is."""
    assert codes
    assert "Nothing is due." in run("due").output
    assert "oldest due waits" in run("stats").output
    with transaction(database) as session:
        now = datetime.now(UTC)
        for late, coupon in enumerate(session.scalars(select(Coupon).order_by(Coupon.id.desc())), 1):
            occasions.of_coupon(session, coupon)[0].due_at = now - timedelta(hours=late)
    listed = [line for line in run("due").output.splitlines() if "week" in line]
    assert [line.split()[-2] for line in listed] == ["1", "2"]
    assert len([line for line in run("due", "--limit", "1").output.splitlines() if "week" in line]) == 1
    told = " ".join(run("stats").output.split())
    assert "planned 8" in told
    waits = int(told.partition("oldest due waits ")[2].split()[0])
    assert 2 * 3600 <= waits < 2 * 3600 + 60


def test_a_programme_without_reminders_says_so(run: Run, database: Sessions) -> None:
    """No table without rows."""
    with transaction(database) as session:
        stock(session)
        code = Shopper.arrives(session).gets_coupon().printed
    assert "No reminders were planned for this coupon." in run("show", code).output
