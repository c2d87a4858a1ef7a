"""Commands about the programme's rules and what came of them: terms, TACs, blocked phones, coupons."""

from typing import Annotated

import typer
from rich.table import Table

from tradein import blocklist, coupons, events, imei, issuing, presentation, tac, terms
from tradein.cli._run import console, reading, settings, stop, transaction, utcnow
from tradein.cli.content import UNCHANGED, DryRun, File, bad, show
from tradein.events import COMMAND_LINE
from tradein.refusals import ImeiInvalid
from tradein.tables import ContentError

terms_app = typer.Typer(no_args_is_help=True, help="The terms and conditions customers agree to.")
tac_app = typer.Typer(no_args_is_help=True, help="Which maker an IMEI belongs to, by its first eight digits (TAC).")
imei_app = typer.Typer(no_args_is_help=True, help="Phones that may not be exchanged.")
coupon_app = typer.Typer(no_args_is_help=True, help="Coupons, as support needs to see them.")


@terms_app.command("publish")
def publish_terms(file: File, *, dry_run: DryRun = False) -> None:
    """Publish a version of the terms.

    The file begins with '# version: 2' and '# language: en'. From then on nobody gets a coupon on an older version:
    whoever was shown the older one is asked again.
    """
    try:
        read = terms.read(file)
    except ContentError as error:
        raise bad(error.problems, "Nothing was published") from None
    with reading() if dry_run else transaction() as session:
        new = terms.published(session, read) is None
        if not dry_run:
            terms.publish(session, read, now=utcnow())
    name = f"Terms version {read.version} ({read.language})"
    if not new:
        console.print(f"{name} are published already, with this text.")
    elif dry_run:
        console.print(f"{name} would be put in force. {UNCHANGED}")
    else:
        console.print(f"{name} are in force.")


@tac_app.command("import")
def import_tac(file: File, *, dry_run: DryRun = False) -> None:
    """Import a table of TACs: CSV with the columns tac,brand,model. Nothing changes unless every line is good."""
    try:
        rows = tac.read_tacs(file)
    except ContentError as error:
        raise bad(error.problems) from None
    with reading() if dry_run else transaction() as session:
        plan = tac.plan_tacs(session, rows) if dry_run else tac.import_tacs(session, rows)
    show(plan, dry_run=dry_run)


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
def import_blocked(file: File, *, dry_run: DryRun = False) -> None:
    """Block every IMEI of a CSV with the columns imei,reason. Nothing changes unless every line is good."""
    try:
        rows = blocklist.read_blocked(file)
    except ContentError as error:
        raise bad(error.problems, "Nothing was blocked") from None
    with reading() if dry_run else transaction() as session:
        if dry_run:
            plan = blocklist.plan_blocked(session, rows)
        else:
            plan = blocklist.import_blocked(session, rows, now=utcnow())
    show(plan, dry_run=dry_run)


@coupon_app.command("show")
def show_coupon(code: str) -> None:
    """Show a coupon and everything that happened to it."""
    programme = settings()
    with reading() as session:
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
        issuing.withdraw(session, coupon, actor=COMMAND_LINE, now=utcnow())
        console.print(f"Cancelled {coupon.printed}; its credit is reversed and the phone is free again.")
