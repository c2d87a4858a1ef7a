"""One turn of the conversation, for an action: what the customer said, and the ways to answer."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import buttons
from actions.intents import ANSWERS, YES_NO_SYMBOLS
from actions.said import Said
from tradein import settings
from tradein.presentation import presentable
from tradein.refusals import Refusal

Button = dict[str, str]
Event = dict[str, Any]
Facts = Mapping[str, object]

NOT_UNDERSTOOD = frozenset(
    {
        *(f"utter_not_understood{where}" for where in ("", "_again", "_in_form", "_in_form_again")),
        "utter_out_of_scope/elsewhere",  # to whom says something twice it is the same: we are of no help
        "utter_out_of_scope/signs",
    }
)


class Turn:
    """Reads a tracker and answers through the dispatcher; all words come from the domain."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> None:
        self._dispatcher = dispatcher
        self._tracker = tracker
        self._responses: dict[str, list[dict[str, Any]]] = domain.get("responses", {})
        self.conversation_id: str = tracker.sender_id
        self.language: str = tracker.get_slot("language") or "en"

    @property
    def said(self) -> Said:
        """Return the customer's latest message."""
        message = self._tracker.latest_message or {}
        intent = message.get("intent") or {}
        text = message.get("text") or ""
        name = intent.get("name") or ""
        if name in ANSWERS and not any(char.isalnum() or char in YES_NO_SYMBOLS for char in text):
            name = "nlu_fallback"  # the model takes a symbol it has never seen for one that it has: a thumb up
        return Said(
            intent=name,
            confidence=float(intent.get("confidence") or 0.0),
            # Only the gateway's own buttons arrive as payloads: the channel refuses typed text that begins so.
            text="" if text.startswith("/") else text,
            entities={entity["entity"]: str(entity["value"]) for entity in message.get("entities") or []},
            asked=self._tracker.get_slot("requested_slot"),
            slots=dict(self._tracker.slots),
        )

    @property
    def in_form(self) -> bool:
        """Say whether a form's question follows what is said now."""
        return bool(self._tracker.active_loop_name)

    def slot(self, name: str) -> Any:  # noqa: ANN401 - a slot holds what its action put there
        """Return a slot's value."""
        return self._tracker.get_slot(name)

    def rejected(self, form: str) -> bool:
        """Say whether the form has read this turn already and passed it on to a rule."""
        rejected = ("action_execution_rejected", form)
        return any((event["event"], event.get("name")) == rejected for event in self._events())

    @property
    def misses(self) -> int:
        """Return how many turns in a row, this one included, we said that we didn't understand."""
        count = 0
        for turn in range(3):
            said = self._said(turn)
            if not said & NOT_UNDERSTOOD and turn:
                break
            count += bool(said & NOT_UNDERSTOOD)
        return count

    def followed(self, response: str) -> bool:
        """Say whether the customer's message came right after this response."""
        return response in self._said(1)

    def _said(self, turns_ago: int) -> set[str | None]:
        """Return the responses said in a turn."""
        return {(event.get("metadata") or {}).get("utter_action") for event in self._events(turns_ago)}

    def _events(self, turns_ago: int = 0) -> list[dict[str, Any]]:
        """Return the events after the customer's latest message, or of one that many turns before."""
        found: list[dict[str, Any]] = []
        for event in reversed(self._tracker.events):
            if event["event"] != "user":
                found.append(event)
            elif not turns_ago:
                break
            else:
                turns_ago, found = turns_ago - 1, []
        return found

    def say(
        self,
        response: str,
        facts: Facts | None = None,
        *,
        buttons: list[Button] | None = None,
        html: Mapping[str, str] | None = None,
    ) -> None:
        """Say a response; facts are named for :func:`presentable`, ``html`` is formatted already."""
        words = {**self.presented(facts or {}), **(html or {})}
        self._dispatcher.utter_message(response=response, buttons=buttons, **words)

    def presented(self, facts: Facts) -> dict[str, str]:
        """Return facts as the customer reads them, safe in HTML."""
        told = settings.load()
        return presentable(facts, currency=told.currency, timezone=told.timezone, language=self.language)

    def word(self, response: str, **words: str) -> str:
        """Return a response's text in the customer's language, for a part of a message."""
        return buttons.text_of(self._responses, response, self.language).format(**words)

    def refuse(self, refusal: Refusal, facts: Facts | None = None, *, buttons: list[Button] | None = None) -> None:
        """Say why not: the response of the refusal's code, with its evidence."""
        self.say(f"utter_refused_{refusal.code}", {**refusal.evidence, **(facts or {})}, buttons=buttons)

    def button(self, name: str, payload: str | None = None, **words: str) -> Button:
        """Return a button titled by ``utter_button_<name>``; without a payload it has the one of its name."""
        return {"title": self.word(f"utter_button_{name}", **words), "payload": payload or buttons.PAYLOADS[name]}

    def footer(self, *names: str) -> list[Button]:
        """Return the buttons of these names as ways out that stand on every page of a long list."""
        return [{**button, "kind": "footer"} for button in self.buttons(*names)]

    def buttons(self, *names: str) -> list[Button]:
        """Return the buttons of these names."""
        return [self.button(name) for name in names]
