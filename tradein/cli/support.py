"""Commands about customers who asked for a person."""

import subprocess
import sys
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy import select

from tradein import events, presentation
from tradein.cli._run import console, reading, settings, stop, transaction, utcnow
from tradein.events import COMMAND_LINE
from tradein.support import conversations, moves, statistics, tickets
from tradein.support.conversations import Conversation
from tradein.support.statistics import Row
from tradein.support.tickets import Ending, Ticket, TicketState

support_app = typer.Typer(no_args_is_help=True, help="Customers who asked for a person, and how they were helped.")


@support_app.command("check")
def check() -> None:
    """Say whether the support group is set up as the bot needs it, and what to do where it is not."""
    # The gateway's package knows Telegram; a process of its own asks, as all of the gateway runs in one.
    asked = subprocess.run([sys.executable, "-m", "bot.support.check"], check=False)
    raise typer.Exit(asked.returncode)


@support_app.command("tickets")
def list_tickets(
    *, everything: Annotated[bool, typer.Option("--all", help="Show closed tickets too.")] = False
) -> None:
    """List the customers who asked for a person, the longest waiting first."""
    programme = settings()
    with reading() as session:
        found = tickets.listed(session, state=None if everything else TicketState.OPEN)
        table = Table("Ticket", "Since", "Customer", "Chat", "Reason", "State", "Helped by")
        for ticket in found:
            since = presentation.moment(ticket.opened_at, timezone=programme.timezone, language="en")
            table.add_row(
                str(ticket.id),
                since,
                escape(ticket.customer.first_name),
                str(ticket.customer.chat_id),
                escape(ticket.reason),
                ticket.ending.value if ticket.ending else ticket.state.value,
                escape(ticket.agent.name) if ticket.agent else "",
            )
    console.print(table if found else "Nobody is waiting for a person.")


@support_app.command("close")
def close(ticket: Annotated[int, typer.Argument(help="The number that 'tradein support tickets' shows.")]) -> None:
    """Close a ticket once the customer has been helped; the assistant speaks with them again."""
    with transaction() as session:
        row = session.get(Ticket, ticket)
        if row is None:
            raise stop(f"There is no ticket {ticket}.")
        conversation = conversations.of(session, row.customer)
        if conversation.silent and row.state is TicketState.OPEN:
            moves.end(session, conversation, Ending.OPERATOR, actor=COMMAND_LINE, now=utcnow())
        else:
            tickets.close(session, row, actor=COMMAND_LINE, now=utcnow())
    console.print(f"Closed ticket {ticket}.")


@support_app.command("show")
def show(ticket: Annotated[int, typer.Argument(help="The number that 'tradein support tickets' shows.")]) -> None:
    """Show a ticket, and who had the talk with its customer meanwhile."""
    zone = settings().timezone
    facts, moves = Table("Fact", "Value", show_header=False), Table("At", "From", "To", "By")
    with reading() as session:
        row = tickets.by_id(session, ticket)
        for name in ("opened_at", "taken_at", "first_answer_at", "closed_at"):
            if (at := getattr(row, name)) is not None:
                facts.add_row(name.removesuffix("_at").replace("_", " "), _moment(at, zone))
        told: dict[str, object] = {"customer": row.customer.first_name, "reason": row.reason}
        told |= {"agent": row.agent and row.agent.name, "ending": row.ending and row.ending.value}
        told |= {"rating": row.rating, "comment": row.comment}
        for name, value in told.items():
            if value is not None:
                facts.add_row(name, escape(str(value)))  # a customer's own words: no markup of ours
        found = session.scalar(select(Conversation).where(Conversation.customer_id == row.customer_id))
        for event in events.of(session, Conversation.__tablename__, found.id) if found else ():
            if event.at >= row.opened_at and (row.closed_at is None or event.at <= row.closed_at):
                moves.add_row(_moment(event.at, zone), event.from_state or "", event.to_state, event.actor)
    console.print(facts)
    if moves.row_count:
        console.print(moves)


@support_app.command("stats")
def stats(*, days: Annotated[int, typer.Option(min=1, help="How many days back from now.")] = 7) -> None:
    """Show how long customers waited and how well they were helped, by agent and by day (medians)."""
    programme, now = settings(), utcnow()
    with reading() as session:
        rows = statistics.of(session, since=now - timedelta(days=days), zone=programme.zone)
    if not rows:
        console.print(f"Nobody asked for a person in the last {days} days.")
        return
    for heading, groups in (("Agent", statistics.by_agent(rows)), ("Day", statistics.by_day(rows))):
        table = Table(heading, "Requests", "Waited", "First answer", "Closed after", "Helped", "Rating")
        for name, group in groups.items():
            table.add_row(escape(name or "nobody"), *_cells(group))
        table.add_row("all", *_cells(rows))
        console.print(table)


def _cells(rows: list[Row]) -> list[str]:
    told = statistics.summed(rows)
    rating = f"{told.rating:.1f} of {told.ratings}" if told.rating is not None else ""
    spells = (told.waited, told.first_answer, told.closed_after)
    return [str(told.requests), *(_spell(spell) for spell in spells), str(told.helped), rating]


def _spell(spell: timedelta | None) -> str:
    if spell is None:
        return ""
    minutes, seconds = divmod(round(spell.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {seconds:02} s"


def _moment(at: datetime, zone: str) -> str:
    return presentation.moment(at, timezone=zone, language="en")
