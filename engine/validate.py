"""Check the dialogue's data: `python engine/validate.py [--root DIR]`.

What `rasa data validate --fail-on-warnings` checks, without the warnings that say nothing about this assistant, and
with two checks of the retrieval intents that Rasa lacks. Prints one line per finding; exit status 1 when there is one.

Left out, because here it is normal: responses that no rule utters (actions, forms and the gateway do), and intents
without examples that a rule or a story uses (only buttons carry those).
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Any

from sealed.environment import SWITCHES, is_beside_the_point
from sealed.fingerprint import ROOT

_NOT_IN_A_RULE = re.compile(r"The utterance '\S+' is not used in any story or rule")
_NO_EXAMPLES = re.compile(r"The intent '(\S+)' is listed in the domain file, but is not found in the NLU")


def findings(root: Path) -> list[str]:
    """Return what is wrong with the assistant below `root`, a line each."""
    os.environ.update(SWITCHES)
    told: list[str] = []
    warnings.showwarning = lambda message, *_, **__: told.append(str(message))
    import rasa.shared.exceptions
    from rasa.shared.importers.importer import TrainingDataImporter
    from rasa.validator import Validator

    conflicts = logging.StreamHandler(sys.stdout)
    logging.basicConfig(handlers=[conflicts], level=logging.WARNING, force=True)
    told.clear()  # what the imports had to say
    warnings.resetwarnings()
    warnings.simplefilter("always")
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    importer = TrainingDataImporter.load_from_config(
        str(root / "config.yml"), str(root / "domain.yml"), [str(root / "data")]
    )
    try:
        validator = Validator.from_importer(importer)
        checks = (
            validator.verify_domain_validity(),
            validator.verify_actions_in_stories_rules(),
            validator.verify_forms_in_stories_rules(),
            validator.verify_form_slots(),
            validator.verify_slot_mappings(),
            validator.verify_nlu(ignore_warnings=True),  # each finding is a warning, and counted as such below
            validator.verify_story_structure(ignore_warnings=False, max_history=5),
        )
    except rasa.shared.exceptions.RasaException as error:
        return [f"{type(error).__name__}: {error}"]
    validator.warn_if_config_mandatory_keys_are_not_set()
    used = _intents_of_the_rules(validator)
    found = [warning for warning in dict.fromkeys(told) if not _is_normal(warning, used)]
    if not all(checks) and not found:
        found.append("the stories and rules contradict each other")
    return found + _retrieval(validator)


def _is_normal(warning: str, used: set[str]) -> bool:
    without_examples = _NO_EXAMPLES.match(warning)
    if without_examples:
        return without_examples[1] in used
    return bool(_NOT_IN_A_RULE.match(warning)) or is_beside_the_point(warning)


def _intents_of_the_rules(validator: Any) -> set[str]:
    return {
        event.intent_name
        for step in validator.story_graph.story_steps
        for event in step.events
        if getattr(event, "intent_name", None)
    }


def _retrieval(validator: Any) -> list[str]:
    examples = {example.get("intent_response_key") for example in validator.intents.intent_examples} - {None}
    answers = {name.removeprefix("utter_") for name in validator.domain.responses if "/" in name}
    lines = [f"'{key}' has examples but no response 'utter_{key}'" for key in sorted(examples - answers)]
    return lines + [f"the response 'utter_{key}' has no examples" for key in sorted(answers - examples)]


def main() -> None:
    """Print the findings; status 1 when there are any."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the tree with domain.yml, config.yml and data/")
    found = findings(parser.parse_args().root.resolve())
    for line in found:
        print(f"validate: {line}")
    if found:
        sys.exit(1)
    print("The dialogue's data is consistent.")


if __name__ == "__main__":
    main()
