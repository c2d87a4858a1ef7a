"""Canned answers of the support agents: ``catalogue/answers.yml``, by key and language."""

from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter

from tradein import yaml_files
from tradein.tables import ContentError, Problem, Reason

ENGLISH = "en"
LONGEST = 3900
"""Characters: with the agent's name above it is one message (Bot API, sendMessage: 4096)."""

type Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
type Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST)]
type Answers = dict[Key, dict[str, Text]]
"""key → language → text, plain; ``{name}`` is the customer's first name."""

_SHAPE: TypeAdapter[Answers] = TypeAdapter(Answers)


def read(file: Path) -> Answers:
    """Read and check the file; raises ContentError."""
    found = yaml_files.read(file, _SHAPE)
    lacking = [key for key, texts in found.items() if ENGLISH not in texts]
    if lacking:
        raise ContentError(
            Problem(file.name, 0, Reason.BAD_FIELD, (f"{key}.{ENGLISH}", "is missing")) for key in lacking
        )
    return found


def of(answers: Answers, key: str, *, language: str, name: str) -> str | None:
    """Return an answer in the customer's language where it is written in it, None if there is none of this key."""
    texts = answers.get(key.lower())
    if texts is None:
        return None
    return texts.get(language, texts[ENGLISH]).replace("{name}", name)
