"""action_ask_condition: the next question about the phone's condition, one to be changed, or which one to change."""

from actions import core
from actions.ask import Ask, way_out
from actions.buttons import payload
from actions.changing import WHAT
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
        if changing == WHAT:
            _ask_which(turn, book, answers)
            return []
        question = book.question(changing) if changing else book.next(answers)
        if question is not None:
            _ask(turn, book, question)
        return []


def _questions(desk: core.Desk) -> tuple[ConditionBook, Answers]:
    exchange: Exchange | None = exchanges.current(desk.session, desk.customer)
    return conditions.book(desk.session), exchange.answers if exchange else {}


def _ask_which(turn: Turn, book: ConditionBook, answers: Answers) -> None:
    """Show the answers given and offer each for a change, and the phone."""
    lines: list[str] = []
    buttons = turn.buttons("change_phone")
    for key, labels in book.labels(answers, turn.language).items():
        question = book.question(key)
        answer = ", ".join(labels) or _none(turn, question)
        number = len(lines) + 1
        words = turn.presented({"number": number, "question": said(question.ask, turn.language), "answer": answer})
        lines.append(turn.word("utter_answer_line", **words))
        buttons.append({"title": f"{number}. {answer}", "payload": payload("change", condition=key)})
    turn.say("utter_ask_what_to_change", html={"answers": "\n".join(lines)}, buttons=buttons)


def _none(turn: Turn, question: Question) -> str:
    """Return how one says that nothing of a list applies."""
    labels = [said(option.label, turn.language) for option in question.options if option.key == conditions.NONE]
    return labels[0] if labels else turn.word("utter_button_none_of_these")


def _ask(turn: Turn, book: ConditionBook, question: Question) -> None:
    options = [(option.key, said(option.label, turn.language)) for option in question.options]
    if question.several:
        response = "utter_ask_condition_several"
        buttons: list[Button] = [
            {"title": label, "payload": key, "kind": "toggle"} for key, label in options if key != conditions.NONE
        ]
        buttons.append({"title": _none(turn, question), "payload": _answer(question, "")})
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
    turn.say(response, facts, buttons=[*buttons, *([] if question.several else way_out(turn))])


def _answer(question: Question, option: str) -> str:
    return payload("inform", condition=f"{question.key}={option}")
