"""Commands about reminders: which there are, what is due, and how they do."""

from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from tradein import coupons, occasions, presentation, reminders, visits
from tradein.cli._run import console, reading, settings, transaction, utcnow
from tradein.cli.content import UNCHANGED, DryRun, File, bad
from tradein.reminder_files import read_reminders
from tradein.tables import ContentError

BEGUN = (
    "Reminders are in force from now on, for coupons to come;"
    " 'tradein reminders replan' plans them for the coupons there are."
)
"""What the first start with reminders says to a programme that is older than they are."""
reminders_app = typer.Typer(no_args_is_help=True, help="Reminders before a coupon expires.")


@reminders_app.command("import")
def import_reminders(file: File, *, dry_run: DryRun = False) -> None:
    """Put the kinds of reminders of a file in force, for coupons and visits to come; 'replan' does those there are."""
    try:
        kinds = read_reminders(file)
    except ContentError as error:
        raise bad(error.problems) from None
    with reading() if dry_run else transaction() as session:
        new = reminders.current(session) != kinds
        if new and not dry_run:
            reminders.put_in_force(session, kinds, now=utcnow())
    all_of_them = [*kinds.reminders, *kinds.visits]
    listed = ", ".join(f"{kind.key} ({kind.days_before} days before, {kind.at:%H:%M})" for kind in all_of_them)
    if not new:
        console.print(f"In force already: {listed}.", highlight=False)
    elif dry_run:
        console.print(f"Would be in force: {listed}. {UNCHANGED}", highlight=False)
    else:
        console.print(f"In force: {listed}. 'tradein reminders replan' plans the unused coupons anew.", highlight=False)


@reminders_app.command("replan")
def replan() -> None:
    """Plan the reminders of all unused coupons and visits ahead anew, by the kinds and quiet hours in force now."""
    policy = settings().policy
    changed = 0
    with console.status("Planning …") as status:
        for plan_anew in (reminders.replan, visits.replan):
            after = 0
            while True:
                with transaction() as session:
                    after, count = plan_anew(session, policy=policy, now=utcnow(), after=after)
                if not after:
                    break
                changed += count
                status.update(f"Planning … {changed} reminders changed")
    console.print(f"{changed} reminders changed.")


@reminders_app.command("due")
def due(limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50) -> None:
    """List what is due and not queued yet, the longest due first."""
    with reading() as session:
        found = reminders.due(session, now=utcnow(), limit=limit)
        table = Table("Reminder", "Kind", "Due", "Customer")
        for row in found:
            table.add_row(str(row.id), row.kind, _at(row.due_at), str(row.customer_id))
    console.print(table if found else "Nothing is due.")


@reminders_app.command("show")
def show(code: Annotated[str, typer.Argument(metavar="COUPON")]) -> None:
    """Show what its customer was told about a coupon, its visits and refunds, and what became of each."""
    with reading() as session:
        coupon = coupons.by_code(session, code)
        table = Table("Kind", "Due", "State", "Reason")
        for row in occasions.of_coupon(session, coupon):
            table.add_row(row.kind, _at(row.due_at), row.state.value, row.reason or "")
    console.print(table if table.row_count else "No reminders were planned for this coupon.")


@reminders_app.command("stats")
def stats(days: Annotated[int, typer.Option(help="Count what ended in so many days.", min=1, max=3650)] = 7) -> None:
    """Show how reminders do: how long the oldest due one waits, what was sent, what was dropped and why."""
    now = utcnow()
    with reading() as session:
        found = reminders.stats(session, now=now, since=now - timedelta(days=days))
    table = Table("Reminders", "", show_header=False, box=None)
    table.add_row("oldest due waits", f"{found.lag.total_seconds():.0f} s")
    table.add_row("planned", f"{found.planned}{' or more' if found.planned == reminders.ENOUGH else ''}")
    table.add_row("queued", str(found.queued))
    newest = f", the newest {reminders.ENOUGH}" if found.partial else ""
    table.add_row(f"since {_at(found.since)}{newest}:", "")
    for state, count in sorted(found.ended.items()):
        table.add_row(f"  {state}", str(count))
    for reason, count in sorted(found.reasons.items()):
        table.add_row(f"    dropped: {reason}", str(count))
    console.print(table)


def _at(moment: datetime) -> str:
    return presentation.moment(moment, timezone=settings().timezone, language="en")
