"""The first start: an empty programme gets the content that stands beside the code.

Only a programme without any content is filled, so an operator's own prices are never replaced by a demonstration's. One
that is older than the reminders gets those at its next start: it can't have its own.
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
    begin_reminding(session, folder, now=now)
    makers = folder / "tac.csv"
    if makers.exists():
        tac.import_tacs(session, tac.read_tacs(makers))


def begin_reminding(session: Session, folder: Path, *, now: datetime) -> bool:
    """Put the folder's kinds of reminders in force, for coupons to come, where none ever were; raises ContentError.

    Return whether it did. Those of coupons that exist are planned by :func:`tradein.reminders.replan`, as an operator
    says: so many messages at once are theirs to decide.
    """
    plan = folder / "reminders.yml"
    if reminders.imported(session) or not plan.exists():
        return False
    return reminders.put_in_force(session, read_reminders(plan), now=now)
