"""What the buttons of the group do: each one verb of the core on the conversation whose topic they are in."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from bot.support.shift import Shift
from tradein import outbox
from tradein.outbox import Message, MessageState
from tradein.refusals import MoveLost, MoveNotAllowed, Refusal
from tradein.staff import Staff
from tradein.support import agents, board, relay
from tradein.support.relay import Relayed, RelayState

type Deed = Callable[[Shift, Staff], None]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def tap(shift: Shift, do_: str, about: int | None) -> str | None:
    """Do what a button says; return the response for a toast, None if there is nothing to say."""
    if shift.member is None:
        return "utter_desk_not_staff"
    if do_ == "again":
        return _again(shift, about)
    if do_ not in DEEDS:
        return "utter_stale_button"
    try:
        do(shift, do_)
    except (MoveLost, MoveNotAllowed):
        shift.show()
        return "utter_desk_not_now"
    except Refusal as refusal:
        shift.show()
        shift.say(f"utter_refused_{refusal.code}", **refusal.evidence)
    return None


def do(shift: Shift, name: str) -> None:
    """Do a deed of the card, and have the card edited; raises the Refusal of its verb."""
    if shift.member is not None:
        DEEDS[name](shift, shift.member)
        shift.show()


def _take(shift: Shift, member: Staff) -> None:
    unasked = not shift.conversation.silent
    agents.take(shift.session, shift.conversation, member, now=shift.now)
    if unasked:
        set_id, why = shift.group.set_id, f"taken by {member.name}"
        board.brief(shift.session, shift.conversation, set_id=set_id, reason=why, now=shift.now)


def _back(shift: Shift, member: Staff) -> None:
    agents.hand_back(shift.session, shift.conversation, member, now=shift.now)


def _snooze(by: timedelta) -> Deed:
    def snooze(shift: Shift, member: Staff) -> None:
        agents.snooze(shift.session, shift.conversation, member, until=shift.now + by, now=shift.now)

    return snooze


def _resolve(shift: Shift, member: Staff) -> None:
    agents.resolve(shift.session, shift.conversation, member, now=shift.now)
    shift.post("topic", {"do": "close"})


def _block(shift: Shift, member: Staff) -> None:
    agents.block(shift.session, shift.conversation, member, now=shift.now)


def _unblock(shift: Shift, member: Staff) -> None:
    agents.unblock(shift.session, shift.conversation, member, now=shift.now)


DEEDS: Mapping[str, Deed] = {
    "take": _take,
    "back": _back,
    "snooze_hour": _snooze(HOUR),
    "snooze_day": _snooze(DAY),
    "resolve": _resolve,
    "block": _block,
    "unblock": _unblock,
}


def _again(shift: Shift, about: int | None) -> str | None:
    """Send a message again that may not have arrived: only now, and only because somebody wants it."""
    row = shift.session.get(Relayed, about) if about else None
    message = shift.session.get(Message, row.outbox_id) if row and row.outbox_id else None
    if row is None or message is None or row.conversation_id != shift.conversation.id:
        return "utter_stale_button"
    if row.state is not RelayState.AMBIGUOUS or message.state is not MessageState.AMBIGUOUS:
        return "utter_desk_sent_again"
    again_id = outbox.queue(
        shift.session,
        chat_id=message.chat_id,
        customer_id=message.customer_id,
        kind=message.kind,
        body=dict(message.body),
        now=shift.now,
    )
    for part in relay.of_message(shift.session, message.id):
        part.state, part.outbox_id = RelayState.QUEUED, again_id
    return "utter_desk_sent_again"
