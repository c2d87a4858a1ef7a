"""Which of the numbers in a picture are believed."""

import pytest

from bot.reader.barcodes import Barcode
from bot.reader.digits import Line, Region
from bot.reader.evidence import Contradiction, Evidence, weigh
from bot.reader.layout import prints

A, B, C = "352099001761481", "356938035643809", "866046039870122"
HEIGHT = 20.0


def seen(
    *lines: tuple[str, float, float],
    codes: tuple[tuple[str, float, float], ...] = (),
    legible: bool = True,
    firm: bool = True,
) -> tuple[str, ...]:
    """Return what is believed of lines of text and barcodes, each with its left and top; ``firm``: read again alike."""
    regions = [(text, Region(x + len(text) * 6, y + HEIGHT / 2, len(text) * 12, HEIGHT, 0)) for text, x, y in lines]
    score = 0.99 if legible else 0.3
    placed = prints([Line(region, text, score) for text, region in regions], 0)
    barcodes = [Barcode(text, ((x, y), (x + 300, y), (x + 300, y + 60), (x, y + 60))) for text, x, y in codes]
    evidence = Evidence()
    weigh(evidence, placed, barcodes, 0, lambda _line, _number: firm)
    return tuple(found.imei for found in evidence.verdict())


def test_a_number_under_its_name_is_believed() -> None:
    """The settings' page: names above values."""
    lines = (("IMEI (SIM slot 1)", 0, 0), (A, 0, 30), ("Serial number", 0, 90), (B, 0, 120))
    assert seen(*lines) == (A,)


def test_a_number_right_of_its_name_is_believed() -> None:
    """Two columns."""
    assert seen(("Serial", 0, 0), (B, 300, 0), ("IMEI", 0, 40), (A, 300, 40)) == (A,)


def test_one_title_names_the_column_under_it() -> None:
    """The plain dialog of a phone with two SIMs."""
    assert seen(("IMEI", 0, 0), (f"{A} / 01", 0, 50), (f"{B} / 01", 0, 90)) == (A, B)


def test_the_slots_give_the_order() -> None:
    """Wherever they stand."""
    assert seen((f"IMEI2: {A}", 0, 0), (f"IMEI1: {B}", 0, 40)) == (B, A)


def test_a_name_that_cannot_be_read_names_nothing_an_imei() -> None:
    """It may have said serial number."""
    assert seen(("I#E?", 0, 0), (A, 0, 30), legible=False) == ()


def test_a_number_that_does_not_come_out_again_is_not_believed() -> None:
    """One view by luck."""
    assert seen((f"IMEI: {A}", 0, 0), firm=False) == ()


def test_a_number_that_a_barcode_holds_needs_no_second_view() -> None:
    """Print and code agree."""
    assert seen((f"IMEI: {A}", 0, 70), codes=((A, 0, 0),), firm=False) == (A,)


def test_a_barcode_is_named_by_what_is_printed_by_it() -> None:
    """Above, where no digits are printed."""
    assert seen(("IMEI", 0, 0), codes=((A, 0, 25),)) == (A,)
    assert seen(("S/N", 0, 0), codes=((A, 0, 25),)) == ()


def test_a_serial_number_is_not_taken_for_the_imei_beside_it() -> None:
    """Both are fifteen digits with a right check digit, both have a barcode."""
    lines = ((f"S/N: {B}", 0, 62), (f"IMEI: {A}", 0, 202))
    assert seen(*lines, codes=((B, 0, 0), (A, 0, 140))) == (A,)


def test_a_barcode_between_two_names_is_not_believed() -> None:
    """It may be either's."""
    assert seen(("IMEI", 0, 0), ("S/N", 0, 85), codes=((A, 0, 22),)) == ()


def test_a_lone_number_is_believed_only_if_nothing_speaks_of_anything_else() -> None:
    """Without any name: as IMEIs begin, and alone."""
    assert seen((A, 0, 0)) == (A,)
    assert seen((A, 0, 0), ("SN", 600, 300)) == ()
    assert seen((A, 0, 0), ("8991101200003204510", 600, 300)) == ()
    assert seen(("490154203237518", 0, 0)) == ()


def test_a_name_that_stands_under_its_number_names_no_other() -> None:
    """Names below their numbers: the second number stands under the first one's name."""
    assert seen((A, 0, 0), ("IMEI", 0, 30), (B, 0, 60), ("S/N", 0, 90)) == ()


def test_two_letters_between_two_numbers_are_a_name() -> None:
    """The serial number of a dialog that names the IMEIs once."""
    assert seen(("IMEI", 0, 0), (A, 0, 30), ("SN", 0, 60), (B, 0, 90)) == (A,)


def test_a_piece_of_a_longer_number_is_not_believed() -> None:
    """The detector cut an ICCID in two."""
    assert seen(("89911", 0, 0), (A, 70, 0)) == ()


@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        (((f"IMEI: {A}", 0, 62),), ((B, 0, 0),)),
        (((f"IMEI1: {A}", 0, 0), (f"IMEI1: {B}", 0, 40)), ()),
        (((f"IMEI: {A}", 0, 0), (f"IMEI: {B}", 0, 40), (f"IMEI: {C}", 0, 80)), ()),
    ],
    ids=["print and barcode differ", "two for one slot", "several phones"],
)
def test_a_picture_that_contradicts_itself_says_nothing(
    lines: tuple[tuple[str, float, float], ...], codes: tuple[tuple[str, float, float], ...]
) -> None:
    """No wrong number ever, rather none."""
    with pytest.raises(Contradiction):
        seen(*lines, codes=codes)
