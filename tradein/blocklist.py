"""A list of phones that may not be exchanged, as a file: stolen, lost, bound to a loan. All of it is taken or nothing.

An import blocks and never unblocks: what another list said stays. No number of the file is repeated to the operator,
whose terminal is a log too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein import imei
from tradein.imei import Device
from tradein.plan import Change, Plan
from tradein.tables import ContentError, Line, Problem, Reason, read_table

_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedRow:
    """A line of the file: a valid IMEI (15 digits) and why it is refused, for operators only."""

    line: int = field(default=0, compare=False)
    imei: str
    reason: str


def read_blocked(path: Path) -> tuple[BlockedRow, ...]:
    """Read a CSV file with the column ``imei`` and perhaps ``reason``; raises ContentError, with no number in it."""
    try:
        return read_table(path, ("imei",), _row, optional=("reason",))
    except ContentError as error:
        raise ContentError(
            Problem(problem.file, problem.line, problem.reason, tuple(_hidden(piece) for piece in problem.evidence))
            for problem in error.problems
        ) from None


def _row(line: Line) -> BlockedRow:
    written = line.text("imei")
    reading = imei.read(written)
    if written and reading.problem:
        line.problem(Reason.NOT_AN_IMEI, reading.problem, len(reading.digits))
    return BlockedRow(line=line.number, imei=reading.digits, reason=line.words("reason", _LONGEST_REASON))


def _hidden(evidence: str) -> str:
    # A number that is there twice, or where the header row should be.
    return imei.masked(evidence) if len(imei.read(evidence).digits) >= imei.SENSITIVE_DIGITS else evidence


def plan_blocked(session: Session, rows: Iterable[BlockedRow]) -> Plan:
    """Return which phones an import would block that aren't blocked yet."""
    blocked = set(session.scalars(select(Device.imei).where(Device.blocked_at.is_not(None))))
    new = {row.imei: row.reason for row in rows if row.imei not in blocked}
    return Plan(tuple(Change("added", "blocked", imei.masked(number), "", reason) for number, reason in new.items()))


def import_blocked(session: Session, rows: Iterable[BlockedRow], *, now: datetime) -> Plan:
    """Block these phones; return which weren't blocked before.

    Coupons that exist are not touched: the phone is refused at the door.
    """
    rows = tuple(rows)
    plan = plan_blocked(session, rows)
    for row in rows:
        imei.block(session, row.imei, reason=row.reason, now=now)
    return plan
