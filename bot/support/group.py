"""Which chat the support group is: the one that was set, under the id that it has now.

Telegram gives a group another id when it becomes a supergroup. The one in the settings stays the name under which the
outbox knows it; where it is now is a row, so that a restart finds it too.
"""

from collections.abc import Awaitable, Callable

from sqlalchemy.orm import Session

from bot.store import Store
from tradein.support import topics


class Group:
    """The group's id as it was set, and as it is."""

    def __init__(self, store: Store, set_id: int) -> None:
        self._store = store
        self.set_id = set_id
        self.chat_id = set_id
        self.moved: Callable[[int], Awaitable[None]] | None = None
        """Called with the id after each move."""

    def has(self, chat_id: int) -> bool:
        """Say whether this is the group, under either id."""
        return chat_id in {self.set_id, self.chat_id}

    async def find(self) -> None:
        """Read where the group is now; raises sqlalchemy.exc.SQLAlchemyError."""
        self.chat_id = await self._store.do(self._found)

    async def move(self, chat_id: int) -> None:
        """Follow the group to another id."""
        await self._store.do(lambda session: topics.group_moved(session, set_id=self.set_id, chat_id=chat_id))
        self.chat_id = chat_id
        if self.moved is not None:
            await self.moved(chat_id)

    def _found(self, session: Session) -> int:
        return topics.group_of(session, self.set_id)
