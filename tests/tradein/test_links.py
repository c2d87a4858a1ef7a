"""Linking an account of the shop: asked first, by the customer who opened the link, and undone at will."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.builders import Shopper, opens_link
from tests.conftest import NOW
from tradein import links, refusals
from tradein.links import INVITATION_LIFE


def invited(session: Session, account: str = "asha@shop") -> str:
    """Return the token of a new link."""
    return links.invite(session, account=account, now=NOW)[0]


def test_opening_a_link_asks_and_links_nothing(session: Session) -> None:
    """It may be asked again by who opened it: the question scrolled away."""
    asha, token = Shopper.arrives(session).customer, invited(session)
    asked = links.ask(session, asha, token, now=NOW)
    assert (asked.account, asked.linked) == ("asha@shop", None)
    assert links.ask(session, asha, token, now=NOW) == asked
    assert links.account_of(session, asha.id) is None
    links.accept(session, asha, asked.invitation_id, now=NOW)
    assert links.account_of(session, asha.id) == "asha@shop"
    with pytest.raises(refusals.InvitationUsed):
        links.accept(session, asha, asked.invitation_id, now=NOW)


def test_only_who_opened_a_link_can_accept_it(session: Session) -> None:
    """Not by its number, not by its token; a link that nobody opened has no number yet."""
    asha, mallory = Shopper.arrives(session, 1).customer, Shopper.arrives(session, 2).customer
    token = invited(session)
    asked = links.ask(session, asha, token, now=NOW)
    with pytest.raises(refusals.UnknownInvitation):
        links.accept(session, mallory, asked.invitation_id, now=NOW)
    with pytest.raises(refusals.InvitationUsed):
        links.ask(session, mallory, token, now=NOW)
    links.decline(session, mallory, asked.invitation_id, now=NOW)
    invited(session, "other")
    with pytest.raises(refusals.UnknownInvitation):
        links.accept(session, asha, asked.invitation_id + 1, now=NOW)
    links.accept(session, asha, asked.invitation_id, now=NOW)


def test_a_link_that_was_declined_or_is_too_old_links_nothing(session: Session) -> None:
    """The answer counts when it is given, not when the question was."""
    asha = Shopper.arrives(session).customer
    token = invited(session)
    declined = links.ask(session, asha, token, now=NOW)
    links.decline(session, asha, declined.invitation_id, now=NOW)
    for again in (
        lambda: links.ask(session, asha, token, now=NOW),
        lambda: links.accept(session, asha, declined.invitation_id, now=NOW),
    ):
        with pytest.raises(refusals.InvitationUsed):
            again()
    late = links.ask(session, asha, invited(session), now=NOW)
    with pytest.raises(refusals.InvitationExpired):
        links.accept(session, asha, late.invitation_id, now=NOW + INVITATION_LIFE + timedelta(seconds=1))
    assert links.account_of(session, asha.id) is None


def test_an_account_is_one_customers_until_they_unlink_it(session: Session) -> None:
    """Refused as the link is opened, and again at the answer: another may have been faster."""
    asha, ravi = Shopper.arrives(session, 1).customer, Shopper.arrives(session, 2).customer
    late = links.ask(session, ravi, invited(session), now=NOW)
    opens_link(session, asha, invited(session), now=NOW)
    with pytest.raises(refusals.AccountLinkedElsewhere), session.begin_nested():
        links.accept(session, ravi, late.invitation_id, now=NOW)
    with pytest.raises(refusals.AccountLinkedElsewhere), session.begin_nested():
        links.ask(session, ravi, invited(session), now=NOW)
    assert links.unlink(session, asha) == "asha@shop"
    with pytest.raises(refusals.AccountNotLinked):
        links.unlink(session, asha)
    links.accept(session, ravi, late.invitation_id, now=NOW)
    assert links.customer_of(session, "asha@shop") == ravi
