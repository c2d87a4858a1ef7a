"""IMEI numbers: what is accepted, how they are masked, and that they stand nowhere but in one column."""

import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import select, text
from stdnum import luhn

from tests.conftest import NOW
from tradein import imei, refusals
from tradein.database import Sessions, transaction

GOOD = "356938035643809"
CHAT = 77


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (GOOD, None),
        ("IMEI: 35-693803-564380-9", None),
        ("35 693803 564380 9", None),
        ("३५६९३८०३५६४३८०९", None),
        ("３５６９３８０３５６４３８０９", None),  # noqa: RUF001 - full-width digits are the case
        ("35693803564380", "lacks_check_digit"),
        ("356938035643808", "check_digit"),
        ("3569380356438091", "software_version"),
        ("000000000000000", "same_digit"),
        ("11111111111111", "same_digit"),
        ("35693803564", "too_short"),
        ("35693803564380912345", "too_long"),
    ],
)
def test_a_number_is_read_as_people_write_it(written: str, problem: str | None) -> None:
    """Each way to be wrong has its own name, so that the answer can explain it."""
    assert imei.read(written).problem == problem


@given(st.text(alphabet="0123456789", min_size=14, max_size=14))
def test_exactly_one_check_digit_completes_fourteen_digits(payload: str) -> None:
    """Of the ten numbers that continue 14 digits, only the one with the Luhn digit is an IMEI."""
    valid = [digit for digit in "0123456789" if imei.read(payload + digit).problem is None]
    all_same = len(set(payload + luhn.calc_check_digit(payload))) == 1
    assert valid == ([] if all_same else [luhn.calc_check_digit(payload)])


@given(st.integers(0, 13), st.integers(1, 9))
def test_one_mistyped_digit_is_always_noticed(position: int, change: int) -> None:
    """That is what the check digit is for."""
    digit = (int(GOOD[position]) + change) % 10
    assert imei.read(f"{GOOD[:position]}{digit}{GOOD[position + 1 :]}").problem == "check_digit"


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        (f"my imei is {GOOD} ok?", "my imei is number#… ok?"),
        (f"IMEI:{GOOD}", "IMEI:number#…"),
        (f"IMEI{GOOD}", "IMEI number#…"),
        ("35-693803-564380-9", "number#…"),
        ("356938_035643_809", "number#…"),
        ("3569380 -- -- 35643809", "number#…"),
        ("35\u200b69380\u200b35643809", "number#…"),
        ("⓷⓹⓺⓽⓷⓼⓪⓷⓹⓺⓸⓷⓼⓪⓽", "number#…"),
        (f"{GOOD} / 356938035643817", "number#… number#…"),
        (f"{GOOD},356938035643817", "number#… number#…"),
        (f"IMEI1: {GOOD} IMEI2: 356938035643817", "IMEI number#… IMEI number#…"),
        (f"IMEI1 {GOOD}\nIMEI2 356938035643817", "IMEI number#…\nIMEI number#…"),
        (f"1) {GOOD} 2) 356938035643817", "number#… number#…"),
        ("35-693803-564380-9 / 35-693803-564381-7", "number#… number#…"),
        (f"IMEI (slot 1): {GOOD}", "IMEI (slot number#…"),
        (f"{GOOD}/01", "number#…"),
        (f"{GOOD} 4gb", "number#… gb"),
        (f"{GOOD}, 64 gb", "number#… gb"),
        ("call me on +91 98765 43210", "call me on +number#…"),
        ("redmi note 4 64gb for 12,000", "redmi note 4 64gb for 12,000"),
        ("samsung s8 2017", "samsung s8 2017"),
    ],
)
def test_no_long_number_stays_in_a_text(database: Sessions, said: str, rest: str) -> None:
    """What goes on to the inbox and to Rasa holds references only."""
    with transaction(database) as session:
        masked = imei.mask(session, said, chat_id=CHAT, now=NOW)
    assert imei.REFERENCE.sub("number#…", masked) == rest
    assert GOOD not in masked


@pytest.mark.parametrize(
    "said",
    [
        f"IMEI 1: {GOOD}",
        f"sim 2 - {GOOD}",
        f"{GOOD} 4gb",
        f"{GOOD}/01",
        f"1) {GOOD} 2) 356938035643808",
        "IMEI 1 35 693803 564380 9",
    ],
)
def test_a_good_imei_is_found_whatever_stands_beside_it(database: Sessions, said: str) -> None:
    """As ``*#06#`` shows it and as people copy it."""
    with transaction(database) as session:
        found = imei.REFERENCE.search(imei.mask(session, said, chat_id=CHAT, now=NOW))
        assert found is not None
        assert imei.device_claimed(imei.claimed(session, found.group(), chat_id=CHAT)).imei == GOOD


UNSEEN = st.characters(categories=["Cc", "Cf", "Me", "Mn", "Zs"]) | st.sampled_from(
    "\u115f\u1160\u2800\u3164\uffa0\u2065"
)
"""What may stand between two digits and shows nothing, or a blank."""


@given(st.lists(st.tuples(st.text(UNSEEN, max_size=40), st.text("-_/.,:#()·", max_size=4)), min_size=14, max_size=14))
def test_nothing_invisible_between_its_digits_gets_a_number_past_the_mask(gaps: list[tuple[str, str]]) -> None:
    """However much of it there is, with marks in between."""
    said = GOOD[0] + "".join(f"{gap[0]}{gap[1]}{gap[0]}{digit}" for gap, digit in zip(gaps, GOOD[1:], strict=True))

    for hidden in (imei.blacked_out(said), imei.without_imeis(said)):
        assert hidden == "•" * len(said)


@pytest.mark.parametrize("unseen", ["\u200b" * 9, "\u0301" * 9, "\ufe0f\u20e3" * 5, " \n" * 20, "\u3164" * 9])
def test_a_number_with_much_between_its_digits_is_found_all_the_same(database: Sessions, unseen: str) -> None:
    """Nine signs that nobody sees were enough to bring a number into the inbox and before an agent."""
    with transaction(database) as session:
        masked = imei.mask(session, f"here: {unseen.join(GOOD)}!", chat_id=CHAT, now=NOW)
        found = imei.REFERENCE.search(masked)
        assert found is not None
        assert imei.device_claimed(imei.claimed(session, found.group(), chat_id=CHAT)).imei == GOOD
    assert imei.REFERENCE.sub("number#…", masked) == "here: number#…!"


@given(st.text(st.characters(exclude_categories=["Cs", "Nd", "No"]), max_size=80), st.integers(0, 9_999_999))
def test_what_holds_no_long_number_stays_as_it_is(words: str, number: int) -> None:
    """Joiners, marks and fillers too: they belong to scripts and to emoji."""
    said = f"{words}{number}{words}"[:100]
    assume(sum(unicodedata.digit(char, None) is not None for char in said) < imei.SENSITIVE_DIGITS)

    assert imei.blacked_out(said) == said


@pytest.mark.parametrize(
    "said",
    [
        "rs. 12,000 ya 9,500?",
        "Samsung S8 2017, 64 GB, 4 GB RAM",
        "32GB/64GB/128GB/256GB",
        "order 4711-081",
        "from 10:30 to 19:45 … 7 days",
        "1) yes 2) no 3) yes 4) 64 gb 5) 2019",
    ],
)
def test_prices_sizes_and_hours_are_no_numbers_to_hide(said: str) -> None:
    """Letters between them keep them apart."""
    assert imei.blacked_out(said) == said
    assert imei.without_imeis("call +91 98765 43210, order 4711 0815 77") == "call +91 98765 43210, order 4711 0815 77"


@pytest.mark.parametrize(
    "piece", ["1\u200b", "1 ", "1-", "1" + " " * 999, "1" + "-" * 999, "1 - ", "1a", "\u200b-", "12-a"]
)
def test_a_text_takes_no_longer_than_its_length(piece: str) -> None:
    """A fifth of a million signs in the processor time of a blink: tried again and again they would take hours."""
    said = (piece * 200_000)[:200_000] + "1"
    began = time.process_time()

    imei.blacked_out(said)

    assert time.process_time() - began < 3


def test_a_message_of_single_digits_is_looked_through_in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as Telegram lets one be: a number at most is read for each digit, for the database waits meanwhile."""
    tried: list[int] = []
    read = imei.read

    def counted(number: str) -> imei.Reading:
        tried.append(len(number))
        return read(number)

    monkeypatch.setattr(imei, "read", counted)
    assert imei.numbers_in("1 " * 2048) == ["1" * 2048]
    assert max(tried) == imei.IMEI_DIGITS
    assert len(tried) <= 2048


def test_a_wrong_imei_is_still_judged_by_its_own_digits(database: Sessions) -> None:
    """The label beside it doesn't make it a 16-digit one."""
    with transaction(database) as session:
        reference = imei.mask(session, "IMEI 1: 356938035643808", chat_id=CHAT, now=NOW).split()[-1]
        assert imei.claimed(session, reference, chat_id=CHAT).problem == "check_digit"


def test_a_valid_imei_stands_in_one_column_and_a_wrong_one_in_none(database: Sessions) -> None:
    """The whole database is searched, column by column."""
    wrong = "356938035643808"
    with transaction(database) as session:
        imei.mask(session, f"it's {GOOD}, or {wrong}?", chat_id=CHAT, now=NOW)
    found = []
    with transaction(database) as session:
        tables = session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        for table in tables:
            for row in session.execute(text(f'SELECT * FROM "{table}"')).mappings():  # noqa: S608 - names of our own
                found += [(table, column) for column, value in row.items() if GOOD in str(value) or wrong in str(value)]
    assert found == [("device", "imei")]


def test_a_claim_is_only_for_the_chat_that_made_it(database: Sessions) -> None:
    """A reference that another customer types is worth nothing."""
    with transaction(database) as session:
        reference = imei.mask(session, GOOD, chat_id=CHAT, now=NOW)
        assert imei.device_claimed(imei.claimed(session, reference, chat_id=CHAT)).imei == GOOD
        with pytest.raises(refusals.UnknownClaim):
            imei.claimed(session, reference, chat_id=CHAT + 1)


def test_a_wrong_number_names_its_refusal_and_how_many_digits_it_had(database: Sessions) -> None:
    """The evidence lets the answer be exact without keeping the number."""
    with transaction(database) as session:
        reference = imei.mask(session, "35693803564380", chat_id=CHAT, now=NOW)
        with pytest.raises(refusals.ImeiLacksCheckDigit) as refused:
            imei.device_claimed(imei.claimed(session, reference, chat_id=CHAT))
    assert refused.value.evidence == {"digits": 14}


def test_blocking_keeps_the_first_moment_and_unblocking_ends_it(database: Sessions) -> None:
    """An operator may import the same list again."""
    with transaction(database) as session:
        imei.block(session, GOOD, reason="stolen", now=NOW)
        imei.block(session, GOOD, reason="again", now=NOW.replace(hour=9))
        device = session.scalars(select(imei.Device)).one()
        assert (device.blocked_at, device.blocked_reason) == (NOW, "stolen")
        imei.unblock(session, GOOD, now=NOW)
        assert device.blocked_at is None


def test_old_claims_are_forgotten_and_devices_are_not(database: Sessions) -> None:
    """A claim serves the turn it came with."""
    with transaction(database) as session:
        imei.mask(session, GOOD, chat_id=CHAT, now=NOW)
        assert imei.forget_claims(session, before=NOW.replace(hour=23)) == 1
        assert session.scalars(select(imei.Claim)).all() == []
        assert len(session.scalars(select(imei.Device)).all()) == 1
