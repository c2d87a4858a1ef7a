"""Lanes inside the support group's chat: a thread beside the chat.

Revision ID: 0003
Revises: 0002
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("thread", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    # What waits for the group means nothing to a version that knows no threads.
    op.execute("UPDATE outbox SET state = 'cancelled' WHERE thread IS NOT NULL AND state IN ('queued', 'sending')")
    op.drop_column("outbox", "thread")
