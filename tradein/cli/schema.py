"""Commands about the database's schema."""

import typer

from tradein import migrate
from tradein.cli._run import console, settings

db_app = typer.Typer(no_args_is_help=True, help="The schema of the programme's database.")


@db_app.command("upgrade")
def upgrade() -> None:
    """Bring the database to the present schema; does nothing where it is there already."""
    migrate.upgrade(settings().database_url)
    console.print("The database has the present schema.")
