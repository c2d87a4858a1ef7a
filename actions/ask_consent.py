"""action_ask_consent: the terms, whole when they are new to the screen, and the question about them."""

from dataclasses import asdict

from rasa_sdk.events import SlotSet

from actions import core
from actions.ask import Ask
from actions.buttons import payload
from actions.turn import Event, Turn
from tradein import settings, terms


class AskConsent(Ask):
    """Asks for the consent to the current terms."""

    async def ask(self, turn: Turn) -> list[Event]:
        """Show the current version, unless it was shown already, and ask."""
        current = await core.read(turn.conversation_id, lambda desk: terms.current(desk.session, turn.language))
        agree = turn.button("agree", payload("agree_terms", terms_version=str(current.version)))
        buttons = [agree, *turn.buttons("decline")]
        if turn.slot("terms_shown") == current.version:
            turn.say("utter_ask_consent_again", buttons=buttons)
            return []
        facts = {name: str(value) for name, value in asdict(settings.load().policy).items()}
        turn.say("utter_ask_consent", buttons=buttons, html={"terms": current.text.format_map(facts)})
        return [SlotSet("terms_shown", current.version)]
