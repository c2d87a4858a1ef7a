"""Polls and dice: what Telegram makes up itself, a poll's number and what a die shows, it makes up anew for a copy."""

import secrets
from typing import Any, Final

from telegram import Dice, Poll, PollOption
from telegram.constants import DiceEmoji, DiceLimit, PollLimit, PollType

from sandbox.entities import utf16_length
from sandbox.errors import Json, bad_request

KINDS: Final = ("poll", "dice")
_SIDES: Final = {
    DiceEmoji.SLOT_MACHINE: DiceLimit.MAX_VALUE_SLOT_MACHINE,
    DiceEmoji.BASKETBALL: DiceLimit.MAX_VALUE_BASKETBALL,
    DiceEmoji.FOOTBALL: DiceLimit.MAX_VALUE_FOOTBALL,
}
_RIGHT: Final = "correct_option_ids"


def of_dice(emoji: str) -> Json:
    """Return a die thrown. Refuses an emoji that is none."""
    if emoji not in set(DiceEmoji):
        raise bad_request("DICE_EMOJI_INVALID")
    thrown = 1 + secrets.randbelow(_SIDES.get(DiceEmoji(emoji), DiceLimit.MAX_VALUE_DICE))
    return {"dice": Dice(thrown, emoji).to_dict()}


def of_poll(given: Json) -> Json:
    """Return a poll that nobody has voted in; `given` is named as sendPoll names its parameters.

    Refuses what the Bot API refuses: no question or answers, too many or too long ones, a quiz without a right answer.
    """
    question, options = str(given.get("question") or "").strip(), [_answer(one) for one in _answers(given)]
    quiz = given.get("type") == PollType.QUIZ
    right = _right(given) if quiz else None
    if not question:
        raise bad_request("poll question must be non-empty")
    if utf16_length(question) > PollLimit.MAX_QUESTION_LENGTH:
        raise bad_request(f"poll question length must not exceed {PollLimit.MAX_QUESTION_LENGTH}")
    if not options:
        raise bad_request("poll must have at least one answer option")
    if len(options) > PollLimit.MAX_OPTION_NUMBER:
        raise bad_request(f"poll can't have more than {PollLimit.MAX_OPTION_NUMBER} options")
    if not all(options):
        raise bad_request("poll options must be non-empty")
    if any(utf16_length(option) > PollLimit.MAX_OPTION_LENGTH for option in options):
        raise bad_request(f"poll options length must not exceed {PollLimit.MAX_OPTION_LENGTH}")
    if quiz and (not right or not all(number in range(len(options)) for number in right)):
        raise bad_request("wrong correct option ID specified")
    return _poll(
        question,
        options,
        is_anonymous=bool(given.get("is_anonymous", True)),
        type=PollType.QUIZ.value if quiz else PollType.REGULAR.value,
        allows_multiple_answers=bool(given.get("allows_multiple_answers")),
        correct_option_ids=right,
    )


def seen_in_group(content: Json) -> Json:
    """Return what a bot sees of it in a group: the right answer of a quiz that isn't its own it is not told."""
    poll = content.get("poll")
    return {**content, "poll": {key: poll[key] for key in poll if key != _RIGHT}} if poll else content


def anew(content: Json) -> Json:
    """Return the content as a copy has it; {} for a quiz of which the bot doesn't know the right answer."""
    if "dice" in content:
        return of_dice(content["dice"]["emoji"])
    poll = content.get("poll")
    if poll is None:
        return content
    if poll["type"] == PollType.QUIZ and not poll.get(_RIGHT):
        return {}
    return of_poll({**poll, "options": [option["text"] for option in poll["options"]]})


def _answers(given: Json) -> list[Any]:
    options = given.get("options") or []
    if not isinstance(options, list):
        raise bad_request("expected an Array of InputPollOption as options")
    return options


def _answer(option: object) -> str:
    return str(option.get("text") or "" if isinstance(option, dict) else option).strip()


def _right(given: Json) -> list[int]:
    found = given.get(_RIGHT) or []
    one = given.get("correct_option_id")
    try:
        return [int(number) for number in (found or ([] if one is None else [one]))]
    except (TypeError, ValueError) as error:
        raise bad_request("wrong correct option ID specified") from error


def _poll(question: str, options: list[str], **more: Any) -> Json:  # noqa: ANN401 - further fields of a Poll
    poll = Poll(
        str(secrets.randbits(62)),
        question,
        [PollOption(text, 0, persistent_id=str(number)) for number, text in enumerate(options)],
        total_voter_count=0,
        is_closed=False,
        allows_revoting=False,
        members_only=False,
        **more,
    )
    return {"poll": poll.to_dict()}
