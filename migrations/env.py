"""Alembic's environment: the tables of the core and of the gateway, on whichever database the settings name."""

from typing import Any, Literal

from alembic import context as alembic
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

import bot.keyboards  # noqa: F401 - its table belongs to the same schema
import tradein.schema  # noqa: F401
from tradein.database import Base, UtcDateTime, connect
from tradein.settings import load


def render(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 - any schema item
    """Write our column types in SQLAlchemy's terms: a migration must not change when our code does."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON) and item._variant_mapping:  # noqa: SLF001 - not public
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run() -> None:
    """Migrate over the connection that tests or :mod:`tradein.migrate` hand in, else over the settings' database."""
    url = alembic.config.get_main_option("sqlalchemy.url") or load().database_url
    engine = connect(url)
    with engine.connect() as connection:
        alembic.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=False,
            compare_type=True,
            render_item=render,
        )
        with alembic.begin_transaction():
            alembic.run_migrations()
    engine.dispose()


run()
