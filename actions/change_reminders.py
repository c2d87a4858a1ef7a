"""action_change_reminders: how often a customer wants to be reminded of their coupons."""

from actions import core
from actions.act import Act
from actions.said import Said
from actions.turn import Event, Turn
from tradein import reminders
from tradein.customers import Wish

SURE = 0.5
"""Above this confidence reminders end without a question: the fallback's threshold leaves room for doubt."""
_ELSE = {Wish.ALL: ("fewer_reminders",), Wish.LAST_DAY: ("reminders_none",), Wish.NONE: ("reminders_again",)}


class ActionChangeReminders(Act):
    """Ends reminders at once where somebody says so, asks which where they want fewer."""

    def name(self) -> str:
        """Return the action's name."""
        return "action_change_reminders"

    async def act(self, turn: Turn) -> list[Event]:
        """Write the wish down, or ask for it."""
        wish = _wish(turn.said, in_form=turn.in_form)
        if wish is None:
            turn.say(
                "utter_ask_reminders", buttons=turn.buttons("reminders_last_day", "reminders_none", "reminders_all")
            )
            return []
        await core.write(turn.conversation_id, lambda desk: reminders.wish(desk.customer, wish))
        # A form's question follows at once, and one keyboard is enough to look at.
        buttons = [] if turn.in_form else turn.buttons(*_ELSE[wish], "coupons")
        turn.say(f"utter_reminders_{wish.value}", buttons=buttons)
        return []


def _wish(said: Said, *, in_form: bool) -> Wish | None:
    """Return what the customer wants, None where they have to be asked.

    That is where they want fewer, and where it isn't sure that they want none. Amid a form's questions nothing is
    asked: the form would take the answer for its own.
    """
    if said.entities.get("wish") in set(Wish):
        return Wish(said.entities["wish"])
    if said.intent == "resume_reminders":
        return Wish.ALL
    if said.intent == "stop_reminders" and (in_form or said.confidence > SURE):
        return Wish.NONE
    return Wish.LAST_DAY if in_form else None
