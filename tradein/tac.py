"""Import the table that tells a phone's maker by the first eight digits of its IMEI (Type Allocation Code).

The table only ever says "another brand": a TAC it doesn't know is accepted, for no free table is complete.
"""

import csv
import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tradein.catalogue import Brand
from tradein.imei import Tac

COLUMNS = ("tac", "brand", "model")
_TAC = re.compile(r"[0-9]{8}")


class TacError(Exception):
    """The file can't be imported; ``problems`` name each bad line and why."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} bad lines")


@dataclass(frozen=True)
class TacChange:
    """How many rows an import added, changed, and found unchanged."""

    added: int
    changed: int
    same: int


def import_tacs(session: Session, content: str) -> TacChange:
    """Import a CSV ``tac,brand,model``, lines that begin with ``#`` aside; raises TacError and changes nothing.

    A brand of ours is stored by its slug, whatever name the table uses for it; any other brand by its name.
    """
    slugs = {
        name.casefold(): brand.id
        for brand in session.scalars(select(Brand))
        for name in (brand.id, brand.name, *brand.aliases)
    }
    # A comment keeps its place, so that the numbers in the problems are those the operator's editor shows.
    lines = [(number, line) for number, line in enumerate(content.splitlines(), 1) if line and line[0] != "#"]
    reader = csv.reader(line for _, line in lines)
    problems: list[str] = []
    table: dict[str, tuple[str, str]] = {}
    for (number, _), row in zip(lines, reader, strict=False):
        cells = [cell.strip() for cell in row]
        if number == lines[0][0]:
            if tuple(cell.lower() for cell in cells) != COLUMNS:
                raise TacError([f"line {number}: the columns must be {','.join(COLUMNS)}"])
        elif len(cells) != len(COLUMNS):
            problems.append(f"line {number}: {len(cells)} columns instead of {len(COLUMNS)}")
        elif not _TAC.fullmatch(cells[0]):
            problems.append(f"line {number}: a TAC has eight digits, not '{cells[0]}'")
        elif not cells[1]:
            problems.append(f"line {number}: the brand is missing")
        elif cells[0] in table:
            problems.append(f"line {number}: {cells[0]} stands in the file twice")
        else:
            table[cells[0]] = (slugs.get(cells[1].casefold(), cells[1]), cells[2])
    if not table and not problems:
        problems.append("the file has no lines")
    if problems:
        raise TacError(problems)
    return _store(session, table)


def _store(session: Session, table: dict[str, tuple[str, str]]) -> TacChange:
    known = {tac.tac: tac for tac in session.scalars(select(Tac))}
    added = changed = 0
    for tac, (brand, model) in table.items():
        row = known.get(tac)
        if row is None:
            session.add(Tac(tac=tac, brand=brand, model=model))
            added += 1
        elif (row.brand, row.model) != (brand, model):
            row.brand, row.model = brand, model
            changed += 1
    session.flush()
    return TacChange(added=added, changed=changed, same=len(table) - added - changed)
