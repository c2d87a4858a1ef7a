"""The words of the assistant, as ``domain.yml`` has them.

Rasa words the dialogue itself; the gateway words what Rasa never hears of (its own few answers, the notices that other
processes owe a customer), from the same ``responses:``. A variation with the condition ``slot language = hi`` is
for customers who chose Hindi; without one, everybody gets the first variation that asks for no language.
"""

import re
from collections.abc import Iterable, Mapping
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
        "utter_repeat_mark",
        "utter_stale_button",
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
        self._texts = {name: _by_language(variations) for name, variations in responses.items()}
        self._buttons = {
            name: variations[0]["buttons"] for name, variations in responses.items() if variations[0].get("buttons")
        }
        self._currency = currency
        self._timezone = timezone
        lacking = {name for name in REQUIRED if None not in self._texts.get(name, {})}
        asking = {
            f"{name} without {{{parameter}}}"
            for name in REQUIRED - lacking
            for text in self._texts[name].values()
            for parameter in _PARAMETER.findall(text)
        }
        if lacking or asking:
            raise WordsMissing(lacking | asking)

    @classmethod
    def load(cls, domain: Path, *, currency: str, timezone: str) -> Self:
        """Read the responses of a domain file; raises WordsMissing when one of REQUIRED isn't there."""
        with domain.open(encoding="utf-8") as file:
            content = yaml.load(file, Loader=yaml.CSafeLoader)
        return cls((content or {}).get("responses") or {}, currency=currency, timezone=timezone)

    @property
    def languages(self) -> frozenset[str]:
        """The languages that there are words in."""
        return frozenset({"en"} | {language for texts in self._texts.values() for language in texts if language})

    def say(self, name: str, *, language: str = "en", params: Mapping[str, Any] | None = None) -> str:
        """Return the response ``name`` as HTML in ``language``.

        ``params`` are typed by their suffix, see :func:`tradein.presentation.presentable`. Raises WordsMissing for an
        unknown response and for a parameter that the response asks for and nobody gave.
        """
        texts = self._texts.get(name) or {}
        text = texts.get(language, texts.get(None))
        if text is None:
            raise WordsMissing([name])
        return self._filled(name, text, language=language, params=params)

    def title(self, name: str, *, language: str = "en", params: Mapping[str, Any] | None = None) -> str:
        """Return the response ``name`` as the title of a button, which is no HTML. Raises as :meth:`say`."""
        return unescape(self.say(name, language=language, params=params))

    def buttons(
        self, name: str, *, language: str = "en", params: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Return the buttons of the response ``name``, their payloads filled in too. Raises as :meth:`say`."""
        fill = partial(self._filled, name, language=language, params=params)
        return [
            {**button, "title": unescape(fill(button["title"])), "payload": unescape(fill(button["payload"]))}
            for button in self._buttons.get(name, ())
        ]

    def has_buttons(self, name: str) -> bool:
        """Say whether the response ``name`` has buttons."""
        return name in self._buttons

    def reply(self, name: str, *, language: str = "en", params: Mapping[str, Any] | None = None) -> Reply:
        """Return the response ``name`` with its buttons, as the engine would have said it. Raises as :meth:`say`."""
        return Reply(
            self.say(name, language=language, params=params), self.buttons(name, language=language, params=params)
        )

    def _filled(self, name: str, text: str, *, language: str, params: Mapping[str, Any] | None) -> str:
        asked = set(_PARAMETER.findall(text))
        if not asked:
            return text
        values = presentable(params or {}, currency=self._currency, timezone=self._timezone, language=language)
        if lacking := asked - values.keys():
            raise WordsMissing(f"{name}: {{{parameter}}}" for parameter in lacking)
        return _PARAMETER.sub(lambda match: values[match[1]], text)


def _by_language(variations: list[dict[str, Any]]) -> dict[str | None, str]:
    texts: dict[str | None, str] = {}
    for variation in variations:
        languages = [
            condition.get("value")
            for condition in variation.get("condition") or ()
            if condition.get("name") == "language"
        ]
        texts.setdefault(languages[0] if languages else None, str(variation.get("text") or ""))
    return texts
