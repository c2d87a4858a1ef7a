"""A table as an operator edits it in a spreadsheet, read cell by cell; what is wrong is collected, not raised.

A byte order mark, CRLF, padded comment lines and blank rows are what spreadsheets do, no mistakes. A line that begins
with ``#`` is a comment; above the header row ``# name: value`` says something about the table. Everything that is
one is noted with file and line: nobody should have to import a file five times to hear of five mistakes. What is wrong
is a :class:`Reason`; the edge has the words.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from tradein.catalogue import SLUG_LENGTH
from tradein.spelling import key

_SLUG = re.compile(rf"[a-z0-9]([a-z0-9._-]{{0,{SLUG_LENGTH - 2}}}[a-z0-9])?")
_COMMENT = re.compile(r"#\s*(\w+)\s*:\s*(.*)")


class Reason(StrEnum):
    """What can be wrong with a line; the evidence after it is what the words of the edge are filled with."""

    NOT_FOUND = "not_found"
    NOT_UTF8 = "not_utf8"
    NOT_CSV = "not_csv"  # what the reader says
    NOT_YAML = "not_yaml"  # what the reader says
    EMPTY = "empty"
    UNKNOWN_FILE = "unknown_file"
    MISSING_COLUMN = "missing_column"  # column
    UNKNOWN_COLUMN = "unknown_column"  # column
    MISSING_COMMENT = "missing_comment"  # name
    TOO_MANY_CELLS = "too_many_cells"
    MISSING_VALUE = "missing_value"  # column
    TOO_LONG = "too_long"  # column, longest length
    BAD_SLUG = "bad_slug"  # column, value
    BAD_DATE = "bad_date"  # name, value
    FUTURE_DATE = "future_date"  # value
    BAD_CURRENCY = "bad_currency"  # value, what it must be
    NOT_POSITIVE = "not_positive"  # column, value
    NOT_A_CHOICE = "not_a_choice"  # column, value, choices
    BAD_YEAR = "bad_year"  # value, first year, last year
    DUPLICATE = "duplicate"  # value, line of the first
    SAME_MEMORY = "same_memory"  # variant with the same memory
    NAME_TAKEN = "name_taken"  # name, who has it
    NAME_WITHOUT_LETTERS = "name_without_letters"  # name
    UNKNOWN_BRAND = "unknown_brand"  # brand
    UNKNOWN_MODEL = "unknown_model"  # model
    UNKNOWN_VARIANT = "unknown_variant"  # variant
    NO_VARIANT = "no_variant"  # model
    NO_PRICE = "no_price"  # variant
    LARGER_IS_CHEAPER = "larger_is_cheaper"  # variant, smaller variant
    BELOW_FLOOR = "below_floor"  # variant, floor
    BAD_FIELD = "bad_field"  # where in the file, what is wrong
    BAD_TAC = "bad_tac"  # number of characters
    NOT_AN_IMEI = "not_an_imei"  # problem, number of digits
    UNKNOWN_BLANK = "unknown_blank"  # what stands there, what may stand there


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a line of a file; line 0 is the file as a whole or a row that is already stored."""

    file: str
    line: int
    reason: Reason
    evidence: tuple[str, ...] = ()


class ContentError(Exception):
    """The content can't be used and nothing was changed; ``problems`` are all of them, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{len(self.problems)} problems")


class Reader(Protocol):
    """What the csv module gives: rows of cells, and the line reached."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


class Table:
    """A CSV file being read: its rows by column, and the problems met so far.

    The first of ``columns``, wherever it stands in the file, tells rows apart.
    """

    def __init__(self, file: str, content: bytes, columns: Sequence[str], optional: Sequence[str] = ()) -> None:
        self.file = file
        self.identity = columns[0]
        self.comments: dict[str, tuple[int, str]] = {}
        self.problems: list[Problem] = []
        self.rows: list[tuple[int, dict[str, str]]] = []
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.problem(content.count(b"\n", 0, error.start) + 1, Reason.NOT_UTF8)
            return
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            self._read(reader, columns, optional)
        except csv.Error as error:
            self.problem(reader.line_num, Reason.NOT_CSV, str(error))

    def problem(self, line: int, reason: Reason, *evidence: object) -> None:
        """Note what is wrong at a line."""
        self.problems.append(Problem(self.file, line, reason, tuple(str(piece) for piece in evidence)))

    def _read(self, reader: "Reader", columns: Sequence[str], optional: Sequence[str]) -> None:
        lines = ((reader.line_num, _trimmed(cells)) for cells in reader)
        header: list[str] = []
        for number, values in lines:
            if not values:
                continue
            if values[0].startswith("#"):
                if not header:
                    self._note(number, values)
                continue
            if not header:
                header = [value.casefold() for value in values]
                self._check_header(number, header, columns, optional)
                if self.problems:
                    return
            elif len(values) > len(header):
                self.problem(number, Reason.TOO_MANY_CELLS)
            else:
                padding = [""] * (len(header) - len(values))
                self.rows.append((number, dict(zip(header, values + padding, strict=True))))
        if not self.rows and not self.problems:
            self.problem(0, Reason.EMPTY)

    def _note(self, number: int, values: list[str]) -> None:
        # A spreadsheet quotes the comment's commas or pads the line with empty cells: both come back together.
        if comment := _COMMENT.match(",".join(values)):
            self.comments[comment[1].casefold()] = (number, comment[2].strip())

    def _check_header(self, number: int, header: list[str], columns: Sequence[str], optional: Sequence[str]) -> None:
        for column in columns:
            if column not in header:
                self.problem(number, Reason.MISSING_COLUMN, column)
        for column in header:
            if column not in (*columns, *optional) or header.count(column) > 1:
                self.problem(number, Reason.UNKNOWN_COLUMN, column)

    def collect[R](self, make: Callable[["Line"], R]) -> tuple[R, ...]:
        """Return a row object for each line without a problem."""
        made = []
        seen: dict[str, int] = {}
        for number, cells in self.rows:
            line = Line(self, number, cells)
            row = make(line)
            slug = cells[self.identity]
            if not line.bad and seen.setdefault(slug, number) != number:
                line.problem(Reason.DUPLICATE, slug, seen[slug])
            if not line.bad:
                made.append(row)
        return tuple(made)


def read_table[R](
    path: Path, columns: Sequence[str], make: Callable[["Line"], R], *, optional: Sequence[str] = ()
) -> tuple[R, ...]:
    """Read a file that is one table by itself, a row object for each line; raises ContentError with every problem."""
    try:
        table = Table(path.name, path.read_bytes(), columns, optional)
    except OSError as error:
        raise ContentError([Problem(path.name, 0, Reason.NOT_FOUND)]) from error
    rows = table.collect(make)
    if table.problems:
        raise ContentError(sorted(table.problems, key=lambda problem: problem.line))
    return rows


def _trimmed(cells: list[str]) -> list[str]:
    values = [cell.strip() for cell in cells]
    while values and not values[-1]:
        values.pop()
    return values


class Line:
    """One row: takes its cells as what they should be; a bad one gives a stand-in and spoils the line."""

    def __init__(self, table: Table, number: int, cells: Mapping[str, str]) -> None:
        self.table, self.number, self.cells, self.bad = table, number, cells, False

    def problem(self, reason: Reason, *evidence: object) -> None:
        """Note what is wrong with this line."""
        self.bad = True
        self.table.problem(self.number, reason, *evidence)

    def text(self, column: str, longest: int = 80) -> str:
        """Take a text that must be there."""
        value = self.cells[column]
        if not value:
            self.problem(Reason.MISSING_VALUE, column)
        elif len(value) > longest:
            self.problem(Reason.TOO_LONG, column, longest)
        return value

    def words(self, column: str, longest: int) -> str:
        """Take a text that may be missing, with its column or without."""
        value = self.cells.get(column, "")
        if len(value) > longest:
            self.problem(Reason.TOO_LONG, column, longest)
        return value

    def slug(self, column: str) -> str:
        """Take an identifier: small letters, digits, and dashes inside."""
        value = self.text(column, SLUG_LENGTH)
        if value and not _SLUG.fullmatch(value):
            self.problem(Reason.BAD_SLUG, column, value)
        return value

    def name(self, column: str = "name", longest: int = 80) -> str:
        """Take a name that a customer could type."""
        value = self.text(column, longest)
        if value and not key(value):
            self.problem(Reason.NAME_WITHOUT_LETTERS, value)
        return value

    def names(self, column: str = "also") -> tuple[str, ...]:
        """Take further names, parted by ``|``."""
        names = tuple(name.strip() for name in self.cells.get(column, "").split("|") if name.strip())
        for name in names:
            if not key(name):
                self.problem(Reason.NAME_WITHOUT_LETTERS, name)
        return names

    def positive(self, column: str, *, least: int = 1) -> int:
        """Take a whole number of at least ``least``."""
        value = self.cells[column]
        if not value:
            self.problem(Reason.MISSING_VALUE, column)
        elif not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value) >= least):  # noqa: PLR2004
            self.problem(Reason.NOT_POSITIVE, column, value)
        else:
            return int(value)
        return least

    def choice[E: StrEnum](self, column: str, choices: type[E]) -> E:
        """Take one of the members of an enum."""
        value = self.text(column)
        try:
            return choices(value.casefold())
        except ValueError:
            if value:
                self.problem(Reason.NOT_A_CHOICE, column, value, ", ".join(choices))
            return next(iter(choices))
