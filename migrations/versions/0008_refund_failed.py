"""A stage of its own for a refund that failed: until now the customer went on reading that it was sent.

Revision ID: 0008
Revises: 0007
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STAGES = ("ordered", "out", "checking", "offered", "complete", "refused", "cancelled", "refund_sent", "refunded")
FAILED = "refund_failed"


def allow_stages(*stages: str) -> None:
    """Change which stages the check of the progress allows; SQLite can't alter one, so there the table is rebuilt."""
    check = f"stage IN ({', '.join(repr(stage) for stage in stages)})"
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE progress DROP CONSTRAINT ck_progress_stage_is_known")
        op.execute(f"ALTER TABLE progress ADD CONSTRAINT ck_progress_stage_is_known CHECK ({check})")
        return
    op.drop_index(op.f("ix_progress_customer_id"), table_name="progress")
    op.execute("ALTER TABLE progress RENAME TO progress_before")
    op.create_table(
        "progress",
        sa.Column("exchange_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("telegram_message_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(check, name=op.f("ck_progress_stage_is_known")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_progress_customer_id_customer")),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange.id"], name=op.f("fk_progress_exchange_id_exchange")),
        sa.PrimaryKeyConstraint("exchange_id", name=op.f("pk_progress")),
    )
    op.execute(
        "INSERT INTO progress (exchange_id, customer_id, stage, params, telegram_message_id, updated_at)"
        " SELECT exchange_id, customer_id, stage, params, telegram_message_id, updated_at FROM progress_before"
    )
    op.drop_table("progress_before")
    op.create_index(op.f("ix_progress_customer_id"), "progress", ["customer_id"], unique=False)


def upgrade() -> None:
    allow_stages(*STAGES, FAILED)


def downgrade() -> None:
    # What such a refund was shown as before.
    op.execute("UPDATE progress SET stage = 'refund_sent' WHERE stage = 'refund_failed'")
    allow_stages(*STAGES)
