"""A consent is to one quote on one version of the terms, and a turn that is repeated finds what it did before."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions import coupon_hearing, issue_coupon
from actions.core import Desk
from actions.hearing import Heard
from actions.said import Said
from tests.builders import POLICY, Shopper, imei_number, stock
from tests.conftest import NOW
from tradein import exchanges
from tradein.coupons import Coupon
from tradein.database import Sessions, transaction
from tradein.refusals import QuoteMissing


def desk(session: Session) -> Desk:
    """Return the desk of the one customer."""
    return Desk(session, Shopper.arrives(session).customer, POLICY, NOW + timedelta(minutes=5))


def two_quotes(session: Session) -> tuple[int, int]:
    """Give the customer two quotes, an IMEI for each; the second is the current one."""
    shopper = Shopper.arrives(session).describes()
    first = shopper.gets_quote()
    shopper.gives_imei(imei_number(1))
    exchanges.restart(session, shopper.customer, now=NOW + timedelta(minutes=1))
    shopper.now = NOW + timedelta(minutes=2)
    shopper.describes("mi-a1-4-64")
    second = shopper.gets_quote()
    shopper.gives_imei(imei_number(2))
    return first.id, second.id


def agree(quote: int, version: int = 1) -> Said:
    """Tap "I agree" under the terms shown for a quote."""
    return Said("agree_terms", 1.0, "", {"terms_version": str(version), "quote": str(quote)}, "consent", {})


def turn(maker: Sessions, said: Said) -> Heard:
    """Play the two actions of a turn in which the customer agrees, each in its own transaction."""
    with transaction(maker) as session:
        heard = coupon_hearing.listen(desk(session), said, "en")
    assert heard is not None
    if isinstance(consent := heard.slots.get("consent"), dict):
        with transaction(maker) as session:
            issue_coupon._issue(desk(session), consent, "en")  # noqa: SLF001 - the action's one step in the core
    return heard


def coupons(maker: Sessions) -> list[int]:
    """Return the quotes that coupons were issued for."""
    with transaction(maker) as session:
        return list(session.scalars(select(Coupon.quote_id)))


def test_a_turn_repeated_after_a_crash_issues_no_coupon_for_another_quote(database: Sessions) -> None:
    """The engine dies between issuing and saving its tracker: the gateway sends the same tap again."""
    with transaction(database) as session:
        stock(session)
        first, _ = two_quotes(session)
    turn(database, agree(first))
    turn(database, agree(first))
    assert coupons(database) == [first]


def test_an_agreement_typed_and_repeated_counts_once_too(database: Sessions) -> None:
    """What was on the screen stands in a slot, which a crash leaves as it was."""
    with transaction(database) as session:
        stock(session)
        _, second = two_quotes(session)
    shown = {"terms_shown": {"version": 1, "quote": second}}
    typed = Said("agree_terms", 0.95, "yes I agree to the terms", {}, "consent", shown)
    turn(database, typed)
    turn(database, typed)
    assert coupons(database) == [second]


@pytest.mark.parametrize("said", [
    Said("affirm", 0.4, "hm ok", {}, "consent", {"terms_shown": {"version": 1, "quote": 2}}),
    Said("affirm", 0.9, "👍", {}, "consent", {"terms_shown": {"version": 1, "quote": 2}}),
    Said("affirm", 0.9, "yes", {}, "imei", {"terms_shown": {"version": 1, "quote": 2}}),
    Said("affirm", 0.9, "yes", {}, "consent", {}),
    agree(2, version=7),
    agree(99),
], ids=["unsure", "a thumb", "to another question", "nothing shown", "another version", "no such quote"])  # fmt: skip
def test_what_is_no_clear_yes_to_the_terms_shown_is_no_consent(database: Sessions, said: Said) -> None:
    """No coupon, and the terms are asked about again."""
    with transaction(database) as session:
        stock(session)
        two_quotes(session)
    assert not turn(database, said).slots.get("consent")
    assert coupons(database) == []


def test_nobody_agrees_for_anothers_quote(database: Sessions) -> None:
    """A quote id in a slot is a claim, checked against its owner."""
    with transaction(database) as session:
        stock(session)
        Shopper.arrives(session)
        stranger = Shopper.arrives(session, chat_id=2002).describes().gets_quote()
    with transaction(database) as session, pytest.raises(QuoteMissing):
        issue_coupon._issue(desk(session), {"version": 1, "quote": stranger.id}, "en")  # noqa: SLF001
    assert coupons(database) == []
