"""``tradein report``: how the programme does, what is due, what went wrong."""

from collections.abc import Mapping
from enum import StrEnum

from rich.table import Table

from tradein import presentation
from tradein import report as reports
from tradein.cli._run import console, reading, settings, utcnow
from tradein.cli.wording import DONE, DUE, WRONG
from tradein.report import Sum


def report() -> None:
    """Show how the programme does, what is due and what went wrong, at this moment."""
    programme, now = settings(), utcnow()
    with reading() as session:
        found = reports.of(session, policy=programme.policy, now=now)
    at = presentation.moment(now, timezone=programme.timezone, language="en")
    done = Table("", "Today", "7 days", "All", title=f"How the programme does ({at}, {programme.timezone})")
    for spell in found.done:
        done.add_row(DONE[spell.what], *(_shown(each) for each in (spell.today, spell.week, spell.ever)))
    console.print(done)
    console.print(_table("What is due", DUE, found.due))
    console.print(_table("What went wrong", WRONG, found.wrong))


def _table[What: StrEnum](title: str, words: Mapping[What, str], sums: Mapping[What, Sum]) -> Table:
    table = Table("", "Now", title=title)
    for what, each in sums.items():
        table.add_row(words[what], _shown(each))
    return table


def _shown(each: Sum) -> str:
    if each.amount_minor is None or not each.count:
        return str(each.count)
    return f"{each.count} ({presentation.money(each.amount_minor, currency=settings().currency, language='en')})"
