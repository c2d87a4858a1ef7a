"""The words of the assistant, as ``domain.yml`` has them.

Rasa words the dialogue itself; the gateway words what Rasa never hears of (its own few answers, the notices that other
processes owe a customer), from the same ``responses:``. A variation with the condition ``slot language = hi`` is
for customers who chose Hindi; without one, everybody gets the first variation that asks for no language.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, Self

import yaml

from bot.commands import COMMANDS, VISITS
from bot.engine import Reply
from tradein.presentation import presentable

REQUIRED = frozenset(
    {
        "utter_edit_ignored",
        "utter_empty_message",
        "utter_engine_down",
        "utter_language_noticed",
        "utter_language_offer",
        "utter_repeat_mark",
        "utter_stale_button",
        "utter_too_fast",
        "utter_turn_failed",
        "utter_unknown_command",
        "utter_unsupported_other",
        "utter_unsupported_photo",
        "utter_unsupported_voice",
        *(f"utter_command_{command}" for command in (VISITS, *COMMANDS)),
    }
)
"""The responses that the gateway says itself; none of them takes a parameter."""

_PARAMETER = re.compile(r"\{(\w+)\}")


class WordsMissing(Exception):
    """``domain.yml`` lacks words that are needed; ``names`` lists the responses or parameters."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = sorted(names)
        super().__init__(f"domain.yml lacks: {', '.join(self.names)}")


class Words:
    """Responses by name and language, put into words with the parameters of :mod:`tradein.presentation`."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]], *, currency: str, timezone: str) -> None:
        self._variations = {name: _by_language(variations) for name, variations in responses.items()}
        self._currency = currency
        self._timezone = timezone
        lacking = {name for name in REQUIRED if None not in self._variations.get(name, {})}
        asking = {
            f"{name} without {{{parameter}}}"
            for name in REQUIRED - lacking
            for variation in self._variations[name].values()
            for parameter in _PARAMETER.findall(variation.text)
        }
        if lacking or asking:
            raise WordsMissing(lacking | asking)

    @classmethod
    def load(cls, domain: Path, *, currency: str, timezone: str) -> Self:
        """Read the responses of a domain file; raises WordsMissing when one of REQUIRED isn't there."""
        with domain.open(encoding="utf-8") as file:
            content = yaml.load(file, Loader=yaml.CSafeLoader)
        return cls((content or {}).get("responses") or {}, currency=currency, timezone=timezone)

    def say(self, name: str, *, language: str = "en", params: Mapping[str, Any] | None = None) -> str:
        """Return the response ``name`` as HTML in ``language``.

        ``params`` are typed by their suffix, see :func:`tradein.presentation.presentable`. Raises WordsMissing for an
        unknown response and for a parameter that the response asks for and nobody gave.
        """
        variation = self._variation(name, language)
        if variation is None:
            raise WordsMissing([name])
        return self._filled(name, variation.text, language=language, params=params)

    def title(self, name: str, *, language: str = "en", params: Mapping[str, Any] | None = None) -> str:
        """Return the response ``name`` as the title of a button, which is no HTML. Raises as :meth:`say`."""
        return unescape(self.say(name, language=language, params=params))

    def buttons(
        self, name: str, *, language: str = "en", params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Return the buttons of the response ``name``, their payloads filled in too. Raises as :meth:`say`."""
        variation = self._variation(name, language)
        fill = partial(self._filled, name, language=language, params=params)
        return [
            {**button, "title": unescape(fill(button["title"])), "payload": unescape(fill(button["payload"]))}
            for button in (variation.buttons if variation else ())
        ]

    def has_buttons(self, name: str) -> bool:
        """Say whether the response ``name`` has buttons."""
        return any(variation.buttons for variation in self._variations.get(name, {}).values())

    def reply(self, name: str, *, language: str = "en", params: Mapping[str, Any] | None = None) -> Reply:
        """Return the response ``name`` with its buttons, as the engine would have said it. Raises as :meth:`say`."""
        return Reply(
            self.say(name, language=language, params=params), self.buttons(name, language=language, params=params)
        )

    def _variation(self, name: str, language: str) -> "_Variation | None":
        variations = self._variations.get(name) or {}
        return variations.get(language) or variations.get(None)

    def _filled(self, name: str, text: str, *, language: str, params: Mapping[str, Any] | None) -> str:
        asked = set(_PARAMETER.findall(text))
        if not asked:
            return text
        values = presentable(params or {}, currency=self._currency, timezone=self._timezone, language=language)
        if lacking := asked - values.keys():
            raise WordsMissing(f"{name}: {{{parameter}}}" for parameter in lacking)
        return _PARAMETER.sub(lambda match: values[match[1]], text)


@dataclass(frozen=True, slots=True)
class _Variation:
    """A response in one language."""

    text: str
    buttons: Sequence[dict[str, Any]]


def _by_language(variations: list[dict[str, Any]]) -> dict[str | None, _Variation]:
    found: dict[str | None, _Variation] = {}
    for variation in variations:
        languages = [
            condition.get("value")
            for condition in variation.get("condition") or ()
            if condition.get("name") == "language"
        ]
        said = _Variation(str(variation.get("text") or ""), variation.get("buttons") or ())
        found.setdefault(languages[0] if languages else None, said)
    return found
