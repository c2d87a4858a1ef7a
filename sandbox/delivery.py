"""Updates on their way to the bot: kept until confirmed, in order, by long polling or pushed to a webhook."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from sandbox.errors import ApiError, Json
from sandbox.store import Store

NOT_BY_DEFAULT: Final = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_BY_ANOTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_BY_WEBHOOK = "Conflict: terminated by setWebhook request"
_WHILE_WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass(slots=True, eq=False)
class Pending:
    """An update not confirmed yet. `forced` came from the control API under an id that was used up already."""

    update_id: int
    body: Json
    forced: bool = False


class Push(Protocol):
    """What takes updates to a webhook."""

    def offer(self, pending: Pending) -> None:
        """Take over one more update."""


class UpdateQueue:
    """The queue of the one bot: ids only grow, order is kept, nothing leaves before it is confirmed."""

    def __init__(self, store: Store, *, first_id: int, kept: list[tuple[int, Json]]) -> None:
        self._store = store
        self._next_id = first_id
        self._pending = deque(Pending(update_id, body) for update_id, body in kept)
        self._poll: asyncio.Future[None] | None = None
        self._closed = False
        self.push: Push | None = None
        self.on_confirmed: Callable[[Json], None] = lambda _: None
        self.allowed: list[str] = []

    @property
    def count(self) -> int:
        """Updates nobody has confirmed."""
        return len(self._pending)

    def pending(self) -> list[Pending]:
        """Return what waits, oldest first."""
        return list(self._pending)

    def add(self, kind: str, payload: Json) -> int | None:
        """Queue an update of this kind; return its id, or None when the bot asked not to get this kind."""
        if (self.allowed and kind not in self.allowed) or (not self.allowed and kind in NOT_BY_DEFAULT):
            return None
        update_id = self._next_id
        self._enqueue(Pending(update_id, {"update_id": update_id, kind: payload}))
        return update_id

    def inject(self, body: Json) -> int:
        """Queue an update as it is, however wrong; one without an id of its own gets the next. Return the id."""
        given = body.get("update_id")
        update_id = given if isinstance(given, int) else self._next_id
        self._enqueue(Pending(update_id, {**body, "update_id": update_id}, forced=update_id < self._next_id))
        return update_id

    def _enqueue(self, pending: Pending) -> None:
        self._next_id = max(self._next_id, pending.update_id + 1)
        self._store.put("update", pending.update_id, pending.body)
        self._store.put("profile", "last_update_id", self._next_id - 1)
        self._pending.append(pending)
        if self.push is not None:
            self.push.offer(pending)
        elif self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def settle(self, pending: Pending) -> None:
        """Let go of an update the bot has."""
        self._pending.remove(pending)
        self._gone(pending)

    def _gone(self, pending: Pending) -> None:
        self._store.delete("update", pending.update_id)
        self.on_confirmed(pending.body)

    def clear(self) -> None:
        """Forget everything that waits."""
        for pending in self.pending():
            self.settle(pending)

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            # A negative offset keeps that many of the newest and forgets the rest.
            gone = self.pending()[:offset]
        elif self._pending and offset > 0:
            gone = [pending for pending in self._pending if pending.update_id < offset and not pending.forced]
        else:
            return
        for pending in gone:
            self.settle(pending)

    async def poll(self, *, offset: int, limit: int, seconds: float) -> list[Json]:
        """Confirm what is below `offset`, then return up to `limit` updates, waiting `seconds` for the first.

        Refuses (409) while a webhook is set. A poll that waits is ended (409) by the next one that has to wait.
        """
        if self.push is not None:
            raise ApiError(409, _WHILE_WEBHOOK)
        self._confirm(offset)
        if not self._pending and seconds > 0 and not self._closed:
            self.interrupt(_BY_ANOTHER_POLL)
            turn = self._poll = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(seconds):
                    await turn
            except TimeoutError:
                pass
            finally:
                if self._poll is turn:
                    self._poll = None
        batch = [self._pending[index] for index in range(min(limit, len(self._pending)))]
        for pending in batch:
            pending.forced = False
        return [pending.body for pending in batch]

    def interrupt(self, reason: str = _BY_WEBHOOK) -> None:
        """End the poll that waits with a conflict."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, reason))

    def close(self) -> None:
        """Let the poll that waits return with nothing; later ones don't wait."""
        self._closed = True
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
