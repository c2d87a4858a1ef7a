"""The answers of the resolver to all that is written here, judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.phones.listed import Verdict, verdict
from tests.phones.written import Case, cases
from tradein.phones.index import PhoneIndex
from tradein.phones.resolver import read

_BY_HAND = Path(__file__).parent / "by_hand.txt"


@dataclass(frozen=True)
class Judged:
    """Cases with what came of each."""

    cases: list[tuple[Case, Verdict]]

    def share(self, *verdicts: Verdict) -> float:
        """Return the share of the cases that ended so."""
        return sum(judged in verdicts for _, judged in self.cases) / len(self.cases)

    @property
    def unlisted_taken(self) -> float:
        """The share of the unlisted phones that were taken for a listed one."""
        unlisted = [judged for case, judged in self.cases if case.meant.partition(" ")[0] in {"no", "out"}]
        return unlisted.count("unlisted taken") / len(unlisted)

    def told(self, *verdicts: Verdict) -> str:
        """Return the cases that ended so, one a line."""
        return "\n".join(f"{judged}: {case}" for case, judged in self.cases if judged in verdicts)


def by_hand(index: PhoneIndex) -> Judged:
    """Judge what was written by hand."""
    lines = (line for line in _BY_HAND.read_text("utf-8").splitlines() if line and not line.startswith("#"))
    return _judged(
        index, (Case(text, meant.strip(), "by hand") for text, meant in (line.split(" => ") for line in lines))
    )


def by_the_thousand(index: PhoneIndex) -> Judged:
    """Judge what was made from the ways in which people write."""
    return _judged(index, cases(index))


def _judged(index: PhoneIndex, written: Iterable[Case]) -> Judged:
    return Judged([(case, verdict(read(index, case.text), case.meant)) for case in written])
