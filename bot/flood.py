"""What a customer may write at a stretch: within it nothing changes, beyond it the last word counts.

    an update's turn comes ──room──► its handler
       └──none──► something newer waits behind it ──► passed over (carried, where a person has the talk); told once
                  └──nothing does──► its handler, as soon as there is room again

Room is taken by what is answered, so nobody has to make up for a flood that was passed over. A command waits for room
too, and gives way to nothing but the same command again: ``/stop`` works within a second or so. Taps are let through:
a keyboard of ours is good once. An album is as many messages as it has pictures, an edit one that never waits. What was
passed over stays in the inbox, and an agent who is called reads it.

The buckets are in memory. One gateway takes a bot's updates, so there is nobody to share them with, and a restart
gives a customer one burst more, no message less: what waited is a row, and waits again.
"""

import asyncio
import time
from dataclasses import dataclass, field

import structlog
from telegram import Message, MessageEntity, Update
from telegram.ext import ApplicationHandlerStop, ContextTypes

from bot.commands import COMMANDS, UNLINK, VISITS
from bot.intake import Inbox, Person
from bot.lanes import Lanes
from bot.limits import Bucket
from bot.support.door import says_nothing
from bot.turns import Turns

_COMMANDS = frozenset({*COMMANDS, VISITS, UNLINK})
_TIDY = 1024
"""From so many buckets on, the full ones are dropped before another is made."""
_LOG = structlog.get_logger()


@dataclass(slots=True)
class _Room:
    """One customer's bucket, and whether they were told of this flood."""

    bucket: Bucket
    told: bool = field(default=False)


class Flood:
    """Stands before the handlers of private chats; ``burst`` messages at once and ``per_minute`` after them."""

    def __init__(
        self,
        inbox: Inbox,
        lanes: Lanes,
        turns: Turns,
        burst: int,
        per_minute: int,
    ) -> None:
        self._inbox = inbox
        self._lanes = lanes
        self._turns = turns
        self._burst = burst
        self._rate = per_minute / 60
        self._rooms: dict[int, _Room] = {}

    async def hold(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """Let an update through, now or in a moment; raises ApplicationHandlerStop when it is passed over."""
        person, message = self._inbox.people.get(update.update_id), update.message or update.edited_message
        if person is None or message is None or says_nothing(message, edited=update.message is None):
            return
        room = self._room(person)
        wait = room.bucket.lack(time.monotonic())
        if wait:
            if not self._gives_way(update):
                with self._lanes.patience():
                    await asyncio.sleep(wait)
            if self._gives_way(update):
                await self._pass_over(update, person, room)
                raise ApplicationHandlerStop
        room.bucket.take(time.monotonic())

    def _room(self, person: Person) -> _Room:
        now, room = time.monotonic(), self._rooms.get(person.customer_id)
        if room is None:
            if len(self._rooms) >= _TIDY:
                self._rooms = {key: room for key, room in self._rooms.items() if not room.bucket.full(now)}
            room = self._rooms[person.customer_id] = _Room(Bucket(self._rate, self._burst, now))
        elif room.bucket.full(now):
            room.told = False
        return room

    def _gives_way(self, update: Update) -> bool:
        """Say whether an update needs no answer: an edit, or words behind which something newer waits."""
        if update.message is None:
            return True
        command = _command(update.message)
        behind = (later.message for later in self._lanes.behind(update) if later.message is not None)
        return any(command is None or _command(message) == command for message in behind)

    async def _pass_over(self, update: Update, person: Person, room: _Room) -> None:
        first, room.told = not room.told, True
        if first:
            _LOG.info("customer_too_fast", customer_id=person.customer_id)
        await self._turns.pass_over(update, person, tell=first)


def _command(message: Message) -> str | None:
    """Return the known command that a message is, None for words."""
    for entity in message.entities:
        if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0:
            name = message.parse_entity(entity)[1:].split("@", 1)[0].lower()
            return name if name in _COMMANDS else None
    return None
