"""action_ask_condition: the next question about the phone's condition, one to be changed, or which one to change."""

from actions import core, reading
from actions.ask import Ask, way_out
from actions.buttons import payload
from actions.turn import Button, Event, Turn
from tradein import conditions, exchanges
from tradein.conditions import Answers, ConditionBook, Question, said
from tradein.exchanges import Exchange


class AskCondition(Ask):
    """Asks one condition question."""

    async def ask(self, turn: Turn) -> list[Event]:
        """Ask the question that is to be changed, or the first that has no answer."""
        book, answers = await core.read(turn.conversation_id, _questions)
        changing = turn.slot("changing")
        if changing == reading.WHAT:
            turn.say("utter_ask_what_to_change", buttons=_changeable(turn, book, answers))
            return []
        question = book.question(changing) if changing else book.next(answers)
        if question is not None:
            _ask(turn, book, question)
        return []


def _questions(desk: core.Desk) -> tuple[ConditionBook, Answers]:
    exchange: Exchange | None = exchanges.current(desk.session, desk.customer)
    return conditions.book(desk.session), exchange.answers if exchange else {}


def _changeable(turn: Turn, book: ConditionBook, answers: Answers) -> list[Button]:
    """Offer the phone and every answer given, each in words."""
    given = book.labels(answers, turn.language)
    none = turn.word("utter_button_none_of_these")
    buttons = turn.buttons("change_phone")
    for key, labels in given.items():
        asked = said(book.question(key).ask, turn.language)
        buttons.append({"title": f"{asked} {', '.join(labels) or none}", "payload": payload("change", condition=key)})
    return buttons


def _ask(turn: Turn, book: ConditionBook, question: Question) -> None:
    options = [(option.key, said(option.label, turn.language)) for option in question.options]
    if question.several:
        response = "utter_ask_condition_several"
        buttons: list[Button] = [
            {"title": label, "payload": key, "kind": "toggle"} for key, label in options if key != conditions.NONE
        ]
        buttons.append({"title": turn.word("utter_button_none_of_these"), "payload": _answer(question, "")})
        done = {"payload": payload("inform", condition=question.key), "kind": "submit"}
        buttons.append({"title": turn.word("utter_button_done"), **done})
    else:
        response = "utter_ask_condition"
        buttons = [{"title": label, "payload": _answer(question, key)} for key, label in options]
    facts = {
        "question": said(question.ask, turn.language),
        "number": book.questions.index(question) + 1,
        "total": len(book.questions),
    }
    turn.say(response, facts, buttons=[*buttons, *way_out(turn)])


def _answer(question: Question, option: str) -> str:
    return payload("inform", condition=f"{question.key}={option}")
