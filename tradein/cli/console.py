"""Commands about the operator's console: the link that opens it."""

from typing import Annotated

import typer
from rich.markup import escape

from tradein import signins
from tradein.cli._run import console, settings, transaction, utcnow
from tradein.cli.up import web_url
from tradein.cli.wording import console_link

console_app = typer.Typer(no_args_is_help=True, help="The operator's console, a web page beside the checkout API.")


@console_app.command("open")
def open_console(
    name: Annotated[str, typer.Argument(help="Whose browser it is: an operator's name, or their number.")],
    url: Annotated[
        str | None, typer.Option(help="The console's address where it is not this machine's: https://shop.example")
    ] = None,
) -> None:
    """Show a link that signs one browser in to the console: once, within ten minutes."""
    with transaction() as session:
        member = signins.named(session, name)
        token = signins.link(session, member, now=utcnow())
        console.print(f"For {escape(member.name)}, shown only now, good for ten minutes and one browser:")
    console.print(console_link(url or web_url(settings()), token), highlight=False, soft_wrap=True)
