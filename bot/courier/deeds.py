"""What a courier's buttons do: a table of deeds, each one verb of the core and the message that follows.

A deed runs in the transaction that finishes the update. A refusal is an answer too: what the core wrote before it (a
wrong code counted, an order cancelled) stays.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.courier.cards import Cards, before
from bot.engine import Reply
from tradein import handover, imei, inspection, offers, visits
from tradein.handover import Steps
from tradein.inspection import Outcome
from tradein.policy import Policy
from tradein.refusals import CodesUsedUp, ImeiDiffers, ImeiInvalid, NotYourVisit, Refusal
from tradein.staff import Staff
from tradein.visits import Visit, VisitState

_UNDER_WAY = (VisitState.OUT, *visits.AT_THE_DOOR)


type Asked = Mapping[str, str]
"""The entities of a button."""


@dataclass(frozen=True)
class Shift:
    """Who acts, when, by which rules, and how to word it: what every deed needs."""

    session: Session
    courier: Staff
    chat_id: int
    cards: Cards
    policy: Policy
    now: datetime
    screen: Asked
    """What the buttons on the courier's screen are about; empty without any."""
    handover: Steps = field(default_factory=dict)
    """What customers do before they hand a phone over, by brand."""

    @property
    def at_hand(self) -> Visit | None:
        """The visit that a message without a button is about, None if there is none."""
        return at_hand(self.session, self.courier, self.screen)

    def visit(self, number: str) -> Visit:
        """Return a visit that this courier may see; raises VisitNotThere, NotYourVisit."""
        visit = visits.by_id(self.session, int(number))
        if visit.courier_id not in {None, self.courier.id}:
            raise NotYourVisit
        return visit

    def next(self, visit: Visit, said: str = "") -> Reply:
        """Return the step that is next, ``said`` first."""
        language = self.cards.language
        step = inspection.step(self.session, visit, language=language)
        found: Outcome | None = None
        if step.kind == "confirm":
            found = inspection.outcome(self.session, visit, policy=self.policy, language=language)
        reply = self.cards.step(visit, step, found)
        return before(said, reply) if said else reply

    def refused(self, refusal: Refusal) -> str:
        """Return the words of a refusal."""
        return self.cards.words.say(
            f"utter_refused_{refusal.code}", language=self.cards.language, params=refusal.evidence
        )


type Deed = Callable[[Shift, Visit, Asked], Reply]


def at_hand(session: Session, courier: Staff, screen: Asked) -> Visit | None:
    """Return the visit on the courier's screen if they are out for it, else the one they are out for."""
    shown = session.get(Visit, int(screen["visit"])) if "visit" in screen else None
    if shown is not None and shown.courier_id == courier.id and shown.state in _UNDER_WAY:
        return shown
    return visits.under_way(session, courier)


def todays(shift: Shift) -> Reply:
    """List the visits of the day; one whose check has begun comes at once."""
    return shift.cards.listing(visits.today(shift.session, shift.courier, policy=shift.policy, now=shift.now))


def _show(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    reply = shift.next(visit)
    return reply if visit.courier_id is None else before(shift.cards.card(visit), reply)


def _step(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    return shift.next(visit)


def _set_out(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    if visits.set_out(shift.session, visit, shift.courier, now=shift.now).state is VisitState.OUT:
        order = visit.order
        todo = handover.of(shift.handover, order.coupon.quote.variant.model.brand_id, language=order.customer.language)
        visits.prepare(shift.session, visit, steps=todo, now=shift.now)
    return shift.next(visit)


def enter_code(shift: Shift, visit: Visit, code: str) -> Reply:
    """Begin the check, or take the phone for less, with the code that the customer read out."""
    if len(code) != visits.CODE_DIGITS:
        return shift.next(visit, shift.cards.text("code_digits"))
    enter = offers.close if visit.state is VisitState.OFFERED else visits.open_check
    try:
        enter(shift.session, visit, shift.courier, code=code, now=shift.now)
    except CodesUsedUp:
        return shift.next(visit)  # the step says it
    except Refusal as refusal:
        return shift.next(visit, shift.refused(refusal))
    return shift.next(visit, shift.cards.text("code_right"))


def _compare(shift: Shift, visit: Visit, asked: Asked) -> Reply:
    return compare(shift, visit, [asked["reference"]])


def compare(shift: Shift, visit: Visit, references: Sequence[str]) -> Reply:
    """Compare the numbers of the phone with the coupon's: one that matches is enough."""
    different: ImeiDiffers | None = None
    for reference in references:
        claim = imei.claimed(shift.session, reference, chat_id=shift.chat_id)
        try:
            inspection.compare(shift.session, visit, shift.courier, claim=claim, now=shift.now)
        except ImeiDiffers as other:
            different = other
        except ImeiInvalid as refusal:
            return shift.next(visit, shift.refused(refusal))
        else:
            blocked = visit.order.coupon.device.blocked_at is not None
            return shift.next(visit, "" if blocked else shift.cards.text("imei_matches"))
    if different is None:
        return shift.next(visit)
    return shift.cards.differs(visit, masked=str(different.evidence["masked"]))


def _other_imei(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    return shift.next(visit, shift.cards.text("other_sim"))


def _no_imei(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    return shift.cards.no_imei(visit)


def _type(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    return shift.next(visit, shift.cards.text("type_instead"))


def _differs(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    inspection.imei_differs(shift.session, visit, shift.courier, now=shift.now)
    return shift.cards.ask_photo(visit, inspection.IMEI, shift.cards.text("the_number"))


def _record(shift: Shift, visit: Visit, asked: Asked) -> Reply:
    key = asked["key"]
    options = [option for option in asked.get("chosen", asked.get("options", "")).split(",") if option]
    inspection.record(shift.session, visit, shift.courier, key=key, options=options, now=shift.now)
    check = next(
        check for check in inspection.checks(shift.session, visit, language=shift.cards.language) if check.key == key
    )
    if set(visit.answers[key]) == set(check.declared):
        return shift.next(visit)
    labels = dict(check.options)
    found = ", ".join(labels[option] for option in visit.answers[key]) or shift.cards.text("nothing")
    return shift.cards.ask_photo(visit, key, found)


def last_finding(shift: Shift, visit: Visit) -> str | None:
    """Return the key of what was last found otherwise than declared, None if nothing was."""
    if visit.imei_seen == inspection.DIFFERS:
        return inspection.IMEI
    declared = {check.key: set(check.declared) for check in inspection.checks(shift.session, visit)}
    differing = [key for key, found in visit.answers.items() if set(found) != declared.get(key)]
    return differing[-1] if differing else None


def _skip_photo(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    return shift.next(visit)


def keep_photo(shift: Shift, visit: Visit, key: str, file_id: str) -> Reply:
    """Keep a picture of what was found."""
    inspection.add_photo(shift.session, visit, shift.courier, key=key, file_id=file_id, now=shift.now)
    return shift.next(visit, shift.cards.text("photo_kept"))


def _confirm(shift: Shift, visit: Visit, asked: Asked) -> Reply:
    kind = asked["kind"]
    inspection.confirm(
        shift.session,
        visit,
        shift.courier,
        kind=kind,  # type: ignore[arg-type]  # the button is ours
        policy=shift.policy,
        now=shift.now,
    )
    return shift.next(visit)


def _look_again(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    inspection.look_again(shift.session, visit, shift.courier, now=shift.now)
    return shift.next(visit, shift.cards.text("from_the_start"))


def _move(shift: Shift, visit: Visit, _asked: Asked) -> Reply:
    return shift.cards.days(visit, visits.local_day(shift.now, shift.policy))


def _move_to(shift: Shift, visit: Visit, asked: Asked) -> Reply:
    visits.hold(shift.session, visit, shift.courier)
    visits.reschedule(
        shift.session,
        visit,
        day=date.fromisoformat(asked["day"]),
        actor=shift.courier.actor,
        policy=shift.policy,
        now=shift.now,
    )
    return shift.cards.moved(visit)


DEEDS: Mapping[str, Deed] = {
    "show": _show,
    "step": _step,
    "set_out": _set_out,
    "move": _move,
    "move_to": _move_to,
    "compare": _compare,
    "other_imei": _other_imei,
    "no_imei": _no_imei,
    "type": _type,
    "differs": _differs,
    "record": _record,
    "skip_photo": _skip_photo,
    "confirm": _confirm,
    "look_again": _look_again,
}
"""What a button of a visit may do; ``visits`` is the only one about none."""
