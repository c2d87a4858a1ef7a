"""Commands about the shop: its API keys, its orders, and the refunds that need a person."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tradein import apikeys, orders, presentation, refunds, visits
from tradein.apikeys import Scope
from tradein.cli._run import console, reading, settings, transaction, utcnow
from tradein.events import COMMAND_LINE
from tradein.refunds import RefundState

apikey_app = typer.Typer(no_args_is_help=True, help="The keys with which the shop's servers use the checkout API.")
order_app = typer.Typer(no_args_is_help=True, help="Orders that a coupon pays a part of.")
refund_app = typer.Typer(no_args_is_help=True, help="Money on its way back to customers.")


@apikey_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, for you to recognise.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it may do; repeat for several. 'read' also tells why a code is refused."),
    ] = None,
) -> None:
    """Make a key and show its secret, once."""
    with transaction() as session:
        key, secret = apikeys.create(session, name=name, scopes=scope or [Scope.CHECKOUT], now=utcnow())
        scopes = ", ".join(key.scopes)
    console.print(f"Key {key.prefix} ({escape(name)}) may: {scopes}. Its secret, shown only now:", highlight=False)
    console.print(secret, highlight=False, soft_wrap=True)


@apikey_app.command("list")
def list_keys() -> None:
    """List the keys; their secrets can't be shown."""
    programme = settings()
    table = Table("Key", "Name", "May", "Made", "Revoked")
    with reading() as session:
        for key in apikeys.listed(session):
            made, revoked = (
                presentation.moment(at, timezone=programme.timezone, language="en") if at else "—"
                for at in (key.created_at, key.revoked_at)
            )
            table.add_row(key.prefix, escape(key.name), ", ".join(key.scopes), made, revoked)
    console.print(table if table.row_count else "There are no keys: 'tradein apikey create NAME' makes one.")


@apikey_app.command("revoke")
def revoke(key: Annotated[str, typer.Argument(help="The key's prefix, as 'tradein apikey list' shows it.")]) -> None:
    """Close a key at once and for good."""
    with transaction() as session:
        name = apikeys.revoke(session, prefix=key, now=utcnow()).name
    console.print(f"Key {key} ({escape(name)}) opens nothing any more.", highlight=False)


@order_app.command("list")
def list_orders() -> None:
    """List the orders that are not over, with their visits."""
    programme = settings()
    table = Table("Order", "Shop's number", "Placed", "Visit", "On", "Courier", "Door code")
    with reading() as session:
        for visit in visits.not_over(session):
            table.add_row(
                visit.order.public_id,
                escape(visit.order.reference),
                presentation.moment(visit.order.placed_at, timezone=programme.timezone, language="en"),
                visit.state.value,
                visit.scheduled_on.isoformat(),
                escape(visit.courier.name) if visit.courier else "",
                "locked" if visit.locked else "",
            )
    console.print(table if table.row_count else "No order is under way.")


@order_app.command("cancel")
def cancel_order(
    order: Annotated[str, typer.Argument(help="The order's id, ord_…")],
    *,
    at_the_door: Annotated[
        bool, typer.Option("--at-the-door", help="Also while the phone is being checked: nobody ends the check.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with the order.")] = "cancelled by an operator",
) -> None:
    """Cancel an order: the coupon comes back, what was paid goes back, the customer and the shop are told."""
    with transaction() as session:
        verb = visits.call_off if at_the_door else visits.cancel
        row = orders.by_public_id(session, order)
        verb(session, row, reason=reason, actor=COMMAND_LINE, now=utcnow())
        console.print(f"Order {escape(row.reference)} is cancelled.", highlight=False)


@order_app.command("new-code")
def new_code(order: Annotated[str, typer.Argument(help="The order's id, ord_…")]) -> None:
    """Give a customer another code for the door, where so many wrong ones were typed that none opens it any more."""
    with transaction() as session:
        row = orders.by_public_id(session, order)
        visits.renew_code(session, row, actor=COMMAND_LINE, now=utcnow())
        console.print(f"Order {escape(row.reference)}: its customer has a new code for the door.", highlight=False)


@refund_app.command("list")
def list_refunds(*, everything: Annotated[bool, typer.Option("--all", help="Show settled ones too.")] = False) -> None:
    """List the refunds that are not settled."""
    programme = settings()
    states = () if everything else (RefundState.REQUESTED, RefundState.SENT, RefundState.FAILED)
    table = Table("Refund", "Order", "Amount", "State", "Since", "Tries", "Last answer")
    with reading() as session:
        for refund in refunds.listed(session, *states):
            table.add_row(
                refund.public_id,
                refund.order_public_id,
                presentation.money(refund.amount_minor, currency=refund.currency, language="en"),
                refund.state.value,
                presentation.moment(refund.created_at, timezone=programme.timezone, language="en"),
                str(refund.attempts),
                escape(refund.error or ""),
            )
    console.print(table if table.row_count else "No refund is on its way.")


@refund_app.command("retry")
def retry(refund: Annotated[str, typer.Argument(help="The refund's id, rfd_…")]) -> None:
    """Ask the payment provider again for a refund that failed; it can't be paid twice."""
    with transaction() as session:
        refunds.retry(session, refunds.by_public_id(session, refund), actor=COMMAND_LINE, now=utcnow())
    console.print(f"Refund {refund} is asked for again.", highlight=False)
