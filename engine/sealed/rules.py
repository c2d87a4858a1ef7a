"""Rasa's RulePolicy without the searches that can't find anything.

Two of its methods are replaced; what they return is the same.

- `_find_action_from_rules` is run twice for a message, and the first time it looks for rules about the very words of
  it. Where no rule names words, and ours name intents only, that search is left out.
- `_get_possible_keys` holds every rule against every state of the session. Here the rules are found by what their last
  state asks for, and it stops with the longest rule that is still possible: what was before that can't rule one out.
"""

from __future__ import annotations

import json
from collections import defaultdict

from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.trackers import DialogueStateTracker

from sealed.proofs import NotProved

_stock_find = RulePolicy._find_action_from_rules
_stock_keys = RulePolicy._get_possible_keys

Found = tuple["str | None", "str | None", bool]


class Rules:
    """The rules of one lookup, which no longer changes."""

    def __init__(self, lookup: dict[str, str]) -> None:
        self.lookup = lookup
        self.lengths: dict[str, int] = {}
        # A rule is kept as the JSON of its states; "text" is the key for the words of a message.
        self.name_words = any('"text"' in rule for rule in lookup)
        self._by_end: defaultdict[tuple[str | None, str | None], list[str]] = defaultdict(list)
        self._beginnings: list[str] = []
        for rule in lookup:
            states = json.loads(rule)
            self.lengths[rule] = len(states)
            if states and states[-1].get(PREVIOUS_ACTION):
                self._by_end[_asked(states[-1])].append(rule)
            else:
                self._beginnings.append(rule)

    def ending_in(self, state: State) -> set[str]:
        """Return the rules that may end in ``state``: what they name of an action and an intent is what it has."""
        if not state.get(PREVIOUS_ACTION):  # Rasa looks no closer at a conversation's beginning
            return {*self._beginnings}
        action, intent = _asked(state)
        ends = {(action, intent), (action, None), (None, intent), (None, None)}
        return {rule for end in ends for rule in self._by_end.get(end, ())} | {
            rule for rule in self._beginnings if not self.lengths[rule]
        }


def _asked(state: State) -> tuple[str | None, str | None]:
    action = state[PREVIOUS_ACTION].get("action_name")
    intent = state.get(USER, {}).get("intent")
    return (
        action if action != SHOULD_NOT_BE_SET else None,  # type: ignore[return-value]
        intent if intent != SHOULD_NOT_BE_SET else None,  # type: ignore[return-value]
    )


def _rules(policy: RulePolicy, lookup: dict[str, str]) -> Rules:
    kept: dict[int, Rules] = policy.__dict__.setdefault("_sealed_rules", {})
    rules = kept.get(id(lookup))
    if rules is None:
        rules = kept[id(lookup)] = Rules(lookup)
    return rules


def _find_action_from_rules(
    self: RulePolicy, tracker: DialogueStateTracker, domain: Domain, use_text_for_last_user_input: bool
) -> Found:
    if use_text_for_last_user_input and not _name_words(self):
        return None, None, False
    return _stock_find(self, tracker, domain, use_text_for_last_user_input)


def _name_words(policy: RulePolicy) -> bool:
    tables = (policy.lookup.get(name, {}) for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH))
    return any(_rules(policy, table).name_words for table in tables if table)


def _get_possible_keys(self: RulePolicy, lookup: dict[str, str], states: list[State]) -> set[str]:
    rules = _rules(self, lookup)
    possible = rules.ending_in(states[-1]) if states else set(lookup)
    for index, state in enumerate(reversed(states)):
        if all(rules.lengths[rule] <= index for rule in possible):
            break
        possible = {rule for rule in possible if self._is_rule_applicable(rule, index, state)}
    return possible


def install() -> None:
    """Replace the two methods; `prove` tells whether it took effect."""
    RulePolicy._find_action_from_rules = _find_action_from_rules  # type: ignore[method-assign]
    RulePolicy._get_possible_keys = _get_possible_keys  # type: ignore[method-assign]


def uninstall() -> None:
    """Put Rasa's own methods back: for the tests."""
    RulePolicy._find_action_from_rules = _stock_find  # type: ignore[method-assign]
    RulePolicy._get_possible_keys = _stock_keys  # type: ignore[method-assign]


def prove() -> None:
    """Search a table of two rules; raises NotProved when other ones are found than Rasa finds, or more is looked at."""
    policy = object.__new__(RulePolicy)
    begins, goes_on = ({"user": {"intent": "a"}}, {"prev_action": {"action_name": "b"}, "user": {"intent": "a"}})
    table = {json.dumps([goes_on]): "b", json.dumps([begins, goes_on]): "c"}
    policy.lookup = {RULES: table}
    looked_at: list[int] = []
    policy._is_rule_applicable = lambda rule, index, state: (  # type: ignore[method-assign]
        looked_at.append(index) or RulePolicy._is_rule_applicable(policy, rule, index, state)
    )
    states = [begins, *[goes_on] * 3]
    found = policy._get_possible_keys(table, states)
    if max(looked_at, default=0) > 1 or found != _stock_keys(policy, table, states):
        raise NotProved("the search of the rules that stops early is not the one in use")
    try:
        # Without a conversation: who searches, fails.
        found_by_words = policy._find_action_from_rules(None, None, use_text_for_last_user_input=True)
    except AttributeError:
        found_by_words = None
    if found_by_words != (None, None, False):
        raise NotProved("rules are searched for words that none of them names")
