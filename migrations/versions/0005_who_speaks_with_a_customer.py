"""Who speaks with a customer, and what became of each request for a person.

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

STATES = ("assistant", "waiting", "person", "snoozed", "resolved")
TOPIC_STATES = ("none", "making", "open", "closed", "dead")
TICKET_COLUMNS: dict[str, sa.types.TypeEngine[object]] = {
    "taken_at": sa.DateTime(timezone=True),
    "first_answer_at": sa.DateTime(timezone=True),
    "closed_at": sa.DateTime(timezone=True),
    "ending": sa.String(length=16),
    "rating": sa.Integer(),
    "comment": sa.Text(),
}


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "support_conversation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("state", known("conversationstate", STATES), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in (
                "waiting_since",
                "unanswered_since",
                "last_customer_at",
                "last_agent_at",
                "snoozed_until",
                "resolved_at",
                "blocked_at",
                "comment_until",
            )
        ),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("support_chat_id", sa.BigInteger(), nullable=True),
        sa.Column("topic_id", sa.BigInteger(), nullable=True),
        sa.Column("topic_state", known("topicstate", TOPIC_STATES), nullable=False),
        sa.Column("card_message_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["staff.id"], name=op.f("fk_support_conversation_assignee_id_staff")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_support_conversation_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_conversation")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_support_conversation_customer_id")),
    )
    op.create_index(op.f("ix_support_conversation_state"), "support_conversation", ["state"])
    op.create_index(
        "ix_support_conversation_topic", "support_conversation", ["support_chat_id", "topic_id"], unique=True
    )
    op.add_column("staff", sa.Column("alias", sa.String(length=64), nullable=True))
    for name, kind in TICKET_COLUMNS.items():
        op.add_column("ticket", sa.Column(name, kind, nullable=True))
    # Alembic can't add a column that names another table on SQLite, SQLite itself can.
    constraint = "" if op.get_bind().dialect.name == "sqlite" else "CONSTRAINT fk_ticket_taken_by_staff "
    op.execute(f"ALTER TABLE ticket ADD COLUMN taken_by INTEGER {constraint}REFERENCES staff (id)")
    op.create_index(op.f("ix_ticket_opened_at"), "ticket", ["opened_at"])


def known(name: str, values: Sequence[str]) -> sa.Enum:
    """Return the type of a state."""
    return sa.Enum(*values, name=f"{name}_is_known", native_enum=False, create_constraint=True, length=16)


def downgrade() -> None:
    """Take it back: who waits for a person keeps their ticket."""
    op.drop_index(op.f("ix_ticket_opened_at"), table_name="ticket")
    with op.batch_alter_table("ticket") as ticket:
        ticket.drop_column("taken_by")
        for name in reversed(TICKET_COLUMNS):
            ticket.drop_column(name)
    op.drop_column("staff", "alias")
    op.drop_table("support_conversation")
