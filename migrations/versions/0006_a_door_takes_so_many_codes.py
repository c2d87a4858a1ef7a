"""How many codes were locked at a door, on all days of its visit.

Revision ID: 0006
Revises: 0005
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("visit", sa.Column("code_locks", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Undo the change."""
    op.drop_column("visit", "code_locks")
