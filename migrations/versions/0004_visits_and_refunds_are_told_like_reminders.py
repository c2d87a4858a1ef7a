"""Visits and refunds are told through the reminders' table; what ended is found by its time.

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ENDED = "state NOT IN ('planned', 'queued')"


def add_reference(column: str, table: str) -> None:
    """Add a column that names a row of another table: Alembic can't on SQLite, SQLite itself can."""
    name = "" if op.get_bind().dialect.name == "sqlite" else f"CONSTRAINT fk_reminder_{column}_{table} "
    op.execute(f"ALTER TABLE reminder ADD COLUMN {column} INTEGER {name}REFERENCES {table} (id)")


def upgrade() -> None:
    """Apply the change."""
    add_reference("visit_id", "visit")
    add_reference("refund_id", "refund")
    op.add_column("reminder", sa.Column("reschedules", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("uq_reminder_visit", "reminder", ["visit_id", "reschedules", "kind"], unique=True)
    op.create_index("uq_reminder_refund", "reminder", ["refund_id", "kind"], unique=True)
    op.create_index(
        "ix_reminder_ended",
        "reminder",
        ["updated_at"],
        sqlite_where=sa.text(ENDED),
        postgresql_where=sa.text(ENDED),
    )
    plan_visits_ahead()
    op.drop_column("visit", "prepared_for")


def plan_visits_ahead() -> None:
    """Plan to tell those whose visit lies ahead and who were not told: in the morning before, by no clock but UTC's.

    By night the sweep puts it off, as everything.
    """
    visit = sa.table(
        "visit",
        sa.column("id", sa.Integer()),
        sa.column("order_id", sa.Integer()),
        sa.column("state", sa.String()),
        sa.column("scheduled_on", sa.Date()),
        sa.column("prepared_for", sa.Date()),
        sa.column("reschedules", sa.Integer()),
    )
    shop_order = sa.table("shop_order", sa.column("id", sa.Integer()), sa.column("customer_id", sa.Integer()))
    reminder = sa.table(
        "reminder",
        *(sa.column(name) for name in ("customer_id", "visit_id", "reschedules", "kind", "state")),
        sa.column("due_at", sa.DateTime(timezone=True)),
        sa.column("updated_at", sa.DateTime(timezone=True)),
    )
    untold = sa.or_(visit.c.prepared_for.is_(None), visit.c.prepared_for != visit.c.scheduled_on)
    ahead = op.get_bind().execute(
        sa.select(visit.c.id, visit.c.scheduled_on, visit.c.reschedules, shop_order.c.customer_id)
        .join(shop_order, shop_order.c.id == visit.c.order_id)
        .where(visit.c.state == "scheduled", untold)
    )
    now = datetime.now(UTC)
    rows = [
        {
            "customer_id": row.customer_id,
            "visit_id": row.id,
            "reschedules": row.reschedules,
            "kind": "visit_tomorrow",
            "state": "planned",
            "due_at": morning_before(row.scheduled_on),
            "updated_at": now,
        }
        for row in ahead
    ]
    if rows:
        op.bulk_insert(reminder, rows)


def morning_before(day: date) -> datetime:
    """Return a moment of the day before."""
    return datetime.combine(day - timedelta(days=1), time(6), tzinfo=UTC)


def downgrade() -> None:
    """Undo the change."""
    op.add_column("visit", sa.Column("prepared_for", sa.Date(), nullable=True))
    op.execute("DELETE FROM reminder WHERE visit_id IS NOT NULL OR refund_id IS NOT NULL")
    op.drop_index("ix_reminder_ended", table_name="reminder")
    op.drop_index("uq_reminder_refund", table_name="reminder")
    op.drop_index("uq_reminder_visit", table_name="reminder")
    for column in ("reschedules", "refund_id", "visit_id"):
        op.drop_column("reminder", column)
