"""The operator's role, their links and sign-ins, and indexes for what the console counts.

Revision ID: 0010
Revises: 0009
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLES, PURPOSES = ("courier", "agent", "supervisor"), ("account", "staff")
MOMENTS = (
    ("quote", "promised_at"),
    ("coupon", "issued_at"),
    ("shop_order", "placed_at"),
    ("shop_order", "closed_at"),
    ("refund", "created_at"),
)
UNDELIVERED, SET_ASIDE = sa.text("state IN ('failed', 'ambiguous')"), sa.text("state = 'quarantined'")


def known(name: str, *values: str) -> sa.Enum:
    """Return the type of a state."""
    return sa.Enum(*values, name=f"{name}_is_known", native_enum=False, create_constraint=True, length=16)


def allow(table: str, column: str, check: str, before: Sequence[str], after: Sequence[str]) -> None:
    """Let a column hold other values than ``before``; SQLite can't change a check, so the table is made anew."""
    name, values = f"ck_{table}_{check}_is_known", ", ".join(f"'{value}'" for value in after)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f(name), table, type_="check")
        op.create_check_constraint(op.f(name), table, f"{column} IN ({values})")
        return
    with op.batch_alter_table(table, recreate="always") as batch:
        batch.alter_column(column, existing_type=known(check, *before), type_=known(check, *after))


def upgrade() -> None:
    allow("staff_role", "role", "role", ROLES, (*ROLES, "operator"))
    allow("invitation", "purpose", "purpose", PURPOSES, (*PURPOSES, "console"))
    op.create_table(
        "console_signin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("state", known("signinstate", "open", "ended"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_console_signin_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_signin")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_console_signin_secret_digest")),
    )
    op.create_index(op.f("ix_console_signin_staff_id"), "console_signin", ["staff_id"])
    for table, column in MOMENTS:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index("ix_outbox_undelivered", "outbox", ["id"], sqlite_where=UNDELIVERED, postgresql_where=UNDELIVERED)
    op.create_index("ix_inbox_set_aside", "inbox", ["update_id"], sqlite_where=SET_ASIDE, postgresql_where=SET_ASIDE)


def downgrade() -> None:
    op.drop_index("ix_inbox_set_aside", table_name="inbox")
    op.drop_index("ix_outbox_undelivered", table_name="outbox")
    for table, column in reversed(MOMENTS):
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    op.drop_index(op.f("ix_console_signin_staff_id"), table_name="console_signin")
    op.drop_table("console_signin")
    op.execute("DELETE FROM invitation WHERE purpose = 'console'")
    op.execute("DELETE FROM staff_role WHERE role = 'operator'")
    allow("invitation", "purpose", "purpose", (*PURPOSES, "console"), PURPOSES)
    allow("staff_role", "role", "role", (*ROLES, "operator"), ROLES)
