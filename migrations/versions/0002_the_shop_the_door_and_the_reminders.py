"""The shop and its orders, the staff and the visit at the door, refunds and webhooks, reminders.

Revision ID: 0002
Revises: 0001
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


ENTRY_KINDS = ("credit", "reversal")
SPENT = "spent"
NO_UPDATE, NO_DELETE = (
    f"CREATE TRIGGER account_entry_no_{verb.lower()} BEFORE {verb} ON account_entry"
    " BEGIN SELECT RAISE(ABORT, 'account_entry is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)


def allow_entry_kinds(*kinds: str) -> None:
    """Change which kinds of entry the ledger's check allows; SQLite can't alter one, so there the table is rebuilt.

    Going back, what was spent becomes a reversal: the sums stay.
    """
    check = f"kind IN ({', '.join(repr(kind) for kind in kinds)})"
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE account_entry DROP CONSTRAINT ck_account_entry_entrykind_is_known")
        if SPENT not in kinds:
            op.execute("ALTER TABLE account_entry DISABLE TRIGGER account_entry_is_append_only")
            op.execute("UPDATE account_entry SET kind = 'reversal' WHERE kind = 'spent'")
            op.execute("ALTER TABLE account_entry ENABLE TRIGGER account_entry_is_append_only")
        op.execute(f"ALTER TABLE account_entry ADD CONSTRAINT ck_account_entry_entrykind_is_known CHECK ({check})")
        return
    if SPENT not in kinds:
        op.execute("DROP TRIGGER account_entry_no_update")
        op.execute("UPDATE account_entry SET kind = 'reversal' WHERE kind = 'spent'")
    op.drop_index(op.f("ix_account_entry_customer_id"), table_name="account_entry")
    op.execute("ALTER TABLE account_entry RENAME TO account_entry_before")
    op.create_table(
        "account_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("coupon_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(check, name=op.f("ck_account_entry_entrykind_is_known")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_account_entry_coupon_id_coupon")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_account_entry_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_entry")),
        sa.UniqueConstraint("coupon_id", "kind", name=op.f("uq_account_entry_coupon_id_kind")),
    )
    op.execute(
        "INSERT INTO account_entry (id, customer_id, coupon_id, kind, amount_minor, currency, booked_at)"
        " SELECT id, customer_id, coupon_id, kind, amount_minor, currency, booked_at FROM account_entry_before"
    )
    op.drop_table("account_entry_before")  # and its triggers with it
    op.create_index(op.f("ix_account_entry_customer_id"), "account_entry", ["customer_id"], unique=False)
    op.execute(NO_UPDATE)
    op.execute(NO_DELETE)


def upgrade() -> None:
    allow_entry_kinds(*ENTRY_KINDS, SPENT)
    op.create_table(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_key_prefix")),
    )
    op.create_table(
        "hook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sent",
                "failed",
                name="hookstate_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook")),
        sa.UniqueConstraint("event_id", name=op.f("uq_hook_event_id")),
    )
    op.create_index(op.f("ix_hook_state_not_before"), "hook", ["state", "not_before"], unique=False)
    pace = op.create_table(
        "pace",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("used_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pace")),
    )
    op.bulk_insert(pace, [{"name": "reminders", "used_until": datetime(2000, 1, 1, tzinfo=UTC)}])
    op.create_table(
        "reminder_book",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_book")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("telegram_user_id", sa.BigInteger(), nullable=True),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("telegram_user_id", name=op.f("uq_staff_telegram_user_id")),
    )
    op.create_table(
        "idempotent_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("api_key_id", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_key.id"], name=op.f("fk_idempotent_call_api_key_id_api_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_call")),
        sa.UniqueConstraint(
            "api_key_id", "idempotency_key", name=op.f("uq_idempotent_call_api_key_id_idempotency_key")
        ),
    )
    op.create_index(op.f("ix_idempotent_call_created_at"), "idempotent_call", ["created_at"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("account", "staff", name="purpose_is_known", native_enum=False, create_constraint=True, length=16),
            nullable=False,
        ),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["customer.id"], name=op.f("fk_invitation_opened_by_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    op.create_table(
        "link",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_link_customer_id_customer")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_link")),
        sa.UniqueConstraint("account", name=op.f("uq_link_account")),
    )
    op.create_table(
        "staff_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "courier",
                "agent",
                "supervisor",
                name="role_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_role_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
        sa.UniqueConstraint("staff_id", "role", name=op.f("uq_staff_role_staff_id_role")),
    )
    op.create_table(
        "progress",
        sa.Column("exchange_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column(
            "stage",
            sa.Enum(
                "ordered",
                "out",
                "checking",
                "offered",
                "complete",
                "refused",
                "cancelled",
                "refund_sent",
                "refund_failed",
                "refunded",
                name="stage_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("telegram_message_id", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_progress_customer_id_customer")),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange.id"], name=op.f("fk_progress_exchange_id_exchange")),
        sa.PrimaryKeyConstraint("exchange_id", name=op.f("pk_progress")),
    )
    op.create_index(op.f("ix_progress_customer_id"), "progress", ["customer_id"], unique=False)
    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("coupon_id", sa.Integer(), nullable=True),
        sa.Column("quote_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "queued",
                "sent",
                "ambiguous",
                "failed",
                "superseded",
                "dropped",
                name="reminderstate_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_reminder_coupon_id_coupon")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_reminder_customer_id_customer")),
        sa.ForeignKeyConstraint(["quote_id"], ["quote.id"], name=op.f("fk_reminder_quote_id_quote")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("coupon_id", "kind", name=op.f("uq_reminder_coupon_id_kind")),
        sa.UniqueConstraint("quote_id", "kind", name=op.f("uq_reminder_quote_id_kind")),
    )
    op.create_index(
        "ix_reminder_due",
        "reminder",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.create_table(
        "reservation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("coupon_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "placed",
                "released",
                "lapsed",
                name="reservationstate_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("lines", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_reservation_coupon_id_coupon")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reservation_public_id")),
    )
    op.create_index(
        "ix_reservation_stale",
        "reservation",
        ["reserved_until"],
        unique=False,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "uq_reservation_one_held_per_coupon",
        "reservation",
        ["coupon_id"],
        unique=True,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_table(
        "shop_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("coupon_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "placed",
                "completed",
                "cancelled",
                name="orderstate_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("phone", sa.String(length=120), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_id", sa.String(length=64), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_shop_order_coupon_id_coupon")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_shop_order_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name=op.f("fk_shop_order_reservation_id_reservation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_order")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_shop_order_payment_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shop_order_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_shop_order_reference")),
        sa.UniqueConstraint("reservation_id", name=op.f("uq_shop_order_reservation_id")),
    )
    op.create_index(op.f("ix_shop_order_coupon_id"), "shop_order", ["coupon_id"], unique=False)
    op.create_index(op.f("ix_shop_order_customer_id"), "shop_order", ["customer_id"], unique=False)
    op.create_table(
        "payment_use",
        sa.Column("payment_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_payment_use_order_id_shop_order")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payment_use")),
    )
    op.create_index(op.f("ix_payment_use_order_id"), "payment_use", ["order_id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("order_public_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("exchange_id", sa.Integer(), nullable=False),
        sa.Column("payment_id", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "sent",
                "settled",
                "failed",
                name="refundstate_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_refund_customer_id_customer")),
        sa.ForeignKeyConstraint(["exchange_id"], ["exchange.id"], name=op.f("fk_refund_exchange_id_exchange")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_refund_order_id_shop_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_refund_payment_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_refund_public_id")),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
    op.create_index(op.f("ix_refund_state_not_before"), "refund", ["state", "not_before"], unique=False)
    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("courier_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "scheduled",
                "out",
                "checking",
                "offered",
                "accepted",
                "refused",
                "cancelled",
                name="visitstate_is_known",
                native_enum=False,
                create_constraint=True,
                length=16,
            ),
            nullable=False,
        ),
        sa.Column("scheduled_on", sa.Date(), nullable=False),
        sa.Column("reschedules", sa.Integer(), nullable=False),
        sa.Column("prepared_for", sa.Date(), nullable=True),
        sa.Column("code", sa.String(length=8), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("imei_seen", sa.String(length=16), nullable=True),
        sa.Column("answers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("photos", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("findings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("offered_minor", sa.BigInteger(), nullable=True),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("difference_payment_id", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["courier_id"], ["staff.id"], name=op.f("fk_visit_courier_id_staff")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_visit_order_id_shop_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("difference_payment_id", name=op.f("uq_visit_difference_payment_id")),
        sa.UniqueConstraint("order_id", name=op.f("uq_visit_order_id")),
    )
    op.create_index(op.f("ix_visit_courier_id"), "visit", ["courier_id"], unique=False)
    op.create_index(op.f("ix_visit_state_scheduled_on"), "visit", ["state", "scheduled_on"], unique=False)
    op.create_index(
        "ix_coupon_due",
        "coupon",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'issued'"),
        postgresql_where=sa.text("state = 'issued'"),
    )
    op.add_column(
        "customer",
        sa.Column(
            "reminders",
            sa.Enum("all", "last_day", "none", name="wish_is_known", native_enum=False, length=16),
            server_default="all",
            nullable=False,
        ),
    )


def downgrade() -> None:
    allow_entry_kinds(*ENTRY_KINDS)
    op.drop_column("customer", "reminders")
    op.drop_index(
        "ix_coupon_due",
        table_name="coupon",
        sqlite_where=sa.text("state = 'issued'"),
        postgresql_where=sa.text("state = 'issued'"),
    )
    op.drop_index(op.f("ix_visit_state_scheduled_on"), table_name="visit")
    op.drop_index(op.f("ix_visit_courier_id"), table_name="visit")
    op.drop_table("visit")
    op.drop_index(op.f("ix_refund_state_not_before"), table_name="refund")
    op.drop_index(op.f("ix_refund_order_id"), table_name="refund")
    op.drop_table("refund")
    op.drop_index(op.f("ix_payment_use_order_id"), table_name="payment_use")
    op.drop_table("payment_use")
    op.drop_index(op.f("ix_shop_order_customer_id"), table_name="shop_order")
    op.drop_index(op.f("ix_shop_order_coupon_id"), table_name="shop_order")
    op.drop_table("shop_order")
    op.drop_index(
        "uq_reservation_one_held_per_coupon",
        table_name="reservation",
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.drop_index(
        "ix_reservation_stale",
        table_name="reservation",
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.drop_table("reservation")
    op.drop_index(
        "ix_reminder_due",
        table_name="reminder",
        sqlite_where=sa.text("state = 'planned'"),
        postgresql_where=sa.text("state = 'planned'"),
    )
    op.drop_table("reminder")
    op.drop_index(op.f("ix_progress_customer_id"), table_name="progress")
    op.drop_table("progress")
    op.drop_table("staff_role")
    op.drop_table("link")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_idempotent_call_created_at"), table_name="idempotent_call")
    op.drop_table("idempotent_call")
    op.drop_table("staff")
    op.drop_table("reminder_book")
    op.drop_table("pace")
    op.drop_index(op.f("ix_hook_state_not_before"), table_name="hook")
    op.drop_table("hook")
    op.drop_table("api_key")
