"""Coupon codes: unguessable, readable, and wrong ones are noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from tradein import coupons
from tradein.refusals import UnknownCoupon

# Drawn, not made by new_code(): its randomness is the system's, so a failure could neither be replayed nor shrunk.
CODES = st.text(coupons.ALPHABET, min_size=coupons.RANDOM_CHARACTERS, max_size=coupons.RANDOM_CHARACTERS).map(
    lambda drawn: drawn + luhn.calc_check_digit(drawn, alphabet=coupons.ALPHABET)
)


def test_a_code_has_at_least_60_random_bits() -> None:
    """Five bits a character; the check character adds none."""
    assert len(coupons.ALPHABET) == 32
    assert coupons.RANDOM_CHARACTERS * 5 >= 60
    assert len({coupons.new_code() for _ in range(1000)}) == 1000


def test_no_character_is_read_as_another() -> None:
    """No 0, O, 1 or I: a code is read aloud and typed on phones."""
    assert not set(coupons.ALPHABET) & set("0O1I")


def test_a_new_code_is_one_that_is_read() -> None:
    """Of the alphabet, with its check character, as long as the column."""
    code = coupons.new_code()
    assert len(code) == coupons.RANDOM_CHARACTERS + 1
    assert coupons.read_code(code) == code


@given(CODES, st.sampled_from(["{}", " {} ", "{}\n"]), st.booleans())
def test_a_code_is_read_in_any_case_with_or_without_dashes(code: str, shape: str, printed: bool) -> None:
    """As people copy it."""
    written = "-".join(code[i : i + 4] for i in range(0, 16, 4)) if printed else code
    assert coupons.read_code(shape.format(written.lower())) == code


@given(CODES, st.integers(0, 15), st.sampled_from(coupons.ALPHABET))
def test_one_wrong_character_is_always_noticed(code: str, position: int, other: str) -> None:
    """The check character catches it without asking the database."""
    if code[position] == other:
        return
    with pytest.raises(UnknownCoupon):
        coupons.read_code(code[:position] + other + code[position + 1 :])


@given(CODES, st.integers(0, 14))
def test_two_neighbours_exchanged_are_noticed(code: str, position: int) -> None:
    """The other common slip; Luhn misses only the pair of the first and the last character of the alphabet."""
    pair = code[position : position + 2]
    if pair[0] == pair[1] or set(pair) == {coupons.ALPHABET[0], coupons.ALPHABET[-1]}:
        return
    with pytest.raises(UnknownCoupon):
        coupons.read_code(code[:position] + pair[::-1] + code[position + 2 :])
