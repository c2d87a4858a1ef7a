"""What a customer does before the old phone changes hands: ``catalogue/handover.yml``, a list of steps per brand.

Mission, line 8. Content, not code: which accounts to sign out of differs by maker, and where the settings are.
"""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from tradein import yaml_files
from tradein.tables import ContentError, Problem, Reason

DEFAULT, ENGLISH = "default", "en"
Steps = dict[str, dict[str, list[str]]]
"""brand → language → steps, in order."""

_SHAPE: TypeAdapter[Steps] = TypeAdapter(Steps)


def read(file: Path) -> Steps:
    """Read and check the file; raises ContentError."""
    steps = yaml_files.read(file, _SHAPE)
    if not steps.get(DEFAULT, {}).get(ENGLISH):
        raise ContentError([Problem(file.name, 0, Reason.BAD_FIELD, (f"{DEFAULT}.{ENGLISH}", "is missing"))])
    return steps


def of(steps: Steps, brand_id: str, *, language: str) -> Sequence[str]:
    """Return the steps for a phone of this brand, in the customer's language where they are written in it."""
    for brand in (brand_id, DEFAULT):
        for spoken in (language, ENGLISH):
            if found := steps.get(brand, {}).get(spoken):
                return found
    return ()


def listed(steps: Sequence[str]) -> str:
    """Return the steps as lines to tick off."""
    return "\n".join(f"☐ {step}" for step in steps)
