"""``docs/understanding.md``: the figures as people read them. No message is on it, so nobody trains on what it says."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tests.nlu.understanding import OUTSIDE, REFUSED, Hearing, Understanding
from tests.phones.judged import Judged

MACRO_F1 = 0.93
F1 = 0.85
RECALL = 0.98
OUTSIDE_RECALL = 0.90
GOOD_REFUSED = 0.03
PHONES = 0.98
CONDITIONS = 0.90
CONDITIONS_INVENTED = 0.05
REACHED: dict[str, float] = {}
"""What was reached so far, with a little room: a change that falls below it doesn't pass. Raise it with the model, up
to the limit, where the entry goes."""
VITAL = {
    "stop": ["stop"],
    "a person": ["request_human"],
    "consent": ["affirm", "deny", "agree_terms", "decline_terms"],
}
"""A yes, a no, "stop" and "a person, please" decide over somebody's phone, money or patience."""

_HEAD = """\
# What it understands

Written by `make test` (`tests/nlu/`): the trained model and the core on {lines} messages that neither has ever seen.
They were written by hand, apart from the training data, by somebody who hadn't read it, and nobody who changes the
model reads them: this page is all that is to be known of them. English, Hinglish and Hindi; {outside} of them are out
of scope. {known} more stand word for word in the training data ("yes" is "yes") and don't count.

{gates}

Where a limit isn't kept yet, the test holds the figure to what was reached (`REACHED` in `tests/nlu/page.py`).
"""
_INTENTS = """
## What do they want?

Each row is an intent that was meant, and what it was taken for instead. `nlu_fallback`: "sorry, I didn't understand".

| intent | messages | precision | recall | F1 | taken for |
|---|---|---|---|---|---|
{rows}
"""
_ANSWERS = """
## Which answer do they get?

Of questions about the programme **{faq:.1%}** get their own answer, of small talk {chitchat:.1%}.

| answer | messages | answered |
|---|---|---|
{rows}
"""
_PHONES = """
## Which phone is it?

The catalogue's resolver alone, on what people write of phones (`tests/phones/`). A short list is right where it holds
at most five and begins with what was meant, or holds all that may be meant. `make bench` measures how long it takes.

| written | texts | right, or the right short list | wrong, and nobody asked | not listed, but taken |
|---|---|---|---|---|
{rows}
| limit | | ≥ 98 % | ≤ 0.5 % | ≤ 1 % |
"""
_HEARD = """
## What does the core hear in the same words?

Which phone: right in {phones:.1%} of {phone_lines} messages. The condition: everything said, and nothing else, is heard
in {conditions:.1%} of {condition_lines}; something that was not said in {invented:.1%}.
"""


@dataclass(frozen=True)
class Gate:
    """A figure, the limit it is to keep, and what it must not fall below until it does."""

    figure: float
    limit: float
    at_most: bool = False
    reached: float | None = None

    @property
    def kept(self) -> bool:
        """Whether the limit is kept."""
        return self.figure <= self.limit if self.at_most else self.figure >= self.limit

    @property
    def holds(self) -> bool:
        """Whether the limit is kept, or at least what was reached before."""
        return self.kept or (self.reached is not None and self.figure >= self.reached)


def gates(understanding: Understanding, hearing: Hearing) -> dict[str, Gate]:
    """Return the gates by name."""
    worst = min(score.f1 for score in understanding.scores.values())
    least = {
        "macro-F1 over the intents": (understanding.macro_f1, MACRO_F1),
        "F1 of the worst intent": (worst, F1),
        **{f"recall of {name}": (understanding.recall(intents), RECALL) for name, intents in VITAL.items()},
        "recall of what is out of scope": (understanding.recall([OUTSIDE]), OUTSIDE_RECALL),
        "phones heard": (hearing.phones_right, PHONES),
        "conditions heard": (hearing.conditions_right, CONDITIONS),
    }
    most = {
        "good messages refused": (understanding.good_refused, GOOD_REFUSED),
        "conditions invented": (hearing.conditions_invented, CONDITIONS_INVENTED),
    }
    return {name: Gate(figure, limit, reached=REACHED.get(name)) for name, (figure, limit) in least.items()} | {
        name: Gate(figure, limit, at_most=True) for name, (figure, limit) in most.items()
    }


def page(understanding: Understanding, hearing: Hearing, phones: Mapping[str, Judged], *, known: int) -> str:
    """Return the page; ``known`` messages were left out because the model was trained on them."""
    found = gates(understanding, hearing)
    sizes = Counter(guess.line.meant for guess in understanding.guesses)
    limits = "\n".join(
        f"| {name} | {gate.figure:.3f} | {gate.limit:.2f} | {'yes' if gate.kept else '**not yet**'} |"
        for name, gate in found.items()
    )
    return "".join(
        (
            _HEAD.format(
                lines=f"{sizes.total():,}",
                outside=sizes[OUTSIDE],
                known=known,
                gates=f"| | figure | limit | kept |\n|---|---|---|---|\n{limits}",
            ),
            _INTENTS.format(rows="\n".join(_intent_row(understanding, intent) for intent in understanding.scores)),
            _ANSWERS.format(
                faq=understanding.answered("faq"),
                chitchat=understanding.answered("chitchat"),
                rows="\n".join(
                    f"| {answer} | {asked} | {got} |" for answer, (asked, got) in understanding.answers.items()
                ),
            ),
            _PHONES.format(rows="\n".join(_phone_row(written, judged) for written, judged in phones.items())),
            _HEARD.format(
                phones=hearing.phones_right,
                phone_lines=len(hearing.phones),
                conditions=hearing.conditions_right,
                condition_lines=len(hearing.conditions),
                invented=hearing.conditions_invented,
            ),
        )
    )


def _intent_row(understanding: Understanding, intent: str) -> str:
    score = understanding.scores[intent]
    taken = ", ".join(
        f"{heard} {count}" for heard, count in understanding.confusion[intent].most_common() if heard != intent
    )
    refused = f" (as {', '.join(sorted(REFUSED))})" if intent == OUTSIDE else ""
    return (
        f"| {intent}{refused} | {score.lines} | {score.precision:.2f} | {score.recall:.2f} | {score.f1:.2f} | {taken} |"
    )


def _phone_row(written: str, judged: Judged) -> str:
    right, wrong = judged.share("right", "short list"), judged.share("wrong", "unlisted taken")
    return f"| {written} | {len(judged.cases):,} | {right:.1%} | {wrong:.1%} | {judged.unlisted_taken:.1%} |"
