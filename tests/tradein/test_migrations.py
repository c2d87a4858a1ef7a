"""The way from the schema of the first release to the present one, with rows in it, and back."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import text

from tests.builders import Doorstep, Shopper, imei_number, stock
from tradein import database as db
from tradein import migrate
from tradein.database import transaction


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, database_url: str) -> Iterator[str]:
    """Return a database of each kind with the present schema."""
    address = database_url if request.param == "sqlite" else request.getfixturevalue("postgresql_url")
    migrate.upgrade(address)
    yield address
    migrate.downgrade(address)


def test_the_ledger_keeps_its_sums_and_its_guard_on_the_way_back_and_forth(url: str) -> None:
    """A settled coupon's credit stays spent; whatever the schema, nothing is changed by hand."""
    maker = db.Sessions(db.connect(url))
    with transaction(maker) as session:
        stock(session)
        Doorstep.of(session, Shopper.arrives(session).orders()).types().looks().confirms()
        Shopper.arrives(session, 2).gets_coupon(imei_number(2))
    sums = text("SELECT coupon_id, SUM(amount_minor) FROM account_entry GROUP BY coupon_id ORDER BY coupon_id")

    def booked() -> list[tuple[int, int]]:
        with maker.engine.connect() as connection:
            return [(coupon, int(amount)) for coupon, amount in connection.execute(sums)]

    before = booked()
    command.downgrade(migrate.config(url), "0001")
    assert booked() == before == [(1, 0), (2, 600_000)]
    command.upgrade(migrate.config(url), "head")
    assert booked() == before
    with maker.engine.connect() as connection, pytest.raises(Exception, match="append-only"):
        connection.execute(text("DELETE FROM account_entry"))
    maker.close()
