"""Statements sent straight to the driver give what SQLAlchemy's own way gives, on both databases."""

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import String, bindparam, insert, inspect, literal_column, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, PendingRollbackError, ProgrammingError, StatementError

from tests.builders import Shopper, imei_number
from tests.conftest import NOW
from tradein.accounts import AccountEntry
from tradein.coupons import Coupon, CouponState
from tradein.customers import Customer, Wish
from tradein.database import Sessions, transaction
from tradein.links import Link
from tradein.outbox import Message, MessageState
from tradein.prepared import Prepared, put, put_over, put_unless_known, written, written_unless_known
from tradein.progress import Progress, Stage

COUPONS = Prepared(
    select(Coupon, Customer, Link.account)
    .join(Coupon.customer)
    .outerjoin(Link, Link.customer_id == Customer.id)
    .where(Coupon.code == bindparam("code")),
    holding=(Coupon.customer,),
)
BY_CODE = Prepared(select(Coupon).where(Coupon.code == bindparam("code")))
LINKS = Prepared(
    select(Customer, Link)
    .outerjoin(Link, Link.customer_id == Customer.id)
    .where(Customer.id == bindparam("customer_id")),
)


def issued(maker: Sessions) -> str:
    """Return the code of a coupon, committed."""
    with transaction(maker) as session:
        return Shopper.arrives(session, 1).gets_coupon(imei_number(1)).code


def message(**more: object) -> dict[str, object]:
    """Return the columns of a message."""
    values = {"chat_id": 5, "customer_id": None, "kind": "reply", "body": {"text": "Hé"}, "state": MessageState.QUEUED}
    return values | {"not_before": NOW, "created_at": NOW} | more


def columns(row: object) -> dict[str, object]:
    """Return what an instance says without asking the database."""
    state = inspect(row)
    assert state is not None
    return {column.key: state.dict[column.key] for column in state.mapper.column_attrs}


ADDED = list(message(attempts=0, dedupe_key=None))


def test_a_row_is_what_the_session_would_have_loaded(either_database: Sessions) -> None:
    """Every column, in our own types, and the row that it holds."""
    code = issued(either_database)
    with transaction(either_database) as session:
        found = COUPONS.row(session, code=code)
        assert found is not None
        coupon, customer, account = found
        assert coupon.customer is customer
        assert account is None
        assert not session.dirty
        ours = columns(coupon), columns(customer)
    with transaction(either_database) as session:
        loaded = session.scalars(select(Coupon)).one()
        assert ours == (columns(loaded), columns(loaded.customer))


def test_a_row_that_is_not_there_is_none(either_database: Sessions) -> None:
    """Neither the row nor what an outer join didn't find."""
    code = issued(either_database)
    with transaction(either_database) as session:
        assert COUPONS.row(session, code="nothing") is None
        assert COUPONS.scalar(session, code="nothing") is None
        found = COUPONS.row(session, code=code)
        assert found is not None
        assert LINKS.rows(session, customer_id=found[1].id) == [(found[1], None)]


def test_a_row_in_the_session_stays_one_and_is_brought_up_to_date(either_database: Sessions) -> None:
    """As with populate_existing; what waits to be written is written first."""
    code = issued(either_database)
    with transaction(either_database) as session:
        known = session.scalars(select(Coupon)).one()
        session.execute(update(Coupon).values(state=CouponState.CANCELLED).execution_options(synchronize_session=False))
        known.value_minor = 5
        assert COUPONS.scalar(session, code=code) is known
        assert known.state is CouponState.CANCELLED
        assert known.value_minor == 5


def test_a_row_that_came_to_hold_another_says_so(either_database: Sessions) -> None:
    """What was loaded through the old key is no more what it holds."""
    code = issued(either_database)
    with transaction(either_database) as session:
        coupon = session.scalars(select(Coupon)).one()
        before = coupon.customer
        other = Shopper.arrives(session, 2).customer
        session.execute(update(Coupon).values(customer_id=other.id).execution_options(synchronize_session=False))
        assert coupon.customer is before
        assert BY_CODE.scalar(session, code=code) is coupon
        assert coupon.customer is other


def test_a_row_is_the_session_s_own(either_database: Sessions) -> None:
    """It is found, changed, written and loads what it holds like any other."""
    code = issued(either_database)
    with transaction(either_database) as session:
        coupon = COUPONS.scalar(session, code=code)
        assert coupon is not None
        assert session.get(Coupon, coupon.id) is coupon
        assert coupon.quote.id == coupon.quote_id
        coupon.value_minor = 7
    with transaction(either_database) as session:
        assert session.scalar(select(Coupon.value_minor)) == 7


def test_a_written_row_has_its_key_and_its_defaults(either_database: Sessions) -> None:
    """And says what a reader finds."""
    with transaction(either_database) as session:
        row = written(session, Message, **message())
        assert inspect(row).persistent
        ours = columns(row)
        assert (row.attempts, row.error, row.sent_at) == (0, None, None)
        someone = written(
            session,
            Customer,
            telegram_user_id=2**40,
            chat_id=2**40,
            conversation_id="c",
            first_name="Asha",
            unreachable_since=None,
            created_at=NOW,
        )
        assert (someone.language, someone.reminders) == ("en", Wish.ALL)
        customer = columns(someone)
    with transaction(either_database) as session:
        assert columns(session.get_one(Message, row.id)) == ours
        assert columns(session.get_one(Customer, someone.id)) == customer


def test_a_written_row_goes_with_its_transaction(either_database: Sessions) -> None:
    """Nothing of it stays after a rollback."""
    with either_database() as session:
        written(session, Message, **message())
        session.rollback()
        assert session.scalars(select(Message)).all() == []


def test_what_is_known_is_not_written_again(either_database: Sessions) -> None:
    """With the word that the caller chose: None, or the error of the constraint."""
    with transaction(either_database) as session:
        assert written_unless_known(session, Message, **message(dedupe_key="k")) is not None
        assert written_unless_known(session, Message, **message(dedupe_key="k")) is None
        with pytest.raises(IntegrityError), session.begin_nested():
            written(session, Message, **message(dedupe_key="k"))
        assert len(session.scalars(select(Message)).all()) == 1


def test_a_row_that_others_will_read_is_put_there(either_database: Sessions) -> None:
    """With its defaults; its key is all that comes back."""
    with transaction(either_database) as session:
        key = put(session, Message, **message(dedupe_key="k"))
        assert put_unless_known(session, Message, **message(dedupe_key="k")) is None
        other = put_unless_known(session, Message, **message(dedupe_key="other"))
        assert list(session.identity_map) == []
        with pytest.raises(IntegrityError), session.begin_nested():
            put(session, Message, **message(dedupe_key="k"))
        row = written(session, Message, **message())
    with transaction(either_database) as session:
        same = columns(session.get_one(Message, row.id))
        assert columns(session.get_one(Message, key)) == same | {"id": key, "dedupe_key": "k"}
        assert columns(session.get_one(Message, other)) == same | {"id": other, "dedupe_key": "other"}


def test_a_row_is_put_over_the_one_with_its_key(either_database: Sessions) -> None:
    """All of it: what isn't named has its default again. Who holds the row sees what became of it."""
    code = issued(either_database)
    with transaction(either_database) as session:
        coupon = COUPONS.scalar(session, code=code)
        assert coupon is not None
        its = {"exchange_id": coupon.exchange_id, "customer_id": coupon.customer_id, "updated_at": NOW}
        put_over(session, Progress, **its, stage=Stage.ORDERED, params={"a": 1}, telegram_message_id=5)
        first = session.scalars(select(Progress)).one()
        put_over(session, Progress, **its, stage=Stage.OUT, params={})
        ours = columns(first)
        assert (first.stage, first.params, first.telegram_message_id) == (Stage.OUT, {}, None)
    with transaction(either_database) as session:
        assert columns(session.scalars(select(Progress)).one()) == ours


def test_a_row_may_be_given_another_in_place_of_its_key(either_database: Sessions) -> None:
    """And has it at hand."""
    code = issued(either_database)
    with transaction(either_database) as session:
        customer = session.scalars(select(Customer)).one()
        link = written(session, Link, customer=customer, account="asha@shop", linked_at=NOW)
        assert link.customer_id == customer.id
        assert inspect(link).dict["customer"] is customer
        found = COUPONS.row(session, code=code)
        assert found is not None
        assert found[2] == "asha@shop"


def test_what_a_savepoint_or_a_failure_leaves_is_noticed(either_database: Sessions) -> None:
    """A statement goes into the savepoint that is open, and into none that has failed."""
    with either_database() as session:
        written(session, Message, **message(dedupe_key="kept"))
        with session.begin_nested() as savepoint:
            written(session, Message, **message(dedupe_key="taken back"))
            savepoint.rollback()
        assert written_unless_known(session, Message, **message(dedupe_key="taken back")) is not None
        session.add(Message(**message(dedupe_key="kept")))
        with pytest.raises(IntegrityError):
            session.flush()
        with pytest.raises(PendingRollbackError):
            written(session, Message, **message())
        session.rollback()
        assert session.scalars(select(Message)).all() == []
        written(session, Message, **message(dedupe_key="after"))
        session.commit()
    with transaction(either_database) as session:
        assert session.scalars(select(Message.dedupe_key)).all() == ["after"]


def test_a_moment_without_a_zone_is_refused(database: Sessions) -> None:
    """And one of another zone is the same instant."""
    later = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with transaction(database) as session:
        row = written(session, Message, **message(not_before=later))
        session.expire(row)
        assert row.not_before == NOW
        with pytest.raises(ValueError, match="time zone"):
            written(session, Message, **message(not_before=datetime(2026, 1, 1)))  # noqa: DTZ001 - the mistake


def test_an_error_is_sqlalchemys_and_tells_no_values(either_database: Sessions) -> None:
    """The edges know what to make of those, and what people wrote stays out of the log."""
    broken = Prepared(select(Message.id).where(literal_column("nonsense") == bindparam("value", type_=String())))
    with either_database() as session, pytest.raises((OperationalError, ProgrammingError)) as raised:
        broken.rows(session, value="secret")
    assert "secret" not in str(raised.value)


def test_a_list_is_no_value(database: Sessions) -> None:
    """An IN of unknown length has no one text."""
    several = Prepared(select(Message).where(Message.id.in_(bindparam("ids", expanding=True))))
    with transaction(database) as session, pytest.raises(ValueError, match="list"):
        several.rows(session, ids=[1])


def test_a_value_made_for_each_row_must_be_named(database: Sessions) -> None:
    """Nothing is left out in silence."""
    with transaction(database) as session, pytest.raises(IntegrityError):
        written(session, AccountEntry, customer_id=1)
    everything = Prepared(insert(Message.__table__))  # type: ignore[arg-type]
    with transaction(database) as session, pytest.raises(KeyError):
        everything.rows(session, chat_id=5)


def test_many_rows_go_in_one_statement(either_database: Sessions) -> None:
    """Each in its own types; an error is the database's, as ever, and then none is there."""
    adding = Prepared[*tuple[object, ...]](
        insert(Message).values({name: bindparam(name, type_=Message.__table__.c[name].type) for name in ADDED})
    )
    values = [message(attempts=0, dedupe_key=key) for key in ("first", "second")]
    with transaction(either_database) as session:
        adding.run_for_each(session, values)
        rows = session.scalars(select(Message).order_by(Message.id)).all()
        assert [{name: getattr(row, name) for name in ADDED} for row in rows] == values
        with pytest.raises(IntegrityError), session.begin_nested():
            adding.run_for_each(session, [message(attempts=0, dedupe_key=key) for key in ("third", "first")])
        assert session.scalars(select(Message.dedupe_key).order_by(Message.id)).all() == ["first", "second"]


def test_what_is_kept_as_json_comes_back(either_database: Sessions) -> None:
    """Hindi, an emoji, nothing, a large number and a deep nest; on SQLite half an emoji, too."""
    bodies: list[dict[str, object]] = [{}, {"text": "नमस्ते 👍", "none": None, "large": 2**62}, {"a": [[{"b": [1.5]}]]}]
    if either_database.engine.dialect.name == "sqlite":
        bodies.append({"text": "half an emoji: \ud83d"})
    with transaction(either_database) as session:
        for body in bodies:
            written(session, Message, **message(body=body))
    with transaction(either_database) as session:
        assert session.scalars(select(Message.body).order_by(Message.id)).all() == bodies
        with pytest.raises((TypeError, StatementError)):
            written(session, Message, **message(body={"text": object()}))


def test_a_moment_kept_as_json_is_the_same_words_on_both(either_database: Sessions) -> None:
    """What one database takes and the other refuses would be found by whoever changes over to it."""
    with transaction(either_database) as session:
        written(session, Message, **message(body={"at": NOW}))
        assert session.scalars(select(Message.body)).one() == {"at": "2026-11-23T06:30:00Z"}
