"""The command line: clear sentences, exit codes, and nothing changed by a bad call."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import keyboards
from tests.builders import Shopper, imei_number, stock
from tests.conftest import NOW
from tests.tradein.conftest import Run
from tradein import inbox, outbox, reminders, settings
from tradein.coupons import Coupon
from tradein.database import Sessions, transaction
from tradein.imei import Device, Tac
from tradein.support import tickets
from tradein.terms import Terms


def test_publishing_terms_puts_them_in_force(run: Run, tmp_path: Path, database: Sessions) -> None:
    """The file says which version it is."""
    file = tmp_path / "en.md"
    file.write_text("# version: 1\n# language: en\nHand it over.")
    assert "Terms version 1 (en) are in force." in run("terms", "publish", str(file)).output
    with transaction(database) as session:
        assert session.scalars(select(Terms.text)).all() == ["Hand it over."]


def test_a_bad_terms_file_changes_nothing_and_says_why(run: Run, tmp_path: Path) -> None:
    """One sentence, exit code 1."""
    file = tmp_path / "en.md"
    file.write_text("# language: en\nHand it over within {days} days.")
    result = run("terms", "publish", str(file))
    assert result.exit_code == 1
    assert "Nothing was published: 2 problems." in result.output
    assert "en.md:1: a line like '# version: …' is missing at the top" in result.output
    assert "en.md:2: '{days}' can't be filled in; the blanks are {coupon_days}, {quote_days}" in result.output


def test_terms_can_be_tried_before_they_are_published(run: Run, tmp_path: Path, database: Sessions) -> None:
    """A dry run says what would be; the same file a second time is nothing new; an older one is refused either way."""
    file = tmp_path / "en.md"
    file.write_text("# version: 2\n# language: en\nHand it over.")
    assert "would be put in force" in run("terms", "publish", "--dry-run", str(file)).output
    with transaction(database) as session:
        assert session.scalars(select(Terms)).all() == []
    run("terms", "publish", str(file))
    assert "are published already" in run("terms", "publish", str(file)).output
    file.write_text("# version: 1\n# language: en\nHand it over.")
    assert "terms_out_of_order" in run("terms", "publish", "--dry-run", str(file)).output


def test_a_tac_table_can_be_tried_before_it_is_imported(run: Run, tmp_path: Path, database: Sessions) -> None:
    """And then imported; a second time nothing changes."""
    file = tmp_path / "tac.csv"
    file.write_text("tac,brand,model\n35693803,Nokia,3310\n")
    assert "Nothing was changed: this was a dry run." in run("tac", "import", "--dry-run", str(file)).output
    with transaction(database) as session:
        assert session.scalars(select(Tac)).all() == []
    assert "Imported" in run("tac", "import", str(file)).output
    assert "as it is in the file already" in run("tac", "import", str(file)).output
    file.write_text("tac,brand,model\n3569380,Nokia,3310\n")
    refused = run("tac", "import", str(file))
    assert (refused.exit_code, "tac.csv:2: 'tac' must be the first eight digits" in refused.output) == (1, True)


def test_looking_waits_for_no_writer(run: Run, tmp_path: Path, database: Sessions) -> None:
    """Support looks a coupon up, and an operator tries a file, while the gateway is in the middle of something."""
    file = tmp_path / "blocked.csv"
    file.write_text(f"imei\n{imei_number(2)}\n")
    with transaction(database) as session:
        stock(session)
        code = Shopper.arrives(session).gets_coupon().printed
    with transaction(database) as writer:
        writer.execute(select(1))  # BEGIN IMMEDIATE: the write lock is held from here on
        for words in (
            ("coupon", "show", code),
            ("support", "tickets"),
            ("imei", "import", "--dry-run", str(file)),
        ):
            assert run(*words).exit_code == 0


def test_a_list_of_blocked_phones_is_taken_whole_or_not_at_all(run: Run, tmp_path: Path, database: Sessions) -> None:
    """Every bad line is named; no number is repeated in full."""
    file = tmp_path / "blocked.csv"
    file.write_text(f"imei,reason\n{imei_number(1)},stolen\n356938035643808,typo\n")
    result = run("imei", "import", str(file))
    assert result.exit_code == 1
    assert "blocked.csv:3: is not an IMEI (check_digit, 15 digits)" in result.output
    assert "356938035643808" not in result.output
    file.write_text(f"imei,reason\n{imei_number(1)},stolen\n{imei_number(2)},lost\n")
    tried = run("imei", "import", "--dry-run", str(file))
    assert "Nothing was changed: this was a dry run." in tried.output
    assert imei_number(1) not in tried.output
    with transaction(database) as session:
        assert session.scalars(select(Device)).all() == []
    assert "Imported" in run("imei", "import", str(file)).output
    with transaction(database) as session:
        assert {device.blocked_reason for device in session.scalars(select(Device))} == {"stolen", "lost"}
    assert "as it is in the file already" in run("imei", "import", str(file)).output


@pytest.mark.parametrize("content", ["{0}\n{1}\n", "imei,reason\n{0},a\n{0},b\n", "imei\n{0}0\n", "number\n{0}\n"])
def test_no_mistake_in_a_list_of_phones_repeats_a_number(run: Run, tmp_path: Path, content: str) -> None:
    """Not where the header is missing, nor where a phone is there twice: a terminal is a log too."""
    file = tmp_path / "blocked.csv"
    file.write_text(content.format(imei_number(1), imei_number(2)))
    result = run("imei", "import", str(file))
    assert (result.exit_code, "blocked.csv:" in result.output) == (1, True)
    assert not [number for number in (imei_number(1), imei_number(2)) if number in result.output]


def test_blocking_and_unblocking_name_the_phone_masked(run: Run) -> None:
    """An operator's terminal is a log too."""
    number = imei_number()
    for verb, done in (("block", "Blocked"), ("unblock", "Unblocked")):
        output = run("imei", verb, number).output
        assert f"{done} •••••••••••{number[-4:]}" in output
        assert number not in output


def test_a_coupon_is_shown_with_its_history(run: Run, database: Sessions) -> None:
    """What support needs: state, value, last moment; the IMEI masked."""
    with transaction(database) as session:
        stock(session)
        coupon = Shopper.arrives(session).gets_coupon()
        code = coupon.printed
    output = run("coupon", "show", code.lower()).output
    assert all(word in output for word in (code, "issued", "₹6,000", "Tue, 8 Dec 2026, 23:59", "customer:1"))
    assert imei_number() not in output
    unknown = run("coupon", "show", "AAAA-AAAA-AAAA-AAAA")
    assert (unknown.exit_code, "unknown_coupon" in unknown.output) == (1, True)


def test_a_coupon_is_cancelled_once(run: Run, database: Sessions) -> None:
    """The second time the state machine says no."""
    with transaction(database) as session:
        stock(session)
        code = Shopper.arrives(session).gets_coupon().printed
    assert "its credit is reversed" in run("coupon", "cancel", code).output
    assert "move_not_allowed" in run("coupon", "cancel", code).output


def test_pruning_deletes_what_was_dealt_with_long_ago_and_keeps_every_promise(run: Run, database: Sessions) -> None:
    """Sent messages with their buttons, updates finished or set aside, references; a message that waits stays."""
    long_ago = datetime(2025, 1, 1, tzinfo=UTC)
    with transaction(database) as session:
        stock(session)
        shopper = Shopper.arrives(session)
        shopper.gets_coupon()
        for number in (1, 2):
            inbox.accept(session, bot_id=1, update_id=number, chat_id=1, payload={}, now=long_ago)
        inbox.finish(session, bot_id=1, update_id=1, now=long_ago)
        inbox.quarantine(session, bot_id=1, update_id=3, payload={}, error="odd", now=long_ago)
        sent, kept = (
            outbox.queue(session, chat_id=7, customer_id=None, kind="reply", body={}, now=long_ago) for _ in range(2)
        )
        keyboards.hang(session, token="t" * 16, chat_id=7, message_id=sent, buttons=[], now=long_ago)
        session.get_one(outbox.Message, sent).state = outbox.MessageState.SENT
    assert "Deleted 2 updates, 1 messages, 0 reminders and 0 references" in run("db", "prune").output
    with transaction(database) as session:
        assert session.scalars(select(inbox.InboxUpdate.update_id)).all() == [2]
        assert kept in session.scalars(select(outbox.Message.id)).all()
        assert session.scalars(select(keyboards.Keyboard)).all() == []
        assert session.scalars(select(Coupon)).one().value_minor
    assert run("db", "prune", "--days", "3").exit_code == 2


def test_tickets_are_listed_and_closed(run: Run, database: Sessions) -> None:
    """Whoever waits longest comes first."""
    assert "Nobody is waiting" in run("support", "tickets").output
    with transaction(database) as session:
        tickets.request_person(session, Shopper.arrives(session).customer, reason="IMEI refused", now=NOW)
    assert "IMEI refused" in run("support", "tickets").output
    assert "Closed ticket 1" in run("support", "close", "1").output
    assert "Nobody is waiting" in run("support", "tickets").output
    assert "There is no ticket 9" in run("support", "close", "9").output


def test_a_database_without_a_schema_is_named_as_such(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With the command that mends it."""
    monkeypatch.setenv("TRADEIN_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    settings.load.cache_clear()
    result = run("support", "tickets")
    assert (result.exit_code, "tradein db upgrade" in result.output) == (1, True)
    assert "present schema" in run("db", "upgrade").output
    assert run("support", "tickets").exit_code == 0


def test_a_bad_setting_ends_the_command_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which variable and why."""
    monkeypatch.setenv("TRADEIN_TIMEZONE", "Kolkata")
    settings.load.cache_clear()
    result = run("support", "tickets")
    assert (result.exit_code, "TRADEIN_TIMEZONE is not a time zone" in result.output) == (1, True)


def test_a_programme_from_before_reminders_begins_with_the_upgrade_and_says_what_is_left_to_do(
    run: Run, database: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty one has nothing to remind of; an older one is told how its coupons get theirs, once."""
    monkeypatch.setenv("TRADEIN_CATALOGUE_DIR", str(Path(__file__).parents[2] / "catalogue"))
    settings.load.cache_clear()
    assert "reminders replan" not in run("db", "upgrade").output
    with transaction(database) as session:
        stock(session)
    assert "tradein reminders replan" in run("db", "upgrade").output
    assert "reminders replan" not in run("db", "upgrade").output
    with transaction(database) as session:
        assert reminders.current(session).reminders
