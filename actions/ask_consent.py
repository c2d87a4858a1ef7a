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
        version, text = await core.read(turn.conversation_id, lambda desk: _current(desk, turn.language))
        agree = turn.button("agree", payload("agree_terms", terms_version=str(version)))
        buttons = [agree, *turn.buttons("decline")]
        if turn.slot("terms_shown") == version:
            turn.say("utter_ask_consent_again", buttons=buttons)
            return []
        facts = {name: str(value) for name, value in asdict(settings.load().policy).items()}
        turn.say("utter_ask_consent", buttons=buttons, html={"terms": text.format_map(facts)})
        return [SlotSet("terms_shown", version)]


def _current(desk: core.Desk, language: str) -> tuple[int, str]:
    current = terms.current(desk.session, language)
    return current.version, current.text
