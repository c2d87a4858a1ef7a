"""The gates of the resolver: what people write, by hand and by the thousand, over the whole catalogue."""

from pathlib import Path

import pytest

from tests.phones.judged import Judged, by_hand, by_the_thousand
from tests.phones.listed import index

RIGHT = 0.98
SILENTLY_WRONG = 0.005
UNLISTED_TAKEN = 0.01


@pytest.fixture(scope="module", params=["by hand", "by the thousand"])
def judged(request: pytest.FixtureRequest) -> Judged:
    """Return what the resolver makes of all of them."""
    return by_hand(index()) if request.param == "by hand" else by_the_thousand(index())


def test_the_right_phone_or_the_right_short_list(judged: Judged) -> None:
    """A short list is right where it begins with what was meant, or holds all that may be meant; five at most."""
    assert judged.share("right", "short list") >= RIGHT, judged.told("asked", "wrong", "unlisted taken")


def test_no_phone_is_chosen_that_nobody_spoke_of(judged: Judged) -> None:
    """A question costs a tap; a silent mistake is found by the courier."""
    assert judged.share("wrong", "unlisted taken") <= SILENTLY_WRONG, judged.told("wrong", "unlisted taken")


def test_what_is_not_listed_is_not_taken(judged: Judged) -> None:
    """Of the phones that nobody takes, hardly one is mistaken for one that is."""
    assert judged.unlisted_taken <= UNLISTED_TAKEN, judged.told("unlisted taken")


def test_there_are_enough_of_them() -> None:
    """As many as were promised, each once."""
    listed = index()
    assert len(by_hand(listed).cases) >= 300
    assert len(by_the_thousand(listed).cases) >= 1000


def test_what_is_meant_is_spelt_as_in_the_catalogue() -> None:
    """A slip in the table would be counted as one of the resolver."""
    listed = index()
    known = {model.id for model in listed.models} | {row.id for model in listed.models for row in model.variants}
    outside = {line.split(",")[0] for line in _CATALOGUE.joinpath("outside.csv").read_text("utf-8").splitlines()}
    for case, _ in by_hand(listed).cases:
        kind, _, rest = case.meant.partition(" ")
        match kind:
            case "?":
                assert set(rest.split()) <= known, case
            case "brand" | "no":
                assert rest in listed.brands, case
            case "out":
                assert rest in outside, case
            case "-":
                assert not rest, case
            case _:
                assert kind in known, case


_CATALOGUE = Path(__file__).parents[2] / "catalogue"
