"""How amounts and moments look to people: one translation for the conversation and for the notices.

A parameter's name says what it is: ``value_minor`` is an amount and becomes ``{value}``, ``expires_at`` a moment and
becomes ``{expires}``, ``as_of_on`` a date. Everything else is text and is escaped for Telegram's HTML.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from html import escape
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, get_currency_precision

MINUS = "\N{MINUS SIGN}"
_LOCALES = {"en": "en_IN", "hi": "hi_IN"}
_MONTHS = {"hi": "MMMM"}
"""Hindi writes its months out: the short forms end in a sign that few people know."""


def presentable(params: Mapping[str, object], *, currency: str, timezone: str, language: str) -> dict[str, str]:
    """Return ``params`` as the words of a response: see the module's docstring."""
    words: dict[str, str] = {}
    for name, value in params.items():
        if name.endswith("_minor") and isinstance(value, int):
            words[name.removesuffix("_minor")] = money(value, currency=currency, language=language)
        elif name.endswith("_at") and value is not None:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
            words[name.removesuffix("_at")] = moment(at, timezone=timezone, language=language)
        elif name.endswith("_on") and value is not None:
            on = value if isinstance(value, date) else date.fromisoformat(str(value))
            day = f"d {_MONTHS.get(language, 'MMM')} y"
            words[name.removesuffix("_on")] = format_date(on, day, locale=_LOCALES.get(language, "en_IN"))
        else:
            words[name] = escape("" if value is None else str(value), quote=False)
    return words


def money(minor: int, *, currency: str, language: str) -> str:
    """Return an amount of minor units as people write it: ``₹12,000``, decimals only where there are any."""
    if minor < 0:
        return f"{MINUS}{money(-minor, currency=currency, language=language)}"
    precision = get_currency_precision(currency)
    whole = minor % 10**precision == 0
    amount = format_currency(
        Decimal(minor).scaleb(-precision),
        currency,
        "¤#,##,##0" if whole else "¤#,##,##0.00",
        locale=_LOCALES.get(language, "en_IN"),
        currency_digits=False,
    )
    return amount.replace("\xa0", "")


def moment(at: datetime, *, timezone: str, language: str) -> str:
    """Return a moment in the programme's zone: ``Tue, 8 Dec 2026, 23:59``."""
    locale = _LOCALES.get(language, "en_IN")
    pattern = f"EEE, d {_MONTHS.get(language, 'MMM')} y, HH:mm"
    return format_datetime(at.astimezone(ZoneInfo(timezone)), pattern, locale=locale)
