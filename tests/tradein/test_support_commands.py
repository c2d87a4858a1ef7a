"""What an operator sees of the help that people gave."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from tests.builders import Shopper, stock
from tests.conftest import NOW
from tests.tradein.conftest import Run
from tradein import customers, staff
from tradein.database import Sessions, transaction
from tradein.staff import Role
from tradein.support import agents, conversations, statistics, tickets

MINUTE, KOLKATA = timedelta(minutes=1), ZoneInfo("Asia/Kolkata")


def helps(session: Session, *, since: datetime, chat_id: int, after: int, rating: int | None) -> None:
    """Let Meera take a customer's request ``after`` minutes, answer a minute later and hand back two more later."""
    shopper = Shopper.arrives(session, chat_id=chat_id)
    member = next((known for known in staff.listed(session)), None)
    if member is None:
        member, _ = staff.add(session, name="Meera Nair", role=Role.AGENT, now=since)
    ticket = tickets.request_person(session, shopper.customer, reason="asked", now=since)
    conversation = conversations.of(session, shopper.customer)
    taken = since + after * MINUTE
    agents.take(session, conversation, member, now=taken)
    agents.agent_wrote(session, conversation, member, now=taken + MINUTE)
    agents.hand_back(session, conversation, member, now=taken + 3 * MINUTE)
    ticket.rating = rating


def test_the_figures_are_medians_and_the_mean_of_the_ratings(session: Session) -> None:
    """Of three helped after one, two and nine minutes, two rated it; one nobody took."""
    for number, (after, rating) in enumerate([(1, 5), (2, None), (9, 4)]):
        helps(session, since=NOW, chat_id=2000 + number, after=after, rating=rating)
    tickets.request_person(session, Shopper.arrives(session, chat_id=2009).customer, reason="x", now=NOW)
    rows = statistics.of(session, since=NOW, zone=KOLKATA)
    summed = statistics.summed(rows)

    assert (summed.requests, summed.helped, summed.rating, summed.ratings) == (4, 3, 4.5, 2)
    assert (summed.waited, summed.first_answer, summed.closed_after) == (2 * MINUTE, 3 * MINUTE, 5 * MINUTE)
    assert {name: len(group) for name, group in statistics.by_agent(rows).items()} == {"": 1, "Meera Nair": 3}


def test_a_day_is_the_programmes_own(session: Session) -> None:
    """Half past eleven at night in Kolkata is the day before's evening in UTC."""
    late = NOW.replace(hour=18, minute=15)  # 23:45
    for number, moment in enumerate((late, late + 30 * MINUTE)):
        customer = Shopper.arrives(session, chat_id=2000 + number).customer
        tickets.request_person(session, customer, reason="x", now=moment)
    rows = statistics.of(session, since=NOW, zone=KOLKATA)
    assert list(statistics.by_day(rows)) == ["2026-11-23", "2026-11-24"]


def test_stats_and_show_tell_of_waiting_and_of_who_had_the_talk(run: Run, database: Sessions) -> None:
    """By agent and by day; a ticket's life move by move."""
    assert "Nobody asked for a person" in run("support", "stats").output
    with transaction(database) as session:
        helps(session, since=datetime.now(UTC) - timedelta(hours=1), chat_id=2000, after=2, rating=5)
    told = run("support", "stats").output
    assert all(words in told for words in ("Meera Nair", "2 min 00 s", "3 min 00 s", "5 min 00 s", "5.0 of 1"))
    shown = run("support", "show", "1").output
    assert all(words in shown for words in ("handed_back", "Meera Nair", "person", "staff:1"))
    assert "unknown_ticket" in run("support", "show", "9").output


def test_an_alias_is_what_customers_call_an_agent(run: Run, database: Sessions) -> None:
    """And whoever leaves puts their customers back into the queue."""
    assert run("staff", "add", "--role", "agent", "Meera Nair", "--alias", "Asha").exit_code == 0
    assert "Asha" in run("staff", "list").output
    with transaction(database) as session:
        conversation = conversations.of(session, Shopper.arrives(session).customer)
        agents.take(session, conversation, staff.by_id(session, 1), now=NOW)
    assert "Customers waiting for somebody else: 1" in run("staff", "remove", "1").output
    with transaction(database) as session:
        assert conversations.of(session, Shopper.arrives(session).customer).state == "waiting"


def test_a_name_that_looks_like_markup_keeps_no_operator_from_the_list(run: Run, database: Sessions) -> None:
    """Whoever calls themselves so would shut everybody's tickets away."""
    name, words = "[/red]", "thanks [/b] [bold]all"
    with transaction(database) as session:
        asha = customers.meet(session, telegram_user_id=7, chat_id=7, first_name=name, language="en", now=NOW)
        ticket = tickets.request_person(session, asha, reason="asked [/i]", now=NOW)
        ticket.comment = words
    assert run("staff", "add", "--role", "agent", "Meera [/x]").exit_code == 0

    assert name in run("support", "tickets").output
    assert words in run("support", "show", "1").output
    assert "Meera [/x]" in run("staff", "list").output


def test_an_order_whose_number_looks_like_markup_is_listed_and_cancelled(run: Run, database: Sessions) -> None:
    """A shop's numbers may hold any sign that can be printed; the command must not fail after its work."""
    with transaction(database) as session:
        stock(session)
        order = Shopper.arrives(session).orders()
        order.reference = "[/S-1]"
        number = order.public_id

    assert "[/S-1]" in run("order", "list").output
    assert "[/S-1] is cancelled" in run("order", "cancel", number).output
    assert "[/S-1]" not in run("order", "list").output
