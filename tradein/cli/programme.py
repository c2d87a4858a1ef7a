"""Commands about the programme's rules and what came of them: terms, TACs, blocked phones, coupons, tickets."""

import csv
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tradein import coupons, events, imei, issuing, presentation, support, terms
from tradein.cli._run import console, settings, stop, transaction, utcnow
from tradein.refusals import ImeiInvalid
from tradein.tac import TacError, import_tacs

terms_app = typer.Typer(no_args_is_help=True, help="The terms and conditions customers agree to.")
tac_app = typer.Typer(no_args_is_help=True, help="Which maker an IMEI belongs to, by its first eight digits (TAC).")
imei_app = typer.Typer(no_args_is_help=True, help="Phones that may not be exchanged.")
coupon_app = typer.Typer(no_args_is_help=True, help="Coupons, as support needs to see them.")
support_app = typer.Typer(no_args_is_help=True, help="Customers who asked for a person.")

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, show_default=False)]


@terms_app.command("publish")
def publish_terms(file: File) -> None:
    """Publish a version of the terms.

    The file begins with '# version: 2' and '# language: en'. From then on nobody gets a coupon on an older version:
    whoever was shown the older one is asked again.
    """
    try:
        parsed = terms.parse(file.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise stop(f"{file}: {error}. Nothing was published.") from None
    with transaction() as session:
        published = terms.publish(session, parsed, now=utcnow())
    console.print(f"Terms version {published.version} ({published.language}) are in force.")


@tac_app.command("import")
def import_tac(
    file: File,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and say what would change.")] = False,
) -> None:
    """Import a table of TACs: CSV with the columns tac,brand,model. Nothing changes unless every line is good."""
    try:
        with transaction() as session:
            change = import_tacs(session, file.read_text("utf-8-sig"))
            if dry_run:
                session.rollback()
    except TacError as error:
        raise stop("\n  ".join([f"{file}: nothing was imported.", *error.problems])) from None
    verb = "would be" if dry_run else "were"
    console.print(f"{change.added} TACs {verb} added, {change.changed} changed, {change.same} stay as they are.")


@imei_app.command("block")
def block(number: str, reason: Annotated[str, typer.Option(help="Why: shown to operators only.")] = "") -> None:
    """Refuse this phone from now on. Coupons that exist are not touched."""
    try:
        with transaction() as session:
            device = imei.block(session, number, reason=reason, now=utcnow())
            shown = device.masked
    except ImeiInvalid as refusal:
        raise stop(f"Not an IMEI ({refusal.code}).") from None
    console.print(f"Blocked {shown}.")


@imei_app.command("unblock")
def unblock(number: str) -> None:
    """Accept this phone again."""
    with transaction() as session:
        console.print(f"Unblocked {imei.unblock(session, number, now=utcnow()).masked}.")


@imei_app.command("import")
def import_blocked(file: File) -> None:
    """Block every IMEI of a CSV with the columns imei,reason. Nothing changes unless every line is good."""
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    if not rows or "imei" not in rows[0]:
        raise stop(f"{file}: the first line must name the columns: imei,reason.")
    problems = [
        f"line {number}: not an IMEI ({reading.problem}, {len(reading.digits)} digits)"
        for number, row in enumerate(rows, start=2)
        if (reading := imei.read(row["imei"] or "")).problem
    ]
    if problems:
        raise stop("\n  ".join([f"{file}: nothing was blocked.", *problems]))
    with transaction() as session:
        for row in rows:
            imei.block(session, row["imei"], reason=row.get("reason") or "", now=utcnow())
    console.print(f"Blocked {len(rows)} phones.")


@coupon_app.command("show")
def show(code: str) -> None:
    """Show a coupon and everything that happened to it."""
    programme = settings()
    with transaction() as session:
        coupon = coupons.by_code(session, code)

        def at(moment: object) -> str:
            return presentation.presentable(
                {"moment_at": moment}, currency=coupon.currency, timezone=programme.timezone, language="en"
            )["moment"]

        facts = Table(show_header=False, box=None)
        facts.add_row("Coupon", coupon.printed)
        facts.add_row("State", coupon.state.value)
        facts.add_row("Value", presentation.money(coupon.value_minor, currency=coupon.currency, language="en"))
        facts.add_row("Phone", coupon.quote.variant.name)
        facts.add_row("IMEI", coupon.device.masked)
        facts.add_row("Issued", at(coupon.issued_at))
        facts.add_row("Usable from", at(coupon.usable_from))
        facts.add_row("Last moment", at(coupon.expires_at))
        console.print(facts)
        log = Table("When", "Move", "By")
        for event in events.of(session, "coupon", coupon.id):
            log.add_row(at(event.at), f"{event.from_state or '—'} → {event.to_state}", event.actor)
        console.print(log)


@coupon_app.command("cancel")
def cancel(code: str) -> None:
    """Take back a coupon that no order has used yet: the customer changed their mind. They are told."""
    with transaction() as session:
        coupon = coupons.by_code(session, code)
        issuing.withdraw(session, coupon, actor="operator", now=utcnow())
        console.print(f"Cancelled {coupon.printed}; its credit is reversed and the phone is free again.")


@support_app.command("tickets")
def tickets(*, everything: Annotated[bool, typer.Option("--all", help="Show closed tickets too.")] = False) -> None:
    """List the customers who asked for a person, the longest waiting first."""
    programme = settings()
    with transaction() as session:
        found = support.tickets(session, state=None if everything else support.TicketState.OPEN)
        table = Table("Ticket", "Since", "Customer", "Chat", "Reason", "State")
        for ticket in found:
            since = presentation.moment(ticket.opened_at, timezone=programme.timezone, language="en")
            table.add_row(
                str(ticket.id),
                since,
                ticket.customer.first_name,
                str(ticket.customer.chat_id),
                ticket.reason,
                ticket.state.value,
            )
    console.print(table if found else "Nobody is waiting for a person.")


@support_app.command("close")
def close(ticket: int) -> None:
    """Close a ticket once the customer has been helped."""
    with transaction() as session:
        row = session.get(support.Ticket, ticket)
        if row is None:
            raise stop(f"There is no ticket {ticket}.")
        support.close(session, row, actor="operator", now=utcnow())
    console.print(f"Closed ticket {ticket}.")
