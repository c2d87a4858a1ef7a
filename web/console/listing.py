"""A list of the console: rows of one table, searched, sorted, paged, in parts; and one row with what belongs to it.

starlette-admin makes the pages, this gives it the rows, as words. Nothing is edited here: what may be done to a row is
a verb of the core, confirmed, with who did it in the event log.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, ClassVar, Never, override

from sqlalchemy import ColumnElement, Select, TextClause, false, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import BaseModelView, StringField
from starlette_admin.exceptions import ActionFailed
from starlette_admin.filters.base import FilterGroup
from starlette_admin.flash import flash

from tradein import events
from tradein.cli.wording import said
from tradein.database import Base
from tradein.policy import Policy
from tradein.refusals import Refusal
from tradein.staff import Staff
from web.console.acting import act
from web.console.local import Local, words
from web.parts import parts_of

type Where = Sequence[ColumnElement[bool] | TextClause]
type Told = dict[str, str]
HISTORY = ("When", "What", "By")
LONGEST_NUMBER = 9
"""Digits of a row's number: what is longer fits no column of PostgreSQL's."""
MOST_ROWS = 1_000_000_000
NUL = "\0"
"""The one character that PostgreSQL stores in no text, and looks for in none."""


@dataclass(frozen=True)
class Column:
    """A column: the name of its words, its heading, by what it is sorted; ``detail`` where the list has no room."""

    name: str
    label: str
    by: InstrumentedAttribute[Any] | None = None
    detail: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a list, under ``?show=``: its name on the page, and which rows it has."""

    label: str
    where: Where


@dataclass(frozen=True)
class Beyond:
    """A table below a row's own facts."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


class Listing(BaseModelView):
    """One list; a subclass says what is in it."""

    table: ClassVar[type[Base]]
    identity: ClassVar[str] = "id"
    """The column by which a row is opened."""
    columns: ClassVar[Sequence[Column]]
    default: ClassVar[tuple[str, bool]]
    """By which column it is sorted at first, and whether the greatest comes first."""
    search_hint: ClassVar[str] = ""
    empty: ClassVar[str] = "Nothing here."
    pk_attr = "pk"
    page_size = 25
    page_size_options = (25,)
    actions = ()
    row_actions: Sequence[str] = ()
    searchable_fields = ()
    exporters = ()
    importers = ()
    column_visibility = False
    search_highlight = False

    def __init__(self) -> None:
        self.display_name = self.menu_label
        self.fields = [
            StringField(name=column.name, label=column.label, exclude_from_list=column.detail)
            for column in self.columns
        ]
        if self.row_click_navigate:
            # A link as well: a row that opens by script alone can't be opened in a tab, nor by the keyboard's own way.
            self.fields[0].list_template = "fields/list/opens.html"
        self.sortable_fields = [column.name for column in self.columns if column.by is not None]
        self.fields_default_sort = [self.default]
        super().__init__()

    @property
    def pk(self) -> InstrumentedAttribute[Any]:
        """The column of the identity."""
        found: InstrumentedAttribute[Any] = getattr(self.table, self.identity)
        return found

    # --- what a subclass says -----------------------------------------------------------------------------------------
    def query(self) -> Select[Any]:
        """Return the rows with all that their words need."""
        return select(self.table)

    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        """Return the list's parts by the name that ``?show=`` has for them."""
        del policy, now
        return {}

    def matching(self, words: str) -> ColumnElement[bool] | None:
        """Return which rows a search finds; None where nothing is searched."""
        del words
        return None

    def told(self, row: Any, local: Local) -> Told:  # noqa: ANN401 - a row of the subclass's table
        """Return a row as words, by the columns' names."""
        raise NotImplementedError

    def beside(self, session: Session, rows: Sequence[Any], local: Local) -> Mapping[Any, Told]:
        """Return what another table has about a page of rows."""
        del session, rows, local
        return {}

    def opened(self, session: Session, row: Any, local: Local) -> Told:  # noqa: ANN401 - as above
        """Return what is shown of a row only where it is opened."""
        del session, row, local
        return {}

    def beyond(self, session: Session, row: Any, local: Local) -> Sequence[Beyond]:  # noqa: ANN401 - as above
        """Return the tables below an opened row."""
        del session, row, local
        return ()

    def may(self, row: Any) -> frozenset[str]:  # noqa: ANN401 - as above
        """Return the names of what may be done to a row as it stands."""
        del row
        return frozenset()

    # --- what starlette-admin asks for --------------------------------------------------------------------------------
    @override
    async def find_all(
        self,
        request: Request,
        skip: int = 0,
        limit: int = 100,
        q: str | None = None,
        sorts: Sequence[tuple[str, str]] | None = None,
        filters: FilterGroup | None = None,
    ) -> Sequence[Any]:
        """Return one page of rows."""
        by = {column.name: column.by for column in self.columns if column.by is not None}
        order = [by[name].desc() if way == "desc" else by[name].asc() for name, way in sorts or () if name in by]
        page = (
            self.query()
            .where(*self._where(request, q))
            .order_by(*order, self.pk.desc())
            .offset(min(skip, MOST_ROWS))
            .limit(limit)
        )
        local = Local.of(parts_of(request).settings)

        def look(session: Session) -> list[SimpleNamespace]:
            rows = session.scalars(page).unique().all()
            beside = self.beside(session, rows, local)
            return [self._row(row, self.told(row, local) | beside.get(row, {})) for row in rows]

        return await parts_of(request).store.read(look)

    @override
    async def count(self, request: Request, q: str | None = None, filters: FilterGroup | None = None) -> int:
        """Return how many rows there are on all pages."""
        counted = self.query().with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
        where = self._where(request, q)
        return await parts_of(request).store.read(lambda session: session.scalar(counted.where(*where)) or 0)

    @override
    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        """Return one row with all that belongs to it, None if there is none."""
        local, wanted = Local.of(parts_of(request).settings), self._identified(str(pk))

        def look(session: Session) -> SimpleNamespace | None:
            row = session.scalars(self.query().where(wanted)).unique().one_or_none()
            if row is None:
                return None
            beside = self.beside(session, [row], local).get(row, {})
            found = self._row(row, self.told(row, local) | beside | self.opened(session, row, local))
            found.beyond = self.beyond(session, row, local)
            return found

        return await parts_of(request).store.read(look)

    @override
    async def find_by_pks(self, request: Request, pks: list[Any]) -> Sequence[Any]:
        """Return several rows."""
        return [row for pk in pks if (row := await self.find_by_pk(request, pk)) is not None]

    @override
    async def is_row_action_allowed_for_obj(self, request: Request, name: str, obj: Any) -> bool:
        """Say whether an action is offered for a row as it stands; its verb decides."""
        return name in obj.may

    @override
    async def handle_row_action(self, request: Request, pk: Any, name: str) -> Response | None:
        """Do what we said that may be done, and nothing that starlette-admin brings along."""
        if name not in self.row_actions or pk is None:
            raise ActionFailed("There is nothing of that name to do.")
        return await super().handle_row_action(request, pk, name)

    @override
    def can_create(self, request: Request) -> bool:
        """Nothing is made by hand."""
        return False

    can_edit = can_delete = can_export = can_import = can_create

    def shown_parts(self, request: Request) -> Mapping[str, Part]:
        """Return the parts for the page's row of links."""
        parts = parts_of(request)
        return self.parts(policy=parts.settings.policy, now=parts.clock())

    @override
    async def create(self, request: Request, data: dict[str, Any]) -> Never:
        """Nothing is made by hand."""
        self._gone()

    @override
    async def edit(self, request: Request, pk: Any, data: dict[str, Any]) -> Never:
        """Nothing is changed by hand."""
        self._gone()

    @override
    async def delete(self, request: Request, pks: list[Any]) -> Never:
        """Nothing is deleted by hand."""
        self._gone()

    # --- for the actions ----------------------------------------------------------------------------------------------
    async def change(
        self,
        request: Request,
        pk: str,
        verb: Callable[[Session, Any, Staff, datetime], str],
    ) -> None:
        """Do a verb to a row, in one transaction with a new look at who acts; tell what came of it."""

        def deed(session: Session, member: Staff, now: datetime) -> str:
            row = session.scalars(select(self.table).where(self._identified(pk))).one_or_none()
            if row is None:
                self._gone()
            return verb(session, row, member, now)

        try:
            told = await act(request, deed)
        except Refusal as refusal:
            raise ActionFailed(said(refusal)) from None
        flash(request, told, "success")

    def _identified(self, pk: str) -> ColumnElement[bool]:
        """Return which row an address means: none, where it is no number that a row may have."""
        found: ColumnElement[bool] = false()
        if self.pk.type.python_type is str:
            found = self.pk == pk.replace(NUL, "")
        elif pk.isdecimal() and len(pk) <= LONGEST_NUMBER:
            found = self.pk == int(pk)
        return found

    # --- the small print ----------------------------------------------------------------------------------------------
    def _where(self, request: Request, q: str | None) -> Where:
        part = self.shown_parts(request).get(request.query_params.get("show", ""))
        words = (q or "").replace(NUL, "").strip()
        found = self.matching(words) if words else None
        return [*(part.where if part else ()), *([found] if found is not None else [])]

    def _row(self, row: Any, told: Told) -> SimpleNamespace:  # noqa: ANN401 - as above
        return SimpleNamespace(pk=getattr(row, self.identity), may=self.may(row), **told)

    @staticmethod
    def _gone() -> Never:
        raise ActionFailed("It is not there any more.")


def history(session: Session, subject: str, subject_id: int, local: Local) -> Beyond:
    """Return what the event log has about a row."""
    rows = [
        (local.moment(event.at), moved(event), words(event.actor.replace(":", " ")))
        for event in events.of(session, subject, subject_id)
    ]
    return Beyond("What happened to it", HISTORY, rows)


def moved(event: events.Event) -> str:
    """Return an event's move as words."""
    if event.from_state in (None, event.to_state):
        return words(event.to_state) if event.from_state is None else "noted"
    return f"{words(event.from_state or '')} → {words(event.to_state)}"
