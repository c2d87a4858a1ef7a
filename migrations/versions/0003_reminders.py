"""Reminders: the kinds, the planned ones, and which of them a customer wants.

Revision ID: 0003
Revises: 0002
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "reminder_book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_book")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("coupon_id", sa.Integer(), nullable=True),
        sa.Column("quote_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "queued",
                "sent",
                "ambiguous",
                "failed",
                "superseded",
                "dropped",
                name="reminderstate_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_reminder_coupon_id_coupon")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_reminder_customer_id_customer")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_reminder_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("coupon_id", "kind", name=op.f("uq_reminder_coupon_id_kind")),
        sa.UniqueConstraint("quote_id", "kind", name=op.f("uq_reminder_quote_id_kind")),
    )
    op.create_index(
        "ix_reminder_due",
        "reminder",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.add_column(
        "customer",
        sa.Column(
            "reminders",
            sa.Enum("all", "last_day", "none", name="wish_is_known", native_enum=False, length=16),
            server_default="all",
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("customer", "reminders")
    op.drop_index(
        "ix_reminder_due",
        table_name="reminder",
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_table("reminder")
    op.drop_table("reminder_book")
