"""What a line of text says."""

import pytest

from bot.reader.numbers import Called, said

A, B = "352099001761481", "356938035643809"
IMEI, OTHER, NOTHING = Called.IMEI, Called.OTHER, Called.NOTHING


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"IMEI1:{A}/78", [(IMEI, 1, A)]),
        (f"IMEI 2: {A} / 78", [(IMEI, 2, A)]),
        (f"IMEI {A}", [(IMEI, None, A)]),
        (f"IMEI1{A}", [(IMEI, None, A)]),
        (f"IMEI (SIM slot 2) {A}", [(IMEI, 2, A)]),
        (f"lMEl No.: {A}", [(IMEI, None, A)]),
        ("IMEI: 35-209900-176148-1", [(IMEI, None, A)]),
        ("IMEI 2 35 209900 176148 1", [(IMEI, 2, A)]),
        (f"IMEI: {A} 78", [(IMEI, None, A)]),
        (f"IMEI: {A} / {B}", [(IMEI, None, A), (IMEI, None, B)]),
        (f"IMEI 1: {A} IMEI 2: {B}", [(IMEI, 1, A), (IMEI, 2, B)]),
        (f"IMEI {A} S/N {B}", [(IMEI, None, A), (OTHER, None, B)]),
        (f"SN:2785123456;IMEI1:{A};IMEI2:{B}", [(OTHER, None, None), (IMEI, 1, A), (IMEI, 2, B)]),
        (f"{A}/01", [(NOTHING, None, A)]),
    ],
)
def test_a_number_is_read_with_its_name_however_it_is_written(
    text: str, expected: list[tuple[Called, int | None, str | None]]
) -> None:
    """Slots, groups, software versions, two in a line: as phones and labels write them."""
    assert [(one.name.called, one.name.slot, one.imei) for one in said(text).numbers] == expected


@pytest.mark.parametrize(
    "text",
    [
        f"S/N: {A}",
        f"Serial No. {A}",
        f"ICCID 8991{A}0",
        f"Order {A}",
        f"IMEISV: {A}",
        f"IMEI/SV {A}",
        f"Redmi 9 {A}",
    ],
)
def test_a_number_of_another_name_is_not_an_imei(text: str) -> None:
    """Fifteen digits with a right check digit are a serial number if they are called one."""
    assert all(one.name.called is OTHER for one in said(text).numbers)


@pytest.mark.parametrize(
    "text",
    [
        f"IMEI: {A[:14]}",  # the check digit isn't there, and we compute none
        f"IMEI: {A[:14]}01",  # an IMEISV
        f"IMEI: {A[:14]}2",
        f"IMEI: O{A[1:]}",
        f"IMEI: {A[:5]}O{A[6:]}",
        f"IMEI: {A[:7]}I{A[8:]}",
        f"IMEI: {A}B",
        f"IMEI: {A}7",
        f"IMEI: {A}178",
        f"IMEI: {A} 12345",
        "IMEI: 000000000000000",
    ],
)
def test_a_number_is_never_repaired(text: str) -> None:
    """A letter for a digit, a digit too few or too many, a wrong check digit: no IMEI."""
    assert all(one.imei is None for one in said(text).numbers)


@pytest.mark.parametrize(
    ("text", "called", "slot"),
    [
        ("IMEI", IMEI, None),
        ("IMEI (slot 2)", IMEI, 2),
        ("IMEI information", IMEI, None),
        ("Serial number", OTHER, None),
        ("MEID", OTHER, None),
        ("IMEI SV", OTHER, None),
        ("* #", NOTHING, None),
    ],
)
def test_a_line_without_a_number_names_what_stands_under_it(text: str, called: Called, slot: int | None) -> None:
    """A name above or left of a number is as good as one in its line."""
    trailing = said(text).trailing
    assert (trailing.called, trailing.slot) == (called, slot)
