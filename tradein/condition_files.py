"""``conditions.yml`` read and checked whole: every mistake with its line; no database."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from tradein.catalogue_files import digest
from tradein.conditions import ConditionBook, problems
from tradein.tables import ContentError, Problem, Reason

Place = tuple[str | int, ...]


def read_conditions(path: Path) -> ConditionBook:
    """Read the questions; raises ContentError."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError([Problem(path.name, 0, Reason.NOT_UTF8)]) from error
    except OSError as error:
        raise ContentError([Problem(path.name, 0, Reason.NOT_FOUND)]) from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        # BaseLoader keeps every scalar as it is written: an option called "no" or a label "Yes" is no boolean.
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it builds strings, lists and dicts only
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", error))
        raise ContentError([Problem(path.name, mark.line + 1 if mark else 0, Reason.NOT_YAML, (what,))]) from error
    if node is None:
        raise ContentError([Problem(path.name, 0, Reason.EMPTY)])
    lines: dict[Place, int] = {}
    found = _lines(node, (), lines)
    try:
        book = ConditionBook.model_validate(content)
    except ValidationError as error:
        found += [(_shown(mistake["loc"]), mistake["msg"].removeprefix("Value error, ")) for mistake in error.errors()]
    else:
        found += problems(book)
    if found:
        raise ContentError(
            Problem(path.name, _line(place, lines), Reason.BAD_FIELD, (_where(place), what)) for place, what in found
        )
    return book


def version(book: ConditionBook) -> str:
    """Return what names this content."""
    return digest(body(book))


def body(book: ConditionBook) -> dict[str, Any]:
    """Return the book as JSON."""
    return book.model_dump(mode="json", exclude_defaults=True)


def _lines(node: yaml.Node, place: Place, lines: dict[Place, int]) -> list[tuple[Place, str]]:
    """Note the line of every place in the file; return the keys that are there twice, of which YAML keeps the last."""
    lines[place] = node.start_mark.line + 1
    twice: list[tuple[Place, str]] = []
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            here = (*place, str(name.value))
            if name.value in seen:
                twice.append((here, "is there twice"))
            seen.add(name.value)
            twice += _lines(value, here, lines)
            lines[here] = name.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            twice += _lines(value, (*place, index), lines)
    return twice


def _line(place: Place, lines: dict[Place, int]) -> int:
    while place not in lines and place:
        place = place[:-1]
    return lines[place]


def _shown(place: Place) -> Place:
    return tuple(step for step in place if step != "[key]")


def _where(place: Place) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in place) or "file"
