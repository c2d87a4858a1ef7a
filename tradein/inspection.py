"""What the courier finds at the door, and what follows from it.

    code ► IMEI ► each question, as declared or not ► what follows ► the courier confirms
                                                       accept   settled: the coupon is used, the phone consumed
                                                       refuse   order cancelled, money back, coupon void
                                                       offer    a lower value, if the programme does so (a setting)

Mission, lines 7 and 9. The questions are the quote's own, as it was promised, and the doorstep's of the content file. A
phone on the blocked list is refused whatever else is found, also where it was put there after its coupon: the law
forbids to buy one (India: Telecom Cyber Security Amendment Rules, 2025).
What is next is read from the visit's row, so a check goes on where it stood after any interruption.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy.orm import Session

from tradein import accounts, conditions, coupons, hooks, imei, orders, visits
from tradein.conditions import ConditionBook, Question, said
from tradein.coupons import CouponState
from tradein.events import move, noted
from tradein.hooks import HookKind
from tradein.imei import Claim, Device
from tradein.policy import ConditionMode, Policy
from tradein.pricing import price
from tradein.progress import Stage
from tradein.quotes import Quote
from tradein.refusals import (
    ImeiDiffers,
    InspectionIncomplete,
    NotEligible,
    OutcomeChanged,
    UnknownOption,
)
from tradein.staff import Staff
from tradein.visits import Visit, VisitState

IMEI = "imei"
BLOCKED = "blocked"
MATCHES, DIFFERS = "matches", "differs"
OFFER_LIFE = timedelta(minutes=15)

Kind = Literal["accept", "refuse", "offer"]


@dataclass(frozen=True)
class Check:
    """One thing to look at: ``options`` are (key, words), ``declared`` what the customer said."""

    key: str
    ask: str
    several: bool
    options: tuple[tuple[str, str], ...]
    declared: tuple[str, ...]

    def words(self, chosen: Sequence[str]) -> str:
        """Return options in words; nothing chosen is called so where there is a word for it."""
        named = dict(self.options)
        return ", ".join(named.get(key, key) for key in chosen) or named.get(conditions.NONE, "—")


@dataclass(frozen=True)
class Step:
    """What the courier does next; ``check`` is the question of a ``question`` step."""

    kind: Literal["set_out", "code", "locked", "imei", "question", "confirm", "offer", "over"]
    check: Check | None = None


@dataclass(frozen=True)
class Finding:
    """What was found otherwise than declared; ``key`` is the question's, or IMEI or BLOCKED, which have none."""

    key: str
    check: Check | None = None
    found: tuple[str, ...] = ()

    @property
    def stored(self) -> dict[str, Any]:
        """The finding in keys: its words are its reader's."""
        return {"key": self.key, "declared": list(self.check.declared if self.check else ()), "found": list(self.found)}

    @property
    def words(self) -> tuple[str, str, str]:
        """The question, what was declared and what was found, in the language in which it was looked at."""
        if self.check is None:
            return self.key, "", ""
        return self.check.ask, self.check.words(self.check.declared), self.check.words(self.found)


@dataclass(frozen=True)
class Outcome:
    """What follows from the check; ``value_minor`` is what the phone is worth as found, 0 where it can't be taken."""

    kind: Kind
    findings: tuple[Finding, ...]
    value_minor: int


def step(session: Session, visit: Visit, *, language: str = "en") -> Step:
    """Return what the courier does next; a check that its courier left in the middle is taken over by setting out."""
    nobodys = visit.state in visits.AT_THE_DOOR and visit.courier_id is None
    match visit.state:
        case state if nobodys or state is VisitState.SCHEDULED:
            return Step("set_out")
        case VisitState.OUT:
            return Step("locked" if visit.locked else "code")
        case VisitState.OFFERED:
            return Step("locked" if visit.locked else "offer")
        case VisitState.CHECKING:
            if visit.imei_seen is None:
                return Step("imei")
            # A phone that is another one, or a blocked one, needs no further look.
            left = (check for check in checks(session, visit, language=language) if check.key not in visit.answers)
            check = next(left, None) if visit.imei_seen == MATCHES and not _is_blocked(session, visit) else None
            return Step("question", check) if check else Step("confirm")
        case _:
            return Step("over")


def checks(session: Session, visit: Visit, *, language: str = "en") -> Sequence[Check]:
    """Return all that is to be looked at: the quote's questions, then the doorstep's."""
    promised = _quote(visit)
    declared = {key: tuple(options) for key, options in promised.answers.items()}
    asked = [question for question in _book(session, promised).questions if question.key in declared]
    at_door = [question for question in conditions.book(session).doorstep if question.key not in declared]
    return [
        *(_check(question, declared[question.key], language) for question in asked),
        *(_check(question, (question.options[0].key,), language) for question in at_door),
    ]


def compare(session: Session, visit: Visit, courier: Staff, *, claim: Claim, now: datetime) -> None:
    """Compare a number read at the door with the one of the coupon.

    Raises the ImeiInvalid that fits, ImeiDiffers (the phone's other SIM may have the number), VisitOver, NotYourVisit.
    """
    visits.hold(session, visit, courier)
    visits.needed(visit, VisitState.CHECKING)
    expected = visit.order.coupon.device
    seen = imei.device_claimed(claim)
    if seen.id != expected.id:
        noted(session, visit, actor=courier.actor, now=now, imei="another")
        raise ImeiDiffers(masked=seen.masked, expected=expected.masked)
    visit.imei_seen = MATCHES
    noted(session, visit, actor=courier.actor, now=now, imei=MATCHES)


def imei_differs(session: Session, visit: Visit, courier: Staff, *, now: datetime) -> None:
    """Write down that no number of the phone is the coupon's: it can't be accepted. Raises VisitOver, NotYourVisit."""
    visits.hold(session, visit, courier)
    visits.needed(visit, VisitState.CHECKING)
    if visit.imei_seen is None:
        visit.imei_seen = DIFFERS
        noted(session, visit, actor=courier.actor, now=now, imei=DIFFERS)


def look_again(session: Session, visit: Visit, courier: Staff, *, now: datetime) -> None:
    """Forget the findings of this check: the courier begins anew. Raises VisitOver, NotYourVisit."""
    visits.hold(session, visit, courier)
    visits.needed(visit, VisitState.CHECKING)
    visit.imei_seen, visit.answers, visit.photos = None, {}, {}
    noted(session, visit, actor=courier.actor, now=now, again=True)


def record(session: Session, visit: Visit, courier: Staff, *, key: str, options: Sequence[str], now: datetime) -> None:
    """Write down what the courier found; raises UnknownQuestion, UnknownOption, VisitOver, NotYourVisit."""
    visits.hold(session, visit, courier)
    visits.needed(visit, VisitState.CHECKING)
    promised = _quote(visit)
    if key in promised.answers:
        found = _book(session, promised).checked(key, options)
    else:
        question = conditions.book(session).doorstep_question(key)
        if len(options) != 1:
            raise UnknownOption(question=key, option=",".join(options))
        found = [question.option(options[0]).key]
    if visit.answers.get(key) != found:
        visit.answers = {**visit.answers, key: found}
        noted(session, visit, actor=courier.actor, now=now, question=key, found=found)


def add_photo(session: Session, visit: Visit, courier: Staff, *, key: str, file_id: str, now: datetime) -> None:
    """Keep a photo of what was found, by Telegram's name for the file; raises VisitOver, NotYourVisit."""
    visits.hold(session, visit, courier)
    visits.needed(visit, VisitState.CHECKING)
    kept = visit.photos.get(key, [])
    if file_id not in kept:
        visit.photos = {**visit.photos, key: [*kept, file_id]}
        noted(session, visit, actor=courier.actor, now=now, question=key, photos=len(kept) + 1)


def outcome(session: Session, visit: Visit, *, policy: Policy, language: str = "en") -> Outcome:
    """Return what follows from the check; raises InspectionIncomplete while something was not looked at."""
    promised = _quote(visit)
    if visit.imei_seen == DIFFERS:
        return Outcome("refuse", (Finding(IMEI),), 0)
    if visit.imei_seen == MATCHES and _is_blocked(session, visit):
        return Outcome("refuse", (Finding(BLOCKED),), 0)
    looked = checks(session, visit, language=language)
    if visit.imei_seen is None or any(check.key not in visit.answers for check in looked):
        raise InspectionIncomplete
    findings = tuple(
        Finding(check.key, check, tuple(visit.answers[check.key]))
        for check in looked
        if set(check.declared) != set(visit.answers[check.key])
    )
    at_door = [question for question in conditions.book(session).doorstep if question.key not in promised.answers]
    barred = any(question.option(visit.answers[question.key][0]).gate for question in at_door)
    found = {key: visit.answers[key] for key in promised.answers}
    try:
        value = price(promised.best_minor, found, _book(session, promised), mode=_mode(promised)).value_minor
    except NotEligible:
        barred, value = True, 0
    if not barred and value >= promised.value_minor:
        return Outcome("accept", findings, promised.value_minor)
    if barred or not policy.offers_at_door:
        return Outcome("refuse", findings, 0 if barred else value)
    return Outcome("offer", findings, value)


def confirm(session: Session, visit: Visit, courier: Staff, *, kind: Kind, policy: Policy, now: datetime) -> VisitState:
    """Do what follows from the check, as the courier was shown it; a second time it is the same, and nothing new.

    Raises OutcomeChanged when something else follows by now, InspectionIncomplete, VisitOver, NotYourVisit.
    """
    visits.hold(session, visit, courier)
    done = {"accept": VisitState.ACCEPTED, "refuse": VisitState.REFUSED, "offer": VisitState.OFFERED}[kind]
    if visit.state is done:
        return visit.state
    visits.needed(visit, VisitState.CHECKING)
    _is_blocked(session, visit, hold=True)  # who blocks it now waits, and finds it settled or refused
    found = outcome(session, visit, policy=policy)
    if found.kind != kind:
        raise OutcomeChanged(kind=found.kind)
    visit.findings = [finding.stored for finding in found.findings]
    if kind == "accept":
        accept(session, visit, actor=courier.actor, now=now)
    elif kind == "refuse":
        refuse(session, visit, actor=courier.actor, now=now)
    else:
        _offer(session, visit, found, actor=courier.actor, now=now)
    return visit.state


def accept(session: Session, visit: Visit, *, actor: str, now: datetime) -> None:
    """Take the old phone: coupon settled, IMEI consumed for ever, receipt to the customer.

    Raises MoveNotAllowed, MoveLost.
    """
    order = visit.order
    move(session, visit, VisitState.ACCEPTED, moves=visits.MOVES, actor=actor, now=now)
    move(session, order.coupon, CouponState.SETTLED, moves=coupons.MOVES, actor=actor, now=now)
    accounts.spend(session, coupon_id=order.coupon_id, now=now)
    orders.complete(session, order, actor=actor, now=now)
    hooks.owe(session, kind=HookKind.EXCHANGE_SETTLED, data=orders.facts(session, order), now=now)
    orders.show(session, order, Stage.COMPLETE, now=now)
    orders.tell(
        session,
        order,
        "utter_handed_over",
        now=now,
        once="handed-over",
        imei=order.coupon.device.masked,
        handed_over_at=now.isoformat(),
        value_minor=order.coupon.value_minor if visit.offered_minor is None else visit.offered_minor,
    )


def refuse(session: Session, visit: Visit, *, actor: str, now: datetime) -> None:
    """Leave the old phone: order cancelled, what was paid goes back, coupon void. Raises MoveNotAllowed, MoveLost."""
    order = visit.order
    move(session, visit, VisitState.REFUSED, moves=visits.MOVES, actor=actor, now=now)
    move(session, order.coupon, CouponState.VOID, moves=coupons.MOVES, actor=actor, now=now)
    accounts.reverse(session, coupon_id=order.coupon_id, now=now)
    orders.close(session, order, reason="refused at the door", actor=actor, now=now)
    facts = orders.facts(session, order) | {"findings": visit.findings}
    hooks.owe(session, kind=HookKind.EXCHANGE_REFUSED, data=facts, now=now)
    orders.show(session, order, Stage.REFUSED, now=now)
    by_number = next((finding["key"] for finding in visit.findings if finding["key"] in (IMEI, BLOCKED)), None)
    if by_number:
        orders.tell(session, order, f"utter_refused_at_door_{by_number}", now=now, once="refused")
    else:
        reasons = listed(session, visit, language=order.customer.language)
        orders.tell(session, order, "utter_refused_at_door", now=now, once="refused", reasons=reasons)


def refuse_blocked(session: Session, visit: Visit, *, actor: str, now: datetime) -> bool:
    """Refuse a phone that was put on the blocked list meanwhile; return whether it was. Raises as :func:`refuse`."""
    if not _is_blocked(session, visit, hold=True):
        return False
    visit.findings = [Finding(BLOCKED).stored]
    refuse(session, visit, actor=actor, now=now)
    return True


def _is_blocked(session: Session, visit: Visit, *, hold: bool = False) -> bool:
    """Say whether the phone may not be bought; ``hold`` it so until the transaction ends."""
    device = visit.order.coupon.device
    session.refresh(device, with_for_update={"read": True, "of": Device} if hold else None)
    return device.blocked_at is not None


def listed(session: Session, visit: Visit, *, language: str) -> str:
    """Return what was found as lines for a reader of ``language``: the question, what was declared, what was found."""
    looked = {check.key: check for check in checks(session, visit, language=language)}
    found = [
        Finding(stored["key"], looked.get(stored["key"]), tuple(stored["found"])).words for stored in visit.findings
    ]
    return "\n".join(f"• {question}\n   {declared} → {seen}" for question, declared, seen in found)


def _offer(session: Session, visit: Visit, found: Outcome, *, actor: str, now: datetime) -> None:
    changes = {"offered_minor": found.value_minor, "offered_until": now + OFFER_LIFE}
    move(session, visit, VisitState.OFFERED, moves=visits.MOVES, actor=actor, now=now, changes=changes)
    order = visit.order
    orders.show(session, order, Stage.OFFERED, now=now)
    orders.tell(
        session,
        order,
        "utter_visit_offer",
        now=now,
        once="offer",
        reasons=listed(session, visit, language=order.customer.language),
        offered_minor=found.value_minor,
        difference_minor=difference(visit),
        until_at=(now + OFFER_LIFE).isoformat(),
    )


def difference(visit: Visit) -> int:
    """Return what a customer who accepts the lower value still has to pay, minor units."""
    order = visit.order
    return max(0, order.discount_minor - (visit.offered_minor or 0))


def _quote(visit: Visit) -> Quote:
    return visit.order.coupon.quote


def _book(session: Session, promised: Quote) -> ConditionBook:
    return conditions.by_id(session, promised.condition_set_id)


def _mode(promised: Quote) -> ConditionMode:
    return cast("ConditionMode", promised.condition_mode)  # as the quote stored it


def _check(question: Question, declared: tuple[str, ...], language: str) -> Check:
    options = tuple((option.key, said(option.label, language)) for option in question.options)
    return Check(question.key, said(question.ask, language), question.several, options, declared)
