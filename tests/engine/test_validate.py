"""The check of the dialogue's data: silent about what is normal here, loud about what is wrong."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.engine.running import PYTHON, ROOT

FAULTS = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - forget it
  - intent: not_in_the_domain
    examples: |
      - what is this
  - intent: faq/unanswered
    examples: |
      - who asks
rules:
  - rule: an action that is not there
    steps: [{intent: show}, {action: action_missing}]
"""


def validate(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run the check to its end."""
    return subprocess.run(  # noqa: S603 - our own program
        [PYTHON, ROOT / "engine" / "validate.py", "--root", tree],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_what_is_normal_passes_and_what_is_wrong_does_not(tmp_path: Path) -> None:
    """Responses no rule utters are normal; each real fault has a line, and the status is 1."""
    shutil.copytree(ROOT / "tests" / "engine" / "data", tmp_path, dirs_exist_ok=True)
    shutil.copy(ROOT / "config.yml", tmp_path)
    sound = validate(tmp_path)
    assert (sound.returncode, sound.stdout) == (0, "The dialogue's data is consistent.\n"), sound.stdout
    (tmp_path / "data" / "faults.yml").write_text(FAULTS)
    faulty = validate(tmp_path)
    assert faulty.returncode == 1
    for fault in (
        "'forget it'",
        "not_in_the_domain",
        "action_missing",
        "'faq/unanswered' has examples but no response",
    ):
        assert fault in faulty.stdout
