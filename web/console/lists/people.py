"""Staff and API keys: who may do what, and the end of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, override

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, selectinload
from starlette.requests import Request
from starlette_admin import row_action
from starlette_admin.exceptions import ActionFailed

from tradein import apikeys, visits
from tradein.apikeys import ApiKey
from tradein.policy import Policy
from tradein.staff import Staff
from tradein.support import agents
from web.console.listing import Beyond, Column, Listing, Part, Told, history
from web.console.local import Local


class People(Listing):
    """Who works for the programme, and who did."""

    key, menu_label, icon = "staff", "Staff", "fa fa-users"
    table = Staff
    columns = (
        Column("number", "Staff", Staff.id),
        Column("name", "Name", Staff.name),
        Column("alias", "Customers say"),
        Column("roles", "May"),
        Column("telegram", "Telegram"),
        Column("since", "Since", Staff.created_at),
        Column("removed", "Until", Staff.removed_at),
    )
    default = ("since", True)
    search_hint = "Name"
    empty = "Nobody works here yet. 'Take somebody on' in the menu invites the first."
    row_actions = ("remove",)

    @override
    def query(self) -> Select[Any]:
        return select(Staff).options(selectinload(Staff.grants))

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        return {
            "working": Part("Working", (Staff.removed_at.is_(None),)),
            "gone": Part("Removed", (Staff.removed_at.is_not(None),)),
        }

    @override
    def matching(self, words: str) -> ColumnElement[bool] | None:
        return Staff.name.icontains(words, autoescape=True)

    @override
    def told(self, row: Staff, local: Local) -> Told:
        return {
            "number": str(row.id),
            "name": row.name,
            "alias": row.public_name,
            "roles": ", ".join(sorted(row.roles)) or "nothing any more",
            "telegram": "bound" if row.telegram_user_id else "not yet",
            "since": local.moment(row.created_at),
            "removed": local.moment(row.removed_at),
        }

    @override
    def beyond(self, session: Session, row: Staff, local: Local) -> Sequence[Beyond]:
        return [history(session, Staff.__tablename__, row.id, local)]

    @override
    def may(self, row: Staff) -> frozenset[str]:
        return frozenset({"remove"} if row.removed_at is None else ())

    @row_action(
        name="remove",
        text="Remove",
        header="Remove this member of staff?",
        confirmation="All their roles end at once, in the middle of a visit or a talk too: those are free for others. "
        "To take them on again is to invite them anew.",
        submit_btn_text="Remove them",
        submit_btn_class="btn btn-danger",
        exclude_from_list=True,
    )
    async def remove(self, request: Request, pk: str) -> None:
        """End all roles of a member."""

        def verb(session: Session, row: Staff, member: Staff, now: datetime) -> str:
            if row.id == member.id:
                raise ActionFailed("That is you: somebody else has to do that, or the command line.")
            if row.removed_at is not None:
                raise ActionFailed("They are removed already.")
            waiting = agents.leave(session, row, now=now, actor=member.actor)
            freed = visits.dismiss(session, row, now=now, actor=member.actor)
            return f"{row.name} may do nothing any more. Visits free for others: {freed}; customers waiting: {waiting}."

        await self.change(request, pk, verb)


class ApiKeys(Listing):
    """The shop's keys; of their secrets nothing can be shown."""

    key, menu_label, icon = "keys", "API keys", "fa fa-key"
    table = ApiKey
    columns = (
        Column("prefix", "Key"),
        Column("name", "Name", ApiKey.name),
        Column("scopes", "May"),
        Column("made", "Made", ApiKey.created_at),
        Column("revoked", "Revoked", ApiKey.revoked_at),
    )
    default = ("made", True)
    empty = "There are no keys. 'tradein apikey create NAME' makes one and shows its secret once."
    row_actions = ("revoke",)

    @override
    def parts(self, *, policy: Policy, now: datetime) -> Mapping[str, Part]:
        return {
            "open": Part("In use", (ApiKey.revoked_at.is_(None),)),
            "revoked": Part("Revoked", (ApiKey.revoked_at.is_not(None),)),
        }

    @override
    def told(self, row: ApiKey, local: Local) -> Told:
        return {
            "prefix": row.prefix,
            "name": row.name,
            "scopes": ", ".join(row.scopes),
            "made": local.moment(row.created_at),
            "revoked": local.moment(row.revoked_at),
        }

    @override
    def beyond(self, session: Session, row: ApiKey, local: Local) -> Sequence[Beyond]:
        return [history(session, ApiKey.__tablename__, row.id, local)]

    @override
    def may(self, row: ApiKey) -> frozenset[str]:
        return frozenset({"revoke"} if row.revoked_at is None else ())

    @row_action(
        name="revoke",
        text="Revoke",
        header="Revoke this key?",
        confirmation="The shop's server that uses it is refused from the next request on. This can't be undone.",
        submit_btn_text="Revoke it",
        submit_btn_class="btn btn-danger",
        exclude_from_list=True,
    )
    async def revoke(self, request: Request, pk: str) -> None:
        """Close a key for good."""

        def verb(session: Session, key: ApiKey, member: Staff, now: datetime) -> str:
            if key.revoked_at is not None:
                raise ActionFailed("It is revoked already.")
            apikeys.revoke(session, prefix=key.prefix, now=now, actor=member.actor)
            return f"Key {key.prefix} opens nothing any more."

        await self.change(request, pk, verb)
