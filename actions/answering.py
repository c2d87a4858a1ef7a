"""What a message says about the phone's condition, by phrases and as an answer to the question on the screen."""

import re

from actions.changing import WHAT
from actions.intents import ANSWERS
from actions.said import Said
from tradein.conditions import ConditionBook, Question
from tradein.exchanges import Exchange

Answers = dict[str, list[str]]

_YES_NO = {"affirm": "yes", "deny": "no"}
_FRAMES = ("{0}", "{0} on {1}", "{1} {0}", "{0} problem", "with {0}")
_BETWEEN = re.compile(r",|&|\+|\band\b|\baur\b|\bऔर\b", re.IGNORECASE)


def answers(book: ConditionBook, said: Said, exchange: Exchange | None) -> Answers:
    """Return the answers that a message gives, to any of the questions; "rest ok" answers those that were left."""
    found = _told(book, said, exchange)
    before = exchange.answers if exchange else {}
    if not found and not before:
        return found
    rest = book.read_rest(said.text)
    return found | {key: fine for key, fine in rest.items() if key not in found and key not in before}


def _told(book: ConditionBook, said: Said, exchange: Exchange | None) -> Answers:
    asked = pending(book, said, exchange)
    found = book.read(said.text, asked=asked.key if asked else None)
    if asked is None or exchange is None or (asked.key in found and not asked.several):
        return found
    if said.intent == "change" or _speaks_of_another(book, asked, said.text):
        return found
    reply = _reply(book, asked, said, found)
    if reply is None:
        return found
    # "light scratches" is about what was asked; what was answered before is changed only by saying so.
    return {key: options for key, options in found.items() if key not in exchange.answers} | {asked.key: reply}


def pending(book: ConditionBook, said: Said, exchange: Exchange | None) -> Question | None:
    """Return the condition question that is on the screen, None if another kind of question is."""
    if said.asked != "condition" or exchange is None:
        return None
    changing = said.slots.get("changing")
    if changing and changing != WHAT:
        return next((question for question in book.questions if question.key == changing), None)
    return book.next(exchange.answers)


def _speaks_of_another(book: ConditionBook, asked: Question, text: str) -> bool:
    return any(question.key in text.casefold() for question in book.questions if question.key != asked.key)


def _reply(book: ConditionBook, asked: Question, said: Said, found: Answers) -> list[str] | None:
    """Read words that mean something only as an answer to the question on the screen."""
    if option := _option_named(asked, said.text):
        return book.checked(asked.key, [option])
    if said.intent == "accept_quote":  # the "ok" of "ok get coupon" is not about the phone
        return None
    named = _named(book, asked, said.text)
    if named is not None or found:
        return named
    if book.says_unsure(said.text):  # and is no "no"
        return None
    if asked.several:
        return [] if said.intent == "deny" else None
    # "No problems", to whether it works, is a yes; to how the screen looks it is no answer.
    untroubled = said.intent in ANSWERS and book.says_no_problem(said.text)
    yes_or_no = "yes" if untroubled else _YES_NO.get(said.intent)
    return [option.key for option in asked.options if option.key == yes_or_no] or None


def _option_named(asked: Question, text: str) -> str | None:
    """Return the option whose button title somebody typed."""
    typed = text.strip(" .!").casefold()
    return next(
        (option.key for option in asked.options if typed in {label.casefold() for label in option.label.values()}),
        None,
    )


def _named(book: ConditionBook, asked: Question, text: str) -> list[str] | None:
    """Read what is only named, "battery and camera": each part as it would be said in full."""
    # A frame that means something by itself ("works …") would find its own meaning in any words.
    frames = [frame for frame in _FRAMES if asked.key not in book.read(frame.format("", asked.key))]
    found: set[str] = set()
    known = False
    for part in filter(str.strip, _BETWEEN.split(text)):
        readings = (book.read(frame.format(part, asked.key)).get(asked.key) for frame in frames)
        options = next((reading for reading in readings if reading is not None), None)
        if options is not None:
            known = True
            found.update(options)
    if not known or (not asked.several and len(found) != 1):
        return None
    return book.checked(asked.key, sorted(found))
