"""Alembic's environment: the tables of the core and of the gateway, on whichever database the settings name."""

from alembic import context

import bot.keyboards  # noqa: F401 - its table belongs to the same schema
import tradein.tables  # noqa: F401
from tradein.database import Base, connect
from tradein.settings import load


def run() -> None:
    """Migrate over the connection that tests or :mod:`tradein.migrate` hand in, else over the settings' database."""
    url = context.config.get_main_option("sqlalchemy.url") or load().database_url
    engine = connect(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
