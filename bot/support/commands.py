"""Commands of the agents in a topic: each one verb of the core, or of the desk, and a word about it.

/take /back /snooze /resolve /block /unblock    what the card's buttons do
/c KEY       a canned answer          /undo     takes the last message back
/coupon      sends the coupon again   /extend   gives it more days, once (supervisors)
/cancel      cancels the exchange     /help     lists all this
"""

from collections.abc import Callable, Mapping

from bot.support import carrying, tapping, undoing
from bot.support.content import Content
from bot.support.shift import Shift
from tradein import answers, remedies
from tradein.refusals import MoveLost, MoveNotAllowed, Refusal
from tradein.staff import Staff
from tradein.support import relay

type Deed = Callable[[Shift, str], None]


def obey(shift: Shift, text: str) -> None:
    """Do what a command says; one that nobody knows is carried nowhere."""
    name, _, rest = text[1:].partition(" ")
    name = name.split("@", 1)[0].lower()
    deed = DEEDS.get(name)
    if deed is None:
        shift.say("utter_desk_unknown_command")
        return
    try:
        deed(shift, rest.strip())
    except (MoveLost, MoveNotAllowed):
        shift.say("utter_desk_not_now")
    except Refusal as refusal:
        shift.say(f"utter_refused_{refusal.code}", **refusal.evidence)


def _canned(shift: Shift, key: str) -> None:
    customer = shift.conversation.customer
    text = answers.of(shift.answers, key, language=customer.language, name=customer.first_name)
    if text is None:
        shift.say("utter_desk_no_such_answer", keys=", ".join(sorted(shift.answers)) or "-")
    elif shift.speaks():
        carrying.carry(shift.session, shift.way(), shift.message, Content("text", text))


def _undo(shift: Shift, _rest: str) -> None:
    member = shift.member
    rows = relay.last_of_agent(shift.session, shift.conversation, staff_id=member.id) if member else ()
    if not rows:
        shift.say("utter_desk_nothing_to_undo")
        return
    undoing.undo(shift, rows)
    shift.say("utter_desk_undone")


def _resend(shift: Shift, member: Staff) -> None:
    coupon = remedies.resend(shift.session, shift.conversation.customer, member, now=shift.now)
    shift.say("utter_desk_coupon_resent", ending=coupon.code[-4:])


def _extend(shift: Shift, member: Staff) -> None:
    customer = shift.conversation.customer
    coupon = remedies.extend(shift.session, customer, member, policy=shift.policy, now=shift.now)
    shift.say("utter_desk_coupon_extended", ending=coupon.code[-4:], expires_at=coupon.expires_at.isoformat())


def _cancel(shift: Shift, member: Staff) -> None:
    ended = remedies.cancel(shift.session, shift.conversation.customer, member, now=shift.now)
    shift.say(f"utter_desk_cancelled_{ended.value}")


def _help(shift: Shift, _rest: str) -> None:
    shift.say("utter_desk_help")


def _by_member(verb: Callable[[Shift, Staff], None]) -> Deed:
    """Return a deed of the core's, after which the card says something else."""

    def deed(shift: Shift, _rest: str) -> None:
        if shift.member is not None:
            verb(shift, shift.member)
            shift.show()

    return deed


def _tapped(do: str) -> Deed:
    return lambda shift, _rest: tapping.do(shift, do)


MENU = (
    *("take", "back", "note", "c", "undo", "snooze", "resolve"),
    *("coupon", "extend", "cancel", "block", "unblock", "help"),
)
"""What the group's menu lists, in its order; :mod:`bot.support.hearing` deals with the notes."""

DEEDS: Mapping[str, Deed] = {
    "take": _tapped("take"),
    "back": _tapped("back"),
    "snooze": _tapped("snooze_hour"),
    "resolve": _tapped("resolve"),
    "block": _tapped("block"),
    "unblock": _tapped("unblock"),
    "c": _canned,
    "undo": _undo,
    "coupon": _by_member(_resend),
    "extend": _by_member(_extend),
    "cancel": _by_member(_cancel),
    "help": _help,
    "start": _help,
}
