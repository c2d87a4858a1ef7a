"""All commands under one name."""

import typer

from tradein.cli._run import console
from tradein.cli.console import console_app
from tradein.cli.content import catalogue_app, conditions_app, prices_app
from tradein.cli.people import staff_app
from tradein.cli.programme import coupon_app, imei_app, tac_app, terms_app
from tradein.cli.reminding import reminders_app
from tradein.cli.reporting import report
from tradein.cli.schema import db_app
from tradein.cli.shop import apikey_app, order_app, refund_app
from tradein.cli.support import support_app
from tradein.cli.tour import tour
from tradein.cli.up import up
from tradein.journeys import drawn

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # locals may hold a token
    help="Run a smartphone trade-in programme: its content, its coupons, its processes.",
)
app.command()(up)
app.command()(tour)
app.command()(report)


@app.command()
def journeys() -> None:
    """Draw the state machines of the programme, as a page of Mermaid diagrams."""
    console.out(drawn(), highlight=False, end="")


for name, commands in (
    ("db", db_app),
    ("catalogue", catalogue_app),
    ("prices", prices_app),
    ("conditions", conditions_app),
    ("terms", terms_app),
    ("tac", tac_app),
    ("imei", imei_app),
    ("coupon", coupon_app),
    ("support", support_app),
    ("staff", staff_app),
    ("console", console_app),
    ("apikey", apikey_app),
    ("order", order_app),
    ("refund", refund_app),
    ("reminders", reminders_app),
):
    app.add_typer(commands, name=name)
