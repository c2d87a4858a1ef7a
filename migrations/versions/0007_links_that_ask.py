"""Links that ask: an invitation is kept for the customer who opened it.

Revision ID: 0007
Revises: 0006
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    # With its key in one statement: SQLite adds no key to a table that exists.
    op.execute(
        "ALTER TABLE invitation ADD COLUMN opened_by INTEGER"
        " CONSTRAINT fk_invitation_opened_by_customer REFERENCES customer (id)"
    )


def downgrade() -> None:
    op.drop_column("invitation", "opened_by")
