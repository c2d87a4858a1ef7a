"""Payments used: each is good for one order or one difference, whichever is first.

Revision ID: 0005
Revises: 0004
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "payment_use",
        sa.Column("payment_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_payment_use_order_id_shop_order")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payment_use")),
    )
    op.create_index(op.f("ix_payment_use_order_id"), "payment_use", ["order_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_payment_use_order_id"), table_name="payment_use")
    op.drop_table("payment_use")
