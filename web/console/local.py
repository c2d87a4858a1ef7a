"""How the console writes money, moments and secrets: in the programme's currency and zone, and masked."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tradein import presentation
from tradein.report import Sum
from tradein.settings import Settings

MASK = "••••"


@dataclass(frozen=True)
class Local:
    """The programme's way of writing."""

    timezone: str
    currency: str

    @classmethod
    def of(cls, settings: Settings) -> "Local":
        """Return the way that the settings say."""
        return cls(settings.timezone, settings.currency)

    def money(self, minor: int | None, currency: str | None = None) -> str:
        """Return an amount of minor units, nothing for None."""
        return "" if minor is None else presentation.money(minor, currency=currency or self.currency, language="en")

    def moment(self, at: datetime | None) -> str:
        """Return a moment with its zone, ``Tue, 8 Dec 2026, 23:59 IST``; nothing for None."""
        if at is None:
            return ""
        zone = at.astimezone(ZoneInfo(self.timezone)).tzname() or self.timezone
        return f"{presentation.moment(at, timezone=self.timezone, language='en')} {zone}"

    def day(self, on: date | None) -> str:
        """Return a day, ``8 Dec 2026``."""
        told = {"d_on": on}
        return presentation.presentable(told, currency=self.currency, timezone=self.timezone, language="en").get(
            "d", ""
        )

    def sum(self, each: Sum) -> tuple[str, str]:
        """Return how many there are, and what they come to."""
        return str(each.count), self.money(each.amount_minor) if each.count else ""


def masked(code: str) -> str:
    """Return a coupon's code as a list shows it: its last four characters."""
    return f"{MASK}-{MASK}-{MASK}-{code[-4:]}"


def words(state: str) -> str:
    """Return a state or a kind as words: ``at_checkout`` → ``at checkout``."""
    return state.replace("_", " ")
