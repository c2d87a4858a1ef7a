"""action_ask_consent: the terms, whole when they are new to the screen, and the question about them."""

from rasa_sdk.events import SlotSet

from actions import core
from actions.ask import Ask
from actions.buttons import payload
from actions.turn import Event, Turn
from tradein import exchanges, quotes, terms


class AskConsent(Ask):
    """Asks for the consent to the current terms."""

    async def ask(self, turn: Turn) -> list[Event]:
        """Show the current version, unless it was shown already, and ask."""
        shown, text = await core.read(turn.conversation_id, lambda desk: _current(desk, turn.language))
        agree = payload("agree_terms", terms_version=str(shown["version"]), quote=str(shown["quote"]))
        buttons = [turn.button("agree", agree), *turn.buttons("decline")]
        if turn.slot("terms_shown") == shown:
            turn.say("utter_ask_consent_again", buttons=buttons)
            return []
        turn.say("utter_ask_consent", buttons=buttons, html={"terms": text})
        return [SlotSet("terms_shown", shown)]


def _current(desk: core.Desk, language: str) -> tuple[dict[str, int], str]:
    """Return what a yes would be to, the terms' version and the quote, and the text in HTML."""
    current = terms.current(desk.session, language)
    exchange = exchanges.current(desk.session, desk.customer)
    quote = quotes.open_of(desk.session, exchange.id) if exchange else None
    return {"version": current.version, "quote": quote.id if quote else 0}, terms.render(
        current, terms.facts(desk.policy)
    )
