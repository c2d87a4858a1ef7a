"""Statements that every turn and every redemption runs: compiled once, and sent straight to the driver.

What SQLite does in five microseconds costs twenty more where SQLAlchemy's Core passes it on, and a hundred and fifty as
a row of its unit of work. The SQL here is SQLAlchemy's own, made once for each database, and values go through their
columns' own types; only the way from there to the driver is short::

    _BY_CODE = Prepared(select(Coupon).where(Coupon.code == bindparam("code")))
    coupon = _BY_CODE.scalar(session, code=code)

Rows that come back belong to the session as if it had loaded them. What listens to SQLAlchemy's cursor events doesn't
hear these statements. An attribute of a table is called as its column, everywhere.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from operator import itemgetter
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnDefault, Enum, Select, Table, bindparam, inspect, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Transaction
from sqlalchemy.orm import Mapper, QueryableAttribute, Session, SessionTransaction
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.types import TypeEngine

from tradein.database import Base, failure

type _Statement[*Ts] = TypedReturnsRows[*Ts] | UpdateBase | Callable[[str], TypedReturnsRows[*Ts] | UpdateBase]
type _Convert = Callable[[Any], Any]
type _Take = Callable[[Session, Sequence[Any]], Any]
_RAISE, _LEAVE, _REPLACE = "raise", "leave", "replace"
"""What an INSERT does where its row is known."""
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Prepared[*Ts]:
    """One statement, as a module writes it at import; ``bindparam`` names what is given when it runs.

    A SELECT may give whole rows of a table and single columns, other statements columns. ``holding`` names the
    relationships between whole rows of one result, which are then loaded: ``(Reservation.coupon, Coupon.customer)``.
    What each database says in words of its own is given as a function of its name. No value may be a list.
    """

    def __init__(self, statement: _Statement[*Ts], *, holding: Collection[QueryableAttribute[Any]] = ()) -> None:
        self._statement = statement
        self._holding = holding
        self._plans: dict[str, _Plan] = {}

    def rows(self, session: Session, **values: object) -> list[tuple[*Ts]]:
        """Run it and return its rows; raises what SQLAlchemy makes of an error of the driver."""
        return self.run(session, values)

    def row(self, session: Session, **values: object) -> tuple[*Ts] | None:
        """Run it and return its only row, None if there is none."""
        found = self.run(session, values)
        return found[0] if found else None

    def scalar[T](self: "Prepared[T, *tuple[Any, ...]]", session: Session, **values: object) -> T | None:
        """Run it and return the first thing of its only row, None if there is none."""
        found = self.run(session, values)
        return found[0][0] if found else None

    def run(self, session: Session, values: Mapping[str, object]) -> list[tuple[*Ts]]:
        """Do as :meth:`rows`, with the values in a mapping."""
        session.flush()
        wire = _wire(session)
        plan = self._plans.get(wire.database) or self._planned(wire.connection.dialect)
        rows = plan.send(wire, values)
        return [plan.read(session, row) for row in rows] if rows else []

    def run_for_each(self, session: Session, values: Sequence[Mapping[str, object]]) -> None:
        """Run it once for each of ``values``, all sent together; what it gives back is left."""
        session.flush()
        wire = _wire(session)
        plan = self._plans.get(wire.database) or self._planned(wire.connection.dialect)
        plan.send_each(wire, values)

    def _planned(self, dialect: Dialect) -> "_Plan":
        statement = self._statement(dialect.name) if callable(self._statement) else self._statement
        plan = self._plans[dialect.name] = _Plan(statement, dialect, self._holding)
        return plan


def written[T: Base](session: Session, table: type[T], **values: object) -> T:
    """Write a row now and return it; a column that isn't named has its default. Raises IntegrityError, as a flush does.

    Another row that it holds may be given in place of its key, and is then loaded: ``coupon`` for ``coupon_id``. A
    savepoint that is rolled back leaves the instance behind: use it no more.
    """
    row = _insertion(table, tuple(values), known=_RAISE).run(session, values)
    assert row is not None  # noqa: S101 - for the type: an INSERT gives its key back or fails
    return cast("T", row)


def written_unless_known[T: Base](session: Session, table: type[T], **values: object) -> T | None:
    """Write a row now and return it, None where a unique key has its like already.

    One that another transaction is just writing is waited for: afterwards it is known, or was taken back.
    """
    return cast("T | None", _insertion(table, tuple(values), known=_LEAVE).run(session, values))


def put(session: Session, table: type[Base], **values: object) -> int:
    """Do as :func:`written` for a row that others will read: return its key only."""
    (key,) = _insertion(table, tuple(values), known=_RAISE).key(session, values) or ()
    return cast("int", key)


def put_unless_known(session: Session, table: type[Base], **values: object) -> int | str | None:
    """Do as :func:`written_unless_known` for a row that others will read: return its key only."""
    made = _insertion(table, tuple(values), known=_LEAVE).key(session, values)
    return made[0] if made else None


def put_over(session: Session, table: type[Base], **values: object) -> None:
    """Write a row now in place of the one that has its primary key, if there is one; whoever holds that sees it."""
    _insertion(table, tuple(values), known=_REPLACE).key(session, values)


def refresh(row: Base, values: Iterable[tuple[str, Any]]) -> None:
    """Let an instance say what the database has just said of it: attributes and their values."""
    known = row.__dict__
    for name, value in values:
        if name not in known or known[name] != value:
            set_committed_value(row, name, value)
            for held in _held_by(type(row)).get(name, ()):
                known.pop(held, None)  # it was another row's: loaded again when somebody asks


@cache
def _held_by(table: type[Base]) -> dict[str, list[str]]:
    """Return the relationships of a table by the column that says which row they hold."""
    held = defaultdict(list)
    for relationship in inspect(table).relationships:
        for column in relationship.local_columns:
            held[cast("str", column.name)].append(relationship.key)
    return held


class _Wire(NamedTuple):
    """What statements go through, one after the other; ``transaction`` is the session's own, if it has begun one."""

    transaction: SessionTransaction | None
    begun: Transaction | None
    connection: Connection
    cursor: Any
    database: str


def _wire(session: Session) -> _Wire:
    """Return the wire of the session's transaction, or of the savepoint that it is in.

    In a unit of work the transaction is the connection's: the session begins its own when it has to write something
    itself. One that has failed has no wire any more: the session is asked again, and says so.
    """
    transaction = session.get_nested_transaction() or session.get_transaction()
    known: _Wire | None = session.info.get(_Wire)
    if known is not None and known.transaction is transaction:
        begun = known.begun is known.connection.get_transaction() if transaction is None else transaction.is_active
        if begun:
            return known
    if transaction is None and isinstance(session.bind, Connection) and session.bind.in_transaction():
        connection = session.bind
    else:
        connection = session.connection()
        transaction = session.get_nested_transaction() or session.get_transaction()
    cursor = known.cursor if known and known.connection is connection else connection.connection.cursor()
    wire = _Wire(transaction, connection.get_transaction(), connection, cursor, connection.dialect.name)
    session.info[_Wire] = wire
    return wire


class _Plan:
    """A statement in the words of one database, with the ways of its values in and out."""

    def __init__(self, statement: Any, dialect: Dialect, holding: Collection[Any]) -> None:  # noqa: ANN401 - any
        compiled: SQLCompiler = statement.compile(dialect=dialect)
        if compiled.post_compile_params:
            raise ValueError("no value of a prepared statement may be a list")
        self._sql = compiled.string
        self._dialect = dialect
        self._named = not compiled.positional
        self._names = list(compiled.positiontup or compiled.bind_names.values())
        binds = {name: compiled.binds[name] for name in self._names}
        ways_in = {name: _way_in(bind.type, dialect) for name, bind in binds.items()}
        same = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._same = {name: way(value) if (way := ways_in.pop(name)) else value for name, value in same.items()}
        self._values = _getter(self._names)
        self._into = [(place, way) for place, name in enumerate(self._names) if (way := ways_in.get(name))]
        columns = list(statement.exported_columns)
        self._gives = bool(columns)
        ways = [_way_out(column.type, dialect) for column in columns]
        self._out_of = [(place, convert) for place, convert in enumerate(ways) if convert]
        self._things = list(_things(statement)) if isinstance(statement, Select) else []
        self._holding = [_holder(relationship, self._things) for relationship in holding]

    def send(self, wire: _Wire, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Run it; return the rows as the driver gives them."""
        cursor = wire.cursor
        try:
            cursor.execute(self._sql, self._sent(values))
            return cursor.fetchall() if self._gives else ()
        except self._dialect.loaded_dbapi.Error as error:
            raise failure(wire.connection, self._sql, error) from error

    def send_each(self, wire: _Wire, values: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of ``values``."""
        try:
            wire.cursor.executemany(self._sql, [self._sent(row) for row in values])
        except self._dialect.loaded_dbapi.Error as error:
            raise failure(wire.connection, self._sql, error) from error

    def _sent(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as the driver takes them
        sent = [*self._values({**values, **self._same} if self._same else values)]
        for place, convert in self._into:
            sent[place] = convert(sent[place])
        return dict(zip(self._names, sent, strict=True)) if self._named else sent

    def read(self, session: Session, row: Sequence[Any]) -> tuple[Any, ...]:
        """Return one of the driver's rows in our own types."""
        values = list(row)
        for place, convert in self._out_of:
            values[place] = convert(values[place])
        if not self._things:
            return tuple(values)
        found = tuple([thing(session, values) for thing in self._things])
        for name, holder, held in self._holding:
            if found[holder] is not None:
                set_committed_value(found[holder], name, found[held])
        return found


def _getter(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return what takes the values of these names, in this order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])


def _way_in(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    members = _members(kind)  # a state, in most statements: looked up, and nothing more
    if members:
        ways: dict[Any, str | None] = {None: None, **dict(members)}
        return ways.__getitem__
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _way_out(kind: TypeEngine[Any], dialect: Dialect) -> _Convert | None:
    members = _members(kind)
    if members:
        ways: dict[str | None, Any] = {None: None, **{value: member for member, value in members}}
        return ways.__getitem__
    return kind.dialect_impl(dialect).result_processor(dialect, None)


def _members(kind: TypeEngine[Any]) -> list[tuple[Any, str]]:
    """Return the members of an enum with what stands for each in the database; none for another type."""
    if not isinstance(kind, Enum) or kind.enum_class is None:
        return []
    return list(zip(kind.enum_class, kind.enums, strict=True))


class _Whole:
    """Takes a whole row of a table out of a result, as an instance of the session."""

    def __init__(self, table: type[Base], start: int) -> None:
        self.table = table
        self._mapper: Mapper[Base] = inspect(table)
        self._names = self._mapper.local_table.c.keys()
        self._key = [column.name for column in self._mapper.primary_key]
        self._slice = slice(start, start + len(self._names))

    @property
    def end(self) -> int:
        """Where the next thing begins."""
        return self._slice.stop

    def __call__(self, session: Session, values: Sequence[Any]) -> Base | None:
        named = dict(zip(self._names, values[self._slice], strict=True))
        if named[self._key[0]] is None:  # an outer join that found nothing
            return None
        key = self._mapper.identity_key_from_primary_key(tuple([named[name] for name in self._key]))
        known: Base | None = session.identity_map.get(key)
        if known is None:
            return _of_session(session, self._mapper, key, named)
        refresh(known, named.items())
        return known


class _Insertion:
    """The INSERT of a table with these columns named."""

    def __init__(self, table: type[Base], names: Collection[str], *, known: str) -> None:
        columns = cast("Table", table.__table__).c
        self._mapper: Mapper[Base] = inspect(table)
        self._held = [(name, *_its_key(self._mapper, name)) for name in names if name not in columns]
        named = {name for name in names if name in columns} | {column for _, column, _ in self._held}
        unnamed = [column for column in columns if column.name not in named]
        defaults = {column.name: column.default.arg for column in unnamed if isinstance(column.default, ColumnDefault)}
        made_elsewhere = any(column.server_default is not None and column.name not in defaults for column in unnamed)
        if made_elsewhere or any(callable(default) for default in defaults.values()):
            raise ValueError("name every column whose default is made for each row")
        values = {name: bindparam(name, type_=columns[name].type) for name in sorted(named)}
        values |= {name: literal(default, columns[name].type) for name, default in defaults.items()}
        self._key = [column.name for column in self._mapper.primary_key]
        self._defaults = {column.name: None for column in unnamed} | defaults
        self._replaces = known == _REPLACE

        def statement(dialect: str) -> UpdateBase:
            made = _INSERTS[dialect](table.__table__).values(values)
            if known == _LEAVE:
                made = made.on_conflict_do_nothing()
            elif known == _REPLACE:
                rest = {name: column for name, column in made.excluded.items() if name not in self._key}
                made = made.on_conflict_do_update(index_elements=self._key, set_=rest)
            return cast("UpdateBase", made.returning(*self._mapper.primary_key))

        self._insert: Prepared[*tuple[Any, ...]] = Prepared(statement)

    def key(self, session: Session, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Write the row; return its primary key, None if it was left as it is known."""
        rows = self._insert.run(session, values)
        if not rows:
            return None
        (made,) = rows
        if self._replaces:
            held = session.identity_map.get(self._mapper.identity_key_from_primary_key(made))
            if held is not None:
                refresh(held, {**self._defaults, **values}.items())
        return made

    def run(self, session: Session, values: Mapping[str, Any]) -> Base | None:
        """Write the row; return it, None if it was left as it is known."""
        if self._held:
            values = {**values, **{column: getattr(values[name], key) for name, column, key in self._held}}
        made = self.key(session, values)
        if made is None:
            return None
        row = {**self._defaults, **values, **dict(zip(self._key, made, strict=True))}
        key = self._mapper.identity_key_from_primary_key(made)
        left: Base | None = session.identity_map.get(key)  # by a savepoint that was rolled back: its id is free again
        if left is None:
            return _of_session(session, self._mapper, key, row)
        refresh(left, row.items())
        return left


def _its_key(mapper: Mapper[Base], relationship: str) -> tuple[str, str]:
    """Return the column that says which row is held, and what it is called there."""
    ((ours, theirs),) = mapper.relationships[relationship].local_remote_pairs or ()
    return cast("str", ours.name), cast("str", theirs.name)


_insertion = cache(_Insertion)


def _of_session(session: Session, mapper: Mapper[Base], key: tuple[Any, ...], values: Mapping[str, Any]) -> Base:
    """Make an instance that the session takes for one it has loaded; all columns are in ``values``.

    What ``make_transient_to_detached`` and ``Session.add`` come to for it, without their walk along its relationships.
    """
    row: Base = mapper.class_manager.new_instance()
    row.__dict__.update(values)
    state = instance_state(row)
    state.key = key
    state.session_id = session.hash_key
    session.identity_map.add(state)
    return row


def _things(statement: Select[*tuple[Any, ...]]) -> Iterator[_Take]:
    """Yield what takes each thing that a SELECT asks for out of its result: a whole row of a table, or one column."""
    start = 0
    for asked in statement.column_descriptions:
        if isinstance(asked["expr"], type):
            whole = _Whole(asked["expr"], start)
            start = whole.end
            yield whole
        else:
            yield partial(_one, start)
            start += 1


def _one(place: int, _session: Session, values: Sequence[Any]) -> Any:  # noqa: ANN401 - of any column
    return values[place]


def _holder(relationship: QueryableAttribute[Any], things: Sequence[_Take]) -> tuple[str, int, int]:
    """Return a relationship's name, and the places of who holds and of who is held."""
    places: dict[Any, int] = {thing.table: place for place, thing in enumerate(things) if isinstance(thing, _Whole)}
    return relationship.key, places[relationship.class_], places[relationship.property.mapper.class_]
