"""How we know a customer's language, and how often they wrote Hindi in Roman letters.

Revision ID: 0008
Revises: 0007
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("customer", sa.Column("language_source", sa.String(16), nullable=False, server_default="told"))
    op.add_column("customer", sa.Column("hinglish_heard", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Undo the change."""
    op.drop_column("customer", "hinglish_heard")
    op.drop_column("customer", "language_source")
