"""A coupon may be given more days, once; the assistant owes a customer the question at which their exchange stood.

Revision ID: 0007
Revises: 0006
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWED = "resume_at IS NOT NULL"


def upgrade() -> None:
    """Apply the change."""
    op.add_column("coupon", sa.Column("extended_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("support_conversation", sa.Column("resume_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_support_conversation_resume",
        "support_conversation",
        ["resume_at"],
        sqlite_where=sa.text(OWED),
        postgresql_where=sa.text(OWED),
    )


def downgrade() -> None:
    """Undo the change: more days that were given stay given."""
    op.drop_index("ix_support_conversation_resume", table_name="support_conversation")
    op.drop_column("support_conversation", "resume_at")
    op.drop_column("coupon", "extended_at")
