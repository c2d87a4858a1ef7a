"""How people helped: waiting time, first answer, endings and ratings of the requests, by agent and by day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean, median
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein.staff import Staff
from tradein.support.tickets import Ending, Ticket


@dataclass(frozen=True)
class Row:
    """One request; spells count from the moment it was asked for, by the clock on the wall."""

    agent: str
    day: str
    waited: timedelta | None
    first_answer: timedelta | None
    closed_after: timedelta | None
    ending: Ending | None
    rating: int | None


@dataclass(frozen=True)
class Summed:
    """Medians of the spells, the mean of the ratings; None where there was nothing."""

    requests: int
    waited: timedelta | None
    first_answer: timedelta | None
    closed_after: timedelta | None
    helped: int
    rating: float | None
    ratings: int


def of(session: Session, *, since: datetime, zone: ZoneInfo) -> list[Row]:
    """Return the requests opened ``since`` then, the oldest first, each on its local day in ``zone``."""
    found = session.execute(
        select(Ticket, Staff.name)
        .outerjoin(Staff, Staff.id == Ticket.taken_by)
        .where(Ticket.opened_at >= since)
        .order_by(Ticket.opened_at, Ticket.id)
    ).all()
    return [
        Row(
            agent=name or "",
            day=ticket.opened_at.astimezone(zone).date().isoformat(),
            waited=_after(ticket, ticket.taken_at),
            first_answer=_after(ticket, ticket.first_answer_at),
            closed_after=_after(ticket, ticket.closed_at),
            ending=ticket.ending,
            rating=ticket.rating,
        )
        for ticket, name in found
    ]


def by_agent(rows: list[Row]) -> dict[str, list[Row]]:
    """Return the requests by who took them; under the empty name those that nobody took."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.agent):
        groups[row.agent].append(row)
    return groups


def by_day(rows: list[Row]) -> dict[str, list[Row]]:
    """Return the requests by the day on which they were asked for."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.day].append(row)
    return groups


def summed(rows: list[Row]) -> Summed:
    """Return what a group of requests comes to."""
    ratings = [row.rating for row in rows if row.rating is not None]
    return Summed(
        requests=len(rows),
        waited=_median([row.waited for row in rows]),
        first_answer=_median([row.first_answer for row in rows]),
        closed_after=_median([row.closed_after for row in rows]),
        helped=sum(row.ending in {Ending.RESOLVED, Ending.HANDED_BACK} for row in rows),
        rating=mean(ratings) if ratings else None,
        ratings=len(ratings),
    )


def _after(ticket: Ticket, moment: datetime | None) -> timedelta | None:
    return moment - ticket.opened_at if moment is not None else None


def _median(spells: list[timedelta | None]) -> timedelta | None:
    known = [spell.total_seconds() for spell in spells if spell is not None]
    return timedelta(seconds=median(known)) if known else None
