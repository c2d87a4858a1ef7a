"""The support team's side of the messenger: a group with topics, and people who come into it by an invitation.

They are there from the start, as the courier is: the bot finds its group, and its agents have opened their invitations.
"""

from typing import Final

from pydantic import BaseModel
from telegram import ChatMember

from sandbox import forum, people
from sandbox.errors import Json
from sandbox.world import World

TITLE: Final = "Exchange support"
_KEY: Final = "support"


class Teammate(BaseModel):
    """Somebody of the team: a first name, and the parameter of their invitation's deep link."""

    name: str
    start: str


def assemble(world: World, *, chat_id: int, team: list[Teammate]) -> None:
    """Let the group be there under this chat id, with everybody in it; the first of the team owns it.

    Who was here before stays who they are; a new invitation is opened by the person who had the old one.
    """
    group = world.groups.get(chat_id) or forum.found(world, title=TITLE, chat_id=chat_id)
    known: dict[str, Json] = dict(world.profile.get(_KEY, {}))
    for number, mate in enumerate(team):
        before = known.get(mate.name)
        if before is None or before["id"] not in world.chats:
            person = world.meet(first_name=mate.name, language_code="en")
            status = ChatMember.MEMBER if number else ChatMember.OWNER
            forum.join(world, group, person.customer, status=status)
        else:
            person = world.conversation(before["id"])
            if before["start"] == mate.start:
                continue
        people.say(world, person, person.customer, people.typed(f"/start {mate.start}"))
        known[mate.name] = {"id": person.id, "start": mate.start}
    world.set_profile(_KEY, known)
