"""``reminders.yml`` read and checked; no database."""

from pathlib import Path

from pydantic import TypeAdapter

from tradein import yaml_files
from tradein.reminders import EXPIRED, QUOTE, REFUND_FAILED, REFUNDED, Kind, Kinds
from tradein.tables import ContentError, Problem, Reason

OURS = frozenset({EXPIRED, QUOTE, REFUND_FAILED, REFUNDED})
_SHAPE = TypeAdapter(Kinds)


def read_reminders(file: Path) -> Kinds:
    """Read the kinds of reminders; raises ContentError."""
    kinds = yaml_files.read(file, _SHAPE)
    keys = [kind.key for kind in (*kinds.reminders, *kinds.visits)]
    twice = {key for key in keys if keys.count(key) > 1}
    found = [
        *((key, "is there twice") for key in twice),
        *((key, "is the programme's own") for key in OURS & set(keys)),
    ]
    if found:
        raise ContentError(Problem(file.name, 0, Reason.BAD_FIELD, (key, what)) for key, what in found)
    return Kinds(reminders=_in_order(kinds.reminders), visits=_in_order(kinds.visits))


def _in_order(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
    return tuple(sorted(kinds, key=lambda kind: (-kind.days_before, kind.at)))
