"""A request for a person is kept until somebody closes it."""

import pytest
from sqlalchemy.orm import Session

from tests.builders import Shopper
from tests.conftest import NOW
from tradein import events
from tradein.refusals import MoveNotAllowed
from tradein.support import tickets


def test_asking_twice_is_one_ticket(session: Session) -> None:
    """A customer who waits asks again; the ticket keeps its place."""
    shopper = Shopper.arrives(session)
    first = tickets.request_person(session, shopper.customer, reason="asked", now=NOW)
    assert tickets.request_person(session, shopper.customer, reason="again", now=NOW) is first
    assert tickets.listed(session) == [first]


def test_a_closed_ticket_makes_room_for_the_next(session: Session) -> None:
    """And it can't be closed again."""
    shopper = Shopper.arrives(session)
    ticket = tickets.request_person(session, shopper.customer, reason="asked", now=NOW)
    tickets.close(session, ticket, actor="operator", now=NOW)
    assert tickets.listed(session) == []
    assert [event.to_state for event in events.of(session, "ticket", ticket.id)] == ["open", "closed"]
    with pytest.raises(MoveNotAllowed):
        tickets.close(session, ticket, actor="operator", now=NOW)
    assert tickets.request_person(session, shopper.customer, reason="new", now=NOW).id != ticket.id
