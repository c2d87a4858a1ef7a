"""The first page: how the programme does, what is due, what went wrong; each number leads to the rows it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from tradein import report
from tradein.cli.wording import DONE, DUE, WRONG
from tradein.report import Done, Due, Spell, Sum, Wrong
from web.console.local import Local
from web.parts import parts_of

_DONE_LISTS: Mapping[Done, tuple[str, str]] = {
    Done.ISSUED: ("coupons", "issued"),
    Done.REDEEMED: ("orders", "placed"),
    Done.COMPLETED: ("orders", "completed"),
    Done.REFUSED: ("visits", "refused"),
    Done.REFUNDED: ("refunds", "asked"),
}
"""Where a number leads: the key of a list, and its part. Quotes and talks have no list: they are customers' words."""
_DUE_LISTS: Mapping[Due, tuple[str, str]] = {
    Due.REMINDERS: ("reminders", Due.REMINDERS),
    Due.EXPIRING: ("coupons", Due.EXPIRING),
    Due.VISITS: ("visits", Due.VISITS),
    Due.OVERDUE_VISITS: ("visits", Due.OVERDUE_VISITS),
    Due.REFUNDS: ("refunds", Due.REFUNDS),
    Due.RESERVATIONS: ("reservations", Due.RESERVATIONS),
}
_WRONG_LISTS: Mapping[Wrong, tuple[str, str]] = {
    Wrong.UNDELIVERED: ("messages", Wrong.UNDELIVERED),
    Wrong.UNSURE: ("messages", Wrong.UNSURE),
    Wrong.WEBHOOKS: ("webhooks", Wrong.WEBHOOKS),
    Wrong.REFUNDS: ("refunds", "failed"),
    Wrong.SET_ASIDE: ("updates", Wrong.SET_ASIDE),
    Wrong.WAITING: ("tickets", Wrong.WAITING),
    Wrong.LOCKED_DOORS: ("visits", Wrong.LOCKED_DOORS),
}


@dataclass(frozen=True)
class Number:
    """A number on the page: how many, the money beside it, where it leads."""

    label: str
    count: str
    money: str
    link: str = ""


class Today(CustomView):
    """The console's first page."""

    menu_label = "Today"
    icon = "fa fa-sun"
    path = "/"

    @route("")
    async def index(self, request: Request) -> Response:
        """Show it as it is at this moment."""
        parts = parts_of(request)
        now, policy, local = parts.clock(), parts.settings.policy, Local.of(parts.settings)
        found = await parts.store.read(lambda session: report.of(session, policy=policy, now=now))
        root = request.scope["root_path"]
        context = {
            "title": "Today",
            "at": local.moment(now),
            "done": [(DONE[spell.what], _spelt(root, spell, local)) for spell in found.done],
            "due": _numbers(root, DUE, found.due, _DUE_LISTS, local),
            "wrong": [
                number for number in _numbers(root, WRONG, found.wrong, _WRONG_LISTS, local) if number.count != "0"
            ],
        }
        assert self._admin is not None  # noqa: S101 - it was mounted
        return self._admin._template_response(request, "today.html", context)  # noqa: SLF001 - its way to render


def _numbers[What: StrEnum](
    root: str, labels: Mapping[What, str], sums: Mapping[What, Sum], lists: Mapping[What, tuple[str, str]], local: Local
) -> list[Number]:
    return [Number(labels[what], *local.sum(each), _link(root, lists.get(what))) for what, each in sums.items()]


def _spelt(root: str, spell: Spell, local: Local) -> list[Number]:
    label, where = DONE[spell.what], _DONE_LISTS.get(spell.what)
    numbers = []
    for since, each in (("today", spell.today), ("week", spell.week), ("", spell.ever)):
        at = (where[0], f"{where[1]}{f'-{since}' if since else ''}") if where else None
        numbers.append(Number(label, *local.sum(each), _link(root, at)))
    return numbers


def _link(root: str, where: tuple[str, str] | None) -> str:
    return f"{root}/{where[0]}/list?show={where[1]}" if where else ""
