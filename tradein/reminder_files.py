"""``reminders.yml`` read and checked; no database."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from tradein.reminders import EXPIRED, QUOTE, REFUNDED, Kind, Kinds
from tradein.tables import ContentError, Problem, Reason

OURS = frozenset({EXPIRED, QUOTE, REFUNDED})


def read_reminders(file: Path) -> Kinds:
    """Read the kinds of reminders; raises ContentError."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(file.name, 0, Reason.NOT_FOUND)]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", error))
        raise ContentError([Problem(file.name, mark.line + 1 if mark else 0, Reason.NOT_YAML, (what,))]) from error
    try:
        kinds = Kinds.model_validate(content)
    except ValidationError as error:
        raise ContentError(
            Problem(file.name, 0, Reason.BAD_FIELD, (".".join(map(str, mistake["loc"])) or "file", mistake["msg"]))
            for mistake in error.errors()
        ) from error
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
