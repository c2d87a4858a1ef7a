"""Commands about the database's schema."""

from datetime import timedelta
from typing import Annotated

import typer

from tradein import exchanges, imei, inbox, migrate, opening, outbox, reminders, signins
from tradein.cli._run import console, settings, transaction, utcnow
from tradein.cli.reminding import BEGUN

LEAST_DAYS = 14
"""Telegram may repeat an update for a day; its numbers begin anew after a week of silence."""

db_app = typer.Typer(no_args_is_help=True, help="The schema of the programme's database.")


@db_app.command("upgrade")
def upgrade() -> None:
    """Bring the database to the present schema; does nothing where it is there already."""
    migrate.upgrade(settings().database_url)
    console.print("The database has the present schema.")
    with transaction() as session:
        older = not opening.is_empty(session)
        if older and opening.begin_reminding(session, settings().catalogue_dir, now=utcnow()):
            console.print(BEGUN, highlight=False)


@db_app.command("prune")
def prune(*, days: Annotated[int, typer.Option(min=LEAST_DAYS, help="Keep what is younger than this.")] = 30) -> None:
    """Delete messages that were dealt with long ago, and IMEIs that were given for no exchange; run it daily.

    What was promised, booked or agreed to is never deleted: quotes, coupons, consents, the ledger and the event log.
    """
    before = utcnow() - timedelta(days=days)
    with transaction() as session:
        updates = inbox.forget(session, before=before)
        messages = outbox.forget(session, before=before)
        claims = imei.forget_claims(session, before=before)
        devices = exchanges.forget_devices(session, before=before)
        ended = reminders.forget(session, before=before)
        signins.forget(session, before=before)
    console.print(
        f"Deleted {updates} updates, {messages} messages, {ended} reminders and {claims} references to numbers, "
        f"{devices} IMEIs that nothing came of."
    )
