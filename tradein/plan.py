"""What an import would do to what is stored: rows added, changed and removed, as they were and as they will be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from tradein.tables import Problem

Kind = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing an import adds, changes or unlists; ``before`` and ``after`` show it, "" where there is none."""

    kind: Kind
    table: str
    id: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import changes, and what the operator should think about."""

    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...] = ()


def difference[Row](
    table: str, before: Mapping[str, Row], after: Mapping[str, Row], show: Callable[[Row], str]
) -> list[Change]:
    """Return what leads from the rows ``before`` to those ``after``, each by its identity."""
    added = [Change("added", table, key, "", show(row)) for key, row in after.items() if key not in before]
    changed = [
        Change("changed", table, key, show(before[key]), show(row))
        for key, row in after.items()
        if key in before and before[key] != row
    ]
    removed = [Change("removed", table, key, show(row), "") for key, row in before.items() if key not in after]
    return [*added, *changed, *removed]
