"""Commands about customers who asked for a person."""

from typing import Annotated

import typer
from rich.table import Table

from tradein import presentation
from tradein.cli._run import console, reading, settings, stop, transaction, utcnow
from tradein.support import conversations, tickets
from tradein.support.tickets import Ending, Ticket, TicketState

support_app = typer.Typer(no_args_is_help=True, help="Customers who asked for a person, and how they were helped.")


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
                ticket.customer.first_name,
                str(ticket.customer.chat_id),
                ticket.reason,
                ticket.ending.value if ticket.ending else ticket.state.value,
                ticket.agent.name if ticket.agent else "",
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
            conversations.end(session, conversation, Ending.OPERATOR, actor="operator", now=utcnow())
        else:
            tickets.close(session, row, actor="operator", now=utcnow())
    console.print(f"Closed ticket {ticket}.")
