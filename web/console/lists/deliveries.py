"""What was owed to somebody and may not have come: reminders, messages, webhooks, updates set aside, tickets.

Of a message only what kind it is: what customers and agents wrote to each other is not shown here.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, override

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, joinedload
from starlette.requests import Request
from starlette_admin import row_action

from tradein import hooks, report
from tradein.hooks import Hook, HookState
from tradein.inbox import SET_ASIDE, InboxUpdate
from tradein.outbox import UNDELIVERED, Message
from tradein.policy import Policy
from tradein.reminders import Reminder, ReminderState
from tradein.report import Due, Wrong
from tradein.staff import Staff
from tradein.support.tickets import Ticket, TicketState
from web.console.listing import Beyond, Column, Listing, Part, Told, history
from web.console.local import Local, words


class Reminders(Listing):
    """What people are told at a moment of its own."""

    key, menu_label, icon = "reminders", "Reminders", "fa fa-bell"
    table = Reminder
    columns = (
        Column("kind", "Kind", Reminder.kind),
        Column("about", "About"),
        Column("state", "State", Reminder.state),
        Column("reason", "Why", Reminder.reason),
        Column("due", "Due", Reminder.due_at),
    )
    default = ("due", True)
    empty = "No reminders here. They are planned with each coupon, by catalogue/reminders.yml."

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        due = report.due_rows(policy=policy, now=now)[Due.REMINDERS][1]
        states = (ReminderState.PLANNED, ReminderState.SENT, ReminderState.DROPPED, ReminderState.FAILED)
        return {
            Due.REMINDERS: Part("Due until the end of today", due),
            **{state.value: Part(words(state.value).capitalize(), (Reminder.state == state,)) for state in states},
        }

    @override
    def told(self, row: Reminder, local: Local) -> Told:
        about = {"coupon": row.coupon_id, "visit": row.visit_id, "refund": row.refund_id, "quote": row.quote_id}
        return {
            "kind": words(row.kind),
            "about": ", ".join(f"{what} {number}" for what, number in about.items() if number is not None),
            "state": words(row.state.value),
            "reason": words(row.reason or ""),
            "due": local.moment(row.due_at),
        }


class Messages(Listing):
    """Messages that did not reach Telegram, or may not have."""

    key, menu_label, icon = "messages", "Messages undelivered", "fa fa-envelope"
    table = Message
    columns = (
        Column("kind", "Kind"),
        Column("what", "What it says"),
        Column("state", "State", Message.state),
        Column("tries", "Tries", Message.attempts),
        Column("error", "Last error"),
        Column("made", "Made", Message.created_at),
    )
    default = ("made", True)
    empty = "Every message was delivered."

    @override
    def query(self) -> Select[Any]:
        return select(Message).where(UNDELIVERED)

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        wrong = report.wrong_rows(policy=policy, now=now)
        return {
            Wrong.UNDELIVERED: Part("Not delivered", wrong[Wrong.UNDELIVERED][1]),
            Wrong.UNSURE: Part("May not have arrived", wrong[Wrong.UNSURE][1]),
        }

    @override
    def told(self, row: Message, local: Local) -> Told:
        return {
            "kind": words(row.kind),
            "what": words(str(row.body.get("response", "")).removeprefix("utter_")),
            "state": {"failed": "not delivered", "ambiguous": "may not have arrived"}.get(row.state.value, ""),
            "tries": str(row.attempts),
            "error": row.error or "",
            "made": local.moment(row.created_at),
        }


class Webhooks(Listing):
    """What the shop was told, or was not."""

    key, menu_label, icon = "webhooks", "Webhooks", "fa fa-share"
    table = Hook
    columns = (
        Column("id", "Webhook"),
        Column("kind", "Kind", Hook.kind),
        Column("state", "State", Hook.state),
        Column("order", "Order"),
        Column("tries", "Tries", Hook.attempts),
        Column("error", "Last answer"),
        Column("made", "Made", Hook.created_at),
    )
    default = ("made", True)
    search_hint = "The webhook's id"
    empty = "No webhooks here. The shop is told of orders, doors and refunds once TRADEIN_SHOP_WEBHOOK_URL is set."
    row_actions = ("retry",)

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        return {
            Wrong.WEBHOOKS: Part("Never taken", (Hook.state == HookState.FAILED,)),
            "queued": Part("On their way", (Hook.state == HookState.QUEUED,)),
        }

    @override
    def matching(self, words: str) -> ColumnElement[bool] | None:
        return Hook.event_id == words

    @override
    def told(self, row: Hook, local: Local) -> Told:
        return {
            "id": row.event_id,
            "kind": row.kind,
            "state": words(row.state.value),
            "order": str(row.data.get("order_id", "")),
            "tries": str(row.attempts),
            "error": row.error or "",
            "made": local.moment(row.created_at),
        }

    @override
    def beyond(self, session: Session, row: Hook, local: Local) -> Sequence[Beyond]:
        return [history(session, Hook.__tablename__, row.id, local)]

    @override
    def may(self, row: Hook) -> frozenset[str]:
        return frozenset({"retry"} if row.state is HookState.FAILED else ())

    @row_action(
        name="retry",
        text="Send it once more",
        header="Send this webhook once more?",
        confirmation="The shop gets it under the same id, so it can tell if it has it already.",
        submit_btn_text="Send it",
        exclude_from_list=True,
    )
    async def retry(self, request: Request, pk: str) -> None:
        """Send a webhook again that the shop never took."""

        def verb(session: Session, hook: Hook, member: Staff, now: datetime) -> str:
            hooks.retry(session, hook, actor=member.actor, now=now)
            return "The webhook is sent once more."

        await self.change(request, pk, verb)


class Updates(Listing):
    """What Telegram sent and nobody could read: only why, not what."""

    key, menu_label, icon = "updates", "Updates set aside", "fa fa-box-archive"
    table, identity = InboxUpdate, "update_id"
    columns = (
        Column("id", "Update", InboxUpdate.update_id),
        Column("error", "Why"),
        Column("received", "Received", InboxUpdate.received_at),
    )
    default = ("received", True)
    empty = "Nothing was set aside."
    row_click_navigate = False

    @override
    def can_view_detail(self, request: Request) -> bool:
        return False

    @override
    def query(self) -> Select[Any]:
        return select(InboxUpdate).where(SET_ASIDE)

    @override
    def told(self, row: InboxUpdate, local: Local) -> Told:
        return {"id": str(row.update_id), "error": row.error or "", "received": local.moment(row.received_at)}


class Tickets(Listing):
    """Requests for a person."""

    key, menu_label, icon = "tickets", "Requests for a person", "fa fa-life-ring"
    table = Ticket
    columns = (
        Column("id", "Ticket", Ticket.id),
        Column("state", "State", Ticket.state),
        Column("customer", "Customer"),
        Column("agent", "Taken by"),
        Column("opened", "Asked", Ticket.opened_at),
        Column("taken", "Taken", Ticket.taken_at),
        Column("closed", "Closed", Ticket.closed_at),
        Column("rating", "Rating", Ticket.rating),
    )
    default = ("opened", True)
    empty = "Nobody asked for a person here."

    @override
    def query(self) -> Select[Any]:
        return select(Ticket).options(joinedload(Ticket.customer), joinedload(Ticket.agent))

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        wrong = report.wrong_rows(policy=policy, now=now)
        return {
            Wrong.WAITING: Part("Wait too long", wrong[Wrong.WAITING][1]),
            "open": Part("Open", (Ticket.state == TicketState.OPEN,)),
        }

    @override
    def told(self, row: Ticket, local: Local) -> Told:
        return {
            "id": str(row.id),
            "state": words(row.state.value),
            "customer": row.customer.first_name,
            "agent": row.agent.name if row.agent else "nobody yet",
            "opened": local.moment(row.opened_at),
            "taken": local.moment(row.taken_at),
            "closed": local.moment(row.closed_at),
            "rating": f"{row.rating} of 5" if row.rating else "",
        }

    @override
    def beyond(self, session: Session, row: Ticket, local: Local) -> Sequence[Beyond]:
        return [history(session, Ticket.__tablename__, row.id, local)]
