"""The table that tells a phone's maker by the first eight digits of its IMEI (Type Allocation Code).

It only ever says "another brand": a TAC it doesn't know is accepted, for no free table is complete. So an import adds
and changes, and never removes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein.catalogue import Brand
from tradein.imei import Tac
from tradein.plan import Plan, difference
from tradein.tables import Line, Reason, read_table

_TAC = re.compile(r"[0-9]{8}")
_LONGEST_BRAND = 64
_LONGEST_MODEL = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class TacRow:
    """A line of tac.csv: eight digits, a brand by any of its names, a model or ""."""

    line: int = field(default=0, compare=False)
    tac: str
    brand: str
    model: str


def read_tacs(path: Path) -> tuple[TacRow, ...]:
    """Read a CSV file with the columns ``tac,brand,model``, checked by itself; raises ContentError."""
    return read_table(path, ("tac", "brand", "model"), _row)


def _row(line: Line) -> TacRow:
    tac = line.text("tac")
    # Not repeated to the operator: what stands here by mistake may be somebody's whole IMEI.
    if tac and not _TAC.fullmatch(tac):
        line.problem(Reason.BAD_TAC, len(tac))
    brand, model = line.text("brand", _LONGEST_BRAND), line.words("model", _LONGEST_MODEL)
    return TacRow(line=line.number, tac=tac, brand=brand, model=model)


def plan_tacs(session: Session, rows: Iterable[TacRow]) -> Plan:
    """Return what an import of these rows would add and change.

    A brand of ours goes by its slug, whatever name the file uses for it; any other brand by its name.
    """
    known = {tac.tac: (tac.brand, tac.model) for tac in session.scalars(select(Tac))}
    return Plan(tuple(difference("tac", known, known | _makers(session, rows), _shown)))


def import_tacs(session: Session, rows: Iterable[TacRow]) -> Plan:
    """Store these rows; return what that changed."""
    rows = tuple(rows)
    plan = plan_tacs(session, rows)
    for tac, (brand, model) in _makers(session, rows).items():
        session.merge(Tac(tac=tac, brand=brand, model=model))
    session.flush()
    return plan


def _makers(session: Session, rows: Iterable[TacRow]) -> dict[str, tuple[str, str]]:
    slugs = {
        name.casefold(): brand.id
        for brand in session.scalars(select(Brand))
        for name in (brand.id, brand.name, *brand.aliases)
    }
    return {row.tac: (slugs.get(row.brand.casefold(), row.brand), row.model) for row in rows}


def _shown(row: tuple[str, str]) -> str:
    return " · ".join(filter(None, row))
