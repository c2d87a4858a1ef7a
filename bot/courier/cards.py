"""What a courier reads: the visits of the day, one visit, and the step that is next, each with its buttons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import unescape
from json import dumps
from typing import Any

from bot.engine import Reply
from bot.words import Words
from tradein import inspection
from tradein.inspection import Check, Finding, Outcome, Step
from tradein.visits import Visit, VisitState

INTENT = "courier"
"""The intent of a courier's buttons: the gateway's own, unknown to the engine."""
DAYS_OFFERED = 6
"""How many of the coming days a visit can be moved to with a button."""
LONGEST_LIST = 20
"""Visits shown at once: more would not fit a message."""

type Button = dict[str, Any]


def payload(do: str, visit: Visit | None = None, **entities: str) -> str:
    """Return what a courier's button means: a deed of :mod:`bot.courier.deeds`, and about what."""
    about = {} if visit is None else {"visit": str(visit.id)}
    return f"/{INTENT}{dumps({'do': do, **about, **entities})}"


@dataclass(frozen=True)
class Cards:
    """Words the courier's messages in one language."""

    words: Words
    language: str

    def text(self, name: str, /, **params: object) -> str:
        """Return the response ``utter_courier_<name>``."""
        return self.words.say(f"utter_courier_{name}", language=self.language, params=params)

    def title(self, name: str, /, **params: object) -> str:
        """Return the title ``utter_button_courier_<name>``."""
        return self.words.title(f"utter_button_courier_{name}", language=self.language, params=params)

    def button(self, name: str, visit: Visit | None = None, *, do: str | None = None, **entities: str) -> Button:
        """Return the button of this name; it does what it is called unless ``do`` says otherwise."""
        return {"title": self.title(name), "payload": payload(do or name, visit, **entities)}

    # --- the day ------------------------------------------------------------------------------------------------------
    def listing(self, visits: Sequence[Visit]) -> Reply:
        """Return the visits of the day."""
        if not visits:
            return Reply(self.text("no_visits"), [self.button("visits")])
        lines = [
            self.text("visit_line", number=str(number), **facts(visit), state=self.state(visit))
            for number, visit in enumerate(visits[:LONGEST_LIST], 1)
        ]
        buttons = [
            {"title": self.title("visit", number=str(number), **facts(visit)), "payload": payload("show", visit)}
            for number, visit in enumerate(visits[:LONGEST_LIST], 1)
        ]
        return Reply("\n\n".join([self.text("visits"), *lines]), buttons)

    def state(self, visit: Visit) -> str:
        """Return where a visit stands, in a few words."""
        return self.text(f"state_{visit.state.value}")

    # --- one visit ----------------------------------------------------------------------------------------------------
    def card(self, visit: Visit) -> str:
        """Return what there is to know about a visit; the IMEI is masked."""
        return self.text("card", **facts(visit), visit_on=visit.scheduled_on, state=self.state(visit))

    def step(self, visit: Visit, step: Step, outcome: Outcome | None) -> Reply:
        """Return what the courier does next."""
        if step.kind == "question" and step.check is not None:
            return self._question(visit, step.check)
        if step.kind == "confirm" and outcome is not None:
            return self._confirm(visit, outcome)
        elsewhere = self.button("visits")
        name, buttons = {
            "set_out": ("ask_set_out", [self.button("set_out", visit), self.button("move", visit), elsewhere]),
            "code": ("ask_code", [self.button("show", visit), self.button("move", visit), elsewhere]),
            "locked": ("codes_used_up", [self.button("look", visit, do="step"), elsewhere]),
            "imei": ("ask_imei", [self.button("no_imei", visit)]),
            "offer": (
                "ask_code_again" if visit.agreed_at else "offer_waits",
                [self.button("look", visit, do="step")],
            ),
        }.get(step.kind, (f"over_{visit.state.value}", [elsewhere]))
        text = self.text(name, **facts(visit))
        return Reply(f"{self.card(visit)}\n\n{text}" if step.kind == "set_out" else text, buttons)

    def _question(self, visit: Visit, check: Check) -> Reply:
        """Ask for one thing; what was declared comes first, for that is what is found most of the time."""
        labels = dict(check.options)
        declared = ", ".join(labels[key] for key in check.declared) or self.text("nothing")
        as_declared = {
            "title": self.title("as_declared", declared=declared) if not check.several else self.title("as_said"),
            "payload": payload("record", visit, key=check.key, options=",".join(check.declared)),
        }
        others = [(key, label) for key, label in check.options if check.several or key not in check.declared]
        if not check.several:
            choices = [
                {"title": label, "payload": payload("record", visit, key=check.key, options=key)}
                for key, label in others
            ]
            return Reply(self.text("ask_check", question=check.ask, declared=declared), [as_declared, *choices])
        marks: list[Button] = [
            {"title": label, "payload": key, "kind": "toggle"} for key, label in others if key != "none"
        ]
        done = {**self.button("found", visit, do="record", key=check.key), "kind": "submit"}
        return Reply(self.text("ask_check_several", question=check.ask, declared=declared), [as_declared, *marks, done])

    def _confirm(self, visit: Visit, outcome: Outcome) -> Reply:
        return Reply(
            self.text(
                f"ask_{outcome.kind}",
                **facts(visit),
                offered_minor=outcome.value_minor,
                findings="\n".join(self.findings(outcome.findings)),
            ),
            [self.button(outcome.kind, visit, do="confirm", kind=outcome.kind), self.button("look_again", visit)],
        )

    def findings(self, found: Iterable[Finding]) -> list[str]:
        """Return what differs, a line each, in plain text: it is made safe with the message that holds it."""
        return [unescape(self._finding(finding)) for finding in found]

    def _finding(self, finding: Finding) -> str:
        if finding.check is None:
            return self.text(f"finding_{finding.key}")
        question, declared, seen = finding.words
        return self.text("finding", question=question, declared=declared, found=seen)

    def ask_photo(self, visit: Visit, key: str, what: str) -> Reply:
        """Ask for a picture of ``what`` was found otherwise than declared."""
        return Reply(self.text("ask_photo", what=what), [self.button("skip_photo", visit, key=key)])

    # --- the number ---------------------------------------------------------------------------------------------------
    def differs(self, visit: Visit, *, masked: str) -> Reply:
        """Say that a number isn't the coupon's; the phone may have another."""
        return Reply(
            self.text("imei_differs", **{**facts(visit), "seen": masked}),
            [self.button("other_imei", visit), self.button("differs", visit)],
        )

    def no_imei(self, visit: Visit) -> Reply:
        """Say where else a phone shows its number."""
        return Reply(
            self.text("no_imei", **facts(visit)),
            [self.button("step", visit), self.button("nowhere", visit, do="differs")],
        )

    def read(self, visit: Visit, found: Sequence[tuple[str, str]]) -> Reply:
        """Ask whether the numbers were read rightly: pairs of the last four digits and the claim's reference."""
        one = len(found) == 1
        buttons = [
            {
                "title": self.title("right" if one else "ending", ending=ending),
                "payload": payload("compare", visit, reference=reference),
            }
            for ending, reference in found
        ]
        text = self.text("read", ending=found[0][0]) if one else self.text("read_two")
        return Reply(text, [*buttons, self.button("wrong", visit, do="type")])

    # --- another day --------------------------------------------------------------------------------------------------
    def days(self, visit: Visit, today: date) -> Reply:
        """Ask for the day to which a visit is moved."""
        days = [today + timedelta(days=ahead) for ahead in range(1, DAYS_OFFERED + 1)]
        buttons = [
            {
                "title": self.title("day", weekday=self.text(f"weekday_{day.weekday()}"), day_on=day),
                "payload": payload("move_to", visit, day=day.isoformat()),
            }
            for day in days
        ]
        return Reply(self.text("ask_day", **facts(visit)), [*buttons, {**self.button("step", visit), "kind": "footer"}])

    def moved(self, visit: Visit) -> Reply:
        """Say what became of the wish for another day."""
        over = visit.state is VisitState.CANCELLED
        text = self.text("moved_too_often" if over else "moved", **facts(visit), visit_on=visit.scheduled_on)
        return Reply(text, [self.button("visits")])


def facts(visit: Visit) -> dict[str, Any]:
    """Return what the responses name: the order, the customer by first name, both phones, the masked IMEI."""
    order = visit.order
    return {
        "reference": order.reference,
        "name": order.customer.first_name,
        "phone": order.phone,
        "old_phone": order.coupon.quote.variant.name,
        "value_minor": order.coupon.value_minor,
        "paid_minor": order.paid_minor,
        "difference_minor": 0 if visit.difference_payment_id else inspection.difference(visit),
        "masked": order.coupon.device.masked,
        "ending": order.coupon.device.imei[-4:],
    }


def before(text: str, reply: Reply) -> Reply:
    """Return ``reply`` with ``text`` said first, in one message."""
    return Reply(f"{text}\n\n{reply.text}", reply.buttons)
