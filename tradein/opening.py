"""The first start: an empty programme gets the content that stands beside the code.

Only a programme without any content is filled, so an operator's own prices are never replaced by a demonstration's.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein import catalogue_import, reminders, tac, terms
from tradein.catalogue import Brand
from tradein.catalogue_files import read_catalogue, read_prices
from tradein.condition_files import read_conditions
from tradein.reminder_files import read_reminders


def is_empty(session: Session) -> bool:
    """Say whether the programme has no catalogue yet."""
    return session.scalar(select(Brand.id).limit(1)) is None


def stock(session: Session, folder: Path, *, now: datetime) -> None:
    """Import all content files of ``folder``; raises ContentError, which says what is wrong."""
    catalogue_import.import_catalogue(session, read_catalogue(folder, today=now.date()), now=now)
    prices = folder / "prices.csv"
    catalogue_import.import_conditions(session, read_conditions(folder / "conditions.yml"), now=now)
    catalogue_import.import_prices(session, read_prices(prices, today=now.date()), file=prices.name, now=now)
    for text in sorted((folder / "terms").glob("*.md")):
        terms.publish(session, terms.read(text), now=now)
    plan = folder / "reminders.yml"
    if plan.exists():
        reminders.put_in_force(session, read_reminders(plan), now=now)
    makers = folder / "tac.csv"
    if makers.exists():
        tac.import_tacs(session, tac.read_tacs(makers))
