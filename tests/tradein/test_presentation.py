"""Amounts and moments as people read them."""

import pytest

from tradein.presentation import money, presentable


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (1_200_000, "INR", "₹12,000"),
        (12_345_678_00, "INR", "₹1,23,45,678"),
        (200_050, "INR", "₹2,000.50"),
        (-50_000, "INR", "\N{MINUS SIGN}₹500"),
        (0, "INR", "₹0"),
        (1_000, "JPY", "JP¥1,000"),
    ],
)
def test_an_amount_shows_decimals_only_where_there_are_any(minor: int, currency: str, shown: str) -> None:
    """Minor units of the currency, grouped as in India."""
    assert money(minor, currency=currency, language="en") == shown


def test_a_parameter_is_shown_as_its_name_says() -> None:
    """Amounts, moments in the programme's zone, dates; and text that can't become HTML."""
    params = {
        "value_minor": 200_000,
        "expires_at": "2026-12-08T18:29:59+00:00",
        "as_of_on": "2026-11-01",
        "phone": "<b>Redmi</b> & co",
        "days": 3,
    }
    assert presentable(params, currency="INR", timezone="Asia/Kolkata", language="en") == {
        "value": "₹2,000",
        "expires": "Tue, 8 Dec 2026, 23:59",
        "as_of": "1 Nov 2026",
        "phone": "&lt;b&gt;Redmi&lt;/b&gt; &amp; co",
        "days": "3",
    }


def test_hindi_writes_its_days_and_months_out() -> None:
    """And its digits as India does."""
    params = {"value_minor": 12_345_600, "expires_at": "2026-12-08T18:29:59+00:00", "as_of_on": "2026-11-01"}
    assert presentable(params, currency="INR", timezone="Asia/Kolkata", language="hi") == {
        "value": "₹1,23,456",
        "expires": "मंगल, 8 दिसंबर 2026, 23:59",
        "as_of": "1 नवंबर 2026",
    }
