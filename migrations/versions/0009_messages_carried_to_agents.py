"""Messages carried between customers and agents, and the group that moved.

Revision ID: 0009
Revises: 0008
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def known(name: str, *values: str) -> sa.Enum:
    """Return the type of a state."""
    return sa.Enum(*values, name=f"{name}_is_known", native_enum=False, create_constraint=True, length=16)


def upgrade() -> None:
    op.create_table(
        "relayed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("side", known("side", "customer", "agent"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", known("relaystate", "queued", "sent", "ambiguous", "failed", "undone"), nullable=False),
        sa.Column("customer_message_id", sa.BigInteger(), nullable=True),
        sa.Column("group_chat_id", sa.BigInteger(), nullable=True),
        sa.Column("topic_message_id", sa.BigInteger(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("album", sa.String(length=64), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["support_conversation.id"],
            name=op.f("fk_relayed_conversation_id_support_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["outbox.id"], name=op.f("fk_relayed_outbox_id_outbox"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_relayed_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relayed")),
        sa.UniqueConstraint(
            "conversation_id",
            "customer_message_id",
            "part",
            name=op.f("uq_relayed_conversation_id_customer_message_id_part"),
        ),
        sa.UniqueConstraint(
            "group_chat_id", "topic_message_id", "part", name=op.f("uq_relayed_group_chat_id_topic_message_id_part")
        ),
    )
    op.create_index(op.f("ix_relayed_conversation_id"), "relayed", ["conversation_id"])
    op.create_index(op.f("ix_relayed_outbox_id"), "relayed", ["outbox_id"])
    op.create_table(
        "moved_group",
        sa.Column("set_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("set_id", name=op.f("pk_moved_group")),
        sa.UniqueConstraint("chat_id", name=op.f("uq_moved_group_chat_id")),
    )
    op.create_index("ix_inbox_chat", "inbox", ["chat_id", "update_id"])
    op.create_index("ix_outbox_chat", "outbox", ["chat_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_outbox_chat", table_name="outbox")
    op.drop_index("ix_inbox_chat", table_name="inbox")
    op.drop_table("moved_group")
    op.drop_table("relayed")
